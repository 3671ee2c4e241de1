"""The platform's own settings: what they are, what each may be, and what was made of them.

A sensitive value is not the bot's to read: its database role reads `shown`, which is null for those.
"""

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import AdminAuditLog, SystemConfig

ON_OR_OFF = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
LONGEST = 1_000  # characters of a text


@dataclass(frozen=True)
class Setting:
    """One setting at one moment."""

    key: str
    value: Any
    """As JSON; None for a sensitive one, whatever it is."""
    description: str | None
    category: str
    sensitive: bool
    updated_by: uuid.UUID | None
    updated: dt.datetime
    staged: Any = None
    """What somebody wants it to be next; None: nothing."""

    @property
    def security(self) -> bool:
        return self.key in RULES and RULES[self.key].security

    @property
    def waits(self) -> bool:
        """Something is staged that is not in force."""
        return self.staged is not None and self.staged != self.value

    @property
    def watch(self) -> tuple[str, ...]:
        """The alert rules that are looked at after a promotion."""
        return (RULES[self.key].watch if self.key in RULES else ()) or QUEUES

    @property
    def in_words(self) -> str:
        return "•••" if self.sensitive else said(self.value, RULES.get(self.key))

    def typed(self, text: str) -> Any:
        """The value that a text means here. Raises `ValueError` with a sentence."""
        rule = RULES.get(self.key)
        return rule.typed(text) if rule else _like(self.value, text)


@dataclass(frozen=True)
class Rule:
    """What a known setting may be: a number between two others, on or off, or one of a few words."""

    least: int = 0
    most: int = 0
    unit: str = ""
    words: tuple[str, ...] = ()
    security: bool = False
    """Security decides about it."""
    watch: tuple[str, ...] = ()
    """Alert rules that are looked at once it has been promoted."""

    def typed(self, text: str) -> Any:
        """Raises `ValueError` with a sentence that says what it may be."""
        wanted = text.strip().lower()
        if self.words:
            if wanted not in self.words:
                raise ValueError(f"It may be {', '.join(self.words[:-1])} or {self.words[-1]}.")
            return wanted
        if not self.most:
            return _switch(wanted)
        number = _number(wanted)
        if number is None or not self.least <= number <= self.most:
            raise ValueError(f"It may be a whole number from {self.least:,} to {self.most:,} ({self.unit}).")
        return number


QUEUES = ("queue-backlog", "queue-late", "queue-failures")
RULES: Mapping[str, Rule] = {
    "audit.retention_years": Rule(7, 100, "years", security=True),
    "data.default_classification": Rule(words=("public", "internal", "confidential", "restricted"), security=True),
    "data.encryption_at_rest": Rule(security=True),
    "data.tls_version": Rule(words=("1.2", "1.3"), security=True),
    "logs.retention_days": Rule(90, 3_650, "days", security=True),
    "password.minimum_length": Rule(12, 128, "characters", security=True),
    "password.rotation_days": Rule(0, 365, "days, 0 for never", security=True),
    "sending.daily_limit_per_mailbox": Rule(1, 2_000, "mails a day", watch=QUEUES),
    "sending.warmup_step": Rule(1, 100, "more mails each day", watch=QUEUES),
    "staff.lookups_per_minute": Rule(10, 100, "look-ups", security=True),
    "staff.session_idle_minutes": Rule(5, 30, "minutes", security=True),
}
"""Those that the bot knows; what another may be is told from what it is."""


