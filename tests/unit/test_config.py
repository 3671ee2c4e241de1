"""Settings come from the environment alone, and whatever is wrong with them is said by name."""

import os
import re

import pytest

from bot import config
from bot.config import DatabaseSettings, LinkSettings, Settings
from bot.errors import Misconfigured

COMPLETE = {
    "DATABASE_URL": "postgresql://pm:database-secret@db/pm",
    "SLACK_TEAM_ID": "T0",
    "SLACK_BOT_TOKEN": "xoxb-secret",
    "SLACK_SIGNING_SECRET": "signing-secret",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing of the machine's own."""
    for name in list(os.environ):
        if name.startswith(("DATABASE_", "SLACK_", "PM_", "PLATFORM_", "PORT", "STRIPE_", "REDIS_")):
            monkeypatch.delenv(name)
    return monkeypatch


def load(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in (COMPLETE | values).items():
        monkeypatch.setenv(name, value)
    return config.load(Settings)


def test_the_least_is_enough(environment: pytest.MonkeyPatch) -> None:
    """Four variables; the rest has the defaults of the README."""
    settings = load(environment)
    assert (settings.port, settings.api_url, settings.socket_mode) == (3000, "https://slack.com/api/", False)
    assert settings.owner_url == COMPLETE["DATABASE_URL"]
    assert settings.platform_url is None
    assert settings.channels == {}


def test_each_variable_arrives(environment: pytest.MonkeyPatch) -> None:
    """With the names that stand in the README."""
    settings = load(
        environment,
        DATABASE_OWNER_URL="postgresql://owner@db/pm",
        SLACK_APP_TOKEN="xapp-1",
        SLACK_API_URL="http://127.0.0.1:8420/api",
        PM_OPS_CHANNEL="#ops",
        PM_SECURITY_CHANNEL="C0SEC",
        PM_HOST="::1",
        PORT="8080",
    )
    assert settings.owner_url == "postgresql://owner@db/pm"
    assert settings.socket_mode
    assert settings.api_url == "http://127.0.0.1:8420/api/"
    assert settings.channels == {"operations": "#ops", "security": "C0SEC"}
    assert (settings.host, settings.port) == ("::1", 8080)


def test_every_missing_variable_is_named() -> None:
    """In one message, with the place that lists them all."""
    with pytest.raises(Misconfigured) as error:
        config.load(Settings)
    assert all(f"{name}: field required" in str(error.value) for name in COMPLETE)
    assert "README.md" in str(error.value)


@pytest.mark.parametrize(("kind", "needed"), [(DatabaseSettings, 1), (LinkSettings, 2)])
def test_a_command_asks_only_for_what_it_needs(kind: type[DatabaseSettings], needed: int) -> None:
    """`pm db` needs no Slack."""
    with pytest.raises(Misconfigured) as error:
        config.load(kind)
    assert str(error.value).count("field required") == needed


@pytest.mark.parametrize("port", ["http", "-1", "70000"])
def test_a_wrong_value_is_named_and_not_shown(environment: pytest.MonkeyPatch, port: str) -> None:
    """It may be a secret in the wrong place."""
    with pytest.raises(Misconfigured, match="PORT: input should be") as error:
        load(environment, PORT=port)
    assert "secret" not in str(error.value)


def test_an_empty_variable_is_an_unset_one(environment: pytest.MonkeyPatch) -> None:
    """As compose files and unit files write them."""
    settings = load(environment, SLACK_APP_TOKEN="", PLATFORM_URL="", PM_POLICY="", PORT="")
    assert (settings.socket_mode, settings.platform_url, settings.pm_policy, settings.port) == (False, None, None, 3000)
    with pytest.raises(Misconfigured, match="SLACK_BOT_TOKEN: field required"):
        load(environment, SLACK_BOT_TOKEN="")


def test_secrets_never_show(environment: pytest.MonkeyPatch) -> None:
    """In no way of printing settings."""
    settings = load(
        environment,
        SLACK_APP_TOKEN="xapp-secret",
        PLATFORM_TOKEN="platform-secret",
        PM_SECRET_KEY="key-secret",
        DATABASE_OWNER_URL="postgresql://owner:owner-secret@db/pm",
    )
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "secret" not in re.sub(
            "slack_signing_secret|(stripe|deploy|alerts)_webhook_secret|pm_secret_key", "", shown
        )


def test_no_file_is_read(environment: pytest.MonkeyPatch, tmp_path) -> None:
    """An .env beside the bot changes nothing."""
    (tmp_path / ".env").write_text("PORT=1234\n")
    environment.chdir(tmp_path)
    assert load(environment).port == 3000
