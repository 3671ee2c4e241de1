"""`user someone@…`: how a customer's account stands, on one card."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Lead
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.users.facts import address, belongs_fact, current, data, held_facts, sessions_data
from bot.permissions import Permission
from bot.personal import Moment, Part, Personal
from bot.platform import staff, users
from bot.platform.users import OwnFlag, UserRecord
from bot.policy import Risk
from bot.targets.user import User
from bot.words import listed


@register
class ShowUser(Action):
    """Show a user: status, tenants and roles, sessions, last sign-in, two-factor, their own flags, temporary changes.

    User managers may ask, too, beside those of the catalogue: whoever may suspend somebody may look first.
    """

    name, verb, says = "user.show", "user", "look up"
    also = ("customer", "account", "show user")
    offered_as = "look up a user"
    permission, risk = Permission.USER_READ, Risk.READ
    shows_people = True
    user: User

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        suspended = impact is not None and impact.context["status"] == "suspended"
        helping = ("user reinstate",) if suspended else ("user revoke", "user suspend", "user reset-password")
        return ("view-as", "user audit", *helping)

    def leads_on(self, impact: Impact) -> tuple[Lead, ...]:
        return tuple(
            Lead("tenant", {"tenant": one["id"]}, (one["name"],)) for one in impact.context["belongs"][:1]
        )  # fmt: skip

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.user.id)
        sessions = await staff.active_sessions(session, record.id)
        return Impact(
            facts=(
                fact("Name", Personal(personal="customer", value=record.name)),
                fact("Address", address(record), "" if record.email_verified else " · not verified"),
                fact("Status", _status(record)),
                belongs_fact(record),
                await _last_sign_in(session, record),
                await _two_factor(session, record),
                *_flags(await users.own_flags(session, record.id)),
                *await held_facts(session, record.id),
            ),
            context={
                "user": data(record),
                "status": record.status,
                "belongs": [{"id": str(one.tenant_id), "name": one.tenant} for one in record.memberships],
                "sessions": sessions_data(sessions),
            },
        )


def _status(record: UserRecord) -> str:
    why = f": {record.status_reason}" if record.status != "active" and record.status_reason else ""
    return f"{record.status}{why}"


async def _last_sign_in(session: AsyncSession, record: UserRecord) -> Fact:
    latest = await users.sign_ins(session, record.id, limit=1, succeeded=True)
    if not latest:
        return fact("Last sign-in", "none on record")
    where: list[Part] = [" from ", Personal(personal="address", value=latest[0].ip)] if latest[0].ip else []
    return fact("Last sign-in", Moment.of(latest[0].at), *where)


async def _two_factor(session: AsyncSession, record: UserRecord) -> Fact:
    """What their tenants require: whether a user has set it up is in no table that the bot may read."""
    required = await users.requiring_two_factors(session, record.tenant_ids)
    names = [one.tenant for one in record.memberships if one.tenant_id in required]
    return fact("Two-factor", f"required by {listed(names)}" if names else "not required by their tenant")


def _flags(own: list[OwnFlag]) -> list[Fact]:
    """What is set for them alone."""
    facts = []
    for one in own:
        until: list[Part] = [" until ", Moment.of(one.expires)] if one.expires else []
        facts.append(fact("Own flag", f"{one.key} {'on' if one.enabled else 'off'}", *until))
    return facts or [fact("Own flags", "none")]
