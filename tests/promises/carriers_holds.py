"""Carriers of promise 6: whatever is temporary ends in time."""

from typing import Any

import pytest

from bot import holds
from bot.platform import queues
from bot.store.models import HeldSwitch
from tests.promises.drops import drop
from tests.promises.unlocked import always

MODULE = "test_promise_06_ends_in_time.py"


async def _as_found(session: Any, scope: Any) -> None:
    """Each hold takes for the base what it finds."""
    found = {"is_active": await queues.is_active(session, scope.whole_queue)}
    off = {"is_active": False}
    await session.merge(HeldSwitch(target=scope.key, base=found, seen=off, changed_outside=None))
    await queues.switch(session, scope.whole_queue, on=False)


def _no_stored_base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "_switch_off", _as_found)


def _no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "lock", always(None))


def _any_change_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "_changed_outside", always(None))


drop("holds_lock", tests=MODULE, only="clocks_at_once", patch=_no_lock)
drop("holds_stored_base", tests=MODULE, only="overlap", patch=_no_stored_base)
drop("holds_changes_outside", tests=MODULE, only="outside", patch=_any_change_is_ours)
drop("holds_end_audited_once", tests=MODULE, only="second", sql="DROP INDEX pmbot.uq_audit_log_hold_ended")
drop(
    "holds_once_a_step",
    tests=MODULE,
    only="second",
    sql="ALTER TABLE pmbot.holds DROP CONSTRAINT uq_holds_proposal_id_step_target",
)
drop("holds_end_with_a_cause", tests=MODULE, only="cause", sql="ALTER TABLE pmbot.holds DROP CONSTRAINT ck_holds_ended")
