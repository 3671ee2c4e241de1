"""What people get wrong with roles, flags and what is temporary: said with the next step, and nothing done."""

from typing import Any

import pytest

from bot.demo.data import AI_COMPOSER, uid
from bot.demo.world import World, slack_id
from bot.runtime import clock
from tests.conftest import OPS, asked, card, cards, idle, undo, until, whispers
from tests.integration.test_bad_input import answered, buttons

KEY = AI_COMPOSER.key
ACME = uid("tenant", "acme-corp")
KOFI = uid("user", "kofi@penguinmails.example")
ROLES = """
    SELECT r.name FROM staff_member_roles h JOIN staff_roles r ON r.id = h.role_id
    WHERE h.user_id = %s AND (h.expires IS NULL OR h.expires > now()) ORDER BY 1
"""
OWN = "SELECT enabled FROM tenant_feature_flags WHERE flag_key = %s AND tenant_id = %s"
EXTENDED = "SELECT count(*) FROM pmbot.audit_log WHERE action = 'hold.extend' AND kind = 'executed'"
TENANT = {"1h": "Acme Corp", "61min": "Acme Labs"}
OVER = """
    UPDATE pmbot.holds SET ends = now() - interval '1 s'
    WHERE proposal_id = (SELECT id FROM pmbot.proposals WHERE number = %s)
"""


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "INTERVAL", 0.3)


@pytest.fixture
async def nothing_asked(bot_world: World, sql) -> Any:
    """Whatever was typed, in the end it is handled, nothing was asked for, and nothing went wrong."""
    yield
    await idle(sql)
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(0,)]
    assert sql("SELECT count(*) FROM pmbot.messages WHERE content->>'text' LIKE '%%went wrong%%'") == [(0,)]


async def shown(around: World, text: str, number: int) -> str:
    """The card at this place, once it says so."""

    def look() -> str | None:
        found = cards(around)[number : number + 1]
        return next((one["text"] for one in found if text in one["text"]), None)

    return await until(look)


async def said(around: World, text: str) -> str:
    return await until(lambda: next((one["text"] for one in cards(around) if text in one["text"]), None))


