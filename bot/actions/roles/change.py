"""What adding, removing and setting roles have in common: facts, the change itself, and asking whether it holds."""

import uuid
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import words
from bot.actions.base import Action, Outcome, Verified
from bot.actions.cases import Case
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import registry
from bot.actions.staff.facts import current_with_roles, who_fact
from bot.errors import NothingToDo
from bot.holds import engine, role
from bot.holds.reads import open_holds
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.personal import Moment, Part
from bot.platform import staff, staff_roles
from bot.platform.staff import StaffRecord
from bot.platform.staff_roles import HeldRole
from bot.platform.writes import ACCOUNTS, MEMBERS, ROLES, SESSIONS
from bot.policy import Risk, Stakes
from bot.store.models import Hold, HoldKind, StaffLink, Verification
from bot.targets.role import Role, Roles
from bot.targets.staff import Staffer
from bot.words import counted, plain

SHOWN = 8  # commands that a card names


def with_end(held: HeldRole) -> str:
    """`user manager until 5 Dec 17:00 UTC`."""
    until = f" until {held.expires:%-d %b %H:%M} UTC" if held.expires else ""
    return plain(held.role) + until


def held_parts(held: Sequence[HeldRole]) -> list[Part]:
    """The same as parts of a fact, with ends by the reader's clock."""
    parts: list[Part] = []
    for one in held:
        parts += [", "] if parts else []
        parts.append(plain(one.role))
        parts += [" until ", Moment.of(one.expires)] if one.expires else []
    return parts or ["no role"]


def listed(held: Sequence[HeldRole]) -> str:
    return ", ".join(with_end(one) for one in held) or "no role"


