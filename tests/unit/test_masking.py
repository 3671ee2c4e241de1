"""What a reader may see of people and amounts, and that whatever is shown can be seen: each rule at its edge."""

import datetime as dt
import sys

import pytest

from bot.drawing.masking import AS_EMOJI, BLANKS, JOINER, PLAIN, Clearance, _visible, mask, masked_text, visible
from bot.erasure import BLOT
from bot.personal import Moment, Personal

FULL, CHANNEL, NONE = Clearance.FULL, Clearance.CHANNEL, Clearance.NONE


@pytest.mark.parametrize("clearance", list(Clearance))
def test_amounts_are_for_those_who_may_see_amounts_whatever_else_they_may_see(clearance: Clearance) -> None:
    amount = Personal(personal="amount", value="49.00 EUR")
    assert mask(amount, clearance) == "•••"
    assert mask(amount, clearance, amounts=True) == "49.00 EUR"


@pytest.mark.parametrize(
    ("kind", "value", "channel", "none"),
    [
        ("person", "Priya Raghunathan", "Priya Raghunathan", "P••• R•••"),
        ("person", "Cher", "Cher", "C•••"),
        ("email", "priya@acme.example", "p•••@acme.example", "p•••@acme.example"),
        ("customer", "Zoë Ångström", "Z•••", "Z•••"),
        ("customer", "@acme.example", "•••@acme.example", "•••@acme.example"),
        ("address", "192.0.2.17", "192.0.2.•", "192.0.2.•"),
        ("address", "192.0.2.17/32", "192.0.2.•", "192.0.2.•"),
        ("address", "2001:db8:aaaa:bbbb:cccc::1", "2001:db8:aaaa::•", "2001:db8:aaaa::•"),
        ("address", "2001:db8:aaaa:bbbb::/64", "2001:db8:aaaa::•", "2001:db8:aaaa::•"),
        ("address", "::ffff:192.0.2.17", "192.0.2.•", "192.0.2.•"),
        ("address", "unknown", "•", "•"),
        ("address", "", "•", "•"),
        ("customer", BLOT, BLOT, BLOT),
    ],
)
def test_whose_it_is_stays_recognisable_and_no_more(kind: str, value: str, channel: str, none: str) -> None:
    personal = Personal(personal=kind, value=value)
    assert mask(personal, FULL) == value
    assert mask(personal, FULL, amounts=True) == value
    assert (mask(personal, CHANNEL), mask(personal, NONE)) == (channel, none)


def test_words_around_it_stay_and_moments_are_in_words() -> None:
    """Where a sentence cannot hold a date of Slack's, it says UTC."""
    parts = (
        "Signed in from ",
        Personal(personal="address", value="192.0.2.17"),
        " for ",
        Personal(personal="amount", value="5 EUR"),
    )
    assert masked_text(parts, FULL) == "Signed in from 192.0.2.17 for •••"
    assert masked_text(parts, FULL, amounts=True) == "Signed in from 192.0.2.17 for 5 EUR"
    assert masked_text(parts, NONE) == "Signed in from 192.0.2.• for •••"
    moment = dt.datetime(2026, 3, 1, 9, 5, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert masked_text(["until ", Moment(moment=moment)], NONE) == "until 1 Mar 07:05 UTC"


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("a\r\nb", "a ⏎ b"),
        ("a\nb\u2028c", "a ⏎ b ⏎ c"),
        ("a\tb", "a b"),
        ("\x00\x1f", "␀␟"),
        ("a   b", "a   b"),
        ("a    b\u3000c", "a b c"),
        ("~\x7f\x80\x9f\xa0|", "~⟨U+007F⟩⟨U+0080⟩⟨U+009F⟩\xa0|"),
        ("\ud7ff\ud800\udfff", "\ud7ff��"),
        ("\ue000\uf8ff\uf900", "��\uf900"),
        ("\U000e0000\U000e0fff\U000e1000", "⟨U+E0000⟩⟨U+E0FFF⟩\U000e1000"),
        ("a\u200bb\u202ec", "a⟨U+200B⟩b⟨U+202E⟩c"),
    ],
)
def test_what_cannot_be_seen_is_said(typed: str, seen: str) -> None:
    """Up to the last that is hidden, and not one further."""
    assert visible(typed) == seen


@pytest.mark.parametrize("honest", ["👩‍💻", "❤️", "❤️‍🔥", "👁️‍🗨️", "1 👍"])
def test_joiners_within_an_emoji_stay(honest: str) -> None:
    assert visible(honest) == honest


@pytest.mark.parametrize("joiner", ["\u200d", "\ufe0f"])
def test_joiners_anywhere_else_are_said(joiner: str) -> None:
    """At the beginning, between letters, and after an emoji where nothing follows that it could join."""
    said = f"⟨U+{ord(joiner):04X}⟩"
    assert visible(f"{joiner}x") == f"{said}x"
    assert visible(f"{joiner}👍") == f"{said}👍"
    assert visible(f"a{joiner}b") == f"a{said}b"
    assert visible(f"a{joiner}👍") == f"a{said}👍"


def test_a_joiner_that_joins_nothing_is_said() -> None:
    assert visible("👍\u200d") == "👍⟨U+200D⟩"
    assert visible("👍\u200dx") == "👍⟨U+200D⟩x"
    assert visible("👍\ufe0f") == "👍\ufe0f"


def test_what_is_taken_as_plain_at_a_glance_hides_nothing() -> None:
    """Of each character of it, as of all others, what a closer look says."""
    plain = [one for one in map(chr, range(sys.maxunicode + 1)) if PLAIN.fullmatch(one)]
    assert len(plain) > 900
    assert [one for one in plain if _visible(one) != one or one in (JOINER, AS_EMOJI) or BLANKS.fullmatch(one)] == []
