"""The validator beside slack_sdk's models and the slackblocks builders: it takes what they take, and refuses their
refusals of lengths, counts and ranges.
"""

from typing import Any, NamedTuple

import pytest
import slackblocks as sb
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import HeaderBlock

from localslack.blockkit import check_message, check_view
from tests.localslack.blockkit import builder_cases, sdk_cases
from tests.localslack.blockkit.cases import Case, Part, grown

REFUSALS = (SlackObjectFormationError, sb.InvalidUsageError)
LIGHT = settings(max_examples=100, deadline=None)
PROBED = "https://github.com/nicklambourne/slackblocks/blob/master/spec/CHANGELOG.md"  # against blocks.validate


class Deviation(NamedTuple):
    """Where an oracle says other than Slack."""

    oracle: str
    case: str
    part: str
    sizes: range
    source: str


DEVIATIONS = [
    # by its wording the page excludes 200; Slack takes them, as it takes 50 of an author's name
    Deviation("slack_sdk", "video", "title", range(200, 201), PROBED),
    Deviation("slack_sdk", "video", "author_name", range(50, 51), PROBED),
    # its check counts from one; a view without blocks is taken
    Deviation("slack_sdk", "modal", "blocks", range(1), PROBED),
    Deviation("slack_sdk", "home", "blocks", range(1), PROBED),
]  # fmt: skip

CASES = {("slack_sdk", case.name): case for case in sdk_cases.CASES}
CASES |= {("slackblocks", case.name): case for case in builder_cases.CASES}
PARTS = [(oracle, case, name) for (oracle, _), case in CASES.items() for name in case.parts]


def expected(oracle: str, case: Case, name: str, size: int) -> bool:
    """Whether Slack takes that part in that size: as the oracle says, but for its deviations."""
    for deviation in DEVIATIONS:
        if deviation[:3] == (oracle, case.name, name) and size in deviation.sizes:
            return not accepts(case, name, size)
    return accepts(case, name, size)


def accepts(case: Case, name: str, size: int) -> bool:
    try:
        payload_of(case.build(**small(case) | {name: case.parts[name].sized(size)}))
    except REFUSALS:
        return False
    return True


def payload_of(built: Any) -> Any:
    return built.to_dict() if hasattr(built, "to_dict") else built._resolve()


def small(case: Case) -> dict[str, Any]:
    """The fewest arguments; numbers are left out, as some bound each other."""
    return {name: part.sized(least(part)) for name, part in case.parts.items() if part.kind != "number"}


def least(part: Part) -> int:
    return part.least if part.kind == "number" else max(part.least, 1)


def problems_of(case: Case, name: str, size: int) -> list[Any]:
    payload = payload_of(case.build(**small(case)))
    return case.check(grown(payload, case.parts[name], size))


EDGES = [pytest.param(oracle, case, name, id=f"{oracle}: {name} of {case.name}") for oracle, case, name in PARTS]


class TestEdges:
    """Each limit that an oracle names, at the limit and one beyond."""

    @pytest.mark.parametrize(("oracle", "case", "name"), EDGES)
    def test_the_largest_that_the_oracle_takes_is_taken(self, oracle: str, case: Case, name: str) -> None:
        part = case.parts[name]
        assert expected(oracle, case, name, part.most)
        assert problems_of(case, name, part.most) == []
        assert problems_of(case, name, least(part)) == []

    @pytest.mark.parametrize(("oracle", "case", "name"), EDGES)
    def test_one_more_is_refused_and_the_complaint_points_at_it(self, oracle: str, case: Case, name: str) -> None:
        part = case.parts[name]
        assert expected(oracle, case, name, part.most + 1) != part.limited
        pointers = {problem.pointer for problem in problems_of(case, name, part.most + 1)}
        here = case.root() + part.pointer()
        assert part.limited == any(here.startswith(pointer) for pointer in pointers), pointers

    @pytest.mark.parametrize(("oracle", "case", "name"), EDGES)
    def test_too_little_is_refused_where_the_oracle_refuses_it(self, oracle: str, case: Case, name: str) -> None:
        part = case.parts[name]
        if part.least and not expected(oracle, case, name, part.least - 1):
            assert problems_of(case, name, part.least - 1)


@st.composite
def stretched(draw: st.DrawFn) -> tuple[str, Case, str, int]:
    oracle, case, name = draw(st.sampled_from(PARTS))
    part = case.parts[name]
    near = st.sampled_from([part.most - 1, part.most, part.most + 1, part.most + 2])
    size = draw(near | st.integers(least(part), part.most + 50))
    return oracle, case, name, max(size, least(part))


