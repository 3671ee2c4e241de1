"""Linking a Slack account to a member of staff from the command line, where nobody can be asked to confirm."""

import asyncio

from sqlalchemy import delete, or_
from sqlalchemy.exc import DBAPIError

from bot import audit
from bot.errors import Misconfigured, Unavailable
from bot.platform import staff
from bot.store.database import Database
from bot.store.models import AuditKind, StaffLink


def link(url: str, team_id: str, slack_user_id: str, email: str) -> str:
    """Link, replacing whatever either side was linked to; the member's name. Raises `Misconfigured`, `Unavailable`."""
    return asyncio.run(confirm(url, team_id, slack_user_id, email))


async def confirm(url: str, team_id: str, slack_user_id: str, email: str) -> str:
    """As `link`, from within an event loop."""
    database = Database(url)
    try:
        async with database.transaction() as session:
            found = [one for one in await staff.named(session, email) if one.email.lower() == email.lower()]
            if not found:
                raise Misconfigured(
                    f"No member of staff has the address {email}. Check the spelling, or make them staff first."
                )
            person = found[0]
            await session.execute(
                delete(StaffLink).where(
                    StaffLink.team_id == team_id,
                    or_(StaffLink.slack_user_id == slack_user_id, StaffLink.staff_id == person.id),
                )
            )
            session.add(StaffLink(team_id=team_id, slack_user_id=slack_user_id, staff_id=person.id, confirmed_by=None))
            await audit.append(
                session,
                AuditKind.LINKED,
                actor_id=None,
                action="identity.link",
                target=f"staff:{person.id}",
                facts={"team": team_id, "slack_user": slack_user_id, "by": "command line"},
            )
            return person.name
    except DBAPIError as error:
        raise Unavailable(
            f"The database cannot be used: {str(error.orig).strip()}. If it is new, run pm db upgrade first."
        ) from None
    finally:
        await database.engine.dispose()
