"""*False alarm*: kept with who said it and when, taken back by a second press."""

from bot.demo import world
from bot.demo.world import World
from tests.conftest import OPS, until, whispers

# ruff: noqa: F401, F811 - fixtures are imported, and asked for by their names
from tests.integration.test_alerts import Alerting, alerting, buttons, click, policy, root, running, shown, thread


async def test_what_is_over_is_said_to_be_false_and_not_after_all(alerting: Alerting, running: World, sql) -> None:
    """By its only button; the message, its thread and the trail say by whom."""
    await alerting.fire()
    await alerting.tick(10)
    assert buttons(await shown(running, "resolved")) == ["It was a false alarm"]
    await click(running, "oncall", "alert:false")
    assert buttons(await shown(running, "a false alarm, says Óscar Peñalver")) == ["It was no false alarm"]
    assert sql("SELECT false_at IS NOT NULL, false_by IS NOT NULL FROM pmbot.alerts") == [(True, True)]
    await click(running, "security", "alert:false")
    await until(lambda: "says Óscar" not in root(running)["text"])
    assert sql("SELECT false_at, false_by FROM pmbot.alerts") == [(None, None)]
    assert alerting.happened() == ["fired", "resolved", "false_alarm", "no_false_alarm"]
    await until(lambda: len(thread(running)) == 4)
    assert "Óscar Peñalver says that it was a false alarm." in thread(running)[2]
    trail = sql("SELECT action FROM pmbot.audit_log WHERE kind = 'responded' ORDER BY id")
    assert trail == [("alert.false_alarm",), ("alert.no_false_alarm",)]


async def test_of_one_that_is_open_it_is_asked_where_it_says_why(alerting: Alerting, running: World, sql) -> None:
    """It stays open: what it measures is still so."""
    await until(lambda: sql("SELECT count(*) FROM pmbot.alert_levels") == [(2,)])  # as its clock begins
    await alerting.fire()
    await shown(running, "1,500 jobs")
    await click(running, "oncall", "alert:why")
    await until(lambda: whispers(running, "oncall"))
    [why] = [one for one in running.slack.messages(OPS, world.slack_id("oncall")) if one.get("is_ephemeral")]
    assert buttons(why) == ["Change the threshold …", "It is a false alarm"]


async def test_who_may_not_acknowledge_may_not_say_so(alerting: Alerting, running: World, sql) -> None:
    await alerting.fire()
    await alerting.tick(10)
    await shown(running, "resolved")
    await click(running, "support", "alert:false")
    await until(lambda: whispers(running, "support"))
    assert "You can't acknowledge alerts" in whispers(running, "support")[0]
    assert sql("SELECT false_at FROM pmbot.alerts") == [(None,)]
