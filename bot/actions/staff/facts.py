"""Facts that every action on a staff member shows in the same words."""

import uuid
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.errors import InvalidParameter
from bot.personal import Moment, Personal
from bot.platform import staff, staff_roles
from bot.platform.staff import SessionRecord, StaffRecord
from bot.platform.staff_roles import HeldRole
from bot.words import counted


async def current(session: AsyncSession, staff_id: uuid.UUID) -> StaffRecord:
    """The staff member as they are now."""
    record = await staff.load(session, staff_id)
    if record is None:
        raise _gone()
    return record


async def current_with_roles(session: AsyncSession, staff_id: uuid.UUID) -> tuple[StaffRecord, Sequence[HeldRole]]:
    """The same, with the roles that they hold."""
    found = await staff_roles.with_roles(session, staff_id)
    if found is None:
        raise _gone()
    return found


def _gone() -> InvalidParameter:
    return InvalidParameter("staffer", "That staff member no longer exists on the platform.")


# Marks in a user agent, the more particular first: Edge also says Chrome, an iPhone also says Mac OS X.
BROWSERS = {"Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Mac OS X": "Mac",
    "Windows": "Windows",
    "Linux": "Linux",
}


def device(user_agent: str) -> str:
    """What a person would say of a user agent: `Firefox on Linux`; the start of it where that is not known."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), None)
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), None)
    return f"{browser} on {system}" if browser and system else user_agent[:40] or "unknown device"


def who_fact(record: StaffRecord) -> Fact:
    """Who is meant: an approval is void when the account behind the name changes."""
    return fact(
        "Account",
        Personal(personal="person", value=record.name),
        " · ",
        Personal(personal="email", value=record.email),
        bound=True,
    )


def sessions_fact(sessions: Sequence[SessionRecord]) -> Fact:
    if not sessions:
        return fact("Now", "no active session")
    addresses = len({one.ip for one in sessions})
    on = f"from {addresses} IP addresses" if addresses > 1 else "from 1 IP address"
    return fact("Now", f"{counted(len(sessions), 'active session')} {on}")


def sessions_detail(sessions: Sequence[SessionRecord]) -> tuple[Fact, ...]:
    return tuple(
        fact(
            f"Session {number}",
            Personal(personal="address", value=one.ip),
            f" · {device(one.user_agent)} · last seen ",
            Moment.of(one.last_seen),
        )
        for number, one in enumerate(sessions, start=1)
    )
