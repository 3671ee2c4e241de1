"""Which reports there are: a file each, which is one declaration. What its sections say is in `bot/digests/sections`.

They stand this low because the policy, the commands and the reports themselves all ask for them.
"""

import importlib
import pkgutil

from bot.reports.base import Report, Span

__all__ = ["REPORTS", "Report", "Span", "listed"]


def _all() -> dict[str, Report]:
    modules = [one.name for one in pkgutil.iter_modules(__path__) if one.name != "base"]
    found: list[Report] = [importlib.import_module(f"{__name__}.{name}").REPORT for name in modules]
    return {one.name: one for one in sorted(found, key=lambda one: (one.span.days, one.name))}


REPORTS = _all()
"""By name, the more frequent ones first."""


def listed() -> str:
    """Their names, as a sentence has them."""
    return ", ".join(REPORTS)
