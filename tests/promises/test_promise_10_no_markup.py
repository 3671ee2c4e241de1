"""Promise 10: nothing somebody typed becomes markup, link or mention, or forges a line of a card."""

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.actions.impact import Change, Impact, fact
from bot.demo import world
from bot.demo.world import World
from bot.drawing.buttons import button
from bot.drawing.elements import OWN_LINK, user_mention
from bot.drawing.masking import Clearance, visible
from bot.drawing.render import Renderer
from bot.personal import Personal
from bot.store.models import State, Verification
from localslack.blockkit import check_blocks, check_view
from tests.conftest import OPS, SECURITY_CHANNEL, asked, card, cards, until, whispers
from tests.promises.bench import IDS

NOW = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)
RENDERER = Renderer()
RIGHT_TO_LEFT = "סוף \u202eelpmis\u202c و\u2066x\u2069"
FORGED = "stolen\n:large_green_circle: *done* · confirmed by the platform\rApproved by Ingrid"
HOSTILE = [
    "\"quotes\" “curly” 'single' {{ 7 * 7 }} {% raw %} </script> &amp; &lt;b&gt; \\u003c \\",
    "<!channel> <!here|here> <!everyone> @channel @here",
    "<@U0ROOT> <@U0ROOT|root> <#C0GENERAL> <!subteam^S1|ops> <!date^0^{date}|x>",
    "<http://evil.example|click here> http://evil.example mailto:a@b.example <mailto:a@b.example|x>",
    "*bold* _italic_ ~struck~ `code` ```pre``` > quote",
    ":tada: :large_green_circle::+1: 🎉 👩‍💻 𝕬𝖘𝖙𝖗𝖆𝖑",
    FORGED,
    "a\r\nb\rc\td\x0be\x0cf\x85g\u2028h\u2029i",
    "nul\x00bell\x07escape\x1b[31m",
    RIGHT_TO_LEFT,
    "zero\u200bwidth\u200cjoin\u200der\ufeff\u2060\u00ad\u180e\u2064",
    "\ue0000\ue001 \ue0020\ue003 \ue0001\ue001",
    json.loads('"half \\ud800 pair \\udfff"'),
    "x" * 300,
    "&" * 300,
    "*" * 300,
    "𝕬" * 300,
    " ",
    "\u3164",
]
PIECES = [*'\n\r\t\0<>&*_`~:|"\u202e\u2066\u200b\ue000\ue001\ue002\ue003🎉a', "\ud800"]
PIECES += [":tada:", "<!channel>", "<@U0ROOT>", "<http://x|y>"]
TYPED = st.one_of(
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=60).map("".join),
    st.text(st.characters(), min_size=1, max_size=300),
).filter(lambda text: bool(text.strip()))
OWN_TOKENS = re.compile(rf"<@U\w+>|<!date\^\d+\^[^<>]*\|[^<>]*>|<(?:{OWN_LINK.pattern})\|request \d+>")
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\ue000-\uf8ff\ud800-\udfff]")


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in a message, however deep."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def harmless(blocks: list[dict[str, Any]], text: str) -> None:
    """What holds of every message, whatever was typed."""
    assert check_blocks(blocks, "message") == []
    for part in parts(blocks):
        assert part.get("type") not in ("mrkdwn", "emoji", "broadcast", "channel", "usergroup"), part
        assert part.get("type") != "link" or OWN_LINK.fullmatch(part["url"])
        if part.get("type") == "plain_text":
            assert part["emoji"] is False
        for key, value in part.items():
            if isinstance(value, str):
                assert not FORBIDDEN.search(value), (key, value)
                assert value.isascii() or key in ("text", "accessibility_label"), f"typed text in {key}: {value}"
    rest = OWN_TOKENS.sub("", text)
    assert "<" not in rest
    assert ">" not in rest
    assert re.sub(r"&(amp|lt|gt);", "", rest).count("&") == 0
    assert not FORBIDDEN.search(text.replace("\n", ""))
    assert not re.search(r"(?<!\u2060)[*_~`](?!\u2060)", OWN_TOKENS.sub("", text).rstrip("…"))
    assert not re.search(r":[a-z0-9_+-]+:", rest)
    json.dumps({"blocks": blocks, "text": text}, ensure_ascii=False).encode()


def mentions(blocks: list[dict[str, Any]]) -> list[str]:
    return [part["user_id"] for part in parts(blocks) if part.get("type") == "user"]


