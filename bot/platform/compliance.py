"""The platform's own compliance log, which gets a row for each action the bot carries out."""

import uuid
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import AdminAuditLog, Tenant


async def record(
    session: AsyncSession,
    *,
    actor_id: uuid.UUID,
    action: str,
    resource_type: str,
    resource_id: str,
    tenant_id: uuid.UUID | None,
    old: dict[str, Any],
    new: dict[str, Any],
    metadata: dict[str, Any],
) -> None:
    """Add one row in the caller's transaction; no reasons and no personal text (platform.md, admin_audit_log)."""
    await session.execute(
        insert(AdminAuditLog).values(
            admin_user_id=actor_id,
            action=action,
            resource_type=resource_type,
            resource_id=resource_id,
            tenant_id=select(Tenant.id).where(Tenant.id == tenant_id).scalar_subquery(),  # it may be gone
            old_values=old,
            new_values=new,
            metadata_=metadata,
            data_classification="internal",
            retention_category="7_years",
        )
    )
