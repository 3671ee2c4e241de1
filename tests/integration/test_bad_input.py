"""What people get wrong: each is answered privately, with the next step, and leaves the platform as it was."""

import asyncio
import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from bot.demo import world
from bot.demo.data import uid
from bot.demo.world import World
from bot.handlers import intake
from bot.runtime import web
from tests.conftest import OPS, PATIENCE, asked, card, cards, until, whispers

TABLES = ("users", "staff_members", "sessions", "staff_member_roles")
HOME, ELSEWHERE = "T0PENGUIN", "T0ELSEWHERE"


@pytest.fixture
def checksum(sql) -> Callable[[], list[Any]]:
    """The platform's tables about people, whole."""

    def of(table: str) -> Any:
        return sql(f"SELECT md5(string_agg(one::text, '|' ORDER BY one::text)) FROM {table} AS one")[0][0]

    return lambda: [of(table) for table in TABLES]


@pytest.fixture
async def unchanged(bot_world: World, sql, checksum) -> Any:
    """Whatever a test does, everything it caused is handled in the end, and the platform is as before."""
    before = checksum()
    yield
    await until(lambda: sql("SELECT count(*) FROM pmbot.inbox WHERE handled IS NULL") == [(0,)])
    assert sql("SELECT count(*) FROM pmbot.executions") == [(0,)]
    assert sql("SELECT count(*) FROM pmbot.messages WHERE content->>'text' LIKE '%%went wrong%%'") == [(0,)]
    assert checksum() == before


async def answered(around: World, text: str, by: str = "oncall") -> dict[str, Any]:
    """The private answer to a command, as that person sees it."""
    user, seen = world.slack_id(by), len(whispers(around, by))
    reply = await around.slack.command(user, OPS, text)
    assert reply.status == 200
    await until(lambda: len(whispers(around, by)) > seen)
    return [one for one in around.slack.messages(OPS, user) if one.get("is_ephemeral")][-1]


def buttons(message: dict[str, Any]) -> list[str]:
    return [
        one["text"]["text"] for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]
    ]


# What was typed

leaves_all_as_it_was = pytest.mark.usefixtures("unchanged")


@leaves_all_as_it_was
async def test_an_unknown_verb_that_is_nearly_one(bot_world: World) -> None:
    """A typo gets the verb it was meant to be, as a button that keeps the rest, and says that it asks at once."""
    answer = await answered(bot_world, "/pm revok @staffer because laptop stolen")
    assert "“revok”" in answer["text"]
    assert "Did you mean revoke?" in answer["text"]
    assert buttons(answer) == ["Request: sign out @staffer"]
    await bot_world.slack.click(world.slack_id("oncall"), answer["ts"], OPS, "Request: sign out @staffer")
    await until(lambda: cards(bot_world))
    assert "laptop stolen" in card(bot_world)["text"]


@leaves_all_as_it_was
@pytest.mark.parametrize("rest", ["", " @staffer"])
async def test_what_is_suggested_asks_for_what_is_missing(bot_world: World, rest: str) -> None:
    """`…` is only on a button that opens a form."""
    answer = await answered(bot_world, f"/pm revok{rest}")
    label = "Sign out @staffer …" if rest else "Sign somebody out …"
    assert buttons(answer) == [label]
    await bot_world.slack.click(world.slack_id("oncall"), answer["ts"], OPS, label)
    await until(lambda: bot_world.slack.views(world.slack_id("oncall")))
    assert cards(bot_world) == []


@leaves_all_as_it_was
async def test_what_is_suggested_and_only_looks_is_no_request(bot_world: World) -> None:
    """Its button says what it shows."""
    assert buttons(await answered(bot_world, "/pm who stafer")) == ["Look up Priya Raghunathan"]


@leaves_all_as_it_was
async def test_an_unknown_verb_like_nothing(bot_world: World) -> None:
    """Where to find what there is."""
    answer = await answered(bot_world, "/pm frobnicate the server")
    assert "“frobnicate”" in answer["text"]
    assert "Type just /pm to see what you can do here" in answer["text"]


@leaves_all_as_it_was
async def test_an_unknown_person_who_is_nearly_one(bot_world: World) -> None:
    """Names whom it could be, and a button goes on with them."""
    answer = await answered(bot_world, "/pm revoke stafer because laptop stolen")
    assert "There is no staff member “stafer”" in answer["text"]
    assert "Did you mean Priya Raghunathan?" in answer["text"]
    assert buttons(answer) == ["Request: sign out Priya Raghunathan"]
    assert cards(bot_world) == []


