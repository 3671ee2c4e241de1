"""Customers' accounts: by address."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Lookup, as_uuid, quoted
from bot.personal import Part, Personal
from bot.platform import users
from bot.platform.users import UserRecord
from bot.targets.base import Target


@dataclass(frozen=True)
class User(Target):
    """A customer's account: its address is not for everybody."""

    kind: ClassVar[str] = "user"
    noun: ClassVar[str] = "user"
    such_as: ClassVar[str] = "kofi.castano@acme-corp.example"
    label: ClassVar[str] = "User"
    usage: ClassVar[str] = "address"
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = "a customer's account, by its address"
    hint: ClassVar[str] = "Type an address"

    user_id: uuid.UUID
    email: str
    tenant: uuid.UUID | None = None
    """The first by name of those they belong to."""

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

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        record = await users.load(session, known) if known else None
        return cls._of(record) if record else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        record = await users.by_email(session, typed)
        return [cls._of(record)] if record else []

    @classmethod
    async def unknown(cls, parameter: str, typed: str, lookup: Lookup) -> InvalidParameter:
        return InvalidParameter(parameter, f"There is no user with the address {quoted(typed)}. Check it.")

    @classmethod
    def _of(cls, record: UserRecord) -> Self:
        return cls(record.id, record.email, record.tenant_ids[0] if record.tenant_ids else None)
