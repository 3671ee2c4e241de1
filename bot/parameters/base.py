"""Typed parameters: one declaration behind the typed grammar, the form, the help and the stored plan."""

import re
import unicodedata
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, MissingParameter, Suggestion
from bot.personal import Part, Personal
from bot.policy import Exclusion
from bot.words import sentence

Control = Literal["pick", "choose", "line", "text"]

LOOK_ALIKE = {"CYRILLIC": "a Cyrillic", "GREEK": "a Greek", "ARMENIAN": "an Armenian", "FULLWIDTH": "a full-width"}
UNESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
LONGEST = 4000  # characters of a command, or of one value: nobody means more, and patterns take ever longer over them
# What Slack makes of @name, #channel, @here and addresses, with what was typed after the bar. Nothing in it is tried
# twice: thousands of characters that only look like the beginning of one take no time.
TOKENS = re.compile(
    r"<(?:@([A-Z0-9]++)|#([A-Z0-9]++)|!(?:subteam\^)?(\w++)|(?:mailto:)?([^<>|\s:@]++[:@][^<>|\s]++))(?:\|([^<>]*+))?>"
)


def unescape(sent: str) -> str:
    """What the person typed: Slack sends `<`, `>` and `&` as entities, and makes tokens of names and addresses."""
    return re.sub("|".join(UNESCAPED), lambda found: UNESCAPED[found.group()], TOKENS.sub(_as_typed, sent))


def _as_typed(token: re.Match[str]) -> str:
    person, channel, group, address, label = token.groups()
    if address:
        return label or address
    shown = (label or person or channel or group).lstrip("@#")
    return f"{'#' if channel else '@'}{shown}"


def required(parameter: str, raw: str | None, missing: str) -> str:
    """What the person typed as this parameter, without blanks around it; PostgreSQL stores no NUL.

    Raises `MissingParameter` if that is nothing; `missing` is the sentence that says what to type.
    """
    typed = unescape(raw or "").replace("\x00", "").strip()
    if not typed:
        raise MissingParameter(parameter, missing)
    return typed


def quoted(typed: str) -> str:
    """What somebody typed, inside our own sentence; PostgreSQL stores no NUL."""
    return f"“{typed if len(typed) <= 60 else typed[:59] + '…'}”".replace("\x00", "�")


def did_you_mean(names: Sequence[str]) -> str:
    return f"Did you mean {' or '.join(names)}?" if names else ""


def look_alikes(typed: str) -> str:
    """A sentence about a letter that only looks Latin, in a word of Latin ones, where nobody sees it; else empty."""
    for word in typed.split():
        alphabets = {one: unicodedata.name(one, "").partition(" ")[0] for one in word if one.isalpha()}
        for letter, alphabet in alphabets.items():
            if alphabet in LOOK_ALIKE and "LATIN" in alphabets.values():
                return f" The letter “{letter}” in it is {LOOK_ALIKE[alphabet]} letter: type the word again."
    return ""


def _as_nobody(part: Part) -> str:
    return part if isinstance(part, str) else "•••"


@dataclass(frozen=True)
class Lookup:
    """What resolving needs to know of the place where something was typed."""

    session: AsyncSession
    team_id: str
    reason_characters: int
    verb: str
    arguments: dict[str, str]
    """All raw arguments, so that a suggestion can repeat the rest."""
    zone: str = "UTC"
    """In which times of day are meant."""
    asker: uuid.UUID | None = None
    """The staff member who asks: `me`."""
    channel: str = ""
    """Slack's id of the channel where it was typed: `here`; empty where there is none."""
    channel_name: str = ""
    """What that is called, where it is known."""
    seen: Callable[[Part], str] = _as_nobody
    """What the asker may see of a part."""
    exclusive: tuple[Exclusion, ...] = ()
    """The roles that exclude each other, by the policy."""

    def all_seen(self, parts: Iterable[Part]) -> str:
        """What the asker may see of all of them."""
        return "".join(map(self.seen, parts))

    def person(self, name: str) -> str:
        """Somebody's name, as the asker may see it."""
        return self.seen(Personal(personal="person", value=name))

    begins: str = ""
    """How a button begins that says to what, where that is not the verb: `sign out`, `add a role:`."""
    again: Callable[[Mapping[str, str]], str] = str
    """What would have to be typed for other arguments."""

    def instead(self, parameter: str, value: str, what: str) -> Suggestion:
        """The command with another value; `what` says which: `Sign out Priya`, `Add a role: finance`."""
        label = f"{sentence(self.begins or self.verb)} {what}"
        return Suggestion(label, self.verb, {**self.arguments, parameter: value})


