"""Every scenario, headless, with the whole bot over HTTP and a database of its own."""

import re
from pathlib import Path

import pytest

from bot.demo import ci as demo_ci
from bot.demo import nameserver, seeding
from bot.demo.scenarios.player import Mark, play
from bot.demo.scenarios.reading import Scenario, all_scenarios
from bot.demo.scenarios.stage import Surroundings
from bot.demo.world import World
from tests.conftest import running_bot

ROOT = Path(__file__).parents[2]
PUBLIC = "https://ops.penguinmails.example"
QUICK = {  # the demo's own policy and rules, with numbers and times that a test can wait for
    "fires = 100, clears = 60": "fires = 500, clears = 300",
    'fires = 10_000, clears = 2_000, for = "15s"': 'fires = 1_200, clears = 600, for = "1s"',
}


@pytest.fixture
def quick_policy(tmp_path: Path) -> Path:
    rules = (ROOT / "bot/alerts/alerts.toml").read_text("utf-8")
    for usual, quick in QUICK.items():
        assert usual in rules
        rules = rules.replace(usual, quick)
    (tmp_path / "rules.toml").write_text(rules, "utf-8")
    policy = (ROOT / "bot/policy.toml").read_text("utf-8")
    policy = re.sub(r"^every = 15.*$", 'every = 1\nrules = "rules.toml"', policy, flags=re.MULTILINE)
    (tmp_path / "policy.toml").write_text(policy, "utf-8")
    return tmp_path / "policy.toml"


@pytest.mark.parametrize("scenario", all_scenarios(), ids=lambda one: one.slug)
async def test_it_goes_as_it_is_written(scenario: Scenario, surroundings: World, quick_policy: Path) -> None:
    """Everything it says is done and checked, nothing left open."""
    url, box = surroundings.database_url, surroundings.mailbox
    seeding.decide(url)
    around = Surroundings(surroundings.slack, url, surroundings.platform_url, mailbox=box)
    ci = demo_ci.DemoCi()
    async with nameserver.of(url).serve() as names, ci.serve() as deploys:
        systems = {"dns_resolver": names, "deploy_url": deploys, "deploy_webhook_secret": demo_ci.SECRET}
        async with running_bot(surroundings, pm_policy=quick_policy, pm_public_url=PUBLIC, **systems) as ci.bot:
            outcomes = [outcome async for outcome in play(scenario, around)]
    unmet = [str(outcome) for outcome in outcomes if outcome.mark is not Mark.DONE]
    assert not unmet, "\n".join(unmet)
