"""Whatever Slack does wrong, the bot keeps its promises: done once, told visibly, one card in its newest state."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.config import Settings
from bot.delivery import deliver as delivering
from bot.demo import world
from bot.demo.world import World
from bot.doctor import slack as slack_checks
from bot.handlers import sockets
from bot.policy import __file__ as policy_module
from tests.conftest import OPS, asked, card, cards, rejecting, running_bot, until, whispers

ONCALL, SECURITY = world.slack_id("oncall"), world.slack_id("security")
DEFAULT_POLICY = Path(policy_module).with_suffix(".toml")
REVOKE = "/pm revoke @staffer because laptop stolen"
OPEN_JOBS = "SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name <> 'tick'"
DONE = """
SELECT (SELECT count(*) FROM pmbot.proposals), (SELECT count(*) FROM pmbot.decisions),
       (SELECT count(*) FROM pmbot.executions), (SELECT count(*) FROM pmbot.inbox WHERE handled IS NULL)
"""
SEED = 4216  # the first post and the first update of each storm go wrong, and not too many after them
PATIENCE = 40.0  # seconds a storm may take to be ridden out


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "SECOND_LOOK", 0.1)
    monkeypatch.setattr(delivering, "TWINS_AFTER", 0.2)


async def revoked(around: World) -> dict[str, Any]:
    """Somebody asks, somebody approves, and the card says how it ended."""
    typed = await around.slack.command(ONCALL, OPS, REVOKE)
    assert (typed.status, typed.error) == (200, "")
    pending = (await until(lambda: cards(around), PATIENCE))[-1]
    approved = await around.slack.click(SECURITY, pending["ts"], OPS, "approve")
    assert (approved.status, approved.error) == (200, "")
    await until(lambda: "confirmed by the platform" in card(around)["text"], PATIENCE)
    return card(around)


async def approved_by_clicking_until_it_works(around: World) -> None:
    """A click is not repeated by Slack: somebody who sees it fail clicks again."""
    pending = (await until(lambda: cards(around), PATIENCE))[-1]

    async def taken() -> bool:
        return (await around.slack.click(SECURITY, pending["ts"], OPS, "approve")).status == 200

    await until(taken)
    await until(lambda: "confirmed by the platform" in card(around)["text"], PATIENCE)


def settings_of(around: World) -> Settings:
    return world.settings(around.database_url, around.slack, around.slack_url, around.platform_url)


def failures(around: World) -> list[str]:
    """What people see has failed, as Slack shows it."""
    seen = [text for name in ("oncall", "security") for text in whispers(around, name) if "failed with" in text]
    return seen + [one["text"] for user in (ONCALL, SECURITY) for one in around.slack.failures(user)]


@pytest.mark.parametrize(
    ("fault", "parameters"),
    [
        ("rate_limits", {"share": 0.5, "retry_after": 0}),
        ("server_errors", {"share": 0.25}),
        ("lost_answers", {"share": 0.5}),
        ("slow_answers", {"share": 0.5, "seconds": 0.3}),
        ("repeated_delivery", {"share": 1.0, "times": 2}),
        ("out_of_order", {"share": 0.5, "seconds": 0.2}),
        ("double_click", {}),
    ],
)
async def test_a_revocation_is_asked_approved_and_done_once_with_one_card(
    bot_world: World, sql: Any, fault: str, parameters: dict[str, Any]
) -> None:
    """One proposal, one decision, one execution, and nobody sees anything fail; no twin card stays."""
    bot_world.slack.faults.reseed(SEED)
    bot_world.slack.faults.switch(fault, **parameters)
    await revoked(bot_world)
    await until(lambda: sql(OPEN_JOBS) == [(0,)], PATIENCE)
    bot_world.slack.faults.switch(fault, on=False)
    (struck,) = [one["struck"] for one in bot_world.slack.faults.switches() if one["name"] == fault]
    assert struck > 0
    assert sql(DONE) == [(1, 1, 1, 0)]
    assert [one["text"].count("confirmed by the platform") for one in cards(bot_world)] == [1]
    assert failures(bot_world) == []


async def test_a_double_click_is_one_voice_of_two(surroundings: World, sql: Any, tmp_path: Path) -> None:
    """Where two have to approve, nobody is both by clicking twice."""
    policy = tmp_path / "policy.toml"
    rule = '[actions."staff.revoke_sessions"]'
    policy.write_text(DEFAULT_POLICY.read_text().replace(rule, f"{rule}\nquorum = 2"))
    async with running_bot(surroundings, pm_policy=policy):
        surroundings.slack.faults.switch("double_click")
        pending = await asked(surroundings)
        await surroundings.slack.click(SECURITY, pending["ts"], OPS, "approve")
        await until(lambda: sql(OPEN_JOBS) == [(0,)])
    assert sql(DONE) == [(1, 1, 0, 0)]
    assert "confirmed" not in card(surroundings)["text"]


async def test_of_two_clicks_that_overtake_each_other_one_decides(bot_world: World, sql: Any) -> None:
    """The card ends in what was decided, and who came too late is told."""
    pending = await asked(bot_world)
    form = await rejecting(bot_world, pending["ts"], "root")
    bot_world.slack.faults.switch("out_of_order", share=1.0, seconds=0.2)
    await asyncio.gather(
        bot_world.slack.click(SECURITY, pending["ts"], OPS, "approve"),
        bot_world.slack.submit(world.slack_id("root"), form, {"reason": {"reason": ""}}),
    )
    await until(lambda: sql(OPEN_JOBS) == [(0,)])
    ((state, executions),) = sql("SELECT state, (SELECT count(*) FROM pmbot.executions) FROM pmbot.proposals")
    confirmed = "confirmed by the platform" in card(bot_world)["text"]
    assert (state, executions, confirmed) in [("succeeded", 1, True), ("rejected", 0, False)]
    assert len(cards(bot_world)) == 1
    # The click is answered where it was made, the form, which stands nowhere, by direct message.
    direct = [one.id for one in bot_world.slack.state.channels.values() if one.kind == "im"]
    too_late = [text for place in direct for text in whispers(bot_world, "root", place)]
    assert len(whispers(bot_world, "security") + too_late) == 1


async def test_a_form_whose_trigger_ran_out_is_offered_again(bot_world: World) -> None:
    """Nothing is lost: a button asks for a new trigger."""
    bot_world.slack.faults.switch("expired_trigger")
    await bot_world.slack.command(ONCALL, OPS, "/pm revoke @staffer")
    await until(lambda: whispers(bot_world, "oncall"))
    bot_world.slack.faults.switch("expired_trigger", on=False)
    offer = [one for one in bot_world.slack.messages(OPS, ONCALL) if one.get("is_ephemeral")][-1]
    await bot_world.slack.click(ONCALL, offer["ts"], OPS, "Open form")
    (view,) = await until(lambda: bot_world.slack.views(ONCALL))
    await bot_world.slack.submit(ONCALL, view["id"], {"reason": {"reason": "laptop stolen"}})
    assert "laptop stolen" in (await until(lambda: cards(bot_world)))[-1]["text"]


async def test_a_workspace_without_native_charts_gets_the_same_figures(bot_world: World) -> None:
    bot_world.slack.faults.switch("no_data_blocks")
    await bot_world.slack.command(ONCALL, OPS, "/pm digest morning")
    direct = bot_world.slack.state.direct([ONCALL]).id
    await until(lambda: [one for one in bot_world.slack.messages(direct, ONCALL) if one.get("metadata")], PATIENCE)
    (digest,) = [one for one in bot_world.slack.messages(direct, ONCALL) if one.get("metadata")]
    kinds = {block["type"] for block in digest["blocks"]}
    assert "image" in kinds
    assert "data_visualization" not in kinds


async def test_a_revoked_token_stops_nothing_but_the_telling(surroundings: World, sql: Any) -> None:
    """The bot stays up, takes what is asked and says in its checks what is wrong; once a token works, it is told."""
    async with running_bot(surroundings) as url:
        surroundings.slack.faults.switch("revoked_token")
        reply = await surroundings.slack.command(ONCALL, OPS, REVOKE)
        await until(lambda: [one for one in surroundings.slack.calls if one.answer.get("error") == "token_revoked"])
        async with httpx.AsyncClient(base_url=url) as http:
            assert (await http.get("/healthz")).status_code == (await http.get("/readyz")).status_code == 200
        found = [one async for one in slack_checks.look(settings_of(surroundings), {})]
        assert reply.status == 200
        assert cards(surroundings) == []
        assert "token_revoked" in found[0].says
        surroundings.slack.faults.switch("revoked_token", on=False)
        pending = (await until(lambda: cards(surroundings), PATIENCE))[-1]
        await surroundings.slack.click(SECURITY, pending["ts"], OPS, "approve")
        await until(lambda: "confirmed by the platform" in card(surroundings)["text"], PATIENCE)
    assert sql(DONE)[0][:3] == (1, 1, 1)
    assert len(cards(surroundings)) == 1


async def test_a_deaf_connection_is_replaced_and_what_was_told_meanwhile_comes_again(
    surroundings: World, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack repeats events; a command cannot be repeated, and its asker sees that it failed and tries again."""
    monkeypatch.setattr(sockets, "PING", 0.5)
    slack = surroundings.slack
    async with running_bot(surroundings, slack_app_token=slack.workspace.app_token):
        slack.request_url = None
        await until(lambda: len(slack.sockets) == 1)
        slack.courier.ack_seconds, slack.courier._retry_delays = 0.5, (1, 2, 4)
        slack.faults.switch("deaf_socket")
        mentioned = asyncio.create_task(slack.mention(ONCALL, OPS, "revoke @staffer because laptop stolen"))
        typed = await slack.command(ONCALL, OPS, "/pm who @staffer")
        assert typed.error
        assert (await mentioned).error
        assert typed.error in str(failures(surroundings))
        slack.courier.ack_seconds = 3.0
        await approved_by_clicking_until_it_works(surroundings)
    assert sql(DONE)[0][:3] == (1, 1, 1)
    assert len(cards(surroundings)) == 1


async def test_a_refreshed_connection_loses_nothing(surroundings: World, sql: Any) -> None:
    """Slack announces that it will end the connection; what is said around that time is done once."""
    slack = surroundings.slack
    async with running_bot(surroundings, slack_app_token=slack.workspace.app_token):
        slack.request_url = None
        await until(lambda: len(slack.sockets) == 1)
        slack.courier._retry_delays = (0.5, 1, 2)
        refreshing = asyncio.create_task(slack.sockets.refresh(warning_seconds=0.5))
        await slack.mention(ONCALL, OPS, "revoke @staffer because laptop stolen")
        await refreshing
        await approved_by_clicking_until_it_works(surroundings)
        assert len(slack.sockets) == 1
    assert sql(DONE)[0][:3] == (1, 1, 1)
    assert len(cards(surroundings)) == 1
