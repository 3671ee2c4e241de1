"""Case by case what is sent: drawn from a seed and a number alone, so that each can be had again."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from tests.fuzz import wire
from tests.fuzz.mutate import mutated, with_people
from tests.fuzz.wire import LARGEST, SLACK, STRIPE, Request

ELSEWHERE = "T0ELSEWHERE"
OUTSIDE = "outside-of-this-workspace"  # in whatever an outsider sends, and nowhere else
TIMES = (0, 1, 1, 1, 1, 2, 2, 3, 6, 15)  # changes to one payload
BROKEN, ADORNED = 0.15, 0.1  # shares of requests
READABLE = frozenset({200, 400, 403, 404, 413})
ENVELOPES = {"command": "slash_commands", "event": "events_api"}


class Sender(StrEnum):
    """Who sends, and what that must come to."""

    FORGER = "forger"
    """Without the secret, in the name of those who may everything: refused, whatever it is."""
    OUTSIDER = "outsider"
    """Signed, and about another workspace: told so at most, and nothing of it is stored."""
    POWERLESS = "powerless"
    """Signed, by somebody who may change nothing: nothing changes."""
    ENTITLED = "entitled"
    """Signed, by staff members: only what they may do is done."""
    WANDERER = "wanderer"
    """To other addresses, with other methods, or in no HTTP."""


@dataclass(frozen=True)
class Seed:
    """A payload as it was recorded; `kind` is command, interactive, options, event or stripe."""

    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Materials:
    """What cases are made of. `people` are who may act; `nobodies` those who may change nothing."""

    seeds: Sequence[Seed]
    secret: str
    stripe_secret: str
    people: tuple[str, ...]
    nobodies: tuple[str, ...]
    response_url: Callable[[str], str] = field(default=lambda user: f"http://127.0.0.1:1/response/{user}")


@dataclass(frozen=True)
class Case:
    """One thing to send: over HTTP, or (`envelope`, JSON as text) over Socket Mode."""

    number: int
    sender: Sender
    kind: str
    changes: tuple[str, ...]
    expected: frozenset[int]
    request: Request | None = None
    envelope: str | None = None
    payload: Any = None
    """What it was made of, where that and a signature are all there is to it: another can take its place."""

    @property
    def path(self) -> str:
        return self.request.path.decode("latin-1") if self.request else "/slack/events"

    def shown(self) -> str:
        """All of it, for whoever has to find out what went wrong."""
        what = self.envelope if self.request is None else self.request
        return f"case {self.number} ({self.sender}, {self.kind}, {' + '.join(self.changes) or 'as it is'}): {what!r}"


def draw(materials: Materials, seed: int, number: int, now: int, senders: Sequence[Sender], *, sockets: bool) -> Case:
    """The case of that number. `now`: seconds since 1970, for the signature; `sockets`: some go over Socket Mode."""
    rng = random.Random(f"{seed}:{number}")
    sender = rng.choice(senders)
    if sender is Sender.WANDERER:
        return _wandering(rng, number)
    kinds = {one.kind for one in materials.seeds}
    kind = rng.choice(sorted(kinds - {"stripe"} if sender is Sender.OUTSIDER else kinds))
    recorded = rng.choice([one for one in materials.seeds if one.kind == kind])
    payload, changes = mutated(rng, recorded.payload, rng.choice(TIMES))
    payload = _fresh(payload, f"{seed}.{number}")
    if kind == "stripe":
        return _of_stripes(rng, materials, number, sender, (payload, changes), now)
    payload = _acting(rng, materials, sender, payload)
    if sender in (Sender.POWERLESS, Sender.ENTITLED) and sockets and rng.random() < 0.3:
        envelope = _envelope(rng, kind, payload, number)
        return Case(number, sender, kind, tuple(changes), frozenset({0, 200}), envelope=envelope)
    return _of_slacks(rng, materials, number, sender, kind, (payload, changes), now)


def _fresh(payload: dict[str, Any], name: str) -> dict[str, Any]:
    """Something new each time, unless it was changed: Slack's repetitions are stored once."""
    for key, made in {"trigger_id": f"fuzz.{name}", "event_id": f"Ev{name}"}.items():
        if isinstance(payload.get(key), str):
            payload[key] = made
    if isinstance(view := payload.get("view"), dict) and isinstance(view.get("hash"), str):
        view["hash"] = name
    if str(payload.get("id", "")).startswith("evt_"):
        payload["id"] = f"evt_{name.replace('.', '_')}"
    return payload


def _acting(rng: random.Random, materials: Materials, sender: Sender, payload: dict[str, Any]) -> dict[str, Any]:
    """Let somebody else do it, whom the sender may speak for."""
    if sender is Sender.OUTSIDER:
        payload = {key: one for key, one in payload.items() if not key.startswith("team")}
        return {**payload, "team_id": ELSEWHERE, "team": {"id": ELSEWHERE, "domain": OUTSIDE}}
    acting = rng.choice(materials.nobodies if sender is Sender.POWERLESS else materials.people)
    if payload.get("type") == "event_callback" and "user_change" in wire.text_of(payload):
        acting = materials.nobodies[0]  # a leaver: whoever is somebody stays, or nobody would be left
    payload = with_people(payload, dict.fromkeys((*materials.people, *materials.nobodies), acting))
    if isinstance(payload.get("response_url"), str) and payload["response_url"].startswith("http://127.0.0.1"):
        payload["response_url"] = materials.response_url(acting)
    return payload


