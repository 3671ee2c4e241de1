"""The review of an incident as Markdown: what anybody needs who was not there. An integration posts it as a file."""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents import timeline
from bot.actions.incidents.facts import STAKEHOLDERS, WORDS, holders, load
from bot.actions.incidents.parameters import ROLES, SEVERITIES
from bot.actions.incidents.timeline import Line
from bot.delivery import files
from bot.delivery.channels import Channels
from bot.drawing.cards import plan
from bot.drawing.cards.saying import status
from bot.drawing.render import Renderer
from bot.platform import staff
from bot.store.database import Database
from bot.store.models import (
    Alert,
    Incident,
    IncidentAlert,
    IncidentEvent,
    IncidentHappened,
    IncidentRole,
    IncidentSeverity,
    IncidentState,
    IncidentTask,
    Proposal,
    Revision,
)
from bot.words import counted, duration

NOT_YET = "*Not written down yet: `/pm incident findings {number}` does.*"
MARKUP = re.compile(r"([\\`*_\[\]<>|#])")


class Reviews:
    """An integration: `{"incident": id}` becomes a file in the incident's room."""

    tells: ClassVar[bool] = True

    def __init__(self, database: Database, client: AsyncWebClient, channels: Channels, renderer: Renderer) -> None:
        self._database, self._client, self._channels, self._renderer = database, client, channels, renderer

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Write it as things are now, and post it."""
        async with self._database.snapshot() as session:
            row = await load(session, uuid.UUID(request["incident"]))
            content = await document(session, self._renderer, row)
        async with files.unseen():
            channel = row.channel or await self._channels.id_of(STAKEHOLDERS)
        file_id = await files.send(
            self._client,
            content,
            name=_file(key, row.number),
            title=f"Review of incident {row.number}",
            comment=f"The review of incident {row.number}, as it is now.",
            channel=channel,
        )
        return {"file": file_id}

    async def look_up(self, key: str, request: dict[str, Any], sent: dt.datetime) -> dict[str, Any] | None:
        """By the file's name: it has that of the call."""
        async with self._database.snapshot() as session:
            row = await load(session, uuid.UUID(request["incident"]))
        found = await files.find(self._client, _file(key, row.number), sent)
        return None if found is None else {"file": found}

    async def close(self) -> None:
        """The connection is everybody's."""


def _file(key: str, number: int) -> str:
    return f"incident-{number}-review-{key.replace(':', '-').replace(' ', '-')}.md"


async def document(session: AsyncSession, renderer: Renderer, row: Incident) -> str:
    """The whole review. Times are UTC."""
    lines, tasks, alerts = await timeline.of(session, row), await _tasks(session, row), await _alerts(session, row)
    parts = [
        f"# Incident {row.number}: {_plain(row.title)}",
        await _head(session, row),
        "## Impact",
        _found(row.impact, row),
        await _figures(session, row, alerts, lines),
        "## Causes",
        _found(row.causes, row),
        "## What went well",
        _found(row.went_well, row),
        "## Timeline",
        "Times are UTC.",
        "\n".join([f"- {_time(one.at)} {await _said(session, renderer, one)}" for one in lines]),
        "## What is done about it",
        await _done_about_it(session, tasks),
    ]
    return "\n\n".join(parts) + "\n"


async def _head(session: AsyncSession, row: Incident) -> str:
    held = await holders(session, row.id)
    names = await staff.names(session, {row.declared_by, *held.values()})
    severity = IncidentSeverity(row.severity)
    facts = [
        ("Severity", f"{severity}, {SEVERITIES[severity]}"),
        ("State", WORDS[IncidentState(row.state)]),
        ("Began", _time(row.began)),
        ("Declared", f"{_time(row.declared)} by {names[row.declared_by]}, {_after(row.began, row.declared)} later"),
        *(
            (("Resolved", f"{_time(row.resolved)}, {_after(row.began, row.resolved)} after it began"),)
            if row.resolved
            else ()
        ),
        *((ROLES[role].capitalize(), names.get(who, staff.GONE)) for role, who in held.items()),
    ]
    return "\n".join(["| | |", "| --- | --- |", *(f"| {label} | {_plain(said)} |" for label, said in facts)])


