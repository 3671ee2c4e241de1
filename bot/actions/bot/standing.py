"""How things stand, for `/pm status` and App Home alike: the bot, the services, open alerts and incidents."""

import datetime as dt
import functools
import uuid
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import DateTime

from bot.people.secrecy import member
from bot.permissions import Permission
from bot.platform.models import StaffMemberRole, StaffRole
from bot.store.health import READ, Health
from bot.store.models import (
    Alert,
    AlertSilence,
    AlertState,
    DigestSubscription,
    Incident,
    Message,
)
from bot.store.watch import SEEN, Seen

QUIET = (AlertState.PENDING, AlertState.RESOLVED)
RANKS = {"critical": 0, "P1": 0, "high": 1, "P2": 1, "warning": 2, "medium": 2, "P3": 2}  # what is worst comes first

# The newest measurement of each service within the hour: one step through the key for each, however many there are.
SERVICES = """
WITH RECURSIVE names AS (
    SELECT min(service) AS service FROM service_health
    UNION ALL
    SELECT (SELECT min(service) FROM service_health AS h WHERE h.service > names.service)
    FROM names WHERE names.service IS NOT NULL
)
SELECT count(*) FILTER (WHERE newest.status = 'healthy') AS healthy, count(*) AS known,
       coalesce(array_agg(names.service || ' ' || newest.status ORDER BY names.service)
                FILTER (WHERE newest.status <> 'healthy'), '{}') AS unwell
FROM names CROSS JOIN LATERAL (
    SELECT status, at FROM service_health AS h
     WHERE h.service = names.service AND h.at <= now() ORDER BY at DESC LIMIT 1
) AS newest WHERE newest.at > now() - interval '1 hour'
"""
_HOW = text(f"SELECT * FROM ({READ}) AS bot, ({SEEN}) AS seen, ({SERVICES}) AS services")  # noqa: S608 - constants


Rows = Select[*tuple[Any, ...]]
"""Of the columns of `Line`."""


@dataclass(frozen=True)
class Services:
    """The platform's services, as measured within the last hour."""

    healthy: int
    known: int
    unwell: list[str]
    """`SMTP service degraded`."""

    @property
    def in_words(self) -> str:
        """`8 of 8 services healthy`, or which are not."""
        if not self.known:
            return "no service was measured in the last hour"
        others = f" ({', '.join(self.unwell)})" if self.unwell else ""
        return f"{self.healthy} of {self.known} services healthy{others}"


async def how_it_is(session: AsyncSession) -> tuple[Health, Seen, Services]:
    """The bot, its watch and the services: one statement."""
    row = tuple((await session.execute(_HOW)).one())
    bot, seen = len(fields(Health)), len(fields(Seen))
    return Health(*row[:bot]), Seen(*row[bot : bot + seen]), Services(*row[bot + seen :])


@dataclass(frozen=True)
class Line:
    """Something of a list: an open alert or incident, a silence, a subscription, a role that ends."""

    kind: str
    title: str
    severity: str | None
    state: str | None
    at: dt.datetime | None
    """Since when, or until when."""
    channel: str | None
    """Where its message stands in Slack: the channel's id, and the timestamp."""
    ts: str | None

    @property
    def problem(self) -> bool:
        return self.kind in ("alert", "incident")


async def lines(session: AsyncSession, allowed: frozenset[str], of_person: uuid.UUID | None = None) -> list[Line]:
    """What is open of what these permissions show, the worst and oldest first; with what is one person's own."""
    own = of_person is not None
    all_incidents = own and Permission.INCIDENT_SECURITY in allowed
    wanted = _statement(Permission.QUEUE_READ in allowed, Permission.INCIDENT_READ in allowed, own, all_incidents)
    if wanted is None:
        return []
    found = [Line(*row) for row in await session.execute(wanted, {"person": of_person} if of_person else {})]
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda one: (RANKS.get(one.severity or "", 3), one.at or latest, one.title))


@functools.cache
def _statement(
    alerts: bool,  # noqa: FBT001 - these are the key
    incidents: bool,  # noqa: FBT001
    own: bool,  # noqa: FBT001
    all_incidents: bool,  # noqa: FBT001
) -> CompoundSelect[*tuple[Any, ...]] | None:
    """Built once for each kind of reader."""
    shown = true() if all_incidents else ~Incident.restricted
    if own and not all_incidents:
        shown = or_(shown, member(bindparam("person", type_=Uuid)))
    wanted = [*_problems(alerts=alerts, incidents=shown if incidents else None), *(_own() if own else ())]
    return union_all(*wanted) if wanted else None


def _problems(*, alerts: bool, incidents: ColumnElement[bool] | None) -> list[Rows]:
    """`incidents`: which of them are shown; None: none is."""
    found: list[Rows] = []
    if alerts:
        alert = func.coalesce(Alert.facts["name"].astext, Alert.subject), func.coalesce(Alert.severity, Alert.worst)
        open_ones = _placed("alert", Alert, (*alert, Alert.state, func.coalesce(Alert.fired, Alert.since)))
        found.append(open_ones.where(Alert.part_of.is_(None), Alert.state.not_in(QUIET)))
        silence = AlertSilence.rule + literal(" · ") + AlertSilence.subject
        found.append(_plain("silence", silence, AlertSilence.until).where(AlertSilence.until > func.clock_timestamp()))
    if incidents is not None:
        called = literal("Incident ") + cast(Incident.number, Text) + literal(": ") + Incident.title
        incident = called, Incident.severity, Incident.state, Incident.began
        found.append(_placed("incident", Incident, incident).where(Incident.is_open, incidents))
    return found


def _own() -> list[Rows]:
    person = bindparam("person", type_=Uuid)
    when = DigestSubscription.at + literal(" ") + DigestSubscription.zone + literal(", ") + DigestSubscription.days
    report = DigestSubscription.report + literal(" at ") + when
    mine = DigestSubscription.staff_id == person, DigestSubscription.ended.is_(None)
    going = or_(StaffMemberRole.expires.is_(None), StaffMemberRole.expires > func.now())
    roles = _plain("role", StaffRole.name, StaffMemberRole.expires)
    return [
        _plain("subscription", report, cast(null(), DateTime(timezone=True))).where(*mine),
        roles.join(StaffRole, StaffRole.id == StaffMemberRole.role_id).where(StaffMemberRole.user_id == person, going),
    ]


def _plain(kind: str, title: Any, at: Any) -> Rows:
    nothing = cast(null(), Text)
    return select(literal(kind), title, nothing, nothing, at, nothing, nothing)


def _placed(kind: str, model: type[Alert | Incident], columns: tuple[Any, ...]) -> Rows:
    """With where its message stands, whose key is made of the kind and the id."""
    shown = Message.key == literal(f"{kind}:") + cast(model.id, Text)
    chosen = select(literal(kind), *columns, Message.sent_channel, Message.ts)
    return chosen.select_from(model).outerjoin(Message, shown)
