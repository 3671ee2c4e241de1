"""Flags: what people see, from the command to what the platform then answers, each verb once."""

from typing import Any

import httpx
import pytest

from bot.demo import world
from bot.demo.data import uid
from bot.demo.world import World, slack_id
from bot.runtime import clock
from tests.conftest import OPS, asked, card, cards, until
from tests.integration.test_roles import approved, decided, hears, looks, taken_back

ACME = uid("tenant", "acme-corp")
FLAG = "SELECT is_enabled, rollout_percentage FROM feature_flags WHERE key = %s"
SOMEBODY = """
    SELECT u.id, u.email FROM users AS u JOIN tenant_users AS t ON t.user_id = u.id
    WHERE t.tenant_id = %s AND u.deleted IS NULL ORDER BY u.id LIMIT 1
"""


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "INTERVAL", 0.3)


async def says(around: World, key: str, **of: object) -> tuple[bool, str]:
    """What the platform answers, and by which rule."""
    async with httpx.AsyncClient(trust_env=False, base_url=around.platform_url) as client:
        header = {"Authorization": f"Bearer {world.SERVICE_TOKEN}"}
        answer = await client.get(f"/internal/flags/{key}", params={k: str(v) for k, v in of.items()}, headers=header)
    found: dict[str, Any] = answer.json()
    return found["enabled"], found["rule"]


async def test_off_for_one_tenant_for_a_time(bot_world: World) -> None:
    """On one's own word; the platform's own evaluation confirms it; ended before its time, the rules hold again."""
    await asked(bot_world, "/pm flag off ai-composer for Acme Corp for 2h because it breaks their workflow", "oncall")
    for part in ("Lose it   Acme Corp", "off for 2 h, then as before", "waiting for Óscar Peñalver to confirm"):
        assert part in card(bot_world)["text"]
    done = await approved(bot_world, "oncall")
    assert "now off by tenant override (confirmed by the platform at" in done["text"]
    assert await says(bot_world, "ai-composer", tenant=ACME) == (False, "tenant override")
    checked = await looks(bot_world, "oncall", "/pm flag check ai-composer for Acme Corp", "The platform says")
    assert "By its rules   off because of the tenant override" in checked
    assert "still differ after that" not in checked
    undone = await taken_back(bot_world, done, "oncall", "oncall")
    assert "no longer needed" in undone["text"]
    assert await says(bot_world, "ai-composer", tenant=ACME) == (True, "rollout")
    line = await until(lambda: next((one["text"] for one in cards(bot_world) if "ended early" in one["text"]), None))
    assert "Now on by rollout." in line


async def test_off_for_a_user_whose_address_no_channel_sees(bot_world: World, sql) -> None:
    """Masked on the card, in the list and for support; who looks alone sees it, where their role may."""
    ((user, email),) = sql(SOMEBODY, ACME)
    done = await decided(bot_world, f"/pm flag off ai-composer for {email} for 2h because x", "oncall", "oncall")
    assert f"Turned off ai-composer for {email[0]}•••@" in done["text"]
    assert email not in str(bot_world.slack.messages(OPS, slack_id("root")))
    assert await says(bot_world, "ai-composer", tenant=ACME, user=user) == (False, "user override")
    assert email in await looks(bot_world, "oncall", "/pm flag ai-composer", "Changes with this bot")
    assert email not in await looks(bot_world, "support", "/pm flag ai-composer", "Changes with this bot")
    checked = await looks(bot_world, "support", f"/pm flag check ai-composer for {email}", "The platform says")
    assert email not in checked


async def test_a_user_is_checked_where_they_work(bot_world: World, sql) -> None:
    """Without a value of their own their tenant's decides, for the bot as for the platform."""
    ((_, email),) = sql(SOMEBODY, ACME)
    checked = await looks(bot_world, "oncall", f"/pm flag check ai-composer for {email}", "The platform says")
    assert "still differ after that" not in checked


async def test_on_for_one_tenant_and_back(bot_world: World) -> None:
    done = await decided(bot_world, "/pm flag on usage-billing for Acme Corp because pilot", "kofi", "kofi")
    assert await says(bot_world, "usage-billing", tenant=ACME) == (True, "tenant override")
    undone = await taken_back(bot_world, done, "kofi", "kofi")
    assert "is back as it was" in undone["text"]
    assert await says(bot_world, "usage-billing", tenant=ACME) == (False, "default")


async def test_a_rollout_above_half_takes_another_and_is_put_back(bot_world: World, sql) -> None:
    """How many tenants gain it is said before."""
    await asked(bot_world, "/pm flag rollout strict-dmarc 60% because it held for a week", "kofi")
    assert "of 186 have it" in card(bot_world)["text"]
    done = await approved(bot_world, "hana")
    assert sql(FLAG, "strict-dmarc") == [(False, 60)]
    await taken_back(bot_world, done, "kofi", "kofi")
    assert sql(FLAG, "strict-dmarc") == [(False, 10)]


async def test_allowed_and_cleared(bot_world: World) -> None:
    """The allowlist, and the end of a tenant's own value."""
    done = await decided(bot_world, "/pm flag allow usage-billing for Acme Corp because pilot", "kofi", "kofi")
    assert await says(bot_world, "usage-billing", tenant=ACME) == (True, "allowlist")
    await taken_back(bot_world, done, "kofi", "kofi")
    assert await says(bot_world, "usage-billing", tenant=ACME) == (False, "default")
    await decided(bot_world, "/pm flag on usage-billing for Acme Corp because pilot", "kofi", "kofi")
    await decided(bot_world, "/pm flag clear usage-billing for Acme Corp because pilot is over", "kofi", "kofi")
    assert await says(bot_world, "usage-billing", tenant=ACME) == (False, "default")


async def test_the_lists_are_for_whoever_asks(bot_world: World) -> None:
    assert "ai-composer   off by default, rollout 50%" in await looks(bot_world, "oncall", "/pm flags", "Feature flags")
    assert "None   every flag is still in use" in await looks(
        bot_world, "oncall", "/pm flags stale", "Flags you can remove"
    )
    assert cards(bot_world) == []


async def test_off_wins_as_long_as_it_is_held(bot_world: World) -> None:
    """Whoever wants it on meanwhile is told by which request it is held off."""
    await decided(bot_world, "/pm flag off ai-composer for Acme Corp for 2h because x", "oncall", "oncall")
    await bot_world.slack.command(slack_id("kofi"), OPS, "/pm flag on ai-composer for Acme Corp because y")
    said = await hears(bot_world, "kofi", "keeps ai-composer off until")
    assert "The temporary change of request 1 has priority" in said


async def test_what_is_held_for_a_time_is_not_changed_beneath_it(bot_world: World) -> None:
    """Nothing would come of it before the time is over, and the card would have promised something else."""
    await decided(bot_world, "/pm flag on ai-subject-lines for Acme Corp for 2h because x", "kofi", "kofi")
    await bot_world.slack.command(slack_id("kofi"), OPS, "/pm flag clear ai-subject-lines for Acme Corp because y")
    said = await hears(bot_world, "kofi", "it keeps ai-subject-lines as it is until")
    assert "The temporary change of request 1 has priority" in said
    assert "Nothing was done. First end that temporary change." in said
