"""Holds that are still on: what is held back, by whom, until when."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Uuid, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests.sections.base import Window
from bot.platform.models import Tenant, User
from bot.store.models import Hold

NAME = "holds"


@dataclass(frozen=True)
class Held:
    """One open hold."""

    what: str
    by: str
    ends: dt.datetime | None
    """None: until somebody ends it."""


async def read(session: AsyncSession, window: Window) -> tuple[Held, ...]:
    """Those that end first come first."""
    rows = await session.execute(
        select(Hold.subject, User.name, Hold.ends, Tenant.name)
        .outerjoin(User, User.id == Hold.staff_id)
        .outerjoin(Tenant, Tenant.id == cast(Hold.subject["tenant"].astext, Uuid))
        .where(Hold.ended.is_(None))
        .order_by(Hold.ends.nulls_last(), Hold.starts)
    )
    return tuple(
        Held(_what(subject.get("queue"), tenant), by or "somebody who has left", ends)
        for subject, by, ends, tenant in rows
    )


def _what(queue: str | None, tenant: str | None) -> str:
    if tenant is None:
        return queue or "all queues"
    return f"{tenant} in {queue}" if queue else tenant
