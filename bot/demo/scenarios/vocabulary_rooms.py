"""Steps in the channel that an incident has of its own."""

import re

from bot.demo.scenarios.language import NotSo, then
from bot.demo.scenarios.stage import Stage
from bot.demo.scenarios.vocabulary import speak_of

ROOM = re.compile(r"inc-\d+-")


@then("the incident's channel shows a card {string}")
async def room_shows_card(stage: Stage, pattern: str) -> None:
    """Of the newest incident."""
    speak_of(stage, _room(stage), pattern, None)


@then("the incident's channel shows a card {string} with the button {string}")
async def room_shows_card_with_button(stage: Stage, pattern: str, label: str) -> None:
    speak_of(stage, _room(stage), pattern, label)


def _room(stage: Stage) -> str:
    """The channel that was made last for an incident."""
    names = [one.name for one in stage.slack.state.channels.values() if ROOM.match(one.name)]
    if not names:
        raise NotSo("An incident has a channel.", ["There is none whose name begins with inc-."])
    return max(names, key=lambda name: (int(name.split("-")[1]), name.endswith("-private")))  # where it goes on
