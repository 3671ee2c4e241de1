"""What was said of a group becomes its row: the newest word alone, however often and in whatever order it comes."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.outside.payload import MOST, Member, Said, name_of, stored
from bot.alerts.rules import Severity, rank
from bot.drawing.render import Renderer
from bot.outside import OutsideSettings
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import JSON, Inbox, OutsideGroup

SUMMED_UP = ("summary", "message", "description")  # annotations, whichever is there first
# What has changed is looked at as soon as a clock gets round to it.
AT_ONCE = text("UPDATE pmbot.alert_ticks SET at = least(at, clock_timestamp() - interval '1 hour')")
FORGOTTEN = text("DELETE FROM pmbot.outside_groups WHERE until < clock_timestamp() - interval '7 days'")


@dataclass(frozen=True)
class Groups:
    """Handles what Alertmanager and Grafana said (see `bot.handlers.dispatch.Inbound`)."""

    database: Database
    renderer: Renderer
    settings: OutsideSettings

    async def handle(self, inbox_id: int) -> None:
        """Take one notification; a second call finds it taken."""
        async with self.database.transaction() as session:
            row = await session.get_one(Inbox, inbox_id, with_for_update=True)
            if row.handled is None:
                await take(session, self.settings, row.id, row.payload)
                row.handled = func.now()

    async def give_up(self, inbox_id: int, error: BaseException, reference: str) -> None:
        """Say that something was not understood, so that somebody looks where it was evaluated."""
        async with self.database.transaction() as session:
            row = await session.get_one(Inbox, inbox_id, with_for_update=True)
            if row.handled is not None:
                return
            row.handled, row.reference = func.now(), reference
            content = self.renderer.message("alerts/outside_unread.j2", reference=reference)
            await outbox.post(session, f"alerts-unread:{inbox_id}", content, channel="operations")

    async def forget(self) -> None:
        """What nobody has spoken of for a week."""
        async with self.database.transaction() as session:
            await session.execute(FORGOTTEN)


async def take(session: AsyncSession, settings: OutsideSettings, heard: int, payload: JSON) -> None:
    """The row says what this does, unless something that came later was taken before. `heard`: which payload."""
    said, sender = stored(payload["said"]), str(payload["sender"])
    key = _key(said, sender)
    severity, channel = worst(said, settings), settings.channel({**said.grouped_by, **said.labels})
    firing = len(said.firing) + said.left_out
    now: dict[str, Any] = {"severity": severity, "firing": firing, "facts": facts(said, sender, settings)}
    begun = {"key": key, "subject": f"{said.name[:100]} · {key[:10]}", "channel": channel}
    new = insert(OutsideGroup).values(**begun, **now, heard=heard, changed=heard, until=_until(settings))
    if await session.scalar(new.on_conflict_do_nothing().returning(OutsideGroup.key)) is None:
        row = (await session.scalars(select(OutsideGroup).where(OutsideGroup.key == key).with_for_update())).one()
        if row.heard >= heard:
            return
        if row.severity is None:
            row.channel = channel
        row.heard, row.until = heard, _until(settings)
        if all(getattr(row, name) == value for name, value in now.items()):
            return
        row.changed = heard
        for name, value in now.items():
            setattr(row, name, value)
    await session.flush()
    await session.execute(AT_ONCE)


def _until(settings: OutsideSettings) -> Any:
    return func.clock_timestamp() + settings.forget


def _key(said: Said, sender: str) -> str:
    return hashlib.sha256(json.dumps([sender, said.receiver, said.group]).encode()).hexdigest()[:32]


def worst(said: Said, settings: OutsideSettings) -> str | None:
    """How bad the worst is that fires; None: nothing does."""
    found = [settings.severity(one.labels) for one in said.firing]
    if said.left_out:
        found.append(settings.severity(said.labels))
    return max(found, key=rank, default=None)


def facts(said: Said, sender: str, settings: OutsideSettings) -> dict[str, Any]:
    """What is kept of a group for its message: texts of others, cut to a line each."""
    firing = sorted(said.firing, key=lambda one: (-rank(settings.severity(one.labels)), one.since, name_of(one, said)))
    severities: list[str] = [settings.severity(one.labels) for one in firing]
    return {
        "name": said.name,
        "from": f"{said.system} ({sender})" if sender else said.system,
        "receiver": said.receiver,
        "counts": {one: severities.count(one) for one in Severity if one in severities},
        "over": sum(not one.firing for one in said.alerts),
        "left_out": said.left_out,
        "alerts": [_entry(one, said, settings) for one in firing[:MOST]],
        "summary": _summary(said.annotations),
        "runbook": said.annotations.get("runbook_url") or said.annotations.get("runbook") or "",
        "labels": said.labels,
        "url": said.url,
    }


def _entry(one: Member, said: Said, settings: OutsideSettings) -> dict[str, Any]:
    summary = _summary(one.annotations)
    return {
        "name": name_of(one, said),
        "severity": settings.severity(one.labels),
        "since": one.since.timestamp(),
        "summary": "" if summary == _summary(said.annotations) else summary,
    }


def _summary(annotations: dict[str, str]) -> str:
    return next((annotations[one] for one in SUMMED_UP if annotations.get(one)), "")
