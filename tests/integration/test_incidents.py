"""Incidents: declared, led, told of, resolved, reopened, merged; each has one room, whatever is killed meanwhile."""

import asyncio
import uuid
from typing import Any

import pytest

from bot.demo.world import World, slack_id
from localslack.control.faults import Fault
from tests.conftest import OPS, card, cards, idle, undo, until, whispers

FIRES = """
    INSERT INTO alerts (id, rule, subject, state, severity, worst, breached, value, peak, measured, facts, since, fired)
    VALUES (%s, 'queue-backlog', 'email-sending', 'firing', 'critical', 'critical', '{}', 12480, 12480, now(), '{}',
            now(), now() - interval '10 minutes')
"""
DELIVER = """
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW('pm-deliveries', 'deliver', 10, NULL, NULL,
           jsonb_build_object('message_id', id), NULL)::procrastinate_job_to_defer_v1))
    FROM messages WHERE projection = 'alert'
"""
SMTP = "/pm incident P1 mail is not going out"


def rooms(around: World) -> list[Any]:
    """The channels of incidents, the oldest first."""
    return [
        one for one in around.slack.state.channels.values() if one.kind == "channel" and one.name.startswith("inc-")
    ]


def incident_card(around: World, room: Any) -> dict[str, Any]:
    """The one card of an incident in its room; empty as long as there is none."""
    found = [one for one in cards(around, room.id) if one.get("thread_ts") in (None, one["ts"])]
    assert len(found) <= 1
    return found[0] if found else {"text": "", "blocks": []}


async def declared(around: World, text: str = SMTP, by: str = "oncall") -> Any:
    """Have somebody declare one, and wait until its room is complete."""
    before = len(rooms(around))
    await around.slack.command(slack_id(by), OPS, text)
    room = (await until(lambda: found if len(found := rooms(around)) > before else None))[-1]
    await until(lambda: room.bookmarks and cards(around, room.id))
    return room


async def pressed(around: World, room: Any, by: str, button: str) -> None:
    await around.slack.click(slack_id(by), incident_card(around, room)["ts"], room.id, button)


async def said(around: World, room: Any, by: str, text: str) -> None:
    await around.slack.command(slack_id(by), room.id, text)


async def test_it_has_a_room_with_topic_card_pin_and_bookmark(bot_world, sql) -> None:
    """And the channel in which it was declared reads where that is."""
    room = await declared(bot_world)
    [(number,)] = sql("SELECT max(number) FROM pmbot.incidents")
    assert room.name == f"inc-{number}-mail-is-not-going-out"
    await until(lambda: "commander: nobody yet" in room.topic)
    assert slack_id("oncall") in bot_world.slack.state.members(room)
    [pin] = await until(lambda: [one for one in bot_world.slack.state.messages[room.id].values() if one.pinned])
    assert pin.ts == incident_card(bot_world, room)["ts"]
    [bookmark] = room.bookmarks
    assert bookmark["link"].endswith(f"/{room.id}/p{pin.ts.replace('.', '')}")
    assert f"Incident {number} declared" in card(bot_world)["text"]
    assert "Commander nobody yet" in incident_card(bot_world, room)["text"]


async def test_a_role_is_taken_by_button_and_is_one_persons(bot_world, sql) -> None:
    """The card, the topic and the clock of the emergency protocol say so; undone, it is as before."""
    room = await declared(bot_world)
    await pressed(bot_world, room, "tomasz", "incident:role:commander")
    await until(lambda: f"Commander <@{slack_id('tomasz')}>" in incident_card(bot_world, room)["text"])
    await until(lambda: "commander: Tomasz" in room.topic)
    assert sql("SELECT met IS NOT NULL FROM pmbot.incident_clocks WHERE clock = 'protocol'") == [(True,)]
    await said(bot_world, room, "oncall", "/pm incident 3 lead commander")
    await until(lambda: f"Commander <@{slack_id('oncall')}>" in incident_card(bot_world, room)["text"])
    await idle(sql)
    assert sql("SELECT count(*) FROM pmbot.incident_roles WHERE role = 'commander'") == [(2,)]  # and one of the past
    [_, second] = [one for one in cards(bot_world, room.id) if one.get("thread_ts") not in (None, one["ts"])]
    await undo(bot_world, second["ts"], "oncall", channel=room.id)
    await until(lambda: f"Commander <@{slack_id('tomasz')}>" in incident_card(bot_world, room)["text"])


