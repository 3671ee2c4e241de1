"""How long and until when, as people type it: zones, nights on which the clocks change, and what is over."""

import asyncio
import datetime as dt
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidParameter, NothingToDo
from bot.parameters.base import Lookup
from bot.parameters.time import Lasting, Term, moment_in

MADRID = ZoneInfo("Europe/Madrid")
TUESDAY = dt.datetime(2026, 11, 24, 15, 30, tzinfo=dt.UTC)  # 16:30 in Madrid


def lookup(verb: str = "role add") -> Lookup:
    return Lookup(None, "T0", 300, verb, {"roles": "finance"}, "Europe/Madrid")  # type: ignore[arg-type]


def at(kind: type[Lasting], now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> type[Lasting]:
    async def clock(_lookup: Lookup) -> dt.datetime:
        return now

    monkeypatch.setattr(kind, "clock", staticmethod(clock))
    return kind


async def end_of(typed: str, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> str:
    """The moment, in UTC."""
    found = await at(Term, now, monkeypatch).resolve("duration", typed, lookup())
    return f"{found.ends(now):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("typed", "ends"),
    [
        ("until 18:00", "2026-11-24 17:00"),
        ("until today 18:00", "2026-11-24 17:00"),
        ("UNTIL  at 18:00", "2026-11-24 17:00"),
        ("until tomorrow 9:00", "2026-11-25 08:00"),
        ("until tomorrow at 09:00", "2026-11-25 08:00"),
        ("until tomorrow", "2026-11-25 08:00"),
        ("until friday", "2026-11-27 08:00"),
        ("until Fri 17:15", "2026-11-27 16:15"),
        ("until tuesday", "2026-12-01 08:00"),
        ("until 2026-12-05", "2026-12-05 08:00"),
        ("until 2026-12-05 18:00", "2026-12-05 17:00"),
        ("until 2026-12-05T18:00", "2026-12-05 17:00"),
        ("until 2027-07-01 18:00", "2027-07-01 16:00"),
        ("until 2026-12-05T18:00:00+00:00", "2026-12-05 18:00"),
        ("for 2h", "2026-11-24 17:30"),
        ("by 1h 30m", "2026-11-24 17:00"),
        ("14d", "2026-12-08 15:30"),
        ("366d", "2027-11-25 15:30"),
    ],
)
async def test_an_end_is_read_where_people_are(typed: str, ends: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day alone is its morning; a weekday is the next one, never today."""
    assert await end_of(typed, TUESDAY, monkeypatch) == ends


@pytest.mark.parametrize(
    "typed",
    ["until", "until later", "until 25:00", "until 18.00", "until fr", "until noon", "until friday 18:00 sharp",
     "until 2026-12-05+10:00", "until +", "until 5 Dec", "until 2026-12-05T18:00:00+99:99"],
)  # fmt: skip
async def test_what_is_no_time_is_said_with_examples(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never what a library says of it."""
    with pytest.raises(InvalidParameter, match=r"I can't read “.+” as a time\. Say for example 30m") as refused:
        await end_of(typed, TUESDAY, monkeypatch)
    assert "Invalid" not in str(refused.value)


@pytest.mark.parametrize("typed", ["until 2026-02-30", "until 2026-13-01 10:00"])
async def test_a_date_that_does_not_exist(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidParameter, match=r"There is no 2026-\d\d-\d\d\. Say a date such as 2026-11-24"):
        await end_of(typed, TUESDAY, monkeypatch)


class TestOver:
    async def test_a_time_of_today_that_is_over_offers_tomorrow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With the rest of the command kept."""
        with pytest.raises(InvalidParameter) as refused:
            await end_of("until 16:00", TUESDAY, monkeypatch)
        assert str(refused.value) == (
            "Tue 24 Nov 16:00 is in the past: it is 16:30 now in Europe/Madrid. Choose a later time."
        )
        [offered] = refused.value.suggestions
        assert (offered.label, offered.arguments) == (
            "Role add until tomorrow 16:00",
            {"roles": "finance", "duration": "until tomorrow 16:00"},
        )
        assert await end_of(offered.arguments["duration"], TUESDAY, monkeypatch) == "2026-11-25 15:00"

    @pytest.mark.parametrize("typed", ["until 2026-11-23 18:00", "until 2020-01-01T00:00:00+00:00"])
    async def test_an_earlier_day_offers_nothing(self, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(InvalidParameter, match=r"is in the past: it is 16:30 now") as refused:
            await end_of(typed, TUESDAY, monkeypatch)
        assert refused.value.suggestions == ()

    @pytest.mark.parametrize("typed", ["until 0001-01-01", "until 0001-01-01 00:10"])
    async def test_the_first_year_there_is(self, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Is over, and no error."""
        with pytest.raises(InvalidParameter, match="is over"):
            await end_of(typed, TUESDAY, monkeypatch)

    async def test_an_end_that_was_fine_when_asked_for(self) -> None:
        """Approved too late: nothing is done."""
        term = Term(None, TUESDAY)
        assert term.ends(TUESDAY - dt.timedelta(seconds=1)) == TUESDAY
        with pytest.raises(
            NothingToDo, match="Nothing was done: the end time asked for, 24 Nov 15:30 UTC, is in the past"
        ):
            term.ends(TUESDAY)


class TestLimits:
    @pytest.mark.parametrize(
        ("kind", "typed", "said"),
        [
            (Term, "367d", "too long: it can last from 1 min to 366 d"),
            (Term, "until 2027-11-26", "too long"),
            (Term, "until 2099-01-01T00:00:00+00:00", "too long"),
            (Term, "until 9999-12-31 23:59", "too long"),
            (Term, "30s", "too short"),
            (Lasting, "8d", "too long: it can last from 1 min to 7 d"),
            (Lasting, "until 2026-12-02", "too long"),
        ],
    )
    async def test_they_hold_for_a_moment_as_for_a_duration(
        self, kind: type[Lasting], typed: str, said: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(InvalidParameter, match=said):
            await at(kind, TUESDAY, monkeypatch).resolve("duration", typed, lookup())

    @pytest.mark.parametrize(("typed", "fits"), [("until 16:31", True), ("until 16:30", False)])
    async def test_a_minute_is_the_shortest(self, typed: str, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
        term = at(Term, TUESDAY, monkeypatch).resolve("duration", typed, lookup())
        if fits:
            assert await term
        else:
            with pytest.raises(InvalidParameter):
                await term


SPRING = dt.datetime(2026, 3, 28, 19, tzinfo=dt.UTC)  # 20:00; at 2:00 it is 3:00
AUTUMN = dt.datetime(2026, 10, 24, 18, tzinfo=dt.UTC)  # 20:00; at 3:00 it is 2:00


class TestNightsOnWhichTheClocksChange:
    @pytest.mark.parametrize("typed", ["until tomorrow 2:00", "until 2026-03-29 02:30", "until sunday 02:59"])
    async def test_a_time_that_is_skipped_is_said(self, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(InvalidParameter, match=r"There is no 02:\d\d on that night: the clocks skip it"):
            await end_of(typed, SPRING, monkeypatch)

    @pytest.mark.parametrize(
        ("now", "typed", "ends"),
        [
            (SPRING, "until tomorrow 1:59", "2026-03-29 00:59"),
            (SPRING, "until tomorrow 3:00", "2026-03-29 01:00"),
            (SPRING, "until tomorrow 20:00", "2026-03-29 18:00"),
            (SPRING, "24h", "2026-03-29 19:00"),
            (AUTUMN, "until tomorrow 1:59", "2026-10-24 23:59"),
            (AUTUMN, "until tomorrow 2:30", "2026-10-25 01:30"),
            (AUTUMN, "until tomorrow 3:00", "2026-10-25 02:00"),
            (AUTUMN, "until tomorrow 20:00", "2026-10-25 19:00"),
            (AUTUMN, "24h", "2026-10-25 18:00"),
        ],
    )
    async def test_a_range_over_them_is_as_long_as_it_is(
        self, now: dt.datetime, typed: str, ends: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Hours are hours; of a time that comes twice the later one is meant."""
        assert await end_of(typed, now, monkeypatch) == ends

    @pytest.mark.parametrize(
        ("now", "typed", "ends"),
        [
            ("2026-10-25 00:45", "until 2:30", "2026-10-25 01:30"),  # 2:45 for the first time
            ("2026-10-25 00:10", "until 2:10", "2026-10-25 01:10"),  # 2:10 for the first time
            ("2026-10-25 01:10", "until 2:30", "2026-10-25 01:30"),  # 2:10 for the second
        ],
    )
    async def test_between_the_two(self, now: str, typed: str, ends: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A time is not over before it has come for the second time."""
        assert await end_of(typed, dt.datetime.fromisoformat(f"{now}+00:00"), monkeypatch) == ends

    async def test_after_the_second_it_is_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = dt.datetime(2026, 10, 25, 1, 45, tzinfo=dt.UTC)
        with pytest.raises(InvalidParameter, match="Sun 25 Oct 02:30 is in the past: it is 02:45 now"):
            await end_of("until 2:30", now, monkeypatch)

    async def test_what_is_a_minute_by_the_face_of_the_clock_alone_is_too_short(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """From 1:59:30 to 3:00 it is half a minute."""
        now = dt.datetime(2026, 3, 29, 0, 59, 30, tzinfo=dt.UTC)
        with pytest.raises(InvalidParameter, match="too short"):
            await end_of("until 3:00", now, monkeypatch)

    async def test_the_longest_is_measured_in_hours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A week with the night on which an hour comes twice is an hour more than a pause may last."""
        with pytest.raises(InvalidParameter, match="too long"):
            await at(Lasting, AUTUMN, monkeypatch).resolve("duration", "until 2026-10-31 20:00", lookup())
        assert await at(Lasting, SPRING, monkeypatch).resolve("duration", "until 2026-04-04 20:00", lookup())


@given(st.text())
def test_nothing_that_can_be_typed_for_a_moment_is_an_error(typed: str) -> None:
    """It is a moment, none, or one that is refused with a sentence."""
    with suppress(ValueError):
        found = moment_in(typed, TUESDAY.astimezone(MADRID))
        assert found is None or found.tzinfo is MADRID


@given(st.integers(60, 366 * 86_400))
def test_what_is_stored_is_read_as_it_was(seconds: int) -> None:
    """A moment and a duration, in a plan and behind a button."""
    lasts = dt.timedelta(seconds=seconds)
    for term in (Term(lasts), Term(None, TUESDAY + lasts)):
        assert asyncio.run(Term.load(term.dump(), None)) == term  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("term", "phrase"),
    [
        (Term(dt.timedelta(days=14)), "for 14 d"),
        (Term(dt.timedelta(hours=1, minutes=30)), "for 1 h 30 min"),
        (Term(None, dt.datetime(2026, 12, 5, 17, tzinfo=dt.UTC)), "until 5 Dec 17:00 UTC"),
    ],
)
def test_it_is_said_as_people_say_it(term: Term, phrase: str) -> None:
    assert term.phrase == phrase


@pytest.mark.parametrize(
    ("typed", "recognised"),
    [("2h", True), ("until 18:00", True), ("until", False), ("acme", False), ('"3M"', False), ("", False)],
)
def test_it_is_recognised_by_its_looks(typed: str, recognised: bool) -> None:  # noqa: FBT001
    """Where a tenant is introduced by the same word."""
    assert Term.recognises(typed) is recognised
