"""Idempotency keys: the same request again gets the same answer. https://docs.stripe.com/api/idempotent_requests"""

from dataclasses import dataclass

from localpay.clock import DAY, Clock
from localpay.errors import Refusal

KEPT = DAY
LONGEST = 255
KIND = "idempotency_error"


@dataclass(frozen=True, slots=True)
class Saved:
    """The first answer under a key, byte for byte."""

    status: int
    body: bytes
    request_id: str


@dataclass(slots=True)
class _Key:
    path: str
    asked: str
    since: int
    saved: Saved | None = None


class Keys:
    """All keys of the last 24 hours; afterwards a key is as if it had never been used."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: dict[str, _Key] = {}

    def begin(self, key: str, path: str, asked: str) -> Saved | None:
        """The answer that was given before, or None: then this request is the first. Raises `Refusal`."""
        if len(key) > LONGEST:
            raise Refusal(f"Idempotency keys can be up to {LONGEST} characters long.", kind=KIND)
        known = self._known(key)
        if known is None:
            self._keys[key] = _Key(path, asked, self._clock.now())
            return None
        if known.path != path:
            raise Refusal(
                "Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{path}' vs '{known.path}'). Try using a key other than '{key}' if you meant to execute a "
                "different request.",
                kind=KIND,
            )
        if known.asked != asked:
            raise Refusal(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                kind=KIND,
            )
        if known.saved is None:
            raise Refusal(
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                f"submitted twice, and the other request is still going through): {key}. Please try again later.",
                status=409,
                kind=KIND,
                code="idempotency_key_in_use",
            )
        return known.saved

    def _known(self, key: str) -> _Key | None:
        known = self._keys.get(key)
        if known is not None and self._clock.now() - known.since >= KEPT:
            del self._keys[key]
            return None
        return known

    def finish(self, key: str, saved: Saved) -> None:
        """Keep the answer; the method has begun, so that it counts, errors too."""
        self._keys[key].saved = saved

    def forget(self, key: str) -> None:
        """Nothing was begun: the parameters were wrong, or the request never got so far."""
        known = self._keys.get(key)
        if known is not None and known.saved is None:
            del self._keys[key]
