"""What people get wrong, for every kind of value that a command takes: a kind without a table here fails.

The answer says what is wrong and what to type instead; whatever is read is stored and read again as it was.
"""

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo import world
from bot.errors import InvalidParameter
from bot.parameters.base import Lookup, Parameter
from bot.parameters.untyped import Untyped
from bot.store.database import Database
from bot.targets.base import Several, Target
from tests.integration.action_examples import REGISTRY

HOSTILE = (
    *(
        "",
        "   ",
        "\x00",
        "\ufeffx",
        "\u202egro.evil",
        "a\nb",
        "🐧",
        "null",
        "true",
        "NaN",
        "{}",
        "[]",
        "%_",
        "' OR 1=1 --",
    ),
    *("0", "-1", "1,000", "10.000", "10 000", "1e3", "٣٠", "1" * 30, "#0", "#99999999999999", "1/0", "0x1F", "½"),
    *("<!channel>", "<@U0NOBODY>", "<@U0NOBODY|x>", "<https://evil.example|Acme Corp>", "{{ 7 * 7 }}", "$(reboot)"),
    *("Аcme Corp", "Acme", "nonsense", "for 2h until 18:00", "until 2020-01-01", "until 31.12.", "email\n\nx"),
)
DURATIONS = [
    ("2", "2 what: minutes, hours or days?"),
    ("0m", "“0m” is too short"),
    ("-2h", "can't read “-2h” as a time"),
    ("2 weeks", "can't read “2 weeks” as a time"),
    ("2h until 18:00", "can't read “2h until 18:00” as a time"),
    ("until 2020-01-01", "is in the past"),
    ("until 2027-02-30", "There is no 2027-02-30"),
    ("until 25:00", "can't read “25:00” as a time"),
    ("9999d", "too long"),
]
A_TENANT = [
    ("Acme", "2 tenants match “Acme”. Which one?"),  # the beginning of both
    ("Аcme Corp", "The letter “А” in it is a Cyrillic letter"),
    ("Acme Crop", "Did you mean Acme Corp?"),
    ("tenant:acme", "There is no tenant “tenant:acme”"),
]
A_QUEUE = [("email-sendin", "Did you mean email-sending"), ("email sending", "There is no queue “email sending”")]
A_NUMBER = [("many", "say on, off or a number"), ("-1", "say on, off or a number"), ("1.5", "say on, off or a number")]
TOO_LONG = [("x" * 1501, "Your text has 1,501 characters, but only 1,500 are allowed")]
SAID: dict[str, list[tuple[str, str]]] = {
    "Address": [
        ("ada", "“ada” is not an e-mail address"),
        ("ada@", "not an e-mail"),
        ("a@b@c.example", "not an e-mail"),
    ],
    "AlertOn": [("email-sendin", "No alert on “email-sendin” is open"), ("", "Say which alert")],
    "At": [
        ("25:00", "“25:00” is not a time of day"),
        ("half past eight", "Say for example 08:30"),
        ("08:30 Europe/Madird", "There is no time zone Europe/Madird"),
        ("0am", "is not a time of day"),
        ("8:3", "is not a time of day"),
    ],
    "Begins": [
        ("25:00", "can't read “25:00” as a time"),
        ("2020-01-01 10:00", "is in the past"),
        ("2399-01-01", "is more than 90 days away"),
        ("", "Say when it begins"),
    ],
    "ByDay": [
        ("soon", "“soon” is not a day within the next year. Say friday"),
        ("2020-01-01", "is not a day within the next year"),
        ("31.2.2027", "is not a day"),
        ("", "Say by when"),
    ],
    "Campaigns": [
        ("colour=red", "Campaigns can be chosen by tenant and status"),
        ("status=paus", "Did you mean paused?"),
    ],
    "Category": [("securty", "Did you mean security?"), ("colour", "The categories are billing")],
    "CausesFound": TOO_LONG,
    "Concerned": [("email-sendin", "Did you mean email-sending"), ("", "Say what the work is done on")],
    "Destination": [
        ("#operations", "is not a place for a digest. Type “here” for this channel, or “me”"),
        ("here", "“here” works in a channel only"),  # as on a command line
    ],
    "FailedIn": A_QUEUE,
    "ForShift": DURATIONS,
    "HeldBy": [
        ("soon", "Request “soon” has no temporary change"),
        ("1,000", "Request “1,000” has no temporary change"),
    ],
    "Headline": [("x" * 101, "101 characters, but only 100 are allowed")],
    "About": [
        ("refund", "There is no category of tickets “refund”. Say billing-dispute, refund-request"),
        ("", "Say which category of tickets"),
    ],
    "OnlyAbout": [("refunds", "There is no category of tickets “refunds”")],
    "TicketTitle": [
        ("", "Say in a few words what it is about"),
        ("x" * 121, "121 characters, but only 120 are allowed"),
    ],
    "Said": [("", "After “saying”, type your comment"), *TOO_LONG],
    "HowUrgent": [("P5", "There is no severity “P5”. Say critical, high, medium or low")],
    "TeamName": [("marketing", "There is no team “marketing”. Say finance, engineering")],
    "WhichTickets": [("late", "There is no kind of tickets “late”. Say mine, all, overdue, open")],
    "Handled": [("so-so", "There is no answer “so-so”. Say good or not-good"), ("", "Say which answer")],
    "Assignee": [
        ("", "Say who: a colleague, such as @staffer, or a team"),
        ("@stafer", "There is no staff member “stafer”. Did you mean •••?"),  # nobody asks here
        ("marketing", "There is no staff member “marketing”"),
    ],
    "HowBad": [("P5", "There is no severity “P5”. Say P1, P2, P3 or P4"), ("", "Say which severity")],
    "HowMany": [
        ("10.000", "“10.000” is not a whole number"),
        ("1e3", "is not a whole number"),
        ("-5", "is not a whole number"),
        ("2000000000", "up to 1,000,000,000"),
        ("unlimited", "Type a number such as 50, or the word “plan”"),
    ],
    "ImpactFound": TOO_LONG,
    "Jobs": [
        ("queue=", "can't read"),
        ("queue=nonsense", "There is no queue “nonsense”"),
        ("1, 1", "belong to no job"),
    ],
    "Lasting": DURATIONS,
    "LayerName": [("tertiary", "There is no layer “tertiary”. There is on call")],
    "LimitName": [("colours", "The limits are max_users"), ("max_user", "Did you mean max_users")],
    "Loan": DURATIONS,
    "Mailboxes": [("domain=", "can't read"), ("nobody@nowhere.example", "belong to no mailbox")],
    "ManyTenants": [("users>many", "users"), ("created<yesterday", "created"), ("Acme, Acme", "belong to no tenant")],
    "NewValue": [("", "Say the new value")],
    "Newcomers": [
        ("jo@new.example, sam", "Line 1: “sam”: not an address"),
        ("name,phone\nJo,1", "a header with a column named email"),
        ("email\n\n", "There is nothing below the header"),
    ],
    "News": [("", "After “saying”, type what is known"), *TOO_LONG],
    "NextUpdate": [
        ("soon", "“soon” is not a length of time from 5 minutes to 24 hours"),
        ("1m", "is not a length of time from 5 minutes"),
        ("48h", "Say for example 30m or 2h"),
    ],
    "Quiet": [
        ("2", "2 what: minutes, hours or days?"),
        ("0m", "“0m” is too short"),
        ("31d", "it can last from 1 min to 30 d"),
        ("until 2020-01-01", "is in the past"),
        ("2020-01-01", "is in the past"),
        ("25:00", "can't read “25:00” as a time"),
        ("", "Say until when"),
    ],
    "OfAlert": [("nonsense", "There is no such alert any more"), ("7", "no such alert")],
    "On": [
        ("mondya", "I can't read “mondya” as days"),
        ("monday and never", "Say for example: weekdays"),
        ("mo", "as days"),
    ],
    "OneJob": [("job 7", "There is no job “job 7”"), ("c8e", "There is no job “c8e”")],
    "OwnRequest": [("#1", "There is no request"), ("my last one", "There is no request “my last one”")],
    "Page": [
        ("0", "not the number of a page"),
        ("-1", "not the number of a page"),
        ("last", "not the number of a page"),
    ],
    "PauseOf": [("soon", "Request “soon” has no active pause"), ("#99", "has no active pause")],
    "Percent": [("101%", "from 0% to 100%"), ("12.5%", "a whole number"), ("half", "is not a percentage")],
    "Priority": [("urgent", "high, normal or low"), ("1001", "from 0 to 1000"), ("-1", "from 0 to 1000")],
    "QueueOrTenant": [
        ("Acme", "Which one?"),
        ("Аcme Corp", "The letter “А” in it is a Cyrillic letter"),
        ("emial-sending", "Did you mean"),
    ],
    "Reason": [("", "Say why"), ("x" * 501, "The reason has 501 characters; 500 are allowed")],
    "Letter": [("spam", "There is no notice about “spam”. Say outage, delay or errors"), ("", "Say which notice")],
    "ToCustomers": [("", "After “saying”, type what customers will read"), ("x" * 1501, "1,500 are allowed")],
    "Affected": [
        ("nobody corp", "belong to no tenant"),
        ("affected", "said of incident"),  # which one is what is missing
        ("plan=platinum", "There is no plan"),
    ],
    "RiskForThem": [("medium", "There is no risk “medium”. Say high or low"), ("", "Say which risk: high or low")],
    "KnownFor": [
        ("long ago", "is not valid. Say how long ago, at most 30 days"),
        ("40d", "is not valid. Say how long ago, at most 30 days"),
    ],
    "DataConcerned": [("", "whose data it is, and which"), ("x" * 1501, "1,500 are allowed")],
    "ByLaw": [("police", "Say authority, officer or persons"), ("", "Say which recipient")],
    "HowTold": [("", "how they were told"), ("x" * 1001, "1,000 are allowed")],
    "Because": [("x" * 501, "The reason has 501 characters; 500 are allowed")],
    "Evidence": [("x" * 2501, "2,500 are allowed")],  # or a link: test_evidence.py has neither
    "Asking": [("x", "satisfaction")],
    "Phase": [("half", "There is no phase “half”"), ("", "Say which phase")],
    "RoleIn": [("boss", "There is no role in an incident “boss”. Say commander"), ("", "Say which role")],
    "RuleName": [("captcha", "The rules are two-factor"), ("atempts", "attempts")],
    "RuleValue": A_NUMBER,
    "SandboxName": [("ab", "cannot be a name. Use 3 to 60"), ("x" * 61, "3 to 60"), ("<b>", "cannot be a name")],
    "SettingName": [
        ("security alerts!", "Did you mean security-alerts?"),
        ("nonsense", "There is no setting “nonsense”"),
    ],
    "SettingValue": A_NUMBER,
    "SlackLink": [
        ("https://example.com/x", "“https://example.com/x” is not a link to a message or file in Slack"),
        ("https://a.slack.com/archives/D0KOFI/p1795443240000100", "I cannot read a direct conversation"),
    ],
    "Sought": [("a", "Type 2 to 300 characters"), ("x" * 301, "Type 2 to 300 characters")],
    "TenantRoles": [("boss", "The roles are owner, admin and member"), ("admin;owner", "is not a role in a tenant")],
    "Takes": DURATIONS,
    "TakesThen": [(typed, said.replace("in the past", "before the beginning")) for typed, said in DURATIONS],
    "Starting": [("yesterday", "can't read “yesterday” as a time"), ("2020-01-01", "That is in the past")],
    "Term": DURATIONS,
    "Title": [("", "Say in a few words what does not work"), ("x" * 151, "151 characters, but only 150 are allowed")],
    "ToDo": [("", "After “saying”, type what has to be done"), ("x" * 301, "300 are allowed")],
    "ToPlan": [("platinum", "The plans are"), ("enterprize", "Did you mean")],
    "Topic": [
        ("spma", "Did you mean spam?"),
        ("x", "The topics are spam, pause and correction"),
        ("refunds", "There is no notice about “refunds”"),
    ],
    "TrialEnd": [
        ("2", "2 what"),
        ("until 2020-01-01", "is in the past"),
        ("forever", "can't read “forever” as a time"),
    ],
    "Users": [
        ("tenant=nonsense", "There is no tenant “nonsense”"),
        ("tenat=acme", "tenant"),
        ("role=boss", "boss"),
        ("name,phone\nAda,1", "a header with a column named email"),
        ("email\n\n", "There is nothing below the header"),
        ("ada@nowhere.example", "belong to no user"),
    ],
    "Version": [("", "Say which version"), ("two words", "is not a valid version"), ("-x", "is not a valid version")],
    "Waiting": [("Acme", "Which one?"), ("nonsense", "There is no queue or tenant “nonsense”")],
    "Watching": [*DURATIONS[:3], ("forever", "can't read “forever” as a time")],
    "WentWell": TOO_LONG,
    "Where": [("users>many", "users"), ("colour=red", "Tenants can be chosen by"), ("created<31.12.2026", "created")],
    "ClearsAt": [("soon", "“soon” is not a number"), ("-5", "is not a number"), ("1.000.000", "is not a number")],
    "Figure": [("many", "“many” is not a number"), ("1e3", "is not a number"), ("", "Say a number")],
    "HowSevere": [
        ("huge", "There is no severity “huge”. Say low, medium, high or critical"),
        ("", "Say which severity"),
    ],
    "WhichRule": [("nonsense", "There is no rule “nonsense”"), ("", "Say which rule")],
    "WhichSilence": [("email-sendin", "No silence for “email-sendin” is active"), ("", "Say what is silenced")],
    "When": [
        ("soon", "can't read “soon” as a time. Say for example tomorrow"),
        ("2027-02-30", "There is no 2027-02-30"),
        ("1999-01-01", "I only know who is on call up to a year"),
        ("999999d", "I only know who is on call up to a year"),
    ],
    "WhichReport": [("mornign", "There is no digest “mornign”"), ("morning weekly", "There is no digest")],
    "Whom": A_TENANT,
}