async def test_everybody_may_declare_and_few_may_run_it(bot_world, sql) -> None:
    """Quality, too; but only operations, security and engineering take roles or resolve."""
    room = await declared(bot_world, "/pm incident P3 the sandbox is slow", by="maria.lindgren")
    await said(bot_world, room, "maria.lindgren", "/pm incident resolve 3 because it is fast again")
    await until(lambda: any("incident" in one for one in whispers(bot_world, "maria.lindgren", room.id)))
    assert sql("SELECT state FROM pmbot.incidents WHERE number = 3") == [("open",)]


async def test_an_alert_becomes_an_incident_once(bot_world, sql, alert) -> None:
    """By the button of its card: title, severity and beginning are the alert's. A second click is told of the first."""
    await bot_world.slack.click(slack_id("oncall"), alert, OPS, "incident:declare")
    room = await until(lambda: next(iter(rooms(bot_world)), None))
    await until(lambda: cards(bot_world, room.id))
    assert "Queue email-sending is backing up" in incident_card(bot_world, room)["text"]
    assert sql("SELECT i.severity, began = fired FROM pmbot.incidents i, pmbot.alerts WHERE is_open") == [("P1", True)]
    await bot_world.slack.click(slack_id("tomasz"), alert, OPS, "incident:declare")
    await until(lambda: any("part of incident 3 already" in one for one in whispers(bot_world, "tomasz")))
    assert len(rooms(bot_world)) == 1


async def test_the_card_says_how_its_alerts_are_now(bot_world, sql, alert) -> None:
    """Whatever becomes of one is on the incident's card too, and not only when something else changes there."""
    sql("UPDATE pmbot.alerts SET shown = now()")
    await bot_world.slack.click(slack_id("oncall"), alert, OPS, "incident:declare")
    room = await until(lambda: next(iter(rooms(bot_world)), None))
    await until(lambda: cards(bot_world, room.id))
    assert "queue-backlog on email-sending, firing" in incident_card(bot_world, room)["text"]
    await bot_world.slack.click(slack_id("oncall"), alert, OPS, "alert:acknowledge")
    await until(lambda: "queue-backlog on email-sending, acknowledged" in incident_card(bot_world, room)["text"])


async def test_an_update_is_told_and_promises_the_next(bot_world, sql) -> None:
    room = await declared(bot_world)
    await said(bot_world, room, "oncall", "/pm incident update 3 next 1h saying the queue drains, two hours left")
    told = await until(lambda: next((one for one in cards(bot_world) if ", update:" in one["text"]), None))
    assert "the queue drains, two hours left" in told["text"]
    [(due,)] = sql("SELECT due - now() FROM pmbot.incident_clocks WHERE clock = 'update'")
    assert 3500 < due.total_seconds() <= 3600
    assert sql("SELECT met IS NOT NULL FROM pmbot.incident_clocks WHERE clock = 'stakeholders'") == [(True,)]


async def test_what_is_due_when_is_the_policys(bot_world, sql) -> None:
    """Of the file that processes go by now, by its severity; what it does not name is as it comes."""
    await until(lambda: sql("SELECT id FROM pmbot.policies"))  # the one that this process has begun with
    sql(
        "INSERT INTO pmbot.policies (digest, source, follows) SELECT 'd', %s, coalesce(max(id), 0) FROM pmbot.policies",
        '[incidents.clocks.P2]\ncustomers = "7m"\nupdate = "2h"\nretrospective = "never"',
    )
    room = await declared(bot_world, "/pm incident P2 campaigns are late")
    await said(bot_world, room, "oncall", "/pm incident update 3 saying we look at it")
    due = "SELECT clock, round(extract(epoch FROM due - i.declared) / 60)::int FROM pmbot.incident_clocks c"
    due += " JOIN pmbot.incidents i ON i.id = c.incident_id WHERE number = 3 ORDER BY 1"
    customers, update = await until(lambda: found if len(found := sql(due)) == 2 else None)
    assert customers == ("customers", 7)
    assert update[1] in range(120, 125)  # from the update on
    await said(bot_world, room, "oncall", "/pm incident resolve 3 because they are not late any more")
    await until(lambda: any("Incident 3 resolved" in one["text"] for one in cards(bot_world)))
    assert len(sql(due)) == 2


