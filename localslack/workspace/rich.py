"""A person's text as the rich_text block that Slack's composer sends along: mentions, links, emoji, styles, quotes.

The text is taken as the message keeps it: escaped, names and links as tokens (`typed.py`).
"""

import re
import secrets
from collections.abc import Iterator
from html import unescape
from itertools import groupby

from localslack.workspace.model import Json

STYLES = {"*": "bold", "_": "italic", "~": "strike"}
INLINE = re.compile(
    r"<(?P<token>[^<>]+)>"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<![\w*_~])(?P<mark>[*_~])(?=\S)(?P<styled>[^\n]*?\S)(?P=mark)(?![\w*_~])"
    r"|:(?P<emoji>[a-z0-9_+'\-]+(?:::skin-tone-\d)?):",
)
FENCE = "```"
QUOTE = "&gt;"


def rich_text(text: str) -> Json:
    """The rich_text block of a text that is not empty."""
    return {"type": "rich_text", "block_id": secrets.token_urlsafe(4)[:5], "elements": list(_parts(text))}


def _parts(text: str) -> Iterator[Json]:
    for place, part in enumerate(text.split(FENCE)):
        if place % 2:
            code = {"type": "text", "text": unescape(part.strip("\n"))}
            yield {"type": "rich_text_preformatted", "elements": [code], "border": 0}
        elif part.strip("\n"):
            yield from _lines(part.strip("\n"))


def _lines(text: str) -> Iterator[Json]:
    """Lines that are quoted stand in a quote, those between them in a section."""
    for quoted, lines in groupby(text.split("\n"), key=lambda line: line.startswith(QUOTE)):
        words = "\n".join(line.removeprefix(QUOTE).removeprefix(" ") if quoted else line for line in lines)
        yield {"type": f"rich_text_{'quote' if quoted else 'section'}", "elements": _leaves(words, {})}


def _leaves(text: str, style: Json) -> list[Json]:
    found: list[Json] = []
    place = 0
    for match in INLINE.finditer(text):
        found += [*_words(text[place : match.start()], style), *_leaf(match, style)]
        place = match.end()
    return [*found, *_words(text[place:], style)]


def _words(text: str, style: Json) -> list[Json]:
    return [_styled({"type": "text", "text": unescape(text)}, style)] if text else []


def _leaf(match: re.Match[str], style: Json) -> list[Json]:
    if match["styled"]:
        return _leaves(match["styled"], style | {STYLES[match["mark"]]: True})
    if match["code"]:
        return [_styled({"type": "text", "text": unescape(match["code"])}, style | {"code": True})]
    if match["emoji"]:
        return [_styled(_emoji(match["emoji"]), style)]
    return [_styled(_token(match["token"]), style)]


def _emoji(name: str) -> Json:
    plain, _, tone = name.partition("::skin-tone-")
    return {"type": "emoji", "name": plain} | ({"skin_tone": int(tone)} if tone else {})


def _token(token: str) -> Json:
    target, _, label = token.partition("|")
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    if target.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": target.removeprefix("!subteam^")}
    if target.startswith("!"):
        return {"type": "broadcast", "range": target[1:]}
    link = {"type": "link", "url": unescape(target)}
    return link | ({"text": unescape(label)} if label else {})


def _styled(leaf: Json, style: Json) -> Json:
    return leaf | ({"style": style} if style else {})