@leaves_all_as_it_was
async def test_an_unknown_person_like_nobody(bot_world: World) -> None:
    """Says what else to try."""
    answer = await answered(bot_world, "/pm revoke xyzzy because laptop stolen")
    assert "“xyzzy”" in answer["text"]
    assert re.search(r"full name or (their )?address", answer["text"])


@leaves_all_as_it_was
async def test_a_slack_account_that_is_nobody(bot_world: World) -> None:
    """Somebody of the workspace whom the platform does not know."""
    answer = await answered(bot_world, "/pm revoke @stranger because laptop stolen")
    assert "not linked to a staff member" in answer["text"]
    assert "address or name" in answer["text"]


@leaves_all_as_it_was
@pytest.mark.parametrize("people", ["@staffer @kofi", "@staffer and @kofi because laptops stolen", "@staffer, @kofi"])
async def test_two_people_at_once(bot_world: World, people: str) -> None:
    """One request each: said in a sentence, with both commands to copy, and each as a button."""
    answer = await answered(bot_world, f"/pm revoke {people}")
    assert answer["text"].startswith("One person at a time: each needs a request of their own. Nothing was done.")
    why = " because laptops stolen" if "because" in people else ""
    begins, more = ("Request: sign out", "") if why else ("Sign out", " …")
    assert answer["text"].splitlines()[1:] == [f"/pm revoke @staffer{why}", f"/pm revoke @kofi{why}"]
    assert buttons(answer) == [f"{begins} @staffer{more}", f"{begins} @kofi{more}"]


@leaves_all_as_it_was
async def test_two_names_at_once(bot_world: World) -> None:
    """The same for names, if there are such people."""
    answer = await answered(bot_world, '/pm revoke "Priya Raghunathan and kofi" because laptops stolen')
    assert "One person at a time" in answer["text"]
    assert "There is no staff member" in (await answered(bot_world, "/pm revoke Bonnie and Clyde"))["text"]


@leaves_all_as_it_was
async def test_a_name_that_two_people_have(bot_world: World) -> None:
    """Asks which, with what tells them apart, and goes on with the one who was meant."""
    answer = await answered(bot_world, "/pm revoke maria because laptop stolen")
    assert "2 staff members match “maria”" in answer["text"]
    assert "Which one?" in answer["text"]
    assert buttons(answer) == [
        "Request: sign out Maria Costa (support and user manager)",
        "Request: sign out Maria Lindgren (qa)",
    ]
    assert cards(bot_world) == []
    await bot_world.slack.click(world.slack_id("oncall"), answer["ts"], OPS, "Request: sign out Maria Lindgren (qa)")
    await until(lambda: cards(bot_world))
    assert "Sign out Maria Lindgren" in card(bot_world)["text"]


@leaves_all_as_it_was
@pytest.mark.parametrize(
    "typed", ["/pm revoke @staffer", "/pm revoke @staffer because", "/pm revoke @staffer because \u00a0 "]
)
async def test_a_missing_reason_is_asked_for(bot_world: World, typed: str) -> None:
    """A form opens with the person filled in."""
    await bot_world.slack.command(world.slack_id("oncall"), OPS, typed)
    view = (await until(lambda: bot_world.slack.views(world.slack_id("oncall"))))[-1]
    person, reason = view["blocks"][0]["element"], view["blocks"][1]["element"]
    assert person["initial_option"]["text"]["text"] == "Priya Raghunathan"
    assert "initial_value" not in reason
    assert cards(bot_world) == []


@leaves_all_as_it_was
async def test_an_empty_reason_in_the_form_is_named_there(bot_world: World) -> None:
    """Slack's own client lets blanks through."""
    await bot_world.slack.command(world.slack_id("oncall"), OPS, "/pm revoke @staffer")
    view = (await until(lambda: bot_world.slack.views(world.slack_id("oncall"))))[-1]
    reply = await bot_world.slack.submit(world.slack_id("oncall"), view["id"], {"reason": {"reason": "   "}})
    assert "Say why" in reply.body["errors"]["reason"]
    assert cards(bot_world) == []