def _of_slacks(
    rng: random.Random,
    materials: Materials,
    number: int,
    sender: Sender,
    kind: str,
    made: tuple[Any, list[str]],
    now: int,
) -> Case:
    payload, changes = made
    body, content_type = wire.encoded(kind, payload)
    expected = READABLE
    if rng.random() < BROKEN and sender is not Sender.OUTSIDER:
        broken, payload = rng.choice(wire.BREAKS), None
        body, content_type = broken(rng, body, content_type)
        changes = [*changes, broken.__name__.strip("_")]
    if sender is Sender.FORGER:
        headers, how = wire.forged(rng, materials.secret, now, body)
        changes, expected, payload = [*changes, how], frozenset({400, 401, 413}), None
        if b"ssl_check" in body:
            expected |= {200}  # anybody may ask whether this is TLS
    else:
        headers = wire.signed(materials.secret, now, body)
    headers += ((b"Content-Type", content_type), *_adorned(rng))
    if len(body) > LARGEST:
        expected = frozenset(
            {401, 413} if changes[-1].startswith("an odd") else {413}
        )  # its head alone may tell enough
    request = Request(SLACK + _query(rng), headers, body)
    return Case(number, sender, kind, tuple(changes), expected, request, payload=payload)


def _of_stripes(
    rng: random.Random, materials: Materials, number: int, sender: Sender, made: tuple[Any, list[str]], now: int
) -> Case:
    payload, changes = made
    body, content_type = wire.encoded("stripe", payload)
    expected = frozenset({200, 400})
    if sender is Sender.FORGER:
        headers, how = wire.stripe_forged(rng, materials.stripe_secret, now, body)
        changes, expected, payload = [*changes, how], frozenset({400}), None
    else:
        headers = wire.stripe_signed(materials.stripe_secret, now, body)
    headers += ((b"Content-Type", content_type), *_adorned(rng))
    if len(body) > LARGEST:
        expected = frozenset({413})
    request = Request(STRIPE + _query(rng), headers, body)
    return Case(number, sender, "stripe", tuple(changes), expected, request, payload=payload)


def with_payload(case: Case, payload: Any, materials: Materials, now: int) -> Case:
    """The same with another payload, signed anew."""
    body, content_type = wire.encoded(case.kind, payload)
    stripes = case.kind == "stripe"
    signed = (
        wire.stripe_signed(materials.stripe_secret, now, body) if stripes else wire.signed(materials.secret, now, body)
    )
    request = Request(STRIPE if stripes else SLACK, (*signed, (b"Content-Type", content_type)), body)
    return replace(case, request=request, payload=payload)


ADORNMENTS = (
    *(b"X-Slack-Retry-Num", b"X-Slack-Retry-Reason", b"Cookie", b"X-Forwarded-For", b"Authorization", b"Range"),
    *(b"Expect", b"Accept", b"Content-Encoding"),
)


def _adorned(rng: random.Random) -> wire.Headers:
    """Headers that mean nothing, or claim something."""
    if rng.random() > ADORNED:
        return ()
    name = rng.choice(
        (b"X-Slack-Retry-Num", b"X-Slack-Retry-Reason", b"Cookie", b"X-Forwarded-For", b"Authorization", b"Range")
    )
    return ((name, rng.choice((b"quillfeather", b"-1", b"\xff\xfe", b"a" * 4000, b"bytes=0-", b""))),)


def _query(rng: random.Random) -> bytes:
    return rng.choice((b"", b"", b"", b"", b"?token=quillfeather", b"?a=%00&b[]=%ff"))


PATHS = (
    *(b"/", b"//", b"/slack", b"/slack/events/..", b"/slack/events%00", b"/slack/install", b"/stripe", b"/\xff"),
    *(b"/admin?token=quillfeather", b"/%2e%2e/etc/passwd"),
)


def _wandering(rng: random.Random, number: int) -> Case:
    if rng.random() < 0.3:
        method = rng.choice((b"GET", b"PUT", b"DELETE", b"TRACE", b"QUILLFEATHER", b"HEAD", b"OPTIONS"))
        path = rng.choice((SLACK, STRIPE, b"/healthz"))
        refused = frozenset({400, 405})
        expected = refused | {200} if path == b"/healthz" else refused
        return Case(number, Sender.WANDERER, "method", (method.decode(),), expected, Request(path, (), b"", method))
    if rng.random() < 0.4:
        lengths = (b"-1", b"x", b"1e3", b"99999999999999999999", b"5, 6", "５".encode(), b"")
        headers = ((b"Content-Length", rng.choice(lengths)), (b"Content-Type", wire.FORM))
        path = rng.choice((SLACK, STRIPE))
        return Case(
            number, Sender.WANDERER, "length", (), frozenset({0, 400, 401, 413}), Request(path, headers, b"a=1")
        )
    path = rng.choice(PATHS)
    request = Request(path, (), b"a=1", rng.choice((b"GET", b"POST")))
    return Case(number, Sender.WANDERER, "path", (), frozenset({0, 400, 404, 405}), request)


def _envelope(rng: random.Random, kind: str, payload: Any, number: int) -> str:
    envelope = {
        "envelope_id": f"fuzz-{number}",
        "type": ENVELOPES.get(kind, "interactive"),
        "payload": payload,
        "accepts_response_payload": kind != "event",
    }
    if rng.random() < 0.05:
        envelope, _ = mutated(rng, envelope, 1)
    text = wire.text_of(envelope)
    return text[: rng.randrange(len(text))] if rng.random() < 0.02 else text


def envelope_id(text: str) -> str | None:
    """Of an envelope that can be acknowledged."""
    found = re.search(r'"envelope_id": "(fuzz-\d+)"', text)
    return found[1] if found else None
