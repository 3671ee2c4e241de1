"""Promise 9: nobody sees more than their role may, looks are on record, and secrets appear nowhere, logs included."""

import asyncio
import json
import re
import time
from typing import Any

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.demo import world
from bot.demo.data import HOME_IPS, HOTEL_IP, OFFICE_IP, STAFF, token_for
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.world import World
from bot.drawing.masking import Clearance, mask, masked_text
from bot.handlers import forms
from bot.parameters.base import Lookup
from bot.personal import Personal
from bot.platform import staff
from bot.store.database import Database
from bot.targets.staff import Staffer
from tests.conftest import OPS, SECURITY_CHANNEL, Processes, asked, card, cards, free_port, until, whispers
from tests.promises.bench import IDS

ADDRESSES = {*HOME_IPS.values(), OFFICE_IP, HOTEL_IP}
EMAILS = {one.email for one in STAFF}
REASON = "the grey laptop was stolen in Lisbon"
MAIL_OR_IP = re.compile(r"[\w.+-]+@[\w-]+\.\w+|\b\d{1,3}(?:\.\d{1,3}){3}\b")


def found_in(text: str, *secrets: str) -> set[str]:
    return {one for one in secrets if one in text}


# Who sees what


async def test_support_sees_names_and_addresses_masked(bot_world: World) -> None:
    """First line may look somebody up, not learn who and where they are."""
    await bot_world.slack.command(world.slack_id("support"), OPS, "/pm who @staffer")
    shown = (await until(lambda: whispers(bot_world, "support")))[-1]
    assert "P••• R•••" in shown
    assert "s•••@penguinmails.example" in shown
    assert "203.0.113.•" in shown
    assert "With your role, you see names" in shown
    assert found_in(shown, "Priya", "Raghunathan", *EMAILS, *ADDRESSES) == set()


async def test_security_sees_them_in_full(bot_world: World) -> None:
    """Whoever has to act on an address needs the address."""
    await bot_world.slack.command(world.slack_id("security"), OPS, "/pm who @staffer")
    shown = (await until(lambda: whispers(bot_world, "security")))[-1]
    assert found_in(shown, "Priya Raghunathan", "staffer@penguinmails.example", HOTEL_IP, OFFICE_IP) == {
        "Priya Raghunathan",
        "staffer@penguinmails.example",
        HOTEL_IP,
        OFFICE_IP,
    }
    assert "masked" not in shown


@pytest.mark.parametrize("clearance", [Clearance.CHANNEL, Clearance.NONE])
@pytest.mark.parametrize(
    ("kind", "value", "hidden"),
    [
        ("email", "staffer@penguinmails.example", "taffer"),
        ("address", "203.0.113.77", "77"),
        ("address", "2001:db8:1:2:3:4:5:6", "2:3:4:5:6"),
        ("address", "2001:db8::7", "7"),
        ("address", "::1", "1"),
        ("address", "::ffff:203.0.113.77", "77"),
        ("address", "somewhere else", "somewhere"),
    ],
)
def test_addresses_are_never_whole_below_full_clearance(clearance: Clearance, kind, value: str, hidden: str) -> None:
    """Masked means that it cannot be read back, whatever form the address has."""
    shown = mask(Personal(personal=kind, value=value), clearance)
    assert "•" in shown
    assert hidden not in shown
    assert mask(Personal(personal=kind, value=value), Clearance.FULL) == value


def addresses(around: World, sent: Any) -> list[str]:
    """Of people and networks, in what was sent; links to cards and the bot's icon lead to this machine's Slack."""
    own = around.slack_url.partition("/api")[0]
    return MAIL_OR_IP.findall(json.dumps(sent, ensure_ascii=False).replace(own, ""))


async def test_a_card_shows_no_address_in_full(bot_world: World) -> None:
    """From the question to the end, in blocks and in text, in every channel."""
    pending = await asked(bot_world, "/pm suspend @staffer because laptop stolen")
    assert "s•••@penguinmails.example" in pending["text"]
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
    glass = await asked(bot_world, "/pm revoke @tomasz because laptop stolen")
    await bot_world.slack.click(world.slack_id("oncall"), glass["ts"], OPS, "break_glass")
    view = await until(lambda: bot_world.slack.views(world.slack_id("oncall")))
    await bot_world.slack.submit(world.slack_id("oncall"), view[-1]["id"], {"reason": {"reason": "it cannot wait"}})
    await until(lambda: cards(bot_world, SECURITY_CHANNEL))
    sent = [call.args for call in bot_world.slack.calls if call.method in ("chat.postMessage", "chat.update")]
    assert len(sent) >= 4
    assert addresses(bot_world, sent) == []