class RoleChange(Action):
    """Roles of one staff member, changed for a time or for good."""

    permission, risk = Permission.ROLE_CHANGE, Risk.HIGH
    writes = (ACCOUNTS, MEMBERS, ROLES, SESSIONS)
    changes = "roles"
    roles: Roles
    staffer: Staffer
    duration: Term | None
    reason: Reason

    @abstractmethod
    def gains(self, held: Collection[str]) -> frozenset[str]:
        """The roles that somebody with these gets."""

    @abstractmethod
    def losses(self, held: Collection[str]) -> frozenset[str]:
        """The roles that somebody with these loses."""

    @abstractmethod
    def nothing(self, record: StaffRecord, held: Sequence[HeldRole]) -> NothingToDo:
        """Why there is nothing to do."""

    @property
    def deprives(self) -> Mapping[uuid.UUID, frozenset[str]]:
        taken = self.losses(self.staffer.roles)
        return {self.staffer.id: taken} if taken else {}

    @property
    def stakes(self) -> Stakes:
        given, taken = self.gains(self.staffer.roles), self.losses(self.staffer.roles)
        return Stakes(self.name, self.risk, containment=self.containment, grants=given, concerns=given | taken)

    @classmethod
    async def cases(cls, session: AsyncSession, people: Sequence[StaffRecord], roles: Collection[str]) -> list[Case]:
        """Each role for each of them, but for changes that change nothing."""
        changes = [
            cls(roles=Roles((Role(role),)), staffer=Staffer(one.id, one.name, one.roles), reason=Reason("-"))
            for role in roles
            for one in people
        ]
        return [
            Case(one.stakes, one.roles.dump(), one.about, await one.roles_after(session))
            for one in changes
            if one.stakes.concerns
        ]

    async def roles_after(self, session: AsyncSession) -> frozenset[str]:
        """With those that come back by themselves: they were taken for a time."""
        given, target = self.gains(self.staffer.roles), Hold.target == self.target
        if not given:
            return frozenset()
        holds = await open_holds(session, Hold.kind == HoldKind.ROLE, target)
        returning = {name for one in holds for name in one.subject["taken"]}
        return (self.staffer.roles - self.losses(self.staffer.roles)) | given | returning

    async def preview(self, session: AsyncSession) -> Impact:
        record, held = await self._held(session)
        given, taken = self._change(held)
        before = frozenset(one.role for one in held)
        after = (before - taken) | given
        notes = [await self._unlinked(session)] if self.duration else []
        return Impact(
            facts=(
                who_fact(record),
                fact("Now", *held_parts(held), bound=bool(given)),
                fact("After", self._after(after)),
                *await self._reach(session, before, after),
                *[note for note in notes if note],
            ),
            context={
                "staffer": {"id": str(record.id), "name": record.name},
                "given": words.roles(sorted(given)),
                "taken": words.roles(sorted(taken)),
                "lasts": self.duration.phrase if self.duration else None,
            },
        )

    async def _held(self, session: AsyncSession) -> tuple[StaffRecord, Sequence[HeldRole]]:
        """They and what they hold now. Raises `NothingToDo` where the change would be none."""
        record, held = await current_with_roles(session, self.staffer.id)
        given, taken = self._change(held)
        lasting = {one.role for one in held if one.expires is None}
        if not taken and given <= ({one.role for one in held} if self.duration else lasting):
            raise self.nothing(record, held)
        return record, held

    def _change(self, held: Sequence[HeldRole]) -> tuple[frozenset[str], frozenset[str]]:
        names = {one.role for one in held}
        return self.gains(names), self.losses(names)

    def _after(self, after: Collection[str]) -> str:
        what = words.roles(sorted(after)) or "no role: admin access ends"
        return f"{what}, {self.duration.phrase}; then as before" if self.duration else what

    async def _reach(self, session: AsyncSession, before: Collection[str], after: Collection[str]) -> list[Fact]:
        """What they can do then and could not before, or the other way round, and from when on."""
        allowed = await staff.permissions_by_role(session, {*before, *after})
        could, can = (frozenset().union(*(allowed.get(role, ()) for role in roles)) for roles in (before, after))
        changed = (("Can also", can - could), ("No longer", could - can if after else ()))
        facts = [fact(label, commands) for label, which in changed if (commands := commands_of(which))]
        if not after:
            sessions = await staff.active_sessions(session, self.staffer.id)
            facts.append(fact("Sessions", f"{counted(len(sessions), 'session')} end at once" if sessions else "none"))
        elif set(after) - set(before):
            facts.append(fact("In force", "when they next sign in"))
        else:
            facts.append(fact("In force", "at once, also in open sessions"))
        return facts

    async def _unlinked(self, session: AsyncSession) -> Fact | None:
        linked = await session.scalar(select(StaffLink.slack_user_id).where(StaffLink.staff_id == self.staffer.id))
        said = "no Slack account is linked to them, so I cannot send them a message when this change ends"
        return None if linked else fact("Note", said)

    async def lock(self, session: AsyncSession) -> None:
        await staff.lock(session, self.staffer.id)
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        record, held = await self._held(session)
        given, taken = self._change(held)
        sessions = await staff.active_sessions(session, record.id)
        hold = await self._write(session, given, taken, by)
        wanted = await role.expected(session, record.id, given | taken)
        before = sorted(one.role for one in held)
        return Outcome(
            data={
                "staffer": str(record.id),
                "before": before,
                "given": sorted(given),
                "taken": sorted(taken),
                "wanted": wanted,
                "sessions": [] if wanted["any"] else [str(one.id) for one in sessions],
                "hold": str(hold) if hold else None,
                "until": _ends(held, taken),
            },
            old={"roles": before, "ends": _ends(held, given | taken)},
            new={
                "roles": sorted({*before, *given} - taken),
                "ends": _ends(await staff_roles.held_roles(session, record.id), given | taken),
            },
            holds=(hold,) if hold else (),
        )

    async def _write(
        self, session: AsyncSession, given: Collection[str], taken: Collection[str], by: uuid.UUID
    ) -> uuid.UUID | None:
        """The hold that was placed, if it is for a time."""
        if self.duration is not None:
            hold = await engine.place(
                session,
                HoldKind.ROLE,
                target=self.target,
                subject=role.subject_of(self.staffer.id, given, taken),
                by=by,
                reason=self.reason.text,
                ends=self.duration.ends,
            )
            return hold.id
        for name in given:
            value = role.held_until(None, by)
            await engine.change(session, HoldKind.ROLE, role.switch(self.staffer.id, name), value, by=by)
        for name in taken:
            await engine.change(session, HoldKind.ROLE, role.switch(self.staffer.id, name), role.NOT_HELD, by=by)
        return None

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        """By our rows of now: somebody may have moved an end since."""
        return {**outcome, "wanted": await role.expected(session, self.staffer.id, outcome["wanted"]["roles"])}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await role.confirm(platform, self.staffer.id, outcome["wanted"])
        ended = await platform.sessions(uuid.UUID(one) for one in outcome["sessions"]) if outcome["sessions"] else None
        holds = answer.agrees and not (ended and ended.in_force)
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, answer.at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        """What is for a time says itself when it is over."""
        held = {one.role for one in await staff_roles.held_roles(session, self.staffer.id)}
        return bool(outcome["hold"]) or (held >= set(outcome["given"]) and not held & set(outcome["taken"]))

    def undo(self, outcome: dict[str, Any]) -> Step:
        """For a time: it ends now. For good: the roles as they were."""
        reason = f"undoing: {self.reason.text}"
        if outcome["hold"]:
            return Step(action="hold.end", parameters={"hold": outcome["hold"], "reason": reason})
        parameters = {"staffer": self.staffer.dump(), "reason": reason}
        # What was lent comes back until its end, where it is one; nobody gets it for good by an undo.
        lent, ends = outcome["until"], sorted(set(outcome["until"].values()))
        if lent and sorted(lent) == outcome["taken"] and len(ends) == 1 and not outcome["given"]:
            again = {"roles": ", ".join(lent), "duration": f"until {ends[0]}"}
            return Step(action="staff.add_role", parameters={**parameters, **again})
        back = [name for name in outcome["before"] if name not in lent]
        if not back:
            return Step(action="staff.remove_role", parameters={**parameters, "roles": "all"})
        return Step(action="staff.set_role", parameters={**parameters, "roles": ", ".join(back)})


def _ends(held: Sequence[HeldRole], of: Collection[str]) -> dict[str, str]:
    return {one.role: one.expires.isoformat() for one in held if one.expires and one.role in of}


def commands_of(permissions: Collection[str]) -> str:
    """The commands that these permissions are for, as they are typed."""
    verbs = sorted(one.verb for one in registry.by_name.values() if one.permission in permissions and one.verb)
    more = f" and {len(verbs) - SHOWN} more" if len(verbs) > SHOWN else ""
    return ", ".join(f"/pm {verb}" for verb in verbs[:SHOWN]) + more