@leaves_all_as_it_was
async def test_a_reason_of_301_characters(bot_world: World) -> None:
    """Says how long it is, how long it may be, and that nothing was done."""
    answer = await answered(bot_world, f"/pm revoke @staffer because {'x' * 301}")
    assert "301 characters" in answer["text"]
    assert "300" in answer["text"]
    assert "Nothing was done" in answer["text"]
    assert "shorten it" in answer["text"].lower()
    assert cards(bot_world) == []


@leaves_all_as_it_was
async def test_a_reason_of_300_characters_fits(bot_world: World) -> None:
    """Counted as people count, emoji and ampersands as one."""
    await asked(bot_world, f"/pm revoke @staffer because {'&' * 150}{'🎉' * 150}")
    assert cards(bot_world)


@leaves_all_as_it_was
@pytest.mark.parametrize(
    "typed",
    [
        '/pm revoke "no such" because "quotes"',
        "/pm <!channel> @staffer",
        "/pm revoke <!channel> because <!here>",
        "/pm revoke :tada: because 🎉",
        "/pm revoke a\nb because c\nd",
        "/pm revoke \u202eמישהו because \u2066סוף",
        "/pm revoke % because _",
        "/pm revoke \x00 because \x00",
        "/pm revoke ' OR 1=1 -- because x",
        "/pm help <!channel>",
    ],
)
async def test_hostile_text_is_answered_like_any_other(bot_world: World, typed: str) -> None:
    """Quoted as text where it is named; no mention, no markup, and a next step."""
    answer = await answered(bot_world, typed)
    assert not re.search(r"<(?!date)[^>]*>", answer["text"])
    assert re.search(r"full name or address|Type just /pm|Did you mean", answer["text"])
    assert cards(bot_world) == []


# Who asked


@leaves_all_as_it_was
async def test_somebody_without_a_staff_record(bot_world: World) -> None:
    """Told how an administrator links them, with the id it takes."""
    answer = await answered(bot_world, "/pm revoke @staffer because laptop stolen", by="stranger")
    assert "not linked to a staff member" in answer["text"]
    assert "pm staff link U0STRANGER" in answer["text"]
    assert cards(bot_world) == []


async def test_an_approver_deactivated_between_card_and_click(bot_world: World, sql, checksum) -> None:
    """Checked when they click, and told whom to see."""
    pending = await asked(bot_world)
    sql("UPDATE staff_members SET is_active = false WHERE user_id = %s", uid("user", "security@penguinmails.example"))
    before = checksum()
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    answer = (await until(lambda: whispers(bot_world, "security")))[-1]
    assert "Your staff account is not active" in answer
    assert "super admin" in answer
    assert checksum() == before
    assert sql("SELECT state FROM pmbot.proposals") == [("pending",)]
    assert sql("SELECT count(*) FROM pmbot.decisions") == [(0,)]


@leaves_all_as_it_was
async def test_a_guest_who_clicks(bot_world: World, sql) -> None:
    """The actor's own workspace counts, wherever the card is."""
    pending = await asked(bot_world)
    reply = await bot_world.slack.click("U0GUEST", pending["ts"], OPS, "approve")
    assert reply.status == 200
    answer = (await until(lambda: whispers(bot_world, "guest")))[-1]
    assert "guest from another workspace" in answer
    assert "Ask the colleague" in answer
    assert sql("SELECT state FROM pmbot.proposals") == [("pending",)]


@leaves_all_as_it_was
async def test_a_guest_with_the_same_user_id_as_one_of_ours(bot_world: World, sql) -> None:
    """An id means somebody only together with its workspace."""
    pending = await asked(bot_world)
    bot_world.slack.state.people[world.slack_id("security")].team_id = ELSEWHERE
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    await until(lambda: any("guest from another workspace" in text for text in whispers(bot_world, "security")))
    assert sql("SELECT count(*) FROM pmbot.decisions") == [(0,)]


@leaves_all_as_it_was
async def test_a_command_from_another_workspace(bot_world: World, sql) -> None:
    """Refused before it is stored, and the person reads why."""
    text = "/pm revoke @staffer because laptop stolen"
    reply = await bot_world.slack.command("U0GUEST", OPS, text, team_id=ELSEWHERE)
    assert reply.status == 200
    [answer] = await until(lambda: whispers(bot_world, "guest"))
    assert "only the staff of the workspace it belongs to" in answer
    assert "nothing was done" in answer
    assert "Ask the colleague" in answer
    assert sql("SELECT count(*) FROM pmbot.inbox") == [(0,)]