async def test_a_card_that_changed_masks_both_what_was_and_what_is(bot_world: World, sql) -> None:
    """ "Changed since approval" compares addresses, and the channel still reads neither."""
    pending = await asked(bot_world)
    sql("UPDATE users SET email = 'priya.private@home.example' WHERE id = %s", IDS["staffer"])
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    text = await until(lambda: "changed since" in card(bot_world)["text"] and card(bot_world)["text"])
    assert "s•••@penguinmails.example → " in text
    assert "p•••@home.example" in text
    assert addresses(bot_world, card(bot_world)) == []


async def test_an_account_without_a_name_is_not_named_by_its_address(bot_world: World, sql) -> None:
    """Names are shown to everybody, so an address never stands in for one."""
    sql("UPDATE users SET name = '', given_name = NULL, family_name = NULL WHERE id = %s", IDS["staffer"])
    pending = await asked(bot_world)
    assert "Sign out staffer everywhere" in pending["text"]
    assert addresses(bot_world, pending) == []


# Details


def looks(sql) -> list[tuple]:
    return sql("SELECT actor_id, action, facts FROM pmbot.audit_log WHERE kind = 'looked'")


async def test_details_open_for_the_viewer_only(bot_world: World, sql) -> None:
    """In full for security, and for nobody else in the channel."""
    pending = await asked(bot_world)
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "details")
    shown = (await until(lambda: whispers(bot_world, "security")))[-1]
    assert HOTEL_IP in shown
    assert "Only you see this" in shown
    assert whispers(bot_world, "oncall") == []
    assert looks(sql) == [(IDS["security"], "staff.revoke_sessions", {"clearance": "full"})]


async def test_details_are_masked_by_the_role_of_the_viewer(bot_world: World, sql) -> None:
    """Support may look at the request, not at the addresses in it."""
    pending = await asked(bot_world)
    await bot_world.slack.click(world.slack_id("support"), pending["ts"], OPS, "details")
    shown = (await until(lambda: whispers(bot_world, "support")))[-1]
    assert "203.0.113.•" in shown
    assert found_in(shown, *EMAILS, *ADDRESSES) == set()
    assert looks(sql) == [(IDS["support"], "staff.revoke_sessions", {"clearance": "none"})]


async def test_the_role_is_read_when_they_click(bot_world: World, sql) -> None:
    """Whoever lost the role since the card was drawn sees what their roles allow now."""
    pending = await asked(bot_world)
    sql("DELETE FROM staff_member_roles WHERE user_id = %s", IDS["security"])
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "details")
    shown = (await until(lambda: whispers(bot_world, "security")))[-1]
    assert "You can't" in shown
    assert looks(sql) == []


async def test_details_are_refused_without_permission(bot_world: World, sql) -> None:
    """Privately, with whom to ask; and as nothing was shown, nobody looked."""
    pending = await asked(bot_world)
    await bot_world.slack.click(world.slack_id("maria.lindgren"), pending["ts"], OPS, "details")
    shown = (await until(lambda: whispers(bot_world, "maria.lindgren")))[-1]
    assert "You can't see these details" in shown
    assert "Roles that have it: admin" in shown
    assert found_in(shown, *EMAILS, *ADDRESSES) == set()
    assert looks(sql) == []


async def test_who_is_refused_without_permission(bot_world: World, sql) -> None:
    """The same for the command."""
    await bot_world.slack.command(world.slack_id("maria.lindgren"), OPS, "/pm who @staffer")
    shown = (await until(lambda: whispers(bot_world, "maria.lindgren")))[-1]
    assert "You can't use /pm who (your roles: qa)" in shown
    assert found_in(shown, "Priya", *EMAILS, *ADDRESSES) == set()
    assert looks(sql) == []


async def offered(around: World, local_part: str, form: dict, name: str, typed: str) -> list[str]:
    """What anybody is offered who sends this form's payload, whoever it was opened for."""
    payload = {
        "type": "block_suggestion",
        "user": {"id": world.slack_id(local_part), "team_id": "T0PENGUIN"},
        "team": {"id": "T0PENGUIN"},
        "value": typed,
        "action_id": name,
        "block_id": name,
        "api_app_id": "A0BOT",
        "token": "x",
        "view": form,
    }
    answer = await around.slack.courier.deliver("options", payload)
    return [option["text"]["text"] for option in answer.body["options"]]


