"""Tickets of before: one that nobody has yet, one that somebody works on, and one that is closed."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.demo.data import STAFF
from bot.platform.models import Tenant
from bot.store.models import Ticket, TicketEvent, TicketHappened, TicketState

LATE_MAILS = uuid.UUID("71c4e700-0000-4000-8000-000000000001")
NEW_OWNER = uuid.UUID("71c4e700-0000-4000-8000-000000000002")
NOT_PAID = uuid.UUID("71c4e700-0000-4000-8000-000000000003")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def load(connection: Connection, now: dt.datetime) -> None:
    """Three. Into the bot's own tables, which are empty."""
    if connection.scalar(select(Ticket.id).limit(1)) is not None:
        return
    for one in (_late_mails(connection, now), _new_owner(connection, now), _not_paid(connection, now)):
        connection.execute(insert(Ticket), [one])
    connection.execute(insert(TicketEvent), _happened(now))


def _who(local_part: str) -> uuid.UUID:
    return next(one.id for one in STAFF if one.local_part == local_part)


def _tenant(connection: Connection, name: str) -> uuid.UUID | None:
    return connection.scalar(select(Tenant.id).where(Tenant.name == name))


def _late_mails(connection: Connection, now: dt.datetime) -> dict[str, Any]:
    return {
        "id": LATE_MAILS,
        "category": "deliverability",
        "severity": "low",
        "title": "Mails to one provider arrive late",
        "reason": "two customers say that it takes an hour",
        "tenant_id": _tenant(connection, "Acme Labs"),
        "asked_by": _who("support"),
        "asked": now - 2 * HOUR,
        "team": "operations",
        "state": TicketState.OPEN,
        "due": now + 70 * HOUR,
    }


def _new_owner(connection: Connection, now: dt.datetime) -> dict[str, Any]:
    return {
        "id": NEW_OWNER,
        "category": "access",
        "severity": "low",
        "title": "The owner has left the company",
        "reason": "their successor sent proof from the company's address",
        "tenant_id": _tenant(connection, "Acme Labs"),
        "asked_by": _who("support"),
        "asked": now - 5 * HOUR,
        "team": "security",
        "assigned_to": _who("security"),
        "state": TicketState.IN_PROGRESS,
        "due": now + 67 * HOUR,
    }


def _not_paid(connection: Connection, now: dt.datetime) -> dict[str, Any]:
    return {
        "id": NOT_PAID,
        "category": "sync-issue",
        "severity": "high",
        "title": "Paid in Stripe, past due here",
        "reason": "the invoice was paid on Monday",
        "tenant_id": _tenant(connection, "Acme Corp"),
        "asked_by": _who("support"),
        "asked": now - 9 * DAY,
        "team": "engineering",
        "assigned_to": _who("kofi"),
        "state": TicketState.CLOSED,
        "due": now - 9 * DAY + 4 * HOUR,
        "escalated": now - 9 * DAY + HOUR,
        "closed": now - 9 * DAY + 3 * HOUR,
        "closed_by": _who("kofi"),
    }


def _happened(now: dt.datetime) -> list[dict[str, Any]]:
    began, kofi = now - 9 * DAY, str(_who("kofi"))
    escalated = {"team": "engineering", "severity": "high", "text": "the event has failed three times"}
    lines: list[tuple[uuid.UUID, dt.datetime, TicketHappened, str, dict[str, Any]]] = [
        (NOT_PAID, began, TicketHappened.OPENED, "support", {"team": "finance"}),
        (NOT_PAID, began + HOUR, TicketHappened.ESCALATED, "finance", escalated),
        (NOT_PAID, began + 2 * HOUR, TicketHappened.ASSIGNED, "kofi", {"to": kofi}),
        (NOT_PAID, began + 3 * HOUR, TicketHappened.CLOSED, "kofi", {"text": "the event was handled again"}),
        (NEW_OWNER, now - 5 * HOUR, TicketHappened.OPENED, "support", {"team": "security"}),
        (NEW_OWNER, now - 4 * HOUR, TicketHappened.ASSIGNED, "security", {"to": str(_who("security"))}),
        (LATE_MAILS, now - 2 * HOUR, TicketHappened.OPENED, "support", {"team": "operations"}),
    ]
    return [
        {"ticket_id": ticket, "at": at, "what": what, "staff_id": _who(name), "facts": facts}
        for ticket, at, what, name, facts in lines
    ]
