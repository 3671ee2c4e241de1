"""How a payload travels: as a form, as JSON or broken; signed, or as somebody sends it who has no secret."""

import gzip
import hashlib
import hmac
import json
import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import stripe

from tests.fuzz import values

FORM, JSON = b"application/x-www-form-urlencoded", b"application/json"
SLACK, STRIPE = b"/slack/events", b"/stripe/webhook"
LARGEST = 1_000_000  # bytes that are read of a body
Headers = tuple[tuple[bytes, bytes], ...]
RAW = re.compile(re.escape(json.dumps(values.RAW)).replace(r"\{\}", r"((?:[^@\\]|\\.)*)"))


class Request(NamedTuple):
    """An HTTP request, byte by byte."""

    path: bytes
    headers: Headers
    body: bytes
    method: bytes = b"POST"


def text_of(payload: Any) -> str:
    """JSON, with what stands in `values.RAW` put there bare."""
    written = json.dumps(payload).replace(values.AGAIN, "")
    return RAW.sub(lambda found: json.loads(f'"{found[1]}"'), written)


def form_of(fields: dict[str, Any]) -> str:
    """Texts as they are, anything else as JSON."""
    pairs = ((key, one if isinstance(one, str) else text_of(one)) for key, one in fields.items())
    return "&".join(f"{_quoted(key.replace(values.AGAIN, ''))}={_quoted(one)}" for key, one in pairs)


def _quoted(text: str) -> str:
    return quote_plus(text, errors="surrogatepass")


def encoded(kind: str, payload: Any) -> tuple[bytes, bytes]:
    """Body and content type as Slack sends this kind of payload; what is no object any more travels as JSON."""
    if kind in ("event", "stripe") or not isinstance(payload, dict):
        return text_of(payload).encode("utf-8", "surrogatepass"), JSON
    if kind == "command":
        return form_of(payload).encode(), FORM
    return b"payload=" + _quoted(text_of(payload)).encode(), FORM


# Broken on the way: body and content type become others.

Break = Callable[[random.Random, bytes, bytes], tuple[bytes, bytes]]


def _cut(rng: random.Random, body: bytes, kind: bytes) -> tuple[bytes, bytes]:
    return body[: rng.randrange(len(body) + 1)], kind


def _flipped(rng: random.Random, body: bytes, kind: bytes) -> tuple[bytes, bytes]:
    changed = bytearray(body or b"x")
    for _ in range(rng.choice((1, 3, 20))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed), kind


def _inserted(rng: random.Random, body: bytes, kind: bytes) -> tuple[bytes, bytes]:
    where = rng.randrange(len(body) + 1)
    return body[:where] + rng.choice((b"\x00", b"\xff\xfe", b"\xc0\x80", b"%00", b"%ud800", b"&&=", b"\r\n")) + body[
        where:
    ], kind


def _mistyped(rng: random.Random, body: bytes, kind: bytes) -> tuple[bytes, bytes]:
    others = (
        FORM,
        JSON,
        b"",
        b"text/plain",
        b"multipart/form-data; boundary=x",
        b"application/json; charset=utf-16",
        b"*/*",
    )
    return body, rng.choice(others)


def _recoded(rng: random.Random, body: bytes, kind: bytes) -> tuple[bytes, bytes]:
    text = body.decode()
    return rng.choice(
        (text.encode("utf-16"), text.encode("utf-8-sig"), text.encode("utf-32"), gzip.compress(body, mtime=0))
    ), kind


def _twice(rng: random.Random, body: bytes, kind: bytes) -> tuple[bytes, bytes]:
    return rng.choice((body + b"&" + body, body + body, b"payload=&" + body, body + b"&payload=1")), kind


def _instead(rng: random.Random, body: bytes, kind: bytes) -> tuple[bytes, bytes]:
    others = (
        *(
            b"",
            b"null",
            b"[]",
            b"1",
            b'""',
            b"payload=",
            b"payload=null",
            b"payload=[]",
            b"payload=1",
            b"payload=%22a%22",
        ),
        *(b"[" * 90_000, b"a=1&" * 2000, b"ssl_check=1&token=x"),
        b'{"type":"url_verification","challenge":"quillfeather"}',
    )
    return rng.choice(others), kind


