"""Safeguards of the seals of the audit trail (promise 8)."""

import pytest
from sqlalchemy import text

from bot.audit import sealing
from tests.promises.mutations import mutation

SEALED = "test_promise_08_sealed.py"


def _all_that_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is committed is sealed, also while what began before it still runs."""
    which = sealing.NEXT.replace(sealing.ENDED, "true")
    monkeypatch.setattr(sealing, "ADD_NEXT", text(sealing.ADD.format(leaf=sealing.leaf("entry"), which=which)))


mutation("seals_below_the_running", tests=SEALED, only="commits_late", patch=_all_that_is_seen)
mutation(
    "audit_leaves_key",
    tests=SEALED,
    only="two_sealers",
    sql="ALTER TABLE pmbot.audit_leaves DROP CONSTRAINT pk_audit_leaves, DROP CONSTRAINT uq_audit_leaves_audit_id;"
    " ALTER TABLE pmbot.audit_seals DROP CONSTRAINT pk_audit_seals, DROP CONSTRAINT uq_audit_seals_size,"
    " DROP CONSTRAINT uq_audit_seals_previous",
)
mutation(
    "audit_leaves_trigger",
    tests=SEALED,
    only="by_mistake",
    sql="DROP TRIGGER audit_leaves_only_grow ON pmbot.audit_leaves",
)
mutation(
    "audit_seals_rights",
    tests=SEALED,
    only="if_it_tried",
    sql="GRANT UPDATE, DELETE ON pmbot.audit_seals TO pmbot_app;"
    " DROP TRIGGER audit_seals_only_grow ON pmbot.audit_seals",
)
