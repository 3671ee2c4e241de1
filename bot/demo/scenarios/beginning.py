"""How a scenario's beginning is made true whatever was played before: somebody's account, roles and sessions, a flag.

Only in a database that was given for it (`Stage.meddles`): elsewhere the same is looked at, and said.
"""

import asyncio
import time
from collections.abc import Sequence

from bot.demo.data import BROWSERS, HOME_IPS, HOTEL_IP, OFFICE_IP, STAFF, token_hash
from bot.demo.scenarios.language import NotSo
from bot.demo.scenarios.stage import Stage
from localslack import Person
from localslack.workspace.shapes import elements_of

SECONDS = 20.0  # for the bot to be done with what is under way
AGAIN_SECONDS = 0.1

WITHDRAW = "Withdraw request"
# What is asked for about it and not over yet, with whoever asked.
UNDER_WAY = """
  SELECT p.number, p.state, p.revision_id::text, asker.email FROM pmbot.proposals AS p
    JOIN users AS asker ON asker.id = p.requester_id
   WHERE %(target)s = ANY(p.targets) AND p.state IN ('pending', 'approved', 'executing')
"""
SUBJECT = "SELECT 'staff:' || id FROM users WHERE lower(email) = lower(%(email)s) AND deleted IS NULL"
ACTIVE = """
  UPDATE users SET status = 'active', status_reason = NULL
   WHERE lower(email) = lower(%(email)s) AND status = 'suspended'
"""
END_OTHERS = """
  UPDATE sessions SET revoked = now() FROM users AS u
   WHERE u.id = sessions.user_id AND lower(u.email) = lower(%(email)s)
     AND kind = 'staff' AND revoked IS NULL AND token_hash <> ALL(%(kept)s)
"""
TAKE_OTHER_ROLES = """
  DELETE FROM staff_member_roles AS m USING users AS u, staff_roles AS r
   WHERE u.id = m.user_id AND r.id = m.role_id AND lower(u.email) = lower(%(email)s)
     AND (r.name <> ALL(%(roles)s) OR m.expires IS NOT NULL)
"""
GIVE_ROLES = """
  INSERT INTO staff_member_roles (user_id, role_id)
  SELECT u.id, r.id FROM users AS u, staff_roles AS r
   WHERE lower(u.email) = lower(%(email)s) AND r.name = ANY(%(roles)s)
  ON CONFLICT DO NOTHING
"""
# Temporary changes of a flag are over now: the bot ends them as it ends all, and puts back what was before.
OVER = """
  UPDATE pmbot.holds SET ends = now() WHERE kind = 'flag' AND ended IS NULL AND subject ->> 'flag' = %(flag)s
"""
TEMPORARY = "SELECT FROM pmbot.holds WHERE kind = 'flag' AND ended IS NULL AND subject ->> 'flag' = %(flag)s"
NO_OVERRIDE = """
  DELETE FROM tenant_feature_flags AS f USING tenants AS t
   WHERE t.id = f.tenant_id AND t.name = %(tenant)s AND f.flag_key = %(flag)s
"""
HELD = """
  SELECT FROM staff_member_roles AS m JOIN users AS u ON u.id = m.user_id
   WHERE lower(u.email) = lower(%(email)s) AND (m.expires IS NULL OR m.expires > now())
"""
MEMBER_ID = "SELECT id FROM users WHERE lower(email) = lower(%(email)s) AND deleted IS NULL"
NEW_USER = "INSERT INTO users (email, name, email_verified) VALUES (%(email)s, %(name)s, true)"
AS_BEFORE = """
  UPDATE users SET status = 'active', status_reason = NULL, password_reset = NULL
   WHERE id = %(user)s AND NOT EXISTS (SELECT FROM pmbot.holds WHERE ended IS NULL AND target = 'user:' || %(user)s)
"""
MEMBER = """
  INSERT INTO tenant_users (tenant_id, user_id, email, roles)
  SELECT id, %(user)s, %(email)s, '{member}' FROM tenants WHERE name = %(tenant)s
  ON CONFLICT (tenant_id, user_id) DO UPDATE SET roles = excluded.roles
"""
SIGNS_IN = """
  INSERT INTO sessions (user_id, kind, token_hash, ip, user_agent, last_seen, expires)
  SELECT %(user)s, 'tenant', gen_random_uuid()::text, %(ip)s, %(browser)s, now(), now() + interval '12 hours'
   WHERE NOT EXISTS (SELECT FROM sessions WHERE user_id = %(user)s AND revoked IS NULL AND expires > now())
"""
UNAPPROVED = "UPDATE tenants SET approval = 'pending' WHERE name = %(tenant)s"
FAILED_JOB = """
  INSERT INTO jobs
    (id, queue_name, tenant_id, status, payload, attempt_count, run_at, started, failed, last_error_message)
  SELECT %(id)s, %(queue)s, id, 'failed', '{}', 3, now() - interval '9 minutes', now() - interval '9 minutes',
         now() - interval '8 minutes', 'Connection reset by the mail server' FROM tenants WHERE name = %(tenant)s
  ON CONFLICT (id) DO UPDATE SET status = 'failed', attempt_count = 3, failed = excluded.failed, completed = NULL
"""
EMPLOYED = """
  UPDATE staff_members SET is_active = true FROM users AS u
   WHERE u.id = user_id AND lower(u.email) = lower(%(email)s) AND NOT is_active
"""


