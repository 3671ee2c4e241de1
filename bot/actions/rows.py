"""Things chosen for a command for many that are rows with a name: tenants, campaigns, mailboxes, jobs."""

import uuid
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, case, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.bulk import MOST, SAMPLE, Bulk, Selection, Sorted
from bot.errors import InvalidParameter
from bot.parameters.base import Lookup
from bot.personal import Part
from bot.targets.base import Target

BY_NAME = 1_000  # that are looked up one by one

Rules = Mapping[str, ColumnElement[bool]]
"""Why something can't be done to some, in words, and of which rows that holds."""


class RowsOf(Selection):
    """Rows of a table: by conditions on it, or by what one of them is called."""

    target: ClassVar[type[Target]]
    table: ClassVar[Any]

    @classmethod
    def there(cls) -> ColumnElement[bool]:
        """Which rows may be meant at all."""
        return literal(True)

    @classmethod
    def named(cls) -> ColumnElement[str]:
        """What a row is called."""
        return cls.table.name  # type: ignore[no-any-return]

    @classmethod
    def as_part(cls, name: str) -> Part:
        """Such a name, as not everybody may read it."""
        return name

    @classmethod
    async def names(cls, session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Part]:
        query = select(cls.table.id, cls.named()).where(cls.table.id == any_(literal([*ids], ARRAY(Uuid))))
        return {one: cls.as_part(name) for one, name in await session.execute(query)}

    @classmethod
    async def that_match(cls, session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> Sequence[uuid.UUID]:
        query = select(cls.table.id).where(cls.there(), *conditions).order_by(cls.table.id).limit(MOST + 1)
        return (await session.scalars(query)).all()

    @classmethod
    async def called(cls, names: Sequence[str], lookup: Lookup) -> Mapping[str, uuid.UUID]:
        """Those that one name means alone. Raises `InvalidParameter` for a list too long to look up."""
        if len(names) > BY_NAME:
            said = f"A list can have at most {BY_NAME:,} {cls.fields.nouns}, but this one has {len(names):,}."
            raise InvalidParameter("selection", f"{said} Nothing was done: use conditions instead of a list.")
        found = {name: await cls._one(name, lookup.session) for name in names}
        return {name: one for name, one in found.items() if one is not None}

    @classmethod
    async def _one(cls, name: str, session: AsyncSession) -> uuid.UUID | None:
        by_id = await cls.target.get(session, name)
        meant = [by_id] if by_id else await cls.target.find(session, name)
        return uuid.UUID(str(meant[0].id)) if len(meant) == 1 else None


class ManyRows(Bulk):
    """A command for such things: who is left out is said by rules on their rows."""

    selection: RowsOf

    @property
    def noun(self) -> str:  # type: ignore[override]  # of one command always the same
        return self.selection.fields.noun

    @abstractmethod
    def rules(self) -> Rules:
        """To which it can't be done, the first that holds of a row first."""

    async def sort(self, session: AsyncSession) -> Sorted:
        rows = self.selection.table
        why = case(*((rule, literal(said)) for said, rule in self.rules().items()), else_=literal("ready"))
        meant = select(why.label("why"), rows.id, self.selection.named().label("name")).where(
            rows.id == any_(literal([*self.selection.ids], ARRAY(Uuid)))
        )
        one = meant.subquery().c
        ids, names = (func.array_agg(aggregate_order_by(column, one.id)) for column in (one.id, one.name))
        found = {said: rest for said, *rest in await session.execute(select(one.why, ids, names).group_by(one.why))}
        ready, few = found.pop("ready", ((), ()))
        return Sorted(
            tuple(ready),
            tuple((tuple(left), said) for said, (left, _) in sorted(found.items())),
            tuple((self.selection.as_part(name),) for name in few[:SAMPLE]),
        )
