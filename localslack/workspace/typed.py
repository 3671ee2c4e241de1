"""What a person typed, as Slack sends it on: names and links become tokens, the rest becomes harmless."""

import re

from localslack.workspace.state import State

# Mentions may be written out; any other <…> a person types is text.
TOKEN = re.compile(r"<(?:@[UW]\w+|#[CG]\w+)(?:\|[^<>]*)?>")
URL_OR_NAME = re.compile(
    r"(?P<url>https?://(?:(?!&[lg]t;)[^\s|])*(?!&[lg]t;)[^\s|.,;:!?)\"'])|(?<![\w@#])(?P<sign>[@#])(?P<name>\w[\w.\-]*)",
)
BROADCASTS = {"channel", "here", "everyone"}


def as_sent(state: State, text: str, *, names: bool = True) -> str:
    """The text escaped, with "@name" as "<@U…|name>", "#channel" as "<#C…|name>", links as "<https://…>".

    Names nobody has stay as they are. Mentions already written as "<@U…>" stay mentions.
    """
    parts: list[str] = []
    place = 0
    for token in TOKEN.finditer(text):
        parts += [_plain(state, text[place : token.start()], names=names), token.group()]
        place = token.end()
    return "".join([*parts, _plain(state, text[place:], names=names)])


def _plain(state: State, text: str, *, names: bool) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return URL_OR_NAME.sub(lambda found: _token(state, found), escaped) if names else escaped


def _token(state: State, found: re.Match[str]) -> str:
    if found["url"]:
        return f"<{found['url']}>"
    whole = found["name"]
    for name in (whole, whole.rstrip(".-_")):
        if (mention := _mention(state, found["sign"], name)) is not None:
            return mention + whole[len(name) :]
    return found.group()


def _mention(state: State, sign: str, name: str) -> str | None:
    if sign == "#":
        ids = [c.id for c in state.channels.values() if c.name == name]
        return f"<#{ids[0]}|{name}>" if ids else None
    lowered = name.lower()
    if lowered in BROADCASTS:
        return f"<!{lowered}>"
    ids = [p.id for p in state.people.values() if p.name.lower() == lowered]
    return f"<@{ids[0]}|{name}>" if ids else None
