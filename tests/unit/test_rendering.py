"""Templates become Block Kit in which nothing that somebody typed is markup."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from bot.actions.impact import fact
from bot.drawing.elements import user_mention
from bot.drawing.fallback import fallback
from bot.drawing.masking import Clearance, mask, visible
from bot.drawing.render import Renderer
from bot.personal import Moment, Personal

HOSTILE = "<!channel> <https://evil.example|here> *b* _i_ ~s~ `c` :tada: @here & > x"
FOLDER = Path(__file__).parents[2] / "templates"


@pytest.fixture(scope="module")
def one_line(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    folder = tmp_path_factory.mktemp("templates")
    (folder / "t.j2").write_text("{% call line() %}a{{ v }}b{% endcall %}")
    return Renderer(folder)


class Templates:
    """Renders templates that stand in the test itself."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.renderer = folder, Renderer(folder)

    def __call__(self, source: str, clearance: Clearance = Clearance.NONE, **context: object) -> dict:
        (self.folder / "t.j2").write_text(source)
        return Renderer(self.folder).message("t.j2", clearance, **context)


@pytest.fixture
def render(tmp_path: Path) -> Templates:
    return Templates(tmp_path)


def elements(message: dict) -> list[dict]:
    """All pieces of rich text in a message."""
    return [
        element
        for block in message["blocks"]
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
    ]


class TestBlocks:
    def test_prose_and_values_are_elements_of_their_own(self, render: Templates) -> None:
        """A value cannot run into the words around it; white space of the template is one blank."""
        message = render(
            "{% call line() %}\n  Asked by\n  {{ who }}, {{ bold(why) }}.\n{% endcall %}", who="A", why="B"
        )
        assert elements(message) == [
            {"type": "text", "text": "Asked by "},
            {"type": "text", "text": "A"},
            {"type": "text", "text": ", "},
            {"type": "text", "text": "B", "style": {"bold": True}},
            {"type": "text", "text": "."},
        ]

    def test_values_stay_values(self, render: Templates) -> None:
        """Markup, entities, quotes and braces are text; only plain_text and rich_text are ever written."""
        value = HOSTILE + ' "quoted" {{ 7 * 7 }} {% raw %} \\u003c &lt; %s'
        message = render(
            "{% call header() %}{{ v }}{% endcall %}{% call line() %}{{ v }}{% endcall %}"
            "{% call quiet() %}{{ v }}{% endcall %}{{ buttons(button(v, 'a', 'id')) }}",
            v=value,
        )
        header, line, quiet, actions = message["blocks"]
        assert header["text"]["text"] == value[:149] + "…" if len(value) > 150 else value
        assert line["elements"][0]["elements"] == [{"type": "text", "text": value}]
        assert quiet["elements"][0]["text"] == value
        assert actions["elements"][0]["text"]["text"] == value[:74] + "…"
        assert "mrkdwn" not in json.dumps(message)

    @given(value=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80))
    def test_any_value_makes_one_element_on_one_line(self, one_line: Renderer, value: str) -> None:
        """No character ends an element, a line or a block."""
        [block] = one_line.blocks("t.j2", v=value)
        [section] = block["elements"]
        assert [one["type"] for one in section["elements"]] == ["text"] * 3
        assert len(section["elements"][1]["text"].splitlines()) <= 1

    def test_text_outside_a_block_is_an_error(self, render: Templates) -> None:
        """It would vanish; whoever wrote the template has to know."""
        with pytest.raises(ValueError, match=r"t\.j2 has text outside a block: 'lost'"):
            render("{% call line() %}kept{% endcall %} lost")

    def test_a_value_outside_a_block_is_an_error(self, render: Templates) -> None:
        """The same for what a template prints."""
        with pytest.raises(ValueError, match="outside a block"):
            render("{{ v }}", v="lost")

    def test_lines_of_a_list_stand_in_one_block(self, render: Templates) -> None:
        """A row each; a list without any is no block, and text between the lines would vanish."""
        source = "{% call rows() %}{% for one in v %}{% call line() %}{{ one }}{% endcall %}{% endfor %}{% endcall %}"
        message = render(source, v=["a", "b"])
        assert len(message["blocks"]) == 1
        assert message["text"] == "a\nb"
        assert render(source, v=[])["blocks"] == []
        with pytest.raises(ValueError, match="outside its lines: 'lost'"):
            render("{% call rows() %}lost{% endcall %}")

    def test_headers_and_buttons_always_say_something(self, render: Templates) -> None:
        """Slack refuses a whole message over one that does not; small print without words is left out."""
        source = "{% call header() %}{{ v }}{% endcall %}{% call quiet() %}{{ v }}{% endcall %}"
        header, actions = render(source + "{{ buttons(button(v, 'a', 1)) }}", v=" \u2003")["blocks"]
        assert header["text"]["text"] == actions["elements"][0]["text"]["text"] == "(no name)"

    def test_a_name_that_is_not_there_is_an_error(self, render: Templates) -> None:
        """A card never has silent gaps."""
        with pytest.raises(UndefinedError, match="'nobody' is undefined"):
            render("{% call line() %}{{ nobody }}{% endcall %}")

    def test_empty_lines_and_rows_are_left_out(self, render: Templates) -> None:
        """Slack refuses them."""
        message = render("{% call line() %}{{ v }} {% endcall %}{{ buttons(none) }}{{ facts([]) }}", v="")
        assert message == {"text": "", "blocks": []}

    def test_buttons_hold_ids_and_say_what_they_do(self, render: Templates) -> None:
        """What stands on them is cut to Slack's limit; the screen reader's label too."""
        message = render("{{ buttons(button('Go', 'approve', 7, style='danger', label=v)) }}", v="y" * 200)
        [made] = message["blocks"][0]["elements"]
        assert (made["action_id"], made["value"], made["style"]) == ("approve", "7", "danger")
        assert made["accessibility_label"] == "y" * 74 + "…"

    def test_times_are_each_readers_own(self, render: Templates) -> None:
        """With a fallback in UTC."""
        moment = dt.datetime(2026, 11, 20, 10, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))
        message = render("{% call line() %}until {{ time(m) }}{% endcall %}", m=moment)
        assert elements(message)[1] == {
            "type": "date",
            "timestamp": int(moment.timestamp()),
            "format": "{time}",
            "fallback": "2026-11-20 09:30 UTC",
        }
        assert message["text"] == f"until <!date^{int(moment.timestamp())}^{{time}}|2026-11-20 09:30 UTC>"

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [(-1, "0 s"), (40.4, "40 s"), (60, "1 min"), (3599, "60 min"), (7200, "2 h"), (5400, "1.5 h")],
    )
    def test_durations_are_words(self, render: Templates, seconds: float, words: str) -> None:
        """As people say them."""
        assert render("{% call line() %}{{ s|ago }}{% endcall %}", s=seconds)["text"] == words


