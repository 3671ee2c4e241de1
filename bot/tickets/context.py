"""What a team should know of a ticket that is escalated to it: collected once, and nothing personal in it."""

import uuid

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform import tenant_reads, tenants
from bot.store.models import Alert, AlertState, Incident, IncidentState, Proposal, Revision, Ticket
from bot.words import counted, listed, plain

AT_MOST = 3  # alerts, incidents and other tickets that it names
REQUESTS = 5

Known = tuple[tuple[str, str], ...]


async def collect(session: AsyncSession, row: Ticket) -> Known:
    """Labels and texts, in the order in which somebody who knows nothing of it would ask."""
    about = await _tenant(session, row.tenant_id) if row.tenant_id else ()
    found = (*about, ("Open incidents", await _incidents(session)), ("Open alerts", await _alerts(session)))
    return tuple(one for one in found if one[1])


async def _tenant(session: AsyncSession, tenant_id: uuid.UUID) -> Known:
    record = await tenants.load(session, tenant_id)
    if record is None:
        return (("Tenant", "no longer on the platform"),)
    limits = (await tenant_reads.agreed(session, tenant_id)).limits
    uses = ", ".join(f"{plain(name.removeprefix('max_'))} {one.used:,}" for name, one in limits.items() if one.used)
    return (
        ("Tenant", f"{record.name}: {', '.join(filter(None, (record.status, record.in_words)))}"),
        ("In use", uses),
        ("Agreed with it alone", listed(plain(name) for name, one in limits.items() if one.agreed is not None)),
        ("Other open tickets", await _others(session, tenant_id)),
        ("Last requests", await _requests(session, tenant_id)),
    )


async def _others(session: AsyncSession, tenant_id: uuid.UUID) -> str:
    """How many of its tickets are open, this one among them; said where there are more."""
    is_open = Ticket.tenant_id == tenant_id, Ticket.closed.is_(None)
    number = await session.scalar(select(func.count()).select_from(Ticket).where(*is_open)) or 0
    return counted(number - 1, "ticket") if number > 1 else ""


async def _requests(session: AsyncSession, tenant_id: uuid.UUID) -> str:
    """The newest ones; what was asked for in the room of a security incident stays there."""
    action = Revision.plan[0]["action"].astext
    rooms = select(Incident.channel).where(Incident.restricted, Incident.channel.is_not(None))
    found = await session.execute(
        select(Proposal.number, action, Proposal.state)
        .join(Revision, Revision.id == Proposal.revision_id)
        .where(Proposal.targets.contains([f"tenant:{tenant_id}"]), Proposal.channel.not_in(rooms))
        .order_by(Proposal.number.desc())
        .limit(REQUESTS)
    )
    return "; ".join(f"{number} {plain(name).replace('.', ' ')}, {state}" for number, name, state in found)


async def _incidents(session: AsyncSession) -> str:
    """Of security incidents nobody reads here."""
    is_open = Incident.state == IncidentState.OPEN, ~Incident.restricted
    found = select(Incident).where(*is_open).order_by(Incident.number.desc()).limit(AT_MOST)
    return "; ".join(f"{one.number} {one.title} ({one.severity})" for one in await session.scalars(found))


async def _alerts(session: AsyncSession) -> str:
    fires = Alert.state.not_in((AlertState.RESOLVED, AlertState.PENDING))
    found = select(Alert).where(fires).order_by(Alert.fired.desc()).limit(AT_MOST)
    return "; ".join(str(one.facts.get("title") or one.rule) for one in await session.scalars(found))
