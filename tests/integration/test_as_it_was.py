"""What the contract of actions looks with: it sees what is written, and forgives what it is told to."""

from collections.abc import Callable
from typing import Any

from tests.integration.as_it_was import AsItWas

NAMED = "UPDATE tenants SET name = name || %s WHERE name LIKE 'Acme Corp%%'"


def test_what_is_written_is_seen_and_what_is_written_back_is_no_difference(
    database_url: str, sql: Callable[..., list[Any]]
) -> None:
    """A row that was changed, one that is gone, one that is new; and a column that does not matter."""
    with AsItWas(database_url) as before:
        assert before.touched() == set()
        sql(NAMED, "x")
        assert before.touched() == before.differing([]) == {"public.tenants"}
        assert before.differing(["name"]) == set()
        sql("UPDATE tenants SET name = 'Acme Corp' WHERE name = 'Acme Corpx'")
        assert before.touched() == {"public.tenants"}
        assert before.differing([]) == set()
        sql("DELETE FROM backups")
        sql("INSERT INTO host_health (host, at) SELECT 'new', now()")
        assert before.differing([]) == {"public.backups", "public.host_health"}
