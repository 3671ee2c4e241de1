"""More steps: what people may do at the platform, for whom a flag is on, and time that passes."""

from typing import Any

import httpx

from bot.demo.scenarios import beginning, screen
from bot.demo.scenarios.language import NotKnown, NotSo, given, then
from bot.demo.scenarios.stage import Stage
from bot.demo.scenarios.vocabulary import TENANT
from localslack import Person
from localslack.workspace.model import Json

HELD = """
  SELECT r.name FROM staff_member_roles AS m JOIN staff_roles AS r ON r.id = m.role_id
    JOIN users AS u ON u.id = m.user_id
   WHERE lower(u.email) = lower(%(email)s) AND (m.expires IS NULL OR m.expires > now()) ORDER BY r.name
"""
# What the scenario asked for ends sooner: every time there is of it, also what the bot remembers of the platform's.
PASS = (
    """
  CREATE TEMPORARY TABLE passing ON COMMIT DROP AS
  SELECT h.id, h.subject FROM pmbot.holds AS h
   WHERE h.ended IS NULL AND h.ends IS NOT NULL
     AND h.proposal_id IN (SELECT proposal_id FROM pmbot.audit_log WHERE id > %(after)s AND kind = 'executed')
""",
    """
  UPDATE pmbot.holds SET starts = starts - %(passed)s, ends = ends - %(passed)s
   WHERE id IN (SELECT id FROM passing)
""",
    """
  WITH moved AS (
    UPDATE staff_member_roles AS m SET granted = m.granted - %(passed)s, expires = m.expires - %(passed)s
      FROM passing AS p, staff_roles AS r
     WHERE r.id = m.role_id AND m.expires IS NOT NULL
       AND m.user_id = (p.subject ->> 'staff')::uuid AND p.subject -> 'given' ? r.name
    RETURNING m.user_id, r.name
  )
  UPDATE pmbot.held_switches AS s
     SET seen = jsonb_set(s.seen, '{expires}', to_jsonb(to_char(
           ((s.seen ->> 'expires')::timestamptz - %(passed)s) AT TIME ZONE 'UTC',
           'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')))
    FROM moved WHERE s.target = 'staff:' || moved.user_id || '/role:' || moved.name
""",
)

# Making ready


@given("{person} holds {string} and nothing else")
async def holds_only(stage: Stage, name: str, roles: str) -> None:
    """Brought about where the database is given for it; elsewhere looked at: it was somebody's decision."""
    person = stage.person(name)
    if stage.meddles:
        await beginning.holds_only(stage, person, roles.split(" and "))
    held = [role for (role,) in await stage.rows(HELD, email=person.email)]
    if held != sorted(roles.split(" and ")):
        raise NotSo(f"{person.real_name} holds {roles}.", [f"They hold {' and '.join(held) or 'no role'}."])


@given("{string} is on for {string} by the flag's own rules")
async def on_by_its_rules(stage: Stage, flag: str, tenant: str) -> None:
    """Brought about where the database is given for it; elsewhere looked at: an override is somebody's decision."""
    await _by_its_rules(stage, flag, tenant, on=True)


@given("{string} is off for {string} by the flag's own rules")
async def off_by_its_rules(stage: Stage, flag: str, tenant: str) -> None:
    await _by_its_rules(stage, flag, tenant, on=False)


async def _by_its_rules(stage: Stage, flag: str, tenant: str, *, on: bool) -> None:
    if stage.meddles:
        await beginning.no_override(stage, flag, tenant)
    found = await _evaluated(stage, flag, tenant)
    if found["enabled"] is not on or found["rule"] == "tenant override":
        raise NotSo(f"{flag} is {'on' if on else 'off'} for {tenant} by the flag's own rules.", [_is(found)])


@given("time may be made to pass")
async def may_pass(stage: Stage) -> None:
    """Before anything is asked for that only time ends."""
    stage.may_meddle()


@given("{int} days pass")
async def days_pass(stage: Stage, days: int) -> None:
    """For what the scenario asked for: everything else stays where it is."""
    stage.may_meddle()
    await stage.pass_time(PASS, days)


# At the platform


@then("{person}, still signed in, may {string}")
async def still_may(stage: Stage, name: str, what: str) -> None:
    await _may(stage, stage.person(name), what, fresh=False, expected=True)


