"""Where channels are in Slack: logical name (`operations`) → setting or policy → id; and links to messages there."""

import re
from collections.abc import Mapping

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import webapi

SLACK_ID = re.compile(r"[CGD][A-Z0-9]+")
USER_ID = re.compile(r"[UW][A-Z0-9]+")
# Where a policy names no channel for it
STANDS_IN = dict.fromkeys(("stakeholders", "engineering", "support", "customer_success"), "operations")


class Channels:
    """Resolves once a process and remembers; ids never change in Slack, names may."""

    def __init__(self, client: AsyncWebClient, named: Mapping[str, str]) -> None:
        self._client, self._named = client, {role: name.lstrip("#") for role, name in named.items()}
        self._ids: dict[str, str] = {}
        self._address: str | None = None

    @property
    def addressed(self) -> bool:
        """Whether links can be made."""
        return self._address is not None

    async def learn_address(self) -> None:
        """Ask Slack for the address that links into the workspace begin with, once a process. Raises as the SDK."""
        self._address = str((await self._client.auth_test())["url"])

    def permalink(self, channel_id: str | None, ts: str | None) -> str | None:
        """A link to a message, as Slack itself makes them; None while that cannot be told. Asks nobody."""
        if self._address is None or channel_id is None or ts is None:
            return None
        return f"{self._address.rstrip('/')}/archives/{channel_id}/p{ts.replace('.', '')}"

    async def id_of(self, channel: str) -> str:
        """The id behind a logical name, a channel's name, an id, or a user's id (their direct messages)."""
        if USER_ID.fullmatch(channel):
            return await self.direct(channel)
        name = self._name(channel).lstrip("#")
        if SLACK_ID.fullmatch(name):
            return name
        if name not in self._ids:
            await self._list()
        return self._ids.get(name, f"#{name}")

    def _name(self, channel: str) -> str:
        """What a logical name stands for, itself or by the one that stands in for it; any other name as it is."""
        named = self._named.get(channel) or self._named.get(STANDS_IN.get(channel, ""))
        return named or channel

    def logical(self, channel_id: str, channel_name: str | None) -> str | None:
        """The logical name of one of the bot's own channels, or None for any other. Asks nobody: see `learn`."""
        for role, name in self._named.items():
            if name in (channel_id, channel_name) or self._ids.get(name) == channel_id:
                return role
        return None

    async def learn(self) -> None:
        """Find out where the bot's own channels are, so that what is said there is known as such. Raises as the SDK."""
        if any(not SLACK_ID.fullmatch(name) and name not in self._ids for name in self._named.values()):
            await self._list()

    def shown(self, channel: str) -> str:
        """How people call it."""
        name = self._name(channel)
        return f"#{channel}" if SLACK_ID.fullmatch(name) else f"#{name}"

    async def direct(self, user_id: str) -> str:
        """The conversation with somebody; where Slack will not open it their own id, to which it posts as well."""
        if user_id not in self._ids:
            try:
                opened = await self._client.conversations_open(users=user_id)
            except SlackApiError as error:
                if webapi.is_passing(error):
                    raise
                return user_id
            self._ids[user_id] = opened["channel"]["id"]
        return self._ids[user_id]

    async def _list(self) -> None:
        cursor: str | None = None
        while True:
            page = await self._client.conversations_list(
                limit=200, cursor=cursor, types="public_channel,private_channel", exclude_archived=True
            )
            self._ids.update({item["name"]: item["id"] for item in page["channels"]})
            cursor = (
                (page.data.get("response_metadata") or {}).get("next_cursor") if isinstance(page.data, dict) else None
            )
            if not cursor:
                return
