"""Linking a Slack account to a staff member from the command line, where nobody can be asked to confirm."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import delete, or_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trail
from bot.errors import Misconfigured, Unavailable
from bot.pipeline import standing
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.store.database import Database
from bot.store.models import AuditKind, StaffLink

T = TypeVar("T")


def link(url: str, team_id: str, slack_user_id: str, email: str) -> str:
    """Link, replacing whatever either side was linked to; the member's name. Raises `Misconfigured`, `Unavailable`."""
    return asyncio.run(confirm(url, team_id, slack_user_id, email))


async def confirm(url: str, team_id: str, slack_user_id: str, email: str) -> str:
    """As `link`, from within an event loop."""
    return await in_one_transaction(url, lambda session: _link(session, team_id, slack_user_id, email))


async def in_one_transaction(url: str, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """What the command line does with a database. Raises `Unavailable` when that cannot be used."""
    database = Database(url)
    try:
        async with database.transaction() as session:
            return await work(session)
    except DBAPIError as error:
        raise Unavailable(
            f"The database cannot be used: {str(error.orig).strip()}. If it is new, run pm db upgrade first."
        ) from None
    finally:
        await database.engine.dispose()


async def _link(session: AsyncSession, team_id: str, slack_user_id: str, email: str) -> str:
    person = await member(session, email)
    await _unlink(session, team_id, slack_user_id, person.id)
    session.add(StaffLink(team_id=team_id, slack_user_id=slack_user_id, staff_id=person.id, confirmed_by=None))
    await trail.append(
        session,
        AuditKind.LINKED,
        actor_id=None,
        action="identity.link",
        target=f"staff:{person.id}",
        facts={"team": team_id, "slack_user": slack_user_id, "by": "command line"},
    )
    return person.name


async def member(session: AsyncSession, email: str) -> StaffRecord:
    """The staff member with exactly this address. Raises `Misconfigured`."""
    found = [one for one in await staff.named(session, email) if one.email.lower() == email.lower()]
    if not found:
        raise Misconfigured(f"No staff member has the address {email}. Check the spelling, or make them staff first.")
    return found[0]


async def _unlink(session: AsyncSession, team_id: str, slack_user_id: str, staff_id: uuid.UUID) -> None:
    """Take away what either side was linked to; what was said through it may have been said by somebody else."""
    gone = await session.execute(
        delete(StaffLink)
        .where(
            StaffLink.team_id == team_id,
            or_(StaffLink.slack_user_id == slack_user_id, StaffLink.staff_id == staff_id),
        )
        .returning(StaffLink.staff_id, StaffLink.slack_user_id)
    )
    for before, account in gone.all():
        if (before, account) == (staff_id, slack_user_id):
            continue  # the same link once more
        await trail.append(
            session,
            AuditKind.LINKED,
            actor_id=None,
            action="identity.unlink",
            target=f"staff:{before}",
            facts={"team": team_id, "slack_user": account, "cause": "linked again at the command line"},
        )
        await standing.distrust(session, before)
