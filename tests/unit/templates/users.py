"""What may be on the cards of customers' accounts."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.actions.staff.facts import sessions_detail, sessions_fact
from bot.personal import Personal
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import IDS, NAMES, WORDS, facts, listed, maybe, sessions


def on_users(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    active = draw(listed(sessions()))
    who = Personal(personal="customer", value=draw(NAMES))
    impact = Impact(
        facts=(fact("Account", who, bound=True), sessions_fact(active), *draw(listed(facts()))),
        details=sessions_detail(active),
        context={
            "user": {"id": str(draw(IDS)), "who": [who.model_dump()]},
            "lasts": draw(maybe(st.just("for 24 h"))),
            "tenant": draw(WORDS),
            "roles": draw(WORDS),
        },
    )
    return impact, {"sessions": [str(one.id) for one in active]}


def on_invitations(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    who = Personal(personal="customer", value=draw(NAMES))
    tenant = draw(WORDS)
    impact = Impact(
        facts=(fact("Address", who, bound=True), fact("Tenant", tenant), *draw(listed(facts()))),
        context={"who": [who.model_dump()], "tenant": {"id": "", "name": tenant}, "roles": draw(WORDS)},
    )
    return impact, {"invitation": ""}


MADE_OF["user."] = on_users
MADE_OF["user.invite"] = MADE_OF["user.take_back_invitation"] = on_invitations
