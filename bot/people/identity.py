"""Which staff member a Slack account stands for. Links are made by people, never guessed."""

import uuid
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NotIdentified
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.store.base import table
from bot.store.models import StaffLink
from bot.words import plain

_LINKS = table(StaffLink)
_LINKED = select(_LINKS.c.staff_id).where(
    _LINKS.c.team_id == bindparam("team_id"), _LINKS.c.slack_user_id == bindparam("user_id")
)

_ACTING = staff.abilities(_LINKED.scalar_subquery())


@dataclass(frozen=True)
class SlackPerson:
    """Somebody in Slack: the *actor's* own workspace, and their id there."""

    team_id: str
    user_id: str


@dataclass(frozen=True)
class Operator:
    """An active staff member who is doing something."""

    id: uuid.UUID
    name: str
    email: str
    roles: frozenset[str]
    permissions: frozenset[str]
    slack: SlackPerson | None = None

    @property
    def in_roles(self) -> str:
        """Their roles, as people read them."""
        return ", ".join(sorted(map(plain, self.roles))) or "none"

    def may(self, permission: str) -> bool:
        return permission in self.permissions


async def staff_id_of(session: AsyncSession, person: SlackPerson) -> uuid.UUID | None:
    """The staff member whom the account was confirmed to stand for."""
    found: uuid.UUID | None = await session.scalar(_LINKED, {"team_id": person.team_id, "user_id": person.user_id})
    return found


async def slack_ids(session: AsyncSession, team_id: str) -> dict[uuid.UUID, str]:
    """Slack user id by staff id, for everybody linked in the workspace."""
    rows = await session.execute(
        select(StaffLink.staff_id, StaffLink.slack_user_id).where(StaffLink.team_id == team_id)
    )
    return {row.staff_id: row.slack_user_id for row in rows}


async def operator_by_id(
    session: AsyncSession, staff_id: uuid.UUID, slack: SlackPerson | None = None
) -> Operator | None:
    """The staff member with what they may do now; None if they may no longer do anything."""
    return _operator(await staff.able(session, staff_id), slack)


def _operator(able: tuple[StaffRecord, frozenset[str]] | None, slack: SlackPerson | None) -> Operator | None:
    record, granted = able or (None, frozenset())
    if record is None or not record.may_act:
        return None
    return Operator(record.id, record.name, record.email, record.roles, granted, slack)


async def identify(session: AsyncSession, person: SlackPerson, home_team: str) -> Operator:
    """Who is acting. Raises `NotIdentified`, which tells them what to do about it."""
    if person.team_id != home_team:
        raise NotIdentified(
            "You are a guest from another workspace, and this bot answers PenguinMails staff only. Nothing was done. "
            "Ask the colleague who shares this channel with you."
        )
    linked = await staff.able_by(session, _ACTING, team_id=person.team_id, user_id=person.user_id)
    if found := _operator(linked, person):
        return found
    if await staff_id_of(session, person) is None:
        raise NotIdentified(
            "Your Slack account is not linked to a staff member, so I cannot act for you. "
            f"An administrator links it with: pm staff link {person.user_id} you@penguinmails.example"
        )
    raise NotIdentified(
        "Your staff account is not active, so I cannot act for you and nothing was done. "
        "Ask somebody with the role security or super admin to look at it."
    )
