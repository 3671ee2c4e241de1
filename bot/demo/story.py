"""A story that is over when a visitor comes: people of the demo play it with the bot as it is, in #operations."""

import asyncio
from collections.abc import Callable

import structlog

from bot.demo import world
from bot.demo.scenarios.stage import Stage, Surroundings
from bot.demo.slack import LocalSlack
from bot.demo.slack.workspace.model import Json

PATIENCE = 20.0  # seconds for each thing that the bot does in it
OPS = "C0OPERATIONS"
LOST, ASKING, DECIDING = (world.slack_id(one) for one in ("tomasz", "oncall", "security"))

log = structlog.get_logger()


async def play(around: Surroundings) -> None:
    """A phone is lost, and signed out. A bot that is not up to it is no reason for the demo not to start."""
    slack = around.slack
    try:
        await slack.post_as(LOST, OPS, "I think my phone is still in the taxi. It is signed in to the platform.")
        await slack.command(ASKING, OPS, "/pm revoke @tomasz because phone left in a taxi")
        card = await _card(slack, lambda one: "Sign out" in one["text"])
        await slack.click(DECIDING, card["ts"], OPS, "approve")
        await _card(slack, lambda one: "confirmed by the platform" in one["text"])
        async with Stage(around) as stage:
            await stage.sign_in(stage.person("tomasz"))
        await slack.post_as(LOST, OPS, "Thank you, that was quick. I have signed in again on my laptop.")
    except TimeoutError:
        log.warning("the story in #operations was not played to its end")


async def _card(slack: LocalSlack, is_it: Callable[[Json], bool]) -> Json:
    async with asyncio.timeout(PATIENCE):
        while True:
            for one in slack.messages(OPS):
                if one.get("bot_id") and is_it(one):
                    return one
            await asyncio.sleep(0.1)
