"""What all changes of a flag have in common: whom they reach, the change itself, and asking the platform."""

import dataclasses
import uuid
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.flags.parameters import Values
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.watching import ONE_OF_TWO, Watching, firing, otherwise
from bot.errors import NothingToDo, Refused, Suggestion
from bot.holds import engine, flag
from bot.holds.flag import Switch
from bot.holds.kind import Value
from bot.holds.kinds import KINDS
from bot.holds.reads import open_holds
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.personal import Part
from bot.platform import flags, tenants
from bot.platform.flags import Flag, Override, Reach
from bot.platform.settings import QUEUES
from bot.platform.writes import FLAGS, Write
from bot.policy import Risk
from bot.store.models import Hold, HoldKind, Proposal, Verification
from bot.targets.flag import FlagKey
from bot.words import counted, listed

FEW = 5  # tenants that a card names


class FlagChange(Action):
    """Some switches of one flag, set for a time or for good."""

    permission, risk = Permission.FLAG_CHANGE, Risk.HIGH
    writes: ClassVar[tuple[Write, ...]] = FLAGS
    team = "operations"
    flag: FlagKey
    reason: Reason

    @property
    def lasting(self) -> Term | None:
        return getattr(self, "duration", None)

    @property
    def watched(self) -> Watching | None:
        """It is rolled back when an alert fires meanwhile, and stays otherwise."""
        return getattr(self, "watching", None)

    @property
    def off(self) -> bool:
        """It takes the flag from those concerned."""
        return False

    @abstractmethod
    def wanted(self, state: Flag) -> dict[str, Value]:
        """The switches that it sets, by key, with a flag as it is."""

    @abstractmethod
    async def for_whom(self, session: AsyncSession) -> tuple[Part, ...]:
        """For whom, as people say it; empty: for everybody."""

    @abstractmethod
    def nothing(self, state: Flag) -> NothingToDo:
        """Why there is nothing to do."""

    # Before

    async def preview(self, session: AsyncSession) -> Impact:
        state, wanted = await self._checked(session)
        after = applied(state, wanted)
        whom = await self.for_whom(session)
        reached = await flags.reach(session, state, after)
        return Impact(
            facts=(
                fact("Flag", state.key, f" · {state.description}" if state.description else "", bound=True),
                fact("For", *(whom or ("everybody",)), bound=True),
                fact("Now", self._now(state), bound=not self.off),
                fact("After", self._after(after) + (f"; {otherwise(self.watched)}" if self.watched else "")),
                *reach_facts(reached),
                *([fact("Watched", f"{listed(QUEUES)} {self.watched.phrase}")] if self.watched else []),
                *await self.notes(session, state),
            ),
            details=_everybody(reached),
            affected=len(reached.on) + len(reached.off),
            context={
                "flag": state.key,
                "whom": [part if isinstance(part, str) else part.model_dump() for part in whom],
                "lasts": self.lasting.phrase if self.lasting else None,
            },
        )

    async def _checked(self, session: AsyncSession) -> tuple[Flag, dict[str, Value]]:
        """The flag as it is and what would be set. Raises `NothingToDo` where it is so already, or held off."""
        await self._can_be_watched(session)
        state = (await FlagKey.load(self.flag.name, session)).state
        wanted = self.wanted(state)
        if not self.off:
            await self._not_held(session, wanted)
        differing = [
            key for key, value in wanted.items() if _plain(flag.value_in(state, Switch.of_key(key))) != _plain(value)
        ]
        if not differing and not self.lasting:
            raise self.nothing(state)
        if not differing and not await self._would_last_longer(session, wanted):
            raise self.nothing(state)
        return state, wanted

    async def _can_be_watched(self, session: AsyncSession) -> None:
        if self.watched is None:
            return
        if self.lasting is not None:
            raise Refused(ONE_OF_TWO)
        if why := await firing(session, QUEUES):
            raise NothingToDo(f"{self.flag.name} was not changed: {why} Nothing was done.")

    async def _would_last_longer(self, session: AsyncSession, wanted: Mapping[str, Value]) -> bool:
        """The same is held by somebody else, and may end before this would."""
        holds = await open_holds(session, Hold.kind == HoldKind.FLAG)
        return any(key in one.subject["set"] for one in holds for key in wanted)

    async def _not_held(self, session: AsyncSession, wanted: Mapping[str, Value]) -> None:
        """What is held wins until it ends: nothing would come of this, so whoever wants it ends that first.

        Off wins over everything that gives the flag; anything else only over what would stay, as a longer time may.
        """
        for hold in await open_holds(session, Hold.kind == HoldKind.FLAG):
            held: Mapping[str, Value] = hold.subject["set"]
            if hold.subject["flag"] != self.flag.name:
                continue
            both = set(held) & set(wanted)
            off = hold.subject["off"] and (both or Switch(self.flag.name).key in held)
            other = not self.lasting and any(_plain(held[key]) != _plain(wanted[key]) for key in both)
            if off or other:
                number = await session.scalar(select(Proposal.number).where(Proposal.id == hold.proposal_id))
                until = f" until {hold.ends:%-d %b %H:%M} UTC" if hold.ends else ""
                raise NothingToDo(
                    f"The temporary change of request {number} has priority: it keeps {self.flag.name} "
                    f"{'off' if off else 'as it is'}{until}. Nothing was done. First end that temporary change.",
                    suggestions=[Suggestion(f"End temporary change {number}", "end", {"hold": str(hold.id)})],
                )

    def _now(self, state: Flag) -> str:
        return in_words(state)

    def _after(self, after: Flag) -> str:
        what = in_words(after)
        return f"{what}, {self.lasting.phrase}; then as before" if self.lasting else what

    async def notes(self, session: AsyncSession, state: Flag) -> list[Fact]:
        return []

    # The change

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        state, wanted = await self._checked(session)
        was = {key: await engine.base_of(session, HoldKind.FLAG, key) for key in wanted}
        hold = await self._hold(session, wanted, by) if self.lasting or self.watched else None
        if hold is None:
            for key, value in wanted.items():
                signed = value if "rollout" in value else {**value, "by": str(by)}
                await engine.change(session, HoldKind.FLAG, key, signed, by=by)
        left = await self._left(session, wanted)
        now = await flag.expected(session, state.key, [Switch.of_key(key) for key in wanted])
        return Outcome(
            data={
                "hold": str(hold.id) if hold else None,
                "watched": self.watched is not None,
                "was": was,
                "left": left,
                "set": sorted(wanted),
                "now": flag.now_in_words(now),
            },
            old=shown(state, wanted),
            new=shown((await FlagKey.load(state.key, session)).state, wanted),
            holds=(hold.id,) if hold else (),
        )

    async def _hold(self, session: AsyncSession, wanted: Mapping[str, Value], by: uuid.UUID) -> Hold:
        for_now = self.lasting or self.watched
        assert for_now is not None  # noqa: S101 - the caller has looked
        subject = {"flag": self.flag.name, "set": dict(wanted), "off": self.off}
        return await engine.place(
            session,
            HoldKind.FLAG,
            target=self.target,
            subject={**subject, "watch": list(QUEUES), "stays": True} if self.watched else subject,
            by=by,
            reason=self.reason.text,
            ends=for_now.ends,
        )

    async def _left(self, session: AsyncSession, keys: Iterable[str]) -> dict[str, Value]:
        """What is set for good; of what is watched, what stays if nothing fires."""
        if self.watched:
            return {key: await KINDS[HoldKind.FLAG].observe(session, key) for key in keys}
        return {key: await engine.base_of(session, HoldKind.FLAG, key) for key in keys}

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        switches = [Switch.of_key(key) for key in outcome["set"]]
        return {**outcome, "wanted": await flag.expected(session, self.flag.name, switches)}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await flag.confirm(platform, self.flag.name, outcome["wanted"])
        return Verified(Verification.CONFIRMED if answer.agrees else Verification.NOT_YET, answer.at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        """What is for a time says itself when it is over."""
        kind = KINDS[HoldKind.FLAG]
        if outcome["hold"]:
            return True
        now = {key: await engine.base_of(session, HoldKind.FLAG, key) for key in outcome["left"]}
        return all(kind.essence(now[key]) == kind.essence(left) for key, left in outcome["left"].items())

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """For a time: it ends now. For good: the values as they were, unless somebody has changed them since."""
        reason = f"undoing: {self.reason.text}"
        if outcome["hold"] and not outcome.get("watched"):
            return Step(action="hold.end", parameters={"hold": outcome["hold"], "reason": reason})
        values = Values(outcome["was"], outcome["left"])
        return Step(
            action="flag.put_back", parameters={"flag": self.flag.name, "before": values.dump(), "reason": reason}
        )


def _plain(value: Value) -> Value:
    """What of a value people mean when they ask for it: not its end, its reason or whose it is."""
    return {name: part for name, part in value.items() if name in ("enabled", "rollout", "listed")}


def shown(state: Flag, wanted: Mapping[str, Value]) -> dict[str, Any]:
    """The switches as they are, for the platform's compliance log."""
    return {
        key.partition("/")[2] or "default": {
            name: part
            for name, part in flag.value_in(state, Switch.of_key(key)).items()
            if name not in ("reason", "by")
        }
        for key in wanted
    }


def applied(state: Flag, wanted: Mapping[str, Value]) -> Flag:
    """The flag as it would be."""
    enabled, rollout = state.enabled, state.rollout
    own = {"tenant": dict(state.tenants), "user": dict(state.users)}
    listed = dict(state.listed)
    for key, value in wanted.items():
        switch = Switch.of_key(key)
        if switch.id is None:
            enabled, rollout = value["enabled"], value["rollout"]
        elif switch.of == "listed":
            listed.pop(switch.id, None)
            listed |= {switch.id: None} if value["listed"] else {}
        else:
            own[switch.of].pop(switch.id, None)
            if value["enabled"] is not None:
                own[switch.of][switch.id] = Override(value["enabled"], None, value["reason"], None, state.at)
    return dataclasses.replace(
        state, enabled=enabled, rollout=rollout, tenants=own["tenant"], users=own["user"], listed=listed
    )


def in_words(state: Flag) -> str:
    """Default, rollout and how many have a rule of their own: `off by default, rollout 50%, 2 allowed, 3 overrides`."""
    parts = [f"{'on' if state.enabled else 'off'} by default"]
    parts += [f"rollout {state.rollout}%"] if state.rollout and not state.enabled else []
    parts += [f"{len(state.listed)} allowed"] if state.listed else []
    own = len(state.tenants) + len(state.users)
    parts += [counted(own, "override")] if own else []
    return ", ".join(parts)


def reach_facts(reached: Reach) -> list[Fact]:
    """How many tenants and users change hands, by name where they are few."""
    facts = [fact("Tenants", f"{reached.before:,} → {reached.after:,} of {reached.total:,} have it")]
    for label, names, people in (
        ("Gain it", reached.on, reached.on_users),
        ("Lose it", reached.off, reached.off_users),
    ):
        if names:
            some = ", ".join(names[:FEW]) if len(names) <= FEW else counted(len(names), "tenant")
            facts.append(fact(label, f"{some} · {counted(people, 'user')}"))
    return facts


def _everybody(reached: Reach) -> tuple[Fact, ...]:
    """All names, for the details."""
    rows: Sequence[tuple[str, Sequence[str]]] = (("Gain it", reached.on), ("Lose it", reached.off))
    return tuple(fact(label, ", ".join(names)) for label, names in rows if names)


async def tenant_note(session: AsyncSession, tenant_id: uuid.UUID) -> list[Fact]:
    """What is particular about the tenant."""
    record = await tenants.load(session, tenant_id)
    return [fact("Note", f"the tenant is {record.status}")] if record and record.status != "active" else []
