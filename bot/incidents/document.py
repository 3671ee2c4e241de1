"""The review of an incident as Markdown: what anybody needs who was not there. An integration posts it as a file."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents import duties, timeline
from bot.actions.incidents.customers import satisfaction
from bot.actions.incidents.facts import STAKEHOLDERS, WORDS, holders, load
from bot.actions.incidents.parameters import DUTIES, ROLES, SEVERITIES
from bot.actions.incidents.timeline import Line
from bot.alerts.rules import Rule
from bot.delivery import files
from bot.delivery.channels import Channels
from bot.drawing.cards import plan
from bot.drawing.cards.saying import status
from bot.drawing.render import Renderer
from bot.errors import Later
from bot.incidents import measured
from bot.incidents.words import after as _after
from bot.incidents.words import plain as _plain
from bot.incidents.words import time as _time
from bot.platform import staff
from bot.store.database import Database
from bot.store.models import (
    Alert,
    Incident,
    IncidentBreach,
    IncidentDuty,
    IncidentEvidence,
    IncidentSeverity,
    IncidentState,
    IncidentTask,
    Proposal,
    Revision,
    StaffLink,
)
from bot.words import counted, sentence

NOT_YET = "*Not written down yet. To write it down, type `/pm incident findings {number}`.*"
BUSY = 2.0  # seconds until it is looked at again


class Reviews:
    """An integration: `{"incident": id}` becomes a file in the incident's room."""

    tells: ClassVar[bool] = True

    def __init__(
        self,
        database: Database,
        client: AsyncWebClient,
        channels: Channels,
        renderer: Renderer,
        rules: Mapping[str, Rule],
    ) -> None:
        self._database, self._client, self._channels = database, client, channels
        self._renderer, self._rules = renderer, rules

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Write it as things are now, and post it."""
        async with self._database.snapshot() as session:
            row = await load(session, uuid.UUID(request["incident"]))
            content = await document(session, self._renderer, row, self._rules)
        if row.restricted and row.channel is None:
            raise Later(BUSY, "the incident's private channel is not there yet")
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


async def document(session: AsyncSession, renderer: Renderer, row: Incident, rules: Mapping[str, Rule]) -> str:
    """The whole review. Times are UTC; `rules`: those of alerts, which say how their figures read."""
    lines, tasks = await timeline.of(session, row), await _tasks(session, row)
    alerts = await measured.of_alerts(session, row)
    parts = [
        f"# Incident {row.number}: {_plain(row.title)}",
        await _head(session, row, alerts),
        "## Impact",
        _found(row.impact, row),
        await measured.figures(session, row, alerts, lines, rules),
        "## Causes",
        _found(row.causes, row),
        "## What went well",
        _found(row.went_well, row),
        "## Timeline",
        "Times are UTC.",
        "\n".join([f"- {_time(one.at)} {await _said(session, renderer, one)}" for one in lines]),
        *await _personal_data(session, row),
        *await _customers(session, row),
        *await _evidence(session, row),
        "## What we do about it",
        await _done_about_it(session, tasks),
        "## What is still open",
        await measured.still_open(session, row, tasks, alerts),
    ]
    return "\n\n".join(parts) + "\n"


async def _head(session: AsyncSession, row: Incident, alerts: Sequence[Alert]) -> str:
    held = await holders(session, row.id)
    names = await staff.names(session, {row.declared_by, *held.values()})
    severity = IncidentSeverity(row.severity)
    facts = [
        ("Severity", f"{severity}, {SEVERITIES[severity]}"),
        ("State", WORDS[IncidentState(row.state)]),
        ("Began", _time(row.began)),
        *await measured.noticed(session, row, alerts),
        (
            "Declared",
            f"{_time(row.declared)} by {names[row.declared_by]}, {_after(row.began, row.declared)} after it began",
        ),
        *(
            (("Resolved", f"{_time(row.resolved)}, {_after(row.began, row.resolved)} after it began"),)
            if row.resolved
            else ()
        ),
        *((ROLES[role].capitalize(), names.get(who, staff.GONE)) for role, who in held.items()),
    ]
    return "\n".join(["| | |", "| --- | --- |", *(f"| {label} | {_plain(said)} |" for label, said in facts)])


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


async def _personal_data(session: AsyncSession, row: Incident) -> list[str]:
    """Whose data it concerns, since when that is known, and who was told of it (GDPR, articles 33 and 34)."""
    breach = await session.get(IncidentBreach, row.id)
    if breach is None:
        return []
    found = await duties.of(session, row.id)
    names = await staff.names(session, {one.ended_by for one in found if one.ended_by})
    risk = "high" if breach.high_risk else "low, as far as we know"
    known = f"Known since {_time(breach.known)}. Risk for the people whose data it is: {risk}."
    lines = [
        f"| {DUTIES[one.duty]} | {_time(one.due)} | {_became(one)} | {_plain(names.get(one.ended_by, '') or '')} "
        f"| {_plain(one.note or '')} |"
        for one in found
    ]
    head = ["| Who had to be told | Deadline | | By whom | How, or why not |", "| --- | --- | --- | --- | --- |"]
    return ["## Personal data", f"{_plain(breach.concerns)}\n\n{known}", "\n".join([*head, *lines])]


def _became(one: IncidentDuty) -> str:
    if one.ended is None:
        return "not yet"
    if not one.told:
        return f"not needed, noted {_time(one.ended)}"
    return f"told, noted {_time(one.ended)}, {'late' if one.ended > one.due else 'in time'}"


async def _customers(session: AsyncSession, row: Incident) -> list[str]:
    """What those who were told of it said of that."""
    found = await satisfaction.answers(session, row.id)
    if found is None:
        return []
    head = ["| Answer | How often |", "| --- | --- |"]
    lines = [f"| {score}: {says} | {found.by_score.get(score, 0):,} |" for score, says in satisfaction.SAYS.items()]
    asked = f"How satisfied are you with how we told you? {sentence(found.said)}."
    return ["## What customers say", asked, *(["\n".join([*head, *lines])] if found.answered else [])]


async def _evidence(session: AsyncSession, row: Incident) -> list[str]:
    """What was kept, with its hashes: `sha256sum` of the same text says whether it is the same."""
    mine = select(IncidentEvidence).where(IncidentEvidence.incident_id == row.id).order_by(IncidentEvidence.id)
    found = list(await session.scalars(mine))
    if not found:
        return []
    names, wrote = await staff.names(session, {one.taken_by for one in found}), await _authors(session, found)
    lines = [
        f"| {one.id} | {_time(one.at)} | {_plain(names.get(one.taken_by, 'a reaction'))} "
        f"| {_plain(one.source or 'noted')} | {_written(one, wrote)} | {_what(one)} | {one.sha256} |"
        for one in found
    ]
    head = ["| Number | Taken | By | From | Written | What | SHA-256 |", "| --- | --- | --- | --- | --- | --- | --- |"]
    return ["## Evidence", "\n".join([*head, *lines])]


async def _authors(session: AsyncSession, found: Sequence[IncidentEvidence]) -> dict[str, str]:
    """The names of colleagues by Slack's ids."""
    linked = select(StaffLink.slack_user_id, StaffLink.staff_id).where(
        StaffLink.slack_user_id.in_({one.author for one in found if one.author})
    )
    ids = {row.slack_user_id: row.staff_id for row in await session.execute(linked)}
    names = await staff.names(session, set(ids.values()))
    return {user: names[staff_id] for user, staff_id in ids.items() if staff_id in names}


