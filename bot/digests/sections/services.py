"""The health grid: the newest measurement of each service, and which were unwell in the last day."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Item, Level, Section, Window, section
from bot.words import duration

API = "API server"
SILENT = dt.timedelta(hours=1)  # without a measurement, the last one says nothing any more

# One step through the primary key for each service, however many measurements there are.
NEWEST = text(
    """
    WITH RECURSIVE names AS (
        SELECT min(service) AS service FROM service_health
        UNION ALL
        SELECT (SELECT min(service) FROM service_health AS h WHERE h.service > names.service)
        FROM names WHERE names.service IS NOT NULL
    )
    SELECT newest.service, newest.status, newest.at, newest.p95_ms, newest.error_rate, newest.backlog,
           unwell.first, unwell.last, unwell.worst
    FROM names
    CROSS JOIN LATERAL (
        SELECT * FROM service_health AS h WHERE h.service = names.service AND h.at <= :now ORDER BY at DESC LIMIT 1
    ) AS newest
    CROSS JOIN LATERAL (
        SELECT min(at) AS first, max(at) AS last, min(status) FILTER (WHERE status = 'down') AS worst
        FROM service_health AS h
        WHERE h.service = names.service AND h.at BETWEEN :since AND :now AND h.status <> 'healthy'
    ) AS unwell
    ORDER BY newest.service
    """
)


@dataclass(frozen=True)
class Service:
    """One service as last measured."""

    name: str
    status: str
    measured: dt.datetime
    p95_ms: int | None
    error_rate: float | None
    """A share: 0.001 is 0.1%."""
    backlog: int | None
    unwell_from: dt.datetime | None
    unwell_until: dt.datetime | None
    """The first and the last measurement of the last day that was not healthy."""
    was_down: bool

    @property
    def healthy(self) -> bool:
        return self.status == "healthy"

    @property
    def recovered(self) -> bool:
        return self.healthy and self.unwell_from is not None

    @property
    def measured_text(self) -> str:
        parts = [f"p95 {self.p95_ms} ms"] if self.p95_ms is not None else []
        if self.error_rate is not None:
            parts.append(f"errors {self.error_rate:.2%}")
        return ", ".join(parts) or "nothing measured"


@section
@dataclass(frozen=True)
class Services(Section):
    """All of the grid."""

    name: ClassVar[str] = "services"
    title: ClassVar[str] = "Services"
    shows: ClassVar[str] = "Show the services"

    grid: tuple[Service, ...]
    now: dt.datetime

    @property
    def calm(self) -> str:
        return f"{self.healthy} of {len(self.grid)} services healthy"

    @property
    def eventful(self) -> bool:
        return bool(self.recovered)

    @property
    def worth_a_look(self) -> bool:
        return bool(self.recovered)

    @property
    def healthy(self) -> int:
        return sum(one.healthy for one in self.grid)

    @property
    def api(self) -> Service | None:
        return next((one for one in self.grid if one.name == API), None)

    @property
    def recovered(self) -> tuple[Service, ...]:
        return tuple(one for one in self.grid if one.recovered)

    def silent(self, one: Service) -> bool:
        return self.now - one.measured > SILENT

    def items(self) -> list[Item]:
        found = []
        for one in self.grid:
            since = f" for {duration(self.now - one.unwell_from, 2)}" if one.unwell_from else ""
            if one.status == "down":
                found.append(Item(Level.RED, (f"{one.name} is down{since}",), self.name))
            elif not one.healthy:
                text = f"{one.name} is {one.status}{since}: {one.measured_text}"
                found.append(Item(Level.YELLOW, (text,), self.name))
            elif self.silent(one):
                ago = duration(self.now - one.measured, 1)
                found.append(Item(Level.YELLOW, (f"{one.name} was last measured {ago} ago",), self.name))
        return found

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        rows = await session.execute(NEWEST, {"now": window.now, "since": window.day[0]})
        grid = tuple(
            Service(
                row.service,
                row.status,
                row.at,
                row.p95_ms,
                None if row.error_rate is None else float(row.error_rate),
                row.backlog,
                row.first,
                row.last,
                row.worst is not None,
            )
            for row in rows
        )
        return cls(grid, window.now)

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        """Every service with its figures, the unwell ones first."""
        found = await cls.read(session, window)
        ordered = sorted(found.grid, key=lambda one: (one.healthy, one.name))
        return [fact(one.name, _described(found, one)) for one in ordered]


def _described(found: Services, one: Service) -> str:
    said = f"{one.status} · {one.measured_text} · measured {duration(found.now - one.measured, 1)} ago"
    if one.backlog:
        said += f" · backlog {one.backlog:,}"
    if one.recovered and one.unwell_from and one.unwell_until:
        state = "down or degraded" if one.was_down else "degraded"
        said += f" · {state} for {duration(one.unwell_until - one.unwell_from, 2)} in the last day"
    return said
