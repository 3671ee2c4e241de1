"""Security incidents: for their members and security, and for nobody else, in no place; evidence stays as it was."""

import hashlib

import pytest
from psycopg import errors

from bot.demo.data import uid
from bot.demo.world import World, slack_id
from tests.conftest import OPS, cards, idle, undo, until, whispers
from tests.integration.test_incidents import declared, incident_card, said
from tests.promises.test_promise_08_audit_only_grows import as_the_bot

TITLE = "stolen credentials of a colleague"
CHANGES = ["UPDATE {0} SET content = content", "DELETE FROM {0}", "TRUNCATE {0}"]
TABLE = "pmbot.incident_evidence"


def private(around: World) -> list:
    """The private rooms of incidents."""
    return [one for one in around.slack.state.channels.values() if one.private and one.name.startswith("inc-")]


def everywhere_else(around: World, room) -> str:
    """All that stands in channels besides the room, and is not somebody's own conversation with the bot."""
    return "\n".join(text for _, text in elsewhere_by_name(around, room))


def elsewhere_by_name(around: World, room) -> list[tuple[str, str]]:
    others = [one for one in around.slack.state.channels.values() if one.kind == "channel" and one.id != room.id]
    return [(one.name, message["text"]) for one in others for message in cards(around, one.id)]


async def declared_in_private(around: World, by: str = "security") -> object:
    await around.slack.command(slack_id(by), OPS, f"/pm security incident P1 {TITLE}")
    room = (await until(lambda: private(around)))[-1]
    await until(lambda: cards(around, room.id) and room.bookmarks)
    return room


async def test_it_is_nowhere_but_in_its_room(bot_world, sql) -> None:
    """Not its card, not an update, not what is due, not its end; a member is asked in, and asked out."""
    room = await declared_in_private(bot_world)
    members = bot_world.slack.state.members
    assert slack_id("security") in members(room)
    assert slack_id("tomasz") not in members(room)
    await said(bot_world, room, "security", "/pm incident member add 3 tomasz")
    await until(lambda: slack_id("tomasz") in members(room))
    await said(bot_world, room, "tomasz", "/pm incident update 3 next 1h saying the account is suspended")
    await until(lambda: "the account is suspended" in incident_card_of(bot_world, room))
    await said(bot_world, room, "security", "/pm incident resolve 3 because all sessions ended")
    await until(lambda: "resolved" in incident_card_of(bot_world, room))
    await said(bot_world, room, "security", "/pm incident member remove 3 tomasz")
    await until(lambda: slack_id("tomasz") not in members(room))
    await idle(sql)
    elsewhere = everywhere_else(bot_world, room)
    assert TITLE not in elsewhere
    assert "ncident 3" not in elsewhere
    kept = sql(
        "SELECT action FROM pmbot.audit_log WHERE action LIKE 'incident.%member' AND kind = 'executed' ORDER BY id"
    )
    assert kept == [("incident.add_member",), ("incident.remove_member",)]


async def test_what_contains_it_is_asked_for_and_decided_in_its_room(bot_world, sql) -> None:
    """From its card: a plan of its own, on which somebody else of the room decides; nobody else reads of it."""
    room = await declared_in_private(bot_world)
    await said(bot_world, room, "security", "/pm incident member add 3 root")
    await until(lambda: slack_id("root") in bot_world.slack.state.members(room))
    pinned = incident_card(bot_world, room)["ts"]
    who = slack_id("security")
    await bot_world.slack.click(who, pinned, room.id, "menu:incident_contain", option="Lock a colleague down …")
    form = str((await until(lambda: bot_world.slack.views(who)))[-1]["id"])
    whom = {"text": {"type": "plain_text", "text": "x"}, "value": str(uid("user", "support@penguinmails.example"))}
    given = {"staffer": {"staffer": whom}, "reason": {"reason": "their laptop was stolen"}}
    await bot_world.slack.submit(who, form, given)
    asked = await until(lambda: next((one for one in cards(bot_world, room.id) if "Lock down" in one["text"]), None))
    await bot_world.slack.click(slack_id("root"), asked["ts"], room.id, "approve")
    await until(
        lambda: "Locked down" in next(one for one in cards(bot_world, room.id) if one["ts"] == asked["ts"])["text"]
    )
    await idle(sql)
    [(status,)] = sql("SELECT status FROM users WHERE email = 'support@penguinmails.example'")
    assert status == "suspended"
    told = [name for name, text in elsewhere_by_name(bot_world, room) if "their laptop was stolen" in text]
    assert told == ["security"], "whoever was not involved is asked to review it, among those who may know of it"
    await bot_world.slack.command(who, room.id, "/pm incident 3")
    timeline = (await until(lambda: whispers(bot_world, "security", room.id)))[-1]
    assert "Lock down Léa Marchand" in timeline


def incident_card_of(around: World, room) -> str:
    return incident_card(around, room)["text"]


