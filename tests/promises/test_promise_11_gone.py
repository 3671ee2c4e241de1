"""Promise 11: what was asked for and done can be drawn whatever becomes of what it was about."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.delivery.channels import Channels
from bot.demo import world
from bot.drawing.cards import holds
from bot.drawing.cards.notices import Notices
from bot.drawing.cards.proposal import Cards
from bot.drawing.render import Renderer
from bot.handlers import buttons, home
from bot.handlers.desk import Desk, Place
from bot.holds import engine
from bot.pipeline import standing, verify
from bot.store.models import Message, Proposal, State
from tests.integration.action_examples import BEFORE, WRITING
from tests.promises.bench import Bench
from tests.promises.test_locks import decided, proposed

# As an administrator at the database would: nothing that refers to them keeps them.
GONE = """
SET session_replication_role = replica;
DELETE FROM users WHERE email = 'staffer@penguinmails.example';
DELETE FROM staff_members WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM staff_member_roles WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM tenants WHERE name LIKE 'Acme%';
DELETE FROM feature_flags; DELETE FROM tenant_feature_flags; DELETE FROM feature_flag_allowlist;
DELETE FROM job_queues; DELETE FROM queue_pauses;
SET session_replication_role = origin;
"""


@pytest.fixture
def gone(sql) -> Callable[[], None]:
    """Take every example's target from the platform."""

    def delete() -> None:
        for statement in GONE.strip().split(";"):
            if statement.strip():
                sql(statement)

    return delete


@pytest.fixture
def asked_for(bench: Bench, sql) -> Callable[[str], Any]:
    async def ask(name: str) -> Proposal:
        if name in BEFORE:
            sql(BEFORE[name])
        return await proposed(bench, name)

    return ask


TEAM = world.workspace().team_id
each = pytest.mark.parametrize("name", WRITING)


def desk(bench: Bench, session: Any, name: str) -> Desk:
    """Where somebody is served; what is answered are rows, and Slack is not asked."""
    place = Place(team_id=TEAM, user_id=world.slack_id(name), channel="C0OPERATIONS")
    missing: Any = None
    return Desk(
        session=session,
        place=place,
        source=f"test:{uuid.uuid4()}",
        core=bench.core,
        renderer=Renderer(),
        channels=Channels(AsyncWebClient(), {}),
        client=missing,
        team_id=TEAM,
        reports=missing,
        outgoing=None,
    )


async def everything(bench: Bench, proposal: Proposal) -> list[str]:
    """All that is on a screen about it, drawn anew: messages, Home and the details; their texts."""
    renderer = Renderer()
    about = (bench.core, renderer, Channels(AsyncWebClient(), {}), TEAM)
    drawings = {**Cards(*about).projections(), **Notices(*about).projections(), **holds.projections(renderer)}
    async with bench.database.transaction() as session:
        rows = await session.scalars(select(Message).where(Message.projection.in_(drawings)))
        texts = [str((await drawings[row.projection](session, row.subject or ""))["text"]) for row in rows]
        for name in ("root", "security"):
            there = desk(bench, session, name)
            operator = await there.operator()
            assert home.draw(there, await home.read(there, operator))
        await buttons.details(desk(bench, session, "root"), proposal.id)
    assert texts
    return texts


@each
async def test_an_open_request_is_drawn_and_closed(bench: Bench, asked_for, gone, name: str) -> None:
    """Card, Home and details are there, and the request says by itself that there is nothing to decide any more."""
    proposal = await asked_for(name)
    before = await everything(bench, proposal)
    gone()
    await everything(bench, proposal)
    for target in proposal.targets:
        await standing.recheck(bench.core, target)
    after = await bench.read(proposal.id)
    assert after.state in (State.CLOSED, State.PENDING, State.APPROVED), after.cause
    assert before
    await everything(bench, proposal)


@each
async def test_what_was_approved_ends_with_the_reason(bench: Bench, asked_for, gone, name: str) -> None:
    """Nothing was done, and nobody is told that something went wrong on the bot's side."""
    proposal = await decided(bench, await asked_for(name))
    gone()
    after = await bench.execute(proposal)
    assert after.state in (State.FAILED, State.CLOSED, State.PENDING, State.SUCCEEDED), after.cause
    assert "my side" not in str(after.cause)
    await everything(bench, proposal)


@each
async def test_what_was_done_is_drawn_and_ends(bench: Bench, sql, asked_for, gone, name: str) -> None:
    """Also its verification, and the end of what was for a time."""
    proposal = await bench.execute(await decided(bench, await asked_for(name)))
    assert proposal.state == State.SUCCEEDED
    gone()
    await everything(bench, proposal)
    await verify.verify(bench.core, proposal.id, 0, 0)
    sql("UPDATE pmbot.holds SET ends = now() - interval '1 second' WHERE ended IS NULL")
    await engine.sweep(bench.database)
    assert sql("SELECT count(*) FROM pmbot.holds WHERE ended IS NULL") == [(0,)]
    await bench.follow()
    await everything(bench, proposal)