def said(value: Any, rule: Rule | None = None) -> str:
    """`on`, `30 minutes`, `Europe/Madrid`; of anything else its JSON."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        unit = rule.unit.partition(",")[0] if rule else ""
        return f"{value:,} {unit}".strip()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _number(text: str) -> int | None:
    """`1,000`, `30 minutes`, `30`."""
    found = re.fullmatch(r"(-?[0-9]{1,3}(?:,[0-9]{3})+|-?[0-9]{1,12})\s*[a-z -]{0,20}", text)
    return int(found[1].replace(",", "")) if found else None


def _switch(text: str) -> bool:
    if text not in ON_OR_OFF:
        raise ValueError("It may be on or off.")
    return ON_OR_OFF[text]


def _like(present: Any, text: str) -> Any:
    """A text as the type of the present value. Raises `ValueError` with a sentence."""
    if isinstance(present, bool):
        return _switch(text.strip().lower())
    if isinstance(present, str):
        if len(text) > LONGEST:
            raise ValueError(f"A text may have at most {LONGEST:,} characters.")
        return text.strip()
    if isinstance(present, int) and (number := _number(text.strip().lower())) is not None:
        return number
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(present, int | float) and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(present, list | dict) and type(value) is type(present):
        return value
    raise ValueError(f"It is {_KINDS.get(type(present), 'JSON')} now, and has to stay one.")


_KINDS = {int: "a number", float: "a number", list: "a list as JSON", dict: "an object as JSON"}


# Reading


def _columns() -> Select[Any]:
    """Without `value`: the bot's role may not read it."""
    return select(
        SystemConfig.key,
        SystemConfig.shown,
        SystemConfig.description,
        SystemConfig.category,
        SystemConfig.is_sensitive,
        SystemConfig.updated_by,
        SystemConfig.updated,
        SystemConfig.staged,
    )


async def load(session: AsyncSession, key: str, *, hold: bool = False) -> Setting | None:
    """The setting, None if there is none of that key; with `hold`, nobody else sets it until the transaction ends."""
    query = _columns().where(SystemConfig.key == key)
    row = (await session.execute(query.with_for_update() if hold else query)).one_or_none()
    return Setting(*row) if row else None


async def everything(session: AsyncSession, category: str | None = None) -> Sequence[Setting]:
    """All settings, or those of a category, by category and key."""
    query = _columns().order_by(SystemConfig.category, SystemConfig.key)
    rows = await session.execute(query.where(SystemConfig.category == category) if category else query)
    return [Setting(*row) for row in rows]


async def names(session: AsyncSession) -> Sequence[str]:
    """All keys."""
    return list(await session.scalars(select(SystemConfig.key).order_by(SystemConfig.key)))


async def categories(session: AsyncSession) -> Sequence[str]:
    return list(await session.scalars(select(SystemConfig.category).distinct().order_by(SystemConfig.category)))


@dataclass(frozen=True)
class Changed:
    """A change of a setting, as the platform's compliance log has it."""

    at: dt.datetime
    by: uuid.UUID | None
    action: str
    old: Any
    new: Any


async def history(session: AsyncSession, key: str, limit: int = 10) -> Sequence[Changed]:
    """What was made of a setting, the newest first."""
    rows = await session.execute(
        select(
            AdminAuditLog.creation_time,
            AdminAuditLog.admin_user_id,
            AdminAuditLog.action,
            AdminAuditLog.old_values,
            AdminAuditLog.new_values,
        )
        .where(
            AdminAuditLog.resource_type == "setting",
            AdminAuditLog.resource_id == key,
            AdminAuditLog.new_values.has_key("value"),
        )
        .order_by(AdminAuditLog.creation_time.desc(), AdminAuditLog.id)
        .limit(limit)
    )
    return [
        Changed(at, by, action, (old or {}).get("value"), (new or {}).get("value")) for at, by, action, old, new in rows
    ]


# Writing; a trigger of the platform tells whoever goes by it


async def put(session: AsyncSession, key: str, column: str, value: Any, *, by: uuid.UUID | None) -> None:
    """Set the value of a setting that is not sensitive, or what is staged of it."""
    await session.execute(
        update(SystemConfig)
        .where(SystemConfig.key == key, SystemConfig.is_sensitive.is_(False))
        .values({column: value, "updated_by": by, "updated": func.now()})
    )
