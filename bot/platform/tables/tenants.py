"""Tenants: customer organisations, who belongs to them, what they own, and how they are configured."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bot.platform.tables.base import (
    FOUND_BY,
    Count,
    Created,
    Flag,
    Id,
    PlatformBase,
    TenantKey,
    TenantRef,
    Updated,
    UserRef,
    begins,
    check,
    vocabulary,
)

TenantStatus = Literal["active", "trial", "paused", "churned", "sandbox"]
Approval = Literal["pending", "approved", "rejected"]
CompanyStatus = Literal["active", "archived"]
VerificationStatus = Literal["pending", "verified", "failed"]
EmailAccountStatus = Literal["active", "warming", "paused", "disabled"]
CampaignStatus = Literal["draft", "scheduled", "sending", "completed", "paused"]


class Tenant(PlatformBase):
    __tablename__ = "tenants"

    id: Mapped[Id]
    name: Mapped[str]
    created: Mapped[Created]
    updated: Mapped[Updated]
    deleted: Mapped[datetime | None]
    status: Mapped[TenantStatus] = mapped_column(Text, server_default="active")
    # Beside the status, which Stripe's events write: a payment approves nobody.
    approval: Mapped[Approval] = mapped_column(Text, server_default="approved")

    __table_args__ = (
        vocabulary("status", TenantStatus),
        vocabulary("approval", Approval),
        Index("ix_tenants_name", func.lower(text("name"))),
        begins("tenants", "name"),
        Index("ix_tenants_words", text("to_tsvector('simple', name)"), postgresql_using="gin", info=FOUND_BY),
        Index(None, "status"),
    )


class TenantUser(PlatformBase):
    """Membership. `roles` are the tenant's own (owner, admin, member) and never give staff access."""

    __tablename__ = "tenant_users"

    tenant_id: Mapped[TenantKey]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{member}'"))
    email: Mapped[str | None]


class TenantInvitation(PlatformBase):
    """Somebody is asked to join: open until accepted or withdrawn, and of an address to a tenant one at a time."""

    __tablename__ = "tenant_invitations"

    id: Mapped[Id]
    tenant_id: Mapped[TenantRef]
    email: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{member}'"))
    invited_by: Mapped[UserRef | None]
    created: Mapped[Created]
    accepted: Mapped[datetime | None]
    withdrawn: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_tenant_invitations_open",
            "tenant_id",
            func.lower(text("email")),
            unique=True,
            postgresql_where=text("accepted IS NULL AND withdrawn IS NULL"),
        ),
    )


class Company(PlatformBase):
    """A workspace of a tenant."""

    __tablename__ = "companies"

    id: Mapped[Id]
    tenant_id: Mapped[TenantRef] = mapped_column(index=True)
    name: Mapped[str]
    workspace_name: Mapped[str | None]
    status: Mapped[CompanyStatus] = mapped_column(Text, server_default="active")

    __table_args__ = (
        vocabulary("status", CompanyStatus),
        begins("companies", "name"),
        begins("companies", "workspace_name"),
    )


class Domain(PlatformBase):
    __tablename__ = "domains"

    id: Mapped[Id]
    tenant_id: Mapped[TenantRef] = mapped_column(index=True)
    domain: Mapped[str]
    verification_status: Mapped[VerificationStatus] = mapped_column(Text, server_default="pending")
    dns_records: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (
        vocabulary("verification_status", VerificationStatus),
        Index("ix_domains_domain", func.lower(text("domain"))),
        begins("domains", "domain"),
    )


class EmailAccount(PlatformBase):
    """A mailbox that the platform warms up and sends from. `daily_count` is what it sent today."""

    __tablename__ = "email_accounts"

    id: Mapped[Id]
    tenant_id: Mapped[TenantRef] = mapped_column(index=True)
    domain_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("domains.id"), index=True)
    email: Mapped[str]
    status: Mapped[EmailAccountStatus] = mapped_column(Text, server_default="active")
    daily_count: Mapped[Count]
    last_warmed: Mapped[datetime | None]

    __table_args__ = (vocabulary("status", EmailAccountStatus),)


