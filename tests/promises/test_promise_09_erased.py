"""Promise 9: whoever is erased stands nowhere any more, and whoever stands beside them still does."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bot.actions.base import Action
from bot.actions.flags.parameters import Whom
from bot.actions.users.erase import EraseUser
from bot.demo.world import World, slack_id
from bot.erasure import Rows
from bot.errors import InvalidParameter, Later, Refused
from bot.parameters.base import Reason
from bot.pipeline.propose import Ask, propose
from bot.store import erasing, outbox
from bot.store.database import Database
from bot.store.models import Proposal, State
from bot.targets.user import User
from tests.conftest import OPS, asked, card, until
from tests.integration.action_examples import BEFORE, example
from tests.promises import canary
from tests.promises.bench import Bench
from tests.promises.canary import BOTH, CANARY, NAME

KOFI = "kofi.castano@acme-corp.example"
REASON = "they asked for it, ticket 4711"
# Nobody else's is lost with these: an answer, a draft and the details of an entry go whole.
WHOLE = ("pmbot.messages", "pmbot.drafts", "pmbot.audit_details")


@pytest.fixture
async def someone(bench: Bench, sql) -> None:
    """Kofi Castano by another name, with a request about a flag of theirs that was decided and done."""
    sql(BEFORE["user.erase"])
    sql("UPDATE users SET name = %s, email = %s WHERE email = %s", NAME, CANARY, KOFI)
    proposal = await ask(bench, "kofi", "flag.turn_off", f"{canary.SECRET}, says {CANARY}")
    await bench.execute(await bench.decide("kofi", proposal))


async def ask(bench: Bench, by: str, name: str = "user.erase", reason: str = REASON) -> Proposal:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        action = await about_them(session, name, reason)
        return await propose(bench.core, session, operator, [action], Ask("operations", reason))


async def about_them(session: Any, name: str, reason: str) -> Action:
    [user] = await User.find(session, CANARY)
    if name == "user.erase":
        return EraseUser(user=user, reason=Reason(reason))
    return await example(name, session, concerned=Whom("user", user.id, user.email), reason=Reason(reason))


async def erased(bench: Bench) -> Proposal:
    proposal = await ask(bench, "dmitri")
    for who in ("security", "nadia"):
        proposal = await bench.decide(who, proposal)
    return await bench.execute(proposal)


class TestWhole:
    async def test_nothing_of_theirs_is_left_in_either_schema(self, bench: Bench, sql, someone: None) -> None:
        """In every column that was declared stood something of theirs; in none of all there are does any still."""
        async with bench.database.transaction() as session:
            await outbox.post(session, "said", {"text": f"{CANARY} is {NAME}"}, channel="operations")
        who = canary.plant(sql)
        before = canary.dump(sql)
        assert len(canary.left(before)) > 25
        proposal = await erased(bench)
        assert proposal.state == State.SUCCEEDED, proposal.cause
        after = canary.dump(sql)
        assert canary.left(after) == {}
        assert str(who.id) in before["pmbot.tickets"]
        assert str(who.id) not in after["pmbot.tickets"]
        stay = {table: number for table, number in canary.bystanders(before).items() if table not in WHOLE}
        assert {table: canary.bystanders(after).get(table, 0) for table in stay} == stay
        assert REASON in after["pmbot.proposals"]
        assert REASON in after["pmbot.audit_details"]

    async def test_a_request_about_many_stays_the_others(self, bench: Bench, sql, someone: None) -> None:
        """Of whoever was one of many that a command chose, only what names them goes."""
        sql(
            "INSERT INTO pmbot.revisions (id, proposal_id, number, plan, impacts, digest)"
            " SELECT gen_random_uuid(), proposal_id, 99, jsonb_build_array(jsonb_build_object('parameters',"
            " jsonb_build_object('chosen', u.id, 'reason', 'spam of ' || u.email))), '[]', 'many'"
            " FROM pmbot.revisions, users u WHERE u.email = %s LIMIT 1",
            CANARY,
        )
        await erased(bench)
        [(plan,)] = sql("SELECT plan FROM pmbot.revisions WHERE digest = 'many'")
        assert plan[0]["parameters"]["reason"] == "spam of (erased)"

    async def test_the_trail_says_whose_details_went(self, bench: Bench, sql, someone: None) -> None:
        """Its entries stay, all of them, and one more names those that can no longer be proven."""
        before = sql("SELECT id, commitment FROM pmbot.audit_log ORDER BY id")
        await erased(bench)
        assert sql("SELECT id, commitment FROM pmbot.audit_log ORDER BY id")[: len(before)] == before
        [(entries,)] = sql("SELECT facts->'entries' FROM pmbot.audit_log WHERE kind = 'erased'")
        kept = {one for (one,) in sql("SELECT audit_id FROM pmbot.audit_details")}
        every = {one for (one,) in sql("SELECT id FROM pmbot.audit_log")}
        assert entries
        assert every - kept == set(entries)

    async def test_each_declaration_carries_its_column(self, bench: Bench, sql, someone: None) -> None:
        """Without it, what was planted there stays: the test above would fail."""
        who = canary.plant(sql)
        for rows, metadata in BOTH:
            tables = {table.name: table for table in metadata.tables.values()}
            for one in rows:
                for column in canary.columns(one, tables[one.table]):
                    lacking = without(one, column.name)
                    async with bench.database.transaction() as session:
                        await erasing.erase(session, who, [lacking], metadata)
                        await session.execute(text("SET LOCAL ROLE NONE"))  # which reads everything
                        found = await session.scalars(text(f"SELECT {column.name}::text FROM {column.table.fullname}"))
                        left = canary.left({"it": "\n".join(one or "" for one in found)})
                        await session.rollback()
                    assert left, f"{one.table}.{column.name}"


def without(one: Rows, column: str) -> Rows:
    becomes = {name: value for name, value in one.becomes.items() if name != column}
    named = tuple(name for name in one.named if name != column)
    return replace(one, gone=False, becomes=becomes, named=named)


class TestRefused:
    async def test_the_last_owner_of_a_tenant(self, bench: Bench, sql, someone: None) -> None:
        sql(
            "UPDATE tenant_users SET roles = '{member}' WHERE user_id <> (SELECT id FROM users WHERE email = %s)",
            CANARY,
        )
        with pytest.raises(Refused, match="the only owner of Acme Corp"):
            await ask(bench, "dmitri")

    @pytest.mark.parametrize("reason", [f"{NAME} asked", "sevenfour wrote to us", f"by {CANARY}", "Canary-7a called"])
    async def test_a_reason_that_names_them(self, bench: Bench, someone: None, reason: str) -> None:
        with pytest.raises(InvalidParameter, match="Write it without their name and address"):
            await ask(bench, "dmitri", reason=reason)

    async def test_twice(self, bench: Bench, sql, someone: None) -> None:
        """By the id that the platform still has."""
        [(user,)] = sql("SELECT id FROM users WHERE email = %s", CANARY)
        await erased(bench)
        async with bench.database.transaction() as session:
            action = EraseUser(user=await User.load(str(user), session), reason=Reason(REASON))
            with pytest.raises(Refused, match="erased already"):
                await action.preview(session)

    async def test_what_somebody_has_in_hand_is_not_waited_for(self, bench: Bench, sql, someone: None) -> None:
        """Nothing is erased by half: all of it begins anew, once the row is free."""
        who = canary.plant(sql)
        rows, metadata = BOTH[1]
        async with bench.database.transaction() as holder:
            await holder.execute(text("SELECT FROM pmbot.inbox FOR UPDATE"))
            with pytest.raises(Later, match="inbox"):
                async with bench.database.transaction() as session:
                    await erasing.erase(session, who, rows, metadata)


class TestOnScreens:
    async def test_slack_shows_nothing_of_theirs(self, bot_world: World, sql) -> None:
        """Cards are drawn anew, answers taken back; what only one person saw is Slack's to forget."""
        sql(BEFORE["user.erase"])
        sql("UPDATE users SET name = %s, email = %s WHERE email = %s", NAME, CANARY, KOFI)
        database = Database(bot_world.database_url)
        async with database.transaction() as session:
            for place in (slack_id("security"), "operations"):
                await outbox.post(session, f"said:{place}", {"text": f"{CANARY} is {NAME}"}, channel=place)
        await database.close()
        await until(lambda: shown(bot_world) == 2)
        flagged = f"/pm flag off ai-composer for {CANARY} because {NAME} wrote"
        about = await asked(bot_world, flagged, "kofi")
        await bot_world.slack.click(slack_id("kofi"), about["ts"], OPS, "approve")
        await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
        assert shown(bot_world) >= 3
        proposed = await asked(bot_world, f"/pm user erase {CANARY} because {REASON}", "dmitri")
        assert CANARY not in proposed["text"]
        for who in ("security", "nadia"):
            await bot_world.slack.click(slack_id(who), proposed["ts"], OPS, "approve")
        await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
        assert "Erased a user of Acme Corp" in card(bot_world)["text"]
        await until(lambda: shown(bot_world) == 0)


def shown(around: World) -> int:
    """How many of the bot's lasting messages, in whatever channel or conversation, say anything of theirs."""
    every = [one for channel in around.slack.state.messages for one in around.slack.messages(channel)]
    lasting = [json.dumps(one, default=str, ensure_ascii=False) for one in every if not one.get("is_ephemeral")]
    return sum(bool(canary.left({"it": one})) for one in lasting)
