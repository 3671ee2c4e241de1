"""Block elements. Each table stands as its page does under docs.slack.dev/reference/block-kit/block-elements."""

from collections.abc import Collection, Mapping

from localslack.blockkit.objects import (
    CONFIRM,
    DISPATCH_ACTION_CONFIG,
    FILTER,
    OPTION,
    OPTION_GROUP,
    OPTION_OF_OVERFLOW,
    OPTION_WITH_MRKDWN,
    SLACK_FILE,
    STYLE,
    URL,
    WORKFLOW,
    initial_among_options,
    plain,
)
from localslack.blockkit.problems import Report
from localslack.blockkit.rich_text import RICH_TEXT
from localslack.blockkit.rules import (
    DOCS,
    Json,
    Needed,
    Rule,
    Shape,
    boolean,
    by_type,
    exactly_one,
    integer,
    list_of,
    no_more_than,
    one_of,
    pattern,
    string,
)

PAGES = f"{DOCS}/block-elements"
ACTION_ID = string(0, 255)
ACCESSIBILITY_LABEL = string(0, 75)
IDS = list_of(string(1))
INTERACTIVE: Mapping[str, Rule | Needed] = {"action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
MENU = {**INTERACTIVE, "placeholder": plain(150)}
TYPED: Mapping[str, Rule | Needed] = {
    "action_id": ACTION_ID,
    "dispatch_action_config": DISPATCH_ACTION_CONFIG,
    "focus_on_load": boolean,
    "placeholder": plain(150),
}
STATIC: Mapping[str, Rule | Needed] = {
    "options": list_of(OPTION, 1, 100),
    "option_groups": list_of(OPTION_GROUP, 1, 100),
}
MULTIPLE: Mapping[str, Rule | Needed] = {"max_selected_items": integer(1)}


def _prompted(button: Json, where: str, report: Report) -> None:
    if "agent_prompt_display" in button and "agent_prompt" not in button:
        report.add("missing required field: agent_prompt", where)


BUTTON = Shape(
    f"{PAGES}/button-element",
    {
        "text": Needed(plain(75)),
        "action_id": ACTION_ID,
        "url": string(0, 3000),
        "value": string(0, 2000),
        "style": STYLE,
        "confirm": CONFIRM,
        "accessibility_label": ACCESSIBILITY_LABEL,
        "agent_prompt": string(0, 4000),
        "agent_prompt_display": string(),
        "visible_to_user_ids": IDS,
    },
    _prompted,
)
FEEDBACK_BUTTON = Shape(
    f"{PAGES}/feedback-buttons-element",
    {
        "text": Needed(plain(75)),
        "value": Needed(string(0, 2000)),
        "accessibility_label": ACCESSIBILITY_LABEL,
    },
)
IMAGE = Shape(
    f"{PAGES}/image-element",
    {"alt_text": Needed(string(1, 2000)), "image_url": URL, "slack_file": SLACK_FILE},
    exactly_one("image_url", "slack_file"),
)
SELECT_PAGE = f"{PAGES}/select-menu-element"
MULTI_SELECT_PAGE = f"{PAGES}/multi-select-menu-element"

ELEMENTS: dict[str, Shape] = {
    "button": BUTTON,
    "checkboxes": Shape(
        f"{PAGES}/checkboxes-element",
        {
            **INTERACTIVE,
            "options": Needed(list_of(OPTION_WITH_MRKDWN, 1, 10)),
            "initial_options": list_of(OPTION_WITH_MRKDWN, 1),
        },
        initial_among_options,
    ),
    "datepicker": Shape(
        f"{PAGES}/date-picker-element", {**MENU, "initial_date": pattern(r"\d{4}-\d{2}-\d{2}", "YYYY-MM-DD")}
    ),
    "datetimepicker": Shape(
        f"{PAGES}/datetime-picker-element", {**INTERACTIVE, "initial_date_time": integer(0, 9_999_999_999)}
    ),
    "email_text_input": Shape(f"{PAGES}/email-input-element", {**TYPED, "initial_value": string()}),
    "feedback_buttons": Shape(
        f"{PAGES}/feedback-buttons-element",
        {
            "action_id": ACTION_ID,
            "positive_button": Needed(FEEDBACK_BUTTON),
            "negative_button": Needed(FEEDBACK_BUTTON),
        },
    ),
    "file_input": Shape(
        f"{PAGES}/file-input-element",
        {"action_id": ACTION_ID, "filetypes": list_of(string(1), 1), "max_files": integer(1, 10)},
    ),
    "icon_button": Shape(
        f"{PAGES}/icon-button-element",
        {
            "icon": Needed(one_of("trash")),
            "text": Needed(plain()),
            "action_id": ACTION_ID,
            "value": string(0, 2000),
            "confirm": CONFIRM,
            "accessibility_label": ACCESSIBILITY_LABEL,
            "visible_to_user_ids": list_of(string(1), 0, 10),
        },
    ),
    "image": IMAGE,
    "number_input": Shape(
        f"{PAGES}/number-input-element",
        {
            **TYPED,
            "is_decimal_allowed": Needed(boolean),
            "initial_value": string(),
            "min_value": string(),
            "max_value": string(),
        },
        no_more_than("min_value", "max_value"),
    ),
    "overflow": Shape(
        f"{PAGES}/overflow-menu-element",
        {"action_id": ACTION_ID, "confirm": CONFIRM, "options": Needed(list_of(OPTION_OF_OVERFLOW, 1, 5))},
    ),
    "plain_text_input": Shape(
        f"{PAGES}/plain-text-input-element",
        {
            **TYPED,
            "initial_value": string(),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        no_more_than("min_length", "max_length"),
    ),
    "radio_buttons": Shape(
        f"{PAGES}/radio-button-group-element",
        {
            **INTERACTIVE,
            "options": Needed(list_of(OPTION_WITH_MRKDWN, 1, 10)),
            "initial_option": OPTION_WITH_MRKDWN,
        },
        initial_among_options,
    ),
    "rich_text_input": Shape(
        f"{PAGES}/rich-text-input-element",
        {
            **TYPED,
            "action_id": Needed(ACTION_ID),
            "initial_value": by_type({"rich_text": RICH_TEXT}),
            "min_lines": integer(1, 100),
            "max_lines": integer(1, 100),
        },
    ),
    "timepicker": Shape(
        f"{PAGES}/time-picker-element",
        {**MENU, "initial_time": pattern(r"([01]\d|2[0-3]):[0-5]\d", "HH:mm"), "timezone": string(1)},
    ),
    "url_text_input": Shape(f"{PAGES}/url-input-element", {**TYPED, "initial_value": string()}),
    "workflow_button": Shape(
        f"{PAGES}/workflow-button-element",
        {
            "text": Needed(plain(75)),
            "workflow": Needed(WORKFLOW),
            "action_id": Needed(ACTION_ID),
            "style": STYLE,
            "confirm": CONFIRM,
            "accessibility_label": ACCESSIBILITY_LABEL,
        },
    ),
    "static_select": Shape(
        SELECT_PAGE,
        {**MENU, **STATIC, "initial_option": OPTION},
        exactly_one("options", "option_groups"),
        initial_among_options,
    ),
    "external_select": Shape(SELECT_PAGE, {**MENU, "initial_option": OPTION, "min_query_length": integer(0)}),
    "users_select": Shape(SELECT_PAGE, {**MENU, "initial_user": string()}),
    "conversations_select": Shape(
        SELECT_PAGE,
        {
            **MENU,
            "initial_conversation": string(),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": FILTER,
        },
    ),
    "channels_select": Shape(SELECT_PAGE, {**MENU, "initial_channel": string(), "response_url_enabled": boolean}),
    "multi_static_select": Shape(
        MULTI_SELECT_PAGE,
        {**MENU, **STATIC, **MULTIPLE, "initial_options": list_of(OPTION, 1)},
        exactly_one("options", "option_groups"),
        initial_among_options,
    ),
    "multi_external_select": Shape(
        MULTI_SELECT_PAGE,
        {**MENU, **MULTIPLE, "initial_options": list_of(OPTION, 1), "min_query_length": integer(0)},
    ),
    "multi_users_select": Shape(MULTI_SELECT_PAGE, {**MENU, **MULTIPLE, "initial_users": IDS}),
    "multi_conversations_select": Shape(
        MULTI_SELECT_PAGE,
        {
            **MENU,
            **MULTIPLE,
            "initial_conversations": IDS,
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        },
    ),
    "multi_channels_select": Shape(MULTI_SELECT_PAGE, {**MENU, **MULTIPLE, "initial_channels": IDS}),
}

# where each element may stand, as its page says
SELECTS = {kind for kind in ELEMENTS if kind.endswith("_select")}
CHOOSERS = SELECTS | {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
IN_SECTION = CHOOSERS | {"button", "image", "overflow", "workflow_button"}
IN_ACTIONS = CHOOSERS | {"button", "datetimepicker", "overflow", "rich_text_input", "workflow_button"}
IN_INPUT = CHOOSERS | {
    "datetimepicker", "email_text_input", "file_input", "number_input", "plain_text_input", "rich_text_input",
    "url_text_input",
}  # fmt: skip
IN_CONTEXT_ACTIONS = {"feedback_buttons", "icon_button"}


def element(kinds: Collection[str]) -> Rule:
    return by_type({kind: ELEMENTS[kind] for kind in kinds})