@dataclass(frozen=True)
class Choice:
    """One entry of a type-ahead: what it says, in parts of which some may be masked, and the raw value behind it."""

    parts: tuple[Part, ...]
    value: str


class Parameter(ABC):
    """A value of a known type. Subclasses are frozen dataclasses. Optional ones are declared as `kind | None`."""

    label: ClassVar[str]
    """Its name in a form."""
    usage: ClassVar[str]
    """How it stands in a typed command."""
    keywords: ClassVar[tuple[str, ...]] = ()
    """The words that introduce it, the usual one first; none: by position, one word or quoted."""
    takes_rest: ClassVar[bool] = False
    """Everything after its keyword is its value, whatever it looks like."""
    example: ClassVar[str]
    """A value as somebody might type it, without a word that introduces it; empty: left out of examples."""
    explanation: ClassVar[str]
    """What help says of it."""
    control: ClassVar[Control]
    """How a form asks for it: by type-ahead, by a menu of the few there are, by a line, or by room for several."""
    hint: ClassVar[str]
    """What stands in the empty field of a form."""
    most_characters: ClassVar[int] = LONGEST
    """Characters of a value."""
    by_looks: ClassVar[bool] = False
    """Only what it recognises is taken for it: beside others by position, no other word is."""
    in_a_file: ClassVar[bool] = False
    """In a form it may also be chosen as a file."""

    @classmethod
    def recognises(cls, raw: str) -> bool | None:
        """Whether a value is of this type by its looks, where others share its keyword; None: it may be anything."""
        return None

    @classmethod
    @abstractmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        """From what was typed or chosen. Raises `InvalidParameter` with the next step."""

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        """What a type-ahead offers for what was typed so far, to somebody who may use the action."""
        return []

    @classmethod
    async def offered_to(cls, asker: uuid.UUID, typed: str, session: AsyncSession) -> list[Choice]:
        """The same, with what is only for whom the asker, a staff member, is one of."""
        return await cls.matching(typed, session)

    @classmethod
    def taken_from(cls, other: "Parameter") -> str | None:
        """The raw value of this type that means what another action was given; None: it means nothing here."""
        return other.dump() if type(other) is cls else None

    @property
    def shown(self) -> str:
        """As people read it."""
        return self.dump()

    def after(self, word: str) -> str:
        """As it stands in a sentence, after the word that introduces it, if there is one."""
        return f"{word} {self.shown}".strip()

    @property
    def parts(self) -> tuple[Part, ...]:
        """As people read it, where not everybody may read all of it."""
        return (self.shown,)

    @abstractmethod
    def dump(self) -> str:
        """For the plan; also a raw value that `resolve` understands."""

    @classmethod
    @abstractmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        """From the plan."""


def as_uuid(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None


def as_number(typed: str) -> int:
    """The number of a request as people type it, also with a #; 0, which none has, for anything else."""
    digits = typed.strip().removeprefix("#")
    return int(digits) if re.fullmatch(r"[0-9]{1,15}", digits) else 0


@dataclass(frozen=True)
class Reason(Parameter):
    """Why. What was typed, unchanged; whoever shows it makes it harmless."""

    label: ClassVar[str] = "Reason"
    usage: ClassVar[str] = "because …"
    example: ClassVar[str] = "of ticket 812"
    explanation: ClassVar[str] = "why; it is shown on the card and in the audit trail"
    keywords: ClassVar[tuple[str, ...]] = ("because",)
    takes_rest: ClassVar[bool] = True
    control: ClassVar[Control] = "text"
    hint: ClassVar[str] = "Why: shown on the card and in the audit trail"

    text: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        text = unescape(raw or "").strip()
        if not text:
            raise MissingParameter(
                parameter,
                "Say why: a short reason after “because”. It is shown on the card and in the audit trail.",
            )
        if len(text) > lookup.reason_characters:
            raise InvalidParameter(
                parameter,
                f"The reason has {len(text)} characters; {lookup.reason_characters} are allowed. Nothing was done: "
                "shorten it and send it again.",
            )
        return cls(text.replace("\x00", "�"))  # PostgreSQL stores no NUL

    def dump(self) -> str:
        return self.text

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(dumped)
