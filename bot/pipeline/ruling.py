"""Which policy a process goes by: it outranks every approval, so a change of it is on record and told, once."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trail
from bot.policy import Policy
from bot.rulebook.changes import between
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import AuditKind, PolicyInForce


async def begin(database: Database, policy: Policy) -> None:
    """Note that a process goes by this policy. However many start at once, a change is noted and told once."""
    noted = False
    while not noted:
        async with database.transaction() as session:
            noted = await _note(session, policy)


async def _note(session: AsyncSession, policy: Policy) -> bool:
    """False if another process has noted its own at this moment: which one is in force has to be looked at again."""
    last = await session.scalar(select(PolicyInForce).order_by(PolicyInForce.id.desc()).limit(1))
    if last is not None and last.digest == policy.digest:
        return True
    added = await session.scalar(
        insert(PolicyInForce)
        .values(digest=policy.digest, source=policy.source, follows=last.id if last else 0)
        .on_conflict_do_nothing(index_elements=[PolicyInForce.follows])
        .returning(PolicyInForce.id)
    )
    if added is None:
        return False
    changed = [str(one) for one in between(last.source, policy.source)] if last else []
    await trail.append(
        session,
        AuditKind.RULED,
        actor_id=None,
        action="policy.begin",
        target=f"policy:{policy.digest}",
        facts={"before": last.digest if last else None, "entries": len(changed)},
        details={"changes": changed},
    )
    if last is not None:  # the first is no change of anything
        await outbox.show(session, f"policy:{added}", channel="security", projection="policy", subject=str(added))
    return True
