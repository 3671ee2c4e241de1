"""Self-watch: what the clock and delivery do for it, and the watcher that runs in every process (bot/app.py)."""

from bot.config import Settings
from bot.drawing.render import Renderer
from bot.errors import Misconfigured
from bot.handlers.feature import Feature
from bot.integrations.base import Integration
from bot.integrations.mail.smtp import Mailer
from bot.store.database import Database
from bot.watch.away import Away
from bot.watch.canary import CHANNEL, PROJECTION, Canary
from bot.watch.routes.base import Route
from bot.watch.routes.mail import Mail
from bot.watch.routes.webhook import Webhook
from bot.watch.switch import Switch
from bot.watch.watcher import Watcher

__all__ = ["CHANNEL", "feature", "second_routes", "watcher"]


def feature(database: Database, renderer: Renderer, *, canary: bool) -> Feature:
    made = Canary(database, renderer, canary)
    return Feature(projections={PROJECTION: made.draw}, chores={"canary": made.tick})


def watcher(settings: Settings, database: Database, mail: Integration | None, zone: str, *, canary: bool) -> Watcher:
    """With the second routes that are set. `zone`: of the times that they tell. Raises `Misconfigured`."""
    routes = second_routes(settings, mail, zone)
    switch = Switch(settings.pm_watch_url.get_secret_value()) if settings.pm_watch_url else None
    return Watcher(database, routes, Away(routes), switch, canary)


def second_routes(settings: Settings, mail: Integration | None, zone: str) -> dict[str, Route]:
    """By name; whatever has no setting is off. Raises `Misconfigured`."""
    found: list[Route] = []
    if settings.pm_watch_mail is not None:
        if not isinstance(mail, Mailer):
            raise Misconfigured("PM_WATCH_MAIL is set, and SMTP_URL is not: set both, or neither.")
        found.append(Mail(mail, settings.pm_watch_mail, zone))
    if settings.pm_watch_webhook is not None:
        found.append(Webhook(settings.pm_watch_webhook.get_secret_value(), zone))
    return {one.name: one for one in found}
