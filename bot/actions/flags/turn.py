"""`flag off ai-composer for acme for 2h because spam`, `flag on …`: for a tenant, a user or everybody."""

import uuid
from typing import Annotated

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.declared import introduced_by
from bot.actions.flags.change import FlagChange, tenant_note
from bot.actions.flags.parameters import Whom
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.watching import Watching
from bot.errors import NothingToDo
from bot.holds.flag import Switch, default_of, listing, own
from bot.holds.kind import Value
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.personal import Part
from bot.platform.flags import Flag
from bot.policy import Risk, Stakes
from bot.targets.flag import FlagKey


class Turn(FlagChange):
    """On or off, for somebody or for everybody."""

    flag: FlagKey
    concerned: Whom | None
    duration: Term | None
    reason: Reason

    @property
    def one(self) -> Whom | None:
        """The one tenant or user that it is for; None: everybody."""
        return self.concerned if self.concerned is not None and self.concerned.id is not None else None

    async def for_whom(self, session: AsyncSession) -> tuple[Part, ...]:
        return (self.one.part,) if self.one else ()

    @property
    def target(self) -> str:
        return self.one.switch(self.flag.name).key if self.one else super().target

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.one.id if self.one and self.one.of == "tenant" else None

    def nothing(self, state: Flag) -> NothingToDo:
        said = f"{'off' if self.off else 'on'} for {self.one.shown if self.one else 'everybody'}"
        return NothingToDo(f"{state.key} is already set {said}. Nothing was done.")

    def _now(self, state: Flag) -> str:
        if self.one is None:
            return super()._now(state)
        enabled, rule = _evaluated(state, self.one)
        return f"{'on' if enabled else 'off'} by {rule}"

    def _after(self, after: Flag) -> str:
        if self.one is None:
            return super()._after(after)
        enabled, _ = _evaluated(after, self.one)
        what = "on" if enabled else "off"
        return (
            f"{what} {self.lasting.phrase}, then as before" if self.lasting else f"{what}, whatever its other rules say"
        )

    async def notes(self, session: AsyncSession, state: Flag) -> list[Fact]:
        if self.one is None:
            return []
        notes = await tenant_note(session, self.one.id) if self.one.of == "tenant" and self.one.id else []
        if _evaluated(state, self.one)[0] is not self.off:
            word = "off" if self.off else "on"
            notes.append(
                fact(
                    "Note",
                    f"the flag is already {word} for them; after this change it stays {word}, even if its rules change",
                )
            )
        return notes


def _evaluated(state: Flag, one: Whom) -> tuple[bool, str]:
    if one.id is None:
        return state.enabled, "default"
    enabled, rule = state.for_user(one.id, None) if one.of == "user" else state.for_tenant(one.id)
    return enabled, rule.value


@register
class TurnOff(Turn):
    """Turn a flag off for a tenant, a user or everybody, temporarily or permanently."""

    name, verb, says = "flag.turn_off", "flag off", "turn off"
    also = ("turn off", "switch off", "disable")
    permission = Permission.FLAG_OFF
    containment = True
    flag: FlagKey
    concerned: Annotated[Whom | None, introduced_by("for")]
    duration: Term | None
    reason: Reason

    @property
    def off(self) -> bool:
        return True

    def wanted(self, state: Flag) -> dict[str, Value]:
        """Off for everybody is off for everybody: also for those with a rule of their own."""
        reason = self.reason.text
        if self.one is not None:
            return {self.one.switch(state.key).key: own(False, reason)}
        on = {
            **{
                Switch(state.key, "tenant", who): own(False, reason)
                for who, one in state.tenants.items()
                if one.enabled
            },
            **{Switch(state.key, "user", who): own(False, reason) for who, one in state.users.items() if one.enabled},
            **{Switch(state.key, "listed", who): listing(listed=False) for who in state.listed},
        }
        everybody = {Switch(state.key).key: default_of(enabled=False, rollout=0)}
        return everybody | {switch.key: value for switch, value in on.items()}

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("flag check",) if self.one else ("flag",)


@register
class TurnOn(Turn):
    """Turn a flag on for a tenant, a user or everybody, temporarily or permanently."""

    name, verb, says = "flag.turn_on", "flag on", "turn on"
    also = ("turn on", "switch on", "enable")
    flag: FlagKey
    concerned: Annotated[Whom | None, introduced_by("for")]
    duration: Term | None
    watching: Watching | None
    reason: Reason

    @property
    def stakes(self) -> Stakes:
        return Stakes(self.name, Risk.MEDIUM if self.one else Risk.HIGH)

    def wanted(self, state: Flag) -> dict[str, Value]:
        if self.one is not None:
            return {self.one.switch(state.key).key: own(True, self.reason.text)}
        return {Switch(state.key).key: default_of(enabled=True, rollout=state.rollout)}

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("flag check",) if self.one else ("flag",)
