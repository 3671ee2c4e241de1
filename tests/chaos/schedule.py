"""What happens in a run, and when: drawn from a seed, so that a seed is a run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

SECONDS = 12.0  # of trouble
ASKS, CLICKS, TROUBLES, FAULTS = 14, 30, 7, 3
SLOTS = ("serve-1", "serve-2", "worker-1", "worker-2", "clock-1", "clock-2")

OWNER = "kofi.castano@acme-corp.example"
WORDS: tuple[tuple[str, str], ...] = (
    ("oncall", "/pm revoke @staffer because {reason}"),
    ("tomasz", "/pm revoke @hana because {reason}"),
    ("security", "/pm revoke @support because {reason}"),
    ("oncall", "/pm suspend @finance because {reason}"),
    ("oncall", "/pm suspend @support"),  # the form asks why
    ("oncall", '/pm pause "Acme Corp" for 2h because {reason}'),
    ("tomasz", "/pm pause email-sending for 2h because {reason}"),
    ("security", "/pm role add support to @ines for 2h because {reason}"),
    ("nadia", "/pm role add qa to @hana for 2h because {reason}"),
    ("kofi", '/pm flag off ai-composer for "Acme Corp" for 2h because {reason}'),
    ("support", "/pm who @staffer"),
    ("root", "/pm help"),
    ("finance", "/pm revok @staffer because {reason}"),
    # Of accounts and tenants, for a time or for good
    ("security", f"/pm user suspend {OWNER} for 2h because {{reason}}"),
    ("maria.costa", f"/pm user suspend {OWNER} because {{reason}}"),
    ("nadia", f"/pm user reinstate {OWNER} because {{reason}}"),
    ("security", '/pm tenant policy "Acme Corp" session 2 for 2h because {reason}'),
    ("root", '/pm tenant policy "Acme Corp" attempts 4 because {reason}'),
    ("finance", '/pm limit "Acme Corp" max_users to 900 for 2h because {reason}'),
    ("oncall", '/pm campaign pause "Quarterly news of Acme Corp" for 2h because {reason}'),
    ("tomasz", "/pm mailbox pause sales@acme-corp.example for 2h because {reason}"),
    ("oncall", "/pm mailbox resume sales@acme-corp.example because {reason}"),
    ("support", "/pm request engineering for 2h because {reason}"),
    ("kofi", "/pm retry failed in email-sending because {reason}"),
    ("root", "/pm setting set staff.session_idle_minutes to 20 because {reason}"),
    # Plans of several steps
    ("oncall", "/pm lockdown @support because {reason}"),
    ("security", "/pm offboard @ines because {reason}"),
    ("security", '/pm user suspend where tenant="Acme Labs" role=member because {reason}'),
    ("maria.costa", '/pm user suspend where tenant="Acme Labs" role=member because {reason}'),
    ("nadia", '/pm user reinstate where tenant="Acme Labs" role=member because {reason}'),
)
PEOPLE = ("security", "nadia", "root", "oncall", "tomasz", "kofi", "finance")
BUTTONS = ("approve",) * 12 + ("reject", "undo", "undo", "withdraw", "break_glass", "resume", "halt")


@dataclass(frozen=True)
class Event:
    """One thing that happens: `what` names a method of World (world.py), `details` are its arguments."""

    at: float
    """Seconds from the beginning."""
    what: str
    details: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.at:5.1f} s  {self.what}  " + ", ".join(f"{name}={value}" for name, value in self.details.items())


def generate(seed: int, seconds: float = SECONDS) -> list[Event]:
    """The schedule of a seed, in order of time."""
    rng = Random(seed)
    events = [
        *_asked(rng, seconds),
        *_clicked(rng, seconds),
        *_repeated(rng, seconds),
        *_troubled(rng, seconds),
        *_of_time(rng, seconds),
    ]
    return sorted(events, key=lambda one: one.at)


def _asked(rng: Random, seconds: float) -> list[Event]:
    found = []
    for number in range(ASKS):
        who, text = rng.choice(WORDS)
        words = {"who": who, "text": text.format(reason=f"reason {number:02}"), "mention": rng.random() < 0.2}
        found.append(Event(rng.uniform(0, seconds * 0.6), "ask", words))
    return found


def _clicked(rng: Random, seconds: float) -> list[Event]:
    found = []
    for _ in range(CLICKS):
        many = rng.sample(PEOPLE, rng.choice((1, 1, 2, 3)))
        clicked = {"people": many, "card": rng.random(), "button": rng.choice(BUTTONS)}
        found.append(Event(rng.uniform(seconds * 0.2, seconds), "click", clicked))
    return found


def _repeated(rng: Random, seconds: float) -> list[Event]:
    return [
        Event(rng.uniform(0, seconds), "repeat", {"which": rng.random(), "times": rng.randint(1, 3)}) for _ in range(3)
    ]


def _troubled(rng: Random, seconds: float) -> list[Event]:
    kinds: Sequence[Callable[[Random], tuple[str, dict[str, Any]]]] = (
        lambda rng: ("kill", {"slot": rng.choice(SLOTS)}),
        lambda rng: ("kill", {"slot": rng.choice(SLOTS)}),
        lambda rng: ("end", {"slot": rng.choice(SLOTS)}),
        lambda rng: ("freeze", {"slot": rng.choice(SLOTS)}),
        lambda rng: ("stop", {"slot": rng.choice(SLOTS), "seconds": round(rng.uniform(1, 7), 1)}),
        lambda rng: ("restart_postgres", {}),
        lambda rng: ("cut", {"slot": rng.choice(SLOTS), "side": "postgres", "seconds": round(rng.uniform(1, 7), 1)}),
        lambda rng: ("cut", {"slot": rng.choice(SLOTS), "side": "slack", "seconds": round(rng.uniform(1, 7), 1)}),
        lambda rng: ("skew", {"slot": rng.choice(SLOTS[2:]), "by": rng.choice((-3600, -90, 90, 3600))}),
    )
    return [Event(rng.uniform(0, seconds), *rng.choice(kinds)(rng)) for _ in range(TROUBLES)] + [
        Event(rng.uniform(0, seconds), "fault", _fault(rng)) for _ in range(FAULTS)
    ]


def _fault(rng: Random) -> dict[str, Any]:
    values: dict[str, dict[str, Any]] = {
        "rate_limits": {"share": 0.5},
        "server_errors": {"share": 0.4},
        "lost_answers": {"share": 0.5},
        "slow_answers": {"share": 0.5, "seconds": 1.5},
        "repeated_delivery": {"share": 0.7, "times": 2},
        "out_of_order": {"share": 0.5, "seconds": 0.5},
        "double_click": {},
        "expired_trigger": {},
        "no_data_blocks": {},
        "revoked_token": {},
    }
    name = rng.choice(list(values))
    return {"name": name, "seconds": round(rng.uniform(1, 6), 1), "values": values[name]}


def _of_time(rng: Random, seconds: float) -> list[Event]:
    """Ends that come, requests that expire, and a queue that fills and empties."""
    return [
        Event(rng.uniform(0, seconds * 0.3), "promote", {"key": "sending.warmup_step", "to": rng.randint(2, 90)}),
        Event(rng.uniform(seconds * 0.5, seconds), "holds_due"),
        Event(rng.uniform(seconds * 0.5, seconds), "expire", {"which": rng.random()}),
        Event(filled := rng.uniform(0, seconds * 0.5), "backlog", {"jobs": 400}),
        Event(rng.uniform(filled, seconds), "drain"),
        Event(rng.uniform(0, seconds), "slot_due"),
    ]
