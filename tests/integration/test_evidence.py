"""What is in Slack as evidence: kept as it was, with its hash, who wrote it and who took it, whatever becomes of it."""

import hashlib
from typing import Any

import pytest

from bot.demo.world import World, slack_id
from bot.incidents import collecting
from localslack.changes import marks
from localslack.workspace.model import Message
from tests.conftest import OPS, cards, idle, until, whispers
from tests.integration.test_incidents import said
from tests.integration.test_security_incidents import (
    declared_in_private,
    everywhere_else,
    incident_card_of,
    private,
)

LOG = b"02:14 session 7F3A from 203.0.113.9\n\x00\xff"
NAMED = "access.log (38 bytes), SHA-256"
KEPT = "SELECT content, author, sha256 FROM pmbot.incident_evidence ORDER BY id"
FILES = "SELECT content, author, size, data, sha256 FROM pmbot.incident_evidence WHERE data IS NOT NULL ORDER BY id"
TAKERS = """SELECT users.email FROM pmbot.incident_evidence JOIN users ON users.id = taken_by
    ORDER BY incident_evidence.id"""


def link(around: World, channel: str, ts: str) -> str:
    return f"{around.slack.base_url}/archives/{channel}/p{ts.replace('.', '')}"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def shared(around: World, by: str, channel: str, name: str, content: bytes, text: str = "") -> Message:
    """Somebody puts a file into a channel."""
    state = around.slack.state
    file = state.new_file(slack_id(by), name, len(content), content=content)
    return marks.share(around.slack, Message(state.next_ts(), channel, slack_id(by), text=text), [file])


def answers(around: World, room: Any) -> list[str]:
    """The cards of what was to be kept."""
    return [one["text"] for one in cards(around, room.id) if one["text"].startswith("Evidence of incident")]


async def test_a_message_is_kept_by_its_link_with_who_wrote_it_and_when(bot_world, sql) -> None:
    """From another channel; edited and deleted afterwards, it stays, and nobody reads of it elsewhere."""
    room, slack, kofi = await declared_in_private(bot_world), bot_world.slack, slack_id("kofi")
    words = "I clicked <https://evil.example|the bank's letter>"
    ts = await slack.say(kofi, OPS, words)
    found = slack.state.messages[OPS][ts].text
    await said(bot_world, room, "security", f"/pm incident evidence 3 {link(bot_world, OPS, ts)} because it began so")
    assert await until(lambda: sql(KEPT)) == [(found, kofi, sha256(found.encode()))]
    assert sql(TAKERS) == [("security@penguinmails.example",)]
    await until(lambda: any(f"SHA-256 {sha256(found.encode())}" in one for one in answers(bot_world, room)))
    assert "Evidence" in (await until(lambda: incident_card_of(bot_world, room)))
    await slack.edit(kofi, OPS, ts, "nothing")
    await slack.delete_own(kofi, OPS, ts)
    await idle(sql)
    assert sql(KEPT) == [(found, kofi, sha256(found.encode()))]
    assert sha256(found.encode()) not in everywhere_else(bot_world, room)


async def test_a_file_stays_although_it_is_deleted_in_slack(bot_world, sql) -> None:
    """Byte for byte, by the link to its message, typed in the room without a number; taken again it is kept once."""
    room = await declared_in_private(bot_world)
    message = shared(bot_world, "security", room.id, "access.log", LOG, "the log of last night")
    for time in (1, 2):
        await said(bot_world, room, "security", f"/pm incident evidence {link(bot_world, room.id, message.ts)}")
        await until(lambda time=time: sum(NAMED in one for one in answers(bot_world, room)) == time)
    whole = ("access.log", slack_id("security"), len(LOG), LOG, sha256(LOG))
    assert sql(FILES) == [whole]
    marks.delete_file(bot_world.slack, bot_world.slack.state.files[message.files[0]])
    await said(bot_world, room, "security", "/pm incident review 3")
    files = bot_world.slack.state.files.values()
    review = (
        await until(lambda: next((one for one in files if one.complete and one.name.endswith(".md")), None))
    ).content.decode()
    assert f"| access.log, 38 bytes | {sha256(LOG)} |" in review
    assert "Amara" in next(line for line in review.splitlines() if "access.log, 38 bytes" in line)
    assert sql(FILES) == [whole]


async def test_the_files_of_a_marked_message_are_evidence_as_well(bot_world, sql) -> None:
    """Taken by whoever marked it; of what is too large the timeline says so, once."""
    room = await declared_in_private(bot_world)
    await said(bot_world, room, "security", "/pm incident member add 3 kofi")
    await until(lambda: slack_id("kofi") in bot_world.slack.state.members(room))
    message = shared(bot_world, "security", room.id, "access.log", LOG)
    for name in ("pushpin", "round_pushpin"):
        await bot_world.slack.react(slack_id("kofi"), room.id, message.ts, name)
    await until(lambda: sql(FILES))
    await idle(sql)
    assert sql(TAKERS) == [("kofi@penguinmails.example",)]
    assert "Kofi Adjei recorded evidence" in incident_card_of(bot_world, room)


