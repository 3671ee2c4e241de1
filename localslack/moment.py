"""What time it is in everything made up here: the machine's, and as much later as somebody let time pass.

The local Slack, the demo's platform and its traffic ask here. Whoever moves it (`clock.py`) also moves the database's.
"""

import asyncio
import datetime as dt
import time as machine

_ahead = 0.0


def ahead() -> float:
    """By how many seconds it is later here than on the machine."""
    return _ahead


def move(seconds: float) -> None:
    """Be so many seconds ahead of the machine."""
    global _ahead  # noqa: PLW0603 - one world, one time
    _ahead = seconds


def time() -> float:
    """As `time.time()`."""
    return machine.time() + _ahead


def monotonic() -> float:
    """As `time.monotonic()`: what lasts half an hour is over when half an hour was let pass."""
    return machine.monotonic() + _ahead


def now() -> dt.datetime:
    """In UTC."""
    return dt.datetime.fromtimestamp(time(), dt.UTC)


async def until(at: float) -> None:
    """Wait until it is that time; soon after it was made to pass."""
    while (left := at - time()) > 0:  # noqa: ASYNC110 - time may be moved meanwhile
        await asyncio.sleep(min(left, 1.0))
