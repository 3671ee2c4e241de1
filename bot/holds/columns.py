"""Holds that set columns of one row of the platform: a status, a limit, a setting. A kind of them is one small file."""

import datetime as dt
import uuid
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from psycopg.errors import ForeignKeyViolation
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, Text, case, cast, func, literal, select, text, true, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.holds import reads
from bot.holds.kind import Answered, Kind, Value
from bot.integrations.platform.probe import PlatformProbe, agreed, instant
from bot.personal import Part
from bot.platform import staff
from bot.platform.models import PlatformBase
from bot.store.models import JSON, HeldSwitch, Hold

GONE: Value = {"gone": True}
BESIDE = ("updated", "updated_by")  # columns that note a change
Columns = Mapping[str, Any]
"""Values by column, as JSON: times in ISO 8601 and UTC, decimals and ids as text."""


def subject_of(identifier: object, columns: Columns, **more: Any) -> JSON:
    """What a hold of such a kind is about."""
    return {"id": str(identifier), "set": dict(columns), **more}


def as_json(value: Any) -> Any:
    """A column's value as it is stored with a hold."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return to_jsonable_python(value)


def _from_json(column: InstrumentedAttribute[Any], value: Any) -> Any:
    if value is None or _is_json(column) or isinstance(column.type, ARRAY):
        return value
    return TypeAdapter(column.type.python_type).validate_python(value)


def _is_json(column: InstrumentedAttribute[Any]) -> bool:
    return isinstance(column.type, JSONB)


async def _unless_its_owner_is_gone(session: AsyncSession, change: Insert) -> None:
    """A row of something that was deleted since has nothing to come back to."""
    try:
        async with session.begin_nested():
            await session.execute(change)
    except IntegrityError as error:
        if not isinstance(error.orig, ForeignKeyViolation):
            raise


class ColumnHold(Kind):
    """Values of columns of one row, by its id: {"id", "set": {column: value}}."""

    template = "columns"
    table: ClassVar[type[PlatformBase]]
    key_column: ClassVar[str] = "id"
    thing: ClassVar[str]
    """As of its target in the audit trail: its switches are called `user:7f3a…/status`."""
    asked_as: ClassVar[str]
    """Where the platform tells the row's columns as it goes by them: `users` for `/internal/users/7f3a…`."""
    creates: ClassVar[bool] = False
    """Where there is no row, no column is set (null), and setting one adds the row."""
    reason_column: ClassVar[str | None] = None
    """Says why, for whoever looks on the platform."""
    between: ClassVar[str] = ": "
    """Stands between the name and the values where somebody reads both: `Acme Corp: at most 50 users`."""

    # What a kind of its own says

    @abstractmethod
    def stricter(self, column: str, values: Sequence[Any]) -> Any:
        """Which of several values is in force while all are held; the oldest first."""

    @abstractmethod
    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        """What the row is of, as people call it."""

    @abstractmethod
    def says(self, columns: Columns) -> str:
        """Values, as people say them of it: `suspended`, `at most 50 users`."""

    @abstractmethod
    def called(self, name: tuple[Part, ...], columns: Columns) -> tuple[Part, ...]:
        """As a sentence begins with it: `The suspension of …`, `The agreement with Acme Corp (at most 50 users)`."""

    # Switches

    def switch(self, identifier: object, column: str) -> str:
        return f"{self.thing}:{identifier}/{column}"

    def taken_apart(self, key: str) -> tuple[str, str]:
        identifier, _, column = key.removeprefix(f"{self.thing}:").rpartition("/")
        return identifier, column

    def wants(self, hold: Hold) -> Mapping[str, Value]:
        return {
            self.switch(hold.subject["id"], column): {"value": value, "reason": hold.reason}
            for column, value in hold.subject["set"].items()
        }

    async def unlike(self, session: AsyncSession) -> Collection[uuid.UUID]:
        """By comparing where the rows are: a hundred thousand of them are one statement, and no row is fetched."""
        held = func.jsonb_object_keys(Hold.subject["set"]).table_valued("name", name="held").lateral()
        identifier, key_column = Hold.subject["id"].astext, getattr(self.table, self.key_column)
        switch = literal(f"{self.thing}:") + identifier + "/" + cast(held.c.name, Text)
        changed = (
            select(Hold.id)
            .select_from(Hold)
            .join(held, true())
            .join(HeldSwitch, HeldSwitch.target == switch)
            .outerjoin(self.table, key_column == cast(identifier, key_column.type))
            .where(Hold.ended.is_(None), Hold.kind == self.name)
            .where(case({one: self._changed(one) for one in self.columns}, value=held.c.name))
        )
        return (await session.scalars(changed)).all()

    def only_held(self, key: InstrumentedAttribute[Any], column: str, value: Any) -> ColumnElement[bool]:
        """Whether holds give the column of this row its value, and another one comes back: in a query of such keys."""
        identifier = Hold.subject["id"].astext
        held = (
            select(cast(identifier, key.type))
            .join(HeldSwitch, HeldSwitch.target == literal(f"{self.thing}:") + identifier + f"/{column}")
            .where(Hold.ended.is_(None), Hold.kind == self.name, Hold.subject["set"].has_key(column))
            .where(HeldSwitch.base["value"] != literal(value, JSONB))
        )
        return key.in_(held)

    @property
    def columns(self) -> Sequence[str]:
        """Those that are held: what it writes, but for what the row only notes beside them."""
        written = (write.update for write in self.writes if write.table == self.table.__tablename__)
        return [one for update in written for one in update if one not in (*BESIDE, self.reason_column)]

    def shown_as(self, column: str) -> InstrumentedAttribute[Any]:
        """The column, as far as the bot may read it."""
        return getattr(self.table, column)  # type: ignore[no-any-return]

    def _changed(self, column: str) -> ColumnElement[bool]:
        """Whether it is not as it was seen last; of a row that is gone it is null."""
        now, seen = self.shown_as(column), HeldSwitch.seen["value"]
        as_it_was = func.nullif(seen, text("'null'::jsonb")) if _is_json(now) else cast(seen.astext, now.type)
        return now.is_distinct_from(as_it_was)

    async def observe(self, session: AsyncSession, key: str, *, hold: bool = False) -> Value:
        identifier, column = self.taken_apart(key)
        found = await self._read(session, identifier, [column], hold=hold)
        if found is None:
            return {"value": None} if self.creates else GONE
        return {"value": found[column]}

    async def _read(
        self, session: AsyncSession, identifier: object, columns: Sequence[str], *, hold: bool = False
    ) -> dict[str, Any] | None:
        """The columns as JSON; None where there is no row."""
        query = select(*(getattr(self.table, column) for column in columns)).where(self._row(str(identifier)))
        row = (await session.execute(query.with_for_update(key_share=True) if hold else query)).one_or_none()
        return None if row is None else dict(zip(columns, map(as_json, row), strict=True))

    async def write(self, session: AsyncSession, key: str, value: Value, *, by: uuid.UUID | None) -> None:
        if "gone" in value:
            return  # nothing is left to set
        identifier, column = self.taken_apart(key)
        values = {column: _from_json(getattr(self.table, column), value["value"]), **self._beside(value, by)}
        if self.creates:
            row = insert(self.table).values({self.key_column: self._id(identifier), **values})
            await _unless_its_owner_is_gone(
                session, row.on_conflict_do_update(index_elements=[self.key_column], set_=values)
            )
        else:
            await session.execute(update(self.table).where(self._row(identifier)).values(values))

    def _beside(self, value: Value, by: uuid.UUID | None) -> dict[str, Any]:
        """What else the row says of its newest change, as far as it has columns for it."""
        said: dict[str, Any] = dict(zip(BESIDE, (func.now(), staff.account(by)), strict=True))
        said |= {self.reason_column: value.get("reason")} if self.reason_column else {}
        return {name: one for name, one in said.items() if hasattr(self.table, name)}

    def _id(self, identifier: str) -> Any:
        return _from_json(getattr(self.table, self.key_column), identifier)

    def _row(self, identifier: str) -> ColumnElement[bool]:
        return getattr(self.table, self.key_column) == self._id(identifier)  # type: ignore[no-any-return]

    def strictest(self, key: str, wanted: Sequence[Value], base: Value) -> Value:
        values = [one["value"] for one in wanted]
        value = self.stricter(self.taken_apart(key)[1], values)
        return wanted[len(values) - 1 - values[::-1].index(value)]  # the newest of those who ask for it says why

    def essence(self, value: Value) -> Value:
        return {name: part for name, part in value.items() if name != "reason"}

    def without(self, hold: Hold, key: str) -> JSON | None:
        column = self.taken_apart(key)[1]
        rest = {name: value for name, value in hold.subject["set"].items() if name != column}
        return {**hold.subject, "set": rest} if rest else None

    # What is in force

    async def now(self, session: AsyncSession, identifier: object, columns: Sequence[str]) -> dict[str, Any]:
        """The columns as they are, by our own reading; null where the row is gone."""
        return await self._read(session, identifier, columns) or dict.fromkeys(columns)

    async def agrees(self, platform: PlatformProbe, identifier: object, columns: Columns) -> Answered:
        """Ask the platform whether it goes by these values. Raises `Unavailable`."""
        answer = await platform.ask(f"/internal/{self.asked_as}/{identifier}")
        with agreed():
            return Answered(
                all(self._same(column, answer[column], value) for column, value in columns.items()), instant(answer)
            )

    def _same(self, column: str, answered: Any, value: Any) -> bool:
        """Whether an answer in JSON means this value: the platform may write a time or a number in another way."""
        of = getattr(self.table, column)
        return bool(_from_json(of, answered) == _from_json(of, value))

    async def after(self, session: AsyncSession, hold: Hold) -> JSON:
        return {"columns": await self.now(session, hold.subject["id"], [*hold.subject["set"]])}

    async def confirm(self, platform: PlatformProbe, hold: Hold, after: JSON) -> Answered:
        return await self.agrees(platform, hold.subject["id"], after["columns"])

    # For people

    async def then(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        others = [one for one in await reads.open_holds(session, Hold.kind == self.name) if one.id != hold.id]
        left = {}
        for key in self.wants(hold):
            wanted = [asked[key] for one in others if key in (asked := self.wants(one))]
            stored = await session.get(HeldSwitch, key)
            base = stored.base if stored else await self.observe(session, key)
            value = self.strictest(key, wanted, base) if wanted else base
            left[self.taken_apart(key)[1]] = value.get("value")
        return (self.says(left),)

    async def describe(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        return (*await self.named(session, hold.subject["id"]), self.between, self.says(hold.subject["set"]))

    async def words(self, session: AsyncSession, hold: Hold) -> dict[str, Any]:
        name, columns = await self.named(session, hold.subject["id"]), hold.subject["set"]
        return {"called": self.called(name, columns), "now": self.says((hold.after or {}).get("columns") or columns)}
