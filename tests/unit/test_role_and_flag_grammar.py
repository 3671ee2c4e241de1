"""How changes of roles and flags are typed: verbs of two words, and keywords that parameters share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions.registry import discover
from bot.errors import InvalidParameter, NotUnderstood
from bot.handlers.grammar import parse

REGISTRY = discover(actions)
WHO = "<@U1|x>"
TWO_WORDS = sorted(verb for verb in REGISTRY.by_verb if " " in verb)


@pytest.mark.parametrize(
    ("text", "verb", "arguments"),
    [
        (f"role add finance to {WHO} because x", "role add", {"roles": "finance", "staffer": WHO, "reason": "x"}),
        (f"ROLE  Add finance to {WHO}", "role add", {"roles": "finance", "staffer": WHO}),
        (
            f"role add user_manager to {WHO} for 14d because x",
            "role add",
            {"roles": "user_manager", "staffer": WHO, "duration": "14d", "reason": "x"},
        ),
        (
            'role add finance, support to "Maria Costa" until 18:00',
            "role add",
            {"roles": "finance, support", "staffer": "Maria Costa", "duration": "until 18:00"},
        ),
        (
            f"role remove all from {WHO} because x",
            "role remove",
            {"roles": "all", "staffer": WHO, "reason": "x"},
        ),
        (
            f"role set support for {WHO} for 2h because x",
            "role set",
            {"roles": "support", "staffer": WHO, "duration": "2h", "reason": "x"},
        ),
        (f"role set support for 2h for {WHO}", "role set", {"roles": "support", "staffer": WHO, "duration": "2h"}),
        (
            "flag off ai-composer for acme for 2h because spam",
            "flag off",
            {"flag": "ai-composer", "concerned": "acme", "duration": "2h", "reason": "spam"},
        ),
        (
            "flag off ai-composer for 2h for acme because spam",
            "flag off",
            {"flag": "ai-composer", "concerned": "acme", "duration": "2h", "reason": "spam"},
        ),
        ("flag off ai-composer for 2h", "flag off", {"flag": "ai-composer", "duration": "2h"}),
        ("flag off ai-composer for acme", "flag off", {"flag": "ai-composer", "concerned": "acme"}),
        (
            "flag on ai-composer for “Built for You” until friday 9:00",
            "flag on",
            {"flag": "ai-composer", "concerned": "Built for You", "duration": "until friday 9:00"},
        ),
        (
            'flag off ai-composer for "3M" for 2h',
            "flag off",
            {"flag": "ai-composer", "concerned": "3M", "duration": "2h"},
        ),
        ("flag rollout ai-composer 25% because x", "flag rollout",
         {"flag": "ai-composer", "share": "25%", "reason": "x"}),
        ("flag ai-composer", "flag", {"flag": "ai-composer"}),
        ("flags", "flags", {}),
        ("flags stale", "flags stale", {}),
        ("my access", "my access", {}),
        ("extend 12 by 1h", "extend", {"hold": "12", "duration": "1h"}),
        ("extend 12 until 18:00 because x", "extend", {"hold": "12", "duration": "until 18:00", "reason": "x"}),
        ("end 12", "end", {"hold": "12"}),
        ("end #12 because done", "end", {"hold": "#12", "reason": "done"}),
    ],
)  # fmt: skip
def test_a_command_is_taken_apart(text: str, verb: str, arguments: dict[str, str]) -> None:
    typed = parse(text, REGISTRY)
    assert (typed.verb, typed.arguments) == (verb, arguments)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (f"role ad finance to {WHO}", "role add"),
        (f"rol add finance to {WHO}", "role add"),
        (f"role remvoe finance from {WHO}", "role remove"),
        (f"roles add finance to {WHO}", "role add"),
        ("flag of ai-composer for acme", "flag off"),
        ("flg off ai-composer for acme", "flag off"),
        ("flag rolout ai-composer 25%", "flag rollout"),
        ("my acess", "my access"),
    ],
)
def test_a_slip_in_either_word_is_asked_about_with_the_rest_kept(text: str, meant: str) -> None:
    with pytest.raises(NotUnderstood, match="Did you mean") as refused:
        parse(text, REGISTRY)
    first = refused.value.suggestions[0]
    assert (first.verb, first.arguments) == (meant, parse(f"{meant} {' '.join(text.split()[2:])}", REGISTRY).arguments)


@pytest.mark.parametrize("text", ["tenant Acme Corp", "campaign Paula of Acme Corp", "user ana.rolle@acme.example x"])
def test_a_name_is_no_slip_only_because_the_word_before_it_is_right(text: str) -> None:
    """Whatever commands of two words begin with the same one."""
    assert parse(text, REGISTRY).verb == text.split(maxsplit=1)[0]


@pytest.mark.parametrize("text", ["role", "ROLE", "role frobnicate @x"])
def test_half_a_verb_shows_what_there_is(text: str) -> None:
    with pytest.raises(NotUnderstood, match=r"Did you mean .*role add") as refused:
        parse(text, REGISTRY)
    assert {one.verb for one in refused.value.suggestions} == {"role add", "role remove", "role set"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("flag off ai-composer for 1h for 2h for 3h", "“for” is there more than once: .*Say it once"),
        (f"role add finance to {WHO} to {WHO}", "“to” is there more than once"),
        (f"role add finance to {WHO} for 1h until 18:00", "“until” is there more than once"),
        ("extend 12 by 1h by 2h", "“by” is there more than once: 1h and"),
    ],
)
def test_what_is_said_twice_is_asked_for_once(text: str, said: str) -> None:
    """Nothing is dropped in silence."""
    with pytest.raises(InvalidParameter, match=said):
        parse(text, REGISTRY)


@pytest.mark.parametrize("verb", TWO_WORDS)
def test_a_verb_of_two_words_is_not_its_first_word(verb: str) -> None:
    """`/pm flag off` is no question about a flag called off."""
    assert parse(verb, REGISTRY).verb == verb
    assert parse(f"help {verb.upper()}", REGISTRY).arguments == {"verb": verb}


NAMES = st.text(st.characters(categories=("Lu", "Ll", "Nd"), include_characters=" -&."), min_size=1).filter(str.strip)


@given(NAMES, st.sampled_from(["2h", "14d", "until 18:00"]), st.booleans())
def test_whose_and_how_long_may_come_in_any_order(name: str, lasts: str, first: bool) -> None:  # noqa: FBT001
    """A quoted name is a name, whatever it looks like."""
    said = lasts if lasts.startswith("until") else f"for {lasts}"
    parts = [f'for "{name}"', said]
    typed = parse(f"flag off ai-composer {' '.join(parts if first else parts[::-1])}", REGISTRY).arguments
    assert typed == {"flag": "ai-composer", "concerned": name, "duration": lasts}