async def test_resolved_and_reopened(bot_world, sql) -> None:
    """Stakeholders are told of both, once; the review is due after the end, and not while it is open."""
    room = await declared(bot_world)
    await said(bot_world, room, "oncall", "/pm incident 3 resolve because a full disk was emptied")
    await until(lambda: any("Incident 3 resolved" in one["text"] for one in cards(bot_world)))
    assert sql("SELECT count(*) FROM pmbot.incident_clocks WHERE clock = 'retrospective' AND met IS NULL") == [(1,)]
    await until(lambda: "resolved" in incident_card(bot_world, room)["text"])
    await pressed(bot_world, room, "oncall", "incident:reopen")
    form = (await until(lambda: bot_world.slack.views(slack_id("oncall"))))[-1]["id"]
    await bot_world.slack.submit(slack_id("oncall"), form, {"reason": {"reason": "mail waits again"}})
    await until(lambda: any("Incident 3 reopened" in one["text"] for one in cards(bot_world)))
    await idle(sql)
    assert sql("SELECT state, resolved FROM pmbot.incidents WHERE number = 3") == [("open", None)]
    assert sql("SELECT count(*) FROM pmbot.incident_clocks WHERE clock = 'retrospective' AND met IS NULL") == [(0,)]


async def test_merged_and_taken_apart(bot_world, sql, alert) -> None:
    """The alert goes along, and comes back."""
    await bot_world.slack.click(slack_id("oncall"), alert, OPS, "incident:declare")
    await until(lambda: rooms(bot_world))
    await declared(bot_world, "/pm incident P2 campaigns are late")
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm incident merge 3 into 4 because one problem")
    whose = "SELECT number, i.is_open FROM pmbot.incident_alerts JOIN pmbot.incidents i ON i.id = incident_id"
    await until(lambda: sql(whose) == [(4, True)])
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm incident reopen 3 because they are two")
    await until(lambda: sql(whose) == [(3, True)])
    assert sql("SELECT state FROM pmbot.incidents WHERE number > 2") == [("open",), ("open",)]


async def test_what_is_due_is_told_once_and_put_off_one_by_one(bot_world, sql) -> None:
    """To the commander, or to whoever is on call; what is late says so."""
    room = await declared(bot_world)
    sql(
        "UPDATE pmbot.incident_clocks SET due = now() - interval '3 minutes' WHERE clock IN ('customers', 'executives')"
    )

    def due() -> list[dict[str, Any]]:
        return [one for one in cards(bot_world, room.id) if one["text"].startswith("Due: ")]

    first, second = await until(lambda: found if len(found := due()) == 2 else None)
    assert all("this reminder comes 3 min late" in one["text"] for one in (first, second))
    assert f"<@{slack_id('oncall')}>" in first["text"]
    await bot_world.slack.click(slack_id("oncall"), first["ts"], room.id, "incident:snooze:customers")
    await until(lambda: "Postponed until" in due()[0]["text"])
    await bot_world.slack.click(slack_id("oncall"), second["ts"], room.id, "incident:met:executives")
    await until(lambda: "Done" in due()[1]["text"])
    sql("UPDATE pmbot.incident_clocks SET due = now() WHERE clock = 'customers'")
    await until(lambda: len(due()) == 3)
    await asyncio.sleep(3)
    assert len(due()) == 3


async def test_what_was_due_says_what_became_of_it(bot_world, sql) -> None:
    """Its message changes in place with what is done elsewhere: nobody is asked again for what has been done."""
    room = await declared(bot_world)
    sql("UPDATE pmbot.incident_clocks SET due = now() WHERE clock IN ('protocol', 'stakeholders', 'executives')")

    def found(what: str) -> dict[str, Any] | None:
        return next((one for one in cards(bot_world, room.id) if one["text"].startswith(f"Due: {what}")), None)

    def due(what: str) -> str:
        return (found(what) or {"text": ""})["text"]

    await until(lambda: due("stakeholders") and due("executives"))
    protocol = await until(lambda: found("emergency"))
    await bot_world.slack.click(slack_id("tomasz"), protocol["ts"], room.id, "incident:role:commander")
    await until(lambda: "Done" in due("emergency"))
    await said(bot_world, room, "tomasz", "/pm incident update 3 saying the queue drains")
    await until(lambda: "Done" in due("stakeholders"))
    sql("UPDATE pmbot.incident_clocks SET due = now() WHERE clock = 'update'")
    await until(lambda: due("the next update"))
    await said(bot_world, room, "tomasz", "/pm incident update 3 saying it is empty")
    await until(lambda: "The next update is due" in due("the next update"))
    await said(bot_world, room, "tomasz", "/pm incident resolve 3 because the disk was emptied")
    await until(lambda: "Nothing is left to do: incident 3 is resolved" in due("executives"))


