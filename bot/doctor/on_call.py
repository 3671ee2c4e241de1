"""Whoever the policy names as on call: whether they are staff, and reached in Slack."""

from sqlalchemy.exc import DBAPIError

from bot.doctor.findings import Finding, failed, ok, warning
from bot.people.identity import slack_ids
from bot.platform import staff
from bot.policy import Policy
from bot.store.database import Database
from bot.words import counted, listed


async def look(url: str, team_id: str, rules: Policy) -> Finding:
    """Alerts mention nobody who is not linked, and skip whoever is not active."""
    if not rules.named_on_call:
        advice = "Add a roster, or on_call, to the policy: docs/policy.md."
        return warning("on call", "the policy names nobody, so alerts mention nobody", advice)
    database = Database(url)
    try:
        async with database.snapshot() as session:
            links = await slack_ids(session, team_id)
            reached = {one.email.lower() for one in await staff.everybody(session) if one.may_act and one.id in links}
    except DBAPIError:
        return failed("on call", "cannot be read", "See tables and rights above.")
    finally:
        await database.close()
    missing = [one for one in rules.named_on_call if one not in reached]
    if missing:
        advice = "Correct the address in the policy, or link their Slack account: pm staff link U… their@address"
        return warning("on call", f"no active staff with a linked account: {listed(missing)}", advice)
    return ok("on call", f"{counted(len(rules.named_on_call), 'person', 'people')}, active and linked")
