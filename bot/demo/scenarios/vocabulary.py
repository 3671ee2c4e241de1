"""Every step there is, in the operators' words. "It" and "the card" are the message last spoken of.

In quoted texts "…" stands for anything. People go by their first name or the part of their address before the @.
"""

import asyncio
import contextlib
import re

import httpx

from bot.demo import trouble
from bot.demo.cut_off import CutOff
from bot.demo.gateway_queries import IN_FORCE, PAUSED
from bot.demo.scenarios import beginning, screen
from bot.demo.scenarios.deeds import Clicking, Explaining, Typing
from bot.demo.scenarios.language import NotKnown, NotSo, given, then, when
from bot.demo.scenarios.stage import Stage
from bot.errors import Misconfigured
from localslack import Channel, Person
from localslack.workspace.model import Json

NEWEST = 3  # messages quoted when something else was expected
ACK_SECONDS = 3.0
SESSIONS = f"SELECT count(*) FROM ({IN_FORCE} AND lower(u.email) = lower(%(email)s)) AS s"  # noqa: S608 - constants
OBSTACLES = """
  SELECT 'a hold on ' || coalesce(queue_name, 'every queue') || '; its card has a button to resume' FROM queue_pauses
   WHERE lifted IS NULL AND (queue_name IS NULL OR queue_name = %(queue)s)
  UNION ALL
  SELECT 'an alert, ' || state || '; deal with it first' FROM pmbot.alerts
   WHERE subject = %(queue)s AND state <> 'resolved'
"""
ENTRIES = """
  SELECT a.at, u.name, a.kind, coalesce(a.kind = %(kind)s AND lower(u.email) = lower(%(email)s), false)
    FROM pmbot.audit_log AS a LEFT JOIN users AS u ON u.id = a.actor_id
   WHERE a.id > %(after)s AND a.action = %(action)s ORDER BY a.id
"""
DEEDS = {"asked": "{who} asked", "decided": "{who} decided", "executed": "the bot carried it out"}
"""What entries of a kind tell. Whose request was executed is their actor: they asked, the bot did it."""
EXECUTED = "SELECT action FROM pmbot.audit_log WHERE id > %(after)s AND kind IN ('executed', 'broke_glass')"
WAITING = "SELECT count(*) FROM jobs WHERE queue_name = %(queue)s AND status = 'queued'"
SENT = """
  SELECT count(*) FROM outbound_messages JOIN tenants ON tenants.id = tenant_id
   WHERE name = %(name)s AND sent > now() - interval '1 hour'
"""
TENANT = "SELECT id FROM tenants WHERE name = %(name)s"

NUMBERED = {
    "<number>": re.compile(r"Request (\d+) |/pm end (\d+)"),
    "<incident>": re.compile(r"Incident (\d+)"),
    "<task>": re.compile(r"noted task (\d+)"),
    "<maintenance>": re.compile(r"[Mm]aintenance (\d+)"),
    "<ticket>": re.compile(r"\bT-(\d+)"),
}
"""What stands for a number that the card which is spoken of says."""

# Making ready


@given("{person} is signed in {int} time(s)")
async def signed_in(stage: Stage, name: str, times: int) -> None:
    """So many sessions in force on the platform, and their tokens known."""
    person = stage.person(name)
    stage.tokens[person.id] = await beginning.signed_in(stage, person, times)
    with contextlib.suppress(NotKnown):
        await sessions_in_force(stage, name, times)


@given("{string} runs without a hold or an alert")
async def runs_freely(stage: Stage, queue: str) -> None:
    """Looked at, not brought about: what is in the way was somebody's decision."""
    if found := await stage.rows(OBSTACLES, queue=queue):
        raise NotSo(f"{queue} runs without a hold or an alert.", [f"There is {what}." for (what,) in found])


@given("{string} is a member of {string}")
async def is_member(stage: Stage, address: str, tenant: str) -> None:
    """A customer's person. Brought about, whatever an earlier scenario has left of them."""
    stage.may_meddle()
    await beginning.member(stage, address, tenant)


@given("{string} waits for approval")
async def waits_for_approval(stage: Stage, tenant: str) -> None:
    stage.may_meddle()
    await beginning.waits_for_approval(stage, tenant)


@given("the job {string} of {string} has failed in {string}")
async def job_failed(stage: Stage, job: str, tenant: str, queue: str) -> None:
    """`job` is what its id begins with."""
    stage.may_meddle()
    await beginning.failed_job(stage, job, tenant, queue)


