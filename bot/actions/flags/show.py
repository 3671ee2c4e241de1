"""`flags`, `flag ai-composer`, `flags stale`: which there are, what one is for whom, which nobody needs any more."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.flags.change import in_words
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.holds.flag import NAMED
from bot.permissions import Permission
from bot.personal import Moment, Part, Personal
from bot.platform import flags, staff, tenants, users
from bot.platform.flags import Flag
from bot.policy import Risk
from bot.store.models import AuditEntry, AuditKind
from bot.targets.flag import FlagKey

SHOWN = 40
CHANGES = 5
STALE = dt.timedelta(days=60)


@register
class ShowFlags(Action):
    """Show all flags: default, rollout, who is allowed and who has an override."""

    name, verb = "flag.list", "flags"
    also = ("list flags", "show flags", "features")
    offered_as = "show flags"
    permission, risk = Permission.FLAG_READ, Risk.READ
    group = Group("Flags", 3)
    target = "flag:all"

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("flag", "flags stale")

    async def preview(self, session: AsyncSession) -> Impact:
        found = await flags.everything(session)
        facts = [fact(one.key, in_words(one)) for one in found[:SHOWN]]
        if len(found) > SHOWN:
            facts.append(fact("and", f"{len(found) - SHOWN} more. To see one: /pm flag KEY"))
        return Impact(facts=tuple(facts) or (fact("Flags", "none"),))


@register
class ShowFlag(Action):
    """Show a flag: its rules, who has it, its overrides and when they end, and who changed it."""

    name, verb = "flag.show", "flag"
    also = ("show flag", "show")
    offered_as = "look up a flag"
    permission, risk = Permission.FLAG_READ, Risk.READ
    flag: FlagKey

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("flag off", "flag check")

    async def preview(self, session: AsyncSession) -> Impact:
        state = (await FlagKey.load(self.flag.name, session)).state
        reached = await flags.reach(session, state, state)
        named = await tenants.names(session, [*list(state.listed)[:NAMED], *list(state.tenants)[:SHOWN]])
        changes = await _changes(session, state.key)
        people = await staff.names(session, {state.updated_by, *(one.actor_id for one in changes)})
        return Impact(
            facts=(
                fact("Default", "on" if state.enabled else "off"),
                fact("Rollout", f"{state.rollout}%" if state.rollout else "none"),
                fact("Allowed", *_allowed(state, named)),
                *await _overrides(session, state, named),
                fact("Has it", f"{reached.after:,} of {reached.total:,} tenants"),
                fact("Last changed", Moment.of(state.updated), " by ", _who(people[state.updated_by])),
            ),
            context={
                "flag": state.key,
                "description": state.description,
                "changes": [_change(one, people) for one in changes],
            },
        )


def _who(name: str) -> Personal:
    return Personal(personal="person", value=name)


def _allowed(state: Flag, named: Mapping[uuid.UUID, str]) -> list[Part]:
    """The tenants of the allowlist by name, where they are few."""
    names = [named[who] for who in list(state.listed)[:NAMED] if who in named]
    more = len(state.listed) - len(names)
    return [(", ".join(names) + (f" and {more} more" if more else "")) if names else "nobody"]


async def _overrides(session: AsyncSession, state: Flag, named: Mapping[uuid.UUID, str]) -> list[Fact]:
    facts: list[Fact] = []
    for who, one in list(state.tenants.items())[:SHOWN]:
        facts.append(_override(named.get(who, "a tenant that has left"), one.enabled, one.expires))
    own = list(state.users)[:SHOWN]
    known = {one.id: one.email for one in await users.several(session, own)} if own else {}
    for who, one in list(state.users.items())[:SHOWN]:
        name: Part = Personal(personal="customer", value=known[who]) if who in known else "a user who has left"
        facts.append(_override(name, one.enabled, one.expires))
    return facts


def _override(name: Part, enabled: bool, expires: dt.datetime | None) -> Fact:  # noqa: FBT001 - the value itself
    until: list[Part] = [" until ", Moment.of(expires)] if expires else []
    return fact("Override", name, f": {'on' if enabled else 'off'}", *until)


async def _changes(session: AsyncSession, key: str) -> list[AuditEntry]:
    """What was changed through the bot, the newest first."""
    entries = await session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.kind == AuditKind.EXECUTED,
            (AuditEntry.target == f"flag:{key}") | AuditEntry.target.startswith(f"flag:{key}/", autoescape=True),
        )
        .order_by(AuditEntry.id.desc())
        .limit(CHANGES)
    )
    return list(entries)


def _change(entry: AuditEntry, people: Mapping[uuid.UUID | None, str]) -> dict[str, Any]:
    """Who, when, old and new."""
    return {
        "at": entry.at.timestamp(),
        "by": _who(people[entry.actor_id]).model_dump(),
        "old": _flat(entry.facts.get("old", {})),
        "new": _flat(entry.facts.get("new", {})),
    }


def _flat(values: dict[str, Any]) -> str:
    """Old and new values, as short as people say them."""
    said = []
    for value in list(values.values())[:NAMED]:
        if "rollout" in value:
            said.append(f"{'on' if value['enabled'] else 'off'}, rollout {value['rollout']}%")
        elif "listed" in value:
            said.append("allowed" if value["listed"] else "not allowed")
        else:
            said.append({True: "on", False: "off", None: "no override"}[value.get("enabled")])
    more = len(values) - len(said)
    return "; ".join(dict.fromkeys(said)) + (f" and {more} more" if more else "")


@register
class StaleFlags(Action):
    """Show flags that have been the same for everybody for two months, so that you can remove them from the code."""

    name, verb = "flag.stale", "flags stale"
    offered_as = "show stale flags"
    permission, risk = Permission.FLAG_READ, Risk.READ
    target = "flag:stale"

    async def preview(self, session: AsyncSession) -> Impact:
        found = [(one, why) for one in await flags.everything(session) if (why := _stale(one))]
        return Impact(
            facts=tuple(fact(one.key, f"{why} since {one.updated:%-d %b %Y}") for one, why in found)
            or (fact("None", "every flag is still in use, or was changed lately"),),
            context={"stale": len(found)},
        )


def _stale(one: Flag) -> str | None:
    if one.at - one.updated < STALE:
        return None
    off = any(not own.enabled for own in (*one.tenants.values(), *one.users.values()))
    on = any(own.enabled for own in (*one.tenants.values(), *one.users.values())) or bool(one.listed)
    if (one.enabled or one.rollout == 100) and not off:
        return "on for everybody"
    if not one.enabled and one.rollout == 0 and not on:
        return "off for everybody"
    return None
