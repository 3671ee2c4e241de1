"""Through every door the same: a command's permission, its approval, its refusal, in the same words."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.demo.data import uid
from bot.demo.world import World, slack_id
from bot.errors import Misconfigured
from bot.handlers import terminal_client
from bot.handlers.terminal_client import Answer, Code, typed
from bot.pipeline import linking, tokens
from tests.conftest import OPS, cards, until, whispers

COMMAND = "revoke @staffer because laptop stolen"
REFUSAL = (
    "You can't use /pm revoke (your roles: support). It needs the permission staff.revoke. "
    "Roles that have it: operations, security, super admin."
)
PRIYA = {"text": {"type": "plain_text", "text": "Priya"}, "value": str(uid("user", "staffer@penguinmails.example"))}
ASKED = "Sign out Priya Raghunathan everywhere"
LENT = """
    INSERT INTO staff_member_roles (user_id, role_id)
    SELECT u.id, r.id FROM users AS u, staff_roles AS r
    WHERE u.email = 'support@penguinmails.example' AND r.name = 'operations'
"""
TAKEN = """
    DELETE FROM staff_member_roles USING users AS u, staff_roles AS r
    WHERE user_id = u.id AND role_id = r.id AND u.email = 'support@penguinmails.example' AND r.name = 'operations'
"""
Sql = Callable[..., list[Any]]


async def slash(around: World, sql: Sql, who: str) -> None:
    await around.slack.command(slack_id(who), OPS, f"/pm {COMMAND}")


async def mention(around: World, sql: Sql, who: str) -> None:
    await around.slack.mention(slack_id(who), OPS, COMMAND)


async def button(around: World, sql: Sql, who: str) -> None:
    """That of a misspelt command, which is there for anybody."""
    await around.slack.command(slack_id(who), OPS, "/pm revok @staffer because laptop stolen")
    await until(lambda: any("Did you mean" in one for one in whispers(around, who)))
    whisper = [one for one in around.slack.messages(OPS, slack_id(who)) if one.get("is_ephemeral")][-1]
    await around.slack.click(slack_id(who), whisper["ts"], OPS, "Request: sign out @staffer")


async def form(around: World, sql: Sql, who: str) -> None:
    """One that was opened while they had a role for it."""
    sql(LENT)
    await around.slack.command(slack_id(who), OPS, "/pm revoke @staffer")
    await filled_in(around, sql, who)


async def shortcut(around: World, sql: Sql, who: str) -> None:
    """On somebody's message: what it is about, then the form, with the link."""
    sql(LENT)
    ts = await around.slack.post_as(slack_id("nadia"), OPS, "Priya's laptop was stolen")
    await around.slack.shortcut(slack_id(who), "about_message", channel=OPS, message_ts=ts)
    choice = (await until(lambda: around.slack.views(slack_id(who))))[-1]
    await around.slack.submit(slack_id(who), choice["id"], {"verb": {"verb": "revoke"}})
    opened = (await until(lambda: [one for one in around.slack.views(slack_id(who)) if one["id"] != choice["id"]]))[-1]
    reason = next(one["element"]["initial_value"] for one in opened["blocks"] if one.get("block_id") == "reason")
    assert reason.startswith("see http")
    assert reason.endswith(f"/archives/{OPS}/p{ts.replace('.', '')}")
    await filled_in(around, sql, who)


async def filled_in(around: World, sql: Sql, who: str) -> None:
    view = (await until(lambda: around.slack.views(slack_id(who))))[-1]
    if who == "support":
        sql(TAKEN)
    values = {"staffer": {"staffer": PRIYA}, "reason": {"reason": "laptop stolen"}}
    await around.slack.submit(slack_id(who), view["id"], values)


async def direct(around: World, sql: Sql, who: str) -> None:
    await around.slack.post_as(slack_id(who), await around.slack.open_dm(slack_id(who)), COMMAND)


async def home(around: World, sql: Sql, who: str) -> None:
    """A button of App Home, drawn while they had a role for it."""
    sql(LENT)
    await around.slack.open_home(slack_id(who))
    view = await until(lambda: around.slack.home(slack_id(who)))
    if who == "support":
        sql(TAKEN)
    await around.slack.click(slack_id(who), view["id"], None, "Sign somebody out …")
    if who != "support":
        await filled_in(around, sql, who)


async def heard(around: World, who: str) -> list[str]:
    """What somebody was told in private, in the channel or in their direct messages."""
    dm = await around.slack.open_dm(slack_id(who))
    return [*whispers(around, who), *(one["text"] for one in around.slack.messages(dm, slack_id(who)))]


