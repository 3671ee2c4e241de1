"""A slack-machine bot with one plugin: `python machine_app.py`, with its tokens and the Web API's address around it.

The framework takes no address, so its client is given one; nothing else differs from what runs on slack.com.
"""

import asyncio
import os
from functools import partial

import machine.core
from machine import Machine
from machine.plugins.base import MachineBasePlugin
from machine.plugins.decorators import action, command, respond_to
from machine.utils.collections import CaseInsensitiveDict

machine.core.AsyncWebClient = partial(machine.core.AsyncWebClient, base_url=os.environ["SLACK_API_URL"])
APPROVE = {
    "type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}, "value": "yes",
}  # fmt: skip


class Deploying(MachineBasePlugin):
    @command("/deploy")
    async def deploy(self, command):
        yield f"Deploying {command.text}."

    @respond_to("shall")
    async def ask(self, msg):
        await msg.reply("Shall I?", blocks=[{"type": "actions", "elements": [APPROVE]}], in_thread=True)

    @action(action_id="approve")
    async def approved(self, action):
        done = f"Approved by <@{action.user.id}>"
        message = {"channel": action.channel.id, "ts": action.payload.container.message_ts}
        await self.web_client.chat_update(**message, text=done, blocks=[])


SETTINGS = {
    "PLUGINS": ["__main__.Deploying"],
    "SLACK_APP_TOKEN": os.environ["SLACK_APP_TOKEN"],
    "SLACK_BOT_TOKEN": os.environ["SLACK_BOT_TOKEN"],
    "STORAGE_BACKEND": "machine.storage.backends.memory.MemoryStorage",
    "HTTP_PROXY": None,
    "TZ": "UTC",
    "LOGLEVEL": "INFO",
    "LOG_HANDLED_MESSAGES": True,
}

if __name__ == "__main__":
    asyncio.run(Machine(settings=CaseInsensitiveDict(SETTINGS)).run())
