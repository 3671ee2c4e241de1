"""Sign-ins and attempts at them, and what in them is unlike the rest."""

import datetime as dt
import ipaddress
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import LoginEvent

NIGHT = range(2, 6)  # o'clock, as the platform's own alert has it
RUN, WITHIN = 3, dt.timedelta(minutes=10)  # so many failures, each so soon after the one before
NETWORKS = {4: 24, 6: 48}  # bits of an address that are the network's


@dataclass(frozen=True)
class SignIn:
    """An attempt to sign in, successful or not."""

    at: dt.datetime
    succeeded: bool
    ip: str | None


@dataclass(frozen=True)
class Oddity:
    """Something unusual: when, what in a few words, and from where."""

    at: dt.datetime
    what: str
    ip: str | None


async def of_user(session: AsyncSession, user_id: uuid.UUID, since: dt.datetime, limit: int = 2_000) -> list[SignIn]:
    """Their attempts since then, oldest first; of very many the newest."""
    rows = await session.scalars(
        select(LoginEvent)
        .where(LoginEvent.user_id == user_id, LoginEvent.at >= since)
        .order_by(LoginEvent.at.desc())
        .limit(limit)
    )
    return [SignIn(one.at, one.succeeded, str(one.ip) if one.ip else None) for one in reversed(rows.all())]


def oddities(attempts: Sequence[SignIn], zone: ZoneInfo, since: dt.datetime) -> list[Oddity]:
    """What stands out from then on, newest first; `attempts` are oldest first, and earlier ones say what is usual."""
    found = [*_new_networks(attempts), *_at_night(attempts, zone), *_failures(attempts)]
    return sorted((one for one in found if one.at >= since), key=lambda one: one.at, reverse=True)


def network(ip: str) -> str:
    """The network of an address: `198.51.100.0/24`."""
    address = ipaddress.ip_address(ip)
    return str(ipaddress.ip_network(f"{address}/{NETWORKS[address.version]}", strict=False))


def _new_networks(attempts: Sequence[SignIn]) -> Iterator[Oddity]:
    """Nothing is new to somebody of whom nothing is known yet."""
    known: set[str] = set()
    for one in attempts:
        if not one.succeeded or one.ip is None:
            continue
        here = network(one.ip)
        if known and here not in known:
            yield Oddity(one.at, "signed in from a network that they had not used before", one.ip)
        known.add(here)


def _at_night(attempts: Sequence[SignIn], zone: ZoneInfo) -> Iterator[Oddity]:
    for one in attempts:
        if one.succeeded and one.at.astimezone(zone).hour in NIGHT:
            yield Oddity(one.at, "signed in between 02:00 and 06:00", one.ip)


def _failures(attempts: Sequence[SignIn]) -> Iterator[Oddity]:
    """Runs of them: one line each, which says whether it was let in in the end."""
    run: list[SignIn] = []
    for one in attempts:
        if run and one.at - run[-1].at > WITHIN:
            yield from _run(run, then=False)
            run = []
        if not one.succeeded:
            run.append(one)
        elif run:
            yield from _run(run, then=True)
            run = []
    yield from _run(run, then=False)


def _run(run: Sequence[SignIn], *, then: bool) -> Iterator[Oddity]:
    if len(run) >= RUN:
        yield Oddity(run[-1].at, f"failed to sign in {len(run)} times{', and then got in' if then else ''}", run[-1].ip)
