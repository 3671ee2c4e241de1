"""Whom a message mentions, so that Slack notifies them: the user group that the policy names, else people.

Slack notifies of a mention when the message is posted, never when it is edited: a message that should be heard has its
mention from the start, and keeps it for life.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.reviews.reads import Override
from bot.drawing.elements import Element, group_mention, user_mention
from bot.people import on_call as on_duty
from bot.people.identity import slack_ids
from bot.pipeline.core import Core, about, eligible
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.policy import ON_CALL, Policy, Requirement
from bot.store.models import Revision

AT_MOST = 5  # people: a mention of many is read by none of them


async def on_call(
    session: AsyncSession, policy: Policy, team_id: str, but: Collection[uuid.UUID] = ()
) -> Element | None:
    """The group on call, else the first who is, is active and linked and not of `but`; None without anybody."""
    if ON_CALL in policy.groups:
        return group_mention(policy.groups[ON_CALL])
    links = await slack_ids(session, team_id)
    active = {one.email.lower(): one for one in await staff.everybody(session) if one.may_act and one.id in links}
    for email in (await on_duty.now(session, policy)).order:
        person = active.get(email)
        if person is not None and person.id not in but:
            return user_mention(links[person.id])
    return None


async def team(
    session: AsyncSession, policy: Policy, team_id: str, name: str, but: Collection[uuid.UUID] = ()
) -> list[Element | str]:
    """A team that is asked for something: its group, else its people, or whoever is on call where they are many."""
    members = [one for one in await staff.active_with_roles(session, (name,)) if one.id not in but]
    if name in policy.groups or len(members) <= AT_MOST:
        return deciders(policy, await slack_ids(session, team_id), (name,), members)
    person = await on_call(session, policy, team_id, but)
    return [person] if person else []


def deciders(
    policy: Policy, links: Mapping[uuid.UUID, str], roles: Collection[str], able: Sequence[StaffRecord]
) -> list[Element | str]:
    """Who is asked to decide: the groups of those roles that have one, and whoever is in none of them.

    `able`: who could; `links`: their Slack ids. Where there are more than a few, or somebody is not in Slack, names.
    """
    groups = {role: policy.groups[role] for role in roles if role in policy.groups}
    others = [one for one in able if not one.roles & set(groups)]
    few = len(others) <= AT_MOST
    people = [user_mention(links[one.id]) if few and one.id in links else one.name for one in others]
    return [*map(group_mention, dict.fromkeys(groups.values())), *people]


async def reviewers(core: Core, session: AsyncSession, one: Override, team_id: str) -> list[Element | str]:
    """Those who could look at it, mentioned: nobody who ran it, asked for it, or whom it is about."""
    needs = Requirement.model_validate(one.proposal.requirement)
    revision = await session.get_one(Revision, one.word.revision_id)
    concerned = {one.word.staff_id, *about(await core.actions_there(session, revision))}
    able = await eligible(session, needs, one.proposal.requester_id, concerned)
    return deciders(core.policy, await slack_ids(session, team_id), needs.approvers, able)