@given(stretched())
@LIGHT
def test_of_any_size_the_verdict_is_the_oracles(drawn: tuple[str, Case, str, int]) -> None:
    """Over every part of every block, element and view that the oracles limit."""
    oracle, case, name, size = drawn
    assert (problems_of(case, name, size) == []) == expected(oracle, case, name, size)


@st.composite
def filled(draw: st.DrawFn, case: Case) -> Any:
    """What the oracle builds of parts within its limits, with any text in them."""
    given_parts = {}
    for name, part in case.parts.items():
        if part.kind == "text":
            long = draw(st.booleans())
            words = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=min(part.most, 40)))
            given_parts[name] = (words * part.most)[: part.most - 1] if long and name != "text" else words
        elif part.kind == "items":
            given_parts[name] = part.sized(draw(st.integers(least(part), min(part.most, 12))))
    return case.build(**small(case) | given_parts)


MESSAGE_CASES = [case for case in builder_cases.CASES if case.surface == "message" and "data_" not in case.name]
SDK_MESSAGE_CASES = [case for case in sdk_cases.CASES if case.surface == "message"]
HEAVY = {"table", "table row", "markdown", "pie", "segment", "axes"}  # a message may hold a few of them only


@given(
    st.lists(st.sampled_from([c for c in SDK_MESSAGE_CASES if c.name not in HEAVY]), min_size=1, max_size=6), st.data()
)
@LIGHT
def test_messages_that_slack_sdk_builds_are_taken(cases: list[Case], data: st.DataObject) -> None:
    blocks = [payload_of(data.draw(filled(case))) for case in cases]
    for number, block in enumerate(blocks):
        if "block_id" in block:
            block["block_id"] = f"b{number}"
    assert check_message({"text": "t", "blocks": blocks}) == []


@given(st.lists(st.sampled_from([c for c in MESSAGE_CASES if c.name not in HEAVY]), min_size=1, max_size=6), st.data())
@LIGHT
def test_messages_that_slackblocks_builds_are_taken(cases: list[Case], data: st.DataObject) -> None:
    blocks = [data.draw(filled(case)) for case in cases]
    for number, block in enumerate(blocks):
        block.block_id = f"b{number}"
    message = sb.Message(channel="C1", text="t", blocks=blocks)
    assert check_message(message.to_dict()) == []


@given(st.integers(46, 54), st.integers(0, 3), st.integers(0, 13_000), st.integers(98, 102))
@LIGHT
def test_totals_of_a_message_are_counted_as_slackblocks_counts(
    count: int, charts: int, markdown: int, attached: int
) -> None:
    """Blocks and attachments in all, charts, and the length of all markdown."""
    blocks = [sb.DividerBlock() for _ in range(count - charts - 2)]
    blocks += [builder_cases.pie() for _ in range(charts)]
    blocks += [sb.MarkdownBlock("x" * (markdown // 2)), sb.MarkdownBlock("x" * (markdown - markdown // 2))]
    attachments = [sb.Attachment(blocks=[sb.DividerBlock()], fallback="f") for _ in range(attached)]
    payload = {"text": "t", "blocks": [payload_of(block) for block in blocks],
               "attachments": [attachment._resolve() for attachment in attachments]}  # fmt: skip
    try:
        sb.Message(channel="C1", text="t", blocks=blocks, attachments=attachments)
    except sb.InvalidUsageError:
        assert check_message(payload)
    else:
        assert check_message(payload) == []


@given(st.sampled_from(["message", "modal", "home"]), st.data())
@LIGHT
def test_a_block_stands_where_slackblocks_lets_it_stand(surface: str, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from([case for case in builder_cases.CASES if case.surface != "view"]))
    block = case.build(**small(case))
    build = {
        "message": lambda: sb.Message(channel="C1", text="t", blocks=[block]),
        "modal": lambda: builder_cases.modal(blocks=[block]),
        "home": lambda: builder_cases.home(blocks=[block]),
    }[surface]
    payload = payload_of(block)
    view = {"type": surface, "title": {"type": "plain_text", "text": "t"}, "blocks": [payload]}
    if surface == "modal":
        view["submit"] = view["title"]
    problems = check_message({"blocks": [payload]}) if surface == "message" else check_view(view)
    try:
        build()
    except sb.InvalidUsageError:
        assert problems
    else:
        assert problems == [] or case.name == "file_input", problems  # which the page has in modals only


def test_an_oracle_that_says_nothing_would_be_noticed() -> None:
    """slack_sdk checks on to_dict, slackblocks on building."""
    with pytest.raises(SlackObjectFormationError):
        HeaderBlock(text="x" * 151).to_dict()
    with pytest.raises(sb.InvalidUsageError):
        sb.HeaderBlock("x" * 151)
