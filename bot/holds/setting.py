"""A promoted setting: in force and watched. It stays when the watch is over, and goes back when an alert fires."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.holds.columns import ColumnHold, Columns
from bot.holds.kind import Value
from bot.personal import Part
from bot.platform import settings
from bot.platform.models import SystemConfig
from bot.platform.writes import SETTINGS
from bot.policy import Risk, Stakes
from bot.store.models import Hold, HoldKind


class SettingHeld(ColumnHold):
    """The value of one setting, or what is staged of it; never of a sensitive one."""

    name, noun, template = HoldKind.SETTING, "promoted setting", "setting"
    writes = (SETTINGS,)
    table, key_column, thing, asked_as = SystemConfig, "key", "setting", "settings"

    def shown_as(self, column: str) -> InstrumentedAttribute[Any]:
        return SystemConfig.shown if column == "value" else super().shown_as(column)

    async def _read(
        self, session: AsyncSession, identifier: object, columns: Sequence[str], *, hold: bool = False
    ) -> dict[str, Any] | None:
        found = await settings.load(session, str(identifier), hold=hold)
        return None if found is None else {column: getattr(found, column) for column in columns}

    async def write(self, session: AsyncSession, key: str, value: Value, *, by: uuid.UUID | None) -> None:
        if "gone" not in value:
            await settings.put(session, *self.taken_apart(key), value["value"], by=by)

    def stricter(self, column: str, values: Sequence[Any]) -> Any:
        return values[-1]

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """Its early end is a roll back; more of the watch harms nobody."""
        return Stakes("setting.roll_back", Risk.HIGH if ending else Risk.LOW, containment=True)

    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        return (identifier,)

    async def words(self, session: AsyncSession, hold: Hold) -> dict[str, Any]:
        return {
            **await super().words(session, hold),
            "setting": hold.subject["id"],
            "alarm": hold.subject.get("alarm", ""),
        }

    def says(self, columns: Columns) -> str:
        return ", ".join(_says(column, value) for column, value in columns.items())

    def called(self, name: tuple[Part, ...], columns: Columns) -> tuple[Part, ...]:
        return ("The setting ", *name)


def _says(column: str, value: Any) -> str:
    if column == "staged":
        return "nothing staged" if value is None else f"{settings.said(value)} staged"
    return settings.said(value)
