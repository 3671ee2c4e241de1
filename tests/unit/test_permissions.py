"""What a staff member may do, by name."""

import pytest

from bot.permissions import Permission, reading


@pytest.mark.parametrize(
    ("action", "read_by"),
    [("queue.pause", Permission.QUEUE_READ), ("staff.add_role", Permission.STAFF_READ), ("invoice.erase", None)],
)
def test_what_an_action_is_about_is_read_by_those_who_may_read_that(action: str, read_by: Permission | None) -> None:
    """Where nothing lets anybody read it, nobody does: what everybody may is no way in."""
    assert reading(action) is read_by
