"""The `slackblocks` builders as an oracle. The limits are its own, which its authors try against blocks.validate."""

from typing import Any

import slackblocks as sb
from slackblocks import _limits as its
from slackblocks.blocks import (
    AlertBlock,
    CardBlock,
    CarouselBlock,
    ContainerBlock,
    ContextActionsBlock,
    DataTableBlock,
    DataVisualizationBlock,
)
from slackblocks.elements import FeedbackButton, FeedbackButtons, IconButton
from slackblocks.objects import (
    AxisConfig,
    ChartSegment,
    DataPoint,
    DataSeries,
    LineChart,
    PieChart,
    RawText,
)

from tests.localslack.blockkit.cases import Case, Part, number, some, text

PICTURE = {"alt_text": "a", "image_url": "https://a.example/a.png"}


def plain(words: str) -> sb.Text:
    return sb.Text(words, type_=sb.TextType.PLAINTEXT)


def option(**given: Any) -> sb.Option:
    return sb.Option(**{"text": plain("t"), "value": "v"} | given)


def group(**given: Any) -> sb.OptionGroup:
    return sb.OptionGroup(**{"label": "g", "options": [option()]} | given)


def button(**given: Any) -> sb.Button:
    return sb.Button(**{"text": "b"} | given)


def section(**given: Any) -> sb.SectionBlock:
    return sb.SectionBlock(**{"text": "t"} | given)


def beside(element: Any) -> sb.SectionBlock:
    return section(accessory=element)


def asked(element: Any) -> sb.InputBlock:
    return sb.InputBlock(label="l", element=element)


def written() -> sb.RichTextSection:
    return sb.RichTextSection([sb.RichText("t")])


def feedback(**given: Any) -> ContextActionsBlock:
    good, bad = FeedbackButton(**{"text": "t", "value": "v"} | given), FeedbackButton("t", "v")
    return ContextActionsBlock([FeedbackButtons(good, bad)])


def icon(**given: Any) -> IconButton:
    return IconButton(**{"text": "t"} | given)


def confirm(**given: Any) -> sb.SectionBlock:
    return beside(
        button(confirm=sb.ConfirmationDialogue(**{"title": "t", "text": "t", "confirm": "y", "deny": "n"} | given))
    )


def raw() -> RawText:
    return RawText("r")


def data_table(**given: Any) -> DataTableBlock:
    return DataTableBlock(**{"rows": [[raw()], [raw()]], "caption": "c"} | given)


def pie(**given: Any) -> DataVisualizationBlock:
    return DataVisualizationBlock(**{"title": "t", "chart": PieChart([ChartSegment("l", 1)])} | given)


def slice_of(**given: Any) -> DataVisualizationBlock:
    return pie(chart=PieChart([ChartSegment(**{"label": "l", "value": 1} | given)]))


def line(name: str = "s", **axes: Any) -> DataVisualizationBlock:
    return pie(chart=LineChart([DataSeries(name, [DataPoint("c", 1)])], AxisConfig(**{"categories": ["c"]} | axes)))


def modal(**given: Any) -> sb.ModalView:
    return sb.ModalView(**{"title": "t", "blocks": [section()], "close": "c", "submit": "s"} | given)


def home(**given: Any) -> sb.HomeTabView:
    return sb.HomeTabView(**{"blocks": [section()]} | given)


def at(limit: str, *path: str | int, least: int = 0) -> Part:
    return text(*path, most=getattr(its, f"{limit}_MAX_LENGTH"), least=least)


def words(limit: str, *path: str | int) -> Part:
    """A text object, which holds one character at least."""
    return at(limit, *path, "text", least=its.TEXT_MIN_LENGTH)


def each(limit: str, *path: str | int, item: Any, least: int = 0) -> Part:
    return some(*path, most=getattr(its, f"{limit}_MAX_ITEMS"), least=least, item=item)


def between(limit: str, *path: str | int) -> Part:
    return number(*path, most=getattr(its, f"{limit}_MAX"), least=getattr(its, f"{limit}_MIN"))


def menu(limit: str, name: str, builder: Any, **fixed: Any) -> Case:
    return Case(
        name,
        lambda **given: asked(builder(**{"action_id": "a", "placeholder": "p"} | fixed | given)),
        {
            "placeholder": words(limit, "element", "placeholder"),
            "action_id": at("ACTION_ID", "element", "action_id"),
        },
    )