class TestFallback:
    def test_the_text_says_all_that_the_blocks_say(self, render: Templates) -> None:
        """Notifications and screen readers read it instead of the blocks; buttons are not part of it."""
        message = render(
            "{% call header() %}Sign out {{ who }}{% endcall %}{{ facts(f) }}{{ divider() }}"
            "{% call line() %}asked by {{ user('U1') }}{% endcall %}{% call quiet() %}small{% endcall %}"
            "{{ buttons(button('Go', 'a', 'id')) }}",
            who="Ann",
            f=[fact("Now", "4 sessions"), fact("After", "none")],
        )
        assert message["text"] == "Sign out Ann\nNow   4 sessions\nAfter   none\nasked by <@U1>\nsmall"
        assert message["text"] == fallback(message["blocks"])

    def test_nothing_in_it_is_markup(self, render: Templates) -> None:
        """Slack parses this field: control characters are escaped, formatting is defused."""
        text = render("{% call line() %}{{ v }}{% endcall %}", v=HOSTILE)["text"]
        assert "&lt;!channel&gt; &lt;https://evil.example|here&gt;" in text
        assert not re.search(r"<[^@!]|<!(?!date)", text)
        assert all(f"\u2060{mark}\u2060" in text for mark in "*_~`")

    def test_it_is_cut_to_what_slack_takes(self, render: Templates) -> None:
        """The blocks are not: each has its own limit."""
        message = render("{% for n in range(5) %}{% call line() %}{{ v }}{% endcall %}{% endfor %}", v="x" * 2000)
        assert len(message["text"]) == 3900
        assert message["text"].endswith("…")


