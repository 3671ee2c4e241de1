"""The list of all sentences (`make sentences`) has what is added to any of its sources."""

import re
from pathlib import Path

import pytest

from tests.sentences import Sentence, sentences

TEMPLATE = """
{% macro title() %}Send {{ what }} home{% endmacro %}
{% call line() %}The {{ bold("penguin") }} {% if late %}is late{% else %}waits{% endif %} at {{ place }}.{% endcall %}
{{ buttons(button("Fetch it", "fetch", id)) }}
"""
CODE = '''
"""Nobody reads this but programmers."""


def refuse(name):
    """Nor this one."""
    log.info("the ice melts again")
    if name:
        raise Refused(f"There is no penguin {name}. Type the start of its name.")
    fact("Fish", "4 of them left")
    session.execute(text("SELECT name FROM penguins"))


@register
class Feed(Action):
    """Give a penguin its fish.

    How it is done.
    """
'''
PAGE = """
// Not this comment here.
const label = "Fish for everybody";
html`<button title=${label}>Feed all of them</button>`;
html`<p class=${late ? "note late" : "note"}>${fish.map((one) => html`<b class="big fish">${one}</b>`)}</p>`;
if (fish.length > 0 && html`<i></i>`) root.querySelector(".pool, .fish").hidden = true;
root.title = `${fish.length} fish for you`;
"""


def words(root: Path) -> dict[str, str]:
    return {one.words: one.place for one in sentences(root)}


def test_what_is_added_appears_with_its_place(tmp_path: Path) -> None:
    """In a template, in an error, in help and on the page; not what only programmers read: SQL, styles, selectors."""
    for name, source in (("templates/feed.j2", TEMPLATE), ("bot/feed.py", CODE), ("localslack/page/feed.js", PAGE)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    assert words(tmp_path) == {
        "The penguin is late | waits at {…}.": "templates/feed.j2:3",
        "Send {…} home": "templates/feed.j2:2",
        "Fetch it": "templates/feed.j2:4",
        "There is no penguin {…}. Type the start of its name.": "bot/feed.py:9",
        "Fish": "bot/feed.py:10",
        "4 of them left": "bot/feed.py:10",
        "Give a penguin its fish.": "bot/feed.py:15",
        "Fish for everybody": "localslack/page/feed.js:3",
        "Feed all of them": "localslack/page/feed.js:4",
        "{…} fish for you": "localslack/page/feed.js:7",
    }


def test_every_source_of_the_bot_is_read() -> None:
    """One that everybody knows of each."""
    found = words(Path(__file__).parents[2])
    for known in ("Withdraw request", "That button was already used, for request {…}. Its card shows its state."):
        assert known in found


@pytest.fixture(scope="module")
def everything() -> list[Sentence]:
    """All that the bot can say."""
    return sentences()


@pytest.mark.parametrize(
    ("instead_of", "say"),
    [
        (r"\bholds? (no role|exactly|them and until)|\bwho holds\b|still hold staff|(already|not|They) holds? ", "has"),
        (r"\blog[- ]ins?\b|\blog (us|them) in\b", "sign in, or what is accepted or refused"),
        (r"\bby our records\b", "our records say that"),
        (r"sent since\b", "started to send … at"),
        (r"\ba role that may(\.|, )", "an approver's role"),
        (r"\bweaker\b", "less strict"),
        (r"\bknown of\b|\bknown no such\b", "data about, no such"),
        (r"is (yes or no|compared with)|can only be compared", "what to type"),
        (r"\bof one batch of\b", "One part of a large request: …"),
        (r"\bwith commas between\b", "separated by commas"),
        (r"\b[Ii]f (you leave it|it is left) out\b", "without this: …"),
        (r"\bbesides\b", "not counting, except"),
        (r"\b[Tt]he asker\b", "the person who asks"),
        (r"(?<![Tt]here) (is|are) no (member|version|address|duration|event|part|key|role in)\b", "is not a …"),
    ],
)
def test_what_had_to_be_read_twice_is_said_in_one_way(everything: list[Sentence], instead_of: str, say: str) -> None:
    """Words that readers whose first language is not English stumbled over, with what is said instead."""
    found = [one for one in everything if re.search(instead_of, one.words)]
    assert not found, f"say: {say}"
