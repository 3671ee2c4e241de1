"""Many users suspended by one request: stopped on the way, and carried on to the end, in a browser."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from bot.actions import bulk
from bot.actions.base import Outcome
from bot.actions.users.several import SuspendPart
from bot.demo import world
from bot.demo.world import World
from bot.pipeline import execute
from tests.conftest import running_bot
from tests.e2e.conftest import open_window

pytestmark = pytest.mark.browser
OPERATIONS = "C0OPERATIONS"
Sql = Callable[..., list[Any]]
MEMBERS = """
    FROM users u JOIN tenant_users m ON m.user_id = u.id JOIN tenants t ON t.id = m.tenant_id
    WHERE t.name = 'Acme Corp' AND 'member' = ANY(m.roles)
"""
SUSPENDED = f"SELECT count(*) {MEMBERS} AND u.status = 'suspended'"
SIGNED = "SELECT count(*), count(DISTINCT resource_id) FROM admin_audit_log WHERE action = 'user.suspend'"


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two, each slow enough to be stopped by hand, and a card that is drawn as often."""
    does = SuspendPart.execute

    async def slowly(self: SuspendPart, *given: Any) -> Outcome:
        await asyncio.sleep(0.7)
        return await does(self, *given)

    monkeypatch.setattr(bulk.PartOf, "size", 2)
    monkeypatch.setattr(SuspendPart, "execute", slowly)
    monkeypatch.setattr(execute, "PROGRESS", 0.5)


@pytest.mark.usefixtures("unhurried")
async def test_many_are_stopped_and_carried_on(surroundings: World, browser: Browser, sql: Sql) -> None:
    """Stopped, the card says how many are done, as many as are; resumed, all of them, each once."""
    sql(f"UPDATE users SET status = 'active', deleted = NULL WHERE id IN (SELECT u.id {MEMBERS}) RETURNING 1")
    [(members,)] = sql(f"SELECT count(*) {MEMBERS}")
    assert members > 6  # enough to be stopped on the way
    async with running_bot(surroundings):
        window = await open_window(browser, surroundings.slack_url, world.slack_id("security"), OPERATIONS, (1280, 900))
        await window.say("/pm user suspend where tenant=“Acme Corp” role=member because a stolen list")
        # Suspend 40 users …, then Suspending, then Suspended: one card all the time
        card = window.page.locator(".message", has_text=re.compile("Suspend(ed)? [0-9]+ users")).last
        await expect(card).to_contain_text(f"{members} of {members} users")
        await card.get_by_role("button", name=re.compile("^Suspend")).click()

        await expect(card).to_contain_text(re.compile(rf"So far.*[0-9]+ of {members} users"))
        await card.get_by_role("button", name="Stop").click()
        await expect(card).to_contain_text(re.compile(rf"partly done: [0-9]+ of {members} users"))
        await expect(card).to_contain_text("Amara Okonkwo stopped it.")
        said = re.search(r"partly done: ([0-9]+) of", await card.inner_text())
        assert said is not None
        done = int(said[1])
        assert 0 < done < members
        await asyncio.sleep(2)  # as long as three more parts would take
        assert sql(SUSPENDED) == [(done,)]
        await expect(card.get_by_role("button", name="Stop")).to_have_count(0)

        await card.get_by_role("button", name="Resume").click()
        await expect(card).to_contain_text("confirmed by the platform", timeout=120_000)
        await expect(card).to_contain_text(f"Suspended {members} users")
        await expect(card.get_by_role("button", name="Resume")).to_have_count(0)
        assert sql(SUSPENDED) == [(members,)]
        assert sql(SIGNED) == [(members, members)]
        assert await window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert window.problems == []
