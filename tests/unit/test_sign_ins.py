"""What in somebody's sign-ins is unlike the rest."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot.platform.sign_ins import SignIn, network, oddities

MADRID = ZoneInfo("Europe/Madrid")
NOON = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)
OFFICE, HOME, HOTEL = "192.0.2.10", "198.51.100.7", "203.0.113.80"


def attempt(minutes: float, ip: str | None = OFFICE, *, succeeded: bool = True) -> SignIn:
    return SignIn(NOON + dt.timedelta(minutes=minutes), succeeded, ip)


def said(*attempts: SignIn, since: dt.datetime = NOON - dt.timedelta(days=7)) -> list[str]:
    return [one.what for one in oddities(attempts, MADRID, since)]


def test_a_network_is_new_once() -> None:
    """Not the first that is known of them at all, nor another address of the same one."""
    assert said(attempt(0), attempt(10, "192.0.2.200")) == []
    assert said(attempt(0), attempt(10, HOTEL), attempt(20, HOTEL), attempt(30)) == [
        "signed in from a network that they had not used before"
    ]


def test_who_only_tried_was_not_there() -> None:
    """A failed attempt from afar makes nothing usual."""
    assert said(attempt(0), attempt(5, HOTEL, succeeded=False), attempt(9, HOTEL)) != []


def test_what_was_usual_long_ago_is_usual() -> None:
    """What came before the days that are looked at says what is nothing new, and is no news itself."""
    before = attempt(-60 * 24 * 30, HOME)
    assert said(attempt(-60 * 24 * 40), before, attempt(0, HOME)) == []


@pytest.mark.parametrize(("hour", "odd"), [(1, True), (0, False), (4, True), (5, False)])
def test_night_is_by_the_policys_clock(hour: int, odd: bool) -> None:  # noqa: FBT001
    """02:00 to 06:00 in Madrid is 01:00 to 05:00 in UTC, in winter."""
    at = NOON.replace(hour=hour)
    assert bool(said(SignIn(at, succeeded=True, ip=OFFICE))) is odd


@pytest.mark.parametrize(
    ("failures", "then", "what"),
    [
        (2, True, []),
        (3, False, ["failed to sign in 3 times"]),
        (4, True, ["failed to sign in 4 times, and then got in"]),
    ],
)
def test_a_run_of_failures_is_one_line(failures: int, then: bool, what: list[str]) -> None:  # noqa: FBT001
    """With whether it led somewhere."""
    tried = [attempt(number, succeeded=False) for number in range(failures)]
    assert said(*tried, *([attempt(failures)] if then else [])) == what


def test_failures_hours_apart_are_no_run() -> None:
    """Somebody mistypes a password now and then."""
    assert said(*(attempt(60 * number, succeeded=False) for number in range(5))) == []


def test_the_newest_comes_first() -> None:
    """A run and a new network within it are two lines."""
    tried = [attempt(-9, HOME), *(attempt(number, HOTEL, succeeded=False) for number in range(3)), attempt(4, HOTEL)]
    assert said(*tried) == [
        "signed in from a network that they had not used before",
        "failed to sign in 3 times, and then got in",
    ]


@pytest.mark.parametrize(("ip", "of"), [(HOTEL, "203.0.113.0/24"), ("2001:db8:1:2::5", "2001:db8:1::/48")])
def test_a_network(ip: str, of: str) -> None:
    """Providers give whoever comes back another address of the same one."""
    assert network(ip) == of
