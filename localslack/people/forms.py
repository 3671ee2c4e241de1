"""Forms: sending one off, what the app answers to that, and closing it."""

import base64
from typing import Any

from localslack.changes import marks
from localslack.changes.views import prepared, push_view, replace_view
from localslack.people.choices import choose
from localslack.people.clicking import Clicking
from localslack.people.failures import place_of
from localslack.people.validation import complaints
from localslack.workspace.inputs import by_id, find
from localslack.workspace.model import Json, Reply, SlackError, View


class Forms(Clicking):
    async def upload(self, user: str, name: str, content: str, *, encoded: bool = False) -> str:
        """Choose a file of one's own for a form (a file_input then takes its id): a text, or `encoded` as base64."""
        try:
            data = base64.b64decode(content, validate=True) if encoded else content.encode()
        except ValueError:
            raise ValueError("the content is no base64") from None
        file = self.state.new_file(self.state.person(user).id, name, len(data), content=data)
        marks.finish(self, file)
        return file.id

    async def submit(self, user: str, view_id: str, values: Json | None = None) -> Reply:
        """Fill in and send a form: {block_id: {action_id: value}} or {label: value}, or some of each.

        What Slack's client itself refuses (required inputs left empty, lengths, numbers, addresses) never reaches
        the app (status 0). The app's own errors come back in `Reply.errors`, and the form stays open.
        """
        view = self.state.view(user, view_id)
        if not view.content.get("submit"):
            raise LookupError(f"{view_id} has no button to submit it")
        given = await self._with_options(user, view, by_id(view.blocks, values or {}))
        choose(self.state, view.blocks, view.values, given)
        if errors := complaints(view.blocks, view.values):
            return Reply(status=0, error="incomplete", errors=errors)
        self._give_files(view)
        payload = self.payloads.submission(
            self.state.person(user),
            view,
            self.state.new_trigger(user, view_id),
            self._response_urls(user, view),
        )
        reply = Reply.of(await self.courier.deliver("interactive", payload))
        if not reply.error and view_id in self.state.stacks[user]:
            self._apply(view, reply)
        self.settle(user, place_of(view), "submit", reply.error)
        return reply

    async def _with_options(self, user: str, view: View, values: Json) -> Json:
        for block_id, actions in values.items():
            for action_id, value in actions.items():
                block, element = find(view.blocks, action_id, block_id)
                actions[action_id] = await self._picked(user, view, block, element, value)
        return values

    def _give_files(self, view: View) -> None:
        """Whom a form was sent to may read what is in it."""
        for actions in view.values.values():
            for entry in actions.values():
                for one in entry.get("files") or []:
                    if file := self.state.files.get(one["id"]):
                        file.given = True

    def _response_urls(self, user: str, view: View) -> list[Json]:
        urls: list[Json] = []
        for block in view.blocks:
            element = block.get("element") or {}
            if not element.get("response_url_enabled"):
                continue
            held = view.values[block["block_id"]][element["action_id"]]
            channel = held.get("selected_conversation") or held.get("selected_channel")
            if channel is None:
                continue
            ids = {"block_id": block["block_id"], "action_id": element["action_id"], "channel_id": channel}
            urls.append(ids | {"response_url": self.response_url(user, channel)})
        return urls

    def _apply(self, view: View, reply: Reply) -> None:
        """Do what the answer to a submission says: nothing said closes this form, nonsense leaves it open."""
        answer: Any = reply.body or {}
        action = answer.get("response_action") if isinstance(answer, dict) else None
        try:
            if action == "errors":
                reply.errors = _known_errors(view, answer.get("errors"))
            elif action == "update":
                replace_view(self, view, self._modal(answer.get("view")))
            elif action == "push":
                push_view(self, view.user, self._modal(answer.get("view")))
            elif answer and action != "clear":
                raise SlackError("invalid_response")  # noqa: TRY301 - it is shown like those of the views
            else:
                self.state.close_views(view.user, None if action == "clear" else view.id)
                self.tell_views(view.user)
        except SlackError as refused:
            reply.error = refused.code

    def _modal(self, content: Any) -> Json:
        checked = prepared(self, content)
        if checked["type"] != "modal":
            raise SlackError("invalid_arguments")
        return checked

    async def close_view(self, user: str, view_id: str, *, all_of_them: bool = False) -> Reply:
        """Close a form without sending it, and those above it; `all_of_them`: the whole stack.

        The app hears of each form that asked for it (notify_on_close). Returns the answer for this one.
        """
        view = self.state.view(user, view_id)
        cleared = all_of_them or bool(view.content.get("clear_on_close"))
        stack = self.state.stacks[user]
        closing = [self.state.views[one] for one in (stack if cleared else stack[stack.index(view_id) :])]
        payloads = {
            one.id: self.payloads.closed(self.state.person(user), one, cleared=cleared)
            for one in reversed(closing)
            if one.content.get("notify_on_close")
        }
        self.state.close_views(user, None if cleared else view_id)
        self.tell_views(user)
        answers = {one: Reply.of(await self.courier.deliver("interactive", sent)) for one, sent in payloads.items()}
        return answers.get(view_id, Reply(status=0))


def _known_errors(view: View, errors: Any) -> dict[str, str]:
    """Errors below their fields; one for a block that is no input is a mistake Slack does not show."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or set(errors) - inputs:
        raise SlackError("invalid_errors")
    return {str(block_id): str(text) for block_id, text in errors.items()}