def kinds() -> dict[str, tuple[type[Parameter], str, str]]:
    """By the name of each kind the kind, and a command with the parameter that is of it: one that needs it, if any."""
    found: dict[str, tuple[type[Parameter], str, str]] = {}
    for optional in (False, True):
        for verb, action in REGISTRY.by_verb.items():
            for name, kind in action.parameters().items():
                if (name in action.optional()) is optional:
                    found.setdefault(kind.__name__, (kind, verb, name))
    return found


KINDS = kinds()
FILLED_IN = {"Zone", "Rules", "SameTenants"}  # no word introduces them: the bot itself fills them in
LONG = 1500  # characters of an answer


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def answered(kind: str, typed: str, session: AsyncSession) -> str:
    """What is said of it; empty where it is read, and then it is stored and read again as it was."""
    _, verb, name = KINDS[kind]
    lookup = Lookup(session, world.workspace().team_id, 500, verb, {name: typed})
    try:
        found = await REGISTRY.by_verb[verb].given(name, typed, lookup)
    except InvalidParameter as error:
        return str(error) if error.parameter == name else f"said of {error.parameter}"
    if found is not None:
        assert await type(found).load(found.dump(), session) == found
    return ""


def test_every_kind_has_its_table() -> None:
    """Targets have theirs, of all targets together, in test_target_contract.py."""
    own = {name for name, (kind, _, _) in KINDS.items() if not issubclass(kind, Target | Several | Untyped)}
    assert own - FILLED_IN == set(SAID)


async def test_the_answer_says_what_is_wrong(database: Database) -> None:
    async with database.snapshot() as session:
        said = {(kind, typed): await answered(kind, typed, session) for kind in SAID for typed, _ in SAID[kind]}
    assert {one: answer for one, answer in said.items() if dict(SAID[one[0]])[one[1]] not in answer} == {}


async def test_what_is_hostile_is_refused_in_words_or_stays_as_it_is(database: Database) -> None:
    """In one transaction, which none of them ends."""
    async with database.snapshot() as session:
        said = {(kind, typed): await answered(kind, typed, session) for kind in KINDS for typed in HOSTILE}
    assert {one: answer for one, answer in said.items() if "\x00" in answer or len(answer) > LONG} == {}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(sorted(KINDS)), typed=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
async def test_whatever_is_typed_has_an_answer(kind: str, typed: str, database: Database) -> None:
    async with database.snapshot() as session:
        assert len(await answered(kind, typed, session)) < LONG
