"""The arguments of a Web API call, however they came: JSON, form or query.

What is refused and warned of is in https://docs.slack.dev/apis/web-api and in the errors common to all methods.
"""

import re
from decimal import Decimal, InvalidOperation
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from localslack.workspace.model import Json, SlackError
from localslack.workspace.wire import parsed

FALSE = {"", "0", "false", "none"}
JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
TIMESTAMP = re.compile(r"\d{1,12}\.\d{1,6}")


def missing(*names: str) -> SlackError:
    return invalid(*(f"missing required field: {name}" for name in names))


def invalid(*complaints: str) -> SlackError:
    """invalid_arguments, with what is wrong as Slack words it."""
    messages = [f"[ERROR] {complaint}" for complaint in complaints]
    return SlackError("invalid_arguments", response_metadata={"messages": messages})


class Args:
    def __init__(self, values: Json, warnings: tuple[str, ...] = ()) -> None:
        self.values = values
        self.warnings = warnings

    @classmethod
    async def of(cls, request: Request) -> "Args":
        values: Json = dict(request.query_params)
        kind, _, parameters = request.headers.get("Content-Type", "").partition(";")
        kind, charset = kind.strip().lower(), "charset=" in parameters.lower()
        if kind == JSON:
            body, warnings = await _json(request), () if charset else ("missing_charset",)
        elif kind == FORM:
            body, warnings = await _form(request), ("superfluous_charset",) if charset else ()
        elif kind == MULTIPART:
            body, warnings = await _multipart(request), ()
        elif await request.body():
            raise SlackError("invalid_post_type" if kind else "missing_post_type")
        else:
            body, warnings = {}, ()
        if any("[" in name for name in body):
            raise SlackError("invalid_array_arg")
        return cls(values | body, warnings)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise missing(name)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.values.get(name)
        return default if value is None else str(value).lower() not in FALSE

    def number(self, name: str, default: int, most: int, *, error: str = "invalid_limit") -> int:
        try:
            value = int(self.values.get(name) or default)
        except (TypeError, ValueError):
            raise SlackError(error) from None
        if not 1 <= value <= most:
            raise SlackError(error)
        return value

    def names(self, name: str) -> list[str]:
        """Several ids, as a list or with commas between them; repetitions left out."""
        value = self.values.get(name) or ""
        given = value if isinstance(value, list) else str(value).split(",")
        return list(dict.fromkeys(stripped for one in given if (stripped := str(one).strip())))

    def moment(self, name: str, error: str) -> Decimal | None:
        """A point in time given as seconds; None when absent or "now"."""
        value = self.text(name)
        if not value or value == "now":
            return None
        try:
            moment = Decimal(value)
        except InvalidOperation:
            raise SlackError(error) from None
        if not moment.is_finite():
            raise SlackError(error)
        return moment

    def timestamp(self, name: str = "timestamp") -> str:
        """The ts of a message to react to or pin; one must be given, and look like one."""
        value = self.text(name)
        if not value:
            raise SlackError("no_item_specified")
        if not TIMESTAMP.fullmatch(value):
            raise SlackError("bad_timestamp")
        return value

    def json(self, name: str, error: str) -> Any:
        """A structured argument, itself or as a JSON string; None when absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return parsed(value) if value else None
        except ValueError:
            raise SlackError(error) from None


async def _json(request: Request) -> Json:
    try:
        body = parsed(await request.body() or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


async def _form(request: Request) -> Json:
    try:
        return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True, errors="strict"))
    except ValueError:
        raise SlackError("invalid_form_data") from None


async def _multipart(request: Request) -> Json:
    body = await request.body()
    try:
        return {name: content.decode() for name, content in parts(request.headers["Content-Type"], body)}
    except ValueError:
        raise SlackError("invalid_form_data") from None


def parts(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    """Name and content of each part of a multipart body; ValueError when it is none."""
    whole = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    if not whole.is_multipart() or whole.defects:
        raise ValueError("not a multipart body")
    found = []
    for part in whole.iter_parts():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        found.append((str(name), content if isinstance(content, bytes) else b""))
    return found
