"""Whom a message mentions: the user group of the policy, else whoever is on call or could decide."""

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot import policy
from bot.demo import world
from bot.drawing import mentions
from bot.drawing.elements import group_mention, user_mention
from bot.people.identity import slack_ids
from bot.platform import staff
from bot.policy import Policy
from bot.store.database import Database

TEAM = world.workspace().team_id
ON_CALL, ROOT = "oncall@penguinmails.example", "root@penguinmails.example"


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[AsyncSession]:
    database = Database(database_url)
    async with database.transaction() as session:
        yield session
    await database.close()


def rules(**changes: Any) -> Policy:
    return policy.load().model_copy(update=changes)


async def _id_of(session: AsyncSession, email: str) -> uuid.UUID:
    return (await staff.named(session, email))[0].id


class TestOnCall:
    async def test_the_group_stands_for_whoever_is_on_call(self, session: AsyncSession) -> None:
        """Who is in it is a matter of Slack."""
        assert await mentions.on_call(session, rules(groups={"on_call": "S1"}), TEAM) == group_mention("S1")

    async def test_without_a_group_it_is_the_first_of_the_list(self, session: AsyncSession) -> None:
        """In whatever case the policy writes the address."""
        found = await mentions.on_call(session, rules(on_call=(ON_CALL.upper(), ROOT)), TEAM)
        assert found == user_mention(world.slack_id("oncall"))

    async def test_nobody_is_told_of_their_own_act(self, session: AsyncSession) -> None:
        """Then the next one is."""
        chosen, own = rules(on_call=(ON_CALL, ROOT)), await _id_of(session, ON_CALL)
        assert await mentions.on_call(session, chosen, TEAM, but=[own]) == user_mention(world.slack_id("root"))
        assert await mentions.on_call(session, rules(on_call=(ON_CALL,)), TEAM, but=[own]) is None

    async def test_whoever_is_not_in_slack_is_passed_over(
        self, session: AsyncSession, sql: Callable[..., list[Any]]
    ) -> None:
        """A mention that reaches nobody is none."""
        sql("DELETE FROM pmbot.staff_links WHERE slack_user_id = %s", world.slack_id("oncall"))
        found = await mentions.on_call(session, rules(on_call=(ON_CALL, ROOT)), TEAM)
        assert found == user_mention(world.slack_id("root"))


class TestDeciders:
    async def test_a_group_takes_the_place_of_those_who_hold_its_role(self, session: AsyncSession) -> None:
        """Whoever is in no group is mentioned by name."""
        able = await staff.active_with_roles(session, ("security", "super_admin"))
        links, chosen = await slack_ids(session, TEAM), rules(groups={"security": "S1"})
        others = [user_mention(links[one.id]) for one in able if "security" not in one.roles]
        assert mentions.deciders(chosen, links, ("security", "super_admin"), able) == [group_mention("S1"), *others]
        assert others

    async def test_many_are_named_and_not_disturbed(self, session: AsyncSession) -> None:
        """A mention of everybody is read by nobody."""
        able = [one for one in await staff.everybody(session) if one.may_act]
        assert len(able) > mentions.AT_MOST
        found = mentions.deciders(rules(), await slack_ids(session, TEAM), (), able)
        assert found == [one.name for one in able]
