"""The demo's staff: accounts, roles held, sessions, their logins, and what they did lately."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.demo.data import (
    BROWSERS,
    FIRST_STAFF,
    HOME_IPS,
    HOTEL_IP,
    LATER_STAFF,
    OFFICE_IP,
    Person,
    Row,
    Tables,
    token_for,
    token_hash,
    uid,
)
from bot.platform.models import AdminAuditLog, LoginEvent, LoginSession, StaffMember, User

SATURDAY = 5
# The third address is far from the other two: what makes somebody look twice before the laptop is missed.
STAFFER_IPS = (OFFICE_IP, OFFICE_IP, HOME_IPS["staffer"], HOTEL_IP)

ACTIONS = (
    # action, kind of resource, id, note
    ("viewed_tenant", "tenant", "acme-corp", "Ticket about missing invoices"),
    ("changed_tenant_plan", "tenant", "acme-labs", "Upgrade agreed by mail"),
    ("changed_feature_flag", "feature_flag", "warmup-v2", "Rollout 25% to 50%"),
    ("viewed_user", "user", "customer", "Password reset does not arrive"),
    ("retried_jobs", "queue", "bounce:process", "After the DNS outage"),
    ("exported_audit", "audit", "monthly", "For the monthly review"),
    ("reviewed_access", "staff", "all", "Weekly access review"),
    ("changed_setting", "setting", "sending.warmup_step", "Gentler warm-up"),
)


def staff_tables(now: datetime, rng: random.Random) -> Tables:
    """Rows of all tables about staff but for the roles, whose ids the database decides."""
    return {
        **_members(FIRST_STAFF, now),
        **_signed_in(FIRST_STAFF, now, rng),
        AdminAuditLog: list(_audit(now, rng)),
    }


def later_staff_tables(now: datetime) -> Tables:
    """Rows of those who joined later, drawn from a generator of their own."""
    return {**_members(LATER_STAFF, now), **_signed_in(LATER_STAFF, now, random.Random("later staff"))}


def _members(people: Sequence[Person], now: datetime) -> Tables:
    return {
        User: [_account(person, now) for person in people],
        StaffMember: [_membership(person, now) for person in people],
    }


def _signed_in(people: Sequence[Person], now: datetime, rng: random.Random) -> Tables:
    return {
        LoginSession: [row for person in people for row in _sessions(person, now, rng)],
        LoginEvent: [row for person in people for row in _logins(person, now, rng)],
    }


def _account(person: Person, now: datetime) -> Row:
    return {
        "id": person.id,
        "created": now - timedelta(days=700),
        "updated": now - timedelta(days=40),
        "deleted": None,
        "name": person.name,
        "given_name": person.given,
        "family_name": person.family,
        "email": person.email,
        "email_verified": True,
        "status": "suspended" if person.left == "left the company" else "active",
        "status_reason": person.left if person.left == "left the company" else None,
    }


def _membership(person: Person, now: datetime) -> Row:
    return {
        "user_id": person.id,
        "notes": person.notes if person.left is None else f"{person.notes}; {person.left}",
        "created": now - timedelta(days=700),
        "updated": now - timedelta(days=40),
        "is_active": person.left is None,
    }


def _sessions(person: Person, now: datetime, rng: random.Random) -> Iterator[Row]:
    """Those in force come first, so that tokens 1 to `person.sessions` work; then older ones that do not."""
    for n in range(1, person.sessions + 1):
        ip = STAFFER_IPS[n - 1] if person.local_part == "staffer" else _usual_ip(person, rng)
        started = now - timedelta(minutes=rng.randint(30, 8 * 60))
        seen = now - timedelta(minutes=rng.randint(0, 12))
        # A week: a demo left open over the weekend is still a demo.
        yield _session(person, n, ip, started, seen, now + timedelta(days=7))
    for n in range(person.sessions + 1, person.sessions + 3):
        started = now - timedelta(days=rng.randint(3, 12))
        yield _session(person, n, _usual_ip(person, rng), started, started + timedelta(hours=5), _end_of(started))
    started = now - timedelta(days=rng.randint(13, 20))
    old = _session(person, person.sessions + 3, _usual_ip(person, rng), started, started, _end_of(started))
    yield old | {"revoked": started + timedelta(hours=2), "revoked_by": person.id}


def _end_of(started: datetime) -> datetime:
    return started + timedelta(hours=12)


def _session(person: Person, n: int, ip: str, started: datetime, seen: datetime, expires: datetime) -> Row:
    token = token_for(person.local_part, n)
    return {
        "id": uid("session", token),
        "user_id": person.id,
        "kind": "staff",
        "token_hash": token_hash(token),
        "ip": ip,
        "user_agent": BROWSERS[n % len(BROWSERS)],
        "created": started,
        "last_seen": seen,
        "expires": expires,
        "revoked": None,
        "revoked_by": None,
    }


def _usual_ip(person: Person, rng: random.Random) -> str:
    return rng.choice((OFFICE_IP, OFFICE_IP, HOME_IPS[person.local_part]))


def _logins(person: Person, now: datetime, rng: random.Random) -> Iterator[Row]:
    """One or two a working day in the two weeks before today, now and then with a mistyped password first."""
    if person.left is not None:
        return
    for days in range(1, 15):
        day = (now - timedelta(days=days)).replace(hour=7, minute=0, second=0, microsecond=0)
        if day.weekday() >= SATURDAY and "operations" not in person.roles:
            continue
        for n in range(rng.randint(1, 2)):
            at = day + timedelta(minutes=rng.randint(0, 150) + n * 300)
            ip = _usual_ip(person, rng)
            if rng.random() < 0.06:
                yield _login(person, f"{days}.{n} mistyped", at - timedelta(minutes=1), ip, succeeded=False)
            yield _login(person, f"{days}.{n}", at, ip, succeeded=True)
    if person.local_part == "staffer":
        yield _login(person, "hotel mistyped", now - timedelta(minutes=96), HOTEL_IP, succeeded=False)
        yield _login(person, "hotel", now - timedelta(minutes=95), HOTEL_IP, succeeded=True)


def _login(person: Person, name: str, at: datetime, ip: str, *, succeeded: bool) -> Row:
    return {
        "id": uid("login", f"{person.local_part} {name}"),
        "user_id": person.id,
        "email": person.email,
        "succeeded": succeeded,
        "ip": ip,
        "user_agent": BROWSERS[len(person.local_part) % len(BROWSERS)],
        "at": at,
    }


def _audit(now: datetime, rng: random.Random) -> Iterator[Row]:
    present = [person for person in FIRST_STAFF if person.left is None]
    for n in range(60):
        person = rng.choice(present)
        action, kind, resource, notes = rng.choice(ACTIONS)
        yield {
            "id": uid("audit", n),
            "creation_time": now - timedelta(minutes=rng.randint(20, 14 * 24 * 60)),
            "admin_user_id": person.id,
            "action": action,
            "resource_type": kind,
            "resource_id": resource,
            "ip_address": _usual_ip(person, rng),
            "user_agent": BROWSERS[0],
            "notes": notes,
            "metadata": {"source": "dashboard"},
        }
