"""Thresholds from Slack: over the file's, with a second person, a history and an undo."""

# ruff: noqa: F401, F811 - fixtures are imported, and asked for by their names
from bot.alerts import overriding
from bot.alerts.rules import Severity
from bot.demo import world
from bot.demo.world import World
from tests.conftest import OPS, asked, until, whispers
from tests.integration.test_alerts import Alerting, alerting, policy, running, saying

CHANGE = "/pm alert threshold backlog high at 400 clears 150 because imports take an hour"


async def change(running: World, sql) -> None:
    """Asked for by one, approved by another."""
    await until(lambda: sql("SELECT count(*) FROM pmbot.alert_levels") == [(2,)])
    card = await asked(running, CHANGE)
    assert "fires above 100 jobs, clears below 50 jobs" in card["text"]
    await running.slack.click(world.slack_id("security"), card["ts"], OPS, "approve")
    await until(lambda: sql("SELECT fires, clears FROM pmbot.alert_thresholds WHERE ended IS NULL") == [(400, 150)])


async def heard(running: World, text: str) -> str:
    return await until(lambda: next((one for one in whispers(running, "oncall") if text in one), None))


async def test_it_fires_from_there_on_and_says_so(alerting: Alerting, running: World, sql) -> None:
    """On the alert, in its reasons, and in the list; when the file changes, what it said before."""
    await change(running, sql)
    for _ in range(4):
        await alerting.tick(350)
    assert sql("SELECT count(*) FROM pmbot.alerts") == [(0,)]
    for _ in range(4):
        await alerting.tick(450)
    assert alerting.alert() == ("firing", "high")
    [alert] = await until(lambda: saying(running, "450 jobs (fires above 400, clears below 150)"))
    await running.slack.click(world.slack_id("oncall"), alert["ts"], OPS, "alert:why")
    assert (
        "high was changed in Slack and no longer follows the rules file; the file says fires above 100 jobs"
        in await heard(running, "Why: Queue")
    )
    rule = alerting.evaluator.rules["backlog"]
    levels = {**rule.levels, Severity.HIGH: rule.levels[Severity.HIGH].model_copy(update={"fires": 120.0})}
    async with alerting.evaluator.database.transaction() as session:
        deployed = rule.model_copy(update={"levels": levels})
        deployed.__dict__.pop("ordered", None)
        await overriding.publish(session, {"backlog": deployed})
    await running.slack.command(world.slack_id("oncall"), OPS, "/pm thresholds")
    listed = await heard(running, "Thresholds that replace those in the rules file")
    assert "imports take an hour" in listed
    assert "the rules file was changed after that: before, it said fires above 100 jobs" in listed
    await alerting.tick(140)
    assert alerting.alert()[0] == "resolved"


async def test_what_no_longer_goes_with_the_file_is_said(alerting: Alerting, running: World, sql) -> None:
    """A deployment lowered the level above it: the file alone is in force, and the list says so."""
    await change(running, sql)
    rule = alerting.evaluator.rules["backlog"]
    lower = {"fires": 300.0, "clears": 200.0}
    levels = {**rule.levels, Severity.CRITICAL: rule.levels[Severity.CRITICAL].model_copy(update=lower)}
    async with alerting.evaluator.database.transaction() as session:
        deployed = rule.model_copy(update={"levels": levels})
        deployed.__dict__.pop("ordered", None)
        await overriding.publish(session, {"backlog": deployed})
        in_force = await overriding.effective(session, {"backlog": deployed})
    assert in_force["backlog"].levels[Severity.HIGH].fires == rule.levels[Severity.HIGH].fires
    await running.slack.command(world.slack_id("oncall"), OPS, "/pm thresholds")
    listed = await heard(running, "Thresholds that replace those in the rules file")
    assert "not in force, since it no longer goes with the rules file (critical has to fire above high)" in listed


async def test_what_does_not_go_together_is_refused(alerting: Alerting, running: World, sql) -> None:
    """As the rules file would be; so is a share of what is counted."""
    await until(lambda: sql("SELECT count(*) FROM pmbot.alert_levels") == [(2,)])
    for typed, says in (
        ("at 2000 over 100", "critical has to fire above high"),
        ("at 40", "the value at which high clears has to be no higher"),
        ("at 5%", "The rules file has 100 jobs for “Waiting”"),
        ("at 100 over 50", "The threshold already has this value"),
    ):
        text = f"/pm alert threshold backlog high {typed} because x"
        await running.slack.command(world.slack_id("oncall"), OPS, text)
        await heard(running, says)
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(0,)]
