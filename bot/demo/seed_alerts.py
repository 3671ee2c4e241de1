"""What was decided about alerts before a visitor comes: one is silenced, and a threshold is no longer the file's."""

import datetime as dt
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.demo.data import STAFF
from bot.store.models import Alert, AlertSilence, AlertState, AlertThreshold

LOW = "198.51.100.64"  # the address on its way down, see seed_operations
REPUTATION = "ip-reputation"


def load(connection: Connection, now: dt.datetime) -> None:
    """Into the bot's own tables; nothing where some of it is there already."""
    if connection.scalar(select(AlertSilence.id).limit(1)) is not None:
        return
    connection.execute(insert(Alert), [_reputation(now - dt.timedelta(days=1, hours=5))])
    connection.execute(insert(AlertSilence), list(_silences(now)))
    connection.execute(insert(AlertThreshold), list(_thresholds(now)))


def _who(local_part: str) -> Any:
    return next(one.id for one in STAFF if one.local_part == local_part)


def _reputation(fired: dt.datetime) -> dict[str, Any]:
    """It was acknowledged, and over for a while: what is silenced is that it comes back."""
    return {
        "rule": REPUTATION,
        "subject": LOW,
        "state": AlertState.RESOLVED,
        "severity": "medium",
        "worst": "medium",
        "breached": {},
        "value": 76,
        "peak": 68,
        "measured": fired + dt.timedelta(hours=2),
        "facts": {"title": f"The reputation of IP {LOW} is low"},
        "since": fired - dt.timedelta(minutes=15),
        "fired": fired,
        "acknowledged": fired + dt.timedelta(minutes=3),
        "acknowledged_by": _who("tomasz"),
        "resolved": fired + dt.timedelta(hours=2),
    }


def _silences(now: dt.datetime) -> list[dict[str, Any]]:
    return [
        {
            "rule": REPUTATION,
            "subject": LOW,
            "severity": "medium",
            "staff_id": _who("kofi"),
            "reason": "it is being warmed up again, step by step",
            "since": now - dt.timedelta(days=1),
            "until": now + dt.timedelta(days=3),
        }
    ]


def _thresholds(now: dt.datetime) -> list[dict[str, Any]]:
    """One in force, and one that was an attempt."""
    return [
        {
            "rule": "api-slow",
            "severity": "low",
            "fires": 250,
            "clears": 220,
            "base_fires": 200,
            "base_clears": 180,
            "reason": "customers in the new region are further away",
            "staff_id": _who("kofi"),
            "since": now - dt.timedelta(days=20),
            "ended": None,
        },
        {
            "rule": "host-cpu",
            "severity": "medium",
            "fires": 0.95,
            "clears": 0.85,
            "base_fires": 0.9,
            "base_clears": 0.8,
            "reason": "the nightly statistics are slow by nature",
            "staff_id": _who("tomasz"),
            "since": now - dt.timedelta(days=61),
            "ended": now - dt.timedelta(days=54),
        },
    ]
