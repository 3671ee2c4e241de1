"""Sending addresses in trouble: on a blocklist, or with a reputation that is going down."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Item, Level, Section, Window, section
from bot.platform.models import SmtpIpAddress, VpsInstance
from bot.words import duration

LOW_SCORE = 70  # platform.md: below that, a warning
IN_USE = ("active", "warming", "quarantined")


@dataclass(frozen=True)
class Address:
    """One sending address that needs a look; no personal data: it is the platform's own."""

    ip: str
    server: str | None
    status: str
    state: str
    score: int | None
    lists: tuple[str, ...]
    """Blocklists it is on."""
    checked: dt.datetime | None

    @property
    def level(self) -> Level:
        return Level.RED if self.lists or self.state == "critical" else Level.YELLOW

    @property
    def described(self) -> str:
        parts = [f"listed at {', '.join(self.lists)}"] if self.lists else []
        reputation = f"reputation {self.state}"
        parts.append(reputation if self.score is None else f"{reputation} ({self.score} of 100)")
        return ", ".join([*parts, self.status])


@section
@dataclass(frozen=True)
class Addresses(Section):
    """Those in trouble, and how many are in use."""

    name: ClassVar[str] = "addresses"
    title: ClassVar[str] = "Sending IPs"
    shows: ClassVar[str] = "Show the sending IPs"

    in_use: int
    trouble: tuple[Address, ...]

    def items(self) -> list[Item]:
        return [Item(one.level, (f"IP {one.ip}: {one.described}",), self.name) for one in self.trouble]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        lists = SmtpIpAddress.provider_blacklist_status
        listed = func.jsonb_path_exists(lists, cast("$.* ? (@ == true)", JSONPATH))
        poor = SmtpIpAddress.reputation_state.in_(["poor", "critical"])
        rows = await session.execute(
            select(SmtpIpAddress, VpsInstance.name, listed)
            .outerjoin(VpsInstance, VpsInstance.id == SmtpIpAddress.vps_instance_id)
            .where(SmtpIpAddress.status.in_(IN_USE))
            .where(listed | poor | (SmtpIpAddress.score < LOW_SCORE))
            .order_by(listed.desc(), SmtpIpAddress.score.nulls_last(), SmtpIpAddress.ip_address)
        )
        trouble = tuple(
            Address(
                one.ip_address,
                server,
                one.status,
                one.reputation_state,
                one.score,
                tuple(sorted(name for name, on in one.provider_blacklist_status.items() if on is True)),
                one.last_reputation_check,
            )
            for one, server, _ in rows
        )
        in_use = await session.scalar(select(func.count()).where(SmtpIpAddress.status.in_(IN_USE)))
        return cls(in_use or 0, trouble)

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        found = await cls.read(session, window)
        return [
            fact(
                f"IP {one.ip}",
                f"{one.described} · on server {one.server or 'unknown'} · "
                + (f"checked {duration(window.now - one.checked, 1)} ago" if one.checked else "never checked"),
            )
            for one in found.trouble
        ]
