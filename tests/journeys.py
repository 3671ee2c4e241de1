"""Which scenario plays which step of the users' journeys: `make journeys` writes docs/journeys.md.

A row names a scenario and words of one of its steps; the document has the file and line where they stand now.
"""

from pathlib import Path
from typing import NamedTuple

from bot.demo.scenarios.reading import Scenario, Step, all_scenarios

FILE = Path(__file__).parents[1] / "docs" / "journeys.md"
HEAD = """\
# Journeys

<!-- Written by `make journeys` from tests/journeys.py; a test fails where it differs. -->

What people came to do, step by step, and the scenario that plays it: `pm rehearse` and the tests play all of them, and
most are tours in the page of `make demo`. What other systems do for them, such as analytics, is left out.
"""


class Row(NamedTuple):
    """One step of a journey. `words` stand in one step of the scenario."""

    step: str
    scenario: str
    words: str


NAMED = (
    Row("Spam spike with pause, mail and resume", "spam-spike-judged-and-paused", "/pm spam Acme Corp"),
    Row("Stolen device", "stolen-device", "/pm lockdown @staffer"),
    Row("Offboarding with proof", "offboarding-with-proof", "/pm offboard @staffer"),
    Row("Break-glass and its review", "alone-at-night-reviewed-in-the-morning", "Emergency override …"),
    Row("Erase", "forget-me", "/pm user erase"),
    Row("Access request with its end", "access-for-two-days", "/pm request engineering for 2d"),
    Row("A setting that rolls itself back", "a-setting-that-rolls-itself-back", "was rolled back"),
    Row("Many at once", "a-stolen-list-of-passwords", "/pm user suspend where"),
)
CASE_1 = (
    Row("Create: the new account is checked", "new-customers", "is not an e-mail address"),
    Row("Create: with role and permissions", "offboarding-with-proof", "/pm onboard staffer@"),
    Row("Create: a welcome mail", "new-customers", "invitation: done"),
    Row("Create: can sign in", "offboarding-with-proof", "Staffer can sign in"),
    Row("Update: checked against the policy", "promotion-to-user-manager", "You asked for this yourself"),
    Row("Update: role and permissions", "promotion-to-user-manager", "/pm role add user_manager to @support"),
    Row("Update: logged", "promotion-to-user-manager", "the audit trail has 1 new entry"),
    Row("Update: in force", "promotion-to-user-manager", 'signed in anew, may "ban_user"'),
    Row("Deactivate: what depends on the person", "offboarding-with-proof", "To hand over"),
    Row("Deactivate: every way in is closed", "offboarding-with-proof", "the platform refuses Staffer's tokens"),
    Row("Deactivate: what is kept, and how long", "offboarding-with-proof", "audit entries for 7 years"),
    Row("Deactivate: on record", "offboarding-with-proof", "the audit trail has 1 new entry"),
    Row("Invalid data", "a-stolen-list-of-passwords", "There is no role “membr”"),
    Row("Permissions that exclude each other", "who-holds-what", "who moves money does not also watch over"),
)
CASE_2 = (
    Row("Settings: tested first", "a-setting-that-rolls-itself-back", "/pm setting check"),
    Row("Settings: rationale and impact", "a-setting-that-rolls-itself-back", "the old value comes back"),
    Row("Settings: in production", "a-setting-that-rolls-itself-back", "/pm setting promote"),
    Row("Settings: validated", "a-setting-that-rolls-itself-back", "confirmed by the platform"),
    Row("Security policy: impact first", "security-s-day", "Set a sign-in rule for Acme Labs: two-factor on for 7 d"),
    Row("Security policy: changed", "security-s-day", "/pm tenant policy Acme Labs two-factor on"),
    Row("Security policy: compliance", "a-setting-agreed-and-changed", "/pm drift"),
    Row("Security policy: on record", "a-setting-agreed-and-changed", "/pm setting history"),
    Row("Flags: rolled out and back", "a-beta-customer-by-customer", "/pm flag rollout"),
    Row("Flags: who has it", "a-beta-customer-by-customer", '"/pm flag bulk-import-v2"'),
    Row("Flags: cleaned up", "a-beta-customer-by-customer", "/pm flags stale"),
    Row("A failed change takes itself back", "a-setting-that-rolls-itself-back", "was rolled back"),
    Row("Settings that conflict", "who-holds-what", "who moves money does not also watch over"),
    Row("Against the law: rejected with why", "a-setting-agreed-and-changed", "It may be a whole number from 7 to 100"),
)
JOURNEY_1 = (
    Row("Review users and access", "who-holds-what", "/pm roles"),
    Row("Team members' accounts", "offboarding-with-proof", "/pm onboard staffer@"),
    Row("A second factor for what is critical", "who-holds-what", '"/pm step-up"'),
    Row("Approve customers", "new-customers", "/pm tenant approve Crescent Gardens"),
    Row("A customer's own settings", "security-s-day", "/pm tenant policy Acme Labs"),
    Row("Billing and subscription", "finance-s-day", "/pm billing Acme Labs"),
    Row("Log-ins, unusual ones first", "support-s-morning", "/pm user audit"),
    Row("The same of colleagues", "stolen-device", "/pm activity @staffer"),
    Row("Adjust access", "who-holds-what", "/pm role set support for @support"),
    Row("Requests for more access", "access-for-two-days", "/pm request engineering for 2d"),
    Row("Deactivate a user", "security-s-day", "/pm user suspend joost.meyer@"),
    Row("Many at once", "a-stolen-list-of-passwords", "/pm user suspend where"),
    Row("Export", "forget-me", "/pm user export"),
    Row("Audit of permissions", "forget-me", "/pm conflicts"),
)
JOURNEY_2 = (
    Row("Platform settings", "a-setting-agreed-and-changed", "/pm setting set sending."),
    Row("Domains and routing", "support-s-morning", "/pm domain check"),
    Row("Deliverability", "bad-company", "/pm ip quarantine"),
    Row("Monitoring and alerting", "queue-backlog-paused-resolved", "is backing up"),
    Row("Features on and off", "flag-off-for-one-tenant", "/pm flag off ai-composer"),
    Row("Rollouts", "a-beta-customer-by-customer", "/pm flag rollout"),
    Row("By customer", "a-beta-customer-by-customer", "/pm flag allow"),
    Row("Queues and rates", "operations-evening", "/pm queues"),
    Row("Availability", "what-is-going-on", "/pm status"),
)
JOURNEY_3 = (
    Row("Roles", "promotion-to-user-manager", "/pm role add user_manager to @support"),
    Row("A second factor", "security-s-day", "two-factor on for 7d"),
    Row("Rules for passwords", "security-s-day", "/pm tenant settings Acme Labs"),
    Row("Sessions", "revoke-with-approval", "/pm revoke @staffer"),
)
JOURNEY_5 = (
    Row("Role removal: all roles", "role-removal-with-proof", "/pm role remove all from @staffer"),
    Row("Role removal: sessions end at once", "role-removal-with-proof", "the platform refuses Staffer's token"),
    Row("Role removal: cannot sign in", "role-removal-with-proof", "Staffer cannot sign in"),
    Row("Emergency: sessions and account", "stolen-device", "/pm lockdown @staffer"),
    Row("Emergency: all sessions end", "stolen-device", "the platform refuses Staffer's tokens"),
    Row("Emergency: review of recent activity", "stolen-device", "/pm activity @staffer"),
    Row("Promotion", "promotion-to-user-manager", "/pm role add user_manager to @support"),
    Row("Promotion: from the next sign-in", "promotion-to-user-manager", 'signed in anew, may "bulk_edit"'),
)
TICKETS = (
    Row("Refund requested with its reason", "charged-twice", "/pm ticket refund-request"),
    Row("By kind and urgency", "charged-twice", "refund request · open · due"),
    Row("Taken, and whoever asked is told", "charged-twice", "Jürgen Weiß took it"),
    Row("Assigned to a colleague", "charged-twice", "/pm ticket assign T-<ticket>"),
    Row("Escalated to engineering, with context", "charged-twice", "What is known"),
    Row("Followed until it is closed", "charged-twice", "closed it: the event was handled again"),
    Row("Reopened", "charged-twice", "/pm ticket reopen"),
    Row("Quality looked at by somebody else", "charged-twice", "You were not asked about"),
)
JOURNEYS = {
    "What the bot is known for": NAMED,
    "Use case 1: accounts": CASE_1,
    "Use case 2: configuration": CASE_2,
    "Administrators 1: users and access": JOURNEY_1,
    "Administrators 2: configuration": JOURNEY_2,
    "Administrators 3: access control": JOURNEY_3,
    "Administrators 5: staff and roles": JOURNEY_5,
    "Support: tickets and escalation": TICKETS,
}


def place(row: Row) -> tuple[Scenario, Step]:
    """Where it is played. Raises `LookupError`."""
    for scenario in all_scenarios():
        for step in scenario.steps:
            if scenario.slug == row.scenario and row.words in f'"{step.text}"':
                return scenario, step
    raise LookupError(f"{row.step}: no step of {row.scenario} says {row.words}")


def document() -> str:
    return "\n".join([HEAD, *(f"## {title}\n\n{_table(rows)}" for title, rows in JOURNEYS.items())])


def _table(rows: tuple[Row, ...]) -> str:
    lines = ["| Step | Scenario | Where |", "| --- | --- | --- |"]
    for row in rows:
        scenario, step = place(row)
        folder = "../bot/demo/scenarios"
        lines.append(f"| {row.step} | {scenario.name} | [{step.where}]({folder}/{step.file}#L{step.line}) |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), "utf-8")
