"""What a person typed, as Slack sends it on: names become ids, the rest becomes harmless."""

import re

from bot.demo.slack.state import State

TOKEN = re.compile(r"<(?:@[UW]\w+|#[CG]\w+|![a-z]+|https?://[^>\s]+)(?:\|[^>]*)?>")
NAME = re.compile(r"(?<![\w@#])([@#])([\w][\w.\-]*)")


def as_sent(state: State, text: str, *, names: bool = True) -> str:
    """The text escaped, with "@name" and "#channel" as "<@U…|name>" and "<#C…|name>" where they exist.

    What is written as such a token already stays one.
    """
    parts: list[str] = []
    place = 0
    for token in TOKEN.finditer(text):
        parts += [_plain(state, text[place : token.start()], names=names), token.group()]
        place = token.end()
    return "".join([*parts, _plain(state, text[place:], names=names)])


def _plain(state: State, text: str, *, names: bool) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if not names:
        return escaped
    return NAME.sub(lambda found: _named(state, found), escaped)


def _named(state: State, found: re.Match[str]) -> str:
    sign, whole = found.group(1), found.group(2)
    trimmed = whole.rstrip(".-_")
    for name in (whole, trimmed):
        if (mention := _mention(state, sign, name)) is not None:
            return mention + whole[len(name) :]
    return found.group()


def _mention(state: State, sign: str, name: str) -> str | None:
    if sign == "#":
        ids = [c.id for c in state.channels.values() if c.name == name]
        return f"<#{ids[0]}|{name}>" if ids else None
    lowered = name.lower()
    ids = [p.id for p in state.people.values() if p.name.lower() == lowered]
    return f"<@{ids[0]}|{name}>" if ids else None