async def done(around: World, text: str, by: str, *deciders: str) -> int:
    """Asked for, decided, and in force; the place of its card."""
    pending = await asked(around, text, by)
    number = len(cards(around)) - 1
    for name in deciders or (by,):
        await around.slack.click(slack_id(name), pending["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in cards(around)[number]["text"])
    return number


async def goes_on(around: World, answer: dict[str, Any], button: str, by: str) -> dict[str, Any]:
    """Click what an answer offers, and wait for the card that comes of it."""
    before = len(cards(around))
    await around.slack.click(slack_id(by), answer["ts"], OPS, button)
    await until(lambda: len(cards(around)) > before)
    return card(around)


class TestNames:
    async def test_a_role_that_is_nearly_one(self, bot_world: World) -> None:
        """The button keeps the person, the time and the reason."""
        answer = await answered(bot_world, "/pm role add finanse to @kofi for 2h because cover", "maria.costa")
        assert "There is no role “finanse”. Did you mean finance?" in answer["text"]
        text = (await goes_on(bot_world, answer, buttons(answer)[0], "maria.costa"))["text"]
        assert "Add finance to Kofi Adjei for 2 h" in text
        assert "cover" in text

    @pytest.mark.usefixtures("nothing_asked")
    async def test_a_role_like_none(self, bot_world: World) -> None:
        answer = await answered(bot_world, "/pm role add wizard to @kofi because x", "maria.costa")
        assert "The roles: admin, customer_success" in answer["text"].replace("\u2060", "")

    async def test_a_flag_that_is_nearly_one(self, bot_world: World) -> None:
        answer = await answered(bot_world, "/pm flag off ai-compser for acme corp for 2h because spam", "kofi")
        assert "There is no flag “ai-compser”. Did you mean ai-composer" in answer["text"]
        text = (await goes_on(bot_world, answer, buttons(answer)[0], "kofi"))["text"]
        assert "Turn off ai-composer for Acme Corp for 2 h" in text

    @pytest.mark.usefixtures("nothing_asked")
    async def test_an_unknown_flag_for_a_paused_tenant(self, bot_world: World, sql) -> None:
        """What is wrong is said; what is only noteworthy is on the card of the flag that was meant."""
        sql("UPDATE tenants SET status = 'paused' WHERE id = %s", ACME)
        answer = await answered(bot_world, '/pm flag off zzzz for "Acme Corp" because x', "kofi")
        assert "There is no flag “zzzz”. /pm flags shows all flags." in answer["text"]

    async def test_a_flag_for_a_paused_tenant(self, bot_world: World, sql) -> None:
        sql("UPDATE tenants SET status = 'paused' WHERE id = %s", ACME)
        text = (await asked(bot_world, f'/pm flag off {KEY} for "Acme Corp" because x', "kofi"))["text"]
        assert "the tenant is paused" in text

    @pytest.mark.usefixtures("nothing_asked")
    async def test_half_a_command(self, bot_world: World) -> None:
        answer = await answered(bot_world, "/pm role", "maria.costa")
        assert buttons(answer) == ["Add a role …", "Remove a role …", "Set a role …"]


@pytest.mark.usefixtures("nothing_asked")
class TestNothingToDo:
    async def test_a_role_that_is_held_already(self, bot_world: World) -> None:
        answer = await answered(bot_world, "/pm role add engineering to @kofi because x", "maria.costa")
        assert "Kofi Adjei already has engineering. Nothing was done." in answer["text"]

    async def test_a_role_that_is_not_held(self, bot_world: World) -> None:
        """Says what they hold, as buttons."""
        answer = await answered(bot_world, "/pm role remove finance from @kofi because x", "maria.costa")
        assert "Kofi Adjei does not have finance. They have: engineering. Nothing was done." in answer["text"]
        assert buttons(answer) == ["Request: remove engineering"]

    async def test_exactly_the_roles_that_are_held(self, bot_world: World) -> None:
        answer = await answered(bot_world, "/pm role set engineering for @kofi because x", "maria.costa")
        assert "Kofi Adjei already has exactly these roles" in answer["text"]

    async def test_an_override_that_is_set_so(self, bot_world: World, sql) -> None:
        sql("INSERT INTO tenant_feature_flags (tenant_id, flag_key, enabled) VALUES (%s, %s, false)", ACME, KEY)
        answer = await answered(bot_world, f'/pm flag off {KEY} for "Acme Corp" because x', "kofi")
        assert f"{KEY} is already set off for Acme Corp. Nothing was done." in answer["text"]

    async def test_an_end_that_is_over(self, bot_world: World) -> None:
        """Says what time it is, and where."""
        answer = await answered(bot_world, "/pm role add support to @kofi until 2020-01-01 because x", "maria.costa")
        assert "Wed 1 Jan 09:00 is in the past: it is" in answer["text"]
        assert "in Europe/Madrid" in answer["text"]

    async def test_a_slack_account_that_is_nobody(self, bot_world: World) -> None:
        answer = await answered(bot_world, "/pm role add support to @stranger because x", "maria.costa")
        assert "not linked to a staff member" in answer["text"]

    @pytest.mark.parametrize("typed", ["end 12", "extend 12 by 1h", "end zzz", "extend -1 by 1h", "end 99999999999999"])
    async def test_a_number_that_holds_nothing(self, bot_world: World, typed: str) -> None:
        answer = await answered(bot_world, f"/pm {typed}", "oncall")
        assert "has no temporary change that is still active. /pm holds shows the active ones." in answer["text"]


async def test_one_without_a_slack_account(bot_world: World, sql) -> None:
    """By address; the card says that they cannot be told of the end."""
    sql("DELETE FROM pmbot.staff_links WHERE staff_id = %s", KOFI)
    text = (await asked(bot_world, "/pm role add support to kofi for 2h because x", "maria.costa"))["text"]
    assert "no Slack account is linked to them, so I cannot send them a message" in text


async def test_ones_own_last_role(bot_world: World, sql) -> None:
    """One click of one's own confirms it; then the platform refuses them, and so does the bot."""
    number = await done(bot_world, "/pm role remove user_manager, support from me because leaving", "maria.costa")
    text = cards(bot_world)[number]["text"]
    assert "no role is left, so admin access and 1 session ended" in text
    assert sql(ROLES, uid("user", "maria.costa@penguinmails.example")) == []
    answer = await answered(bot_world, "/pm role add support to me because back", "maria.costa")
    assert "(your roles: none)" in answer["text"] or "not active" in answer["text"]


async def test_a_role_that_expires_while_its_removal_waits(bot_world: World, sql) -> None:
    """Nothing is left to remove: the request is closed, and nobody need decide it."""
    await done(bot_world, "/pm role add support to @kofi for 2h because cover", "maria.costa", "security")
    await asked(bot_world, "/pm role remove support from @kofi because no more", "maria.costa")
    sql(OVER, 1)
    await said(bot_world, "The role support of Kofi Adjei ended as planned")
    await shown(bot_world, "closed, nothing was done", 1)


async def test_two_overrides_of_one_tenant(bot_world: World, sql) -> None:
    """Off until the last of them ends."""
    bot_world.gateway.memory.flag_seconds = 1
    for who, lasts in (("kofi", "1h"), ("oncall", "2h")):
        await done(bot_world, f'/pm flag off {KEY} for "Acme Corp" for {lasts} because spam', who)
    sql(OVER, 1)
    first = await said(bot_world, f"The change of {KEY} (off for Acme Corp)")  # not the card that says so too
    assert "Now off by tenant override" in first
    assert sql(OWN, KEY, ACME) == [(False,)]
    sql(OVER, 2)
    await until(lambda: sql(OWN, KEY, ACME) == [])


async def test_on_while_it_is_held_off_for_everybody(bot_world: World, sql) -> None:
    """Refused with the request that holds it off, and a button that asks to end that."""
    await done(bot_world, f"/pm flag off {KEY} for 2h because incident", "kofi")
    answer = await answered(bot_world, f'/pm flag on {KEY} for "Acme Corp" because they asked', "hana")
    assert f"it keeps {KEY} off until" in answer["text"]
    assert "The temporary change of request 1 has priority" in answer["text"]
    assert buttons(answer) == ["Request: end temporary change 1"]
    await undo(bot_world, cards(bot_world)[0]["ts"], "kofi")
    ending = await until(lambda: cards(bot_world)[1]["text"] if len(cards(bot_world)) > 1 else None)
    assert f"End now: {KEY} off for everybody" in ending


async def test_whoever_may_not_end_it_is_told_who_may(bot_world: World) -> None:
    """The button of the refusal above, clicked by somebody who did not set it."""
    await done(bot_world, f"/pm flag off {KEY} for 2h because incident", "kofi")
    answer = await answered(bot_world, f'/pm flag on {KEY} for "Acme Corp" because they asked', "hana")
    seen = len(whispers(bot_world, "hana"))
    await bot_world.slack.click(slack_id("hana"), answer["ts"], OPS, "Request: end temporary change 1")
    await until(lambda: len(whispers(bot_world, "hana")) > seen)
    assert (
        "Only operations, security, or the person who made this temporary change can" in whispers(bot_world, "hana")[-1]
    )


async def test_by_the_number_of_its_request(bot_world: World, sql) -> None:
    """Extended at once, and ended on the word of whoever may turn it on for a tenant."""
    await done(bot_world, f'/pm flag off {KEY} for "Acme Corp" for 2h because spam', "kofi")
    [(before,)] = sql("SELECT ends FROM pmbot.holds")
    await bot_world.slack.command(slack_id("kofi"), OPS, "/pm extend 1 by 1h")
    text = await shown(bot_world, "Changed the end time of the temporary change of request 1", 1)
    assert "reason" not in text  # nobody gave one
    [(after,)] = sql("SELECT ends FROM pmbot.holds")
    assert (after - before).total_seconds() == 3600
    ending = await asked(bot_world, "/pm end #1 because fine now", "kofi")
    assert f"End now: {KEY} off for Acme Corp" in ending["text"]
    assert sql(OWN, KEY, ACME) == [(False,)]
    await bot_world.slack.click(slack_id("kofi"), ending["ts"], OPS, "approve")
    await until(lambda: sql(OWN, KEY, ACME) == [])


class TestTheNotice:
    """A quarter of an hour before the end, to whoever set it."""

    @staticmethod
    async def given(around: World, sql) -> dict[str, Any]:
        await done(around, f'/pm flag off {KEY} for "Acme Corp" for 2h because spam', "kofi")
        assert directs(around, "kofi") == []
        sql("UPDATE pmbot.holds SET starts = now() - interval '106 min', ends = now() + interval '14 min'")
        [notice] = await until(lambda: directs(around, "kofi"))
        return notice

    async def test_comes_once_and_changes_after_the_end(self, bot_world: World, sql) -> None:
        notice = await self.given(bot_world, sql)
        assert "Ends automatically" in notice["text"]
        assert f"{KEY} off for Acme Corp (request 1)" in notice["text"]
        assert buttons(notice) == ["Extend by 1 h", "End now"]
        sql(OVER, 1)
        text = await until(lambda: "Ended" in directs(bot_world, "kofi")[0]["text"] and directs(bot_world, "kofi"))
        assert [one["ts"] for one in text] == [notice["ts"]]
        assert buttons(text[0]) == []

    async def test_its_button_extends(self, bot_world: World, sql) -> None:
        """A double click is one; it says the new end."""
        notice = await self.given(bot_world, sql)
        [(before,)] = sql("SELECT ends FROM pmbot.holds")
        for _ in range(2):
            await bot_world.slack.click(slack_id("kofi"), notice["ts"], room(bot_world, "kofi"), "Extend by 1 h")
        await said(bot_world, "Changed the end time of the temporary change of request 1")
        await idle(sql)
        [(after,)] = sql("SELECT ends FROM pmbot.holds")
        assert (after - before).total_seconds() == 3600
        [brought_up_to_date] = directs(bot_world, "kofi")
        assert brought_up_to_date["text"] != notice["text"]

    async def test_what_was_extended_may_be_extended_again_when_it_nears_its_new_end(
        self, bot_world: World, sql
    ) -> None:
        """Each end has a notice of its own, since an edit notifies nobody, and its button is of that end."""
        await self.given(bot_world, sql)
        for times in (1, 2):
            [*_, notice] = await until(lambda times=times: directs(bot_world, "kofi")[times - 1 :])
            [(before, noticed)] = sql("SELECT ends, noticed FROM pmbot.holds")
            await bot_world.slack.click(slack_id("kofi"), notice["ts"], room(bot_world, "kofi"), "Extend by 1 h")
            await until(lambda times=times: sql(EXTENDED) == [(times,)])
            [(after,)] = sql("SELECT ends FROM pmbot.holds")
            assert (after - before).total_seconds() == 3600
            sql("UPDATE pmbot.holds SET ends = now() + interval '14 min'")
            await until(lambda since=noticed: sql("SELECT 1 FROM pmbot.holds WHERE noticed > %s", since))
        await until(lambda: len(directs(bot_world, "kofi")) == 3)
        await until(lambda: len({one["text"] for one in directs(bot_world, "kofi")}) == 1)  # none is out of date

    async def test_an_hours_is_not_announced(self, bot_world: World, sql) -> None:
        """Whoever set it an hour ago knows; longer ones are."""
        for lasts in ("1h", "61min"):
            await done(bot_world, f'/pm pause "{TENANT[lasts]}" for {lasts} because spam', "oncall")
        sql("UPDATE pmbot.holds SET starts = starts - interval '50 min', ends = ends - interval '50 min'")
        [notice] = await until(lambda: directs(bot_world, "oncall"))
        await idle(sql)
        assert "Acme Labs" in notice["text"]
        assert len(directs(bot_world, "oncall")) == 1

    async def test_its_button_ends(self, bot_world: World, sql) -> None:
        """As a request, since what limits damage is taken back by two."""
        notice = await self.given(bot_world, sql)
        await bot_world.slack.click(slack_id("kofi"), notice["ts"], room(bot_world, "kofi"), "End now")
        await said(bot_world, f"End now: {KEY} off for Acme Corp")


def room(around: World, name: str) -> str:
    return around.slack.state.direct_id([slack_id(name)])


def directs(around: World, name: str) -> list[dict[str, Any]]:
    seen = around.slack.messages(room(around, name), slack_id(name))
    return [item for item in seen if item.get("metadata") and not item.get("is_ephemeral")]