async def opened(around: World, local_part: str, command: str) -> dict:
    """The form that asks for what is missing."""
    before = len(around.slack.views(world.slack_id(local_part)))
    await around.slack.command(world.slack_id(local_part), OPS, command)
    return (await until(lambda: around.slack.views(world.slack_id(local_part))[before:]))[-1]


async def test_type_ahead_offers_names_by_role(bot_world: World) -> None:
    """Whoever may read names finds people by them; support gets them masked; nobody without permission."""
    form = await opened(bot_world, "security", "/pm who")
    assert await offered(bot_world, "security", form, "staffer", "ragh") == ["Priya Raghunathan (admin and finance)"]
    assert await offered(bot_world, "support", form, "staffer", "ragh") == ["P••• R••• (admin and finance)"]
    assert await offered(bot_world, "maria.lindgren", form, "staffer", "ragh") == []


async def test_type_ahead_offers_to_whoever_may_use_the_command(bot_world: World) -> None:
    """Also in a form that was opened for somebody else: what one may not ask for is no way to look things up."""
    flag = await opened(bot_world, "root", "/pm flag off")
    role = await opened(bot_world, "security", "/pm role add")
    look = await opened(bot_world, "maria.lindgren", "/pm flag check")
    assert await offered(bot_world, "root", flag, "flag", "composer") == ["ai-composer"]
    assert await offered(bot_world, "maria.lindgren", look, "flag", "composer") == ["ai-composer"]
    assert await offered(bot_world, "maria.lindgren", flag, "flag", "composer") == []
    assert await offered(bot_world, "finance", look, "flag", "composer") == []
    assert await offered(bot_world, "security", role, "roles", "fin") == ["finance"]
    assert await offered(bot_world, "support", role, "roles", "fin") == []
    assert await offered(bot_world, "maria.lindgren", role, "staffer", "ragh") == []


# Recorded before it is shown


def refuse_everything(around: World, times: int = 8) -> None:
    for method in ("response_url", "chat.postEphemeral", "chat.postMessage", "conversations.open"):
        around.slack.fault(method, "refuse", times, error="fatal_error")


async def test_a_look_is_on_record_although_nothing_could_be_shown(bot_world: World, sql) -> None:
    """The entry is committed before Slack is asked to show anything."""
    pending = await asked(bot_world)
    refuse_everything(bot_world)
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "details")
    await until(lambda: looks(sql))
    assert whispers(bot_world, "security") == []


async def test_a_look_is_on_record_while_slack_is_still_thinking(bot_world: World, sql) -> None:
    """Slow is the same: when it is asked, the entry is there."""
    bot_world.slack.fault("response_url", "error", 2)  # by whoever handles the command, and by whoever delivers
    bot_world.slack.fault("chat.postEphemeral", "slow", seconds=0.5)
    await bot_world.slack.command(world.slack_id("security"), OPS, "/pm who @staffer")
    await until(lambda: [call for call in bot_world.slack.calls if call.method == "chat.postEphemeral"])
    assert len(looks(sql)) == 1
    await until(lambda: whispers(bot_world, "security"))
    assert len(looks(sql)) == 1


# Logs


def secrets_of(around: World) -> set[str]:
    space = around.slack.workspace
    response_urls = {
        str(one.payload["response_url"]) for one in around.slack.deliveries if one.payload.get("response_url")
    }
    return {
        space.bot_token,
        space.app_token,
        space.signing_secret,
        space.verification_token,
        world.SERVICE_TOKEN,
        "/response/",
        around.database_url.split("@")[0].rpartition(":")[2],
        *response_urls,
        *(token_for("staffer", n) for n in range(1, 5)),
        *EMAILS,
        *ADDRESSES,
        REASON,
        "grey laptop",
        "Lisbon",
    }


def clean(processes: Processes, around: World) -> None:
    """The logs tell something, and none of what they must not."""
    logs = processes.logs()
    assert found_in(logs, *secrets_of(around)) == set()
    for line in logs.splitlines():
        assert line.startswith("{"), f"no structured line: {line[:200]}"


async def served(processes: Processes, around: World) -> str:
    """A bot in a process of its own, ready; its base URL."""
    port = free_port()
    processes.start("serve", "--all", PORT=port)
    url = f"http://127.0.0.1:{port}"

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient() as http:
                return (await http.get(f"{url}/readyz")).status_code == 200
        except httpx.HTTPError:
            return False

    await until(ready, 60)
    around.slack.request_url = f"{url}/slack/events"
    return url


