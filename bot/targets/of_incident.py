"""What is an incident, or of one: to somebody who may not know of the incident, it is not there."""

import uuid
from typing import Self

from bot.errors import InvalidParameter
from bot.parameters.base import Lookup, as_uuid, unescape
from bot.people import secrecy
from bot.targets.base import Target


class OfIncident(Target):
    """A target with an incident, whose members alone know of a security incident."""

    incident_id: uuid.UUID

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        """In the same words as one that never was. Raises `InvalidParameter`."""
        raw = raw if raw and raw.strip() else await cls.here(lookup)
        found = await super().resolve(parameter, raw, lookup)
        if await secrecy.may_see(lookup.session, found.incident_id, lookup.asker):
            return found
        typed = unescape(raw or "").strip()
        if as_uuid(typed) is not None:
            raise InvalidParameter(parameter, cls.not_there())
        raise await cls.unknown(parameter, typed, lookup)

    @classmethod
    async def here(cls, lookup: Lookup) -> str:
        """The one that is meant where somebody names none, by where they type; empty where that says nothing."""
        return ""
