"""`baseline agree`, `baseline`, `drift`: the configuration as somebody agreed to it, and what has left it since."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group, Outcome
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.holds import engine
from bot.holds.tenant_policy import RULES
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.personal import Moment, Part, Personal
from bot.platform import flags, settings, staff
from bot.platform.models import Tenant, TenantPolicy
from bot.policy import Risk
from bot.store.models import Baseline
from bot.words import counted, listed

SHOWN = 40  # differences on one card
Configuration = Mapping[str, Mapping[str, Any]]
"""By what it is of and by key: `{"settings": {key: value}, "flags": {key: …}, "policies": {tenant id: …}}`."""
NOUNS = {"settings": "setting", "flags": "flag", "policies": "tenant's policy"}
PLURALS = {"policies": "tenants' policies"}


async def configuration(session: AsyncSession) -> dict[str, dict[str, Any]]:
    """How everything is set now; of sensitive settings nothing, and of flags what holds for everybody."""
    rows = await session.execute(select(TenantPolicy.tenant_id, *(getattr(TenantPolicy, name) for name in RULES)))
    return {
        "settings": {one.key: one.value for one in await settings.everything(session) if not one.sensitive},
        "flags": {one.key: {"enabled": one.enabled, "rollout": one.rollout} for one in await flags.everything(session)},
        "policies": {str(tenant): dict(zip(RULES, rules, strict=True)) for tenant, *rules in rows},
    }


async def newest(session: AsyncSession) -> Baseline | None:
    """The baseline that counts; None as long as nobody has agreed to one."""
    return await session.scalar(select(Baseline).order_by(Baseline.agreed.desc(), Baseline.id).limit(1))


def _sizes(of: Configuration) -> str:
    return listed(counted(len(of[name]), noun, PLURALS.get(name)) for name, noun in NOUNS.items())


async def _who(session: AsyncSession, one: Baseline) -> tuple[Part, ...]:
    name = await staff.name_of(session, one.agreed_by)
    return (Moment.of(one.agreed), " by ", Personal(personal="person", value=name))


def _differs(values: int) -> Fact:
    """The policy may tolerate that some more change until it is agreed to."""
    return fact("Differs", f"in {counted(values, 'value')}", bound=True, number=values)


@register
class AgreeBaseline(Action):
    """Agree to the configuration as it is now: it becomes the new baseline. Later differences are shown as drift.

    It changes nothing that is in force, so there is nobody to ask whether it holds, and whoever may set things decides.
    """

    name, verb, says = "baseline.agree", "baseline agree", "agree to the configuration"
    phrased = "agree to the configuration"
    offered_as = "agree to the configuration as it is"
    permission, risk = Permission.SETTING_CHANGE, Risk.MEDIUM
    target = "baseline:all"
    group = Group("Baseline and drift", 6)
    renewable = True
    team = "security"
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        now, before = await configuration(session), await newest(session)
        differing = len(list(differences(before.content, now))) if before else 0
        return Impact(
            facts=(
                fact("Baseline", _sizes(now)),
                fact("Before", *(await _who(session, before) if before else ("none",))),
                _differs(differing) if before else fact("Differs", "there is no baseline yet", bound=True),
            )
        )

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        before = await newest(session)
        one = Baseline(id=uuid.uuid4(), agreed_by=by, content=await configuration(session))
        session.add(one)
        await session.flush()
        old = {"baseline": str(before.id) if before else None}
        return Outcome(data={"baseline": str(one.id)}, old=old, new={"baseline": str(one.id)})

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("drift",)


@register
class ShowBaseline(Action):
    """Show the configuration that was agreed to: when, by whom, and how many values it has."""

    name, verb = "baseline.show", "baseline"
    offered_as = "show the baseline"
    permission, risk = Permission.BASELINE_READ, Risk.READ
    target = "baseline:all"

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("drift", "baseline agree")

    async def preview(self, session: AsyncSession) -> Impact:
        one = await newest(session)
        if one is None:
            return Impact(facts=(fact("Baseline", "nobody has agreed to one yet: /pm baseline agree because …"),))
        now = await configuration(session)
        drifted = len(list(differences(one.content, now)))
        return Impact(
            facts=(
                fact("Agreed", *await _who(session, one)),
                fact("Contains", _sizes(one.content)),
                fact("Since then", f"{counted(drifted, 'value')} changed" if drifted else "nothing changed"),
            )
        )


@register
class Drift(Action):
    """Show what differs from the configuration that was agreed to."""

    name, verb = "baseline.drift", "drift"
    also = ("what changed", "config drift")
    offered_as = "show what has drifted"
    permission, risk = Permission.BASELINE_READ, Risk.READ
    target = "baseline:drift"

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("setting roll back", "setting history", "baseline agree")

    async def preview(self, session: AsyncSession) -> Impact:
        one = await newest(session)
        if one is None:
            nothing = fact("Baseline", "nobody has agreed to one yet: /pm baseline agree because …")
            return Impact(facts=(nothing,), context={"drifted": None})
        found = list(differences(one.content, await configuration(session)))
        names = await _names(session, [key for of, key, _, _ in found if of == "policies"])
        facts = [_difference(of, names.get(key, key), was, now) for of, key, was, now in found[:SHOWN]]
        more = [fact("and", f"{len(found) - SHOWN} more")] if len(found) > SHOWN else []
        agreed = fact("Agreed", *await _who(session, one))
        return Impact(facts=(agreed, *facts, *more), context={"drifted": len(found)})


Difference = tuple[str, str, Any, Any]
"""Of what, by which key, as agreed and as it is; None where it was not there, or is not any more."""


def differences(agreed: Configuration, now: Configuration) -> Iterator[Difference]:
    for of in NOUNS:
        before, after = agreed.get(of, {}), now.get(of, {})
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                yield of, key, before.get(key), after.get(key)


def _difference(of: str, name: str, was: Any, now: Any) -> Fact:
    return fact(f"{NOUNS[of].capitalize()} {name}", f"{_said(of, was)} → {_said(of, now)}")


def _said(of: str, value: Any) -> str:
    if value is None:
        return "not there"
    if of == "settings":
        return settings.said(value)
    if of == "flags":
        rollout = f", rollout {value['rollout']}%" if value["rollout"] else ""
        return ("on" if value["enabled"] else "off") + rollout
    return ", ".join(rule.says(value.get(column)) for column, rule in RULES.items())


async def _names(session: AsyncSession, ids: list[str]) -> dict[str, str]:
    rows = await session.execute(select(Tenant.id, Tenant.name).where(Tenant.id.in_([uuid.UUID(one) for one in ids])))
    return {str(tenant): name for tenant, name in rows}
