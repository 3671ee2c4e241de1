"""`runbook smtp` and `runbooks`: what to do, and whether anybody has said lately that it is right."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds.reads import clock
from bot.permissions import Permission
from bot.platform import staff
from bot.policy import Risk
from bot.store import runbooks
from bot.store.runbooks import Page
from bot.targets.runbook import NONE, Runbook
from bot.words import counted


@register
class ShowRunbook(Action):
    """Show a runbook: what to look at and what to do, found by its name or by words in it."""

    name, verb, says = "runbook.show", "runbook", "read"
    also = ("playbook", "show runbook", "how to")
    offered_as = "read a runbook"
    permission, risk = Permission.RUNBOOK_READ, Risk.READ
    group = Group("Runbooks", 6)
    runbook: Runbook

    async def preview(self, session: AsyncSession) -> Impact:
        found = await runbooks.pages(session, self.runbook.name)
        if not found:
            raise NothingToDo(Runbook.not_there())
        [page], now = found, await clock(session)
        by = await staff.name_of(session, page.by) if page.by else None
        return Impact(
            facts=(fact("Runbook", page.row.title),),
            context={
                "runbook": {**_entry(page, now), "text": page.row.text},
                "confirmed_by": by,
            },
        )


@register
class ListRunbooks(Action):
    """Show all runbooks, and which of them nobody has confirmed in the last 180 days."""

    name, verb = "runbook.list", "runbooks"
    also = ("list runbooks", "show runbooks", "playbooks")
    offered_as = "show runbooks"
    permission, risk = Permission.RUNBOOK_READ, Risk.READ
    target = "runbook:all"

    async def preview(self, session: AsyncSession) -> Impact:
        found, now = await runbooks.pages(session), await clock(session)
        return Impact(
            facts=(fact("Runbooks", counted(len(found), "runbook")),),
            context={"runbooks": [_entry(one, now) for one in found], "none": NONE},
        )


def _entry(page: Page, now: dt.datetime) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, page.row.name)),
        "name": page.row.name,
        "title": page.row.title,
        "right": page.right.timestamp(),
        "confirmed": page.confirmed is not None and page.confirmed == page.right,
        "stale": page.stale(now),
    }