@leaves_all_as_it_was
async def test_a_guest_is_offered_nobody_while_they_type(bot_world: World) -> None:
    """Whatever form they have got hold of; one of ours is."""
    await bot_world.slack.command(world.slack_id("oncall"), OPS, "/pm revoke because laptop stolen")
    [form] = await until(lambda: bot_world.slack.views(world.slack_id("oncall")))
    found = {}
    for team in (HOME, ELSEWHERE):
        payload = {"type": "block_suggestion", "team": {"id": HOME}, "user": {"id": "U0ONCALL", "team_id": team},
                   "action_id": "staffer", "block_id": "staffer", "value": "pri", "view": form}  # fmt: skip
        body = urlencode({"payload": json.dumps(payload)}).encode()
        async with httpx.AsyncClient() as http:
            url, headers = str(bot_world.slack.request_url), signed(bot_world, body)
            found[team] = (await http.post(url, content=body, headers=headers)).json()["options"]
    assert len(found[HOME]) == 1
    assert found[ELSEWHERE] == []


@leaves_all_as_it_was
async def test_a_form_is_sent_by_whoever_sends_it(bot_world: World, sql) -> None:
    """Not by whoever began it: what somebody may not ask for is asked for in nobody else's name."""
    await bot_world.slack.command(world.slack_id("oncall"), OPS, "/pm revoke because laptop stolen")
    [form] = await until(lambda: bot_world.slack.views(world.slack_id("oncall")))
    option = {"selected_option": {"value": str(uid("user", "staffer@penguinmails.example"))}}
    values = {"staffer": {"staffer": option}, "reason": {"reason": {"value": "laptop stolen"}}}
    payload = {"type": "view_submission", "team": {"id": HOME}, "user": {"id": "U0SUPPORT", "team_id": HOME},
               "view": {**form, "state": {"values": values}}}  # fmt: skip
    body = urlencode({"payload": json.dumps(payload)}).encode()
    assert await posted(str(bot_world.slack.request_url), body, signed(bot_world, body)) == 200
    refused = "SELECT content->>'text' FROM pmbot.messages WHERE only_for = 'U0SUPPORT'"
    [(text,)] = await until(lambda: sql(refused))
    assert "You can't use /pm revoke" in text
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(0,)]


# What is no request of Slack's


