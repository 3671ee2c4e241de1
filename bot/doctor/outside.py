"""What else the bot talks to: the platform, Stripe; and the port it listens on."""

import re
from collections.abc import AsyncIterator

import httpx

from bot.config import Settings
from bot.doctor.findings import Finding, failed, ok, warning
from bot.errors import Misconfigured, Unavailable
from bot.integrations.platform.probe import PlatformProbe
from bot.integrations.prometheus.api import Prometheus
from bot.runtime import server

TIMEOUT = 10.0
DENIED = (401, 403)
GUESSED = 16  # characters; a shorter secret is tried out
COMPARE = "Check PLATFORM_URL. README.md, section Settings, says what the platform has to answer."


async def platform(settings: Settings) -> Finding:
    """It answers, takes the token, and answers in the agreed form."""
    if settings.platform_url is None or settings.platform_token is None:
        lacking = "PLATFORM_TOKEN" if settings.platform_url else "PLATFORM_URL"
        says = f"{lacking} is not set: cards will say “recorded, not verified”"
        return warning("platform", says, "Set PLATFORM_URL and PLATFORM_TOKEN to have what was done confirmed.")
    probe = PlatformProbe(settings.platform_url, settings.platform_token.get_secret_value())
    try:
        await probe.sessions([])  # of none that it would not know
    except Unavailable as error:
        return _platform_failed(settings.platform_url, error.__cause__)
    finally:
        await probe.close()
    return ok("platform", f"{settings.platform_url} answers, and accepts the token")


def _platform_failed(url: str, cause: BaseException | None) -> Finding:
    if isinstance(cause, httpx.HTTPStatusError):
        if cause.response.status_code in DENIED:
            return failed("platform", f"{url} refuses the token", "Set PLATFORM_TOKEN to its service credential.")
        says = f"{url} answers {cause.response.status_code}"
        return failed("platform", says, COMPARE)
    if isinstance(cause, httpx.HTTPError):
        says = f"{url} does not answer ({type(cause).__name__})"
        return failed("platform", says, "Check PLATFORM_URL, and that the platform runs.")
    return failed("platform", f"{url} answers, but not in the form that README.md describes", COMPARE)


async def prometheus(settings: Settings) -> Finding:
    """It answers a query."""
    client = Prometheus.of(settings.prometheus_url, settings.prometheus_token)
    if client is None:
        return ok("prometheus", "off: PROMETHEUS_URL is not set, so rules about what Prometheus measures never fire")
    try:
        await client.query("vector(1)")
    except Unavailable as error:
        return failed("prometheus", str(error), "Check PROMETHEUS_URL and PROMETHEUS_TOKEN, and that Prometheus runs.")
    finally:
        await client.close()
    return ok("prometheus", "answers queries")


def deployments(settings: Settings) -> Finding:
    """Whether CI's events are taken, and whether it can be asked for one. Asks for none."""
    if settings.deploy_webhook_secret is None:
        if settings.deploy_url is None:
            return ok(
                "deployments",
                "off: DEPLOY_WEBHOOK_SECRET is not set, so CI cannot report deployments and the bot cannot start any",
            )
        advice = "Set it to the secret with which CI signs its events. The bot signs its requests to CI with it, too."
        return warning(
            "deployments",
            "DEPLOY_URL is set without DEPLOY_WEBHOOK_SECRET, so the bot cannot start deployments",
            advice,
        )
    if len(settings.deploy_webhook_secret.get_secret_value()) < GUESSED:
        advice = f"Make a secret of {GUESSED} characters or more (openssl rand -hex 32), then set it here and in CI."
        return warning("deployments", "DEPLOY_WEBHOOK_SECRET is short enough to be guessed", advice)
    if settings.deploy_url is None:
        says = (
            "events are accepted at /webhooks/deployments; DEPLOY_URL is not set, so the bot cannot start deployments"
        )
        return ok("deployments", says)
    if not re.match(r"https?://[^/\s]", settings.deploy_url.get_secret_value()):
        advice = "Set it to the https:// address where CI accepts requests to start a deployment."
        return failed("deployments", "DEPLOY_URL is not an address", advice)
    says = "events are accepted at /webhooks/deployments; only the first request will show whether CI accepts it"
    return ok("deployments", says)


def alerts(settings: Settings) -> Finding:
    """Whether those of Alertmanager and Grafana are taken."""
    if settings.alerts_webhook_secret is None:
        return ok(
            "alerts", "off: ALERTS_WEBHOOK_SECRET is not set, so alerts of Alertmanager and Grafana are not accepted"
        )
    if len(settings.alerts_webhook_secret.get_secret_value()) < GUESSED:
        make = f"Make a secret of {GUESSED} characters or more (openssl rand -hex 32), then set it here"
        advice = f"{make} and in the system that sends the alerts."
        return warning("alerts", "ALERTS_WEBHOOK_SECRET is short enough to be guessed", advice)
    says = "alerts are accepted at /webhooks/alerts; only a sender's first alert will show whether it has the secret"
    return ok("alerts", says)


async def stripe(settings: Settings) -> AsyncIterator[Finding]:
    """The key may read subscriptions, and events could be checked."""
    if settings.stripe_api_key is None and settings.stripe_webhook_secret is None:
        yield ok("stripe", "off")
        return
    if settings.stripe_webhook_secret is None:
        yield warning(
            "stripe",
            "STRIPE_WEBHOOK_SECRET is not set, so its events are not accepted",
            "Set it to the signing secret of the endpoint …/stripe/webhook in Stripe's dashboard.",
        )
    elif not settings.stripe_webhook_secret.get_secret_value().startswith("whsec_"):
        yield warning(
            "stripe",
            "STRIPE_WEBHOOK_SECRET does not look like a signing secret (whsec_…)",
            "Copy it from the endpoint's page in Stripe's dashboard; the API key is another thing.",
        )
    if settings.stripe_api_key is None:
        yield ok("stripe", "events are mirrored; STRIPE_API_KEY is not set, so the bot does not query Stripe")
    else:
        yield await _stripe_key(settings.stripe_api_url, settings.stripe_api_key.get_secret_value())


async def _stripe_key(url: str, key: str) -> Finding:
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT) as http:
            answer = await http.get(
                f"{url.rstrip('/')}/v1/subscriptions", params={"limit": 1}, headers={"Authorization": f"Bearer {key}"}
            )
    except httpx.HTTPError as error:
        says = f"{url} does not answer ({type(error).__name__})"
        return failed("stripe", says, "Check STRIPE_API_URL (unset for the real Stripe), and outgoing connections.")
    if answer.status_code in DENIED:
        return failed(
            "stripe",
            "refuses the key" if answer.status_code == 401 else "the key is not allowed to read subscriptions",
            "Set STRIPE_API_KEY to a restricted key of this account that is allowed to read subscriptions.",
        )
    if not answer.is_success:
        return failed("stripe", f"answers {answer.status_code}", "Look at status.stripe.com, then try again.")
    return ok("stripe", "accepts the key")


async def port(settings: Settings) -> Finding:
    """Free, or ours already."""
    try:
        server.bound(settings.host, settings.port).close()
    except Misconfigured as error:
        if await _is_a_bot(settings.port):
            return ok("port", f"a bot already answers on {settings.port}")
        says, _, advice = str(error).partition(". ")
        return failed("port", says, advice)
    return ok("port", f"{settings.port} is free")


async def _is_a_bot(number: int) -> bool:
    try:
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as http:
            answer = await http.get(f"http://127.0.0.1:{number}/healthz")
            return answer.status_code == 200 and answer.json() == {"status": "ok"}
    except (httpx.HTTPError, ValueError):
        return False
