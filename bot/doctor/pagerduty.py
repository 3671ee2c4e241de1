"""PagerDuty: whether alerts can be told there, and its schedules be read. Sends no event; tells no secret."""

import re
from collections.abc import AsyncIterator

from bot.config import Settings
from bot.doctor.findings import Finding, failed, ok, warning
from bot.errors import Unavailable
from bot.integrations.pagerduty.schedules import PagerDutySchedules
from bot.policy import Policy
from bot.words import listed

ROUTING_KEY = re.compile(r"[0-9A-Za-z]{32}")


async def look(settings: Settings, rules: Policy) -> AsyncIterator[Finding]:
    """What goes out, and what is read."""
    yield _events(settings)
    yield await _schedules(settings, rules)


def _events(settings: Settings) -> Finding:
    if settings.pagerduty_routing_key is None:
        return ok("pagerduty", "off: PAGERDUTY_ROUTING_KEY is not set, so alerts are sent to Slack only")
    if not ROUTING_KEY.fullmatch(settings.pagerduty_routing_key.get_secret_value()):
        advice = "Copy the integration key of an Events API v2 integration: it has 32 letters and digits."
        return failed("pagerduty", "PAGERDUTY_ROUTING_KEY does not look like an integration key", advice)
    return ok("pagerduty", "alerts are sent there, too; only the first alert will show whether the key is right")


async def _schedules(settings: Settings, rules: Policy) -> Finding:
    """Those that the policy names can be read."""
    wanted = sorted({one.pagerduty for one in rules.roster if one.pagerduty})
    client = PagerDutySchedules.of(settings)
    if client is None:
        if not wanted:
            return ok("schedules", "the policy says who is on call")
        advice = "Set PAGERDUTY_TOKEN to a read-only REST API key, or take pagerduty out of the roster."
        return warning("schedules", f"PAGERDUTY_TOKEN is not set: {listed(wanted)} is not read", advice)
    try:
        for schedule in wanted:
            await client.known(schedule)
    except Unavailable as error:
        advice = (
            "Check PAGERDUTY_TOKEN, and the schedules' ids in the policy. Until then, the policy's own roster is used."
        )
        return failed("schedules", str(error), advice)
    finally:
        await client.close()
    return ok("schedules", f"read from PagerDuty: {listed(wanted)}" if wanted else "the policy names none")