@pytest.mark.parametrize(
    "text",
    [
        "/pm incident notify 3 delay to all saying mail is late",
        "/pm incident publish 3 identified headline “Mail is late” saying we know why",
    ],
)
async def test_nothing_of_it_is_told_outside_by_a_request_that_others_read(bot_world, sql, text: str) -> None:
    await declared_in_private(bot_world)
    await bot_world.slack.command(slack_id("security"), OPS, text)
    await until(
        lambda: [
            one
            for one in whispers(bot_world, "security")
            if "is private, but other people would read this request" in one
        ]
    )
    await idle(sql)
    assert sql("SELECT count(*) FROM pmbot.proposals WHERE state = 'pending'") == [(0,)]


async def test_whoever_may_not_see_it_is_told_what_they_would_be_told_of_none(bot_world, sql) -> None:
    """In the list, by its number, by its id and by a request's: word for word as of one that never was."""
    await declared_in_private(bot_world)
    for text in ("/pm incident show {}", "/pm incident resolve {} because x", "/pm incident member add {} tomasz"):
        answers = []
        for number in (3, 4):
            before = len(whispers(bot_world, "tomasz"))
            await bot_world.slack.command(slack_id("tomasz"), OPS, text.format(number))
            found = await until(lambda before=before: whispers(bot_world, "tomasz")[before:])
            answers.append(found[-1].replace(str(number), "N"))
        assert answers[0] == answers[1]
    for text in ("/pm incidents", "/pm requests"):
        before = len(whispers(bot_world, "tomasz"))
        await bot_world.slack.command(slack_id("tomasz"), OPS, text)
        [answer] = await until(lambda before=before: whispers(bot_world, "tomasz")[before:])
        assert "stolen" not in answer
        assert "ecurity incident" not in answer
    before = len(whispers(bot_world, "security"))
    await bot_world.slack.command(slack_id("security"), OPS, "/pm incidents")
    assert TITLE in (await until(lambda: whispers(bot_world, "security")[before:]))[0]


async def test_one_that_was_open_to_all_goes_on_in_private(bot_world, sql) -> None:
    """Its channel is archived, what was told of it is shown no more, and its alerts are no part of it."""
    old = await declared(bot_world, f"/pm incident P1 {TITLE}")
    await said(bot_world, old, "oncall", "/pm incident update 3 saying somebody uses them in Lisbon")
    await until(lambda: any("Lisbon" in one["text"] for one in cards(bot_world)))
    await said(bot_world, old, "security", "/pm incident restrict 3 because it is an intruder")
    room = (await until(lambda: private(bot_world)))[-1]
    await until(lambda: old.archived)
    await until(lambda: TITLE in incident_card_of(bot_world, room))
    assert slack_id("oncall") in bot_world.slack.state.members(room), "who declared it goes on seeing it"
    await until(lambda: not any("Lisbon" in one["text"] for one in cards(bot_world)))


async def test_evidence_is_kept_with_its_hash(bot_world, sql) -> None:
    """And the review says both."""
    room = await declared_in_private(bot_world)
    await said(bot_world, room, "security", "/pm incident evidence 3 saying signed in from 203.0.113.9 at 02:14")
    whole = "SELECT content, sha256, taken_by IS NOT NULL FROM pmbot.incident_evidence ORDER BY id"
    words = "signed in from 203.0.113.9 at 02:14"
    assert await until(lambda: sql(whole)) == [(words, hashlib.sha256(words.encode()).hexdigest(), True)]
    await said(bot_world, room, "security", "/pm incident review 3")
    file = await until(lambda: next((one for one in bot_world.slack.state.files.values() if one.complete), None))
    assert f"| {words} | {hashlib.sha256(words.encode()).hexdigest()} |" in file.content.decode()


def test_nobody_changes_evidence(database_url: str, sql) -> None:
    """Neither the bot, by its rights, nor the owner, by a trigger; and no hash is another's."""
    sql(
        f"INSERT INTO {TABLE} (incident_id, content, sha256) SELECT id, 'x', encode(sha256('x'), 'hex')"
        " FROM pmbot.incidents LIMIT 1"
    )
    for change in CHANGES:
        with pytest.raises(errors.InsufficientPrivilege, match="only added"):
            sql(change.format(TABLE))
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            as_the_bot(database_url, change.format(TABLE))
    with pytest.raises(errors.CheckViolation, match="sha256"):
        sql(f"INSERT INTO {TABLE} (incident_id, content, sha256) SELECT id, 'y', 'x' FROM pmbot.incidents LIMIT 1")


def reminders(around: World, channel_id: str) -> list[str]:
    return [one["text"] for one in cards(around, channel_id) if one["text"].startswith("To be told: ")]


async def with_personal_data(around: World, risk: str = "low known 5h") -> object:
    """A security incident whose clocks of the law run."""
    room = await declared_in_private(around)
    await said(around, room, "security", f"/pm incident breach 3 {risk} saying addresses of about 400 customers")
    await until(lambda: "By law" in incident_card_of(around, room))
    return room


