"""Asking for what is missing: a form made from an action's parameters, its type-ahead and its errors."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.registry import Registry
from bot.delivery import webapi
from bot.drawing.buttons import button
from bot.drawing.elements import plain_text
from bot.drawing.fitting import clip
from bot.drawing.masking import Clearance, clearance_of, masked_text
from bot.errors import InvalidParameter, MissingParameter, Refused
from bot.handlers import attached, views
from bot.handlers.desk import Desk, lookup_for
from bot.handlers.help import decision
from bot.handlers.views import plain
from bot.parameters.base import Choice, Lookup, Parameter, unescape
from bot.people.identity import Operator, SlackPerson, identify
from bot.policy import Policy, Risk
from bot.store.database import Database
from bot.store.models import JSON, Draft
from bot.words import sentence

TRIGGER_ERRORS = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"}
# As Slack documents them.
OPTION_LIMIT, VALUE_LIMIT, OPTIONS, INPUT_LIMIT = 75, 150, 100, 3000


async def ask(desk: Desk, operator: Operator, action: type[Action], arguments: Mapping[str, str]) -> None:
    """Open the action's form, filled with what was given; a button that opens it if the 3 s are over."""
    draft = await desk.draft_now(action.verb, arguments)
    view = await _view(desk, operator, action, arguments, draft)
    await open_or_offer(desk, view, draft)


async def open_or_offer(desk: Desk, view: JSON, draft: uuid.UUID) -> None:
    if await try_open(desk.client, desk.place.trigger_id, view):
        return
    await desk.note("Slack could not open the form in time. Press the button.", [button("Open form", "draft", draft)])


async def try_open(client: AsyncWebClient, trigger_id: str | None, view: JSON) -> bool:
    """Open a modal; False if the trigger is used up or older than 3 s, or will be by the time that Slack is back."""
    if trigger_id is None:
        return False
    try:
        await client.views_open(trigger_id=trigger_id, view=view)
    except webapi.UNANSWERED:
        return False
    except SlackApiError as error:
        if webapi.is_passing(error) or webapi.code(error) in TRIGGER_ERRORS:
            return False
        raise
    return True


async def _view(
    desk: Desk, operator: Operator, action: type[Action], arguments: Mapping[str, str], draft: uuid.UUID
) -> JSON:
    lookup = desk.lookup(action, arguments, operator)
    asked_for = [name for name, one in action.declared().items() if one.usage]  # nobody types the others
    inputs = [
        block
        for name in asked_for
        for block in await _inputs(action, name, arguments.get(name), lookup, desk.core.policy)
    ]
    footer = {"type": "context", "elements": [plain(decision(desk, operator, action))]}
    return views.modal(
        views.FORM,
        str(draft),
        title_of(action),
        submit=_submit(desk, operator, action),
        blocks=[*inputs, footer],
    )


def _submit(desk: Desk, operator: Operator, action: type[Action]) -> str:
    """What the form's button says: what is done by it at once, or what comes of it."""
    if action.risk in (Risk.READ, Risk.LOW):
        return sentence(action.words())
    alone = desk.core.policy.requirement(action.usually(), roles=operator.roles, on_self=False).self_approval
    return "Continue" if alone else "Send request"


def title_of(action: type[Action]) -> str:
    """What it does to what: `Sign somebody out`, `Turn off a flag`, `Add a role`."""
    return sentence(action.offer())


async def _inputs(action: type[Action], name: str, raw: str | None, lookup: Lookup, policy: Policy) -> Sequence[JSON]:
    """How a parameter is asked for: by one block, and where it may be a file, by that or by another one."""
    kind = action.parameters()[name]
    if kind.control in ("pick", "choose"):
        element = await _pick(kind, name, raw, lookup)
    else:
        longest = INPUT_LIMIT if kind.in_a_file else policy.reason_characters
        element = _text_input(kind, name, raw, longest)
    shown = {"type": "input", "block_id": name, "label": plain(kind.label), "element": element}
    if kind.in_a_file:
        either = "Type them here, or choose a file below. One of the two is needed."
        return [{**shown, "optional": True, "hint": plain(either)}, attached.field(name, kind.label)]
    return [{**shown, "optional": True} if name in action.optional() else shown]


