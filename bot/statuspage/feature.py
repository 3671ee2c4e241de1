"""The public status page: kept by the clock, where a folder for it is set."""

from pathlib import Path

from bot.handlers.feature import Feature
from bot.policy import Policy
from bot.statuspage.writer import StatusPage
from bot.store.database import Database


def feature(database: Database, folder: Path | None, policy: Policy, templates: Path) -> Feature:
    """`folder` None: it is off."""
    if folder is None:
        return Feature()
    return Feature(chores={"status_page": StatusPage(database, folder, policy.status_page, templates).sweep})
