"""What people do in a scenario: type a command, press a button. Done by the player, or noticed when a visitor does."""

import asyncio
import html
import json
import re
import time
from dataclasses import dataclass

from bot.demo.scenarios import screen
from bot.demo.scenarios.language import NotSo
from bot.demo.scenarios.stage import Stage
from localslack import Channel, Person
from localslack.workspace.model import Delivery, Json, Reply

FORM_SECONDS, AGAIN_SECONDS = 3.0, 0.1  # for a form to open, as long as Slack lets it
MENTION = re.compile(r"<@\w+\|([^>]+)>")


@dataclass(frozen=True)
class Typing:
    """A slash command. One with another reason is the same deed."""

    stage: Stage
    person: Person
    channel: Channel
    text: str

    async def do(self) -> None:
        _taken(await self.stage.slack.command(self.person.id, self.channel.id, self.text), self.text)
        self.noticed()

    def noticed(self) -> bool:
        return _take(self.stage, [one for one in self.stage.new_deliveries() if self._is_it(one)], 1)

    def _is_it(self, delivery: Delivery) -> bool:
        sent = delivery.payload
        who_and_where = (sent.get("user_id"), sent.get("channel_id"))
        if delivery.kind != "command" or who_and_where != (self.person.id, self.channel.id):
            return False
        return _gist(f"{sent['command']} {sent['text']}") == _gist(self.text)

    def target(self) -> Json:
        return {"channel": self.channel.id, "text": self.text}


@dataclass(frozen=True)
class Clicking:
    """Pressing a button of a message, so many times at once."""

    stage: Stage
    person: Person
    place: tuple[str, str]  # channel and ts
    label: str
    times: int = 1

    async def do(self) -> None:
        block, element = self._button()
        clicks = [self._click(element["action_id"], block["block_id"]) for _ in range(self.times)]
        for reply in await asyncio.gather(*clicks):
            _taken(reply, f"the click on “{self.label}”")
        self.noticed()

    async def _click(self, action_id: str, block_id: str) -> Reply:
        channel, ts = self.place
        return await self.stage.slack.click(self.person.id, ts, channel, action_id, block_id=block_id)

    def noticed(self) -> bool:
        return _take(self.stage, [one for one in self.stage.new_deliveries() if self._is_it(one)], self.times)

    def _is_it(self, delivery: Delivery) -> bool:
        sent = delivery.payload
        if delivery.kind != "interactive" or sent.get("type") != "block_actions":
            return False
        if (sent["user"]["id"], sent["container"].get("message_ts")) != (self.person.id, self.place[1]):
            return False
        texts = [action["text"]["text"] for action in sent["actions"] if action["type"] == "button"]
        return any(screen.is_called(self.label, text) for text in texts)

    def target(self) -> Json:
        channel, ts = self.place
        block, element = self._button()
        ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
        return {"channel": channel, "ts": ts, **ids, "times": self.times}

    def _button(self) -> tuple[Json, Json]:
        message = self._message()
        for said, found in screen.labels(message).items():
            if screen.is_called(self.label, said):
                return found
        raise NotSo(f"There is a button “{self.label}” to click.", [screen.in_short(self.stage.slack, message)])

    def _message(self) -> Json:
        channel, ts = self.place
        for message in self.stage.slack.messages(channel, self.person.id):
            if message["ts"] == ts:
                return message
        raise NotSo(f"{self.person.real_name} sees the message with “{self.label}”.", ["It is not there."])


@dataclass(frozen=True)
class Explaining(Clicking):
    """Pressing a button that asks why, and sending its form with a reason. Another reason is the same deed."""

    reason: str = ""

    async def do(self) -> None:
        await super().do()
        form = await self._form()
        reply = await self.stage.slack.submit(self.person.id, form, {"reason": {"reason": self.reason}})
        _taken(reply, f"the form of “{self.label}”")
        self.noticed()

    async def _form(self) -> str:
        deadline = time.monotonic() + FORM_SECONDS
        while not (open_now := self.stage.slack.views(self.person.id)):
            if time.monotonic() > deadline:
                raise NotSo(f"A form opens for “{self.label}”.", [screen.in_short(self.stage.slack, self._message())])
            await asyncio.sleep(AGAIN_SECONDS)
        return str(open_now[-1]["id"])

    def _is_it(self, delivery: Delivery) -> bool:
        sent = delivery.payload
        if delivery.kind != "interactive" or sent.get("type") != "view_submission":
            return False
        return bool(sent["user"]["id"] == self.person.id)


def _taken(reply: Reply, what: str) -> None:
    if reply.error:
        said = json.dumps(reply.body, ensure_ascii=False) if reply.body else f"status {reply.status}"
        raise NotSo(f"The bot takes {what}.", [f"Slack says: {reply.error}; {said}"])


def _take(stage: Stage, matching: list[Delivery], times: int) -> bool:
    """Whether there are so many that no earlier step was; then they are this one's."""
    fresh = [one.id for one in matching if one.id not in stage.noticed and not one.retry_num]
    if len(fresh) < times:
        return False
    stage.noticed.update(fresh[:times])
    return True


def _gist(text: str) -> str:
    """Verb and object: what comes after "because" is anybody's own."""
    plain = html.unescape(MENTION.sub(r"@\1", text))
    return " ".join(plain.casefold().split(" because ")[0].split())