def _huge(rng: random.Random, body: bytes, kind: bytes) -> tuple[bytes, bytes]:
    return body + b" " * rng.choice((200_000, LARGEST - len(body), LARGEST + 1)), kind


BREAKS: tuple[Break, ...] = (_cut, _flipped, _inserted, _mistyped, _recoded, _twice, _instead, _huge)


# Signatures


def signature(secret: str, stamp: str, body: bytes) -> bytes:
    return f"v0={hmac.new(secret.encode(), f'v0:{stamp}:'.encode() + body, hashlib.sha256).hexdigest()}".encode()


def signed(secret: str, now: int, body: bytes) -> Headers:
    """As Slack does."""
    stamp = str(now)
    return (b"X-Slack-Request-Timestamp", stamp.encode()), (b"X-Slack-Signature", signature(secret, stamp, body))


def stamped(stamp: bytes, value: bytes) -> Headers:
    return (b"X-Slack-Request-Timestamp", stamp), (b"X-Slack-Signature", value)


ODD_STAMPS = (
    b"", b"abc", b"nan", b"inf", b"1e9", b"-1", b"0x10", b"1_700_000_000", "１７".encode(), b"\xff", b"9" * 400,
    b"9" * 5000, b"quillfeather", b"1.5", b"None",
)  # fmt: skip
ODD_SIGNATURES = (
    b"",
    b"v0=",
    b"v0",
    b"v1=00",
    "v0=é".encode(),
    b"\xff\xfe",
    b"v0=" + b"0" * 64,
    b"v0=" + b"f" * 9000,
    b"quillfeather",
)


def forged(rng: random.Random, secret: str, now: int, body: bytes) -> tuple[Headers, str]:
    """Headers of somebody without the secret, or with an old or another request of Slack's; and what is wrong."""
    stamp = str(now).encode()
    good = signature(secret, str(now), body)
    old, early = str(now - 400), str(now + 400)
    guess = (secret + "x", secret.upper(), "", "quillfeather")
    ways: dict[str, Headers] = {
        "no headers": (),
        "no timestamp": ((b"X-Slack-Signature", good),),
        "no signature": ((b"X-Slack-Request-Timestamp", stamp),),
        "another secret": stamped(stamp, signature(rng.choice(guess), str(now), body)),
        "an old request": stamped(old.encode(), signature(secret, old, body)),
        "from the future": stamped(early.encode(), signature(secret, early, body)),
        "another body": stamped(stamp, signature(secret, str(now), body + b" ")),
        "another time": stamped(str(now - 1).encode(), good),
        "an odd timestamp": stamped(rng.choice(ODD_STAMPS), good),
        "an odd signature": stamped(stamp, rng.choice(ODD_SIGNATURES)),
        "half a signature": stamped(stamp, good[:-1]),
    }
    how = rng.choice(list(ways))
    return ways[how], how


def stripe_signed(secret: str, now: int, body: bytes) -> Headers:
    """As Stripe does."""
    stamp = str(now)
    value = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return ((b"Stripe-Signature", f"t={stamp},{stripe.WebhookSignature.EXPECTED_SCHEME}={value}".encode()),)


def stripe_forged(rng: random.Random, secret: str, now: int, body: bytes) -> tuple[Headers, str]:
    """The same for Stripe's one header."""
    good = stripe_signed(secret, now, body)[0][1]
    ways: dict[str, bytes | None] = {
        "no header": None,
        "another secret": stripe_signed(secret + "x", now, body)[0][1],
        "an old event": stripe_signed(secret, now - 400, body)[0][1],
        "another body": stripe_signed(secret, now, body + b" ")[0][1],
        "half a signature": good[:-1],
        "odd": rng.choice(
            (b"", b"t=", b"t=x,v1=y", b"t=nan,v1=", b",,,", b"=" * 900, b"t=1,t=2,v1=0", b"\xff", b"v1=quillfeather")
        ),
    }
    how = rng.choice(list(ways))
    value = ways[how]
    return (() if value is None else ((b"Stripe-Signature", value),)), how
