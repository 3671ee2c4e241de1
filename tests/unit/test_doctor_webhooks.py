"""What `pm doctor` says of the webhooks of CI and of alerts, by their settings alone."""

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.doctor import outside
from bot.doctor.findings import Level

LONG, CI = "x" * 32, "https://ci.example.com/deploy"


def settings(**given: str) -> Settings:
    return Settings.model_construct(**{name: SecretStr(value) for name, value in given.items()})


@pytest.mark.parametrize(
    ("given", "level", "says"),
    [
        ({}, Level.OK, "off"),
        ({"deploy_url": CI}, Level.WARNING, "without DEPLOY_WEBHOOK_SECRET"),
        ({"deploy_webhook_secret": "x"}, Level.WARNING, "guessed"),
        ({"deploy_webhook_secret": LONG}, Level.OK, "DEPLOY_URL is not set, so the bot cannot start deployments"),
        ({"deploy_webhook_secret": LONG, "deploy_url": "ci.example.com"}, Level.FAILED, "not an address"),
        ({"deploy_webhook_secret": LONG, "deploy_url": CI}, Level.OK, "the first request"),
    ],
)
def test_deployments(given: dict[str, str], level: Level, says: str) -> None:
    found = outside.deployments(settings(**given))
    assert (found.level, says in found.says) == (level, True)
    assert LONG not in str(found)


@pytest.mark.parametrize(
    ("secret", "level", "says"),
    [(None, Level.OK, "off"), ("x", Level.WARNING, "guessed"), (LONG, Level.OK, "/webhooks/alerts")],
)
def test_alerts(secret: str | None, level: Level, says: str) -> None:
    found = outside.alerts(settings(**({"alerts_webhook_secret": secret} if secret else {})))
    assert (found.level, says in found.says) == (level, True)
