"""Encrypting what is stored anew, from the command line."""

import asyncio

from bot.config import SecretSettings
from bot.errors import Misconfigured
from bot.pipeline import step_up
from bot.store.database import Database
from bot.store.vault import Vault


def rotate(settings: SecretSettings) -> int:
    """How many secrets are sealed with the first key now. Raises `Misconfigured`."""
    if settings.pm_secret_key is None:
        raise Misconfigured("PM_SECRET_KEY is not set, so nothing is encrypted. pm secrets key prints a key.")
    vault = Vault(settings.pm_secret_key.get_secret_value())
    return asyncio.run(_rotate(settings.database_url.get_secret_value(), vault))


async def _rotate(url: str, vault: Vault) -> int:
    database = Database(url, pool_size=1, name="pm-secrets")
    try:
        async with database.transaction() as session:
            return await step_up.rotate(vault, session)
    finally:
        await database.close()
