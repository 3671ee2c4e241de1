"""What a tenant has and uses, and which tenants there are by what people ask of them."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, islice
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.platform.models import (
    AdminAuditLog,
    Campaign,
    Domain,
    EmailAccount,
    FeatureFlagAllowlist,
    OutboundMessage,
    Plan,
    QueuePause,
    Subscription,
    Tenant,
    TenantFeatureFlag,
    TenantOverride,
    TenantUser,
)

LIMITS = {
    "max_users": "users",
    "max_domains": "domains",
    "max_campaigns_per_month": "campaigns a month",
    "max_emails_per_month": "emails a month",
    "max_storage_gb": "GB of storage",
}
"""The columns of a plan that limit, and what they count."""
COUNTED = tuple(name for name in LIMITS if name != "max_storage_gb")
"""Those whose use can be counted here; what is stored is not in these tables."""


@dataclass(frozen=True)
class Limit:
    """One limit of a tenant. None: not limited."""

    plan: int | None
    agreed: int | None
    """Of the tenant's own, which goes before the plan's; None: none."""
    used: int | None
    """None: it cannot be counted here."""

    @property
    def allowed(self) -> int | None:
        return self.plan if self.agreed is None else self.agreed


@dataclass(frozen=True)
class Agreed:
    """What a tenant may, by its plan and by what was agreed with it alone."""

    plan: str | None
    """The plan whose limits hold, by its name."""
    own_plan: str | None
    """The slug of the plan that it has subscribed to."""
    limits: Mapping[str, Limit]
    price: Decimal | None
    """A month; None without a plan."""
    own_price: bool
    reason: str | None


LOOKED_BACK = 500  # rows of the log in which the latest few things are looked for


@dataclass(frozen=True)
class StaffAction:
    """Something that staff did to a tenant, by the platform's compliance log."""

    at: dt.datetime
    action: str
    by: uuid.UUID | None
    times: int
    """In a row, by the same person: what is done to many at once is in the log for each."""


@dataclass(frozen=True)
class Listed:
    """A tenant in a list."""

    id: uuid.UUID
    name: str
    status: str
    plan: str | None
    users: int
    created: dt.datetime
    paused: bool
    """Its sending is paused."""


def current_subscription() -> Select[Any]:
    """The id of the subscription that counts for a tenant: one in use before one that is over, the newest first."""
    return (
        select(Subscription.id)
        .where(Subscription.tenant_id == Tenant.id)
        .order_by(
            Subscription.status == "canceled", Subscription.current_period_end.desc().nulls_last(), Subscription.id
        )
        .limit(1)
        .correlate(Tenant)
    )


