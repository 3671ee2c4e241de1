"""The Markdown of runbooks as rich text: headings, lists, code, bold. A link stays text, with its address beside it.

Only what runbooks need. What is none of that stands as it was written; nothing of it is parsed by Slack.
"""

import re
from collections.abc import Iterable, Iterator

from bot.drawing.elements import Element, bold, text_element
from bot.store.models import JSON

HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
ENTRY = re.compile(r"(\s*)(?:[-*+]|(\d{1,3})[.)])\s+(.*)$")
FENCE = re.compile(r"\s*(```|~~~)")
INLINE = re.compile(r"\*\*(?P<bold>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`|\[(?P<text>[^\]\n]+)\]\((?P<url>[^)\s]+)\)")


def blocks(text: str) -> JSON | None:
    """One block of rich text; None of nothing."""
    sections = list(_sections(text.expandtabs(4).splitlines()))
    return {"type": "rich_text", "elements": sections} if sections else None


def _sections(lines: Iterable[str]) -> Iterator[JSON]:
    code: list[str] | None = None
    paragraph: list[str] = []
    for line in lines:
        if FENCE.match(line):
            yield from _ended(paragraph)
            yield from _preformatted(code)
            code = [] if code is None else None
        elif code is not None:
            code.append(line)
        elif found := HEADING.match(line) or ENTRY.match(line):
            yield from _ended(paragraph)
            yield _section([bold(found[1])] if found.re is HEADING else _entry(found))
        elif line.strip():
            paragraph.append(line.strip())
        else:
            yield from _ended(paragraph)
    yield from _ended(paragraph)
    yield from _preformatted(code)


def _ended(paragraph: list[str]) -> Iterator[JSON]:
    """The lines of a paragraph are one; it begins anew."""
    if paragraph:
        yield _section(_inline(" ".join(paragraph)))
        paragraph.clear()


def _preformatted(code: list[str] | None) -> Iterator[JSON]:
    if code and any(one.strip() for one in code):
        yield {"type": "rich_text_preformatted", "elements": [text_element("\n".join(code))]}


def _entry(found: re.Match[str]) -> list[Element]:
    mark = f"{found[2]}. " if found[2] else "· "
    return [text_element("\u2003" * (len(found[1]) // 2) + mark), *_inline(found[3])]


def _inline(text: str) -> list[Element]:
    elements: list[Element] = []
    end = 0
    for found in INLINE.finditer(text):
        elements += [text_element(text[end : found.start()])] if found.start() > end else []
        elements.append(_styled(found))
        end = found.end()
    return [*elements, *([text_element(text[end:])] if end < len(text) else [])]


def _styled(found: re.Match[str]) -> Element:
    if found["bold"]:
        return bold(found["bold"])
    if found["code"]:
        return text_element(found["code"], code=True)
    return text_element(f"{found['text']} ({found['url']})")


def _section(elements: list[Element]) -> JSON:
    said = any(one["text"].strip() for one in elements)
    return {"type": "rich_text_section", "elements": elements if said else [bold("·")]}
