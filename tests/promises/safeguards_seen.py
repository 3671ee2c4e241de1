"""Safeguards of the promises about what is seen: 7 to 11.

Each `drop` takes one safeguard away and names the tests that must then fail.
"""

import datetime as dt

import pytest

from bot.audit import trail
from bot.delivery import deliver
from bot.delivery.deliver import Delivery
from bot.drawing import elements, fallback, masking
from bot.drawing.masking import Clearance
from bot.handlers import commands
from bot.pipeline import access
from bot.store import erasing
from tests.promises.mutations import mutation

LAST_WAY_IN = "test_promise_07_last_way_in.py"
AUDIT = "test_promise_08_audit_only_grows.py"
MASKED = "test_promise_09_masked.py"
ERASED = "test_promise_09_erased.py"
NO_MARKUP = "test_promise_10_no_markup.py"
DELIVERY = "test_promise_11_delivery.py"


_commitment = trail.commitment


async def nothing(*_arguments: object, **_named: object) -> None:
    """In place of a lock, a check or a search."""


# 7: the last way in

mutation(
    "way_in_lock",
    tests=LAST_WAY_IN,
    only="at_once",
    patch=lambda patch: patch.setattr(access, "hold_way_in", nothing),
)
mutation(
    "way_in_check",
    tests=LAST_WAY_IN,
    only="came_too_late or two_deciders",
    patch=lambda patch: patch.setattr(access, "keep_way_in", nothing),
)

# 8: the audit trail only grows

mutation(
    "audit_log_trigger",
    tests=AUDIT,
    only="owner_changes_no_entry",
    sql="DROP TRIGGER audit_log_only_grows ON pmbot.audit_log",
)
mutation(
    "audit_details_trigger",
    tests=AUDIT,
    only="erased_whole",
    sql="DROP TRIGGER audit_details_never_change ON pmbot.audit_details",
)
mutation(
    "audit_details_rights",
    tests=AUDIT,
    only="bot_changes_nothing",
    sql="GRANT UPDATE, DELETE, TRUNCATE ON pmbot.audit_details TO pmbot_app",
)
mutation(
    "audit_stamp",
    tests=AUDIT,
    only="nobody_says_when",
    sql="DROP TRIGGER audit_log_stamped ON pmbot.audit_log",
)
# The trigger would still refuse, with another message: the two carry the same, and each is tested by itself.
mutation(
    "audit_log_rights",
    tests=AUDIT,
    only="bot_changes_nothing",
    sql="GRANT UPDATE, DELETE, TRUNCATE ON pmbot.audit_log TO pmbot_app",
)
mutation(
    "audit_salt",
    tests=AUDIT,
    only="without_its_salt",
    patch=lambda patch: patch.setattr(trail, "commitment", lambda salt, details: _commitment(b"", details)),
)


# 9: masked


def _unmasked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(masking, "mask", lambda personal, *_, **__: personal.value)


mutation("masking", tests=MASKED, only="support_sees or no_address_in_full", patch=_unmasked)
mutation(
    "details_by_role",
    tests=MASKED,
    only="masked_by_the_role",
    patch=lambda patch: patch.setattr("bot.handlers.buttons.clearance_of", lambda operator: Clearance.FULL),
)
mutation(
    "looks_recorded",
    tests=MASKED,
    only="viewer_only or although_nothing",
    patch=lambda patch: patch.setattr(commands, "record_look", nothing),
)


def _blots_nothing_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(erasing, "_which", lambda rows: rows.theirs)


mutation("erased_names", tests=ERASED, only="nothing_of_theirs", patch=_blots_nothing_out)
mutation(
    "erased_details",
    tests=ERASED,
    only="whose_details_went",
    sql="CREATE OR REPLACE FUNCTION pmbot.erase_details(whose text) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'",
)

# 10: no markup


mutation(
    "visible_controls",
    tests=NO_MARKUP,
    only="does_nothing_with_it",
    patch=lambda patch: patch.setattr(elements, "visible", lambda text: text),
)
mutation(
    "escaped_fallback",
    tests=NO_MARKUP,
    only="does_nothing_with_it",
    patch=lambda patch: patch.setattr(fallback, "_defused", lambda text: text),
)

# 11: delivery


def _as_if_all_were_sent(patch: pytest.MonkeyPatch) -> None:
    """Mark whatever the row says now as sent, not the version that was."""
    settle = Delivery._settle

    async def newest(self: Delivery, claim: deliver.Claim, job_id: int, sent: deliver.Sent) -> None:
        async with self.database.transaction() as session:
            row = await session.get_one(deliver.Message, claim.id)
            version = row.version
        await settle(self, deliver.Claim(**{**vars(claim), "version": version}), job_id, sent)

    patch.setattr(Delivery, "_settle", newest)


mutation(
    "messages_key",
    tests=DELIVERY,
    only="share_its_row or said_once",
    sql="ALTER TABLE pmbot.messages DROP CONSTRAINT uq_messages_key",
)
mutation("messages_version", tests=DELIVERY, only="under_way_is_sent_too", patch=_as_if_all_were_sent)
mutation(
    "messages_metadata",
    tests=DELIVERY,
    only="answer_is_lost_is_found",
    patch=lambda patch: patch.setattr(Delivery, "_find", nothing),
)
mutation(
    "messages_claim",
    tests=DELIVERY,
    only="two_jobs",
    patch=lambda patch: patch.setattr(deliver, "LEASE", dt.timedelta(0)),
)
mutation(
    "messages_twins",
    tests=DELIVERY,
    only="whole_bot_deletes",
    patch=lambda patch: patch.setattr(Delivery, "delete_twins", nothing),
)