async def _pick(kind: type[Parameter], name: str, raw: str | None, lookup: Lookup) -> JSON:
    element: JSON = {"action_id": name, "placeholder": plain(kind.hint)}
    few: list[JSON] = []
    if kind.control == "choose":
        few = options_of(await kind.matching("", lookup.session), Clearance.NONE)
        element |= {"type": "static_select", "options": few}
    else:
        element |= {"type": "external_select", "min_query_length": 1}
    try:
        chosen = await kind.resolve(name, raw, lookup)
    except Refused:
        return element
    if few:
        return {**element, "initial_option": next(one for one in few if one["value"] == chosen.dump())}
    seen = "".join(map(lookup.seen, chosen.parts))
    offered = options_of([Choice((seen,), chosen.dump())], Clearance.NONE)
    return {**element, "initial_option": offered[0]} if offered else element


def _text_input(kind: type[Parameter], name: str, raw: str | None, longest: int) -> JSON:
    longest = min(longest, INPUT_LIMIT)
    element: JSON = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": kind.control == "text",
        "max_length": longest,
        "placeholder": plain(kind.hint),
    }
    return {**element, "initial_value": clip(unescape(raw), longest)} if raw else element


def options_of(choices: Iterable[Choice], clearance: Clearance) -> list[JSON]:
    """A type-ahead's entries, as many as Slack takes; one whose raw value is too long for it has to be typed."""
    offered = [one for one in choices if 0 < len(one.value) <= VALUE_LIMIT]
    return [
        {"text": plain_text(masked_text(one.parts, clearance), OPTION_LIMIT), "value": one.value}
        for one in offered[:OPTIONS]
    ]


def submitted(view: Mapping[str, Any]) -> dict[str, str]:
    """The raw values of a form by parameter name."""
    values: dict[str, str] = {}
    for block_id, elements in view.get("state", {}).get("values", {}).items():
        for element in elements.values() if not block_id.endswith(attached.OF) else ():
            option = element.get("selected_option") or {}
            values[block_id] = element.get("value") or option.get("value") or ""
    return values


class Forms:
    """Answered within the request: what Slack cannot wait for. Only reads."""

    def __init__(self, database: Database, registry: Registry, policy: Policy, team_id: str) -> None:
        self._database, self._registry, self._policy, self._team_id = database, registry, policy, team_id

    async def options(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What a parameter's type offers for what was typed so far; nothing for strangers."""
        async with self._database.snapshot() as session:
            operator = await self._asker(session, body)
            draft = await session.get(Draft, uuid.UUID(body["view"]["private_metadata"]))
            action = self._registry.by_verb.get(draft.verb) if draft else None
            if operator is None or action is None or not action.open_to(operator):
                return []
            kind = action.parameters().get(body["action_id"])
            typed = str(body.get("value", ""))[:VALUE_LIMIT]
            found = await kind.offered_to(operator.id, typed, session) if kind else []
        return options_of(found, clearance_of(operator))

    async def _asker(self, session: AsyncSession, body: Mapping[str, Any]) -> Operator | None:
        """Whoever has the form open; None for a stranger."""
        user = body["user"]
        person = SlackPerson(user.get("team_id") or self._team_id, user["id"])
        try:
            return await identify(session, person, self._team_id)
        except Refused:
            return None

    async def errors(self, body: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with a submitted form, by block; empty when it can be handled, or refused."""
        view = body["view"]
        values = submitted(view)
        if view["callback_id"] in (views.REJECT, views.APPROVE, views.CHOICE):  # what is said there may be left out
            return {}
        if view["callback_id"] != views.FORM:
            blank = [name for name, value in values.items() if not value.strip()]
            asked = view["callback_id"] == views.QUESTION
            said = "Type a question." if asked else "Say why: it is shown on the card and in the audit trail."
            return dict.fromkeys(blank, said)
        async with self._database.snapshot() as session:
            draft = await session.get(Draft, uuid.UUID(view["private_metadata"]))
            if draft is None:
                return dict.fromkeys(values, "This form is too old. Close it and type the command again.")
            action = self._registry.by_verb[draft.verb]
            operator = await self._asker(session, body)
            if operator is None or not action.open_to(operator):
                return {}  # whoever handles it says why; what there is, and is close to what was typed, is not for them
            where = draft.origin.get("channel", ""), draft.origin.get("channel_name")
            lookup = lookup_for(self._policy, session, self._team_id, action, values, operator, where)
            errors: dict[str, str] = {}
            for name in action.parameters():
                if name in attached.chosen(view):  # which is read where nobody waits
                    errors |= {name: "Type them or choose a file, not both."} if values.get(name, "").strip() else {}
                    continue
                try:
                    await action.given(name, values.get(name), lookup)
                except MissingParameter as error:
                    by_file = " Or choose a file below." if action.parameters()[name].in_a_file else ""
                    errors[name] = f"{error}{by_file}"
                except InvalidParameter as error:
                    errors[name] = str(error)
            return errors