async def test_a_task_taken_back_takes_its_reminder_along(bot_world, sql) -> None:
    """Its owner reads that nothing is left to do, in the message that reminded them."""
    room = await declared(bot_world)
    await said(bot_world, room, "oncall", "/pm incident task 3 to @tomasz by 14d saying update the runbook")
    await until(lambda: sql("SELECT count(*) FROM pmbot.incident_tasks") == [(1,)])
    noted = await until(lambda: next((one for one in cards(bot_world, room.id) if "Request 2" in one["text"]), None))
    sql("UPDATE pmbot.incident_tasks SET due = now()")
    direct = bot_world.slack.state.direct([slack_id("tomasz")]).id
    await until(lambda: any("please do this by" in one["text"] for one in cards(bot_world, direct)))
    await undo(bot_world, noted["ts"], "oncall", channel=room.id)
    await until(lambda: any("That task was dropped" in one["text"] for one in cards(bot_world, direct)))
    assert not any("please do this by" in one["text"] for one in cards(bot_world, direct))


async def test_without_the_right_to_make_channels_the_card_is_where_stakeholders_read(bot_world, sql) -> None:
    bot_world.slack.faults.add("conversations.create", Fault("refuse", error="restricted_action"))
    await bot_world.slack.command(slack_id("oncall"), OPS, SMTP)
    await until(lambda: any("did not let me make a channel" in one["text"] for one in cards(bot_world)))
    await until(lambda: any(one["text"].startswith("Incident 3: mail") for one in cards(bot_world)))


@pytest.fixture
async def alert(bot_world: World, sql) -> str:
    """A critical one that fires, and stays: the timestamp of its card."""
    sql("UPDATE pmbot.alert_ticks SET at = now() + interval '1 day'")
    sql("SET search_path = pmbot, public")
    sql(FIRES, identity := uuid.uuid4())
    sql(
        "INSERT INTO messages (id, key, channel, projection, subject, version, sent_version)"
        " VALUES (gen_random_uuid(), %s, 'operations', 'alert', %s, 1, 0)",
        f"alert:{identity}",
        str(identity),
    )
    sql(DELIVER)
    one = await until(lambda: next((one for one in cards(bot_world) if "backing up" in one["text"]), None))
    return str(one["ts"])


async def test_a_marked_message_is_a_line_as_long_as_it_is_marked(bot_world, sql) -> None:
    """What is changed is changed there, too, and what is deleted is gone; what nobody marked is not kept at all."""
    room, slack, kofi = await declared(bot_world), bot_world.slack, slack_id("kofi")
    for one in (kofi, slack_id("tomasz")):
        await slack.join(one, room.id)
    first = await slack.say(kofi, room.id, "the disk of smtp-01 is full")
    await slack.say(kofi, room.id, "good morning")
    lines = "SELECT facts ->> 'text' FROM pmbot.incident_events WHERE what = 'marked' AND gone IS NULL"
    await slack.react(slack_id("tomasz"), room.id, first, "pushpin")
    await until(lambda: sql(lines) == [("the disk of smtp-01 is full",)])
    await until(lambda: "Kofi Adjei wrote: the disk of smtp-01 is full" in incident_card(bot_world, room)["text"])
    await slack.edit(kofi, room.id, first, "the disk of smtp-02 is full")
    await until(lambda: sql(lines) == [("the disk of smtp-02 is full",)])
    await slack.react(slack_id("tomasz"), room.id, first, "pushpin", remove=True)
    await until(lambda: sql(lines) == [])
    await slack.react(slack_id("tomasz"), room.id, first, "pushpin")
    await until(lambda: sql(lines))
    await slack.delete_own(kofi, room.id, first)
    await until(lambda: sql(lines) == [])
    await idle(sql)
    assert not sql(
        "SELECT 1 FROM pmbot.inbox WHERE payload::text LIKE '%%smtp-0%%' OR payload::text LIKE '%%good morning%%'"
    )
