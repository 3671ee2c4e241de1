"""Forms that were sent off: a command with what was missing, or the words that a decision needs."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.drawing.buttons import button
from bot.errors import InvalidParameter, Refused
from bot.handlers import attached, choosing, commands, decisions, forms, views
from bot.handlers.desk import Desk, Place
from bot.pipeline import decide as deciding
from bot.pipeline import review as reviewing
from bot.pipeline import undo as undoing
from bot.platform import staff
from bot.store.models import Draft, Verdict


async def command(desk: Desk, payload: Mapping[str, Any]) -> None:
    """The form of an action: served where the command was typed."""
    draft = await desk.session.get_one(Draft, _subject(payload))
    typed, files = forms.submitted(payload["view"]), attached.chosen(payload["view"])
    if not files:
        await _serve(desk, draft, draft.verb, typed)
        return
    try:
        read = {name: await attached.text_of(desk.client, file) for name, file in files.items()}
    except Refused as error:
        await _again(_there(desk, draft), error, draft.verb, typed)
        return
    await _serve(desk, draft, draft.verb, {**typed, **read}, typed=typed)


async def choice(desk: Desk, payload: Mapping[str, Any]) -> None:
    """Which command a message led to: its form opens, with what is said already; an answer comes where that is."""
    draft = await desk.session.get_one(Draft, _subject(payload))
    verb = forms.submitted(payload["view"]).get("verb", "")
    action = desk.core.registry.by_verb.get(verb)
    given = {name: str(value) for name, value in draft.arguments.items() if action and name in action.parameters()}
    if choosing.LINK in given:  # which then says all that the reason would
        given.pop("reason", None)
    await _serve(desk, draft, verb, given, ask_first=True)


async def _serve(
    desk: Desk,
    draft: Draft,
    verb: str,
    arguments: Mapping[str, str],
    *,
    ask_first: bool = False,
    typed: Mapping[str, str] | None = None,
) -> None:
    """Carry a command on where it began. `typed`: without what came as a file, for the form to open with again."""
    there = _there(desk, draft)
    operator = await there.operator()
    try:
        async with desk.session.begin_nested():
            await commands.run(there, operator, verb, arguments, ask_first=ask_first)
    except InvalidParameter as error:
        await (there.refuse(error) if typed is None else _again(there, error, verb, typed))
    except Refused as error:
        await there.refuse(error)


def _there(desk: Desk, draft: Draft) -> Desk:
    now = {name: getattr(desk.place, name) for name in ("user_id", "team_id", "trigger_id")}
    doors = tuple(dict.fromkeys([*draft.origin.get("doors", ()), *desk.place.doors]))
    return Desk(**{**vars(desk), "place": Place.model_validate({**draft.origin, **now, "doors": doors})})


async def _again(desk: Desk, error: Refused, verb: str, typed: Mapping[str, str]) -> None:
    """Say what is wrong with a file; the form opens again with all that was typed beside it."""
    draft = await desk.draft(verb, {name: value for name, value in typed.items() if value})
    await desk.refuse(error, [button("Choose another file", "draft", draft)])


async def emergency(desk: Desk, payload: Mapping[str, Any]) -> None:
    await _decide(desk, payload, Verdict.BREAK_GLASS)


async def approval(desk: Desk, payload: Mapping[str, Any]) -> None:
    await _decide(desk, payload, Verdict.APPROVE)


async def rejection(desk: Desk, payload: Mapping[str, Any]) -> None:
    await _decide(desk, payload, Verdict.REJECT)


async def undo(desk: Desk, payload: Mapping[str, Any]) -> None:
    operator = await desk.operator()
    await undoing.undo(desk.core, desk.session, operator, _subject(payload), _reason(payload), doors=desk.place.doors)


async def question(desk: Desk, payload: Mapping[str, Any]) -> None:
    operator = await desk.operator()
    typed = forms.submitted(payload["view"]).get("question", "").strip()
    one = await reviewing.ask(desk.core, desk.session, operator, _subject(payload), typed)
    who = await staff.name_of(desk.session, one.word.staff_id)
    where = desk.channels.shown("security")
    await desk.note(f"I asked {who} in {where} and by direct message. The review stays open.")


async def code(desk: Desk, payload: Mapping[str, Any]) -> None:
    """Their code was right (bot/handlers/codes.py), and is not in here: the decision it was given for."""
    await decisions.approve(desk, _subject(payload))


async def _decide(desk: Desk, payload: Mapping[str, Any], verdict: Verdict) -> None:
    operator = await desk.operator()
    await deciding.decide(desk.core, desk.session, operator, _subject(payload), verdict, _reason(payload) or None)


def _subject(payload: Mapping[str, Any]) -> uuid.UUID:
    """What the form is about: a draft, a revision or a proposal."""
    return uuid.UUID(payload["view"]["private_metadata"])


def _reason(payload: Mapping[str, Any]) -> str:
    return forms.submitted(payload["view"]).get("reason", "").strip()


BY_FORM: Mapping[str, Callable[[Desk, Mapping[str, Any]], Awaitable[None]]] = {
    views.FORM: command,
    views.CHOICE: choice,
    views.BREAK_GLASS: emergency,
    views.REJECT: rejection,
    views.APPROVE: approval,
    views.UNDO: undo,
    views.QUESTION: question,
    views.CODE: code,
}
