"""Whole views, messages and answers, with the verdict that Slack documents for them: see payloads."""

from tests.localslack.blockkit.payload_words import (
    Payload,
    asked,
    block,
    longest,
    modal,
    most_of,
    option,
    plain,
    section,
    table,
)

DOCS = "https://docs.slack.dev/reference/block-kit"
PROBED = "https://github.com/nicklambourne/slackblocks/blob/master/spec/CHANGELOG.md"
SELECT = f"{DOCS}/block-elements/select-menu-element"
TABLE = f"{DOCS}/blocks/table-block"
MODAL = "https://docs.slack.dev/reference/views/modal-views"
HOME = "https://docs.slack.dev/reference/views/home-tab-views"
POST = "https://docs.slack.dev/reference/methods/chat.postMessage"

VIEWS = [
    *longest("a title", "view", lambda words: modal(title=plain(words)), 24, "/view/title/text", MODAL),
    *longest("a submit", "view", lambda words: modal(submit=plain(words)), 24, "/view/submit/text", MODAL),
    *longest("a close", "view", lambda words: modal(close=plain(words)), 24, "/view/close/text", MODAL),
    *longest("private_metadata", "view", lambda words: modal(private_metadata=words), 3000, "/view/private_metadata",
             MODAL),
    *longest("a callback_id", "view", lambda words: modal(callback_id=words), 255, "/view/callback_id", MODAL),
    *most_of("blocks in a view", "view", lambda count: modal(blocks=[section()] * count), 100, "/view/blocks", MODAL),
    Payload("a modal that remembers nothing", "view", modal(private_metadata="", callback_id="", external_id=""), None,
            MODAL),
    Payload("a modal without title", "view", {"type": "modal", "blocks": []},
            ("missing required field: title", "/view"), MODAL),
    Payload("a modal without blocks", "view", modal(blocks=[]), None, PROBED),
    Payload("an input without submit", "view", modal(blocks=[asked("plain_text_input")]),
            ("must define `submit` to use an `input` block in modals", "/view/blocks/0/input"), MODAL),
    Payload("an input with submit", "view", modal(blocks=[asked("plain_text_input")], submit=plain()), None, MODAL),
    Payload("two elements in focus", "view",
            modal(blocks=[asked("plain_text_input", focus_on_load=True)] * 2, submit=plain()),
            ("only one element can set `focus_on_load`", "/view/blocks"),
            f"{DOCS}/block-elements/plain-text-input-element"),
    Payload("a home", "view", {"type": "home", "blocks": [section()]}, None, HOME),
    *longest("a home's title", "view", lambda words: {"type": "home", "blocks": [], "title": plain(words)}, 24,
             "/view/title/text", HOME),
    Payload("a home with submit", "view", {"type": "home", "blocks": [], "submit": plain()},
            ("invalid additional property: submit", "/view"), HOME),
    Payload("a view of another kind", "view", {"type": "window", "blocks": []},
            ("unsupported type: window", "/view/type"), MODAL),
    Payload("a view of more than 250 kB", "view", modal(blocks=[
        section(text=plain("x" * 3000), block_id=f"b{number}") for number in range(86)]),
        ("view_too_large", "/view"), "https://docs.slack.dev/reference/methods/views.open"),
]  # fmt: skip

POSTS = [
    *most_of("blocks in a message", "post", lambda count: {"blocks": [section()] * count}, 50, "/blocks",
             f"{DOCS}/blocks"),
    *most_of("attachments", "post", lambda count: {"attachments": [{"text": "t"}] * count}, 100, "/attachments", POST),
    Payload("blocks in an attachment", "post", {"attachments": [{"color": "#f00", "blocks": [section()]}]}, None, POST),
    Payload("a table beside another in an attachment", "post",
            {"blocks": [table()], "attachments": [{"blocks": [table()]}]}, ("only_one_table_allowed", "/blocks"),
            TABLE),
    Payload("a bad block in an attachment", "post", {"text": "t", "attachments": [{"blocks": [block("header")]}]},
            ("missing required field: text", "/attachments/0/blocks/0"), POST),
    Payload("12,000 characters of markdown in two blocks", "post",
            {"blocks": [block("markdown", text="x" * 6000)] * 2}, None, f"{DOCS}/blocks/markdown-block"),
    Payload("12,001 characters of markdown in three blocks", "post",
            {"blocks": [block("markdown", text="x" * 6000)] * 2 + [block("markdown", text="x")]},
            ("markdown blocks must be less than 12001 characters in all", "/blocks"), f"{DOCS}/blocks/markdown-block"),
    Payload("text alone", "post", {"text": "t"}, None, POST),
    Payload("nothing to say", "post", {"text": ""}, ("no_text", ""), POST),
    Payload("blocks that are an object", "post", {"blocks": {"type": "divider"}},
            ("must provide an array", "/blocks"), POST),
    *most_of("options to choose from", "options", lambda count: {"options": [option()] * count}, 100, "/options",
             SELECT),
    *most_of("groups to choose from", "options",
             lambda count: {"option_groups": [{"label": plain(), "options": [option()]}] * count}, 100,
             "/option_groups", SELECT),
    Payload("nothing to choose from", "options", {"options": []}, None, SELECT),
    Payload("groups to choose from", "options", {"option_groups": [{"label": plain(), "options": [option()]}]}, None,
            SELECT),
    *longest("a group's label", "options",
             lambda words: {"option_groups": [{"label": plain(words), "options": [option()]}]}, 75,
             "/option_groups/0/label/text", f"{DOCS}/composition-objects/option-group-object"),
    Payload("an answer without options", "options", {},
            ("must define either `options` or `option_groups`", ""), SELECT),
]  # fmt: skip

WHOLES = [*VIEWS, *POSTS]
