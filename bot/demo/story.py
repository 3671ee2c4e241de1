"""A story that is over when a visitor comes: people of the demo play it with the bot as it is, in #operations.

In the demo its clock begins so much earlier, and is let pass between what they do: people take minutes.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.demo import world
from bot.demo.scenarios.stage import Stage, Surroundings
from localslack import LocalSlack, moment
from localslack.workspace.model import Json

PATIENCE = 20.0  # seconds for each thing that the bot does in it
OPS = "C0OPERATIONS"
LOST, ASKING, DECIDING = (world.slack_id(one) for one in ("tomasz", "oncall", "security"))

log = structlog.get_logger()


# Seconds from one thing to the next, and to the visitor.
TO_ASK, TO_DECIDE, TO_SIGN_IN, TO_VISIT = 70, 190, 260, 420
LASTS = TO_ASK + TO_DECIDE + TO_SIGN_IN + TO_VISIT

LetPass = Callable[[float], Awaitable[object]]


async def at_once(seconds: float) -> None:
    """No time passes."""


async def play(around: Surroundings, let_pass: LetPass = at_once) -> None:
    """A phone is lost, and signed out. A bot that is not up to it is no reason for the demo not to start.

    Time is let pass as far as the clock is behind, and all of that in the end.
    """

    async def passes(seconds: float) -> None:
        if (behind := -moment.ahead()) > 0:
            await let_pass(min(seconds, behind))

    try:
        await _play(around, passes)
    except TimeoutError:
        log.warning("the story in #operations was not played to its end")
    await passes(LASTS)


async def _play(around: Surroundings, let_pass: LetPass) -> None:
    slack = around.slack
    await slack.post_as(LOST, OPS, "I think my phone is still in the taxi. It is signed in to the platform.")
    await let_pass(TO_ASK)
    await slack.command(ASKING, OPS, "/pm revoke @tomasz because phone left in a taxi")
    card = await _card(slack, lambda one: "Sign out" in one["text"])
    await let_pass(TO_DECIDE)
    await slack.click(DECIDING, card["ts"], OPS, "approve")
    await _card(slack, lambda one: "confirmed by the platform" in one["text"])
    await let_pass(TO_SIGN_IN)
    async with Stage(around) as stage:
        await stage.sign_in(stage.person("tomasz"))
    await slack.post_as(LOST, OPS, "Thank you, that was quick. I have signed in again on my laptop.")


async def _card(slack: LocalSlack, is_it: Callable[[Json], bool]) -> Json:
    async with asyncio.timeout(PATIENCE):
        while True:
            for one in slack.messages(OPS):
                if one.get("bot_id") and is_it(one):
                    return one
            await asyncio.sleep(0.1)
