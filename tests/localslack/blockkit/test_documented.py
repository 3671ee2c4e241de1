"""Payloads with the verdict that Slack documents, and the tables beside their pages of documentation."""

import json

import pytest

from localslack.blockkit import check_blocks, check_message, check_options, check_view
from localslack.blockkit.blocks import BLOCKS
from localslack.blockkit.elements import ELEMENTS
from localslack.blockkit.problems import Problem
from tests.localslack.blockkit.payload_words import Payload
from tests.localslack.blockkit.payloads import PAYLOADS


def verdict(payload: Payload) -> list[Problem]:
    if payload.of == "view":
        return check_view(payload.payload)
    if payload.of == "post":
        return check_message(payload.payload)
    if payload.of == "options":
        return check_options(payload.payload)
    return check_blocks([payload.payload], payload.of)


@pytest.mark.parametrize("payload", [pytest.param(one, id=one.name) for one in PAYLOADS])
def test_the_verdict_is_the_documented_one(payload: Payload) -> None:
    """Refused for that reason and no other, there first."""
    problems = verdict(payload)
    if payload.refusal is None:
        assert problems == []
    else:
        complaint, where = payload.refusal
        below = "" if payload.of in ("view", "post", "options") else "/blocks/0"
        assert problems[:1] == [Problem(complaint, below + where)]
        assert {problem.text for problem in problems} == {complaint}


def test_every_payload_is_told_apart_names_its_source_and_could_be_sent() -> None:
    assert len({payload.name for payload in PAYLOADS}) == len(PAYLOADS) >= 90
    for payload in PAYLOADS:
        assert payload.source.startswith(("https://docs.slack.dev/", "https://github.com/")), payload.name
        json.dumps(payload.payload)


def test_every_block_and_element_stands_beside_its_page() -> None:
    shapes = {kind: known.shape for kind, known in BLOCKS.items()} | ELEMENTS
    assert len(shapes) > 45
    for kind, shape in shapes.items():
        assert shape.page.startswith("https://docs.slack.dev/reference/block-kit/b"), kind


def test_a_complaint_reads_as_slack_words_it() -> None:
    problems = check_blocks([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "message")
    assert [str(problem) for problem in problems] == [
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]


class TestWhatAWorkspaceDoesNotKnow:
    def test_a_refused_block_is_as_one_that_nobody_knows(self) -> None:
        divider = {"type": "divider"}
        assert check_blocks([divider], "message", refused={"divider"}) == [
            Problem("unsupported type: divider", "/blocks/0/type")
        ]
        assert check_view({"type": "home", "blocks": [divider]}, {"divider"})[0].pointer == "/view/blocks/0/type"
        assert check_message({"attachments": [{"blocks": [divider]}]}, {"divider"})

    def test_in_a_container_too(self) -> None:
        inside = {
            "type": "container",
            "title": {"type": "plain_text", "text": "t"},
            "child_blocks": [{"type": "table"}],
        }
        problems = check_blocks([inside], "message", refused={"table"})
        assert problems == [Problem("unsupported type: table", "/blocks/0/child_blocks/0/type")]

    def test_a_picture_beside_a_text_is_no_image_block(self) -> None:
        picture = {"type": "image", "image_url": "https://a.example/a.png", "alt_text": "a"}
        assert check_blocks([{"type": "context", "elements": [picture]}], "message", refused={"image"}) == []
