"""Customers' accounts: by address, or by their whole name."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import as_uuid
from bot.personal import Part, Personal
from bot.platform import search, staff, users
from bot.platform.users import UserRecord
from bot.targets.base import Target

ENOUGH = 4  # first letters by which those are looked up who may have been meant


@dataclass(frozen=True)
class User(Target):
    """A customer's account: its address is not for everybody."""

    kind: ClassVar[str] = "user"
    noun: ClassVar[str] = "user"
    such_as: ClassVar[str] = "kofi.castano@acme-corp.example"
    otherwise: ClassVar[str] = "Check the address, or search: /pm find and the first letters of it."
    narrower: ClassVar[str] = "type the address of another"
    label: ClassVar[str] = "User"
    usage: ClassVar[str] = "someone@example.com"
    example: ClassVar[str] = "kofi.castano@acme-corp.example"
    explanation: ClassVar[str] = "a customer's account: its address, or the whole name"
    hint: ClassVar[str] = "Type an address or a name"

    user_id: uuid.UUID
    email: str
    tenant: uuid.UUID | None = None
    """The first by name of those they belong to."""
    in_words: str = ""
    """Where they belong: `owner of Acme Corp`."""

    @property
    def id(self) -> uuid.UUID:
        return self.user_id

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.tenant

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Personal(personal="customer", value=self.email),)

    @property
    def shown(self) -> str:
        return f"a {self.noun}"

    @property
    def apart(self) -> str:
        return self.in_words

    async def lock(self, session: AsyncSession) -> None:
        """The account itself, and then what is held of it."""
        await staff.lock_account(session, self.user_id)
        await super().lock(session)

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        record = await users.load(session, known) if known else None
        return cls._of(record) if record else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        if "@" not in typed:
            return [cls._of(one) for one in await users.named(session, typed)]
        record = await users.by_email(session, typed)
        return [cls._of(record)] if record else []

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """Written nearly so, of those that begin alike: an address by all before the @, else by the first letters."""
        local, at, _ = typed.partition("@")
        ids = [one.id for beginning in (local + at, typed[:ENOUGH]) for one in await search.users(session, beginning)]
        spellings = {one.email.lower(): one for one in await users.several(session, ids)}
        spellings |= {one.name.lower(): one for one in spellings.values()}
        near = get_close_matches(typed.lower(), spellings, n=4, cutoff=0.8)
        return [cls._of(one) for one in {spellings[each].id: spellings[each] for each in near}.values()][:2]

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        ids = [one.id for one in await search.users(session, typed)]
        return [cls._of(one) for one in await users.several(session, ids)]

    @classmethod
    def _of(cls, record: UserRecord) -> Self:
        return cls(record.id, record.email, record.tenant_ids[0] if record.tenant_ids else None, record.apart)