class TestMasking:
    PERSON = Personal(personal="person", value="Priya Raghunathan")
    EMAIL = Personal(personal="email", value="priya@penguinmails.example")
    FOUR = Personal(personal="address", value="203.0.113.77")
    SIX = Personal(personal="address", value="2001:db8:aa:bb::7")

    @pytest.mark.parametrize(
        ("personal", "full", "channel", "none"),
        [
            (PERSON, "Priya Raghunathan", "Priya Raghunathan", "P••• R•••"),
            (EMAIL, "priya@penguinmails.example", "p•••@penguinmails.example", "p•••@penguinmails.example"),
            (FOUR, "203.0.113.77", "203.0.113.•", "203.0.113.•"),
            (SIX, "2001:db8:aa:bb::7", "2001:db8:aa::•", "2001:db8:aa::•"),
        ],
    )
    def test_what_is_shown_depends_on_the_clearance(self, personal, full: str, channel: str, none: str) -> None:
        """A channel sees colleagues' names and nothing else of them."""
        assert mask(personal, Clearance.FULL) == full
        assert mask(personal, Clearance.CHANNEL) == channel
        assert mask(personal, Clearance.NONE) == none

    def test_without_a_clearance_it_is_masked(self, render: Templates) -> None:
        """Whoever forgets to say it shows the least."""
        message = render("{% call line() %}{{ v }}{% endcall %}{{ facts(f) }}", v=self.EMAIL, f=[fact("To", self.FOUR)])
        assert message["text"] == "p•••@penguinmails.example\nTo   203.0.113.•"

    def test_it_is_masked_in_values_facts_and_what_a_template_makes(self, render: Templates) -> None:
        """Every way in goes through the one function; the fallback too."""
        source = "{% call line() %}{{ v }}{{ personal('email', v.value) }}{% endcall %}{{ facts(f) }}"
        for clearance, times in ((Clearance.FULL, 6), (Clearance.CHANNEL, 0)):
            message = render(source, clearance, v=self.EMAIL, f=[fact("To", self.EMAIL)])
            assert json.dumps(message).count("priya@") == times


def test_an_element_is_not_made_by_what_somebody_typed(render: Templates) -> None:
    """The marks that elements travel in cannot be typed."""
    source = "{% call quiet() %}{{ somebody }}{% endcall %}{% call line() %}{{ v }}{% endcall %}"
    message = render(source, somebody=user_mention("U0VICTIM"), v="see \ue0000\ue001\ue0020\ue003")
    [element] = message["blocks"][1]["elements"][0]["elements"]
    assert element == {"type": "text", "text": "see �0��0�"}


def test_no_template_writes_markup_of_its_own() -> None:
    """Everything goes through the builders: no mrkdwn, no raw JSON, nothing marked safe."""
    for file in FOLDER.rglob("*.j2"):
        source = file.read_text()
        assert "mrkdwn" not in source, file
        assert not re.search(r"\|\s*(safe|tojson)\b|autoescape", source), file


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200d",
        "\u200c",
        "\u00ad",
        "\u3164",
        "\u2800",
        "\u2062",
        "\ufe0e",
        "\ufe0f",
        "\u034f",
        "\u180e",
        "\U000e0100",
        "\ufff9",
    ],
    ids=lambda one: f"U+{ord(one):04X}",
)
def test_what_cannot_be_seen_is_shown(hidden: str) -> None:
    """Two names that look alike are alike."""
    assert visible(f"Ann{hidden}a") == f"Ann⟨U+{ord(hidden):04X}⟩a"


@pytest.mark.parametrize("blank", [" " * 300, "\u3000" * 80, "\u2003 " * 90, "\u2000"])
def test_blanks_push_nothing_out_of_sight(blank: str) -> None:
    """A forged line far to the right, or below the wrap, stands where it was typed."""
    assert visible(f"x{blank}approved by security") == "x approved by security"


@pytest.mark.parametrize("emoji", ["👩\u200d💻", "❤\ufe0f", "👩🏽\u200d🚀", "🏳\ufe0f\u200d🌈"])
def test_an_emoji_stays_one(emoji: str) -> None:
    """What joins two signs into one is seen."""
    assert visible(emoji) == emoji


def test_a_time_in_a_fact_is_by_the_readers_own_clock(render: Templates) -> None:
    """As an element that Slack shows in their zone, between texts; in plain words with its zone."""
    ends = dt.datetime(2026, 12, 5, 17, tzinfo=dt.UTC)
    shown = fact("Roles", "finance until ", Moment.of(ends), ", support")
    *_, date, after = elements(render("{{ facts(all) }}", all=[shown]))
    assert (date["type"], date["timestamp"]) == ("date", int(ends.timestamp()))
    assert after["text"] == ", support"
