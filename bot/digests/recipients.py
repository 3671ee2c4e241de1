"""To whom a scheduled report goes, and what they may see of it: found out at the moment it is posted."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.drawing.masking import Clearance, clearance_of
from bot.people import identity
from bot.permissions import Permission
from bot.policy import Policy
from bot.reports import REPORTS
from bot.schedules import DigestRule
from bot.store import subscriptions
from bot.store.models import DigestSubscription, StaffLink


@dataclass(frozen=True)
class Recipient:
    """One place that a report is sent to."""

    report: str
    rule: DigestRule
    channel: str | None
    """A channel, or a person's id in Slack; None: there is nobody to send anything to."""
    clearance: Clearance
    refused: str = ""
    """Why it is not sent any more; empty: it is."""


async def recipient(session: AsyncSession, policy: Policy, schedule: str, team_id: str) -> Recipient | None:
    """None where the schedule is gone from the policy file, or the subscription has ended."""
    rule = policy.digests.get(schedule)
    if rule is not None:
        return Recipient(policy.report(schedule), rule, rule.channel, Clearance.CHANNEL)
    one = await subscriptions.by_schedule(session, schedule)
    if one is None:
        return None
    if one.report not in REPORTS:
        gone = f"The {one.report} digest no longer exists, so nothing is sent here. /pm digest lists what exists."
        return Recipient(one.report, subscriptions.rule_of(one), one.channel, Clearance.NONE, gone)
    if one.channel is not None:
        return Recipient(one.report, subscriptions.rule_of(one), one.channel, Clearance.CHANNEL)
    return await _person(session, one, team_id)


async def _person(session: AsyncSession, one: DigestSubscription, team_id: str) -> Recipient:
    """Somebody's own: by the roles they hold now."""
    linked = select(StaffLink.slack_user_id).where(StaffLink.team_id == team_id, StaffLink.staff_id == one.staff_id)
    slack_id = await session.scalar(linked)
    operator = await identity.operator_by_id(session, one.staff_id) if one.staff_id else None
    rule = subscriptions.rule_of(one)
    if operator is None or slack_id is None:
        return Recipient(one.report, rule, None, Clearance.NONE, "they are no longer active staff")
    if not operator.may(Permission.DIGEST_READ):
        why = (
            f"The {one.report} digest is no longer sent to you: your roles ({operator.in_roles}) do not include "
            "digests. If you need it, ask operations or security for a role."
        )
        return Recipient(one.report, rule, slack_id, Clearance.NONE, why)
    return Recipient(one.report, rule, slack_id, clearance_of(operator))