@given("the trouble {string} begins")
async def trouble_begins(stage: Stage, name: str) -> None:
    if name not in trouble.TROUBLES:
        raise Misconfigured(f"There is no trouble {name}. There is: {', '.join(trouble.TROUBLES)}.")
    stage.run(lambda url, over: trouble.run(name, url, over))


@given("the bot will lose its database before the last part of it")
async def cut_off(stage: Stage) -> None:
    """Of the newest request for many: what was begun of that part is nothing then, and the others are done."""
    stage.cut_off = CutOff()
    stage.run(stage.cut_off.run)
    try:
        await asyncio.wait_for(stage.cut_off.ready.wait(), ACK_SECONDS)
    except TimeoutError:
        raise NotSo("a request in several parts waits to be decided", []) from None


# Doing


@when("{person} types {string} in {channel}")
def types(stage: Stage, name: str, text: str, channel: str) -> Typing:
    """`<number>` in it is the number of the request whose card, or list of what is temporary, is spoken of.

    `<incident>` likewise; `<incident before>` is the one before that. `<link>` is that of the card itself.
    """
    return Typing(stage, stage.person(name), stage.channel(channel), _numbered(stage, text))


def _numbered(stage: Stage, text: str) -> str:
    if "<link>" in text:
        place, ts = _spoken_of(stage)
        text = text.replace("<link>", f"{stage.slack.base_url}/archives/{place}/p{ts.replace('.', '')}")
    for mark, pattern in NUMBERED.items():
        if mark not in text and not (mark == "<incident>" and "<incident before>" in text):
            continue
        if (found := pattern.search(screen.words(stage.slack, _card(stage)))) is None:
            raise NotSo(f"The card says what stands for {mark}.", [screen.in_short(stage.slack, _card(stage))])
        number = next(filter(None, found.groups()))
        text = text.replace(mark, number).replace("<incident before>", str(int(number) - 1))
    return text


@when("{person} clicks {string} on it")
def clicks(stage: Stage, name: str, label: str) -> Clicking:
    return Clicking(stage, stage.person(name), _spoken_of(stage), label)


@when("{person} clicks {string} on it because {string}")
def clicks_because(stage: Stage, name: str, label: str, reason: str) -> Explaining:
    """A button that opens a form which asks why."""
    return Explaining(stage, stage.person(name), _spoken_of(stage), label, reason=reason)


@when("{person} clicks {string} on it twice at once")
def clicks_twice(stage: Stage, name: str, label: str) -> Clicking:
    return Clicking(stage, stage.person(name), _spoken_of(stage), label, times=2)


@when("{person} clicks {string} on the card {string}")
def clicks_on(stage: Stage, name: str, label: str, card: str) -> Clicking:
    """The newest such card that has the button, wherever it is; others may speak of the same thing."""
    _speak_of_one_with(stage, label, card)
    return Clicking(stage, stage.person(name), _spoken_of(stage), label)


@when("{person} clicks {string} on the card {string} because {string}")
def clicks_on_because(stage: Stage, name: str, label: str, card: str, reason: str) -> Explaining:
    _speak_of_one_with(stage, label, card)
    return Explaining(stage, stage.person(name), _spoken_of(stage), label, reason=reason)


def _speak_of_one_with(stage: Stage, label: str, card: str) -> None:
    fitting = [
        (any(screen.is_called(label, one) for one in screen.labels(message)), message["ts"], channel.id)
        for channel in stage.slack.state.channels.values()
        for message in _cards(stage, channel)
        if screen.fits(card, screen.words(stage.slack, message))
    ]
    if fitting:
        _, ts, place = max(fitting)
        stage.card = place, ts


# On the screen


@then("the bot lost its database, with all but the last part done")
async def was_cut_off(stage: Stage) -> None:
    if stage.cut_off is None or not stage.cut_off.done.is_set():
        raise NotSo("the bot lost its database", [])


@then("{channel} shows a card {string}")
async def shows_card(stage: Stage, channel: str, pattern: str) -> None:
    speak_of(stage, channel, pattern, None)


@then("{channel} shows a card {string} with the button {string}")
async def shows_card_with_button(stage: Stage, channel: str, pattern: str, label: str) -> None:
    speak_of(stage, channel, pattern, label)


