"""Running it: queues and jobs, servers and addresses, health, settings, and the compliance log."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import BigInteger, Computed, ForeignKey, Index, Numeric, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bot.platform.tables.base import (
    Count,
    Created,
    Flag,
    Id,
    Json,
    PlatformBase,
    TenantRef,
    Updated,
    UserRef,
    check,
    vocabulary,
)

JobStatus = Literal["queued", "migrated_to_redis", "running", "completed", "failed"]
JobLogStatus = Literal["attempting", "success", "retry", "failed"]
MessageStatus = Literal["sent", "delivered", "bounced", "complained"]
VpsStatus = Literal["provisioning", "active", "maintenance", "terminated"]
SmtpIpStatus = Literal["active", "warming", "quarantined", "retired"]
ReputationState = Literal["good", "fair", "poor", "critical"]
HealthStatus = Literal["healthy", "degraded", "down"]
BackupStatus = Literal["succeeded", "failed"]


class JobQueue(PlatformBase):
    __tablename__ = "job_queues"

    name: Mapped[str] = mapped_column(primary_key=True)
    default_priority: Mapped[int] = mapped_column(server_default=text("100"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created: Mapped[Created]


class Job(PlatformBase):
    """A unit of work; a lower `priority` goes first. `started`, `completed` and `failed` are times."""

    __tablename__ = "jobs"

    id: Mapped[Id]
    queue_name: Mapped[str] = mapped_column(ForeignKey("job_queues.name"))
    tenant_id: Mapped[TenantRef | None] = mapped_column(index=True)
    status: Mapped[JobStatus] = mapped_column(Text, server_default="queued")
    priority: Mapped[int] = mapped_column(server_default=text("100"))
    payload: Mapped[Json]
    attempt_count: Mapped[Count]
    max_attempts: Mapped[int] = mapped_column(server_default=text("3"))
    run_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started: Mapped[datetime | None]
    completed: Mapped[datetime | None]
    failed: Mapped[datetime | None]
    last_error_message: Mapped[str | None]
    created: Mapped[Created]
    updated: Mapped[Updated]

    __table_args__ = (
        vocabulary("status", JobStatus),
        Index(None, "queue_name", "status", "run_at"),
        Index("ix_jobs_failed", "failed", postgresql_where=text("status = 'failed'")),
    )


class JobLog(PlatformBase):
    __tablename__ = "job_logs"

    id: Mapped[Id]
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    status: Mapped[JobLogStatus] = mapped_column(Text)
    log_message: Mapped[str | None]
    attempt_number: Mapped[int] = mapped_column(server_default=text("1"))
    created: Mapped[Created]

    __table_args__ = (vocabulary("status", JobLogStatus), Index(None, "job_id", "created"))


class QueuePause(PlatformBase):
    """Work held back: `queue_name` null means all queues, `tenant_id` null all tenants."""

    __tablename__ = "queue_pauses"

    id: Mapped[Id]
    queue_name: Mapped[str | None] = mapped_column(ForeignKey("job_queues.name"))
    tenant_id: Mapped[TenantRef | None]
    reason: Mapped[str | None]
    paused_by: Mapped[UserRef | None]
    paused: Mapped[datetime] = mapped_column(server_default=func.now())
    ends: Mapped[datetime | None]
    lifted: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_queue_pauses_open", "queue_name", "tenant_id", postgresql_where=text("lifted IS NULL")),
    )


class OutboundMessage(PlatformBase):
    """A mail sent for a tenant. There is no body here, and samples are shown without local parts."""

    __tablename__ = "outbound_messages"

    id: Mapped[Id]
    tenant_id: Mapped[TenantRef]
    campaign_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("campaigns.id"), index=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    status: Mapped[MessageStatus] = mapped_column(Text, server_default="sent")
    sent: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)

    __table_args__ = (vocabulary("status", MessageStatus), Index(None, "tenant_id", "sent"))


class VpsInstance(PlatformBase):
    __tablename__ = "vps_instances"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    provider: Mapped[str | None]
    region: Mapped[str | None]
    ip_address: Mapped[str | None]
    status: Mapped[VpsStatus] = mapped_column(Text, server_default="active")
    created: Mapped[Created]
    updated: Mapped[Updated]

    __table_args__ = (vocabulary("status", VpsStatus),)


class SmtpIpAddress(PlatformBase):
    """An address mail is sent from. `provider_blacklist_status`: name of the list → listed or not."""

    __tablename__ = "smtp_ip_addresses"

    id: Mapped[Id]
    vps_instance_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("vps_instances.id"), index=True)
    ip_address: Mapped[str] = mapped_column(unique=True)
    status: Mapped[SmtpIpStatus] = mapped_column(Text, server_default="active")
    reputation_state: Mapped[ReputationState] = mapped_column(Text, server_default="good")
    provider_blacklist_status: Mapped[Json]
    last_reputation_check: Mapped[datetime | None]
    score: Mapped[int | None]

    __table_args__ = (
        vocabulary("status", SmtpIpStatus),
        vocabulary("reputation_state", ReputationState),
        check("score BETWEEN 0 AND 100", "score", columns=["score"]),
    )


class ServiceHealth(PlatformBase):
    """One measurement of a service. `error_rate` is a share: 0.001 is 0.1%. The newest row is the state."""

    __tablename__ = "service_health"

    service: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    status: Mapped[HealthStatus] = mapped_column(Text)
    p95_ms: Mapped[int | None]
    error_rate: Mapped[Decimal | None] = mapped_column(Numeric(7, 6))
    backlog: Mapped[int | None]

    __table_args__ = (vocabulary("status", HealthStatus),)


class HostHealth(PlatformBase):
    """One measurement of a host. All but `connections` are shares: 0.8 is 80%. What it has not is null."""

    __tablename__ = "host_health"

    host: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    cpu: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    memory: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    disk: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    connections: Mapped[int | None]
    pool: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    """Of a database, the share of the connections that may be open."""


class Backup(PlatformBase):
    """A backup of a database that ended, well or not."""

    __tablename__ = "backups"

    id: Mapped[Id]
    database: Mapped[str]
    finished: Mapped[datetime] = mapped_column(server_default=func.now())
    status: Mapped[BackupStatus] = mapped_column(Text)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (vocabulary("status", BackupStatus), Index(None, "database", "finished"))


class SystemConfig(PlatformBase):
    """A setting; the value of one that `is_sensitive` is not shown to anybody: the bot's role reads `shown` alone."""

    __tablename__ = "system_config"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB, deferred=True)
    shown: Mapped[Any | None] = mapped_column(
        JSONB, Computed("CASE WHEN is_sensitive THEN NULL ELSE value END", persisted=True)
    )
    staged: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    """What somebody wants it to be next: nothing goes by it before it is promoted."""
    description: Mapped[str | None]
    category: Mapped[str] = mapped_column(server_default="general")
    is_sensitive: Mapped[Flag]
    updated_by: Mapped[UserRef | None]
    updated: Mapped[Updated]


class AdminAuditLog(PlatformBase):
    """The platform's compliance log of what staff did; the bot may add to it and nothing else."""

    __tablename__ = "admin_audit_log"

    id: Mapped[Id]
    creation_time: Mapped[Created] = mapped_column(index=True)
    admin_user_id: Mapped[UserRef | None]
    action: Mapped[str]
    resource_type: Mapped[str]
    resource_id: Mapped[str | None]
    tenant_id: Mapped[TenantRef | None]
    old_values: Mapped[dict[str, Any] | None]
    new_values: Mapped[dict[str, Any] | None]
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]
    notes: Mapped[str | None]
    metadata_: Mapped[Json] = mapped_column("metadata")
    data_classification: Mapped[str] = mapped_column(server_default="internal")
    retention_category: Mapped[str] = mapped_column(server_default="audit_7_years")

    __table_args__ = (
        Index(None, "admin_user_id", "creation_time"),
        Index(None, "resource_type", "resource_id"),
        Index(None, "tenant_id"),
    )
