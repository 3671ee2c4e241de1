"""The one order in which a transaction takes its locks.

Two transactions that wait for each other are ended by PostgreSQL after a second, and one of them has to begin anew:
at worst in the middle of an incident, while a stolen laptop is still signed in. So nobody takes a lock that stands
before one they hold. What would have to go back (an execution ends what others asked for) is left to a job that
begins anew, one proposal in one transaction (`bot/pipeline/standing.py`).

Of proposals a transaction locks its own, and the one that it takes back: the older first. Of messages it writes those
of one proposal or hold. `tests/promises/test_locks.py` writes down what every action and every sweep takes.
"""

from enum import IntEnum


class Lock(IntEnum):
    """What is locked, the first first."""

    PAYLOAD = 1
    """A row of the inbox, while it is handled."""
    LINK = 2
    """Which Slack account stands for whom."""
    HEALING = 3
    """Self-healing: its limits are counted by one at a time."""
    PROPOSAL = 4
    """A proposal: every transition."""
    STEP = 5
    """What hangs on one: its decisions, executions and calls to the outside."""
    READ_ONLY = 6
    """Whether anything is changed at all: shared by whatever changes something, alone for switching it off."""
    WAY_IN = 7
    """The single row held by whatever reduces somebody's access."""
    ACCOUNT = 8
    """A staff member on the platform: `staff.lock`."""
    HOLDS = 9
    """Placing, moving and ending whatever is temporary: `engine.lock`."""
    WINDOW = 10
    """A maintenance window, while it begins, ends or explains alerts."""
    ALERT = 11
    """An alert, while its rule is judged, or somebody acknowledges or silences it."""
    TICKET = 12
    """A ticket: every transition, and the question to a second person about it."""
    PLATFORM = 13
    """What is changed on the platform (roles, flags, queues, sessions), and the rows of holds that say so."""
    TRUST = 14
    """Since when the earlier words of somebody do not count."""
    MESSAGE = 15
    """What should be on a screen."""
    SEAL = 15
    """The audit trail, while it is sealed: by whoever gets it, and nobody waits."""
