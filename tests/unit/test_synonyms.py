"""What a command is also called, and politeness: the same as the command itself."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions.registry import discover
from bot.errors import NotUnderstood
from bot.handlers.grammar import HELP, Typed, parse
from bot.handlers.synonyms import HELPS

REGISTRY = discover(actions)
VERBS = {*REGISTRY.by_verb, HELP}
TABLE = {word: [one.verb for one in meant] for word, meant in REGISTRY.called.items()} | dict.fromkeys(HELPS, (HELP,))
WHO = "<@U0STAFFER|staffer>"
CERTAIN = sorted((word, verbs[0]) for word, verbs in TABLE.items() if len(verbs) == 1 and verbs[0] != HELP)
POLITE = ["", "please ", "Please, ", "can you ", "could you please ", "hi, ", "Hello ", "I need to ", "PLZ  "]
spaces = st.text(st.sampled_from(" \t\n"), min_size=1, max_size=3)


def after_the_verb(verb: str) -> str:
    """The rest of an example of the command."""
    return REGISTRY.by_verb[verb].example().removeprefix(verb).strip()


def typed(text: str) -> Typed:
    return parse(text, REGISTRY)


def test_nobody_inherits_another_word() -> None:
    """What builds on another command is not also called what that is called; what nobody types has no other word."""
    for action in REGISTRY.by_name.values():
        assert not action.also or ("also" in vars(action) and action.verb)


def test_help_has_its_words_to_itself() -> None:
    """Its words are taken first, whatever follows."""
    assert not {*HELPS, HELP} & set(REGISTRY.called)


def test_no_other_word_hides_a_command() -> None:
    """None is a command itself; one that begins with a command is the same command, with an idle word more."""
    for words, meant in TABLE.items():
        assert words not in VERBS
        assert words == words.lower()
        first = words.partition(" ")[0]
        assert first == words or first not in VERBS or meant == [first]


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("suspend all users of acme", "user suspend where tenant=acme"),
        ("suspend everyone at acme", "user suspend where tenant=acme"),
        ("Please suspend everybody in Acme Corp for 2h", "user suspend where tenant=Acme Corp for 2h"),
        ("suspend users of the tenant acme", "user suspend where tenant=acme"),
        ("suspend users where tenant=acme role=member", "user suspend where tenant=acme role=member"),
        ("suspend all", "user suspend where"),
        ("suspend all admins of acme because x", "user suspend where role=admin tenant=acme because x"),
        ("block all users of acme", "user suspend where tenant=acme"),
        ("revoke everyone at acme because x", "user revoke where tenant=acme because x"),
        ("sign out all users of acme", "user revoke where tenant=acme"),
        ("log out all the people at acme", "user revoke where tenant=acme"),
        ("user revoke all accounts of acme", "user revoke where tenant=acme"),
        ("reinstate everyone at acme", "user reinstate where tenant=acme"),
        ("reset passwords of all users of acme", "user reset-password where tenant=acme"),
        ("pause all campaigns of acme for 2h", "campaign pause where tenant=acme for 2h"),
        ("pause every mailboxes of acme", "mailbox pause where tenant=acme"),
        ("delete all jobs of acme", "delete jobs where tenant=acme"),
    ],
)  # fmt: skip
def test_many_in_words_are_chosen_by_a_condition(words: str, means: str) -> None:
    """Whoever thinks of all of a tenant's users does not know that there is a command of its own for many."""
    assert typed(words) == typed(means)


@pytest.mark.parametrize(
    "text",
    [
        "role remove all from @staffer because x",
        "pause all for 2h",
        "pause all in email-sending because all users of acme wait",
    ],
)
def test_all_of_one_is_not_many(text: str) -> None:
    """All roles of somebody, or all queues: one command for one thing."""
    assert typed(text).verb in ("role remove", "pause")


@given(said=st.sampled_from(CERTAIN), polite=st.sampled_from(POLITE), loud=st.booleans(), space=spaces)
def test_another_word_takes_the_same_parameters(said: tuple[str, str], polite: str, *, loud: bool, space: str) -> None:
    """In capitals, with any blanks, asked nicely: what comes out is the command with its parameters."""
    words, verb = said
    words = re.sub(" ", space, words.upper() if loud else words)
    rest = after_the_verb(verb)
    assert typed(f"{polite}{words}{space}{rest}") == typed(f"{verb} {rest}")
    assert typed(f"{polite}{words}") == Typed(verb, {})


@given(st.sampled_from(sorted(REGISTRY.by_verb)), st.sampled_from(POLITE), spaces)
def test_asking_nicely_changes_nothing(verb: str, polite: str, space: str) -> None:
    """At the beginning; a reason is left as somebody wrote it."""
    command = f"{verb} {after_the_verb(verb)}"
    assert typed(f"{space}{polite}{command}") == typed(command)


@pytest.mark.parametrize(
    ("text", "verb", "arguments"),
    [
        ("please sign out priya", "revoke", {"staffer": "priya"}),
        (f"sign {WHO} out because laptop lost", "revoke", {"staffer": WHO, "reason": "laptop lost"}),
        (f"sign {WHO} out, because of the off-site", "revoke", {"staffer": WHO, "reason": "of the off-site"}),
        (f"kick {WHO} please", "revoke", {"staffer": WHO}),
        ("turn ai-composer off for acme", "flag off", {"flag": "ai-composer", "concerned": "acme"}),
        (f"disable {WHO}", "suspend", {"staffer": WHO}),
        (f"enable {WHO} because found", "reinstate", {"staffer": WHO, "reason": "found"}),
        (f"show {WHO}", "who", {"staffer": WHO}),
        ("show me", "who", {"staffer": "me"}),
        (f"who is {WHO}", "who", {"staffer": WHO}),
        ("whoami", "my access", {}),
        (f"give finance to {WHO}", "role add", {"roles": "finance", "staffer": WHO}),
        (f"take finance from {WHO}", "role remove", {"roles": "finance", "staffer": WHO}),
        (f"take away finance from {WHO}", "role remove", {"roles": "finance", "staffer": WHO}),
        ("list", "help", {}),
        ("list queues", "help", {"verb": "queues"}),
        ("list holds", "holds", {}),
        ("hello", "help", {}),
        ("please", "help", {}),
    ],
)
def test_words_of_the_trade_are_understood(text: str, verb: str, arguments: dict[str, str]) -> None:
    """As people say it at three in the morning."""
    assert typed(text) == Typed(verb, arguments)


def test_a_word_for_several_commands_is_asked_about() -> None:
    """Each with what was said after it, one click away."""
    with pytest.raises(NotUnderstood, match=r"^“block” can mean pause or suspend\. Which one\?$") as refused:
        typed("please block acme because spam")
    assert [(one.label, one.verb) for one in refused.value.suggestions] == [
        ("Pause acme", "pause"),
        ("Suspend acme", "suspend"),
    ]
    assert refused.value.suggestions[0].arguments == {"what": "acme", "reason": "spam"}


def test_only_what_is_near_is_suggested() -> None:
    """`please` is not nearly `pause`; another word written nearly right is."""
    with pytest.raises(NotUnderstood) as refused:
        typed("plaese priya")
    assert refused.value.suggestions == ()
    with pytest.raises(NotUnderstood, match="Did you mean revoke") as refused:
        typed(f"sgin out {WHO} because lost")
    assert refused.value.suggestions[0].arguments == {"staffer": WHO, "reason": "lost"}
    with pytest.raises(NotUnderstood, match="Did you mean resume"):
        typed("unpuase email-sending")
