"""Promise 11: a card shows the newest state also of what changes without it."""

import re

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.channels import Channels
from bot.demo import world
from bot.drawing.cards.proposal import Cards
from bot.drawing.render import Renderer
from bot.pipeline import standing
from bot.pipeline.revise import CHANGED_AFTER_APPROVAL
from bot.store.models import Proposal, State
from tests.integration.action_examples import BEFORE
from tests.promises.bench import IDS, Bench
from tests.promises.test_locks import decided, proposed
from tests.promises.test_promise_04_who_decides import give_role, take_role

LOOKED = "UPDATE pmbot.proposals SET looked = now() - interval '1 hour'"


async def card(bench: Bench, proposal: Proposal) -> str:
    """The text of its card, as it would be drawn now."""
    cards = Cards(bench.core, Renderer(), Channels(AsyncWebClient(), {}), world.workspace().team_id)
    async with bench.database.transaction() as session:
        return re.sub(r"\s+", " ", str((await cards.proposal(session, str(proposal.id)))["text"]))


async def done(bench: Bench, proposal: Proposal) -> Proposal:
    return await bench.execute(await decided(bench, proposal))


class TestOpenCards:
    async def test_a_number_that_another_request_changed_is_the_new_one(self, bench: Bench) -> None:
        """What it shows and does not bind; what was approved stays approved, and its buttons work."""
        waiting = await bench.ask("oncall", "staff.suspend")
        assert "4 active sessions" in await card(bench, waiting)
        await done(bench, await bench.ask("tomasz"))
        assert "no active session" in await card(bench, waiting)
        after = await bench.read(waiting.id)
        assert (after.state, after.revision_id) == (State.PENDING, waiting.revision_id)

    async def test_a_bound_fact_that_changed_asks_anew_with_the_difference(self, bench: Bench, sql) -> None:
        """Before anybody approves what is no longer so."""
        sql(BEFORE["staff.reinstate"])
        waiting = await bench.ask("security", "staff.reinstate")
        give_role(sql, "staffer", "support")
        sql(LOOKED)
        assert await standing.sweep(bench.core) == 1
        text = await card(bench, waiting)
        assert "changed since it was asked for" in text
        told = sql("SELECT subject FROM pmbot.messages WHERE projection = 'told'")
        assert told == [(f"{waiting.id}:again",)]  # whoever asked hears of it, once
        assert "→ admin, finance and support" in text
        assert (await bench.read(waiting.id)).revision_id != waiting.revision_id

    async def test_each_change_is_told(self, bench: Bench, sql) -> None:
        """The second is another one than the first."""
        sql(BEFORE["staff.reinstate"])
        await bench.ask("security", "staff.reinstate")
        for number, role in enumerate(("support", "qa"), start=1):
            give_role(sql, "staffer", role)
            sql(LOOKED)
            await standing.sweep(bench.core)
            told = "SELECT count(*), max(version) FROM pmbot.messages WHERE projection = 'told'"
            assert sql(told) == [(number, 1)]

    async def test_one_approval_of_two_is_void_as_well(self, bench: Bench, sql) -> None:
        """Whoever gave it hears that it no longer counts."""
        sql(BEFORE["staff.reinstate"])
        waiting = await bench.ask("security", "staff.reinstate")
        sql("UPDATE pmbot.proposals SET requirement = jsonb_set(requirement, '{quorum}', '2')")
        assert (await bench.decide("root", waiting)).state == State.PENDING
        give_role(sql, "staffer", "support")
        sql(LOOKED)
        await standing.sweep(bench.core)
        assert (await bench.read(waiting.id)).cause == CHANGED_AFTER_APPROVAL
        assert sql("SELECT count(*) FROM pmbot.messages WHERE projection = 'asked_again'") == [(1,)]

    async def test_what_another_request_has_done_is_closed(self, bench: Bench, sql) -> None:
        """Nobody has to decide about what is so already."""
        waiting = await bench.ask("oncall", "staff.suspend")
        sql("UPDATE pmbot.proposals SET same = NULL")  # as if the other asked for more than this
        other = await bench.ask("tomasz", "staff.suspend")
        assert (await done(bench, other)).state == State.SUCCEEDED
        after = await bench.read(waiting.id)
        assert (after.state, "is already suspended" in str(after.cause)) == (State.CLOSED, True)
        assert "closed, nothing was done" in await card(bench, waiting)

    async def test_an_approver_who_lost_the_role_on_the_platform_is_not_named_any_more(self, bench: Bench, sql) -> None:
        """Nor one whose role ran out: the card is drawn anew by the sweep."""
        waiting = await bench.ask("oncall")
        version = "SELECT version FROM pmbot.messages WHERE key = %s"
        [(before,)] = sql(version, f"proposal:{waiting.id}")
        take_role(sql, "nadia", "security")
        sql(LOOKED)
        await standing.sweep(bench.core)
        assert sql(version, f"proposal:{waiting.id}") > [(before,)]
        assert "Nadia" not in await card(bench, waiting)

    async def test_many_clocks_look_at_each_once(self, bench: Bench, sql) -> None:
        """And what was looked at a moment ago is left alone."""
        for name in ("staffer", "finance", "kofi"):
            await bench.ask("oncall", about=name)
        sql(LOOKED)
        assert await standing.sweep(bench.core) == 3
        assert await standing.sweep(bench.core) == 0


class TestFinishedCards:
    async def test_a_suspension_that_another_request_lifted_says_so(self, bench: Bench) -> None:
        """By its number; and there is nothing to take back any more."""
        suspended = await done(bench, await bench.ask("oncall", "staff.suspend"))
        assert "No longer valid" not in await card(bench, suspended)
        lifted = await done(bench, await bench.ask("security", "staff.reinstate"))
        assert lifted.state == State.SUCCEEDED
        assert f"No longer valid: request {lifted.number} has changed it since." in await card(bench, suspended)

    async def test_one_that_was_lifted_on_the_platform_says_so_too(self, bench: Bench, sql) -> None:
        suspended = await done(bench, await bench.ask("oncall", "staff.suspend"))
        sql("UPDATE users SET status = 'active' WHERE id = %s", IDS["staffer"])
        assert "somebody has changed it on the platform itself since" in await card(bench, suspended)

    @pytest.mark.parametrize("name", ["staff.add_role", "staff.remove_role", "flag.turn_on", "flag.rollout"])
    async def test_what_is_as_it_was_left_says_nothing(self, bench: Bench, name: str) -> None:
        assert "No longer valid" not in await card(bench, await done(bench, await proposed(bench, name)))