async def signed_in(stage: Stage, person: Person, times: int) -> list[str]:
    """The tokens of exactly so many sessions: what is missing is added, and what is too much is ended."""
    if stage.meddles:
        await _nobody_asks(stage, person)
        await stage.change(ACTIVE, email=person.email)
        await _employed(stage, person)
    tokens = await stage.valid_tokens(person)
    while len(tokens) < times:
        tokens.append(await stage.sign_in(person, *_device(person, len(tokens))))
    if stage.meddles:
        await stage.change(END_OTHERS, email=person.email, kept=[token_hash(one) for one in tokens[:times]])
        return tokens[:times]
    return tokens


async def _employed(stage: Stage, person: Person) -> None:
    """Staff, with the roles that they have in the demo unless they have any: a tour may have been left half-way."""
    await stage.change(EMPLOYED, email=person.email)
    if not await stage.rows(HELD, email=person.email):
        usual = next((one.roles for one in STAFF if one.email == person.email), ())
        await stage.change(GIVE_ROLES, email=person.email, roles=list(usual))


async def holds_only(stage: Stage, person: Person, roles: Sequence[str]) -> None:
    """These roles for good, and no other."""
    await _nobody_asks(stage, person)
    await stage.change(EMPLOYED, email=person.email)
    await stage.change(TAKE_OTHER_ROLES, email=person.email, roles=list(roles))
    await stage.change(GIVE_ROLES, email=person.email, roles=list(roles))


async def no_override(stage: Stage, flag: str, tenant: str) -> None:
    """The flag is for the tenant as its own rules say."""
    await _nothing_under_way(stage, f"flag:{flag}", flag)
    await stage.change(OVER, flag=flag)
    deadline = time.monotonic() + SECONDS
    while await stage.rows(TEMPORARY, flag=flag):
        if time.monotonic() > deadline:
            raise NotSo(f"No temporary change of {flag} is in force.", ["One did not end in time."])
        await asyncio.sleep(AGAIN_SECONDS)
    await stage.change(NO_OVERRIDE, flag=flag, tenant=tenant)


async def member(stage: Stage, email: str, tenant: str) -> None:
    """A customer's person as any other, signed in once: an active account, which is a member of that tenant alone."""
    if not await stage.rows(MEMBER_ID, email=email):
        await stage.change(NEW_USER, email=email, name=email.partition("@")[0].replace(".", " ").title())
    [(user,)] = await stage.rows(MEMBER_ID, email=email)
    await _nothing_under_way(stage, f"user:{user}", email)
    await stage.change(AS_BEFORE, user=str(user))
    await stage.change(MEMBER, user=user, email=email, tenant=tenant)
    await stage.change(SIGNS_IN, user=user, ip=OFFICE_IP, browser=BROWSERS[0])


async def waits_for_approval(stage: Stage, tenant: str) -> None:
    for (target,) in await stage.rows("SELECT 'tenant:' || id FROM tenants WHERE name = %(tenant)s", tenant=tenant):
        await _nothing_under_way(stage, target, tenant)
    await stage.change(UNAPPROVED, tenant=tenant)


async def failed_job(stage: Stage, start: str, tenant: str, queue: str) -> None:
    """One whose id begins so: a step that types it is the same each time."""
    job = f"{start}-{'0' * 4}-4000-8000-{'0' * 12}"
    await stage.change(FAILED_JOB, id=job, tenant=tenant, queue=queue)


async def _nobody_asks(stage: Stage, person: Person) -> None:
    for (target,) in await stage.rows(SUBJECT, email=person.email):
        await _nothing_under_way(stage, target, person.real_name)


async def _nothing_under_way(stage: Stage, target: str, called: str) -> None:
    """Requests about it that wait are withdrawn by whoever asked; those that run are waited for. Raises `NotSo`."""
    deadline, pressed = time.monotonic() + SECONDS, set[str]()
    while found := await stage.rows(UNDER_WAY, target=target):
        for _, state, revision, asker in found:
            if state == "pending" and revision not in pressed:
                pressed.add(revision)
                await _withdraw(stage, revision, asker)
        if time.monotonic() > deadline:
            numbers = [f"Request {number} is under way." for number, *_ in found]
            raise NotSo(f"Nothing is under way about {called}.", numbers)
        await asyncio.sleep(AGAIN_SECONDS)


async def _withdraw(stage: Stage, revision: str, email: str) -> None:
    """By the card's own button or menu, as whoever asked."""
    asker = next((one for one in stage.slack.state.people.values() if one.email == email), None)
    if asker is None:
        return
    for channel in stage.slack.state.channels.values():
        for message in stage.slack.messages(channel.id, asker.id):
            for block, element in elements_of(message.get("blocks") or []):
                if (element.get("action_id"), element.get("value")) == ("reject", revision):
                    place = (message["ts"], channel.id)
                    if element["text"]["text"] == WITHDRAW:
                        await stage.slack.click(asker.id, *place, "reject", block_id=block["block_id"])
                    else:  # this button would ask why
                        await stage.slack.click(asker.id, *place, "menu:request", option=WITHDRAW)
                    return


def _device(person: Person, number: int) -> tuple[str, str]:
    """A browser, and an address that they are known to come from, so that their log-ins look like somebody's."""
    home = HOME_IPS.get(person.name, OFFICE_IP)
    return BROWSERS[(number + 1) % len(BROWSERS)], (OFFICE_IP, OFFICE_IP, home, HOTEL_IP)[number % 4]