@then("{person}, still signed in, may not {string}")
async def still_may_not(stage: Stage, name: str, what: str) -> None:
    await _may(stage, stage.person(name), what, fresh=False, expected=False)


@then("{person}, signed in anew, may {string}")
async def anew_may(stage: Stage, name: str, what: str) -> None:
    await _may(stage, stage.person(name), what, fresh=True, expected=True)


@then("{person}, signed in anew, may not {string}")
async def anew_may_not(stage: Stage, name: str, what: str) -> None:
    """Where they have signed in anew already: in that very session."""
    await _may(stage, stage.person(name), what, fresh=True, expected=False)


@then("{person} can sign in")
async def can_sign_in(stage: Stage, name: str) -> str:
    person = stage.person(name)
    await stage.sign_in(person)
    return f"This tour signed in as {person.real_name} at {stage.clock()}: the platform answered 200."


@then("{person} cannot sign in")
async def cannot_sign_in(stage: Stage, name: str) -> str:
    person = stage.person(name)
    try:
        await stage.sign_in(person)
    except NotSo as refused:
        return f"This tour tried to sign in as {person.real_name} at {stage.clock()}. {' '.join(refused.found)}"
    raise NotSo(f"{person.real_name} cannot sign in.", ["The platform lets them in."])


@then("the platform says {string} is {word} for {string} by {string}")
async def evaluated(stage: Stage, flag: str, state: str, tenant: str, rule: str) -> None:
    """By its own evaluation, whatever the bot believes."""
    found = await _evaluated(stage, flag, tenant)
    if (found["enabled"], found["rule"]) != (state == "on", rule):
        raise NotSo(f"The platform says {flag} is {state} for {tenant} by {rule}.", [_is(found)])


async def _may(stage: Stage, person: Person, what: str, *, fresh: bool, expected: bool) -> None:
    if fresh and person.id not in stage.anew:
        stage.anew[person.id] = await stage.sign_in(person)
    tokens = [stage.anew[person.id]] if fresh else stage.tokens.get(person.id, [])[:1]
    if not tokens:
        raise NotKnown(f"no token of {person.real_name} is known here")
    async with stage.platform() as client:
        answer = await client.get("/dashboard/me", headers={"Authorization": f"Bearer {tokens[0]}"})
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise NotKnown("this platform does not say what somebody may do")
    may = answer.json().get("may", []) if answer.status_code == httpx.codes.OK else []
    if (what in may) is not expected:
        sentence = f"{person.real_name} may {'' if expected else 'not '}{what}."
        raise NotSo(sentence, [f"The platform answers {answer.status_code}: {', '.join(may) or 'nothing'}."])


async def _evaluated(stage: Stage, flag: str, tenant: str) -> dict[str, Any]:
    found = await stage.rows(TENANT, name=tenant)
    if len(found) != 1:
        raise NotSo(f"There is one tenant {tenant}.", [f"There are {len(found)}."])
    return await stage.asked(f"/internal/flags/{flag}", tenant=str(found[0][0]))


def _is(found: dict[str, Any]) -> str:
    return f"It is {'on' if found['enabled'] else 'off'} by {found['rule']}."


# By direct message and by mail


@then("a mail to {string} says {string}")
async def mailed(stage: Stage, address: str, pattern: str) -> None:
    """What the demo's mail server has taken, whenever that was: who is written to is told once."""
    letters = [one for one in stage.letters() if address in str(one["To"])]
    said = [f"{one['Subject']} {body.get_content()}" for one in letters if (body := one.get_body(("plain",)))]
    if not any(screen.fits(pattern, one) for one in said):
        raise NotSo(f"A mail to {address} says “{pattern}”.", [f"A mail says: {one}" for one in said] or ["None came."])


@then("{person} is told by direct message {string}")
async def told_directly(stage: Stage, name: str, pattern: str) -> None:
    person = stage.person(name)
    heard: list[Json] = []
    for channel in stage.slack.state.channels.values():
        if channel.kind == "im" and person.id in (channel.members or ()):
            heard += [one for one in stage.new_messages(channel, person) if one.get("bot_id")]
    if not any(screen.fits(pattern, screen.words(stage.slack, one)) for one in heard):
        said = [f"{person.real_name} was told: {screen.in_short(stage.slack, one)}" for one in heard]
        raise NotSo(f"{person.real_name} is told “{pattern}”.", said or [f"{person.real_name} was told nothing."])
