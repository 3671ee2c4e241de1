"""The platform's own compliance log, which gets a row for each action the bot carries out."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, Uuid, bindparam, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform import staff
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
            admin_user_id=staff.account(actor_id),
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


_EACH = text(
    """
    INSERT INTO admin_audit_log (admin_user_id, action, resource_type, resource_id, tenant_id, old_values, new_values,
                                 metadata, data_classification, retention_category)
    SELECT :by, :action, :type, one.id, t.id, one.old::jsonb, one.new::jsonb, '{}', 'internal', '7_years'
    FROM unnest(:ids, :tenants, :old, :new) AS one(id, tenant, old, new) LEFT JOIN tenants t ON t.id = one.tenant
    """
).bindparams(
    bindparam("by", type_=Uuid),
    bindparam("tenants", type_=ARRAY(Uuid)),
    *(bindparam(name, type_=Text) for name in ("action", "type")),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("ids", "old", "new")),
)
Row = tuple[str, uuid.UUID | None, Mapping[str, Any], Mapping[str, Any]]
"""The id of something, whose it is, and its values before and after."""


async def record_each(
    session: AsyncSession, *, actor_id: uuid.UUID, action: str, resource_type: str, each: Sequence[Row]
) -> None:
    """The same for many at once: a row for each, by one statement."""
    if not each:
        return
    ids, tenants, old, new = zip(*each, strict=True)
    values = {"old": [json.dumps(one) for one in old], "new": [json.dumps(one) for one in new]}
    said = {"by": actor_id, "action": action, "type": resource_type, "ids": [*ids], "tenants": [*tenants]}
    await session.execute(_EACH, {**said, **values})
