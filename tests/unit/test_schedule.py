"""Slots are computed rightly in every zone, over every change of clocks, and alike wherever one begins."""

import datetime as dt
import itertools
import zoneinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot import app, policy
from bot.digests.schedule import Due, Timetable, timetables
from bot.errors import Misconfigured
from bot.schedules import DigestRule, instant

DAY = dt.timedelta(days=1)
ZONES = sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})
zones = st.one_of(
    st.sampled_from(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"]),
    st.sampled_from(ZONES),
)
times = st.times().map(lambda time: f"{time:%H:%M}")
moments = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
DAYS = {"*": range(7), "mon-fri": range(5), "sat,sun": (5, 6), "wed": (2,)}


def timetable(at: str, zone: str, days: str = "*") -> Timetable:
    return Timetable("digest", DigestRule(at=at, zone=zone, days=days))


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@given(at=times, zone=zones, days=st.sampled_from(sorted(DAYS)), since=moments)
def test_every_day_that_is_meant_once_and_no_other(at: str, zone: str, days: str, since: dt.datetime) -> None:
    """Sixty days, whatever happens to the clocks in them."""
    found = timetable(at, zone, days).due(since, since + 60 * DAY)
    dates = [one.local_date for one in found]
    assert len(dates) == len(set(dates))
    assert {f"{one.local_time:%H:%M}" for one in found} == {at}
    first, last = (moment.astimezone(ZoneInfo(zone)).date() for moment in (since, since + 60 * DAY))
    between = [first + n * DAY for n in range(1, (last - first).days - 1)]
    assert set(between) & set(dates) == {date for date in between if date.weekday() in DAYS[days]}
    assert [one.at for one in found] == sorted(one.at for one in found)


@given(at=times, zone=zones, since=moments)
def test_at_the_right_local_time(at: str, zone: str, since: dt.datetime) -> None:
    """As the wall clock there shows it; where it never shows that, at the first instant after it."""
    for one in timetable(at, zone).due(since, since + 30 * DAY):
        shown = one.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        wanted = dt.datetime.combine(one.local_date, one.local_time)
        if shown != wanted:
            assert shown > wanted
            just_before = (one.at - dt.timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            assert just_before < wanted


@given(at=times, zone=zones, since=moments, pieces=st.lists(st.floats(0, 40), min_size=1, max_size=6))
def test_the_same_however_often_one_looks(at: str, zone: str, since: dt.datetime, pieces: list[float]) -> None:
    """No slot falls between two looks, and none into both."""
    table = timetable(at, zone)
    looks = sorted({since, *(since + part * DAY for part in pieces)})
    one_by_one: list[Due] = []
    for after, until in itertools.pairwise(looks):
        one_by_one += table.due(after, until)
    assert one_by_one == table.due(looks[0], looks[-1])


@given(at=times, zone=zones, since=moments)
def test_a_slot_is_due_at_its_instant_and_not_before(at: str, zone: str, since: dt.datetime) -> None:
    table = timetable(at, zone)
    due = table.due(since, since + 3 * DAY)
    assume(due)
    one = due[0]
    assert table.due(since, one.at)[-1:] == [one]
    assert one not in table.due(since, one.at - dt.timedelta(microseconds=1))
    assert one not in table.due(one.at, one.at + DAY)


@pytest.mark.parametrize(
    ("at", "zone", "date", "expected"),
    [
        ("02:30", "Europe/Madrid", "2026-03-29", "2026-03-29 01:00"),  # no such time: 03:00 local
        ("02:30", "Europe/Madrid", "2026-10-25", "2026-10-25 00:30"),  # twice: the first
        ("02:30", "America/New_York", "2026-03-08", "2026-03-08 07:00"),
        ("01:30", "America/New_York", "2026-11-01", "2026-11-01 05:30"),
        ("02:15", "Australia/Lord_Howe", "2026-10-04", "2026-10-03 15:30"),  # half an hour only
        ("01:45", "Australia/Lord_Howe", "2026-04-05", "2026-04-04 14:45"),
        ("08:30", "Europe/Madrid", "2026-03-30", "2026-03-30 06:30"),
        ("08:30", "Europe/Madrid", "2026-03-27", "2026-03-27 07:30"),
        ("12:00", "Pacific/Apia", "2011-12-30", "2011-12-30 10:00"),  # a day that never was: the next one's beginning
    ],
)
def test_the_nights_that_are_known(at: str, zone: str, date: str, expected: str) -> None:
    local = dt.datetime.fromisoformat(f"{date} {at}")
    assert instant(local, ZoneInfo(zone)) == utc(expected)


@pytest.mark.parametrize(
    "entry",
    ['at = "8:30"', 'at = "24:00"', 'at = "08:30"\nzone = "Europe/Penguin"', 'at = "08:30"\ndays = "mon-fry"'],
)
def test_what_cannot_be_scheduled_is_named(tmp_path, entry: str) -> None:
    """At the start, not at half past eight."""
    file = tmp_path / "policy.toml"
    file.write_text(f"[digests.morning]\n{entry}\n")
    with pytest.raises(Misconfigured, match=r"digests\.morning"):
        policy.load(file)


def test_a_schedule_of_no_report_is_named(tmp_path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('[digests.nightly]\nat = "08:30"\n')
    with pytest.raises(Misconfigured, match=r"line 1, digests\.nightly: this names no known report"):
        app.read_rules(file)


def test_what_falls_on_the_last_moment_is_due_and_on_the_first_is_not() -> None:
    """So that two looks one after the other find each slot once."""
    table, at = timetable("08:30", "UTC"), utc("2026-03-10T08:30")
    assert [one.at for one in table.due(at - DAY, at)] == [at]
    assert [one.at for one in table.due(at, at + DAY)] == [at + DAY]
    assert table.due(at, at) == []


def test_a_slot_is_named_by_its_schedule_and_its_local_day_and_time() -> None:
    """As every process names it."""
    [found] = timetable("08:30", "Asia/Kolkata").due(utc("2026-03-10T00:00"), utc("2026-03-10T23:00"))
    assert found == Due(utc("2026-03-10T03:00"), "digest", dt.date(2026, 3, 10), dt.time(8, 30))
    assert found.local == "2026-03-10 08:30"


def test_a_schedule_is_another_once_its_times_are() -> None:
    """Its channel may change without."""
    one = DigestRule(at="08:30", zone="UTC", days="mon-fri", channel="operations")
    others = [one.model_copy(update=change) for change in ({"at": "08:31"}, {"zone": "Europe/Madrid"}, {"days": "*"})]
    assert len({Timetable("digest", rule).rule.identity for rule in (one, *others)}) == 4
    elsewhere = one.model_copy(update={"channel": "security"})
    assert Timetable("digest", elsewhere).rule.identity == Timetable("digest", one).rule.identity


def test_schedules_come_in_the_order_of_their_names() -> None:
    rules = policy.Policy.model_validate(
        {"digests": {name: {"at": "08:30", "report": "morning"} for name in ("zulu", "alpha", "mike")}}
    )
    assert [one.name for one in timetables(rules)] == ["alpha", "mike", "zulu"]
    assert timetables(rules)[0].rule == rules.digests["alpha"]
