"""Which tenants, as people type it: `where status=trial plan=scale users>50 created<2026-01-01 paused`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, get_args

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Control, Lookup, Parameter, quoted, unescape
from bot.parameters.conditions import Condition, Day, Fields, Number, OneOf, YesOrNo
from bot.platform import tenant_reads
from bot.platform.models import Tenant
from bot.platform.tables.tenants import Approval, TenantStatus


async def _plans(session: AsyncSession) -> Mapping[str, str]:
    """Each by its slug and by its name."""
    plans = await tenant_reads.plan_names(session)
    slugs = {slug.lower(): name for slug, name in plans.items()}
    return {**slugs, **{name.lower(): name for name in plans.values()}, "none": "none"}


def _on_plan(name: str) -> ColumnElement[bool]:
    """Also of one without any, which is on none of that name."""
    return tenant_reads.plan_of_tenant().is_not_distinct_from(None if name == "none" else name)


FIELDS = Fields(
    "tenant",
    "status=trial users>50 created<2026-01-01 paused",
    {
        "status": OneOf(lambda value: Tenant.status == value, get_args(TenantStatus)),
        "approval": OneOf(lambda value: Tenant.approval == value, get_args(Approval)),
        "plan": OneOf(_on_plan, _plans),
        "users": Number(tenant_reads.users_of_tenant),
        "created": Day(lambda: Tenant.created),
        "paused": YesOrNo(tenant_reads.sending_paused),
    },
)


@dataclass(frozen=True)
class Where(Parameter):
    """Conditions that all have to hold; none: all tenants."""

    label: ClassVar[str] = "Which tenants"
    usage: ClassVar[str] = "where status=trial users>50"
    example: ClassVar[str] = "where status=trial"
    explanation: ClassVar[str] = (
        "which tenants, by conditions: status=trial, plan=scale, users>50, created<2026-01-01, paused (sending is "
        "paused), not paused. With several conditions, all must be true. Without a condition: all tenants"
    )
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "status=trial users>50; empty: all"

    conditions: tuple[Condition, ...]

    @property
    def sql(self) -> list[ColumnElement[bool]]:
        return FIELDS.sql(self.conditions)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").strip()
        return cls(await FIELDS.read(parameter, typed, lookup))

    def dump(self) -> str:
        return FIELDS.dump(self.conditions)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(tuple(FIELDS.parse("where", str(dumped))))


@dataclass(frozen=True)
class Page(Parameter):
    """Which page of a long list."""

    label: ClassVar[str] = "Page"
    usage: ClassVar[str] = "page 2"
    example: ClassVar[str] = "1"
    keywords: ClassVar[tuple[str, ...]] = ("page",)
    explanation: ClassVar[str] = "which page of a long list; if you give none: the first"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "1"

    number: int

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        if not re.fullmatch(r"[1-9][0-9]{0,5}", typed):
            raise InvalidParameter(parameter, f"{quoted(typed)} is not the number of a page. Say for example page 2.")
        return cls(int(typed))

    def dump(self) -> str:
        return str(self.number)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(int(str(dumped)))