async def test_what_is_too_large_is_refused_in_words(bot_world, sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """To whoever asked; the words beside it are kept."""
    monkeypatch.setattr(collecting, "LARGEST", 10)
    room = await declared_in_private(bot_world)
    message = shared(bot_world, "security", room.id, "dump.bin", LOG)
    await said(bot_world, room, "security", f"/pm incident evidence 3 {link(bot_world, room.id, message.ts)}")
    refused = "Nothing is kept. dump.bin has 38 bytes, but a file may have only 10 bytes."
    await until(lambda: any(refused in one for one in answers(bot_world, room)))
    with_words = shared(bot_world, "security", room.id, "dump.bin", LOG, "see the dump")
    await said(bot_world, room, "security", f"/pm incident evidence 3 {link(bot_world, room.id, with_words.ts)}")
    await until(lambda: [content for content, *_ in sql(KEPT)] == ["see the dump"])
    await until(lambda: any("Not kept: dump.bin has 38 bytes" in one for one in answers(bot_world, room)))


async def test_the_bot_looks_for_nobody_where_they_are_not(bot_world, sql) -> None:
    """Another private channel of which it is a member: neither a message nor a file of it becomes evidence."""
    room = await declared_in_private(bot_world)
    await said(bot_world, room, "security", "/pm incident member add 3 kofi")
    await bot_world.slack.command(slack_id("security"), OPS, "/pm security incident P2 another intruder")
    other = (await until(lambda: found if len(found := private(bot_world)) == 2 else None))[-1]
    await until(lambda: cards(bot_world, other.id))
    message = shared(bot_world, "security", other.id, "access.log", LOG, "the other log")
    file = f"{bot_world.slack.base_url}/files/{message.files[0]}"
    for one in (link(bot_world, other.id, message.ts), file):
        await said(bot_world, room, "kofi", f"/pm incident evidence 3 {one}")
    await until(lambda: len([one for one in answers(bot_world, room) if "You are not in the channel" in one]) == 2)
    assert sql(KEPT) == []


async def test_a_message_is_kept_from_its_own_menu(bot_world, sql) -> None:
    """In the room it is known which incident; elsewhere the type-ahead offers it to those who may know of it."""
    room, slack, who = await declared_in_private(bot_world), bot_world.slack, slack_id("security")
    ts = await slack.say(who, room.id, "they are in again")
    await slack.shortcut(who, "about_message", channel=room.id, message_ts=ts)
    choice = (await until(lambda: slack.views(who)))[-1]
    await slack.submit(who, choice["id"], {"verb": {"verb": "incident evidence"}})
    form = (await until(lambda: [one for one in slack.views(who) if one["id"] != choice["id"]]))[-1]
    filled = {one["block_id"]: one["element"] for one in form["blocks"] if "element" in one}
    assert filled["link"]["initial_value"] == link(bot_world, room.id, ts)
    assert filled["incident"]["initial_option"]["text"]["text"].startswith("incident 3")
    [offered] = await slack.suggest(who, form["id"], "incident", "incident", "3")
    assert offered["text"]["text"].startswith("incident 3")
    await slack.submit(who, form["id"], {})
    await until(lambda: [content for content, *_ in sql(KEPT)] == ["they are in again"])


async def test_a_type_ahead_offers_a_security_incident_to_nobody_else(bot_world, sql) -> None:
    await declared_in_private(bot_world)
    slack, who = bot_world.slack, slack_id("tomasz")
    await slack.command(who, OPS, "/pm incident resolve")
    form = (await until(lambda: slack.views(who)))[-1]
    assert await slack.suggest(who, form["id"], "incident", "incident", "3") == []


async def test_a_button_opens_the_form(bot_world, sql) -> None:
    """Where nothing that it asks for has to be given, too."""
    room, who = await declared_in_private(bot_world), slack_id("security")
    [pinned] = [one for one in cards(bot_world, room.id) if one["text"].startswith("Incident 3")]
    await bot_world.slack.click(who, pinned["ts"], room.id, "incident:evidence")
    form = (await until(lambda: bot_world.slack.views(who)))[-1]
    await bot_world.slack.submit(who, form["id"], {"content": {"content": "signed in at 02:14"}})
    await until(lambda: [content for content, *_ in sql(KEPT)] == ["signed in at 02:14"])
    assert whispers(bot_world, "security", room.id) == []
    await said(bot_world, room, "security", "/pm incident evidence 3")
    [answer] = await until(lambda: whispers(bot_world, "security", room.id))
    assert "you have not said what has to be kept" in answer
