"""A plan of several steps is drawn, bound, decided, undone and written down as what it is: all of them."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.actions.staff.revoke_sessions import RevokeSessions
from bot.delivery.channels import Channels
from bot.drawing.cards.proposal import Cards
from bot.drawing.render import Renderer
from bot.errors import Refused
from bot.pipeline.undo import undo
from bot.store.models import JSON, AuditEntry, AuditKind, Proposal, State
from localslack.blockkit import check_message
from tests.promises.bench import IDS, NAMES, Bench

STEPS = [("staff.suspend", "staffer"), ("staff.revoke_sessions", "finance")]
STAFFER, FINANCE = NAMES["staffer"], NAMES["finance"]
SUSPEND, SIGN_OUT = f"Suspend {STAFFER}", f"Sign out {FINANCE} everywhere"


async def drawn(bench: Bench, proposal: Proposal) -> JSON:
    """The card of the request, as its channel has it."""
    cards = Cards(bench.core, Renderer(), Channels(AsyncWebClient(), {"operations": "C0OPERATIONS"}), "T0PENGUIN")
    async with bench.database.snapshot() as session:
        content = await cards.proposal(session, str(proposal.id))
    assert check_message(content) == []
    return content


def labels(content: JSON) -> list[str]:
    """What its buttons say."""
    actions = next(block for block in content["blocks"] if block["type"] == "actions")
    return [one["text"]["text"] for one in actions["elements"] if one["type"] == "button"]


async def entry(bench: Bench, kind: AuditKind) -> AuditEntry:
    async with bench.database.snapshot() as session:
        return (await session.scalars(select(AuditEntry).where(AuditEntry.kind == kind))).one()


async def failing(self: RevokeSessions, *_: object) -> None:
    raise Refused("The platform takes no changes at the moment.")


async def done_in_part(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Proposal:
    """A plan whose second step turned out to be impossible."""
    monkeypatch.setattr(RevokeSessions, "execute", failing)
    proposal = await bench.ask_for("oncall", STEPS)
    await bench.decide("security", proposal)
    after = await bench.execute(proposal)
    assert after.state == State.PARTLY
    return after


async def test_the_card_says_all_that_it_would_do(bench: Bench) -> None:
    """Each step with what it is about, before anybody decides."""
    content = await drawn(bench, await bench.ask_for("oncall", STEPS))
    text = content["text"]
    assert text.startswith(f"{SUSPEND}; {SIGN_OUT}")
    assert text.index("Step 1") < text.index(SUSPEND, len(SUSPEND)) < text.index("Step 2")
    assert text.count("Account") == 2
    assert labels(content)[0] == "Do all 2 steps"


async def test_what_was_seen_of_a_later_step_binds_too(bench: Bench, sql) -> None:
    """Its approval is void when another account stands behind the name."""
    proposal = await bench.ask_for("oncall", STEPS)
    await bench.decide("security", proposal)
    sql("UPDATE users SET email = 'other@penguinmails.example' WHERE id = %s", IDS["finance"])
    after = await bench.execute(proposal)
    assert after.state == State.PENDING
    assert "approve again" in (await drawn(bench, after))["text"]


async def test_done_means_all_of_it(bench: Bench) -> None:
    proposal = await bench.ask_for("oncall", STEPS)
    await bench.decide("security", proposal)
    await bench.execute(proposal)
    text = (await drawn(bench, proposal))["text"]
    assert f"Suspended {STAFFER}; Signed out {FINANCE} everywhere" in text
    assert "not done" not in text


async def test_partly_done_says_which_steps_and_why_no_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """And offers to take back what was done."""
    content = await drawn(bench, await done_in_part(bench, monkeypatch))
    text = content["text"]
    assert "partly done" in text
    assert "The platform takes no changes at the moment." in text
    assert text.index("Step 1") < text.index(f"Suspended {STAFFER}") < text.index("Step 2, not done")
    assert labels(content) == ["Undo what was done …", "Details"]


async def test_only_what_was_done_is_taken_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    partly = await done_in_part(bench, monkeypatch)
    operator = await bench.operator("security")
    async with bench.database.transaction() as session:
        asked = await undo(bench.core, session, operator, partly.id, "it was a mistake")
    await bench.decide("nadia", await bench.read(asked.id))
    await bench.execute(await bench.read(asked.id))
    assert await bench.sql(f"SELECT status FROM users WHERE id = '{IDS['staffer']}'") == [("active",)]
    assert (await bench.read(partly.id)).state == State.UNDONE


@pytest.mark.parametrize("kind", [AuditKind.ASKED, AuditKind.DECIDED])
async def test_what_was_asked_for_and_decided_is_written_down_whole(bench: Bench, kind: AuditKind) -> None:
    """An entry about several things is about the request, and names all of them."""
    proposal = await bench.ask_for("oncall", STEPS)
    await bench.decide("security", proposal)
    found = await entry(bench, kind)
    assert (found.action, found.target) == ("pipeline.plan", f"proposal:{proposal.id}")
    assert found.facts["steps"] == [[name, f"staff:{IDS[about]}"] for name, about in STEPS]