async def _figures(session: AsyncSession, row: Incident, alerts: Sequence[Alert], lines: Sequence[Line]) -> str:
    """What was measured, counted and told, beside what people wrote."""
    events = list(
        await session.scalars(
            select(IncidentEvent).where(IncidentEvent.incident_id == row.id).order_by(IncidentEvent.at)
        )
    )
    led = _first(events, IncidentHappened.CLAIMED, role=IncidentRole.COMMANDER)
    told = _first(events, IncidentHappened.UPDATE)
    updates = sum(one.what == IncidentHappened.UPDATE for one in events)
    requests = sum(one.proposal is not None for one in lines)
    said = [
        *(
            f"- {_plain(one.rule)} on {_plain(one.subject)} peaked at {one.peak:,.0f}, {_lasted(one)}."
            for one in alerts
        ),
        f"- Somebody took command {_after(row.declared, led.at)} after it was declared."
        if led
        else "- Nobody took command.",
        f"- Stakeholders were told {_after(row.declared, told.at)} after it was declared, "
        f"{counted(updates, 'time')} in all."
        if told
        else "- Stakeholders were told of it by no update.",
        f"- {counted(requests, 'request')} were made for it through the bot.",
    ]
    return "\n".join(said)


def _first(events: Sequence[IncidentEvent], what: IncidentHappened, **facts: str) -> IncidentEvent | None:
    return next((one for one in events if one.what == what and facts.items() <= one.facts.items()), None)


def _lasted(alert: Alert) -> str:
    if alert.fired is None or alert.resolved is None:
        return "and is not resolved"
    return f"and lasted {_after(alert.fired, alert.resolved)}"


async def _alerts(session: AsyncSession, row: Incident) -> list[Alert]:
    mine = select(Alert).join(IncidentAlert, IncidentAlert.alert_id == Alert.id)
    return list(await session.scalars(mine.where(IncidentAlert.incident_id == row.id).order_by(Alert.fired)))


async def _tasks(session: AsyncSession, row: Incident) -> list[IncidentTask]:
    mine = select(IncidentTask).where(IncidentTask.incident_id == row.id).order_by(IncidentTask.number)
    return list(await session.scalars(mine))


async def _said(session: AsyncSession, renderer: Renderer, line: Line) -> str:
    """A line; of a request what its card is called, and how it ended."""
    if line.proposal is None:
        return _plain(line.text)
    proposal = await session.get_one(Proposal, line.proposal)
    title = plan.title(renderer, await session.get_one(Revision, proposal.revision_id))
    return _plain(f"{line.text}: {title} (request {proposal.number}, {status(proposal)}).")


async def _done_about_it(session: AsyncSession, tasks: Sequence[IncidentTask]) -> str:
    if not tasks:
        return "*Nothing yet. `/pm incident task` notes what is to be done, by whom and until when.*"
    names = await staff.names(session, {one.staff_id for one in tasks})
    rows = [
        f"| {one.number} | {_plain(one.what)} | {_plain(names.get(one.staff_id, staff.GONE))} | {one.due:%Y-%m-%d} "
        f"| {f'done {one.done:%Y-%m-%d}' if one.done else 'open'} |"
        for one in tasks
    ]
    return "\n".join(["| Task | What | Who | Until | |", "| --- | --- | --- | --- | --- |", *rows])


def _found(text: str | None, row: Incident) -> str:
    return _plain(text) if text else NOT_YET.format(number=row.number)


def _plain(text: str) -> str:
    """What somebody typed, as words: no markup, no line of its own."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def _time(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


def _after(before: dt.datetime, after: dt.datetime) -> str:
    return duration(after - before, 2)
