"""App Home: in two lines what matters now; then what waits for this person, what is wrong, and what is theirs.

At most eight statements, however much there is (`MOST_STATEMENTS`, which a test counts).
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.actions.bot import standing
from bot.actions.bot.facts import watched
from bot.actions.bot.standing import Line, Services
from bot.actions.reviews.glance import Glance, at_a_glance, roles_apart
from bot.delivery import webapi
from bot.drawing import elements
from bot.drawing.buttons import button, offers
from bot.drawing.cards import holds
from bot.drawing.cards.holds import Held
from bot.drawing.cards.requests import listed_entry
from bot.drawing.masking import clearance_of
from bot.errors import NotIdentified
from bot.handlers.desk import Desk, oneself, says_on_oneself
from bot.handlers.help import groups, offered
from bot.holds.read_only import ReadOnly
from bot.people import on_call
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.platform import staff
from bot.policy import Requirement
from bot.store.health import Health
from bot.store.models import OPEN, Hold, HoldKind, Verdict
from bot.store.watch import Seen
from bot.words import counted, plain, sentence

MOST_STATEMENTS = 8
SHOWN = 10
ACTIONS = 8  # buttons of what somebody may do: with those of their own ten
FEW = 5  # of what is only good to know

log = structlog.get_logger()


async def publish(desk: Desk) -> None:
    """Draw the opener's App Home. A stranger is told how to be linked."""
    try:
        operator = await desk.operator()
    except NotIdentified as error:
        blocks = desk.renderer.blocks("stranger.j2", text=str(error))
    else:
        blocks = draw(desk, await read(desk, operator))
    try:
        async with webapi.waiting():
            await desk.client.views_publish(user_id=desk.place.user_id, view={"type": "home", "blocks": blocks})
    except SlackApiError as error:
        # Whatever is wrong, a second attempt is not better, and whoever looks again is shown it anew.
        log.error("App Home cannot be shown", error=webapi.code(error))  # noqa: TRY400 - the trace would say nothing


@dataclass(frozen=True)
class Found:
    """All that the page is drawn from."""

    operator: Operator
    glances: Sequence[Glance]
    held: Sequence[Held]
    lines: Sequence[Line]
    how: tuple[Health, Seen, Services]
    names: Mapping[uuid.UUID, str]
    on_call: Sequence[str]
    """Who is told, and who after them, by name."""
    buttons: Mapping[str, Any]


async def read(desk: Desk, operator: Operator) -> Found:
    """Seven statements; who it is for was the first."""
    session = desk.session
    glances = await at_a_glance(session, operator.id, operator.roles, operator.permissions)
    held = await holds.glanced(session)
    lines = await standing.lines(session, operator.permissions, operator.id)
    how = await standing.how_it_is(session)
    duty = await on_call.now(session, desk.core.policy, how[1].now)
    people = await staff.people(session, _named(glances, held), duty.order)
    names = {staff.ITSELF: staff.BOT, **{one.id: one.name for one in people}}
    called = staff.by_address(people, duty.order)
    return Found(operator, glances, held, lines, how, names, called, await _buttons(desk, operator))


def draw(desk: Desk, found: Found) -> list[dict[str, Any]]:
    """The page, as this person may see it: nobody else does."""
    operator, lines = found.operator, found.lines
    waiting = [one for one in found.glances if one.waits_for(operator.id, operator.roles)]
    sees_problems = operator.may(Permission.QUEUE_READ) or operator.may(Permission.INCIDENT_READ)
    return desk.renderer.blocks(
        "home/home.j2",
        clearance_of(operator),
        name=operator.name,
        **_first_lines(found, waiting),
        **_requests(desk, found, waiting),
        **_held(desk, operator, found.held, found.names),
        **found.buttons,
        problems=[_problem(desk, one) for one in lines if one.problem][:SHOWN] if sees_problems else None,
        silences=len([one for one in lines if one.kind == "silence"]),
        roles=[{"name": plain(one.title), "ends": one.at} for one in lines if one.kind == "role"],
        subscriptions=[one.title for one in lines if one.kind == "subscription"][:FEW],
        groups=groups(desk.core.registry, operator),
    )


def _named(glances: Sequence[Glance], held: Sequence[Held]) -> set[uuid.UUID]:
    """Whoever is named on the page."""
    words = {word.staff_id for one in glances for word in one.words}
    return {one.proposal.requester_id for one in glances} | words | {one.hold.staff_id for one in held}


def _first_lines(found: Found, waiting: Sequence[Glance]) -> dict[str, Any]:
    """What somebody reads who stops after two lines."""
    bot, seen, services = found.how
    waits = f"{counted(len(waiting), 'request')} {'waits' if len(waiting) == 1 else 'wait'} for you" if waiting else ""
    parts = [waits, *_counted([one for one in found.lines if one.problem])]
    health = [services.in_words] if found.operator.may(Permission.QUEUE_READ) else []
    unwell = ["no worker process is running"] if not bot.workers else []
    heard = [watched(seen)] if seen.sent or seen.silent else []
    return {
        "headline": sentence(", ".join(one for one in parts if one)) or "Nothing needs you now",
        "on_call": ", then ".join(found.on_call) or "nobody",
        "health": " · ".join(["", *health, *unwell, *heard]),
    }


