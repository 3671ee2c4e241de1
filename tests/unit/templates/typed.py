"""What may stand in a message: everything that people, the platform and Stripe can put into a text, a list, a date."""

import datetime as dt
import uuid
from typing import TypeVar

from hypothesis import strategies as st

from bot.actions.impact import Fact, fact
from bot.drawing.masking import Clearance
from bot.personal import Moment, Personal
from bot.platform.staff import SessionRecord, StaffRecord
from tests.promises.test_promise_10_no_markup import HOSTILE, PIECES

A = TypeVar("A")

BLANK = ["", " ", "\u2003 \u00a0"]
LONG = ["x" * 300, "Priya Raghunathan " * 16, "\u202e" * 300, "ä\u0301" * 150, "👩‍💻" * 60, '{"a": [1]}' * 30]
HONEST = ["Priya", "Óscar Peñalver", "Acme Corp", "laptop stolen in Lisbon, see 4711"]

WORDS = st.one_of(
    st.sampled_from([*HONEST, *HOSTILE, *LONG]),
    st.builds(lambda piece, times: (piece * times)[:300], st.sampled_from(PIECES), st.integers(1, 300)),
    st.text(max_size=40),
)
"""At least as much as Slack and the platform let somebody type, up to 300 characters."""
NAMES = st.one_of(WORDS, st.sampled_from(BLANK))
REASONS = st.one_of(WORDS, st.just("r" * 3000)).filter(lambda text: bool(text.strip()))
"""300 characters unless the policy allows more."""
MOMENTS = st.integers(0, 253_402_000_000).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))
"""To the end of the calendar."""
SECONDS = MOMENTS.map(dt.datetime.timestamp)
SPANS = st.sampled_from([-5.0, 0.0, 40.4, 3600.0, 1e9]).map(lambda seconds: dt.timedelta(seconds=seconds))
COUNTS = st.sampled_from([0, 1, 2, 99, 12_480, 10**12])
NUMBERS = st.one_of(COUNTS, st.sampled_from([-1.0, 0.123, 1e15]))
IDS = st.integers(0, 2**128 - 1).map(lambda number: uuid.UUID(int=number))
ADDRESSES = st.sampled_from(["203.0.113.77", "2001:db8:aa:bb::7", "::ffff:192.0.2.1", "192.0.2.1/32"])
CLEARANCES = st.sampled_from(Clearance)
LENGTHS = st.sampled_from([0, 1, 2, 10, 11, 60, 200])


def maybe(strategy: st.SearchStrategy[A]) -> st.SearchStrategy[A | None]:
    return st.one_of(st.none(), strategy)


WAITS = maybe(
    st.just(
        "Redis did not accept the change (TimeoutError), so nothing has changed yet for the jobs in its lists. "
        "I keep trying."
    )
)


def listed(strategy: st.SearchStrategy[A], lengths: st.SearchStrategy[int] = LENGTHS) -> st.SearchStrategy[list[A]]:
    """0 to 200 rows, of which a few differ: as many as there are to tell apart, at the price of three."""
    return st.builds(
        lambda some, length: [some[place % len(some)] for place in range(length)],
        st.lists(strategy, min_size=1, max_size=3),
        lengths,
    )


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    personal = Personal(personal=draw(st.sampled_from(["person", "email", "address", "amount"])), value=draw(NAMES))
    moment = Moment.of(draw(MOMENTS))
    return fact(draw(st.sampled_from(["Account", "x" * 300])), draw(NAMES), " · ", personal, " until ", moment)


@st.composite
def staffers(draw: st.DrawFn) -> StaffRecord:
    return StaffRecord(
        id=draw(IDS),
        name=draw(WORDS),
        email=draw(st.sampled_from(["priya@penguinmails.example", "@", "x" * 300 + "@y", "<!channel>@*b*"])),
        status=draw(st.sampled_from(["active", "suspended", "deleted"])),
        is_active=draw(st.booleans()),
        roles=frozenset(draw(st.lists(st.sampled_from(["security", "super_admin", "x" * 300]), max_size=3))),
    )


@st.composite
def sessions(draw: st.DrawFn) -> SessionRecord:
    return SessionRecord(draw(IDS), draw(ADDRESSES), draw(NAMES), draw(MOMENTS), draw(MOMENTS))