class Campaign(PlatformBase):
    __tablename__ = "campaigns"

    id: Mapped[Id]
    tenant_id: Mapped[TenantRef]
    name: Mapped[str]
    status: Mapped[CampaignStatus] = mapped_column(Text, server_default="draft")

    __table_args__ = (vocabulary("status", CampaignStatus), Index(None, "tenant_id", "status"))


class TenantConfig(PlatformBase):
    __tablename__ = "tenant_config"

    tenant_id: Mapped[TenantKey]
    stripe_customer_id: Mapped[str | None] = mapped_column(index=True)
    billing_email: Mapped[str | None]
    notify_on_security_alerts: Mapped[bool] = mapped_column(server_default=text("true"))


class TenantPolicy(PlatformBase):
    __tablename__ = "tenant_policies"

    tenant_id: Mapped[TenantKey]
    session_timeout_hours: Mapped[int] = mapped_column(server_default=text("24"))
    max_login_attempts: Mapped[int] = mapped_column(server_default=text("5"))
    two_factor_required: Mapped[Flag]
    password_min_length: Mapped[int] = mapped_column(server_default=text("12"))


class TenantOverride(PlatformBase):
    """What was agreed with one tenant; it goes before its plan and what Stripe says. Null: those hold."""

    __tablename__ = "tenant_overrides"

    tenant_id: Mapped[TenantKey]
    max_users: Mapped[int | None]
    max_domains: Mapped[int | None]
    max_campaigns_per_month: Mapped[int | None]
    max_emails_per_month: Mapped[int | None]
    max_storage_gb: Mapped[int | None]
    price_monthly: Mapped[Decimal | None]
    price_yearly: Mapped[Decimal | None]
    plan_slug: Mapped[str | None] = mapped_column(ForeignKey("plans.slug"))
    """The plan whose limits hold instead of its own; what is paid for stays Stripe's."""
    trial_ends: Mapped[datetime | None]
    reason: Mapped[str | None]
    updated_by: Mapped[UserRef | None]
    updated: Mapped[Updated]


class FeatureFlag(PlatformBase):
    """A flag's rollout and default; what is set for a user or a tenant goes before them (`bot.platform.flags`)."""

    __tablename__ = "feature_flags"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    is_enabled: Mapped[Flag]
    rollout_percentage: Mapped[Count]
    updated_by: Mapped[UserRef | None]
    updated: Mapped[Updated]

    __table_args__ = (
        check("rollout_percentage BETWEEN 0 AND 100", "rollout_percentage", columns=["rollout_percentage"]),
    )


class TenantFeatureFlag(PlatformBase):
    """One tenant's own value of a flag, until `expires` if that is set."""

    __tablename__ = "tenant_feature_flags"

    tenant_id: Mapped[TenantKey]
    flag_key: Mapped[str] = mapped_column(ForeignKey("feature_flags.key"), primary_key=True, index=True)
    enabled: Mapped[bool]
    reason: Mapped[str | None]
    expires: Mapped[datetime | None]
    updated_by: Mapped[UserRef | None]
    updated: Mapped[Updated]


class UserFeatureFlag(PlatformBase):
    """One person's own value of a flag, until `expires` if that is set."""

    __tablename__ = "user_feature_flags"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    flag_key: Mapped[str] = mapped_column(ForeignKey("feature_flags.key"), primary_key=True, index=True)
    enabled: Mapped[bool]
    reason: Mapped[str | None]
    expires: Mapped[datetime | None]
    updated_by: Mapped[UserRef | None]
    updated: Mapped[Updated]


class FeatureFlagAllowlist(PlatformBase):
    """A tenant that has the flag whatever its rollout, until `expires` if that is set."""

    __tablename__ = "feature_flag_allowlist"

    tenant_id: Mapped[TenantKey]
    flag_key: Mapped[str] = mapped_column(ForeignKey("feature_flags.key"), primary_key=True, index=True)
    expires: Mapped[datetime | None]
    added_by: Mapped[UserRef | None]
    added: Mapped[Created]
