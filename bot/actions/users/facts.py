"""Facts that every action on a customer's account shows in the same words."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.actions.staff.facts import device
from bot.errors import InvalidParameter
from bot.holds.kinds import kind_of
from bot.holds.reads import open_holds
from bot.personal import Moment, Part, Personal
from bot.platform import users
from bot.platform.staff import SessionRecord
from bot.platform.users import UserRecord
from bot.store.models import Hold
from bot.targets.user import User
from bot.words import listed


async def current(session: AsyncSession, user_id: uuid.UUID) -> UserRecord:
    """The account as it is now."""
    record = await users.load(session, user_id)
    if record is None:
        raise InvalidParameter("user", User.not_there())
    return record


def address(record: UserRecord) -> Personal:
    return Personal(personal="customer", value=record.email)


def who_fact(record: UserRecord) -> Fact:
    """Who is meant: an approval is void when the account behind the address changes."""
    return fact("Account", address(record), f" · {record.apart}", bound=True)


def belongs_fact(record: UserRecord) -> Fact:
    return fact("Belongs to", listed(one.in_words for one in record.memberships) or "no tenant")


def data(record: UserRecord) -> dict[str, object]:
    """What templates say of it: masked wherever it is drawn."""
    return {"id": str(record.id), "who": [address(record).model_dump()]}


def sessions_data(sessions: Iterable[SessionRecord]) -> list[dict[str, object]]:
    return [
        {"ip": one.ip, "device": device(one.user_agent), "seen": one.last_seen.timestamp()} for one in sessions
    ]  # fmt: skip


async def held_facts(session: AsyncSession, user_id: uuid.UUID) -> Sequence[Fact]:
    """What is temporary about it, and until when."""
    about = Hold.target.endswith(f"user:{user_id}", autoescape=True)
    facts = []
    for hold in await open_holds(session, about):
        until: list[Part] = [" until ", Moment.of(hold.ends)] if hold.ends else [", no end"]
        facts.append(fact("Temporary", *await kind_of(hold).describe(session, hold), *until))
    return facts or [fact("Temporary", "nothing")]