async def test_personal_data_starts_the_clocks_of_the_law(bot_world, sql) -> None:
    """From when it was known; the people whose data it is are told at a high risk, which may be found later."""
    room = await with_personal_data(bot_world)
    due = (
        "SELECT duty, round(extract(epoch FROM due - now()) / 3600)::int FROM pmbot.incident_duties ORDER BY due, duty"
    )
    assert sql(due) == [("officer", -4), ("authority", 67)]
    text = incident_card_of(bot_world, room)
    assert "the data protection authority: must be told before" in text
    await said(bot_world, room, "security", "/pm incident breach 3 high saying passwords as well")
    await until(lambda: sql(due) == [("officer", -4), ("authority", 67), ("persons", 67)])
    await until(lambda: "the people whose data it is: must be told before" in incident_card_of(bot_world, room))


async def test_reminders_go_on_until_it_is_done_or_not_needed(bot_world, sql) -> None:
    """Each once, the older one pointing on; late ones say so; nobody can put them off; a reason ends one on record."""
    room = await with_personal_data(bot_world, "low")
    sql("UPDATE pmbot.incident_duties SET next = now() WHERE duty = 'authority'")
    [first] = await until(lambda: reminders(bot_world, room.id))
    assert "the policy does not say" in first
    [(soon,)] = sql(
        "SELECT round(extract(epoch FROM next - now()) / 3600) FROM pmbot.incident_duties ORDER BY due DESC LIMIT 1"
    )
    assert soon == 24
    sql("UPDATE pmbot.incident_duties SET due = now() - interval '1 hour', next = now() WHERE duty = 'authority'")
    found = await until(lambda: found if len(found := reminders(bot_world, room.id)) == 2 else None)
    assert "The deadline has passed" in found[1]
    await until(lambda: "newer reminder of this is further down" in reminders(bot_world, room.id)[0])
    await said(bot_world, room, "security", "/pm incident told 3 authority saying by their form, number 2026-1234")
    await until(lambda: "number 2026-1234" in reminders(bot_world, room.id)[1])
    await said(bot_world, room, "security", "/pm incident not needed 3 officer because she found it herself")
    await until(lambda: any("officer: telling is not necessary" in one["text"] for one in cards(bot_world, room.id)))
    sql("UPDATE pmbot.incident_duties SET next = now()")
    await said(bot_world, room, "security", "/pm incident review 3")
    file = await until(lambda: next((one for one in bot_world.slack.state.files.values() if one.complete), None))
    review = file.content.decode()
    assert "addresses of about 400 customers" in review
    assert "late | Amara" in review
    assert "she found it herself" in review
    assert len(reminders(bot_world, room.id)) == 2


async def test_what_was_noted_by_mistake_is_taken_back(bot_world, sql) -> None:
    """That personal data is concerned, as long as nobody was told of it."""
    room = await with_personal_data(bot_world, "low")
    [noted] = await until(
        lambda: [
            one
            for one in cards(bot_world, room.id)
            if "concerns personal data" in one["text"] and "By law" not in one["text"]
        ]
    )
    await undo(bot_world, noted["ts"], "security", channel=room.id)
    await until(lambda: sql("SELECT count(*) FROM pmbot.incident_breaches") == [(0,)])
    await until(lambda: "By law" not in incident_card_of(bot_world, room))


async def test_without_a_room_security_is_reminded(bot_world, sql) -> None:
    """By its number, and nothing of what it is about: the law's clock waits for no channel."""
    room = await with_personal_data(bot_world)
    sql("UPDATE pmbot.incidents SET channel = NULL WHERE number = 3")
    sql("UPDATE pmbot.incident_duties SET next = now() WHERE duty = 'authority'")
    where = next(one.id for one in bot_world.slack.state.channels.values() if one.name == "security")
    [text] = await until(lambda: reminders(bot_world, where))
    assert "Incident 3" in text
    assert TITLE not in text
    assert not reminders(bot_world, room.id)


async def test_somebody_else_decides_that_its_hold_ends(bot_world, sql) -> None:
    """In its room, where those read who may know of it, and in no other place."""
    room = await declared_in_private(bot_world)
    await bot_world.slack.command(slack_id("security"), OPS, "/pm incident release 3 because the case is closed")
    asked = await until(lambda: [one for one in cards(bot_world, room.id) if "End the legal hold" in one["text"]])
    assert sql("SELECT lifted FROM pmbot.legal_holds") == [(None,)]
    await bot_world.slack.click(slack_id("nadia"), asked[0]["ts"], room.id, "approve")
    await until(lambda: sql("SELECT count(lifted) FROM pmbot.legal_holds") == [(1,)])
    await idle(sql)
    assert "legal hold" not in everywhere_else(bot_world, room)
