"""Every safeguard of a promise that can be dropped. One module for each group of promises, imported here.

Some safeguards stand behind another: the key of `executions` behind the lock of the proposal, the index of the audit
entries behind both. Each is dropped in a test that depends on it alone.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.handlers import dispatch, intake
from bot.people.identity import Operator
from bot.pipeline import decide, effects, execute, standing
from bot.pipeline.core import Core
from bot.store.models import Decision, Effect, EffectState, Proposal, Revision
from tests.promises.mutations import mutation
from tests.promises.unlocked import always, no_proposal_lock

HANDLED, EXACT, ONCE, WHO, TOGETHER = (
    "test_promise_01_handled_once.py",
    "test_promise_02_exactly_what_was_shown.py",
    "test_promise_03_once.py",
    "test_promise_04_who_decides.py",
    "test_promise_05_together.py",
)
ASKED, ARRIVED = "test_promise_03_asked_once.py", "test_promise_05_arrived.py"

# 1: what was acknowledged is handled, once


def store_without_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "STORE", intake.STORE.replace("ON CONFLICT (key) DO NOTHING", ""))


def read_inbox_without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_LOCKED", dispatch._ONE)


mutation(
    "inbox_key",
    tests=HANDLED,
    only="restart and typed",
    sql="ALTER TABLE pmbot.inbox DROP CONSTRAINT uq_inbox_key",
    patch=store_without_key,
)
mutation("inbox_lock", tests=HANDLED, only="jobs_for_the_same_payload", patch=read_inbox_without_lock)
mutation(
    "inbox_handled_mark",
    tests=HANDLED,
    only="much_later",
    sql="""
        CREATE FUNCTION pmbot.forget() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN NEW.handled = NULL; RETURN NEW; END';
        CREATE TRIGGER forget BEFORE UPDATE ON pmbot.inbox FOR EACH ROW EXECUTE FUNCTION pmbot.forget()
    """,
)

# 2: a decision counts for exactly the plan shown


async def whatever_was_said(*said: Any) -> Any:
    """The words, which come last."""
    return said[-1]


class Same(str):
    """A fingerprint like any other."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


def words_of_any_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    async def approvals(session: AsyncSession, revision_id: Any) -> list[Decision]:
        revision = await session.get_one(Revision, revision_id)
        same = select(Revision.id).where(Revision.proposal_id == revision.proposal_id)
        return list(await session.scalars(select(Decision).where(Decision.revision_id.in_(same))))

    monkeypatch.setattr(decide, "approvals", approvals)
    monkeypatch.setattr(execute, "approvals", approvals)
    monkeypatch.setattr(standing, "approvals", approvals)


mutation(
    "fingerprint_checked_at_execution",
    tests=EXACT,
    only="voids_the_approval or void_the_reinstatement",
    patch=lambda monkeypatch: monkeypatch.setattr(execute, "fingerprint", lambda *_: Same()),
)
mutation("decisions_refer_to_a_revision", tests=EXACT, only="old_words", patch=words_of_any_revision)
mutation(
    "revision_checked_at_click",
    tests=EXACT,
    only="buttons_of_an_old_card",
    patch=lambda monkeypatch: monkeypatch.setattr(decide, "_still_open", always(None)),
)

# 3: an approved step happens once

mutation("proposal_lock_at_execution", tests=ONCE, only="two_workers_with_the_same_job", patch=no_proposal_lock)
mutation("proposal_lock_at_click", tests=ONCE, only="approvers_at_the_same_instant", patch=no_proposal_lock)
mutation(
    "executions_key",
    tests=ONCE,
    only="without_the_lock_the_key",
    sql="ALTER TABLE pmbot.executions DROP CONSTRAINT pk_executions",
)
mutation("executed_audit_index", tests=ONCE, only="one_audit_entry", sql="DROP INDEX pmbot.uq_audit_log_executed")
mutation(
    "open_same_index",
    tests=ASKED,
    only="same_instant_one_is_stored or database_holds_one",
    sql="DROP INDEX pmbot.uq_proposals_same_open",
)
mutation("open_undo_index", tests=ONCE, only="one_open_undo", sql="DROP INDEX pmbot.uq_proposals_undoes_open")

# 4: who decides

mutation(
    "decisions_key", tests=WHO, only="one_word_of_a_person", sql="DROP INDEX pmbot.uq_decisions_revision_id_staff_id"
)
mutation(
    "approver_checked_at_click",
    tests=WHO,
    only="their_own_request or about_themselves or counts_once",
    patch=lambda monkeypatch: monkeypatch.setattr(decide, "_may_approve", always(None)),
)
mutation("proposal_lock_for_one_person", tests=WHO, only="two_clicks_of_one_person", patch=no_proposal_lock)
mutation(
    "approver_checked_at_execution",
    tests=WHO,
    only="lost_it_between_click_and_run",
    patch=lambda monkeypatch: monkeypatch.setattr(execute, "_still_counting", whatever_was_said),
)
mutation(
    "requester_checked_at_execution",
    tests=WHO,
    only="requester_who_lost",
    patch=lambda monkeypatch: monkeypatch.setattr(Operator, "may", lambda *_: True),
)
mutation(
    "open_words_voided",
    tests=WHO,
    only="loses_open_approvals",
    patch=lambda monkeypatch: monkeypatch.setattr(standing, "_lost_trust_since", always(False)),
)
mutation(
    "open_requests_voided",
    tests=WHO,
    only="loses_open_requests",
    patch=lambda monkeypatch: monkeypatch.setattr(standing, "_lost_trust_since", always(False)),
)

# 5: effect and audit together, outside calls at most once


def a_transaction_for_the_change_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def carry_out(
        core: Core, _session: AsyncSession, proposal: Proposal, action: Action, _number: int
    ) -> Outcome:
        async with core.database.transaction() as apart:
            return await action.execute(apart, proposal.requester_id)

    monkeypatch.setattr(execute, "_carry_out", carry_out)


def effect_without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(session: AsyncSession, key: str) -> Effect:
        return (await session.scalars(select(Effect).where(Effect.key == key))).one()

    monkeypatch.setattr(effects, "_locked", read)


def never_marked_as_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    states = {state.name: state for state in EffectState} | {"SENT": EffectState.PLANNED}
    monkeypatch.setattr(effects, "EffectState", SimpleNamespace(**states))


def sent_again_without_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "_there", always(None))


mutation("one_transaction", tests=TOGETHER, only="error_after_the_action", patch=a_transaction_for_the_change_alone)
mutation(
    "effects_key", tests=TOGETHER, only="effect_has_one_row", sql="ALTER TABLE pmbot.effects DROP CONSTRAINT pk_effects"
)
mutation("effect_lock", tests=TOGETHER, only="two_workers_with_the_same_effect", patch=effect_without_lock)
mutation("effect_looked_for_first", tests=ARRIVED, only="came_after_all", patch=sent_again_without_a_look)
mutation("effect_marked_before_the_call", tests=TOGETHER, only="cut_off or marked_as_sent", patch=never_marked_as_sent)

from tests.promises import (  # noqa: E402
    safeguards_guarantees,  # noqa: F401
    safeguards_holds,  # noqa: F401
    safeguards_roles,  # noqa: F401
    safeguards_seals,  # noqa: F401
    safeguards_seen,  # noqa: F401
    safeguards_slots,  # noqa: F401
    safeguards_watch,  # noqa: F401
)
