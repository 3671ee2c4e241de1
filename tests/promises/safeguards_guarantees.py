"""Safeguards of what promises 3 and 4 say of going alone, self-healing, codes, carrying on, and read-only mode."""

import uuid
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import healing
from bot.people import code_apps
from bot.pipeline import pre_approved, read_only, resume
from bot.store.models import CodeApp, Decision, Verdict
from tests.promises.mutations import mutation
from tests.promises.unlocked import always, read_proposal

SOLO, HEALING, PLANS, CODES, STILL = (
    "test_promise_04_solo.py",
    "test_promise_04_self_healing.py",
    "test_plans.py",
    "test_step_up.py",
    "test_read_only.py",
)


def _counts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every word in favour, whenever its time comes."""

    async def approvals(session: AsyncSession, revision_id: uuid.UUID) -> list[Decision]:
        words = select(Decision).where(Decision.revision_id == revision_id, Decision.voided.is_(None))
        return list(await session.scalars(words.where(Decision.verdict != Verdict.REJECT)))

    for module in ("core", "decide", "execute"):
        monkeypatch.setattr(f"bot.pipeline.{module}.approvals", approvals)


def _app_without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(session: AsyncSession, staff_id: uuid.UUID) -> Any:
        return await session.get(CodeApp, staff_id, populate_existing=True)

    monkeypatch.setattr(code_apps, "locked", read)


mutation("solo_time", tests=SOLO, only="by_the_clock", patch=_counts_at_once)
mutation(
    "proposal_lock_at_resume",
    tests=PLANS,
    only="resume_it_at_once",
    patch=lambda monkeypatch: monkeypatch.setattr(resume, "lock_proposal", read_proposal),
)
mutation(
    "healing_limits_lock",
    tests=HEALING,
    only="same_instant or share_of_tenants",
    patch=lambda monkeypatch: monkeypatch.setattr(healing, "LOCK", text("SELECT 1")),
)
mutation(
    "healings_key", tests=HEALING, only="healed_once", sql="ALTER TABLE pmbot.healings DROP CONSTRAINT pk_healings"
)
mutation(
    "healing_allowed_at_execution",
    tests=HEALING,
    only="as_long_as",
    patch=lambda monkeypatch: monkeypatch.setattr(pre_approved, "counts", always(True)),
)
mutation("code_app_lock", tests=CODES, only="same_instant", patch=_app_without_lock)
mutation(
    "read_only_lock",
    tests=STILL,
    only="waits_for_what_is_at_work",
    patch=lambda monkeypatch: monkeypatch.setattr(read_only, "ALONE", text("SELECT 1")),
)
mutation(
    "read_only_at_execution",
    tests=STILL,
    only="approved_before",
    patch=lambda monkeypatch: monkeypatch.setattr(read_only, "stops", always(None)),
)
