"""What was typed, and how it is shown."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.parameters import Lookup, Reason, unescape
from bot.errors import InvalidParameter, MissingParameter
from bot.rendering import clip, visible


def escaped(text: str) -> str:
    """As Slack sends what was typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lookup(longest: int = 300) -> Lookup:
    return Lookup(None, "T0", longest, "revoke", {})  # type: ignore[arg-type]  # a reason asks the database nothing


@given(st.text())
def test_unescape_gives_back_what_was_typed(typed: str) -> None:
    """Once: `&amp;lt;` is the four characters `&lt;`, not `<`."""
    assert unescape(escaped(typed)) == typed


def test_other_entities_are_what_they_look_like() -> None:
    """Slack escapes three characters only."""
    assert unescape("&quot;&#39;&nbsp;&LT;") == "&quot;&#39;&nbsp;&LT;"


async def test_a_reason_is_kept_as_typed() -> None:
    """Markup, line breaks and invisible characters are the business of whoever shows it."""
    reason = await Reason.resolve("reason", "  &lt;!channel&gt; *b*\n\u202e & x ", lookup())
    assert reason.text == "<!channel> *b*\n\u202e & x"
    assert (await Reason.load(reason.dump(), None)).text == reason.text  # type: ignore[arg-type]


@pytest.mark.parametrize("raw", [None, "", " \n"])
async def test_a_blank_reason_is_a_missing_one(raw: str | None) -> None:
    """A form can ask for it."""
    with pytest.raises(MissingParameter, match="Say why") as error:
        await Reason.resolve("reason", raw, lookup())
    assert error.value.parameter == "reason"


async def test_a_reason_has_a_limit_that_is_said() -> None:
    """Counted in what was typed, not in what Slack made of it."""
    assert (await Reason.resolve("reason", "&amp;" * 300, lookup())).text == "&" * 300
    with pytest.raises(InvalidParameter, match=r"The reason has 301 characters; 300 fit\. Nothing was done"):
        await Reason.resolve("reason", "x" * 301, lookup())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ✓ Ünï", "plain ✓ Ünï"),
        ("two\nlines\r\nthree\rfour\u2028five", "two ⏎ lines ⏎ three ⏎ four ⏎ five"),
        ("a\tb", "a b"),
        ("a\x00b\x1bc", "a␀b␛c"),
        ("a\x7fb\x9fc", "a⟨U+007F⟩b⟨U+009F⟩c"),
        ("evil\u202egpj.exe", "evil⟨U+202E⟩gpj.exe"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\ue000forged\ue001", "�forged�"),
        ("\ud800", "�"),
    ],
)
def test_nothing_hides_reorders_or_begins_a_line(text: str, shown: str) -> None:
    """What could deceive a reader becomes visible."""
    assert visible(text) == shown


@given(st.text())
def test_visible_text_is_one_line_and_stays_as_it_is(text: str) -> None:
    """Once made visible, it is not changed again."""
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown


@given(st.text(), st.integers(1, 50))
def test_clipping_says_so(text: str, limit: int) -> None:
    """Never longer than the limit; what was cut ends with an ellipsis."""
    cut = clip(text, limit)
    assert len(cut) <= limit
    assert cut == text or cut.endswith("…")


@pytest.mark.parametrize("beginning", ["<a:", "<:", "<mailto:", "<!subteam^", "<@", "<a@b:"])
def test_what_only_looks_like_a_token_takes_no_time(beginning: str) -> None:
    """Each character is looked at a few times, however many there are: ten times as many take ten times as long."""

    def steps(length: int) -> float:
        typed = (beginning * length)[:length] + ":" * length
        started = time.process_time()
        unescape(typed)
        return time.process_time() - started

    steps(1_000)
    assert steps(80_000) < 100 * max(steps(8_000), 0.001)
