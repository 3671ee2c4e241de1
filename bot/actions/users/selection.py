"""Which users, as people say it: `tenant=acme role=member`, or their addresses, one to a line or with commas."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.bulk import Selection
from bot.parameters.base import Lookup
from bot.parameters.conditions import Fields, Named, OneOf, Text
from bot.parameters.listing import Listing
from bot.personal import Part, Personal
from bot.platform import user_selection
from bot.targets.tenant import Tenant


def _an_address(text: str) -> bool:
    return "@" in text[1:-1]


ADDRESSES = Listing("address", "addresses", ("email",), re.compile(r"[\s,;]+"), _an_address)


@dataclass(frozen=True)
class Users(Selection):
    """Users by what they have in common, or by their addresses."""

    label: ClassVar[str] = "Which users"
    usage: ClassVar[str] = "tenant=acme role=member"
    example: ClassVar[str] = "tenant=acme role=member"
    explanation: ClassVar[str] = (
        "which users: conditions, such as tenant=acme role=member status=active domain=acme.com (all must be true); "
        "or addresses, separated by commas; or a CSV file with a column named email"
    )
    hint: ClassVar[str] = "tenant=acme role=member, or addresses"
    listing: ClassVar[Listing] = ADDRESSES
    fields: ClassVar[Fields] = Fields(
        "user",
        "tenant=acme role=member status=active domain=acme.com",
        {
            "tenant": Named(user_selection.of_tenant, Tenant, "of {}"),
            "role": OneOf(user_selection.with_role, user_selection.ROLES, "with the role {}"),
            "status": OneOf(user_selection.with_status, user_selection.STATUSES, "who are {}"),
            "domain": Text(user_selection.at_domain, "at {}"),
        },
    )

    @classmethod
    async def that_match(cls, session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> Sequence[uuid.UUID]:
        return await user_selection.matching(session, conditions)

    @classmethod
    async def called(cls, names: Sequence[str], lookup: Lookup) -> Mapping[str, uuid.UUID]:
        return await user_selection.of_addresses(lookup.session, names)

    @classmethod
    async def names(cls, session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Part]:
        found = await user_selection.addresses(session, ids)
        return {one: Personal(personal="customer", value=address) for one, address in found.items()}