def signed(around: World, body: bytes, *, at: float | None = None, secret: str | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    key = (secret or around.slack.workspace.signing_secret).encode()
    digest = hmac.new(key, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def command(team: str = HOME) -> bytes:
    fields = {"command": "/pm", "text": "revoke @staffer because x", "team_id": team, "user_id": "U0ONCALL",
              "channel_id": OPS, "trigger_id": "1.2.3", "api_app_id": "A0BOT"}  # fmt: skip
    return urlencode(fields).encode()


BUTTON = {"action_id": "approve", "value": "x"}


def click(actions: Any, **other: Any) -> bytes:
    payload = {"type": "block_actions", "team": {"id": HOME}, "user": {"id": "U0ONCALL", "team_id": HOME},
               "trigger_id": "1.2.3", "actions": actions, **other}  # fmt: skip
    return urlencode({"payload": json.dumps(payload)}).encode()


def happened(inner: Any, **other: Any) -> bytes:
    return json.dumps({"type": "event_callback", "team_id": HOME, "event_id": "Ev1", "event": inner, **other}).encode()


def form(**view: Any) -> bytes:
    shown = {"id": "V1", "callback_id": "form", "private_metadata": str(uuid.uuid4()), "state": {"values": {}}, **view}
    payload = {"type": "view_submission", "team": {"id": HOME}, "user": {"id": "U0ONCALL"}, "view": shown}
    return urlencode({"payload": json.dumps(payload)}).encode()


AS_JSON = {"Content-Type": "application/json"}
MENTION = {"type": "app_mention", "user": "U0ONCALL", "text": "<@U0BOT> help", "channel": OPS, "ts": "1.0"}
# Signed, and without what handling it would rely on.
MALFORMED: dict[str, bytes] = {
    "a command of nobody": command().replace(b"user_id=U0ONCALL", b"user_id="),
    "a command that is a list": json.dumps(
        {"command": ["/pm"], "team_id": HOME, "user_id": "U0ONCALL", "channel_id": OPS}
    ).encode(),
    "a command from nowhere": command().replace(b"channel_id", b"x"),
    "a click of nobody": click([BUTTON], user=None),
    "a click of somebody without an id": click([BUTTON], user={"id": ["U0ONCALL"]}),
    "a click on a text": click("approve"),
    "a click on what has no name": click([{"value": "x"}]),
    "a click in a text": click([BUTTON], channel="C1"),
    "a form without fields": form(state={"values": [1]}),
    "a form of no draft": form(private_metadata="x"),
    "a form without an id": form().replace(b"%22id%22%3A+%22V1%22%2C+", b""),
    "a mention by nobody": happened({**MENTION, "user": None}),
    "a mention in many places": happened({**MENTION, "channel": [OPS]}),
    "a mention without a number": happened(MENTION, event_id=7),
    "an event that is a text": happened("app_mention"),
    "an event of no kind": happened({"user": "U0ONCALL"}),
    "an endless number": happened({**MENTION, "thread": float("inf")}),
    "no number": happened({**MENTION, "thread": float("nan")}),
}
Make = Callable[[World], tuple[bytes, dict[str, str]]]
REFUSALS: dict[str, tuple[int, str, Make]] = {
    "no workspace": (403, "unknown_team", lambda w: (b"hello=1", signed(w, b"hello=1"))),
    "a wrong secret": (401, "signature", lambda w: (command(), signed(w, command(), secret="guess"))),
    "no signature": (401, "signature", lambda w: (command(), {"Content-Type": "application/x-www-form-urlencoded"})),
    "a body changed afterwards": (401, "signature", lambda w: (command() + b"&x=1", signed(w, command()))),
    "older than five minutes": (401, "signature", lambda w: (command(), signed(w, command(), at=time.time() - 301))),
    "from the future": (401, "signature", lambda w: (command(), signed(w, command(), at=time.time() + 400))),
    "half a JSON": (400, "unreadable", lambda w: (b'{"a": ', signed(w, b'{"a": ') | AS_JSON)),
    "a payload that is none": (400, "unreadable", lambda w: (b"payload=%7B", signed(w, b"payload=%7B"))),
    "a list": (400, "unreadable", lambda w: (b"[1]", signed(w, b"[1]") | AS_JSON)),
    "no text at all": (400, "unreadable", lambda w: (b"\xff\xfe{", signed(w, b"\xff\xfe{") | AS_JSON)),
    "endless nesting": (400, "unreadable", lambda w: (b"[" * 90_000, signed(w, b"[" * 90_000) | AS_JSON)),
    "more than a megabyte": (413, "too_large", lambda w: (b"x" * 1_000_001, signed(w, b"x" * 1_000_001))),
    "a click on nothing": (400, "empty_actions", lambda w: (click([]), signed(w, click([])))),
    "a click on nothing, and the workspace as a text": (
        400,
        "empty_actions",
        lambda w: (click([], team=HOME), signed(w, click([], team=HOME))),
    ),
    "a workspace that is a list": (
        403,
        "unknown_team",
        lambda w: (click([1], team=[1]), signed(w, click([1], team=[1]))),
    ),
    "a kind that nobody knows": (
        404,
        "unknown_payload",
        lambda w: (click([1], type="x"), signed(w, click([1], type="x"))),
    ),
    **{
        f"the time {stamp[:12]!r}": (401, "signature", lambda w, stamp=stamp: (command(), at_time(w, stamp)))
        for stamp in ("abc", "1e9", "nan", "inf", "-1", "", "1_795_000_000", "9" * 5000, "\xb2", "1795000000.5")
    },
    "a signature that is no text": (
        401,
        "signature",
        lambda w: (command(), signed(w, command()) | {"X-Slack-Signature": "v0=\xe9"}),
    ),
    **{
        name: (400, "unreadable", lambda w, body=body: (body, signed(w, body) | kind_of(body)))
        for name, body in MALFORMED.items()
    },
}


def at_time(around: World, stamp: str) -> dict[str, str]:
    return signed(around, command()) | {"X-Slack-Request-Timestamp": stamp}


def kind_of(body: bytes) -> dict[str, str]:
    return AS_JSON if body.startswith(b"{") else {}


async def refusals(url: str) -> dict[str, float]:
    async with httpx.AsyncClient() as http:
        text = (await http.get(url.replace("/slack/events", "/metrics"))).text
    return {why: float(n) for why, n in re.findall(r'pm_refused_total\{why="(\w+)"\} ([\d.]+)', text)}


async def posted(url: str, body: Any, headers: dict[str, str]) -> int:
    as_bytes = {name: value.encode("latin-1") for name, value in headers.items()}
    async with httpx.AsyncClient() as http:
        return (await http.post(url, content=body, headers=as_bytes)).status_code


@leaves_all_as_it_was
@pytest.mark.parametrize("name", REFUSALS)
async def test_what_is_no_request_of_slacks_is_refused_and_counted(
    bot_world: World, sql, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With the status it deserves; nothing is stored, and no trace of it is logged."""
    status, why, make = REFUSALS[name]
    url = str(bot_world.slack.request_url)
    before = await refusals(url)
    assert await posted(url, *make(bot_world)) == status
    after = await refusals(url)
    assert after[why] == before.get(why, 0) + 1
    assert sum(after.values()) == sum(before.values()) + 1
    assert sql("SELECT count(*) FROM pmbot.inbox") == [(0,)]
    assert [one for one in caplog.records if one.exc_info or "exc_info" in one.getMessage()] == []


@leaves_all_as_it_was
async def test_app_home_of_somebody_whom_slack_no_longer_has(bot_world: World, sql) -> None:
    """There is nobody to show it to: tried once, and no fault of anybody's."""
    body = happened({"type": "app_home_opened", "user": "U0NEVERSEEN", "channel": "D0NOWHERE", "tab": "home"})
    assert await posted(str(bot_world.slack.request_url), body, signed(bot_world, body) | AS_JSON) == 200
    await until(lambda: sql("SELECT count(*) FROM pmbot.inbox WHERE handled IS NOT NULL") == [(1,)])
    assert [one.method for one in bot_world.slack.calls if one.method == "views.publish"] == ["views.publish"]


@leaves_all_as_it_was
async def test_more_than_a_megabyte_without_saying_so(bot_world: World, sql) -> None:
    """Chunks are counted as they come."""

    async def endless() -> Any:
        for _ in range(1100):
            yield b"x" * 1000

    assert await posted(str(bot_world.slack.request_url), endless(), signed(bot_world, b"")) == 413
    assert sql("SELECT count(*) FROM pmbot.inbox") == [(0,)]


@leaves_all_as_it_was
async def test_a_body_that_never_comes_is_not_waited_for(bot_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is closed, so that many of them are not held."""
    monkeypatch.setattr(web, "BODY_WITHIN", 0.1)
    address = httpx.URL(str(bot_world.slack.request_url))
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    assert answer.startswith(b"HTTP/1.1 408")
    writer.close()


@leaves_all_as_it_was
async def test_what_nobody_knows_is_not_copied_into_the_log(bot_world: World, caplog: pytest.LogCaptureFixture) -> None:
    """However long it is."""
    body = click([BUTTON], type="x" * 100_000, callback_id="y" * 100_000)
    assert await posted(str(bot_world.slack.request_url), body, signed(bot_world, body)) == 404
    assert max((len(one.getMessage()) for one in caplog.records), default=0) < 1000


async def test_an_event_that_cannot_be_stored_is_not_acknowledged(
    bot_world: World, sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack repeats it."""
    monkeypatch.setattr(intake, "PATIENCE", 0.3)
    url, mention = str(bot_world.slack.request_url), happened(MENTION)
    sql("BEGIN")
    sql("LOCK TABLE pmbot.inbox IN ACCESS EXCLUSIVE MODE")
    assert await posted(url, mention, signed(bot_world, mention) | AS_JSON) == 503
    sql("ROLLBACK")


@leaves_all_as_it_was
async def test_a_request_of_slacks_is_none_of_these(bot_world: World, sql) -> None:
    """The helpers of this file sign as Slack does."""
    url = str(bot_world.slack.request_url)
    assert await posted(url, command(), signed(bot_world, command())) == 200
    assert sql("SELECT count(*) FROM pmbot.inbox") == [(1,)]
