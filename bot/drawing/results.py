"""What became of each of many as a file in the thread of the card: people and addresses masked as in its channel."""

import csv
import datetime as dt
import io
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.bulk import PartOf, Selection
from bot.actions.impact import Step
from bot.actions.registry import Registry
from bot.delivery import files
from bot.drawing.masking import Clearance, masked_text
from bot.errors import Refused
from bot.integrations.base import EffectFailed, EffectNotYet
from bot.personal import Part
from bot.pipeline.core import ALREADY, current_revision, impacts_of, plan_of
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import Execution, Proposal, Revision

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would reckon with at the beginning of a cell: customers choose their names."""

NO_CARD = "its card was not in Slack"

Row = tuple[uuid.UUID, str, str]
"""Which one, what became of it, and why."""


class Results:
    """An integration: `{"proposal": id}` becomes a CSV with a line for each: item, id, outcome, why."""

    tells: ClassVar[bool] = True

    def __init__(self, database: Database, client: AsyncWebClient, registry: Registry) -> None:
        self._database, self._client, self._registry = database, client, registry

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        async with self._database.snapshot() as session:
            proposal = await session.get_one(Proposal, uuid.UUID(request["proposal"]))
            revision = await current_revision(session, proposal)
            rows, names = await self._rows(session, proposal, revision)
            channel, thread = await outbox.place_of(session, outbox.card_key(proposal.id))
        if channel is None or thread is None:
            raise EffectNotYet(NO_CARD)  # what runs at once may be done before its card is on the screen
        file_id = await files.send(
            self._client,
            written(rows, names),
            name=_file(key),
            title=f"Results of request {proposal.number}",
            comment=f"The result of each item of request {proposal.number}. Addresses are masked; ids are not.",
            channel=channel,
            thread=thread,
        )
        return {"file": file_id}

    async def _rows(
        self, session: AsyncSession, proposal: Proposal, revision: Revision
    ) -> tuple[list[Row], Mapping[uuid.UUID, Part]]:
        """Of each that was meant, in the order in which it was done; then of those who were left out before."""
        executions = await session.scalars(select(Execution).where(Execution.proposal_id == proposal.id))
        outcomes = {one.step: one.outcome for one in executions}
        rows: list[Row] = []
        names: dict[uuid.UUID, Part] = {}
        for number, step in enumerate(plan_of(revision)):
            if not step.leads:
                part = await self._part(session, step)
                assert isinstance(part, PartOf)  # noqa: S101 - of what else is it known what became of each
                things, called = await part.things(session), await part.called(session, part.chosen.ids)
                became = _of_part(part.chosen.ids, outcomes.get(number))
                rows += [(things.get(one, one), what, why) for one, what, why in became]
                names |= {things[one]: name for one, name in called.items()}
        left = impacts_of(revision)[0].context.get("left", {})
        before: list[Row] = [(uuid.UUID(one), "left out", why) for why, ids in left.items() for one in ids.split()]
        names |= await self._left(session, revision, [one for one, _, _ in before])
        return rows + before, names

    async def _part(self, session: AsyncSession, step: Step) -> Action:
        try:
            return await self._registry.load(step, session)
        except Refused as error:
            raise EffectFailed(str(error)) from error

    async def _left(self, session: AsyncSession, revision: Revision, ids: list[uuid.UUID]) -> Mapping[uuid.UUID, Part]:
        """What those are called that were left out before."""
        kind = self._registry.by_name[plan_of(revision)[0].action].parameters().get("selection")
        return await kind.names(session, ids) if ids and kind and issubclass(kind, Selection) else {}

    async def look_up(self, key: str, request: dict[str, Any], sent: dt.datetime) -> dict[str, Any] | None:
        """By the file's name: it has that of the call."""
        found = await files.find(self._client, _file(key), sent)
        return None if found is None else {"file": found}

    async def close(self) -> None:
        """The connection is everybody's."""


def _of_part(ids: Sequence[uuid.UUID], outcome: Mapping[str, Any] | None) -> Iterator[Row]:
    if outcome is None:
        yield from ((one, "not done", "the request ended before this was done") for one in ids)
        return
    done, otherwise = set(outcome.get("done", ())), str(outcome.get(ALREADY, "changed in the meantime"))
    for one in ids:
        yield (one, "done", "") if str(one) in done else (one, "left out", otherwise)


def written(rows: Iterable[Row], names: Mapping[uuid.UUID, Part]) -> str:
    """As CSV, for a whole channel."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["item", "id", "outcome", "why"])
    for one, became, why in rows:
        name = masked_text([names[one]] if one in names else ["gone"], Clearance.CHANNEL)
        writer.writerow([f"'{name}" if name.startswith(FORMULA) else name, one, became, why])
    return file.getvalue()


def _file(key: str) -> str:
    return f"results-{key.replace(':', '-').replace(' ', '-')}.csv"