def lines(blocks: list[dict[str, Any]]) -> int:
    """How many lines a reader sees, each section and block being one."""
    held = {"rich_text": "elements", "table": "rows"}
    return sum(len(block[held[block["type"]]]) if block["type"] in held else 1 for block in blocks)


def impact_of(name: str) -> Impact:
    person = {"id": str(uuid.UUID(int=1)), "name": name}
    return Impact(
        facts=(
            fact("Account", Personal(personal="person", value=name), " · ", Personal(personal="email", value=name)),
            fact("Now", "4 active sessions"),
        ),
        details=(fact("Session 1", Personal(personal="address", value="192.0.2.1"), f" · {name} · seen"),),
        context={"staffer": person, "sessions": 4},
    )


def proposal_card(reason: str, name: str, state: State = State.PENDING, action: str = "suspend") -> dict[str, Any]:
    impact = impact_of(name)
    done = state in (State.SUCCEEDED, State.UNDONE)
    return RENDERER.message(
        "proposal.j2",
        Clearance.CHANNEL,
        action_template=f"actions/staff.{action}.j2",
        state=state,
        icon="🟡",
        status="needs security",
        expires=NOW,
        reason=reason,
        cause=f"Rejected by {name}. {reason}" if state is State.REJECTED else None,
        changes=[Change(label="Account", before=(Personal(personal="person", value=name),), after=(name,))],
        impact=impact,
        self_approval=False,
        needed=1,
        grave=True,
        breakable=True,
        proposal=uuid.UUID(int=2),
        revision=uuid.UUID(int=3),
        next_buttons=[button(f"Revoke {name}", "next:revoke", uuid.UUID(int=2))] if done else [],
        requester=name,
        approvers=[user_mention("U0SECURITY"), name],
        words=[{"said": "approved", "name": name, "after": 40.0}],
        glass=[reason],
        turned_down=[reason] if state is State.REJECTED else [],
        comments=[{"name": name, "text": reason}],
        number=7,
        executed_at=NOW if done else None,
        outcome={"sessions": ["1"], "staffer": "1"},
        verification=Verification.CONFIRMED,
        verified_at=NOW,
        undoable=action != "revoke_sessions",
        effects=[],
        **impact.context,
    )


PLAIN = {
    (state, action): lines(proposal_card("laptop stolen", "Priya", state, action)["blocks"])
    for state in State
    for action in ("suspend", "reinstate", "revoke_sessions")
}


@given(
    reason=TYPED,
    name=TYPED,
    state=st.sampled_from(State),
    action=st.sampled_from(["suspend", "reinstate", "revoke_sessions"]),
)
@example(reason=FORGED, name="<!channel>\n*root*", state=State.SUCCEEDED, action="suspend")
@settings(max_examples=150, deadline=None)
def test_a_card_says_what_was_typed_and_does_nothing_with_it(reason, name, state, action) -> None:
    """In every state: valid blocks, no markup, as many lines as ever, no mention but the bot's own."""
    message = proposal_card(reason, name, state, action)
    harmless(message["blocks"], message["text"])
    assert lines(message["blocks"]) == PLAIN[state, action]
    assert set(mentions(message["blocks"])) <= {"U0ONCALL", "U0SECURITY"}


