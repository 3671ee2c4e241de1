"""What is typed about notices to customers: which letter, which tenants, and what it says."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.tenants.several import ManyTenants
from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Lookup, Reason, unescape
from bot.parameters.named import Known, Named
from bot.parameters.untyped import Untyped
from bot.platform.models import Job, JobQueue, Tenant
from bot.store.models import Alert, IncidentAlert, IncidentTold
from bot.store.models import Incident as IncidentRow
from bot.targets.incident import Incident
from bot.words import listed

LETTERS: Mapping[str, str] = {
    "outage": "something does not work at all",
    "delay": "mails or reports are late",
    "errors": "something does not work as it should",
}
"""What a first notice may be about. Each has a mail, `incident_<name>`."""
UPDATE, RESOLVED, CORRECTION = "update", "resolved", "correction"
SENDING = ("email-sending", "email:processing")
QUEUES_OF = {
    "SMTP service": SENDING,
    "Queue workers": ("",),
}
"""By service, how the queues begin whose jobs wait for it; empty: all of them."""
CUSTOMERS = ("active", "trial", "paused")
LONGEST = 1500


@dataclass(frozen=True)
class Letter(Known):
    """Which mail."""

    label: ClassVar[str] = "What it is about"
    usage: ClassVar[str] = "delay"
    example: ClassVar[str] = "delay"
    explanation: ClassVar[str] = listed((f"{name} ({means})" for name, means in LETTERS.items()), "or")
    hint: ClassVar[str] = "What do they notice?"
    words: ClassVar[Mapping[Any, str]] = LETTERS
    what: ClassVar[str] = "notice about"

    name: str


@dataclass(frozen=True)
class AnyLetter(Untyped, Named):
    """The mail of a part: also one that follows."""

    label: ClassVar[str] = "Letter"
    explanation: ClassVar[str] = "which mail"

    name: str


@dataclass(frozen=True)
class WhichNotice(Untyped):
    """Which notice a part belongs to: its parts are counted as one."""

    label: ClassVar[str] = "Notice"
    explanation: ClassVar[str] = "which notice"

    id: uuid.UUID

    def dump(self) -> str:
        return str(self.id)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(uuid.UUID(str(dumped)))


@dataclass(frozen=True)
class ToCustomers(Reason):
    """What customers read, in our words; it is why they are written to, too."""

    label: ClassVar[str] = "What to say"
    usage: ClassVar[str] = "saying …"
    example: ClassVar[str] = "Your mails leave about 20 minutes late. None is lost."
    explanation: ClassVar[str] = "what customers read; everything after “saying” is in the mail"
    keywords: ClassVar[tuple[str, ...]] = ("saying",)
    hint: ClassVar[str] = "What does not work, since when, what they should do. No names of machines or people"

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        text = unescape(raw or "").strip()
        if not text:
            raise MissingParameter(parameter, "After “saying”, type what customers will read.")
        if len(text) > LONGEST:
            said = (
                f"Your text has {len(text):,} characters, but only {LONGEST:,} are allowed. Nothing was done: "
                "shorten it."
            )
            raise InvalidParameter(parameter, said)
        return cls(text.replace("\x00", "�"))


@dataclass(frozen=True)
class Affected(ManyTenants):
    """All tenants, those that an incident's alerts concern, or some by a list or conditions."""

    usage: ClassVar[str] = "to affected"
    keywords: ClassVar[tuple[str, ...]] = ("to",)
    example: ClassVar[str] = "all"
    explanation: ClassVar[str] = (
        "who gets it: all; affected (tenants with jobs in the queues of the incident's alerts); a condition such as "
        "plan=scale; names, separated by commas; or a CSV file with a column named tenant"
    )
    hint: ClassVar[str] = "all, affected, plan=scale, or names"

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip().lower().removesuffix(" tenants")
        if typed in ("all", "everybody"):
            return await cls._those(lookup.session, "all tenants", Tenant.status.in_(CUSTOMERS))
        if typed in ("affected", "concerned"):
            return await cls._affected(parameter, lookup)
        return await super().resolve(parameter, (raw or "").removeprefix("where "), lookup)

    @classmethod
    async def _affected(cls, parameter: str, lookup: Lookup) -> Self:
        queues, began = await _concerned(lookup)
        if not queues:
            raise InvalidParameter(
                parameter,
                "I do not know who is affected: no alert of this incident is about a queue, or about a service that a "
                "queue needs. Nothing was done. Type “to all”, or name the tenants.",
            )
        jobs = select(Job.tenant_id).where(
            Job.queue_name.in_(queues),
            (Job.status != "completed") | (Job.completed >= began),
            (Job.status != "failed") | (Job.failed >= began),
        )
        return await cls._those(lookup.session, f"tenants with jobs in {listed(queues)}", Tenant.id.in_(jobs))

    @classmethod
    async def _those(cls, session: AsyncSession, said: str, condition: ColumnElement[bool]) -> Self:
        ids = await cls.that_match(session, [condition])
        if not ids:
            raise InvalidParameter("selection", f"There are no {said.removeprefix('all ')}. Nothing was done.")
        return cls((said,), len(ids), tuple(ids))


async def _concerned(lookup: Lookup) -> tuple[Sequence[str], Any]:
    """The queues that an incident's alerts are about, or whose jobs wait for the services they are about; since when.

    Raises `InvalidParameter` for an incident that there is not.
    """
    incident = await Incident.resolve("incident", lookup.arguments.get("incident"), lookup)
    mine = select(Alert.subject).join(IncidentAlert, IncidentAlert.alert_id == Alert.id)
    subjects = (await lookup.session.scalars(mine.where(IncidentAlert.incident_id == incident.id))).all()
    known = (await lookup.session.scalars(select(JobQueue.name).order_by(JobQueue.name))).all()
    waits = tuple(start for one in subjects for start in QUEUES_OF.get(one, ()))
    began = await lookup.session.scalar(select(IncidentRow.began).where(IncidentRow.id == incident.id))
    return [one for one in known if one in subjects or (waits and one.startswith(waits))], began


@dataclass(frozen=True)
class SameTenants(ManyTenants):
    """Those that were told of the incident before: nobody says which."""

    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        incident = await Incident.resolve("incident", lookup.arguments.get("incident"), lookup)
        told = select(IncidentTold.tenant_id).where(IncidentTold.incident_id == incident.id)
        ids = await cls.that_match(lookup.session, [Tenant.id.in_(told)])
        if not ids:
            raise InvalidParameter(
                parameter,
                f"No customer has been told of {incident.parts[0]} yet, so there is nothing to follow up. "
                "Nothing was done. "
                f"To tell customers, type /pm incident notify {incident.number}.",
            )
        return cls(("tenants that were told before",), len(ids), tuple(ids))
