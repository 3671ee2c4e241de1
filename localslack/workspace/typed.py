"""Text as Slack keeps it: what a person typed, or an app posted; names and links become tokens, the rest harmless."""

import re
from collections.abc import Collection
from html import unescape
from urllib.parse import urlsplit

from localslack.workspace.state import State

# Mentions may be written out; any other <…> a person types is text.
TOKEN = re.compile(r"<(?:@[UW]\w+|#[CG]\w+)(?:\|[^<>]*)?>")
URL_OR_NAME = re.compile(
    r"(?P<url>https?://(?:(?!&[lg]t;)[^\s|])*(?!&[lg]t;)[^\s|.,;:!?)\"'])|(?<![\w@#])(?P<sign>[@#])(?P<name>\w[\w.\-]*)",
)
# What an app may write between < and >: https://docs.slack.dev/messaging/formatting-message-text
APPS_TOKEN = re.compile(r"<(?:[@#!]|https?://|mailto:|tel:|slack://)[^<>]+>")
LINK = re.compile(r"<(https?://[^<>|]+)(?:\|[^<>]*)?>")
LOOSE_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")
ADDRESS = re.compile(r"https?://(?:(?!&[lg]t;)[^\s|`])*(?!&[lg]t;)[^\s|.,;:!?)\"'`*_~]")
# Slack links the e-mail addresses that people type; of what apps post its documentation names web addresses alone.
MAIL = re.compile(r"(?P<token><[^<>]*>)|(?<![\w.+@/:-])(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
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


def as_posted(state: State, text: str) -> str:
    """What a person typed into the composer, as the message keeps it: without labels, e-mail addresses as links."""
    bare = re.sub(r"<(@[UW]\w+|#[CG]\w+)\|[^>]*>", r"<\1>", as_sent(state, text))
    return MAIL.sub(lambda found: found["token"] or f"<mailto:{found['mail']}|{found['mail']}>", bare)


def as_kept(text: str, *, links: bool = True) -> str:
    """What an app posted: escaped where it was not, and with `links` addresses as "<https://…>"."""
    parts: list[str] = []
    place = 0
    for token in APPS_TOKEN.finditer(text):
        parts += [_harmless(text[place : token.start()], links=links), LOOSE_AMPERSAND.sub("&amp;", token.group())]
        place = token.end()
    return "".join([*parts, _harmless(text[place:], links=links)])


def links_in(text: str, domains: Collection[str]) -> dict[str, str]:
    """The addresses that a kept text links to, each with the one of the domains it belongs to, or is below."""
    found = {}
    for url in (unescape(match[1]) for match in LINK.finditer(text)):
        host = (urlsplit(url).hostname or "").lower()
        for domain in domains:
            if host == domain or host.endswith(f".{domain}"):
                found[url] = domain
    return found


def _harmless(text: str, *, links: bool) -> str:
    escaped = LOOSE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return ADDRESS.sub(r"<\g<0>>", escaped) if links else escaped


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