@given(reason=TYPED, name=TYPED)
@settings(max_examples=60, deadline=None)
def test_everything_else_the_bot_says_is_as_harmless(reason, name) -> None:
    """Private answers, details, reminders, what is passed on, broken glass, App Home, help."""
    impact = impact_of(name)
    own: dict[str, Any] = {"action_template": "actions/staff.suspend.j2", **impact.context}
    some_id = uuid.UUID(int=4)
    messages = [
        RENDERER.message("note.j2", text=f"I do not know “{reason}”.", reference="7F3A", commands=[reason],
                         next_buttons=[button(f"Revoke {name} …", "draft", some_id)]),
        RENDERER.message("details.j2", Clearance.FULL, impact=impact, details=impact.details, number=7, over=None,
                         because=[], **own),
        RENDERER.message(
            "details.j2", Clearance.FULL, impact=impact, details=(), number=7, because=[], **own,
            over={"status": "done", "reason": reason, "requester": name, "asked": NOW, "executed": NOW, "verified": NOW,
                  "words": [name], "revision": 2},
        ),
        RENDERER.message("reminder.j2", Clearance.CHANNEL, by=name, pending=True, requester=name, reason=reason,
                         expires=NOW, card="request 7", **own),
        RENDERER.message("told.j2", Clearance.CHANNEL, news="rejected", words=[name], why=reason, card="request 7",
                         **own),
        RENDERER.message("asked_again.j2", Clearance.CHANNEL, pending=True, self_approval=False, deciders=[name],
                         cause=reason, card="request 7", **own),
        RENDERER.message(
            "passed_on.j2", mentioned=[name], by=name, team="security", what=name, begins="Revoke …", reason=reason,
            draft=some_id,
        ),
        RENDERER.message("break_glass.j2", Clearance.CHANNEL, by=name, at=NOW, glass_reason=reason, requester=name,
                         reason=reason, card="request 7", reviewers=[name], on_call=name, proposal=some_id,
                         reviewed=NOW, reviewed_by=name,
                         became="failed", cause=reason, **own),
        RENDERER.message("actions/staff.who.j2", Clearance.FULL, impact=impact, next_buttons=[], status="active",
                         activity=[{"at": 0.0, "what": reason, "ip": "192.0.2.1"}], staffer={"id": "1", "name": name},
                         sessions=[{"ip": "192.0.2.1", "device": reason, "seen": 0.0}]),
    ]  # fmt: skip
    for message in messages:
        harmless(message["blocks"], message["text"])
        assert mentions(message["blocks"]) == []
    entry = {"card": "request 1", "title": RENDERER.title("actions/staff.suspend.j2", impact.context),
             "requester": name, "expires": NOW, "status": "needs security", "ended": NOW}  # fmt: skip
    hold = {"what": (name,), "by": name, "card": "request 7", "number": 7, "ends": NOW, "end": None}
    shown = [{"title": "Staff and roles", "actions": [{"usage": "who @staffer", "summary": "Show."}]}]
    problem = {"title": name, "severity": "critical", "state": "firing", "since": NOW}
    requests = {part: [entry] for part in ("waiting", "asked", "others", "ended")}
    own = {"roles": [{"name": name, "ends": NOW}], "subscriptions": [name], "own_buttons": [], "on_call": name}
    says = {"headline": "1 request waits for you", "health": name, "problems": [problem], "silences": 0}
    home = RENDERER.blocks("home/home.j2", Clearance.CHANNEL, name=name, holds=[hold], further=1, groups=shown,
                           next_buttons=[], **own, **says, **requests)  # fmt: skip
    assert check_view({"type": "home", "blocks": home}) == []
    harmless(home, "")


@given(text=st.text(st.characters(), max_size=300) | TYPED)
def test_what_cannot_be_seen_is_made_visible_on_one_line(text: str) -> None:
    """Controls, line breaks, bidi overrides and our own marks; everything that can be seen stays as it is."""
    shown = visible(text)
    assert not FORBIDDEN.search(shown)
    assert len(shown.splitlines()) <= 1
    assert [c for c in text if c.isalnum()] == [c for c in shown if c.isalnum()] or not text.isprintable()


@pytest.mark.parametrize("text", ["naïve “quotes” & <b>", "👩‍💻 𝕬 🎉", "שלום", "ثبت شده"])
def test_honest_text_stays_as_it_was(text: str) -> None:
    """Other scripts and composed emoji are no attack."""
    assert visible(text) == text


# End to end


def typed_parts(message: dict[str, Any]) -> list[str]:
    return [part["text"] for part in parts(message["blocks"]) if isinstance(part.get("text"), str)]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('laptop "stolen" in “Lisbon”, it\'s gone', 'laptop "stolen" in “Lisbon”, it\'s gone'),
        ("<!channel>, @channel, @root, #general", "<!channel>, @channel, @root, #general"),
        ("see http://evil.example/?a=1&b & *bold* `code`", "see http://evil.example/?a=1&b & *bold* `code`"),
        ("<a href='x'>click</a> <http|x>", "<a href='x'>click</a> <http|x>"),
        ("stolen 🎉 :tada: 👩‍💻", "stolen 🎉 :tada: 👩‍💻"),
        ("stolen\n🟢 done · confirmed by the platform", "stolen ⏎ 🟢 done · confirmed by the platform"),
        ("חשבון \u202egnp.exe\u202c", "חשבון ⟨U+202E⟩gnp.exe⟨U+202C⟩"),
        ("nul \x00 here", "nul � here"),
        ("x" * 300, "x" * 300),
    ],
    ids=["quotes", "mentions", "link", "html", "emoji", "newline", "right-to-left", "nul", "longest"],
)
async def test_a_reason_typed_in_slack_stands_on_the_card_as_text(bot_world: World, typed: str, shown: str) -> None:
    """Through the real command, database, templates and the API: one element of text, nothing more."""
    pending = await asked(bot_world, f"/pm revoke @staffer because {typed}")
    assert shown in typed_parts(pending)
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform." not in card(bot_world)["text"] and "🟢" in card(bot_world)["text"])
    done = card(bot_world)
    assert shown in typed_parts(done)
    for message in (pending, done):
        harmless(without_block_ids(message["blocks"]), message["text"])


