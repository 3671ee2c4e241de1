"""Whatever JSON is sent, the validator answers with complaints, and never raises."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from localslack.blockkit import Problem, check_blocks, check_message, check_options, check_view
from localslack.blockkit.blocks import BLOCKS
from localslack.blockkit.elements import ELEMENTS
from tests.localslack.blockkit.payloads import PAYLOADS

LIGHT = settings(max_examples=150, deadline=None)
NAMES = sorted({name for shape in [*ELEMENTS.values(), *(known.shape for known in BLOCKS.values())]
                for name in shape.fields} | {"type", "a/b~c", ""})  # fmt: skip
KINDS = sorted([*BLOCKS, *ELEMENTS, "plain_text", "mrkdwn", "modal", "home", "raw_text", "rich_text_list", "pie"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.sampled_from(KINDS)
    | st.sampled_from(["9" * 400, "nan", "\ud800", "0x", 10**400, -(10**400)])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=15,
)
POINTER = re.compile(r"(/[^/]*)*")


def every_verdict(value: Any) -> Iterator[Problem]:
    for surface in ("message", "modal", "home"):
        yield from check_blocks(value, surface)
        yield from check_blocks([value], surface)
    yield from check_message(value)
    yield from check_view(value)
    yield from check_options(value)


@given(JSON)
@LIGHT
def test_any_json_gets_a_verdict(value: Any) -> None:
    """With a reason in words and a place."""
    for problem in every_verdict(value):
        assert problem.text
        assert POINTER.fullmatch(problem.pointer)


@given(
    st.sampled_from([payload for payload in PAYLOADS if payload.payload and len(json.dumps(payload.payload)) < 2000]),
    JSON,
    st.data(),
)
@LIGHT
def test_any_json_at_any_place_of_a_real_payload_gets_a_verdict(payload: Any, value: Any, data: st.DataObject) -> None:
    spoiled = copy.deepcopy(payload.payload)
    place = spoiled
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = value
            break
        place = place[key]
    for problem in every_verdict(spoiled):
        assert problem.text


@given(JSON)
@LIGHT
def test_any_json_in_any_block_and_element_gets_a_verdict(value: Any) -> None:
    """Each field of each kind in turn: none of them raises on a value that is not its own."""
    for kind, known in BLOCKS.items():
        check_blocks([{"type": kind} | dict.fromkeys(known.shape.fields, value)], known.surfaces[0])
    for kind, shape in ELEMENTS.items():
        element = {"type": kind} | dict.fromkeys(shape.fields, value)
        check_blocks([{"type": "actions", "elements": [element]}, {"type": "input", "element": element}], "modal")


def test_as_deep_as_json_can_be_nested() -> None:
    deep: Any = "x"
    for level in range(900):
        deep = {"type": "auth_provider", ("fallback", "text", "options", "extra")[level % 4]: [deep]}
    assert list(every_verdict(deep))
    assert check_view({"type": "home", "blocks": [], "state": deep}) is not None


def test_what_was_checked_is_left_as_it_was() -> None:
    for payload in PAYLOADS:
        before = json.dumps(payload.payload)
        list(every_verdict(payload.payload))
        assert json.dumps(payload.payload) == before
