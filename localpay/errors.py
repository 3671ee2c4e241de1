"""What Stripe answers instead of doing something: https://docs.stripe.com/error-codes"""

from typing import Any

Json = dict[str, Any]
DOCS = "https://stripe.com/docs/error-codes/"


class Refusal(Exception):
    """An answer that is no 2xx. Its text is what Stripe's message says; `code` and `param` where Stripe gives them."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.code, self.param, self.more = status, kind, code, param, more

    def as_json(self) -> Json:
        """The body of the answer."""
        said: Json = {"message": str(self), "type": self.kind, **self.more}
        if self.code is not None:
            said |= {"code": self.code, "doc_url": DOCS + self.code.replace("_", "-")}
        if self.param is not None:
            said["param"] = self.param
        return {"error": said}


class NotDoneHere(Refusal):
    """Stripe does it and this stand-in does not: refused, so that nobody takes silence for success."""

    def __init__(self, what: str, param: str | None = None) -> None:
        super().__init__(f"The local Stripe does not do this: {what}.", code="not_done_here", param=param)


def missing(kind: str, identifier: str, param: str) -> Refusal:
    """No object of that kind has this id: 404 where the path named it, 400 where a parameter did."""
    noun = kind.replace("_", "")
    return Refusal(
        f"No such {noun}: '{identifier}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )
