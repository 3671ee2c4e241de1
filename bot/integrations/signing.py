"""Signed bodies, in and out: `t=…,v1=…`, an HMAC with SHA-256 of the time, a point and the body, as Stripe signs."""

import hmac
import re

TOLERANCE = 300  # seconds that the sender's clock may be off, and the longest that a body can be sent again by somebody
HEADER = "PM-Signature"
SIGNED = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


class NotSigned(Exception):
    """No signature of that secret, or not a fresh one."""


def sign(body: bytes, secret: str, at: int) -> str:
    """The header's value, at a time in seconds since 1970."""
    return f"t={at},v1={_digest(body, secret, at)}"


def verify(body: bytes, header: str | None, secret: str, now: float) -> None:
    """Raises `NotSigned`."""
    found = SIGNED.fullmatch(header or "")
    if found is None:
        raise NotSigned
    at = int(found[1])
    if not hmac.compare_digest(_digest(body, secret, at), found[2]) or abs(now - at) > TOLERANCE:
        raise NotSigned


def _digest(body: bytes, secret: str, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