# Each with what the audit trail says of it.
SLACK: dict[Any, list[str]] = {
    slash: ["slash"],
    mention: ["mention"],
    direct: ["direct message"],
    button: ["button"],
    form: ["slash", "form"],
    home: ["button", "form"],
    shortcut: ["shortcut", "form"],
}
CAME_BY = "SELECT facts -> 'doors' FROM pmbot.audit_log WHERE kind = 'asked'"


@pytest.mark.parametrize("door", SLACK, ids=lambda door: door.__name__)
async def test_who_may_not_is_told_so_in_the_same_words(bot_world: World, sql: Sql, door: Any) -> None:
    await door(bot_world, sql, "support")

    async def told() -> bool:
        return any(REFUSAL in one for one in await heard(bot_world, "support"))

    await until(told, every=0.2)
    assert cards(bot_world) == []


@pytest.mark.parametrize("door", SLACK, ids=lambda door: door.__name__)
async def test_who_may_has_asked(bot_world: World, sql: Sql, door: Any) -> None:
    await door(bot_world, sql, "oncall")
    await until(lambda: cards(bot_world))
    assert ASKED in cards(bot_world)[0]["text"]
    assert "waiting for security" in cards(bot_world)[0]["text"]
    assert sql(CAME_BY) == [(SLACK[door],)]


async def token_of(around: World, who: str) -> str:
    email = f"{who}@penguinmails.example"
    _, token = await linking.in_one_transaction(around.database_url, lambda session: tokens.make(session, email))
    return token


async def asks(around: World, token: str, *words: str, patience: float = 30.0) -> Answer:
    return await asyncio.to_thread(terminal_client.ask, around.database_url, token, typed(words), patience)


async def test_the_terminal_is_a_door_as_the_others(bot_world: World, sql: Sql) -> None:
    """The same words; it asks and does not decide; what is stored is handled once, and shows no token."""
    support, oncall = await token_of(bot_world, "support"), await token_of(bot_world, "oncall")
    refused = await asks(bot_world, support, *COMMAND.split())
    assert refused.text.startswith(REFUSAL)
    assert "  pm do request operations for 4h because …" in refused.text
    assert refused.code == Code.REFUSED
    waiting = await asks(bot_world, oncall, *COMMAND.split())
    assert ASKED in waiting.text
    assert "Approve or reject it in Slack: in a terminal you can ask, but not decide." in waiting.text
    assert waiting.code == Code.WAITING
    await until(lambda: [one for one in cards(bot_world) if ASKED in one["text"]])
    assert sql(CAME_BY) == [(["terminal"],)]
    assert "Somebody has already asked for this: request" in (await asks(bot_world, oncall, *COMMAND.split())).text
    missing = await asks(bot_world, oncall, "revoke", "@staffer")
    assert (missing.code, "Say why" in missing.text or "reason" in missing.text.lower()) == (Code.REFUSED, True)
    looked = await asks(bot_world, oncall, "who", "@staffer")
    assert looked.code == Code.DONE
    assert "staffer@penguinmails.example" in looked.text
    assert not sql("SELECT FROM pmbot.inbox WHERE payload::text LIKE %s", f"%{oncall}%")
    assert sql("SELECT count(*) FROM pmbot.inbox WHERE kind = 'terminal' AND handled IS NULL") == [(0,)]


async def test_a_token_is_one_persons_and_can_be_revoked(database_url: str, sql: Sql) -> None:
    """Without a worker the answer is that there is none; with a token that counts no longer, nothing is stored."""
    email = "oncall@penguinmails.example"
    _, old = await asyncio.to_thread(tokens.made, database_url, email)
    name, token = await asyncio.to_thread(tokens.made, database_url, email)
    assert name == "Óscar Peñalver"
    assert sql("SELECT count(*) FROM pmbot.cli_tokens WHERE fingerprint = %s", token) == [(0,)]
    nobody = await asyncio.to_thread(terminal_client.ask, database_url, token, "status", 0.3)
    assert (nobody.code, nobody.text[:31]) == (Code.UNKNOWN, "The bot has not answered yet. W")
    assert await asyncio.to_thread(tokens.revoked, database_url, email) == (name, True)
    assert await asyncio.to_thread(tokens.revoked, database_url, email) == (name, False)
    for gone in (old, token):
        with pytest.raises(Misconfigured, match="This token does not work"):
            await asyncio.to_thread(terminal_client.ask, database_url, gone, "status", 0.3)
    assert sql("SELECT count(*) FROM pmbot.inbox WHERE kind = 'terminal'") == [(1,)]


def test_what_the_shell_held_together_stays_so() -> None:
    assert typed(["pause", "Acme Corp", "because", "spam", "and more"]) == 'pause "Acme Corp" because spam and more'
    assert typed(["revoke @staffer because stolen"]) == "revoke @staffer because stolen"
