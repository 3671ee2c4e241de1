"""What people type after /pm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions.registry import discover
from bot.errors import NotUnderstood, Refused
from bot.handlers.events import said_to_the_bot
from bot.handlers.grammar import Typed, again, parse

REGISTRY = discover(actions)
MENTION = "<@U0STAFFER|staffer>"
SPACES = " \t\n"
texts = st.text(st.characters(exclude_categories=("Cs",)))
pieces = st.lists(
    st.sampled_from(
        [
            *REGISTRY.by_verb,
            "help",
            "because",
            "BECAUSE",
            "becauſe",
            MENTION,
            "<@U1>",
            '"',
            "“",
            "”",
            '"Ann B"',
            "<",
            "&gt;",
        ]
    )
    | texts
)


def understood(text: str) -> tuple[str, dict[str, str]]:
    typed = parse(text, REGISTRY)
    return typed.verb, typed.arguments


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (f"revoke {MENTION} because laptop stolen", {"staffer": MENTION, "reason": "laptop stolen"}),
        (f"revoke {MENTION} becuase laptop stolen", {"staffer": MENTION, "reason": "laptop stolen"}),
        ("revoke Maria Costa becasue x", {"staffer": "Maria Costa", "reason": "x"}),
        (f"REVOKE  {MENTION}\tBecause   laptop stolen", {"staffer": MENTION, "reason": "laptop stolen"}),
        ("revoke <@U0STAFFER> because x", {"staffer": "<@U0STAFFER>", "reason": "x"}),
        ('revoke "Maria Costa" because x', {"staffer": "Maria Costa", "reason": "x"}),
        ("revoke “Maria Costa” because x", {"staffer": "Maria Costa", "reason": "x"}),
        ("revoke Maria Costa because x", {"staffer": "Maria Costa", "reason": "x"}),
        ("revoke maria@people.example because x", {"staffer": "maria@people.example", "reason": "x"}),
        (f"revoke {MENTION}", {"staffer": MENTION}),
        (f"revoke {MENTION} because", {"staffer": MENTION}),
        (f"revoke {MENTION} because   ", {"staffer": MENTION}),
        ("revoke because laptop stolen", {"reason": "laptop stolen"}),
        (f"revoke {MENTION}\nbecause two\nlines", {"staffer": MENTION, "reason": "two\nlines"}),
        ("revoke", {}),
        ('revoke ""', {}),
    ],
)
def test_a_command_is_taken_apart(text: str, arguments: dict[str, str]) -> None:
    """Mentions, quoted and unquoted names, a reason anywhere after them; what is missing is absent."""
    assert understood(text) == ("revoke", arguments)


def test_only_the_first_because_begins_the_reason() -> None:
    """People give reasons for their reasons."""
    arguments = understood(f"revoke {MENTION} because I say so because I can")[1]
    assert arguments["reason"] == "I say so because I can"


def test_because_inside_a_word_begins_nothing() -> None:
    """A name or an address may contain it."""
    assert understood("who justbecause@people.example")[1] == {"staffer": "justbecause@people.example"}
    assert understood("revoke becauseof because x")[1] == {"staffer": "becauseof", "reason": "x"}


def test_after_a_mention_because_may_be_left_out() -> None:
    """A mention ends by itself, so what follows is the reason."""
    assert understood(f"revoke {MENTION} laptop stolen")[1] == {"staffer": MENTION, "reason": "laptop stolen"}


@pytest.mark.parametrize("mark", [",", " ,", ";", ":", ".", " –", " -", ", "])
def test_a_comma_after_a_mention_is_no_part_of_the_reason(mark: str) -> None:
    """It only separates; the same before `because`."""
    understood_as = {"staffer": MENTION, "reason": "laptop stolen"}
    assert understood(f"revoke {MENTION}{mark} laptop stolen")[1] == understood_as
    assert understood(f"revoke {MENTION}, because laptop stolen")[1] == understood_as
    assert understood("revoke priya, because laptop stolen")[1] == {**understood_as, "staffer": "priya"}
    assert understood(f"revoke {MENTION}{mark}")[1] == {"staffer": MENTION}


@pytest.mark.parametrize("between", [" ", ", ", " and ", " &amp; "])
def test_a_second_person_is_no_reason(between: str) -> None:
    """Both stay together, for whoever knows that one is all there may be."""
    both = f"{MENTION}{between}<@U0ROOT>"
    assert understood(f"revoke {both}")[1] == {"staffer": both}
    assert understood(f"revoke {both} because x")[1] == {"staffer": both, "reason": "x"}
    assert understood(f"revoke {MENTION} told by <@U0ROOT>")[1] == {"staffer": MENTION, "reason": "told by <@U0ROOT>"}


@pytest.mark.parametrize("verb", sorted(REGISTRY.by_verb))
def test_a_command_can_be_told_again(verb: str) -> None:
    """What was understood, typed once more, is understood the same."""
    arguments = understood(REGISTRY.by_verb[verb].example())[1]
    assert understood(again(REGISTRY.by_verb[verb], arguments)) == (verb, arguments)


def test_after_a_name_because_may_not_be_left_out() -> None:
    """Where a name ends cannot be told: all of it is the name, and the form asks for the reason."""
    assert understood("revoke Maria Costa laptop stolen")[1] == {"staffer": "Maria Costa laptop stolen"}


def test_a_word_that_only_case_folding_makes_because_is_taken_as_it() -> None:
    """A long s is an s to whoever compares without case; it must not be an error."""
    assert understood(f"revoke {MENTION} becauſe x")[1] == {"staffer": MENTION, "reason": "x"}


@pytest.mark.parametrize(
    ("text", "arguments"), [("", {}), ("  \n", {}), ("help", {}), ("HELP  ", {}), ("help Revoke ", {"verb": "revoke"})]
)
def test_nothing_and_help_ask_for_help(text: str, arguments: dict[str, str]) -> None:
    """`/pm` alone shows what one can do here."""
    assert parse(text, REGISTRY) == Typed("help", arguments)


def test_a_typo_gets_did_you_mean_with_the_rest_kept() -> None:
    """The suggestion is the whole command, one click away."""
    with pytest.raises(NotUnderstood, match=r"^I do not know “revok”\. Did you mean revoke\?$") as refused:
        parse(f"revok {MENTION} because laptop stolen", REGISTRY)
    [suggestion] = refused.value.suggestions
    assert suggestion.verb == "revoke"
    assert suggestion.arguments == {"staffer": MENTION, "reason": "laptop stolen"}


def test_help_is_suggested_too() -> None:
    """And carries nothing along."""
    with pytest.raises(NotUnderstood) as refused:
        parse("hepl me", REGISTRY)
    assert [(one.verb, one.arguments) for one in refused.value.suggestions] == [("help", {})]


def test_a_verb_like_no_other_gets_the_way_to_the_list() -> None:
    """No guess is better than a bad one; what was typed is shown harmlessly and cut short."""
    with pytest.raises(NotUnderstood, match=r"I do not know “<!channel>\u2068?") as refused:
        parse("&lt;!channel&gt;", REGISTRY)
    assert "Type just /pm to see what you can do here" in str(refused.value)
    assert refused.value.suggestions == ()
    with pytest.raises(NotUnderstood) as refused:
        parse("\u202ex" * 500, REGISTRY)
    assert "\u202e" not in str(refused.value)
    assert len(str(refused.value)) < 120


@given(pieces.map(" ".join) | texts)
def test_nothing_that_can_be_typed_is_an_error(text: str) -> None:
    """Whatever it is, it is understood or refused; values are never empty."""
    try:
        typed = parse(text, REGISTRY)
    except Refused:
        return
    assert typed.verb in {*REGISTRY.by_verb, "help"}
    assert all(value.strip() for value in typed.arguments.values())


@given(st.sampled_from(["revoke", "suspend", "reinstate"]), st.sampled_from([MENTION, '"Maria Costa"', "a@b.c"]), texts)
def test_a_reason_comes_back_unchanged(verb: str, who: str, reason: str) -> None:
    """Every character of it, but for the blanks that separate it from `because`."""
    arguments = understood(f"{verb} {who} because {reason}")[1]
    assert arguments.get("reason", "") == (reason.lstrip() if reason.strip() else "")


@pytest.mark.parametrize(
    "hostile",
    ["revoke" + " ," * 400_000 + "x", "revoke " + "“ " * 200_000, "<@A| " * 200_000, "please " * 100_000],
    ids=["blanks", "quotes", "mentions", "politeness"],
)
def test_a_megabyte_is_refused_unread(hostile: str) -> None:
    """Found by fuzzing: a pattern that tries each beginning kept a worker busy for good."""
    mentioned = {"event": {"text": hostile}, "authorizations": [{"user_id": "U0BOT", "is_bot": True}]}
    for text in (hostile, said_to_the_bot(mentioned)):
        with pytest.raises(NotUnderstood, match=r"at most 4,000 characters\. Nothing was done"):
            parse(text, REGISTRY)
