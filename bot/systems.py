"""The systems around, as the settings choose them: what has no settings is off, and None."""

import structlog
from starlette.routing import Route

from bot.alerts.outside import door as alerts_door
from bot.billing import door as stripe_door
from bot.billing.webhooks import StripeDoor
from bot.config import Settings
from bot.deployments import door as ci_door
from bot.deployments.events import Events
from bot.drawing.render import templates_folder
from bot.errors import Misconfigured
from bot.handlers.intake import Intake
from bot.holds.lists import HeldLists
from bot.incidents import answering
from bot.integrations.base import Integration
from bot.integrations.ci import api as ci
from bot.integrations.dns.records import Resolver
from bot.integrations.mail.letters import Letters
from bot.integrations.mail.smtp import Mailer
from bot.integrations.platform.probe import PlatformProbe
from bot.integrations.redis.lists import RedisLists
from bot.integrations.stripe.api import StripeApi
from bot.policy import Policy
from bot.store.database import Database
from bot.store.vault import Vault

log = structlog.get_logger()


def vault(settings: Settings, rules: Policy) -> Vault | None:
    """None without a key. Raises `Misconfigured` where it is none, or the policy demands codes and there is none."""
    if settings.pm_secret_key is not None:
        return Vault(settings.pm_secret_key.get_secret_value())
    if any(rule.step_up for rule in (*rules.risks.values(), *rules.actions.values())):
        raise Misconfigured(
            "The policy says step_up = true, and PM_SECRET_KEY is not set. Set it (pm secrets key prints one), or take"
            " the line out of the policy."
        )
    return None


def stripe(settings: Settings) -> StripeApi | None:
    if settings.stripe_api_key is None:
        return None
    return StripeApi(settings.stripe_api_key.get_secret_value(), settings.stripe_api_url)


def platform(settings: Settings, lists: HeldLists | None) -> PlatformProbe | None:
    """None: nobody can be asked. Without its URL, what is in Redis is looked at all the same."""
    if settings.platform_url is None or settings.platform_token is None:
        return PlatformProbe(None, "", lists) if lists else None
    return PlatformProbe(settings.platform_url, settings.platform_token.get_secret_value(), lists)


def lists(settings: Settings, database: Database) -> HeldLists | None:
    """None: its setting is absent, and the platform's Redis is left alone."""
    return HeldLists(database, RedisLists(settings.redis_url.get_secret_value())) if settings.redis_url else None


def dns(settings: Settings) -> Resolver | None:
    return Resolver.of(settings.dns_resolver)


def integrations(settings: Settings) -> dict[str, Integration]:
    """The systems that effects are sent to, by the name that actions know; None: its settings are absent, it is off."""
    found: dict[str, Integration | None] = {}
    if settings.smtp_url is not None:
        letters = Letters(templates_folder())
        found["mail"] = Mailer(
            settings.smtp_url.get_secret_value(),
            settings.smtp_from,
            letters,
            settings.smtp_bounces_to,
            settings.pm_public_url,
        )
    if settings.deploy_url is not None and settings.deploy_webhook_secret is not None:
        found[ci.NAME] = ci.Ci(
            settings.deploy_url.get_secret_value(), settings.deploy_webhook_secret.get_secret_value()
        )
    return {name: one for name, one in found.items() if one is not None}


def without(settings: Settings) -> dict[str, str]:
    """What actions may rely on and is not set up, by its name: a sentence for whoever asks for one of them."""
    mail, deploys = settings.smtp_url, settings.deploy_url and settings.deploy_webhook_secret
    said = {
        "mail": (mail, "The bot cannot send mails: SMTP_URL is not set."),
        ci.NAME: (deploys, "The bot cannot start deployments: DEPLOY_URL or DEPLOY_WEBHOOK_SECRET is not set."),
        "stripe": (settings.stripe_api_key, "The bot cannot ask Stripe: STRIPE_API_KEY is not set."),
        "answers": (settings.pm_public_url, "Nobody could answer the question: PM_PUBLIC_URL is not set."),
    }
    return {name: why for name, (setting, why) in said.items() if not setting}


def routes(settings: Settings, database: Database, intake: Intake) -> list[Route]:
    """Where they report to us, each with its own secret."""
    found = []
    if (stripe_secret := settings.stripe_webhook_secret) is not None:
        found.append(stripe_door.route(StripeDoor(intake, stripe_secret.get_secret_value())))
    else:
        log.warning("Stripe is off: STRIPE_WEBHOOK_SECRET is not set, so its events are not taken")
    if (ci_secret := settings.deploy_webhook_secret) is not None:
        found.append(ci_door.route(Events(database), ci_secret.get_secret_value()))
    if (alerts_secret := settings.alerts_webhook_secret) is not None:
        found += alerts_door.routes(intake, alerts_secret.get_secret_value())
    if settings.pm_public_url is not None:
        found += answering.routes(database, templates_folder())
    return found