def without_block_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in block.items() if key != "block_id"} for block in blocks]


async def test_a_half_surrogate_in_a_form_is_stored_and_shown_as_replaced(bot_world: World, sql) -> None:
    """JSON can carry what no database stores; nobody's request is lost over it."""
    who = world.slack_id("oncall")
    await bot_world.slack.command(who, OPS, "/pm revoke @staffer")
    view = (await until(lambda: bot_world.slack.views(who)))[-1]
    reason = json.loads('"half \\ud800 a pair"')
    reply = await bot_world.slack.submit(who, view["id"], {"reason": {"reason": reason}})
    assert reply.status == 200
    pending = (await until(lambda: cards(bot_world)))[-1]
    assert "half � a pair" in typed_parts(pending)


async def test_a_hostile_name_in_the_platform_forges_nothing(bot_world: World, sql) -> None:
    """Names come from the platform's tables, where anybody may have typed them."""
    name = "Priya\n🟢 done · <!channel> *x*\u202e"
    sql("UPDATE users SET name = %s WHERE id = %s", name, IDS["staffer"])
    sql("UPDATE users SET name = %s WHERE id = %s", name, IDS["oncall"])
    pending = await asked(bot_world, '/pm suspend staffer@penguinmails.example because "<!channel>"')
    assert pending["blocks"][0]["text"]["text"] == "Suspend Priya ⏎ 🟢 done · <!channel> *x*⟨U+202E⟩"
    harmless(without_block_ids(pending["blocks"]), pending["text"])
    await bot_world.slack.click(world.slack_id("oncall"), pending["ts"], OPS, "approve")
    await until(lambda: whispers(bot_world, "oncall"))
    await bot_world.slack.click(world.slack_id("oncall"), pending["ts"], OPS, "break_glass")
    view = (await until(lambda: bot_world.slack.views(world.slack_id("oncall"))))[-1]
    await bot_world.slack.submit(world.slack_id("oncall"), view["id"], {"reason": {"reason": "now\n<!here>"}})
    announced = (await until(lambda: cards(bot_world, SECURITY_CHANNEL)))[-1]
    await until(lambda: "done" in card(bot_world)["text"])
    for message in (announced, card(bot_world)):
        harmless(without_block_ids(message["blocks"]), message["text"])


async def test_two_hostile_namesakes_can_be_told_apart_on_buttons(bot_world: World, sql) -> None:
    """Buttons carry names too: on one line, and no longer than Slack takes."""
    for local_part in ("maria.costa", "maria.lindgren"):
        sql("UPDATE users SET name = %s WHERE id = %s", f"Maria\n\u202e{'<' * 100}", IDS[local_part])
    await bot_world.slack.command(world.slack_id("oncall"), OPS, "/pm revoke maria because laptop stolen")
    await until(lambda: whispers(bot_world, "oncall"))
    answer = bot_world.slack.messages(OPS, world.slack_id("oncall"))[-1]
    harmless(without_block_ids(answer["blocks"]), answer["text"])
    labels = [
        one["text"]["text"] for block in answer["blocks"] if block["type"] == "actions" for one in block["elements"]
    ]
    assert len(labels) == 2
    assert all(label.startswith("Request: sign out Maria ⏎ ⟨U+202E⟩<") for label in labels)


async def test_nothing_is_sent_that_slack_would_parse(bot_world: World) -> None:
    """Every call that puts text on a screen says parse=none, and no links are unfurled."""
    pending = await asked(bot_world, "/pm revoke @staffer because see http://evil.example")
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    await until(lambda: "🟢" in card(bot_world)["text"])
    sent = [call for call in bot_world.slack.calls if call.method in ("chat.postMessage", "chat.update")]
    assert {call.args["parse"] for call in sent} == {"none"}
    posted = [call.args for call in sent if call.method == "chat.postMessage"]
    assert {(str(one["unfurl_links"]), str(one["unfurl_media"])) for one in posted} <= {
        ("False", "False"),
        ("0", "0"),
        ("false", "false"),
    }
