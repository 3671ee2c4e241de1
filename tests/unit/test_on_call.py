"""The roster: no gap, no overlap, each hand-over exactly at its time, also on the nights the clocks change."""

import datetime as dt
import zoneinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import policy
from bot.digests.schedule import Timetable
from bot.errors import Misconfigured
from bot.policy import Policy
from bot.roster import Layer, Override, Rotation
from bot.schedules import DigestRule

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
JUST_BEFORE = dt.timedelta(microseconds=1)
PEOPLE = tuple(f"{name}@penguinmails.example" for name in ("ana", "ben", "cleo", "dan"))
ANA, BEN, CLEO, DAN = PEOPLE
zones = st.sampled_from(
    ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"]
)
times = st.times().map(lambda time: f"{time:%H:%M}")
moments = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2028, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
layers = st.builds(
    lambda people, days, at, since: Layer(name="primary", people=people, days=days, at=at, since=since),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5),
    st.sampled_from(["*", "mon", "mon,fri", "tue-thu", "sun"]),
    st.lists(times, min_size=1, max_size=3, unique=True),
    st.dates(dt.date(2024, 1, 1), dt.date(2029, 1, 1)),
)
swaps = st.lists(
    st.builds(
        lambda who, begins, hours: Override(who, begins, begins + hours * HOUR),
        st.sampled_from(PEOPLE),
        moments,
        st.integers(1, 24 * 20),
    ),
    max_size=4,
)


def rotation(
    people: tuple[str, ...] = (ANA, BEN),
    zone: str = "Europe/Madrid",
    *,
    more: list[Override] | None = None,
    **layer: object,
) -> Rotation:
    made = Layer.model_validate({"layer": "primary", "people": people, "since": dt.date(2026, 1, 5), **layer})
    return Rotation(made, ZoneInfo(zone), more or [])


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@settings(max_examples=60)
@given(layer=layers, zone=zones, moment=moments, stands_in=swaps)
def test_somebody_is_on_call_at_every_moment_and_nobody_else(
    layer: Layer, zone: str, moment: dt.datetime, stands_in: list[Override]
) -> None:
    """One shift ends where the next begins, and within it, it is the same one."""
    one = Rotation(layer, ZoneInfo(zone), stands_in)
    shift = one.shift(moment)
    if shift.begins is not None:
        assert shift.begins <= moment
        assert one.shift(shift.begins) == shift
        before = one.shift(shift.begins - JUST_BEFORE)
        assert (before.who == shift.who, before.ends) == (False, shift.begins)
    if shift.ends is not None:
        assert moment < shift.ends
        last, following = one.shift(shift.ends - JUST_BEFORE), one.shift(shift.ends)
        assert (last.who, last.begins, last.ends) == (shift.who, shift.begins, shift.ends)
        assert (following.who == shift.who, following.begins) == (False, shift.ends)
        assert one.following(moment) == following


@settings(max_examples=60)
@given(at=times, zone=zones, moment=moments, days=st.sampled_from(["*", "mon", "mon,fri"]), size=st.integers(2, 4))
def test_turns_are_counted_from_the_first_day(at: str, zone: str, moment: dt.datetime, days: str, size: int) -> None:
    """As by somebody who writes down every hand-over since then."""
    since = moment.astimezone(ZoneInfo(zone)).date() - 40 * DAY
    layer = Layer(name="primary", people=PEOPLE[:size], days=days, at=(at,), since=since)
    midnight = dt.datetime.combine(since, dt.time(), ZoneInfo(zone)) - JUST_BEFORE
    handovers = Timetable("x", DigestRule(at=at, zone=zone, days=days)).due(midnight.astimezone(dt.UTC), moment)
    assert Rotation(layer, ZoneInfo(zone)).turn(moment).who == PEOPLE[(len(handovers) - 1) % size]


class TestHandOver:
    def test_it_is_exact(self) -> None:
        """At nine on Monday, and not a moment before."""
        one, monday = rotation(), utc("2026-01-12T08:00")
        assert (one.turn(monday - JUST_BEFORE).who, one.turn(monday).who) == (ANA, BEN)

    @pytest.mark.parametrize(
        ("night", "begins"),
        [("2026-03-29T00:30", "2026-03-29T01:00"), ("2026-10-25T00:00", "2026-10-25T00:30")],
        ids=["the hour is skipped: at its end", "the hour comes twice: in the first"],
    )
    def test_on_the_nights_when_clocks_change(self, night: str, begins: str) -> None:
        """Half past two by the clock of Madrid."""
        one = rotation(days="*", at="02:30")
        before, after = one.shift(utc(night)), one.shift(utc(begins))
        assert (before.ends, after.begins) == (utc(begins), utc(begins))
        assert before.who != after.who

    def test_a_night_and_a_day_by_turns(self) -> None:
        """Several times on a day."""
        one = rotation(days="*", at=["21:00", "09:00"])
        found = [one.turn(utc(f"2026-01-07T{hour}:00")).who for hour in ("07", "08", "19", "20")]
        assert found[0] != found[1] == found[2] != found[3]

    def test_whoever_stands_there_twice_has_two_in_a_row(self) -> None:
        """One shift, as people read it."""
        shift = rotation((ANA, ANA, BEN)).shift(utc("2026-01-08T12:00"))
        assert (shift.begins, shift.ends) == (utc("2026-01-05T08:00"), utc("2026-01-19T08:00"))

    def test_one_person_alone_is_on_call_without_an_end(self) -> None:
        """And nobody is next."""
        one = rotation((ANA,))
        assert (one.shift(utc("2026-01-08T12:00")).ends, one.following(utc("2026-01-08T12:00"))) == (None, None)


