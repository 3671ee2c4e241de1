"""Using what the app put on the screen: buttons, menus, type-ahead."""

from typing import Any

from bot.demo.slack.hub import Hub
from bot.demo.slack.outgoing.payloads import action
from bot.demo.slack.people.inputs import STATELESS, VALUE_FIELD, choose, entry, find, options_of, state_values
from bot.demo.slack.workspace.model import Channel, Json, Message, Reply, View


class Clicking(Hub):
    async def click(
        self,
        user: str,
        message_ts: str,
        channel: str | None,
        name: str,
        *,
        option: Any = None,
        state: Json | None = None,
        block_id: str | None = None,
    ) -> Reply:
        """Use an element: a button, or with `option` a menu or another input that acts at once.

        `message_ts` may be the id of an open modal or App Home (then `channel` is None); `name` is an
        action_id or what the button says. `option` is an option's value or text, a person, a date;
        `state` is what stands in the other inputs, {block_id: {action_id: value}}.
        """
        holder = self._holder(user, message_ts, channel)
        block, element = find(holder.blocks, name, block_id)
        chosen = await self._chosen(user, holder, block, element, option)
        values = self._values(user, holder)
        choose(holder.blocks, values, state or {})
        if chosen is not None and element["type"] not in STATELESS:
            values.setdefault(block["block_id"], {})[element["action_id"]] = chosen
        act = action(block, element, chosen, self.state.next_ts())
        payload = self._block_actions(user, holder) | {"actions": [act]}
        payload["state"] = {"values": state_values(holder.blocks, values)}
        return Reply.of(await self.courier.deliver("interactive", payload))

    def _holder(self, user: str, message_ts: str, channel: str | None) -> Message | View:
        if message_ts.startswith("V"):
            return self.state.view(user, message_ts)
        message = self.state.message(channel or "", message_ts)
        if message.ephemeral_to not in (None, user):
            raise LookupError(f"{user} does not see the ephemeral {message_ts}")
        return message

    def _values(self, user: str, holder: Message | View) -> Json:
        if isinstance(holder, View):
            return holder.values
        return holder.chosen.setdefault(user, {})

    async def _chosen(self, user: str, holder: Message | View, block: Json, element: Json, option: Any) -> Json | None:
        if element["type"] not in VALUE_FIELD:
            return None
        if element["type"] == "external_select" and isinstance(option, str):
            option = await self._pick(user, holder, block, element, option)
        return entry(element, option)

    async def _pick(self, user: str, holder: Message | View, block: Json, element: Json, text: str) -> Json:
        """The option a type-ahead offers under exactly this value or text."""
        offered = await self._ask_options(user, holder, block, element, text)
        for option in offered:
            if text in (option["value"], option["text"]["text"]):
                return option
        raise LookupError(f"{element['action_id']} offers nothing called {text!r}: {offered}")

    def _block_actions(self, user: str, holder: Message | View) -> Json:
        view_id = holder.id if isinstance(holder, View) else None
        trigger_id = self.state.new_trigger(user, view_id)
        payload = self.payloads.interaction("block_actions", self.state.person(user), trigger_id)
        if isinstance(holder, View):
            return payload | self.payloads.on_view(holder)
        url = self.response_url(user, holder.channel, holder)
        return payload | self.payloads.on_message(holder, self._channel_of(holder)) | {"response_url": url}

    def _channel_of(self, message: Message) -> Channel:
        return self.state.channels[message.channel]

    async def suggest(
        self,
        user: str,
        view_id: str,
        block_id: str | None,
        action_id: str,
        text: str,
        *,
        channel: str | None = None,
    ) -> list[Json]:
        """Type into a type-ahead; the options offered, groups flattened, none when the app failed.

        `view_id` may be a message's ts, then `channel` is needed.
        """
        holder = self._holder(user, view_id, channel)
        block, element = find(holder.blocks, action_id, block_id)
        return await self._ask_options(user, holder, block, element, text)

    async def _ask_options(
        self, user: str, holder: Message | View, block: Json, element: Json, text: str
    ) -> list[Json]:
        payload = self.payloads.interaction("block_suggestion", self.state.person(user))
        if isinstance(holder, View):
            payload |= self.payloads.on_view(holder)
        else:
            payload |= self.payloads.on_message(holder, self._channel_of(holder))
        payload |= {"action_id": element["action_id"], "block_id": block["block_id"], "value": text}
        answer = (await self.courier.deliver("options", payload)).body
        return options_of(answer) if isinstance(answer, dict) else []
