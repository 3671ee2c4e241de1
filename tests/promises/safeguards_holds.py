"""Safeguards of promise 6: whatever is temporary ends in time."""

from typing import Any

import pytest

from bot.holds import engine
from bot.holds.kinds import KINDS
from bot.store.models import HeldSwitch
from tests.promises.mutations import mutation
from tests.promises.unlocked import always

MODULE = "test_promise_06_ends_in_time.py"
ROLES_AND_FLAGS = "test_promise_06_roles_and_flags.py"


async def _as_found(session: Any, kind: Any, key: str, hold: Any) -> None:
    """Each hold takes for the base what it finds."""
    found = await kind.observe(session, key)
    await session.merge(HeldSwitch(target=key, base=found, seen=kind.wants(hold)[key], changed_outside=None))
    await kind.write(session, key, kind.wants(hold)[key], by=None)


def _no_stored_base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_take", _as_found)


def _no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "lock", always(None))


def _any_change_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_changed_outside", always(None))


def _takes_nothing_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in KINDS.values():
        monkeypatch.setattr(type(kind), "takes", lambda *_: False)


async def _as_the_bot_left_it(session: Any, kind: Any, key: str) -> HeldSwitch:
    return await session.get_one(HeldSwitch, key)


def _nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_looked_at", _as_the_bot_left_it)


mutation("holds_lock", tests=MODULE, only="clocks_at_once", patch=_no_lock)
mutation("holds_stored_base", tests=MODULE, only="overlap", patch=_no_stored_base)
mutation("holds_changes_outside", tests=MODULE, only="outside", patch=_any_change_is_ours)
mutation("holds_end_audited_once", tests=MODULE, only="second", sql="DROP INDEX pmbot.uq_audit_log_hold_ended")
mutation(
    "holds_once_a_step",
    tests=MODULE,
    only="second",
    sql="ALTER TABLE pmbot.holds DROP CONSTRAINT uq_holds_proposal_id_step_target",
)
mutation(
    "holds_end_with_a_cause", tests=MODULE, only="cause", sql="ALTER TABLE pmbot.holds DROP CONSTRAINT ck_holds_ended"
)
mutation(
    "holds_taken_for_good", tests=ROLES_AND_FLAGS, only="gone_at_once or off_at_once", patch=_takes_nothing_at_once
)
mutation("holds_looked_at_before_moved", tests=ROLES_AND_FLAGS, only="leaves_what", patch=_nobody_looks)
