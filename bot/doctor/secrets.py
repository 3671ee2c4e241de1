"""Whether secrets can be encrypted, and so people asked for codes from their apps."""

from bot.config import Settings
from bot.doctor.findings import Finding, failed, ok, warning
from bot.errors import Misconfigured
from bot.store.vault import Vault


def look(settings: Settings) -> Finding:
    """The key, never what it is."""
    if settings.pm_secret_key is None:
        says = "PM_SECRET_KEY is not set: critical decisions do not need a code from an app"
        return warning("secrets", says, "Put a key from pm secrets key into PM_SECRET_KEY of every process.")
    try:
        Vault(settings.pm_secret_key.get_secret_value())
    except Misconfigured as error:
        return failed("secrets", str(error), "Correct PM_SECRET_KEY.")
    return ok("secrets", "PM_SECRET_KEY is set: critical decisions need a code from an app")