def speak_of(stage: Stage, channel: str, pattern: str, label: str | None) -> None:
    """The newest such message there is what is spoken of from now on. Raises `NotSo`."""
    place = stage.channel(channel)
    cards = _cards(stage, place)
    for message in reversed(cards):
        called = label is None or any(screen.is_called(label, one) for one in screen.labels(message))
        if called and screen.fits(pattern, screen.words(stage.slack, message)):
            stage.card = place.id, message["ts"]
            return
    button = f" with the button “{label}”" if label else ""
    raise NotSo(f"{channel} shows a new card “{pattern}”{button}.", _quoted(stage, cards, f"{channel} shows"))


@then("it shows {string}", "the card shows {string}")
async def card_shows(stage: Stage, pattern: str) -> str:
    message = _card(stage)
    words = screen.words(stage.slack, message)
    if not screen.fits(pattern, words):
        raise NotSo(f"The card shows “{pattern}”.", [f"It reads: {screen.in_short(stage.slack, message)}"])
    lines = [line for line in words.splitlines() if screen.fits(pattern, line)]
    return f"On the card: “{lines[0].strip()}”" if lines else ""


@then("it no longer has the button {string}", "the card no longer has the button {string}")
async def card_has_no_button(stage: Stage, label: str) -> None:
    message = _card(stage)
    if any(screen.is_called(label, one) for one in screen.labels(message)):
        raise NotSo(f"The card has no button “{label}”.", [f"It reads: {screen.in_short(stage.slack, message)}"])


@then("{person} alone is told {string}")
async def told_alone(stage: Stage, name: str, pattern: str) -> None:
    _hear(stage, stage.person(name), pattern, None)


@then("{person} alone is told {string} with the button {string}")
async def told_alone_with_button(stage: Stage, name: str, pattern: str, label: str) -> None:
    _hear(stage, stage.person(name), pattern, label)


def _hear(stage: Stage, person: Person, pattern: str, label: str | None) -> None:
    heard: list[Json] = []
    for channel in stage.slack.state.channels.values():
        public = {message["ts"] for message in stage.new_messages(channel)}
        private = [one for one in stage.new_messages(channel, person) if one["ts"] not in public]
        heard += private
        for message in reversed(private):
            called = label is None or any(screen.is_called(label, one) for one in screen.labels(message))
            if called and screen.fits(pattern, screen.words(stage.slack, message)):
                stage.card = channel.id, message["ts"]
                return
    button = f" with the button “{label}”" if label else ""
    found = _quoted(stage, heard, f"{person.real_name} alone sees")
    raise NotSo(f"{person.real_name} alone is told “{pattern}”{button}.", found)


@then("every click was answered in time")
async def answered(stage: Stage) -> None:
    """Within the three seconds that Slack waits."""
    late = [
        f"A click was answered with status {one.status} after {one.seconds or 0:.1f} s. {one.error}".strip()
        for one in stage.new_deliveries()
        if one.kind == "interactive" and not (one.ok and one.seconds is not None and one.seconds <= ACK_SECONDS)
    ]
    if late:
        raise NotSo(f"Every click was answered within {ACK_SECONDS:.0f} seconds.", late)


# At the platform and in the database


@then("the platform accepts {person}'s token(s)")
async def accepts(stage: Stage, name: str) -> str:
    return await _all_tokens(stage, name, accepted=True)


@then("the platform refuses {person}'s token(s)")
async def refuses(stage: Stage, name: str) -> str:
    return await _all_tokens(stage, name, accepted=False)


async def _all_tokens(stage: Stage, name: str, *, accepted: bool) -> str:
    person = stage.person(name)
    statuses = [await stage.answered(token) for token in stage.tokens.get(person.id, [])]
    answers = [status == httpx.codes.OK for status in statuses]
    if not answers:
        raise NotKnown(f"no token of {person.real_name} is known here")
    if set(answers) != {accepted}:
        expected = f"The platform {'accepts' if accepted else 'refuses'} every token of {person.real_name}."
        raise NotSo(expected, [f"It accepts {sum(answers)} of {len(answers)}."])
    now = f"{' and '.join(str(one) for one in sorted(set(statuses)))} at {stage.clock()}"
    before = stage.before.get(person.id)
    stage.before[person.id] = now
    all_of = f"Asked with each of the {len(answers)} sessions" if len(answers) > 1 else "Asked with the session"
    return f"{all_of}, the platform answered {f'{before}, and {now}' if before else now}."


