"""What is odd about somebody's sign-ins: pure, from the attempts alone."""

import datetime as dt
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.platform.users import SignIn
from bot.words import counted

RUN = 3  # failures in a row that nobody has by mistyping
NIGHT = range(2, 6)  # o'clock, as the platform's own alert has it
NEAR = dt.timedelta(hours=1)  # within which nobody changes networks twice


@dataclass(frozen=True)
class Odd:
    """Something to look at, and the attempt that shows it."""

    why: str
    attempt: SignIn


def network(ip: str) -> str:
    """What a provider hands to one customer: a /24, of IPv6 a /48; what is no address stays as it is."""
    try:
        address = ipaddress.ip_address(ip.partition("/")[0])
    except ValueError:
        return ip
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def oddities(attempts: Sequence[SignIn]) -> list[Odd]:
    """Of attempts, newest first: the newest oddity first.

    The hour tells nothing of customers, who live in all zones; it does of staff.
    """
    oldest_first = list(reversed(attempts))
    found = [*_new_networks(oldest_first), *_runs(oldest_first), *_back_and_forth(oldest_first)]
    return sorted(found, key=lambda one: one.attempt.at, reverse=True)


def of_staff(attempts: Sequence[SignIn], zone: ZoneInfo) -> list[Odd]:
    """The same of somebody who keeps office hours in this zone: what was at night is odd, too."""
    night = (Odd("signed in between 02:00 and 06:00", one) for one in attempts if one.succeeded and _late(one, zone))
    return sorted([*oddities(attempts), *night], key=lambda one: one.attempt.at, reverse=True)


def _late(one: SignIn, zone: ZoneInfo) -> bool:
    return one.at.astimezone(zone).hour in NIGHT


def _new_networks(attempts: Sequence[SignIn]) -> Iterator[Odd]:
    """Let in from where they never were; without a past, nothing is new."""
    known: set[str] = set()
    for one in attempts:
        if one.succeeded and one.ip:
            if known and network(one.ip) not in known:
                yield Odd("signed in from a new network", one)
            known.add(network(one.ip))


def _runs(attempts: Sequence[SignIn]) -> Iterator[Odd]:
    """Many failures in a row, and whether the next attempt got in."""
    failed: list[SignIn] = []
    for one in attempts:
        if not one.succeeded:
            failed.append(one)
            continue
        if len(failed) >= RUN:
            yield Odd(f"got in after {counted(len(failed), 'failed attempt')}", one)
        failed = []
    if len(failed) >= RUN:
        yield Odd(f"{counted(len(failed), 'failed attempt')} in a row", failed[-1])


def _back_and_forth(attempts: Sequence[SignIn]) -> Iterator[Odd]:
    """Two networks in turns within an hour: hardly one person."""
    inside = [one for one in attempts if one.succeeded and one.ip]
    for first, second, third in zip(inside, inside[1:], inside[2:], strict=False):
        where = [network(str(one.ip)) for one in (first, second, third)]
        if where[0] == where[2] != where[1] and third.at - first.at < NEAR:
            yield Odd("signed in from two networks alternately", third)
