"""What may be seen, and by whom: hidden characters are made visible, personal data and amounts are masked."""

import datetime as dt
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from bot.erasure import BLOT
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.personal import Moment, Part, Personal

# What Unicode lets a renderer leave out (Default_Ignorable_Code_Point), beside everything of the category Cf; and the
# blanks that are letters.
IGNORABLE = set(
    map(chr, [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x3164, 0xFFA0, 0x2800])
) | set(map(chr, [*range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9)]))
NARROW, WIDE = r" \u00a0\u1680\u202f\u205f", r"\u2000-\u200a\u3000"
BLANKS = re.compile(rf" {{4,}}|[{NARROW}]*[{WIDE}][{NARROW}{WIDE}]*")
# What most texts are made of, in which nothing hides: letters of Western languages, dashes, quotes, bullets, arrows.
PLAIN = re.compile(r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff]*")
JOINER, AS_EMOJI = "\u200d", "\ufe0f"
SIGNS = ("So", "Sk", "Sm")  # what emoji and their skin tones are, for Unicode
LINE_BREAKS = {"\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"}


def visible(text: str) -> str:
    """The text on one line, with whatever could hide, reorder or forge made visible; blanks push nothing away."""
    if PLAIN.fullmatch(text):  # there is nothing to look for but blanks
        return BLANKS.sub(" ", text) if "    " in text else text
    typed = text.replace("\r\n", "\n")
    shown = (one if _joins_emoji(typed, place) else _visible(one) for place, one in enumerate(typed))
    return BLANKS.sub(" ", "".join(shown))


def _joins_emoji(text: str, place: int) -> bool:
    """A joiner between two emoji, or the selector that makes a sign one: part of what is honestly seen."""
    if text[place] not in (JOINER, AS_EMOJI) or place == 0:
        return False
    before = unicodedata.category(text[place - 1]) in SIGNS or text[place - 1] == AS_EMOJI
    if text[place] == AS_EMOJI:
        return before
    return before and unicodedata.category(text[place + 1 : place + 2] or " ") in SIGNS


def _visible(character: str) -> str:
    code = ord(character)
    if character in LINE_BREAKS:
        return " ⏎ "
    if character == "\t":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if 0xE000 <= code <= 0xF8FF or 0xD800 <= code <= 0xDFFF:
        return "�"
    return f"⟨U+{code:04X}⟩" if _hidden(character, code) else character


def _hidden(character: str, code: int) -> bool:
    """Whether there is nothing to see of it."""
    control_or_tag = 0x7F <= code < 0xA0 or 0xE0000 <= code <= 0xE0FFF
    return control_or_tag or character in IGNORABLE or unicodedata.category(character) == "Cf"


class Clearance(StrEnum):
    """How much of a person's data the reader may see."""

    FULL = "full"
    CHANNEL = "channel"
    """Everybody in a channel: colleagues' names, nothing else."""
    NONE = "none"


def mask(personal: Personal, clearance: Clearance, *, amounts: bool = False) -> str:
    """The one place where personal data and amounts become text (promise 9)."""
    if personal.personal == "amount":
        return personal.value if amounts else "•••"
    if clearance is Clearance.FULL or personal.value == BLOT:
        return personal.value
    if personal.personal == "person":
        return personal.value if clearance is Clearance.CHANNEL else _masked_words(personal.value)
    if personal.personal in ("email", "customer"):
        local, at, domain = personal.value.partition("@")
        return f"{local[:1]}•••{at}{domain}"
    return _masked_address(personal.value)


def _masked_words(name: str) -> str:
    return " ".join(f"{word[:1]}•••" for word in name.split())


def _masked_address(address: str) -> str:
    """The network: a /24, or of IPv6 a /48."""
    try:
        whole = ipaddress.ip_address(address.partition("/")[0])
    except ValueError:
        return "•"
    if isinstance(whole, ipaddress.IPv6Address):
        if whole.ipv4_mapped is None:
            return f"{ipaddress.IPv6Network((whole, 48), strict=False).network_address}•"
        whole = whole.ipv4_mapped
    return ".".join([*str(whole).split(".")[:3], "•"])


def masked_text(parts: Iterable[Part], clearance: Clearance, *, amounts: bool = False) -> str:
    return "".join(_as_text(part, clearance, amounts=amounts) for part in parts)


def _as_text(part: Part, clearance: Clearance, *, amounts: bool) -> str:
    """A part where there is only text: a moment by the clock that all share."""
    if isinstance(part, Moment):
        return f"{part.moment.astimezone(dt.UTC):%-d %b %H:%M} UTC"
    return part if isinstance(part, str) else mask(part, clearance, amounts=amounts)


def clearance_of(operator: Operator) -> Clearance:
    return Clearance.FULL if operator.may(Permission.PERSONAL_READ) else Clearance.NONE
