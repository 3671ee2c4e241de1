"""`incident notify 7 delay to affected saying …` and `incident follow-up 7 saying …`: mail to the tenants concerned."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, EffectRequest, Outcome
from bot.actions.bulk import Chosen, PartOf
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents import clocks
from bot.actions.incidents.customers import satisfaction
from bot.actions.incidents.customers.parameters import (
    CORRECTION,
    RESOLVED,
    UPDATE,
    Affected,
    AnyLetter,
    Letter,
    SameTenants,
    ToCustomers,
    WhichNotice,
)
from bot.actions.incidents.customers.satisfaction import QUESTION, Asking
from bot.actions.incidents.facts import WORDS, load, subject, tell, told_outside, which
from bot.actions.registry import register
from bot.actions.rows import ManyRows, Rules
from bot.actions.tenants.several import ManyTenants
from bot.errors import NothingToDo
from bot.holds import engine
from bot.integrations.base import ONCE
from bot.permissions import Permission
from bot.platform import tenants
from bot.platform.models import Tenant, TenantUser, User
from bot.policy import Risk
from bot.store import rooms
from bot.store.base import table
from bot.store.models import (
    Incident,
    IncidentClock,
    IncidentEvent,
    IncidentHappened,
    IncidentNotice,
    IncidentState,
    IncidentTold,
)
from bot.targets.incident import Incident as IncidentTarget

_MANAGES = (TenantUser.roles.overlap(["owner", "admin"]), User.status == "active", User.deleted.is_(None))
_NOTICES, _TOLD = table(IncidentNotice), table(IncidentTold)


@register
class NotifyPart(PartOf):
    """One part of a large request: send a mail about an incident to the owners and admins of these tenants.

    Nothing changes on the platform; the incident counts the mails, and remembers which tenants hear more of it.
    """

    name, noun, says, judged_as = "incident.notify_some", "tenant", "tell customers of", "incident.notify"
    permission, risk = Permission.TENANT_NOTICE, Risk.HIGH
    team = "operations"
    chosen_from = ManyTenants
    size = 50  # each of them has letters, which commit with it
    incident: IncidentTarget
    notice: WhichNotice
    letter: AnyLetter
    reason: ToCustomers

    @property
    def target(self) -> str:
        return f"{self.incident.key}/{self.chosen.digest}"

    async def lock(self, session: AsyncSession) -> None:
        """Nobody is erased meanwhile, and the incident stays as it is."""
        await engine.lock(session)
        await self.incident.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await load(session, self.incident.id)
        names = await tenants.names(session, self.chosen.ids)
        managers = {one: await tenants.managers(session, one) for one in self.chosen.ids if one in names}
        told = {one: readers for one, readers in managers.items() if readers}
        mails = sum(map(len, told.values()))
        if told:
            await self._note(session, row, by, [*told], mails)
        written = [
            {
                "to": reader,
                "letter": f"incident_{self.letter.name}",
                "context": self._context(row, names[one]),
                **await self._asking(session, row),
            }
            for one, readers in told.items()
            for reader in readers
        ]
        return Outcome(
            data={"done": [str(one) for one in told], "left_out": len(self.chosen.ids) - len(told), "letters": mails},
            old={"told": 0},
            new={"told": len(told), "letter": self.letter.name},
            effects=tuple(EffectRequest("letter", "mail", one) for one in written),
        )

    def _context(self, row: Incident, tenant: str) -> dict[str, Any]:
        return {"tenant": tenant, "news": self.reason.text, "number": row.number}

    async def _asking(self, session: AsyncSession, row: Incident) -> dict[str, Any]:
        """What the letter's own link is made of, where it asks. Forgotten once it is sent: nobody can tell whose answer
        is whose. Whoever sends it knows the rest of the address.
        """
        if self.letter.name != QUESTION:
            return {}
        return {ONCE: {"answer_with": await satisfaction.ask(session, row.id, self.notice.id)}}

    async def _note(
        self, session: AsyncSession, row: Incident, by: uuid.UUID, told: Sequence[uuid.UUID], mails: int
    ) -> None:
        """Count the letters, on the timeline too, and remember who hears more."""
        first = {"id": self.notice.id, "incident_id": row.id, "kind": self.letter.name, "staff_id": by}
        await session.execute(insert(_NOTICES).values(first).on_conflict_do_nothing())
        notice = await session.get_one(IncidentNotice, self.notice.id, with_for_update=True, populate_existing=True)
        notice.tenants, notice.mails = notice.tenants + len(told), notice.mails + mails
        await _line(session, row, notice, by, self.reason.text)
        if self.letter.name == CORRECTION:
            mine = IncidentTold.incident_id == row.id, IncidentTold.tenant_id.in_(told)
            await session.execute(delete(IncidentTold).where(*mine))
        else:
            rows = [{"incident_id": row.id, "tenant_id": one, "notice_id": notice.id} for one in told]
            await session.execute(insert(_TOLD).values(rows).on_conflict_do_nothing())
            await clocks.meet(session, row.id, IncidentClock.CUSTOMERS, by)

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """A correction, to whoever was told; a correction of a correction would only confuse."""
        if self.letter.name == CORRECTION:
            return None
        corrects = uuid.uuid5(self.notice.id, CORRECTION)
        given = {"incident": self.incident.dump(), "notice": str(corrects), "letter": CORRECTION}
        return self.back(self.name, outcome["done"], **given)


async def _line(session: AsyncSession, row: Incident, notice: IncidentNotice, by: uuid.UUID, text: str) -> None:
    """One line of the timeline a notice, with its counts as they are."""
    source = f"notice:{notice.id}"
    mine = select(IncidentEvent).where(IncidentEvent.incident_id == row.id, IncidentEvent.source == source)
    line = await session.scalar(mine)
    facts = {"letter": notice.kind, "tenants": notice.tenants, "mails": notice.mails, "text": text}
    if line is None:
        line = await tell(session, row.id, IncidentHappened.NOTICE, by, **facts)
        line.source = source
    else:
        line.facts = facts
        await rooms.redraw(session, row.id)
    await session.flush()


class Notices(ManyRows):
    """Mail to the owners and admins of the tenants that an incident concerns."""

    part = NotifyPart
    incident: IncidentTarget
    reason: ToCustomers

    @property
    def relies_on(self) -> Collection[str]:
        return ("mail",)

    @property
    def target(self) -> str:
        return self.incident.key

    async def which_letter(self, session: AsyncSession) -> tuple[Incident, str]:
        """The incident, and which letter is sent about it as things are. Raises `NothingToDo`."""
        raise NotImplementedError

    async def steps(self, session: AsyncSession) -> Sequence[Action]:
        self._notice, self._letter = WhichNotice(uuid.uuid4()), AnyLetter((await self.which_letter(session))[1])
        return await super().steps(session)

    async def one(self, session: AsyncSession, ids: tuple[uuid.UUID, ...]) -> PartOf:
        said = {"incident": self.incident, "reason": self.reason, "letter": self._letter, "notice": self._notice}
        return NotifyPart(**said, chosen=Chosen(ids))

    async def preview(self, session: AsyncSession) -> Impact:
        """With the letter as one of them gets it, and how many people read it."""
        row, letter = await self.which_letter(session)
        impact = await super().preview(session)
        readers, one = await self._readers(session)
        mails = fact("Mails", f"{readers:,}, one to each owner and admin")
        shown = {"incident": subject(row), "letter_name": letter, "one": one, "wording": self.reason.text}
        known = (*which(row), *impact.facts, mails)
        return impact.model_copy(update={"facts": known, "context": {**impact.context, **shown}})

    async def _readers(self, session: AsyncSession) -> tuple[int, str]:
        """How many there are, and one of the tenants."""
        asked = (
            select(func.count(), func.min(Tenant.name))
            .join(TenantUser, TenantUser.tenant_id == Tenant.id)
            .join(User, TenantUser.user_id == User.id)
            .where(Tenant.id.in_(self.selection.ids), *_MANAGES, *(~rule for rule in self.more().values()))
        )
        number, one = (await session.execute(asked)).one()
        return number, one or ""

    def rules(self) -> Rules:
        one = select(User.id).join(TenantUser, TenantUser.user_id == User.id).where(TenantUser.tenant_id == Tenant.id)
        return {"without an active owner or admin": ~one.where(*_MANAGES).correlate(Tenant).exists(), **self.more()}

    def more(self) -> Rules:
        """Who else is left out."""
        return {}

    def after(self) -> str:
        return "a mail to each of their owners and admins; nobody can recall a sent mail"


@register
class FollowUp(Notices):
    """Send more news to customers who were told of an incident: how it goes on, or that it is over."""

    name, verb, says = "incident.follow_up", "incident follow-up", "tell customers more about an incident"
    also = ("follow up incident", "customer update")
    offered_as = "tell customers more about an incident"
    incident: IncidentTarget
    selection: SameTenants
    asking: Asking | None
    reason: ToCustomers

    @property
    def relies_on(self) -> Collection[str]:
        return ("mail",) if self.asking is None else ("mail", "answers")

    async def which_letter(self, session: AsyncSession) -> tuple[Incident, str]:
        row = await told_outside(session, self.incident.id)
        if self.asking is not None:
            if row.state != IncidentState.RESOLVED:
                raise NothingToDo(
                    f"Incident {row.number} is {WORDS[IncidentState(row.state)]}. You can ask customers how satisfied "
                    "they are only when the incident is resolved. Nothing was done. To send the mail now, leave out "
                    "“asking satisfaction”."
                )
            return row, QUESTION
        return row, RESOLVED if row.state == IncidentState.RESOLVED else UPDATE


@register
class Notify(Notices):
    """Send a mail about an incident to owners and admins of the tenants concerned. The card shows the mail first."""

    name, verb, says = "incident.notify", "incident notify", "tell customers of an incident"
    also = ("notify customers", "tell customers", "mail customers")
    offered_as = "tell customers of an incident"
    incident: IncidentTarget
    letter: Letter
    selection: Affected
    reason: ToCustomers

    async def which_letter(self, session: AsyncSession) -> tuple[Incident, str]:
        row = await told_outside(session, self.incident.id)
        if row.state not in (IncidentState.OPEN, IncidentState.RESOLVED):
            raise NothingToDo(f"Incident {row.number} is {WORDS[IncidentState(row.state)]}. Nothing was done.")
        return row, self.letter.name

    def more(self) -> Rules:
        told = exists().where(IncidentTold.incident_id == self.incident.id, IncidentTold.tenant_id == Tenant.id)
        return {"already told (to tell them more, use incident follow-up)": told.correlate(Tenant)}
