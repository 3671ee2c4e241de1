"""Other words that people use for a command: what stands for which; and politeness, which says nothing."""

import re
from collections.abc import Iterator, Sequence

HELPS = ("list", "commands", "menu", "usage")
POLITE = re.compile(
    r"(?:please|pls|plz|kindly|hi|hello|hey|(?:can|could|would|will)\s+you|i\s+(?:want|need|would\s+like)\s+to)"
    r"(?=[\s,:!]|$)[\s,:!]*",
    re.IGNORECASE,
)
THANKS = re.compile(r"[\s,]+(?:please|pls|plz|thanks|thank\s+you)[\s.!]*$", re.IGNORECASE)
BECAUSE = re.compile(r"\bbecause\b", re.IGNORECASE)
APART = ("out", "off", "on", "away")  # `sign @staffer out`, `turn ai-composer off`
MOST_WORDS = 3


def without_politeness(text: str) -> str:
    """What somebody in a hurry would have typed. A reason is left as it is."""
    text = text.lstrip()
    while found := POLITE.match(text):
        text = text[found.end() :]
    return text if BECAUSE.search(text) else THANKS.sub("", text)


def beginnings(text: str, *, at_least: int = 1) -> Iterator[tuple[str, str]]:
    """The first words of a text, most words first, each with what follows; two that stand apart count as two."""
    words = list(re.finditer(r"\S+", text))
    for number in range(min(MOST_WORDS, len(words)), 0, -1):
        if number == 1:
            yield from _apart(words, text)
        if number >= at_least:
            yield " ".join(word.group().lower() for word in words[:number]), text[words[number - 1].end() :].strip()


def _apart(words: Sequence[re.Match[str]], text: str) -> Iterator[tuple[str, str]]:
    """`sign @staffer out because …` as `sign out` and `@staffer because …`."""
    for word in words[2:]:
        said = word.group().lower().rstrip(",")
        if BECAUSE.fullmatch(said):
            return
        if said in APART:
            between = text[words[0].end() : word.start()].strip()
            yield f"{words[0].group().lower()} {said}", f"{between} {text[word.end() :].strip()}"
            return
