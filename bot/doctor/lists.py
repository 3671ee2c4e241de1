"""The platform's Redis: whether a pause reaches the jobs that are there."""

from redis.exceptions import AuthenticationError, NoPermissionError

from bot.config import Settings
from bot.doctor.findings import Finding, failed, ok
from bot.errors import Misconfigured, OutOfReach
from bot.integrations.redis.lists import Found, RedisLists
from bot.words import counted


async def look(settings: Settings) -> Finding:
    """It answers, takes the password, and can be written to; never what the URL is."""
    if settings.redis_url is None:
        return ok("redis", "off: pauses do not reach jobs in Redis. That is right if the platform has no Redis")
    try:
        lists = RedisLists(settings.redis_url.get_secret_value())
    except Misconfigured as error:
        return failed("redis", str(error), "Correct REDIS_URL.")
    try:
        return _found(await lists.look())
    except OutOfReach as error:
        return _failed(error.__cause__)
    finally:
        await lists.close()


def _found(found: Found) -> Finding:
    if found.replica:
        advice = "Set REDIS_URL to the primary, or to the name that always leads to it."
        return failed("redis", "is a replica, so no pauses can be written to it", advice)
    if found.cluster:
        advice = "A pause changes several lists in one step. A cluster cannot do that: set REDIS_URL to a single Redis."
        return failed("redis", "is a cluster", advice)
    held, aside = counted(found.held_back, "pause"), counted(found.aside, "job")
    return ok("redis", f"{found.version} answers; {held} active there, {aside} held back")


def _failed(cause: BaseException | None) -> Finding:
    if isinstance(cause, AuthenticationError):
        return failed("redis", "refuses the user or the password", "Correct both in REDIS_URL.")
    if isinstance(cause, NoPermissionError):
        advice = "The user of REDIS_URL needs the commands and keys that docs/platform.md names."
        return failed("redis", "does not allow this user to read what the bot needs", advice)
    says = f"does not answer ({type(cause).__name__})"
    return failed("redis", says, "Check host and port in REDIS_URL, TLS (rediss://), and that Redis runs.")
