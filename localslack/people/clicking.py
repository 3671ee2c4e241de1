"""Using what the app put on the screen: buttons, menus, type-ahead."""

import asyncio
from typing import Any

from localslack.blockkit import check_options
from localslack.outgoing.payloads import action
from localslack.people.attachments import Attachments, legacy_action
from localslack.people.choices import choose, entry
from localslack.people.failures import place_of
from localslack.workspace.inputs import EXTERNAL, STATELESS, VALUE_FIELD, find, options_of, state_values
from localslack.workspace.model import Channel, Json, Message, Reply, View

QUERY_LENGTH = 3  # letters before a type-ahead asks, where the element says nothing else


class Clicking(Attachments):
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
        """Use an element: a button, or with `option` a menu or another input.

        `message_ts` may be the id of an open modal or App Home (then `channel` is None); `name` is an
        action_id or what the button says. `option` is an option's value or text, a person, a date, several of
        them for a multi-select; `state` is what stands in the other inputs, {block_id: {action_id: value}}.
        Actions of attachments (the old kind) are used in the same way, `block_id` then is the attachment's id.
        The app hears nothing of an input block without dispatch_action: its value is kept for the submission.
        """
        holder = self._holder(user, message_ts, channel)
        if isinstance(holder, Message) and (legacy := legacy_action(holder, name, block_id)):
            return await self.press(user, holder, *legacy, option)
        block, element = find(holder.all_blocks, name, block_id)
        chosen = await self._chosen(user, holder, block, element, option)
        values = self._values(user, holder)
        choose(self.state, holder.all_blocks, values, state or {})
        if chosen is not None and element["type"] not in STATELESS:
            values.setdefault(block["block_id"], {})[element["action_id"]] = chosen
        if block["type"] == "input" and not block.get("dispatch_action"):
            return Reply(status=0)
        return await self._act(user, holder, block, element, chosen)

    async def type_into(
        self, user: str, view_id: str, name: str, text: str, *, enter: bool = False, channel: str | None = None
    ) -> Reply:
        """Type into a text input, with Enter at the end or not; the app hears of it where it asked to.

        That is: dispatch_action on the block, and in dispatch_action_config on_character_entered, or
        on_enter_pressed (which holds when there is none). `view_id` may be a message's ts, then `channel` is needed.
        """
        holder = self._holder(user, view_id, channel)
        block, element = find(holder.all_blocks, name)
        typed = entry(self.state, element, text)
        self._values(user, holder).setdefault(block["block_id"], {})[element["action_id"]] = typed
        told = element.get("dispatch_action_config", {}).get("trigger_actions_on") or ["on_enter_pressed"]
        if not block.get("dispatch_action") or ("on_enter_pressed" if enter else "on_character_entered") not in told:
            return Reply(status=0)
        return await self._act(user, holder, block, element, typed)

    async def _act(self, user: str, holder: Message | View, block: Json, element: Json, chosen: Json | None) -> Reply:
        clicks = [self.courier.deliver("interactive", self._acted(user, holder, block, element, chosen))]
        if element["type"] == "button" and self.faults.drawn("double_click", "interactive"):
            clicks.append(self.courier.deliver("interactive", self._acted(user, holder, block, element, chosen)))
        sent = await clicks[0] if len(clicks) == 1 else (await asyncio.gather(*clicks))[0]
        where = {"block_id": block["block_id"], "action_id": element["action_id"]}
        self.settle(user, place_of(holder) | where, "action", sent.error)
        return Reply.of(sent)

    def _acted(self, user: str, holder: Message | View, block: Json, element: Json, chosen: Json | None) -> Json:
        """One click: it has a trigger, a moment and (in a message) a response url of its own."""
        act = action(block, element, chosen, self.state.next_ts())
        payload = self._block_actions(user, holder, block) | {"actions": [act]}
        payload["state"] = {"values": state_values(holder.all_blocks, self._values(user, holder))}
        return payload

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
        return entry(self.state, element, await self._picked(user, holder, block, element, option))

    async def _picked(self, user: str, holder: Message | View, block: Json, element: Json, option: Any) -> Any:
        """The same, with what was typed into a type-ahead replaced by the option it offers for that."""
        if element["type"] not in EXTERNAL or not option:
            return option
        several = option if isinstance(option, list) else [option]
        picked = [
            await self._pick(user, holder, block, element, one) if isinstance(one, str) else one for one in several
        ]
        return picked if isinstance(option, list) else picked[0]

    async def _pick(self, user: str, holder: Message | View, block: Json, element: Json, text: str) -> Json:
        """The option a type-ahead offers under exactly this value or text."""
        offered = await self._ask_options(user, holder, block, element, text)
        for option in offered:
            if text in (option["value"], option["text"]["text"]):
                return option
        raise LookupError(f"{element['action_id']} offers nothing called {text!r}: {offered}")

    def _block_actions(self, user: str, holder: Message | View, block: Json) -> Json:
        view_id = holder.id if isinstance(holder, View) else None
        trigger_id = self.state.new_trigger(user, view_id)
        payload = self.payloads.interaction("block_actions", self.state.person(user), trigger_id)
        if isinstance(holder, View):
            return payload | self.payloads.on_view(holder)
        url = self.response_url(user, holder.channel, holder)
        return payload | self.payloads.on_message(holder, self._channel_of(holder), block) | {"response_url": url}

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

        `view_id` may be a message's ts, then `channel` is needed. Fewer letters than min_query_length ask nobody.
        """
        holder = self._holder(user, view_id, channel)
        block, element = find(holder.all_blocks, action_id, block_id)
        return await self._ask_options(user, holder, block, element, text)

    async def _ask_options(
        self, user: str, holder: Message | View, block: Json, element: Json, text: str
    ) -> list[Json]:
        if len(text) < element.get("min_query_length", QUERY_LENGTH):
            return []
        payload = self.payloads.interaction("block_suggestion", self.state.person(user))
        if isinstance(holder, View):
            payload |= self.payloads.on_view(holder)
        else:
            payload |= self.payloads.on_message(holder, self._channel_of(holder), block)
        where = {"block_id": block["block_id"], "action_id": element["action_id"]}
        sent = await self.courier.deliver("options", payload | where | {"value": text})
        wrong = sent.error or ("invalid_options" if check_options(sent.body) else "")
        self.settle(user, place_of(holder) | where, "options", wrong)
        return [] if wrong else options_of(sent.body)
