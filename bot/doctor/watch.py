"""Self-watch: whether anybody would be told if the bot were silent, and how it is now. Tells nobody anything."""

from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError

from bot.actions.bot.facts import roughly
from bot.config import Settings
from bot.doctor.findings import Finding, failed, ok, warning
from bot.drawing.render import templates_folder
from bot.errors import Misconfigured
from bot.integrations.mail.letters import Letters
from bot.integrations.mail.smtp import Mailer
from bot.store import watch
from bot.store.database import Database
from bot.store.watch import Seen
from bot.watch import feature
from bot.words import listed

NOBODY = "Set PM_WATCH_MAIL, PM_WATCH_WEBHOOK or PM_WATCH_URL: docs/operations.md says what each does."


async def look(settings: Settings, channels: Mapping[str, str], *, readable: bool) -> Finding:
    """What is set, and what the watch last saw. `channels`: their names by what they are for."""
    try:
        ways = await _ways(settings)
    except Misconfigured as error:
        return failed("watch", str(error), "Correct the settings PM_WATCH_MAIL, SMTP_URL and SMTP_FROM.")
    if not ways:
        return warning("watch", "nobody would be told that the bot is silent", NOBODY)
    if feature.CHANNEL not in channels:
        says = (
            f"if the bot becomes silent, people are told by {listed(ways)}, "
            "but nothing checks that messages get through Slack"
        )
        return warning("watch", says, "Make a channel for the test message, and set PM_CANARY_CHANNEL to its name.")
    seen = await _seen(settings) if readable else None
    if seen is not None and seen.silent:
        why = " ".join((seen.reasons or {}).values())
        return failed("watch", why, "Correct this problem. The bot checks automatically whether it is solved.")
    heard = f"the last test message came back {roughly(seen.now - seen.returned)} ago" if seen and seen.returned else ""
    heard = heard or "no test message has come back yet"
    return ok("watch", f"if the bot becomes silent, people are told by {listed(ways)}; {heard}")


async def _ways(settings: Settings) -> list[str]:
    """The second routes that are set, by name. Raises `Misconfigured`."""
    mailer = None
    if settings.smtp_url is not None and settings.pm_watch_mail is not None:
        mailer = Mailer(settings.smtp_url.get_secret_value(), settings.smtp_from, Letters(templates_folder()))
    routes = feature.second_routes(settings, mailer, "UTC")
    for one in routes.values():
        await one.close()
    return [*routes, *(["PM_WATCH_URL"] if settings.pm_watch_url else [])]


async def _seen(settings: Settings) -> Seen | None:
    database = Database(settings.database_url.get_secret_value())
    try:
        async with database.snapshot() as session:
            return await watch.read(session)
    except DBAPIError:
        return None  # what is wrong with it is told where it is looked at
    finally:
        await database.close()