@then("in the database {person} has {int} session(s) in force")
async def sessions_in_force(stage: Stage, name: str, number: int) -> str:
    person = stage.person(name)
    ((there,),) = await stage.rows(SESSIONS, email=person.email)
    if there != number:
        raise NotSo(f"{person.real_name} has {number} sessions in force.", [f"There are {there}."])
    return f"In the platform's database: {there} sessions in force at {stage.clock()}."


@then("in the database the jobs of {string} in {string} wait")
async def jobs_wait(stage: Stage, tenant: str, queue: str) -> None:
    await _held_back(stage, tenant, queue, held=True)


@then("in the database the jobs of {string} in {string} flow")
async def jobs_flow(stage: Stage, tenant: str, queue: str) -> None:
    await _held_back(stage, tenant, queue, held=False)


async def _held_back(stage: Stage, tenant: str, queue: str, *, held: bool) -> None:
    found = await stage.rows(TENANT, name=tenant)
    if len(found) != 1:
        raise NotSo(f"There is one tenant {tenant}.", [f"There are {len(found)}."])
    ((paused, _),) = await stage.rows(PAUSED, tenant=found[0][0], queue=queue)
    if paused is not held:
        words = {True: "wait for the end of a hold", False: "are taken by the workers"}
        raise NotSo(f"The jobs of {tenant} in {queue} {words[held]}.", [f"They {words[paused]}."])


@then("in the database fewer than {int} jobs wait in {string}")
async def fewer_wait(stage: Stage, number: int, queue: str) -> None:
    ((there,),) = await stage.rows(WAITING, queue=queue)
    if there >= number:
        raise NotSo(f"Fewer than {number:,} jobs wait in {queue}.", [f"There are {there:,}."])


@then("in the database {string} has sent more than {int} mails in the last hour")
async def sent_more(stage: Stage, tenant: str, number: int) -> None:
    ((there,),) = await stage.rows(SENT, name=tenant)
    if there <= number:
        raise NotSo(f"{tenant} has sent more than {number:,} mails in the last hour.", [f"It has sent {there:,}."])


@then("the audit trail has {int} new entry/entries that {person} {word} {string}")
async def audit_entries(stage: Stage, number: int, name: str, kind: str, action: str) -> str:
    """Of a kind such as asked, decided, executed. What is seen is all that the scenario left of the action."""
    person = stage.person(name)
    values = {"after": stage.newest_entry, "action": action, "kind": kind, "email": person.email}
    entries = await stage.rows(ENTRIES, **values)
    there = sum(theirs for _, _, _, theirs in entries)
    if there != number:
        expected = f"The audit trail has {number} new entries that {person.real_name} {kind} {action}."
        raise NotSo(expected, [f"There are {there}."])
    said = [
        f"{at.astimezone():%H:%M:%S} {DEEDS.get(what, '{who}: ' + what).format(who=who or 'the bot')}"
        for at, who, what, _ in entries
    ]
    return f"In the record, of {action}: {'; '.join(said)}."


@then("nothing was done")
async def nothing_done(stage: Stage) -> None:
    if done := await stage.rows(EXECUTED, after=stage.newest_entry):
        raise NotSo("Nothing was done.", [f"The audit trail says that {action} was." for (action,) in done])


# What is spoken of


def _cards(stage: Stage, channel: Channel) -> list[Json]:
    """The bot's new messages in the channel itself, not in its threads."""
    messages = stage.new_messages(channel)
    return [one for one in messages if one.get("bot_id") and one.get("thread_ts") in (None, one["ts"])]


def _spoken_of(stage: Stage) -> tuple[str, str]:
    if stage.card is None:
        raise Misconfigured("“It” is nothing yet: a step before has to say which card is meant.")
    return stage.card


def _card(stage: Stage) -> Json:
    channel, ts = _spoken_of(stage)
    for viewer in (None, *stage.slack.state.people):
        for message in stage.slack.messages(channel, viewer):
            if message["ts"] == ts:
                return message
    raise NotSo("The card is there.", ["It was deleted."])


def _quoted(stage: Stage, messages: list[Json], where: str) -> list[str]:
    newest = [screen.in_short(stage.slack, message) for message in messages[-NEWEST:]]
    return [f"{where}: {text}" for text in newest] or [f"{where} nothing new."]