async def journey(around: World) -> None:
    """Looked up, asked, looked at, refused, approved, executed, confirmed."""
    slack, who = around.slack, world.slack_id
    await slack.command(who("support"), OPS, "/pm who @staffer")
    pending = await asked(around, f"/pm revoke @staffer because {REASON}")
    await slack.click(who("oncall"), pending["ts"], OPS, "approve")
    await slack.click(who("security"), pending["ts"], OPS, "details")
    await until(lambda: whispers(around, "security") and whispers(around, "oncall") and whispers(around, "support"))
    await slack.click(who("security"), pending["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(around)["text"])


async def test_logs_of_a_journey_hold_nothing_secret(processes: Processes, surroundings: World) -> None:
    """A whole journey, then requests that are refused: a wrong signature, a body that cannot be read."""
    url = await served(processes, surroundings)
    await journey(surroundings)
    body = {"command": "/pm", "text": f"revoke @staffer because {REASON}", "response_url": "http://x/response/T/y"}
    async with httpx.AsyncClient() as http:
        stamp = {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=wrong"}
        assert (await http.post(f"{url}/slack/events", data=body, headers=stamp)).status_code == 401
        assert (await http.post(f"{url}/slack/events", data=body)).status_code == 401
        broken = f'{{"text": "{REASON}"'
        verifier, now = SignatureVerifier(surroundings.slack.workspace.signing_secret), str(int(time.time()))
        signature = str(verifier.generate_signature(timestamp=now, body=broken))
        as_json = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": signature,
        }
        assert (await http.post(f"{url}/slack/events", content=broken, headers=as_json)).status_code == 400
    processes.started[0].terminate()
    await asyncio.to_thread(processes.started[0].wait, 60)
    clean(processes, surroundings)


async def test_logs_of_failures_hold_nothing_secret(
    processes: Processes, surroundings: World, restartable: EmbeddedPostgres, sql
) -> None:
    """Slack fails and refuses, a table is gone, the database restarts: the log says what failed, not for whom."""
    await served(processes, surroundings)
    slack = surroundings.slack
    slack.fault("chat.postMessage", "error", 1)
    slack.fault("chat.update", "refuse", 1, error="invalid_blocks")
    slack.fault("response_url", "error", 2)
    slack.fault("chat.postEphemeral", "lost", 1)
    await journey(surroundings)
    sql("ALTER TABLE pmbot.proposals ADD CONSTRAINT no_more CHECK (number < 0) NOT VALID")
    await slack.command(world.slack_id("oncall"), OPS, f"/pm revoke @tomasz because {REASON}")
    await until(lambda: "CheckViolation" in processes.logs())
    await asyncio.to_thread(restartable.restart, immediate=True)
    await slack.command(world.slack_id("oncall"), OPS, f"/pm revoke @tomasz because {REASON}")
    await until(lambda: "Operational" in processes.logs() or "connection to the database broke" in processes.logs())
    clean(processes, surroundings)


async def test_what_was_mistyped_shows_no_more_than_what_was_typed_well(bot_world: World) -> None:
    """Support sees no whole name: not in "did you mean", nor on its buttons."""
    await bot_world.slack.command(world.slack_id("support"), OPS, "/pm who stafer")
    text = (await until(lambda: whispers(bot_world, "support")))[-1]
    assert "Did you mean P••• R•••?" in text
    answer = bot_world.slack.messages(OPS, world.slack_id("support"))[-1]
    assert "Raghunathan" not in str(answer)
    await bot_world.slack.command(world.slack_id("oncall"), OPS, "/pm who stafer")
    assert "Did you mean Priya Raghunathan?" in (await until(lambda: whispers(bot_world, "oncall")))[-1]


async def test_a_form_shows_whom_it_was_opened_for_as_the_reader_may_see_it(database_url: str) -> None:
    """The option that is chosen already is masked like those of the type-ahead."""
    database = Database(database_url)
    async with database.transaction() as session:
        [one] = await staff.named(session, "staffer@penguinmails.example")
        for clearance, expected in ((Clearance.FULL, "Priya Raghunathan"), (Clearance.NONE, "P••• R•••")):
            lookup = Lookup(session, "T0", 300, "who", {}, seen=lambda part, c=clearance: masked_text([part], c))
            element = await forms._pick(Staffer, "staffer", str(one.id), lookup)
            assert element["initial_option"]["text"]["text"] == expected
    await database.close()