async def agreed(session: AsyncSession, tenant_id: uuid.UUID) -> Agreed:
    """The tenant's plan and limits, each with how much of it is used."""
    other = aliased(Plan)
    row = await session.execute(
        select(Plan, TenantOverride, other)
        .select_from(Tenant)
        .outerjoin(Subscription, Subscription.id == current_subscription().scalar_subquery())
        .outerjoin(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(TenantOverride, TenantOverride.tenant_id == Tenant.id)
        .outerjoin(other, other.slug == TenantOverride.plan_slug)
        .where(Tenant.id == tenant_id)
        .execution_options(populate_existing=True)
    )
    subscribed, own, instead = row.one()
    plan, used = instead or subscribed, await usage(session, tenant_id)
    price = getattr(own, "price_monthly", None)
    return Agreed(
        plan=plan.name if plan else None,
        own_plan=subscribed.slug if subscribed else None,
        limits={name: Limit(getattr(plan, name, None), getattr(own, name, None), used.get(name)) for name in LIMITS},
        price=price if price is not None else getattr(subscribed, "price_monthly", None),
        own_price=price is not None,
        reason=getattr(own, "reason", None),
    )


async def limits_of(session: AsyncSession, slug: str | None) -> dict[str, int | None]:
    """The limits of a plan; none of them of no plan."""
    plan = await session.scalar(select(Plan).where(Plan.slug == slug)) if slug else None
    return {name: getattr(plan, name, None) for name in LIMITS}


async def on_trial(session: AsyncSession, tenant_id: uuid.UUID) -> bool:
    """By its own status, or by Stripe's of its subscription."""
    status = select(Subscription.status).where(Subscription.id == current_subscription().scalar_subquery())
    row = await session.execute(select(Tenant.status, status.scalar_subquery()).where(Tenant.id == tenant_id))
    own, of_stripe = row.one()
    return own == "trial" or of_stripe == "trialing"


async def trial_end(session: AsyncSession, tenant_id: uuid.UUID) -> dt.datetime | None:
    """When a trial ends as things are: as agreed, else as Stripe has it; None where neither says."""
    ends = select(Subscription.current_period_end).where(Subscription.id == current_subscription().scalar_subquery())
    agreed = select(TenantOverride.trial_ends).where(TenantOverride.tenant_id == tenant_id)
    return await session.scalar(
        select(func.coalesce(agreed.scalar_subquery(), ends.scalar_subquery())).where(Tenant.id == tenant_id)
    )


async def usage(session: AsyncSession, tenant_id: uuid.UUID) -> dict[str, int]:
    """How much of each limit a tenant uses, by the limit's column; a month is the calendar's."""
    month = OutboundMessage.sent >= func.date_trunc("month", func.now())
    sent = select(func.count()).where(OutboundMessage.tenant_id == tenant_id, month)
    campaigns = select(func.count(OutboundMessage.campaign_id.distinct())).where(
        OutboundMessage.tenant_id == tenant_id, month
    )
    row = await session.execute(
        select(
            select(func.count()).where(TenantUser.tenant_id == tenant_id).scalar_subquery(),
            select(func.count()).where(Domain.tenant_id == tenant_id).scalar_subquery(),
            campaigns.scalar_subquery(),
            sent.scalar_subquery(),
        )
    )
    return dict(zip(COUNTED, row.one(), strict=True))


async def by_status(
    session: AsyncSession, thing: type[Domain] | type[EmailAccount] | type[Campaign], tenant_id: uuid.UUID
) -> dict[str, int]:
    """How many of a tenant's things are in which status, the most first."""
    column = thing.verification_status if thing is Domain else thing.status  # type: ignore[union-attr]
    rows = await session.execute(
        select(column, func.count())
        .where(thing.tenant_id == tenant_id)
        .group_by(column)
        .order_by(func.count().desc(), column)
    )
    return {str(status): number for status, number in rows}


async def own_flags(session: AsyncSession, tenant_id: uuid.UUID) -> dict[str, str]:
    """The flags that a tenant has a rule of its own for: by key what it says."""
    own = await session.execute(
        select(TenantFeatureFlag.flag_key, TenantFeatureFlag.enabled)
        .where(TenantFeatureFlag.tenant_id == tenant_id, _in_force(TenantFeatureFlag.expires))
        .order_by(TenantFeatureFlag.flag_key)
    )
    listed = await session.scalars(
        select(FeatureFlagAllowlist.flag_key)
        .where(FeatureFlagAllowlist.tenant_id == tenant_id, _in_force(FeatureFlagAllowlist.expires))
        .order_by(FeatureFlagAllowlist.flag_key)
    )
    return {**dict.fromkeys(listed, "allowed"), **{key: "on" if on else "off" for key, on in own}}


def _in_force(expires: InstrumentedAttribute[dt.datetime | None]) -> ColumnElement[bool]:
    return expires.is_(None) | (expires > func.now())


async def staff_actions(session: AsyncSession, tenant_id: uuid.UUID, limit: int = 5) -> Sequence[StaffAction]:
    """What staff did to a tenant lately, the newest first; what somebody did to many in a row is one."""
    rows = await session.execute(
        select(AdminAuditLog.creation_time, AdminAuditLog.action, AdminAuditLog.admin_user_id)
        .where(AdminAuditLog.tenant_id == tenant_id)
        .order_by(AdminAuditLog.creation_time.desc(), AdminAuditLog.id)
        .limit(LOOKED_BACK)
    )
    runs = groupby(rows, key=lambda row: row[1:])
    newest = ((*next(run), 1 + sum(1 for _ in run)) for _, run in runs)
    return [StaffAction(*row) for row in islice(newest, limit)]


# Lists


def plan_of_tenant() -> ColumnElement[str | None]:
    """The name of the plan of each tenant, in a query of them."""
    query = (
        select(Plan.name)
        .join(Subscription, Subscription.plan_id == Plan.id)
        .where(Subscription.id == current_subscription().scalar_subquery())
    )
    return query.correlate(Tenant).scalar_subquery()


def users_of_tenant() -> ColumnElement[int]:
    """How many users each tenant has, in a query of them."""
    return select(func.count()).where(TenantUser.tenant_id == Tenant.id).correlate(Tenant).scalar_subquery()


def sending_paused() -> ColumnElement[bool]:
    """Whether a pause of the tenant's own holds back jobs of it, in a query of tenants."""
    return (
        select(QueuePause.id)
        .where(QueuePause.tenant_id == Tenant.id, QueuePause.lifted.is_(None), _in_force(QueuePause.ends))
        .correlate(Tenant)
        .exists()
    )


async def counts(session: AsyncSession, conditions: Iterable[ColumnElement[bool]]) -> dict[str, int]:
    """How many tenants there are in each status, of those that meet all conditions; the most first."""
    rows = await session.execute(
        select(Tenant.status, func.count())
        .where(Tenant.deleted.is_(None), *conditions)
        .group_by(Tenant.status)
        .order_by(func.count().desc(), Tenant.status)
    )
    return {str(status): number for status, number in rows}


async def listed(
    session: AsyncSession, conditions: Iterable[ColumnElement[bool]], *, limit: int, offset: int = 0
) -> Sequence[Listed]:
    """Tenants that meet all conditions, by name."""
    rows = await session.execute(
        select(
            Tenant.id, Tenant.name, Tenant.status, plan_of_tenant(), users_of_tenant(), Tenant.created, sending_paused()
        )
        .where(Tenant.deleted.is_(None), *conditions)
        .order_by(func.lower(Tenant.name), Tenant.id)
        .limit(limit)
        .offset(offset)
    )
    return [Listed(*row) for row in rows]


async def plan_names(session: AsyncSession) -> dict[str, str]:
    """All plans: by slug the name."""
    rows = await session.execute(select(Plan.slug, Plan.name).order_by(Plan.price_monthly, Plan.slug))
    return {str(slug): name for slug, name in rows}