class TestStandingIn:
    SWAP = Override(CLEO, utc("2026-01-07T12:00"), utc("2026-01-07T20:00"))

    def test_from_the_first_moment_to_the_last(self) -> None:
        """Then it is the turn of whoever it was."""
        one = rotation(more=[self.SWAP])
        moments = [self.SWAP.begins - JUST_BEFORE, self.SWAP.begins, self.SWAP.ends - JUST_BEFORE, self.SWAP.ends]
        assert [one.shift(at).who for at in moments] == [ANA, CLEO, CLEO, ANA]
        assert one.shift(self.SWAP.begins).instead_of == ANA

    def test_of_two_the_one_made_last_counts(self) -> None:
        """As in every other roster."""
        later = Override(DAN, utc("2026-01-07T14:00"), utc("2026-01-07T15:00"))
        one = rotation(more=[self.SWAP, later])
        assert [one.shift(utc(f"2026-01-07T{hour}:00")).who for hour in (13, 14, 15, 20)] == [CLEO, DAN, CLEO, ANA]

    def test_what_the_file_says_comes_before_what_was_swapped(self) -> None:
        """Its times are those of the layer's zone."""
        times = {"from": dt.datetime(2026, 1, 7, 9), "to": dt.datetime(2026, 1, 8, 9)}  # noqa: DTZ001 - as TOML has it
        one = rotation(overrides=[{"who": DAN, **times}], more=[self.SWAP])
        assert [one.shift(utc(f"2026-01-07T{hour:02}:00")).who for hour in (7, 8, 12, 20)] == [ANA, DAN, CLEO, DAN]


FILE = """
zone = "Europe/Madrid"
[[roster]]
layer = "primary"
people = ["Ana@penguinmails.example", "ben@penguinmails.example"]
days = "mon"
at = "09:00"
[[roster]]
layer = "secondary"
people = ["cleo@penguinmails.example"]
"""


class TestFile:
    def test_its_layers_in_order(self) -> None:
        """Addresses in small letters, in the policy's zone."""
        found = Policy.of(FILE).rotations()
        assert [(one.layer.name, one.zone.key) for one in found] == [
            ("primary", "Europe/Madrid"),
            ("secondary", "Europe/Madrid"),
        ]
        assert Policy.of(FILE).named_on_call == (ANA, BEN, CLEO)

    def test_a_list_is_a_layer_of_its_first(self) -> None:
        """The others are told after them."""
        listed = Policy.of(f'on_call = ["{BEN}", "{ANA}"]')
        assert ([one.layer.people for one in listed.rotations()], listed.named_on_call) == ([(BEN,)], (BEN, ANA))

    @pytest.mark.parametrize(
        ("was", "becomes", "said"),
        [
            ('days = "mon"', 'days = "monday"', "line 6, roster.0.days: value error, days has to be as in mon"),
            ('days = "mon"', 'days = "1#2"', "line 6, roster.0.days"),
            ('at = "09:00"', 'at = "9"', "line 7, roster.0.at"),
            ('at = "09:00"', 'at = ["09:00", "09:00"]', "each of them once"),
            ('people = ["cleo@penguinmails.example"]', "people = []", "line 10, roster.1.people"),
            ("cleo@penguinmails.example", "cleo", "line 10, roster.1.people.0: value error, 'cleo' is not an address"),
            ('"secondary"', '"primary"', "line 3, roster: value error, two of its layers have one name"),
            ('at = "09:00"', 'zone = "Mars"', "line 7, roster.0.zone: value error, there is no time zone mars"),
            ('at = "09:00"', "since = 5.5", "line 7, roster.0.since"),
            ('zone = "Europe/Madrid"', f'on_call = ["{ANA}"]', "say on_call or roster, not both"),
            ('at = "09:00"', "att = 1", "line 7, roster.0.att: there is no such entry; did you mean at?"),
        ],
    )
    def test_a_mistake_is_told_with_its_line(self, tmp_path: Path, was: str, becomes: str, said: str) -> None:
        """Before anything starts."""
        file = tmp_path / "policy.toml"
        file.write_text(FILE.replace(was, becomes, 1))
        with pytest.raises(Misconfigured) as refused:
            policy.load(file)
        assert said in str(refused.value)

    def test_an_override_that_ends_before_it_begins(self, tmp_path: Path) -> None:
        """It names whose."""
        file = tmp_path / "policy.toml"
        times = "from = 2026-12-26T09:00:00\nto = 2026-12-24T09:00:00\n"
        file.write_text(f'{FILE}[[roster.overrides]]\nwho = "{DAN}"\n{times}')
        with pytest.raises(Misconfigured, match="the override of dan@penguinmails"):
            policy.load(file)


def test_every_zone_has_its_hand_overs() -> None:
    """Also those in which a whole day is skipped."""
    for zone in sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})[::23]:
        shift = rotation(zone=zone).shift(utc("2011-12-30T12:00"))
        assert shift.begins is not None
        assert shift.ends is not None
        assert shift.begins <= utc("2011-12-30T12:00") < shift.ends