def _counted(problems: Sequence[Line]) -> list[str]:
    """`1 incident (P1)`, `2 alerts (critical)`: how many, and how bad the worst is; they come worst first."""
    found = []
    for kind in ("incident", "alert"):
        some = [one for one in problems if one.kind == kind]
        if some:
            found.append(f"{counted(len(some), f'open {kind}')} ({some[0].severity or 'not rated'})")
    return found


def _problem(desk: Desk, one: Line) -> dict[str, Any]:
    return {
        "title": elements.link(desk.channels.permalink(one.channel, one.ts), one.title),
        "severity": one.severity,
        "state": one.state,
        "since": one.at,
    }


def _requests(desk: Desk, found: Found, waiting: Sequence[Glance]) -> dict[str, Any]:
    """Those of the page, by where they stand on it."""
    me = found.operator.id
    open_ones = [one for one in found.glances if one.proposal.state in OPEN]
    own = [one for one in open_ones if one.proposal.requester_id == me]
    others = [one for one in open_ones if one not in own and one not in waiting]
    ended = [one for one in found.glances if one.proposal.ended and one.proposal.state not in OPEN]
    placed = {
        "waiting": sorted(waiting, key=lambda one: one.proposal.expires)[:SHOWN],
        "asked": own[:SHOWN],
        "others": others[:FEW],
        "ended": ended[:FEW],
    }
    listed = {name: [listed_entry(desk, one, found.names) for one in some] for name, some in placed.items()}
    return listed | {"reviews": _reviews(desk, found)[:FEW]}


def _reviews(desk: Desk, found: Found) -> list[dict[str, Any]]:
    """What ran without approval that they could look at; whoever ordered it, or asked for it, does not."""
    me, roles = found.operator.id, found.operator.roles
    return [
        {
            **listed_entry(desk, one, found.names),
            "proposal": one.proposal.id,
            "by": found.names.get(word.staff_id, staff.GONE),
            "at": word.at,
            "why": word.reason or "",
            "by_itself": word.verdict == Verdict.PRE_APPROVED,
        }
        for one in reversed(found.glances)
        for word in one.words
        if me not in (word.staff_id, one.proposal.requester_id)
        and not roles_apart(Requirement.model_validate(one.proposal.requirement).approvers, roles)
    ]


def _held(desk: Desk, operator: Operator, held: Sequence[Held], names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """What is temporary, and read-only mode, which everybody is told of."""
    modes = [one.hold for one in held if one.hold.kind == HoldKind.READ_ONLY]
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    mode = max(modes, key=lambda one: one.ends or latest, default=None)
    shown = holds.entries(desk, operator, held, names) if operator.may(Permission.HOLD_READ) else None
    return {
        "read_only": _mode(mode, names) if mode else None,
        "holds": shown[:SHOWN] if shown is not None else None,
        "further": max(0, len(shown or ()) - SHOWN),
    }


def _mode(hold: Hold, names: Mapping[uuid.UUID, str]) -> ReadOnly:
    return ReadOnly(names.get(hold.staff_id, staff.GONE), hold.reason, hold.starts, hold.ends)


@dataclass(frozen=True)
class Offer:
    """A button that begins a command; `place`: where it stands on the page."""

    place: str
    label: str
    name: str
    verb: str
    arguments: Mapping[str, str] = field(default_factory=dict)


async def _buttons(desk: Desk, operator: Operator) -> dict[str, Any]:
    """All buttons that begin a command, by where they stand: one statement keeps what is behind them."""
    wanted = [*_own(desk, operator), *_next(desk, operator)]
    if operator.may(Permission.READONLY_SWITCH):
        wanted.append(Offer("read_only_off", "Switch off read-only mode …", "draft:readonly", "readonly off"))
    kept = await desk.drafts([(one.verb, one.arguments) for one in wanted])
    made = [(one.place, button(one.label, one.name, draft)) for one, draft in zip(wanted, kept, strict=True)]
    off = [shown for place, shown in made if place == "read_only_off"]
    return {
        "own_buttons": [shown for place, shown in made if place == "own_buttons"],
        "next_buttons": [shown for place, shown in made if place == "next_buttons"],
        "read_only_off": off[0] if off else None,
    }


def _own(desk: Desk, operator: Operator) -> list[Offer]:
    """What leads on from one's own access and subscriptions."""
    known = desk.core.registry.by_verb
    shown = [known[verb] for verb in ("my access", "digest subscriptions") if operator.may(known[verb].permission)]
    return [Offer("own_buttons", offers(one), f"draft:own:{one.verb}", one.verb) for one in shown]


def _next(desk: Desk, operator: Operator) -> list[Offer]:
    """The most pressing of what they may do; and what everybody may do to themselves."""
    registry = desk.core.registry
    able = offered(registry, operator)[:ACTIONS]
    own = [one for one in registry.by_verb.values() if one.on_oneself and not operator.may(one.permission)]
    return [Offer("next_buttons", offers(one), f"draft:{one.verb}", one.verb) for one in able] + [
        Offer("next_buttons", says_on_oneself(one), f"draft:own:{one.verb}", one.verb, oneself(operator, one))
        for one in own
    ]
