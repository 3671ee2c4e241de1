"""`user audit someone@…`: how somebody signed in, what is odd about it, and what staff did to the account."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register, registry
from bot.actions.staff.facts import device
from bot.actions.users.facts import current, data, who_fact
from bot.permissions import Permission
from bot.personal import Moment, Part, Personal
from bot.platform import flags, staff, users
from bot.platform.models import AdminAuditLog
from bot.platform.oddities import Odd, oddities
from bot.platform.users import SignIn
from bot.policy import Risk
from bot.store.models import AuditEntry, AuditKind
from bot.targets.user import User
from bot.words import plain

LOOKED_AT = 200  # attempts, among which something may be odd
SHOWN = 8  # attempts, oddities, and things that staff did
IN_WORDS = {AuditKind.LOOKED: "looked", AuditKind.ASKED: "asked to"}


@register
class AuditUser(Action):
    """Show how a user signed in, unusual sign-ins first, and what staff did to the account."""

    name, verb, says = "user.audit", "user audit", "audit"
    also = ("sign-ins", "login history")
    permission, risk = Permission.USER_READ, Risk.READ
    shows_people = True
    user: User

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.user.id)
        attempts = await users.sign_ins(session, record.id, limit=LOOKED_AT)
        odd = oddities(attempts)
        return Impact(
            facts=(who_fact(record), *(_odd(one) for one in odd[:SHOWN]))
            if odd
            else (who_fact(record), _quiet(attempts)),
            context={
                "user": data(record),
                "attempts": [_attempt(one) for one in attempts[:SHOWN]],
                "done": await _done(session, record.id),
            },
        )


def _odd(one: Odd) -> Fact:
    where: list[Part] = [" from ", Personal(personal="address", value=one.attempt.ip)] if one.attempt.ip else []
    return fact("Unusual", one.why, " · ", Moment.of(one.attempt.at), *where)


def _quiet(attempts: list[SignIn]) -> Fact:
    return fact("Unusual", "nothing" if attempts else "nothing: no sign-in is on record")


def _attempt(one: SignIn) -> dict[str, Any]:
    said = "signed in" if one.succeeded else "failed to sign in"
    return {"at": one.at.timestamp(), "what": said, "ip": one.ip, "device": device(one.user_agent)}


async def _done(session: AsyncSession, user_id: uuid.UUID) -> list[dict[str, Any]]:
    """What staff did, by the platform's log, and what they looked at and asked for, by the bot's; newest first."""
    own = [f"{key}/user:{user_id}" for key in await flags.names(session)]
    acts = await session.execute(
        select(AdminAuditLog.creation_time, AdminAuditLog.admin_user_id, AdminAuditLog.action)
        .where(
            (AdminAuditLog.resource_type.in_(("user", "users")) & (AdminAuditLog.resource_id == str(user_id)))
            | ((AdminAuditLog.resource_type == "flag") & AdminAuditLog.resource_id.in_(own))
        )
        .order_by(AdminAuditLog.creation_time.desc())
        .limit(SHOWN)
    )
    trail = await session.execute(
        select(AuditEntry.at, AuditEntry.actor_id, AuditEntry.kind, AuditEntry.action)
        .where(AuditEntry.target == f"user:{user_id}", AuditEntry.kind.in_(IN_WORDS))
        .order_by(AuditEntry.at.desc())
        .limit(SHOWN)
    )
    found = [(at, by, _in_words(action)) for at, by, action in acts]
    found += [(at, by, _in_words(action, AuditKind(kind))) for at, by, kind, action in trail]
    found.sort(key=lambda one: one[0], reverse=True)
    return [{"at": at.timestamp(), "what": what, "by": await _name(session, by)} for at, by, what in found[:SHOWN]]


def _in_words(name: str, kind: AuditKind | None = None) -> str:
    """What was done, as buttons offer it, or the platform's own name of it."""
    if kind is AuditKind.LOOKED:
        return "looked"
    known = registry.by_name.get(name)
    said = known.offer() if known else plain(name)
    return f"{IN_WORDS[kind]} {said}" if kind else said


async def _name(session: AsyncSession, by: uuid.UUID | None) -> dict[str, Any]:
    return Personal(personal="person", value=await staff.name_of(session, by)).model_dump()
