"""Forms with a secret in them: looked at in the request that brings them; what is stored of it has no secret left."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refused
from bot.handlers import forms, views
from bot.people.identity import Operator, SlackPerson, identify
from bot.pipeline import step_up
from bot.pipeline.step_up import Checked
from bot.store.database import Database
from bot.store.models import JSON
from bot.store.vault import Vault

KEPT = ("type", "team")  # of such a form; and whose it is, and what it is about


@dataclass(frozen=True)
class Taken:
    """What became of such a form."""

    error: str | None = None
    """Shown at its one field."""
    answer: JSON | None = None
    """What the form shows now: there is nothing left to handle."""
    stored: JSON | None = None
    """What may be stored of it, to be handled."""


def is_secret(body: Mapping[str, Any]) -> bool:
    """Whether it must not be stored as it is."""
    return body["view"]["callback_id"] in (views.CODE, views.ENROL)


class Codes:
    """Codes from people's apps."""

    def __init__(self, database: Database, vault: Vault | None, team_id: str) -> None:
        self._database, self._vault, self._team_id = database, vault, team_id

    async def take(self, body: Mapping[str, Any]) -> Taken:
        """Look at the code, and count it; committed before anything is said or stored."""
        typed = forms.submitted(body["view"]).get(views.CODE, "").strip()
        enrolling = body["view"]["callback_id"] == views.ENROL
        async with self._database.transaction() as session:
            checked = await self._checked(session, body, typed, enrolling=enrolling)
        if checked.wrong is not None:
            return Taken(error=checked.wrong)
        if enrolling:
            return Taken(answer=views.recovery(checked.recovery))
        return Taken(stored=without_secrets(body))

    async def _checked(self, session: AsyncSession, body: Mapping[str, Any], typed: str, *, enrolling: bool) -> Checked:
        if self._vault is None:
            return Checked(step_up.OFF)
        try:
            operator = await self._operator(session, body)
        except Refused as error:
            return Checked(str(error))
        if enrolling:
            return await step_up.confirm(self._vault, session, operator, typed)
        revision = uuid.UUID(body["view"]["private_metadata"])
        return await step_up.prove(self._vault, session, operator, revision, typed)

    async def _operator(self, session: AsyncSession, body: Mapping[str, Any]) -> Operator:
        user = body["user"]
        return await identify(session, SlackPerson(user.get("team_id") or self._team_id, user["id"]), self._team_id)


def without_secrets(body: Mapping[str, Any]) -> JSON:
    """The form without what was typed, and without what it showed."""
    user, view = body["user"], body["view"]
    return {
        **{name: body[name] for name in KEPT if name in body},
        "user": {name: user[name] for name in ("id", "team_id") if name in user},
        "view": {name: view[name] for name in ("id", "hash", "callback_id", "private_metadata") if name in view},
    }
