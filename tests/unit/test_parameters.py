"""What was typed, and how it is shown."""

import time
import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions.registry import discover
from bot.drawing.fitting import clip
from bot.drawing.masking import visible
from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Lookup, Reason, as_number, as_uuid, did_you_mean, quoted, unescape
from bot.targets.staff import _one_at_a_time

REGISTRY = discover(actions)


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
    with pytest.raises(InvalidParameter, match=r"The reason has 301 characters; 300 are allowed\. Nothing was done"):
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


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("<@U0PRIYA>", "@U0PRIYA"),
        ("<@U0PRIYA|priya>", "@priya"),
        ("<#C0OPS>", "#C0OPS"),
        ("<#C0OPS|operations>", "#operations"),
        ("<!here>", "@here"),
        ("<!subteam^S0SEC|@security>", "@security"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<mailto:a@b.example>", "a@b.example"),
        ("<https://acme.example|acme.example>", "acme.example"),
        ("<https://acme.example>", "https://acme.example"),
        ("to <@U0PRIYA> in <#C0OPS|operations>", "to @U0PRIYA in #operations"),
    ],
)
def test_tokens_are_what_was_typed(sent: str, typed: str) -> None:
    """The name after the bar, where Slack gives one; else what it stands for."""
    assert unescape(sent) == typed


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12", 12), (" #12 ", 12), ("#", 0), ("", 0), ("##1", 0), ("1.5", 0), ("-1", 0), ("1e3", 0), ("٣", 0)],
)
def test_a_request_is_named_by_its_number(typed: str, number: int) -> None:
    """With or without #; 0 is nobody's. What no column holds is none."""
    assert as_number(typed) == number
    assert as_number("9" * 15) == 10**15 - 1
    assert as_number("9" * 16) == 0


def test_an_id_is_an_id_and_nothing_else_is() -> None:
    one = uuid.uuid4()
    assert as_uuid(str(one)) == one
    assert as_uuid(f"{one}0") is None


def test_what_was_typed_is_quoted_and_cut() -> None:
    assert quoted("x" * 60) == f"“{'x' * 60}”"
    assert quoted("x" * 61) == f"“{'x' * 59}…”"


def test_close_names_are_asked_about() -> None:
    assert did_you_mean([]) == ""
    assert did_you_mean(["Priya"]) == "Did you mean Priya?"
    assert did_you_mean(["Priya", "Pryia"]) == "Did you mean Priya or Pryia?"


class TestInstead:
    def test_the_rest_of_the_command_stays(self) -> None:
        """Only the one value is another."""
        found = replace(lookup(), arguments={"staffer": "prya", "reason": "laptop"}).instead(
            "staffer", "priya", "Priya"
        )
        assert (found.label, found.verb) == ("Revoke Priya", "revoke")
        assert found.arguments == {"staffer": "priya", "reason": "laptop"}

    def test_it_begins_as_the_action_does(self) -> None:
        assert replace(lookup(), begins="sign out").instead("staffer", "1", "Priya").label == "Sign out Priya"

    def test_names_are_hidden_from_whoever_may_see_nobody(self) -> None:
        """Which is everybody, unless said otherwise."""
        assert lookup().person("Priya") == "•••"
        assert lookup().seen(" of ") == " of "
        assert replace(lookup(), seen=lambda part: f"<{part.value}>").person("Priya") == "<Priya>"  # type: ignore[union-attr]

    def test_of_several_people_each_is_offered_a_request_of_their_own(self) -> None:
        """As a button and as what could be typed; five at most."""
        here = replace(
            lookup(), arguments={"staffer": "a and b", "reason": "x"}, again=lambda one: f"revoke {one['staffer']}"
        )
        error = _one_at_a_time("staffer", ["<@U1|ann>", "bob", "c", "d", "e", "f"], here)
        assert error.parameter == "staffer"
        assert str(error) == "One person at a time: each needs a request of their own. Nothing was done."
        assert [one.label for one in error.suggestions] == [
            "Revoke @ann",
            *(f"Revoke {one}" for one in ("bob", "c", "d", "e")),
        ]
        assert error.suggestions[0].arguments == {"staffer": "<@U1|ann>", "reason": "x"}
        assert list(error.commands) == ["revoke <@U1|ann>", "revoke bob", "revoke c", "revoke d", "revoke e"]


@pytest.mark.parametrize(
    ("verb", "name"), [(verb, name) for verb, action in REGISTRY.by_verb.items() for name in action.parameters()]
)
async def test_no_value_is_read_that_nobody_could_have_meant(verb: str, name: str) -> None:
    """From a form as well, which a command's length does not bound; what may be a file has a bound of its own."""
    action = REGISTRY.by_verb[verb]
    kind = action.parameters()[name]
    most = 5_000_000 if kind.in_a_file else 4_000
    with pytest.raises(InvalidParameter, match=f"At most {most:,} characters are allowed. Nothing was done"):
        await action.given(name, " ," * (most // 2 + 1), lookup(500))
