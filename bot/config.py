"""The settings of design.md, section 7. Read once, in the composition root, from the environment alone."""

from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import Field, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import Misconfigured


class DatabaseSettings(BaseSettings):
    """Where PostgreSQL is; all that `pm db` needs."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    database_url: SecretStr
    database_owner_url: SecretStr | None = None

    @property
    def owner_url(self) -> str:
        return (self.database_owner_url or self.database_url).get_secret_value()


class SecretSettings(DatabaseSettings):
    """The database and what encrypts secrets in it; all that `pm secrets` needs."""

    pm_secret_key: SecretStr | None = None


class AuditSettings(DatabaseSettings):
    """The database, what seals its audit trail, and who witnesses that; all that `pm audit` needs."""

    pm_audit_key: SecretStr | None = None
    pm_audit_witness_file: Path | None = None
    pm_audit_witness_database_url: SecretStr | None = None


class PolicySettings(DatabaseSettings):
    """The database and the rules; all that a look at a digest needs."""

    pm_policy: Path | None = None


class LinkSettings(DatabaseSettings):
    """Which workspace's people are meant; all that `pm staff` needs."""

    slack_team_id: str


class RosterSettings(PolicySettings, LinkSettings):
    """People and rules; all that `pm policy` needs."""


TOKEN_FILE = Path(".config", "penguinmails", "cli-token")  # in the home folder


class TerminalSettings(DatabaseSettings):
    """What `pm do` needs."""

    pm_cli_token: SecretStr | None = None

    @property
    def token(self) -> str:
        """Of the environment, or of the file in the home folder. Raises `Misconfigured`."""
        if self.pm_cli_token is not None:
            return self.pm_cli_token.get_secret_value().strip()
        file = Path.home() / TOKEN_FILE
        try:
            if file.stat().st_mode & 0o077:
                raise Misconfigured(f"Others on this machine can read {file}. Run: chmod 600 {file}")
            return file.read_text("utf-8").strip()
        except OSError:
            raise Misconfigured(
                f"You need a token: set PM_CLI_TOKEN, or put it into {file}. "
                "Whoever runs the bot makes one with: pm staff cli-token you@penguinmails.example"
            ) from None


class Settings(RosterSettings, SecretSettings, AuditSettings):
    """All settings of a running bot. Secrets print as asterisks."""

    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"

    pm_ops_channel: str | None = None
    pm_security_channel: str | None = None
    pm_finance_channel: str | None = None
    pm_canary_channel: str | None = None

    platform_url: str | None = None
    platform_token: SecretStr | None = None

    redis_url: SecretStr | None = None

    dns_resolver: str | None = None

    stripe_api_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_api_url: str = "https://api.stripe.com"

    smtp_url: SecretStr | None = None
    smtp_from: str | None = None
    smtp_bounces_to: str | None = None

    pm_status_folder: Path | None = None

    pm_public_url: str | None = None

    pm_metrics_token: SecretStr | None = None

    pm_runbooks: Path | None = None

    otel_exporter_otlp_endpoint: str | None = None

    deploy_webhook_secret: SecretStr | None = None
    deploy_url: SecretStr | None = None

    pm_watch_mail: str | None = None
    pm_watch_webhook: SecretStr | None = None
    pm_watch_url: SecretStr | None = None

    pm_audit_witness_mail: str | None = None

    alerts_webhook_secret: SecretStr | None = None

    prometheus_url: SecretStr | None = None
    prometheus_token: SecretStr | None = None

    pagerduty_routing_key: SecretStr | None = None
    pagerduty_events_url: str = "https://events.pagerduty.com"
    pagerduty_token: SecretStr | None = None
    pagerduty_api_url: str = "https://api.pagerduty.com"

    pm_lookups_per_minute: PositiveInt = 100
    pm_requests_per_10_minutes: PositiveInt = 20

    host: str = Field(default="0.0.0.0", validation_alias="PM_HOST")  # noqa: S104 - a container's port is its border
    port: int = Field(default=3000, ge=0, le=65535)

    @property
    def socket_mode(self) -> bool:
        return self.slack_app_token is not None

    @cached_property
    def api_url(self) -> str:
        return self.slack_api_url.rstrip("/") + "/"

    @property
    def channels(self) -> dict[str, str]:
        """Channels named by settings; the policy names the rest."""
        named = {
            "operations": self.pm_ops_channel,
            "security": self.pm_security_channel,
            "finance": self.pm_finance_channel,
            "canary": self.pm_canary_channel,
        }
        return {role: channel for role, channel in named.items() if channel}


T = TypeVar("T", bound=BaseSettings)


def load(kind: type[T]) -> T:
    """Settings from the environment; `Misconfigured` names every variable that is missing or wrong."""
    try:
        return kind()
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']).upper()}: {item['msg'].lower()}"
            for item in error.errors(include_input=False)
        )
        raise Misconfigured(
            f"Settings are incomplete. {problems}. README.md, section Settings, lists them all."
        ) from None
