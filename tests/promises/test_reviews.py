"""Emergency overrides: seen, asked about and reviewed by somebody who had no part in them; reminded until then."""

import datetime as dt

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.channels import Channels
from bot.demo import world
from bot.drawing.cards.reviews import Reviews
from bot.drawing.render import Renderer
from bot.errors import AlreadyDecided, NotPermitted, NotTheirs, OutOfDate
from bot.pipeline import review
from bot.store.models import Proposal, Verdict
from bot.targets.staff import Asker
from tests.promises.bench import IDS, NAMES, Bench

MORNING = dt.date(2026, 11, 23)


async def broken(bench: Bench, by: str = "tomasz") -> Proposal:
    """Somebody asked, nobody answered, and whoever is on call ran it."""
    proposal = await bench.decide("oncall", await bench.ask(by), Verdict.BREAK_GLASS)
    return await bench.execute(proposal)


async def reviewed(bench: Bench, by: str, proposal: Proposal) -> None:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        await review.review(bench.core, session, operator, proposal.id)


async def asking(bench: Bench, by: str, proposal: Proposal) -> None:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        await review.ask(bench.core, session, operator, proposal.id, "Whom did you ring?")


async def shown(bench: Bench, to: str) -> dict:
    """The context of `/pm reviews`."""
    operator = await bench.operator(to)
    async with bench.database.snapshot() as session:
        action = bench.core.registry.by_verb["reviews"](asker=Asker(operator.id, operator.name, operator.roles))
        return (await action.preview(session)).context


async def reminded(bench: Bench, day: dt.date = MORNING) -> int:
    async with bench.database.transaction() as session:
        return await review.remind(session, day)


async def reminder(bench: Bench) -> str:
    """What a reminder says now."""
    [(subject,)] = await bench.sql("SELECT DISTINCT subject FROM pmbot.messages WHERE projection = 'glass_reminder'")
    reviews = Reviews(bench.core, Renderer(), Channels(AsyncWebClient(), {}), world.workspace().team_id)
    async with bench.database.snapshot() as session:
        return str((await reviews.reminder(session, subject))["text"])


class TestWho:
    @pytest.mark.parametrize("by", ["oncall", "tomasz", "staffer", "support"])
    async def test_whoever_was_part_of_it_or_has_no_role_for_it_does_not(self, bench: Bench, by: str) -> None:
        """Neither reviews it nor asks: who ran it, who wished it, whom it was about, who could not decide it."""
        proposal = await broken(bench)
        for doing in (reviewed, asking):
            with pytest.raises(NotPermitted if by == "support" else NotTheirs):
                await doing(bench, by, proposal)
        assert not [one for one in (await shown(bench, by))["overrides"]["open"] if one["offered"]]

    async def test_somebody_else_does_once(self, bench: Bench) -> None:
        proposal = await broken(bench)
        await asking(bench, "security", proposal)
        [one] = (await shown(bench, "security"))["overrides"]["open"]  # a question leaves it open
        assert one["offered"] == str(proposal.id)
        await reviewed(bench, "nadia", proposal)
        for doing in (reviewed, asking):
            with pytest.raises(AlreadyDecided):
                await doing(bench, "security", proposal)
        context = await shown(bench, "security")
        assert context["overrides"]["open"] == []
        assert [one["reviewed_by"] for one in context["overrides"]["done"]] == [NAMES["nadia"]]

    async def test_without_an_override_there_is_nothing(self, bench: Bench) -> None:
        with pytest.raises(OutOfDate):
            await reviewed(bench, "nadia", await bench.ask("tomasz"))

    async def test_ordered_alone_twice_both_are_reviewed(self, bench: Bench, sql) -> None:
        """It changed before it ran, and was run alone once more."""
        sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["staffer"])
        proposal = await bench.decide("oncall", await bench.ask("security", "staff.reinstate"), Verdict.BREAK_GLASS)
        sql("UPDATE users SET email = 'other@penguinmails.example' WHERE id = %s", IDS["staffer"])
        await bench.execute(proposal)
        await bench.execute(await bench.decide("oncall", await bench.read(proposal.id), Verdict.BREAK_GLASS))
        await reviewed(bench, "nadia", proposal)
        assert sql("SELECT count(*), count(reviewed) FROM pmbot.decisions") == [(2, 2)]


class TestMornings:
    async def test_those_who_could_are_asked_each_morning_until_somebody_has(self, bench: Bench, sql) -> None:
        """Once a morning, whoever runs it; afterwards what was said says so, and nobody is reminded."""
        proposal = await broken(bench)
        assert await reminded(bench) == 0  # it has only just been announced
        sql("UPDATE pmbot.proposals SET created = now() - interval '1 day'")
        for day in (MORNING, MORNING, MORNING + dt.timedelta(days=1)):
            assert await reminded(bench, day) == 1
        rows = await bench.sql("SELECT count(*) FROM pmbot.messages WHERE projection = 'glass_reminder'")
        assert rows == [(2,)]
        text = await reminder(bench)
        assert "Still not reviewed" in text
        assert world.slack_id("nadia") in text
        assert world.slack_id("oncall") not in text
        await reviewed(bench, "nadia", proposal)
        assert (await reminder(bench)).startswith(f"Reviewed by {NAMES['nadia']}")
        assert await reminded(bench, MORNING + dt.timedelta(days=2)) == 0
