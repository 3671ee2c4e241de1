"""`flags off ai-composer where plan=free because …`, `flags on …`: a flag for many tenants."""

import dataclasses
import uuid
from typing import Annotated, ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.bulk import Chosen, PartOf
from bot.actions.declared import introduced_by
from bot.actions.flags.change import FlagChange
from bot.actions.registry import register
from bot.actions.rows import ManyRows, Rules
from bot.actions.tenants.several import ManyTenants
from bot.errors import NothingToDo
from bot.holds.flag import Switch, own
from bot.holds.kind import Value
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.personal import Part
from bot.platform import compliance
from bot.platform.flags import Flag
from bot.platform.models import Tenant, TenantFeatureFlag
from bot.platform.writes import FLAGS, RECORD
from bot.policy import Risk
from bot.targets.flag import FlagKey
from bot.words import counted


class ForTenantsPart(PartOf, FlagChange):
    """One flag for some tenants: their switches are set, and taken back, together."""

    noun, chosen_from = "tenant", ManyTenants
    team = "operations"
    writes = (*FLAGS, RECORD)
    turned_off: ClassVar[bool]
    flag: FlagKey
    chosen: Chosen
    duration: Term | None
    reason: Reason

    @property
    def off(self) -> bool:
        return self.turned_off

    @property
    def target(self) -> str:
        return self.flag.key

    def wanted(self, state: Flag) -> dict[str, Value]:
        value = own(not self.off, self.reason.text)
        return {Switch(state.key, "tenant", one).key: value for one in self.chosen.ids}

    async def for_whom(self, session: AsyncSession) -> tuple[Part, ...]:
        return (counted(len(self.chosen.ids), "tenant"),)

    def nothing(self, state: Flag) -> NothingToDo:
        said = "off" if self.off else "on"
        return NothingToDo(f"{state.key} is already set {said} for all of these tenants. Nothing was done.")

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        outcome = await super().execute(session, by)
        new = {"flag": self.flag.name, "enabled": not self.off}
        each: list[compliance.Row] = [(str(one), one, {}, new) for one in self.chosen.ids]
        await compliance.record_each(session, actor_id=by, action=self.judged_as, resource_type="tenant", each=each)
        done = [str(one) for one in self.chosen.ids]
        return dataclasses.replace(outcome, data={**outcome.data, "done": done, "left_out": 0})


class ForTenants(ManyRows):
    """Base of both."""

    part: ClassVar[type[ForTenantsPart]]
    flag: FlagKey
    selection: ManyTenants

    @property
    def target(self) -> str:
        return self.flag.key

    def rules(self) -> Rules:
        its = select(TenantFeatureFlag.enabled).where(
            TenantFeatureFlag.tenant_id == Tenant.id, TenantFeatureFlag.flag_key == self.flag.name
        )
        now = its.correlate(Tenant).scalar_subquery()
        return {"already set like this": now == (not self.part.turned_off)}

    def after(self) -> str:
        lasting: Term | None = getattr(self, "duration", None)
        said = f"{self.flag.name} {'off' if self.part.turned_off else 'on'}, whatever its other rules say"
        return f"{said}, {lasting.phrase}; then as before" if lasting else said


@register
class TurnOffPart(ForTenantsPart):
    """One part of a large request: turn a flag off for these tenants."""

    name, says, judged_as = "flag.turn_off_some", "turn off", "flag.turn_off"
    permission, risk = Permission.FLAG_OFF, Risk.HIGH
    containment = True
    turned_off = True


@register
class TurnOffForTenants(ForTenants):
    """Turn a flag off for several tenants, temporarily or permanently."""

    name, verb, says = "flag.turn_off_several", "flags off", "turn off a flag for several tenants"
    also = ("switch flags off",)
    offered_as = "turn off a flag for several tenants"
    part = TurnOffPart
    flag: FlagKey
    selection: Annotated[ManyTenants, introduced_by("where")]
    duration: Term | None
    reason: Reason


@register
class TurnOnPart(ForTenantsPart):
    """One part of a large request: turn a flag on for these tenants."""

    name, says, judged_as = "flag.turn_on_some", "turn on", "flag.turn_on"
    permission, risk = Permission.FLAG_CHANGE, Risk.HIGH
    turned_off = False


@register
class TurnOnForTenants(ForTenants):
    """Turn a flag on for several tenants, temporarily or permanently."""

    name, verb, says = "flag.turn_on_several", "flags on", "turn on a flag for several tenants"
    also = ("switch flags on",)
    offered_as = "turn on a flag for several tenants"
    part = TurnOnPart
    flag: FlagKey
    selection: Annotated[ManyTenants, introduced_by("where")]
    duration: Term | None
    reason: Reason