VIEW_TEXTS = {
    "private_metadata": at("VIEW_PRIVATE_METADATA", "private_metadata"),
    "callback_id": at("VIEW_CALLBACK_ID", "callback_id"),
    "external_id": at("VIEW_EXTERNAL_ID", "external_id"),
    "blocks": each("VIEW_BLOCKS", "blocks", item=section),
}
VIEW = {"private_metadata": "p", "callback_id": "c", "external_id": "e"}

CASES = [
    Case("section", section, {
        "block_id": at("BLOCK_ID", "block_id"),
        "text": words("SECTION_TEXT", "text"),
        "fields": each("SECTION_FIELDS", "fields", item=lambda: plain("f")),
    }),
    Case("section field", lambda field: section(fields=[plain(field)]), {
        "field": text("fields", 0, "text", most=its.SECTION_FIELDS_ITEM_MAX_LENGTH, least=1),
    }),
    Case("header", lambda **given: sb.HeaderBlock(**{"text": "t"} | given), {"text": words("HEADER_TEXT", "text")}),
    Case("image", lambda **given: sb.ImageBlock(**PICTURE | {"title": "t"} | given), {
        "image_url": at("IMAGE_IMAGE_URL", "image_url"),
        "alt_text": at("IMAGE_ALT_TEXT", "alt_text"),
        "title": words("IMAGE_TITLE", "title"),
    }),
    Case("image element", lambda **given: beside(sb.Image(**PICTURE | given)), {
        "image_url": at("IMAGE_ELEMENT_IMAGE_URL", "accessory", "image_url"),
        "alt_text": at("IMAGE_ELEMENT_ALT_TEXT", "accessory", "alt_text"),
    }),
    Case("actions", sb.ActionsBlock, {
        "elements": each("ACTIONS_ELEMENTS", "elements", item=button),
    }),
    Case("context", sb.ContextBlock, {
        "elements": each("CONTEXT_ELEMENTS", "elements", item=lambda: plain("c")),
    }),
    Case("context_actions", ContextActionsBlock, {
        "elements": each("CONTEXT_ACTIONS_ELEMENTS", "elements", item=icon, least=1),
    }),
    Case("feedback_buttons", lambda **given: feedback(**{"accessibility_label": "a"} | given), {
        "text": words("FEEDBACK_BUTTON_TEXT", "elements", 0, "positive_button", "text"),
        "value": at("FEEDBACK_BUTTON_VALUE", "elements", 0, "positive_button", "value"),
        "accessibility_label": at(
            "FEEDBACK_BUTTON_ACCESSIBILITY_LABEL", "elements", 0, "positive_button", "accessibility_label"
        ),
    }),
    Case("icon_button", lambda **given: ContextActionsBlock([icon(**{
        "value": "v", "accessibility_label": "a", "visible_to_user_ids": ["U1"]} | given)]), {
        "value": at("ICON_BUTTON_VALUE", "elements", 0, "value"),
        "accessibility_label": at("ICON_BUTTON_ACCESSIBILITY_LABEL", "elements", 0, "accessibility_label"),
        "visible_to_user_ids": each(
            "ICON_BUTTON_VISIBLE_TO_USER_IDS", "elements", 0, "visible_to_user_ids", item=lambda: "U1"
        ),
    }),
    Case("input", lambda **given: sb.InputBlock(
        **{"label": "l", "hint": "h", "element": sb.PlainTextInput(action_id="a")} | given
    ), {"label": words("INPUT_LABEL", "label"), "hint": words("INPUT_HINT", "hint")}),
    Case("markdown", sb.MarkdownBlock, {"text": at("MARKDOWN_TEXT", "text")}),
    Case("video", lambda **given: sb.VideoBlock(**{
        "alt_text": "a", "title": "t", "author_name": "a", "provider_name": "p", "description": "d",
        "video_url": "https://a.example/v", "thumbnail_url": "https://a.example/t", "title_url": "https://a.example",
        "provider_icon_url": "https://a.example/i",
    } | given), {
        "alt_text": at("VIDEO_ALT_TEXT", "alt_text"),
        "title": words("VIDEO_TITLE", "title"),
        "description": words("VIDEO_DESCRIPTION", "description"),
        "author_name": at("VIDEO_AUTHOR_NAME", "author_name"),
        "provider_name": at("VIDEO_PROVIDER_NAME", "provider_name"),
        "video_url": at("VIDEO_VIDEO_URL", "video_url", least=1),
        "thumbnail_url": at("VIDEO_THUMBNAIL_URL", "thumbnail_url", least=1),
        "title_url": at("VIDEO_TITLE_URL", "title_url"),
        "provider_icon_url": at("VIDEO_PROVIDER_ICON_URL", "provider_icon_url"),
    }),
    Case("table", lambda **given: sb.TableBlock(**{
        "rows": [[raw()]], "column_settings": [sb.ColumnSettings(is_wrapped=True)]} | given), {
        "rows": each("TABLE_ROWS", "rows", item=lambda: [raw()], least=1),
        "column_settings": each(
            "TABLE_COLUMN_SETTINGS", "column_settings", item=lambda: sb.ColumnSettings(is_wrapped=True)
        ),
    }),
    Case("table row", lambda cells: sb.TableBlock([cells]), {
        "cells": each("TABLE_COLUMNS", "rows", 0, item=raw),
    }),
    Case("data_table", lambda **given: data_table(
        **{"caption": "c", "page_size": 5, "row_header_column_index": 0} | given
    ), {
        "rows": each("DATA_TABLE_ROWS", "rows", item=lambda: [raw()], least=its.DATA_TABLE_ROWS_MIN_ITEMS),
        "caption": text("caption", most=60, least=1, limited=False),
        "page_size": between("DATA_TABLE_PAGE_SIZE", "page_size"),
        "row_header_column_index": number("row_header_column_index", most=0, least=0),
    }),
    Case("data_table text", lambda cell: data_table(rows=[[raw()], [RawText(cell)]]), {
        "cell": text("rows", 1, 0, "text", most=its.DATA_TABLE_CONTENT_MAX_LENGTH - len("r"),
                     least=its.DATA_TABLE_CELL_TEXT_MIN_LENGTH),
    }),
    Case("data_visualization", pie, {"title": at("DATA_VISUALIZATION_TITLE", "title", least=1)}),
    Case("pie", lambda segments: pie(chart=PieChart(segments)), {
        "segments": each(
            "DATA_VISUALIZATION_SEGMENTS", "chart", "segments", item=lambda: ChartSegment("l", 1), least=1
        ),
    }),
    Case("segment", slice_of, {
        "label": at("DATA_VISUALIZATION_SEGMENT_LABEL", "chart", "segments", 0, "label", least=1),
        "value": number("chart", "segments", 0, "value", least=1),
    }),
    Case("axes", lambda **given: line(**{"x_label": "x", "y_label": "y"} | given), {
        "x_label": at("DATA_VISUALIZATION_AXIS_LABEL", "chart", "axis_config", "x_label"),
        "y_label": at("DATA_VISUALIZATION_AXIS_LABEL", "chart", "axis_config", "y_label"),
        "name": at("DATA_VISUALIZATION_SERIES_NAME", "chart", "series", 0, "name", least=1),
    }),
    Case("alert", AlertBlock, {"text": words("ALERT_TEXT", "text")}, "modal"),
    Case("card", lambda **given: CardBlock(
        **{"title": "t", "subtitle": "s", "body": "b", "subtext": "x", "actions": [button()]} | given
    ), {
        "title": words("CARD_TITLE", "title"),
        "subtitle": words("CARD_SUBTITLE", "subtitle"),
        "body": words("CARD_BODY", "body"),
        "subtext": words("CARD_SUBTEXT", "subtext"),
        "actions": each("CARD_ACTIONS", "actions", item=button),
    }),
    Case("carousel", CarouselBlock, {
        "elements": each(
            "CAROUSEL_ELEMENTS", "elements", item=lambda: CardBlock(title="t"), least=its.CAROUSEL_ELEMENTS_MIN_ITEMS
        ),
    }),
    Case("container", lambda **given: ContainerBlock(
        **{"title": "t", "subtitle": "s", "child_blocks": [sb.DividerBlock()]} | given
    ), {
        "title": words("CONTAINER_TITLE", "title"),
        "subtitle": words("CONTAINER_SUBTITLE", "subtitle"),
        "child_blocks": each("CONTAINER_CHILD_BLOCKS", "child_blocks", item=sb.DividerBlock, least=1),
    }),
    Case("button", lambda **given: beside(button(**{
        "action_id": "a", "url": "https://a.example", "value": "v", "accessibility_label": "l", "agent_prompt": "p",
    } | given)), {
        "text": words("BUTTON_TEXT", "accessory", "text"),
        "action_id": at("ACTION_ID", "accessory", "action_id"),
        "url": at("BUTTON_URL", "accessory", "url"),
        "value": at("BUTTON_VALUE", "accessory", "value"),
        "accessibility_label": at("BUTTON_ACCESSIBILITY_LABEL", "accessory", "accessibility_label"),
        "agent_prompt": at("BUTTON_AGENT_PROMPT", "accessory", "agent_prompt"),
    }),
    Case("workflow_button", lambda **given: beside(sb.WorkflowButton(**{
        "text": "t", "action_id": "a", "accessibility_label": "l",
        "workflow": sb.Workflow(sb.Trigger("https://a.example", [sb.InputParameter("n", "v")])),
    } | given)), {
        "text": words("WORKFLOW_BUTTON_TEXT", "accessory", "text"),
        "accessibility_label": at("WORKFLOW_BUTTON_ACCESSIBILITY_LABEL", "accessory", "accessibility_label"),
    }),
    Case("confirm", confirm, {
        "title": words("CONFIRMATION_TITLE", "accessory", "confirm", "title"),
        "text": words("CONFIRMATION_TEXT", "accessory", "confirm", "text"),
        "confirm": words("CONFIRMATION_CONFIRM", "accessory", "confirm", "confirm"),
        "deny": words("CONFIRMATION_DENY", "accessory", "confirm", "deny"),
    }),
    Case("checkboxes", lambda options: beside(sb.CheckboxGroup("a", options)), {
        "options": each("CHECKBOXES_OPTIONS", "accessory", "options", item=option, least=1),
    }),
    Case("radio_buttons", lambda options: beside(sb.RadioButtonGroup("a", options)), {
        "options": each("RADIO_BUTTONS_OPTIONS", "accessory", "options", item=option, least=1),
    }),
    Case("overflow", lambda options: beside(sb.OverflowMenu("a", options)), {
        "options": each("OVERFLOW_OPTIONS", "accessory", "options", item=option, least=1),
    }),
    Case("option of overflow", lambda url: beside(sb.OverflowMenu("a", [option(url=url)])), {
        "url": at("OPTION_URL", "accessory", "options", 0, "url"),
    }),
    Case("option", lambda **given: beside(sb.CheckboxGroup("a", [option(**{"description": "d"} | given)])), {
        "text": words("OPTION_TEXT", "accessory", "options", 0, "text"),
        "value": at("OPTION_VALUE", "accessory", "options", 0, "value"),
        "description": words("OPTION_DESCRIPTION", "accessory", "options", 0, "description"),
    }),
    Case("static_select", lambda options: beside(sb.StaticSelectMenu("a", options)), {
        "options": each("SELECT_OPTIONS", "accessory", "options", item=option, least=1),
    }),
    Case("option_groups", lambda option_groups: beside(sb.StaticSelectMenu("a", option_groups=option_groups)), {
        "option_groups": each("SELECT_OPTION_GROUPS", "accessory", "option_groups", item=group, least=1),
    }),
    Case("option group", lambda **given: beside(sb.StaticSelectMenu("a", option_groups=[group(**given)])), {
        "label": words("OPTION_GROUP_LABEL", "accessory", "option_groups", 0, "label"),
        "options": each("OPTION_GROUP_OPTIONS", "accessory", "option_groups", 0, "options", item=option, least=1),
    }),
    Case("multi_static_select", lambda **given: beside(
        sb.StaticMultiSelectMenu(**{"action_id": "a", "options": [option()], "max_selected_items": 1} | given)
    ), {
        "options": each("SELECT_OPTIONS", "accessory", "options", item=option, least=1),
        "max_selected_items": number("accessory", "max_selected_items", least=1),
    }),
    Case("external_select", lambda **given: beside(sb.ExternalSelectMenu(action_id="a", **given)), {
        "min_query_length": number("accessory", "min_query_length", least=0),
    }),
    Case("file_input", lambda max_files=None: asked(sb.FileInput("a", max_files=max_files)), {
        "max_files": between("FILE_INPUT_MAX_FILES", "element", "max_files"),
    }, "modal"),
    Case("plain_text_input", lambda **given: asked(sb.PlainTextInput(action_id="a", **given)), {
        "min_length": between("PLAIN_TEXT_INPUT_MIN_LENGTH", "element", "min_length"),
        "max_length": between("PLAIN_TEXT_INPUT_MAX_LENGTH", "element", "max_length"),
    }),
    Case("rich_text_input", lambda **given: asked(sb.RichTextInput(action_id="a", **given)), {
        "min_lines": between("RICH_TEXT_INPUT_MIN_LINES", "element", "min_lines"),
        "max_lines": between("RICH_TEXT_INPUT_MAX_LINES", "element", "max_lines"),
    }),
    Case("rich_text_list", lambda **given: sb.RichTextBlock(
        [sb.RichTextList(**{"style": "bullet", "elements": [written()], "indent": 0, "offset": 0, "border": 0} | given)]
    ), {
        "elements": some("elements", 0, "elements", most=60, least=1, item=written, limited=False),
        "indent": between("RICH_TEXT_LIST_INDENT", "elements", 0, "indent"),
        "offset": number("elements", 0, "offset", least=its.RICH_TEXT_LIST_OFFSET_MIN),
        "border": between("RICH_TEXT_LIST_BORDER", "elements", 0, "border"),
    }),
    Case("rich_text_quote", lambda border=None: sb.RichTextBlock([sb.RichTextQuote([sb.RichText("t")], border)]), {
        "border": between("RICH_TEXT_QUOTE_BORDER", "elements", 0, "border"),
    }),
    Case("rich_text_preformatted", lambda border=None: sb.RichTextBlock(
        [sb.RichTextCodeBlock([sb.RichText("t")], border)]
    ), {"border": between("RICH_TEXT_PREFORMATTED_BORDER", "elements", 0, "border")}),
    menu("SELECT_PLACEHOLDER", "select placeholder", sb.StaticSelectMenu, options=[option()]),
    menu("SELECT_PLACEHOLDER", "multi select placeholder", sb.StaticMultiSelectMenu, options=[option()]),
    menu("SELECT_PLACEHOLDER", "external_select placeholder", sb.ExternalSelectMenu),
    menu("SELECT_PLACEHOLDER", "users_select", sb.UserSelectMenu),
    menu("SELECT_PLACEHOLDER", "conversations_select", sb.ConversationSelectMenu),
    menu("SELECT_PLACEHOLDER", "channels_select", sb.ChannelSelectMenu),
    menu("SELECT_PLACEHOLDER", "multi_external_select", sb.ExternalMultiSelectMenu),
    menu("SELECT_PLACEHOLDER", "multi_users_select", sb.UserMultiSelectMenu),
    menu("SELECT_PLACEHOLDER", "multi_conversations_select", sb.ConversationMultiSelectMenu),
    menu("SELECT_PLACEHOLDER", "multi_channels_select", sb.ChannelMultiSelectMenu),
    menu("DATE_PICKER_PLACEHOLDER", "datepicker", sb.DatePicker),
    menu("TIME_PICKER_PLACEHOLDER", "timepicker", sb.TimePicker),
    menu("PLAIN_TEXT_INPUT_PLACEHOLDER", "plain_text_input placeholder", sb.PlainTextInput),
    menu("EMAIL_INPUT_PLACEHOLDER", "email_text_input", sb.EmailInput),
    menu("URL_INPUT_PLACEHOLDER", "url_text_input", sb.URLInput),
    menu("NUMBER_INPUT_PLACEHOLDER", "number_input", sb.NumberInput, is_decimal_allowed=False),
    menu("RICH_TEXT_INPUT_PLACEHOLDER", "rich_text_input placeholder", sb.RichTextInput),
    Case("modal", lambda **given: modal(**VIEW | given), {
        **VIEW_TEXTS,
        "title": words("VIEW_TITLE", "title"),
        "submit": words("VIEW_SUBMIT", "submit"),
        "close": words("VIEW_CLOSE", "close"),
    }, "view"),
    Case("home", lambda **given: home(**VIEW | given), VIEW_TEXTS, "view"),
]  # fmt: skip
