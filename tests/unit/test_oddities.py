"""What is odd about sign-ins, and what is not."""

import datetime as dt
from zoneinfo import ZoneInfo

from bot.platform.oddities import network, oddities, of_staff
from bot.platform.users import SignIn

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
HOME, OFFICE, AWAY = "203.0.113.7", "2001:db8:1:2::9", "198.51.100.4"


def attempts(*said: str | tuple[str, bool], minutes: int = 90) -> list[SignIn]:
    """One after the other, newest first as they are read; an address alone was let in."""
    found = [one if isinstance(one, tuple) else (one, True) for one in said]
    return [
        SignIn(NOON + dt.timedelta(minutes=place * minutes), ok, ip, "")
        for place, (ip, ok) in reversed(list(enumerate(found)))
    ]


def why(*said: str | tuple[str, bool], minutes: int = 90) -> list[str]:
    return [one.why for one in oddities(attempts(*said, minutes=minutes))]


def test_the_usual_is_not_odd() -> None:
    """The first sign-in of all, a slip, another address of the same provider."""
    assert why() == why(HOME) == why(HOME, (HOME, False), HOME, "203.0.113.99") == []


def test_a_new_network() -> None:
    assert why(HOME, HOME, AWAY, AWAY) == ["signed in from a new network"]
    assert why(OFFICE, "2001:db8:1:3::1") == []


def test_many_failures_and_then_in() -> None:
    assert why(HOME, *[(HOME, False)] * 3, HOME) == ["got in after 3 failed attempts"]
    assert why(HOME, *[(AWAY, False)] * 4) == ["4 failed attempts in a row"]


def test_two_networks_in_turns() -> None:
    """Within an hour; from home to the office and back in a day is a life."""
    quick = why(HOME, AWAY, HOME, minutes=10)
    assert quick[0] == "signed in from two networks alternately"
    assert "two networks" not in str(why(HOME, AWAY, HOME, minutes=300))


def test_the_newest_comes_first() -> None:
    assert why(HOME, AWAY, *[(AWAY, False)] * 3) == ["3 failed attempts in a row", "signed in from a new network"]


def test_what_is_no_address_stays_as_it_is() -> None:
    assert (network("unknown"), network("::ffff:192.0.2.1")) == ("unknown", "::/48")


def test_of_staff_the_hour_counts_too() -> None:
    """By the policy's clock: in winter, 02:00 to 06:00 in Madrid is 01:00 to 05:00 in UTC; a failed attempt is none."""
    odd = {}
    for hour in (0, 1, 4, 5):
        at = [SignIn(NOON.replace(hour=hour), ok, HOME, "") for ok in (True, False)]
        odd[hour] = [one.why for one in of_staff(at, ZoneInfo("Europe/Madrid"))]
    assert odd == {0: [], 1: ["signed in between 02:00 and 06:00"], 4: ["signed in between 02:00 and 06:00"], 5: []}
