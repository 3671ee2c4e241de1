"""Read-only mode, from every door: refused with who, why and whose help; shown wherever somebody looks."""

from bot import policy
from bot.demo.world import World, slack_id
from bot.digests.reports import Reports
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.store.database import Database
from tests.conftest import OPS, asked, card, pressing, until, whispers
from tests.integration.test_help import answered, buttons_in, home_of, said

WHO = "Nothing was done: I have been read-only for"
WHY = "Amara Okonkwo switched that on because “key leaked”."


async def hears(around: World, who: str, before: int) -> str:
    return (await until(lambda: whispers(around, who)[before:]))[-1].replace("\u2060", "")


def shown(around: World, ts: str) -> str:
    """What a message says now."""
    return next(one for one in around.slack.messages(OPS, slack_id("root")) if one["ts"] == ts)["text"]


async def digest(database_url: str) -> str:
    reports = Reports(Database(database_url), Renderer(), policy.load())
    async with reports.database.snapshot() as session:
        drawn = await reports.draw(session, "morning", Clearance.CHANNEL)
    await reports.database.close()
    return str(drawn["text"]).replace("\u2060", "")


async def test_every_door_refuses_and_every_place_shows_it(bot_world: World, database_url: str) -> None:
    slack = bot_world.slack
    suspended = await asked(bot_world, "/pm suspend @kofi because laptop stolen", by="security")
    await slack.click(slack_id("security"), suspended["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
    waiting = await asked(bot_world, "/pm role add support to @tomasz because nights", by="maria.costa")
    await slack.command(slack_id("security"), OPS, "/pm reinstate @kofi")
    form = (await until(lambda: slack.views(slack_id("security"))))[-1]["id"]

    on = await asked(bot_world, "/pm readonly on because key leaked", by="security")
    await slack.click(slack_id("security"), on["ts"], OPS, "approve")
    await until(lambda: "Read-only mode switched on" in card(bot_world)["text"])
    assert "not verified" not in card(bot_world)["text"]

    # A form that was open, a command, one that would open a form, a mention, two buttons.
    before = len(whispers(bot_world, "security"))
    await slack.submit(slack_id("security"), form, {"reason": {"reason": "found again"}})
    assert WHY in await hears(bot_world, "security", before)
    text = await answered(bot_world, "/pm role add support to @tomasz because nights", "nadia")
    assert text.startswith(WHO)
    assert WHY in text
    assert "Security or a super admin can switch it off." in text
    assert (await answered(bot_world, "/pm reinstate", "nadia")).startswith(WHO)
    before = len(whispers(bot_world, "nadia"))
    await slack.mention(slack_id("nadia"), OPS, "reinstate @kofi because found again")
    assert WHY in await hears(bot_world, "nadia", before)
    before = len(whispers(bot_world, "security"))
    await slack.click(slack_id("security"), waiting["ts"], OPS, "approve")
    assert WHY in await hears(bot_world, "security", before)
    before = len(whispers(bot_world, "nadia"))
    await slack.click(slack_id("nadia"), suspended["ts"], OPS, "undo")
    assert WHY in await hears(bot_world, "nadia", before)
    assert slack.views(slack_id("nadia")) == []

    # Where it is shown.
    told = shown(bot_world, waiting["ts"])
    assert "Read-only mode is on since" in told
    assert "You can reject or withdraw this request now; you can approve it only when read-only mode is off." in told
    home = await home_of(bot_world, "nadia")
    assert said(home).startswith("Read-only mode is on\nI refuse changes since")
    assert "Switch off read-only mode …" in buttons_in(home)
    assert (await answered(bot_world, "/pm status", "oncall")).startswith("Read-only mode is on")
    assert "Read-only mode: changes are refused since" in await digest(database_url)

    # What limits damage works; so does the way back, with a second person.
    signed_out = await asked(bot_world, "/pm revoke @staffer because laptop stolen", by="security")
    await slack.click(slack_id("security"), signed_out["ts"], OPS, "approve")
    await until(lambda: "Signed out Priya" in card(bot_world)["text"])
    off = await asked(bot_world, "/pm readonly off because new key", by="security")
    await slack.click(slack_id("nadia"), off["ts"], OPS, "approve")
    await until(lambda: "Read-only mode switched off" in shown(bot_world, off["ts"]))
    await until(lambda: "Read-only mode ended early" in card(bot_world)["text"])
    await slack.click(slack_id("security"), waiting["ts"], OPS, "approve")
    await until(lambda: "Added support to Tomasz" in shown(bot_world, waiting["ts"]))
    form = await pressing(bot_world, suspended["ts"], "nadia", "undo")
    assert form