def _written(one: IncidentEvidence, names: Mapping[str, str]) -> str:
    """By whom in Slack, and when."""
    by = _plain(names.get(one.author, one.author)) if one.author else ""
    return f"{by} {_time(one.written)}".strip() if one.written else by


def _what(one: IncidentEvidence) -> str:
    """The words; of a file what it is called, and its bytes."""
    return _plain(one.content) if one.size is None else f"{_plain(one.content)}, {counted(one.size, 'byte')}"


async def _done_about_it(session: AsyncSession, tasks: Sequence[IncidentTask]) -> str:
    if not tasks:
        return "*Nothing yet. `/pm incident task` notes what has to be done, by whom and by when.*"
    names = await staff.names(session, {one.staff_id for one in tasks})
    rows = [
        f"| {one.number} | {_plain(one.what)} | {_plain(names.get(one.staff_id, staff.GONE))} | {one.due:%Y-%m-%d} "
        f"| {f'done {one.done:%Y-%m-%d}' if one.done else 'open'} |"
        for one in tasks
    ]
    return "\n".join(["| Task | What | Who | Deadline | |", "| --- | --- | --- | --- | --- |", *rows])


def _found(text: str | None, row: Incident) -> str:
    return sentence(_plain(text)) if text else NOT_YET.format(number=row.number)
