"""What is said of a temporary change is a sentence: what it was, how it ended, and how things are now."""

import datetime as dt
from typing import Any

import pytest

from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.holds.columns import ColumnHold
from bot.holds.kinds import KINDS
from bot.personal import Personal
from bot.store.models import HoldKind

RENDERER = Renderer()
AT = dt.datetime(2026, 11, 22, 14, 3, tzinfo=dt.UTC)
SOMEBODY = Personal(personal="customer", value="kofi@acme.example")
HELD: dict[HoldKind, tuple[Any, dict[str, Any], str]] = {
    HoldKind.CAMPAIGN: (
        "campaign Spring offer of Acme Corp",
        {"status": "paused"},
        "The pause of campaign Spring offer of Acme Corp",
    ),
    HoldKind.ADDRESS: ("203.0.113.51", {"status": "quarantined"}, "The quarantine of 203.0.113.51"),
    HoldKind.SUSPENSION: (SOMEBODY, {"status": "suspended"}, "The suspension of k•••@acme.example"),
    HoldKind.SANDBOX: ("Import trial", {"status": "sandbox"}, "The sandbox Import trial"),
    HoldKind.AGREEMENT: ("Acme Corp", {"max_users": 50}, "The agreement with Acme Corp (at most 50 users)"),
    HoldKind.TENANT_POLICY: (
        "Acme Corp",
        {"two_factor_required": True},
        "The sign-in rule of Acme Corp (two-factor on)",
    ),
    HoldKind.TENANT_SETTING: (
        "Acme Corp",
        {"notify_on_security_alerts": False},
        "The setting of Acme Corp (security-alerts off)",
    ),
}


def said(kind: HoldKind, template: str, **known: Any) -> str:
    """The line about a hold of this kind, as a channel reads it."""
    held = KINDS[kind]
    assert isinstance(held, ColumnHold)
    name, columns, _ = HELD[kind]
    facts = {
        "kind": "columns",
        "called": held.called((name,), columns),
        "number": 12,
        "after": {"changed_outside": False},
        "ended": AT,
    }
    return str(RENDERER.message(template, Clearance.CHANNEL, **facts, **known)["text"])


@pytest.mark.parametrize("kind", HELD)
def test_its_end_is_a_sentence(kind: HoldKind) -> None:
    text = said(kind, "holds/ended.j2", cause="resumed", ended_by="Óscar", now="as before", verification="pending")
    assert text.startswith(f"{HELD[kind][2]} ended early, ")
    assert text.endswith("by Óscar (request 12). Now: as before.")


@pytest.mark.parametrize("kind", HELD)
def test_what_others_changed_meanwhile_is_a_sentence(kind: HoldKind) -> None:
    text = said(kind, "holds/changed.j2")
    assert text.startswith(f"{HELD[kind][2]} (request 12) is active. Now somebody has changed")


def test_every_kind_of_columns_is_read_here() -> None:
    """But the setting, which has words of its own, and a mailbox, which is paused as a campaign is."""
    kinds = {name for name, one in KINDS.items() if isinstance(one, ColumnHold)}
    assert kinds - set(HELD) == {HoldKind.SETTING, HoldKind.MAILBOX}
