"""Exchanges of the journal as JSON: a short row for a list, and everything about one; no tokens, no signing secrets."""

import re
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from localslack.control.journal import Entry, Incoming
from localslack.workspace.model import Delivery, Json
from localslack.workspace.state import State
from localslack.workspace.wire import parsed

TOKEN = re.compile(r"\b(xox[a-z]-|xapp-)[\w-]+")
HIDDEN = "…"
NAME_LENGTH = 120


def row(state: State, entry: Entry) -> Json:
    """One line: which way, what, who, and how it ended; `ok` is None while there is no answer."""
    exchange = entry.exchange
    line = _delivery_row(exchange) if isinstance(exchange, Delivery) else _incoming_row(exchange)
    line["name"] = line["name"][:NAME_LENGTH]
    who, about = _who(state, line.pop("user", ""), line["about"])
    numbers = {"n": entry.number, "rev": entry.revision, "who": who, "about": about, "ms": _ms(exchange)}
    return masked(state, line | numbers)


def whole(state: State, entry: Entry) -> Json:
    """The row with headers, what was sent and what was answered."""
    exchange = entry.exchange
    more = _delivery_details(exchange) if isinstance(exchange, Delivery) else _incoming_details(exchange)
    return row(state, entry) | masked(state, more)


def _ms(exchange: Delivery | Incoming) -> int | None:
    if exchange.finished_at is None:
        return None
    began = exchange.sent_at if isinstance(exchange, Delivery) else exchange.started_at
    return round(1000 * (exchange.finished_at - began))


# To the app


def _delivery_row(delivery: Delivery) -> Json:
    ended = delivery.finished_at is not None
    return {
        "direction": "out",
        "kind": delivery.kind,
        "at": delivery.sent_at,
        "transport": delivery.transport,
        "retry_num": delivery.retry_num,
        "status": delivery.status,
        "ok": delivery.ok if ended else None,
        "error": delivery.error,
        "fault": "",
        **_told(delivery),
    }


def _told(delivery: Delivery) -> Json:
    payload = delivery.payload
    if delivery.kind == "command":
        name = f"{payload['command']} {payload['text']}".strip()
        return {"name": name, "user": payload["user_id"], "about": {"channel": payload["channel_id"]}}
    if delivery.kind == "event":
        return _event(payload)
    items = [payload, *payload.get("actions", [])]
    named = [item[key] for item in items for key in ("action_id", "callback_id") if item.get(key)]
    named = named or [payload.get("view", {}).get("callback_id", "")]
    container = payload.get("container", {})
    where = {"channel": payload.get("channel", {}).get("id"), "ts": container.get("message_ts")}
    name = " ".join([payload["type"], *named, payload.get("value", "")]).strip()
    return {"name": name, "user": payload["user"]["id"], "about": where}


def _event(payload: Json) -> Json:
    event = payload.get("event", {})
    parts = [event.get("type", payload.get("type", "")), event.get("subtype", ""), event.get("text", "")]
    item = event.get("item", event)
    where = {"channel": item.get("channel"), "ts": event.get("deleted_ts") or item.get("ts")}
    return {"name": " ".join(part for part in parts if part), "user": event.get("user"), "about": where}


def _delivery_details(delivery: Delivery) -> Json:
    return {
        "delivery_id": delivery.id,
        "retry_reason": delivery.retry_reason,
        "no_retry": delivery.no_retry,
        "headers": delivery.headers,
        "payload": delivery.payload,
        "answer": delivery.body,
        "answer_headers": {},
    }


# From the app


def _incoming_row(incoming: Incoming) -> Json:
    args, answer, fault = _arguments(incoming), _answer(incoming), incoming.fault
    lost = fault is not None and fault.kind == "lost"
    ended = incoming.finished_at is not None
    status = incoming.response.status_code if incoming.response and not lost else 0
    said = answer if isinstance(answer, dict) else {}
    ok = 200 <= status < 300 and said.get("ok", True)
    return {
        "direction": "in",
        "kind": incoming.kind,
        "at": incoming.started_at,
        "transport": "http",
        "retry_num": 0,
        "status": status,
        "ok": ok if ended else None,
        "error": str(said.get("error", "")) or ("answer lost" if lost else ""),
        "fault": fault.kind if fault else "",
        "name": _asked(incoming, args),
        "user": args.get("user") or args.get("user_id"),
        "about": {
            "channel": args.get("channel") or said.get("channel"),
            "ts": args.get("ts") or args.get("message_ts") or said.get("ts"),
        },
    }


def _asked(incoming: Incoming, args: Json) -> str:
    if incoming.kind == "api":
        return str(incoming.request.path_params["method"])
    if incoming.kind == "upload":
        return f"upload of {incoming.request.path_params['file_id']}"
    asked = next((key for key in ("replace_original", "delete_original") if args.get(key)), "")
    return f"response_url {asked}".strip()


def _incoming_details(incoming: Incoming) -> Json:
    return {
        "delivery_id": "",
        "headers": dict(incoming.request.headers),
        "payload": _arguments(incoming),
        "answer": _answer(incoming),
        "answer_headers": dict(incoming.response.headers) if incoming.response else {},
    }


def _arguments(incoming: Incoming) -> Json:
    """What was sent, with JSON within a form taken apart, and without the token."""
    if incoming.kind == "upload":
        return {"bytes": len(incoming.body)}
    values = dict(incoming.request.query_params) | _fields(incoming.request, incoming.body)
    return {name: _unpacked(value) for name, value in values.items() if name != "token"}


def _fields(request: Request, body: bytes) -> Json:
    text = body.decode(errors="replace")
    if "json" in request.headers.get("Content-Type", "") or text.startswith("{"):
        try:
            read = parsed(text or "{}")
        except ValueError:
            return {"body": text}
        return read if isinstance(read, dict) else {"body": read}
    return dict(parse_qsl(text, keep_blank_values=True))


def _unpacked(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return parsed(value)
    except ValueError:
        return value


def _answer(incoming: Incoming) -> Any:
    if incoming.response is None or (incoming.fault is not None and incoming.fault.kind == "lost"):
        return None
    return _unpacked(bytes(incoming.response.body).decode(errors="replace"))


# Both


def _who(state: State, user: Any, about: Json) -> tuple[str, Json]:
    """Whose doing it was or where it went, by name; and where in the workspace to look, as far as it exists."""
    channel = state.channels.get(about["channel"]) if isinstance(about["channel"], str) else None
    known = {"channel": channel.id, "ts": str(about.get("ts") or "")} if channel else {}
    person = state.find_person(user) if isinstance(user, str) else None
    if person is not None:
        return person.real_name or person.name, known
    return (f"#{channel.name}" if channel and channel.kind == "channel" else ""), known


def masked(state: State, values: Json) -> Json:
    """The same without tokens and secrets, however deep they stand."""
    space = state.workspace
    secrets = [space.signing_secret, space.verification_token, space.bot_token, space.app_token]

    def mask(value: Any) -> Any:
        if isinstance(value, dict):
            return {mask(key): mask(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [mask(inner) for inner in value]
        return mask_text(value) if isinstance(value, str) else value

    def mask_text(text: str) -> str:
        text = TOKEN.sub(rf"\g<1>{HIDDEN}", text)
        for secret in filter(None, secrets):
            text = text.replace(secret, HIDDEN)
        return text

    return {name: mask(value) for name, value in values.items()}
