"""slack_sdk's models as an oracle. The limits are its own constants, where it names them."""

from typing import Any

from slack_sdk.models import blocks as sdk
from slack_sdk.models.blocks import basic_components as parts
from slack_sdk.models.blocks import block_elements as elements
from slack_sdk.models.views import View

from tests.localslack.blockkit.cases import Case, Part, some, text

PICTURE = {"alt_text": "a", "image_url": "https://a.example/a.png"}


def option(**given: Any) -> sdk.Option:
    return sdk.Option(**{"text": "t", "value": "v"} | given)


def options(count: int = 1) -> list[sdk.Option]:
    return [option(value=f"v{number}") for number in range(count)]


def group(**given: Any) -> sdk.OptionGroup:
    return sdk.OptionGroup(**{"label": "g", "options": options()} | given)


def button(**given: Any) -> sdk.ButtonElement:
    return sdk.ButtonElement(**{"text": "b"} | given)


def section(**given: Any) -> sdk.SectionBlock:
    return sdk.SectionBlock(**{"text": "t"} | given)


def beside(element: Any) -> sdk.SectionBlock:
    return section(accessory=element)


def asked(element: Any) -> sdk.InputBlock:
    return sdk.InputBlock(label="l", element=element)


def confirm(**given: Any) -> sdk.SectionBlock:
    dialog = sdk.ConfirmObject(**{"title": "t", "text": "t", "confirm": "y", "deny": "n"} | given)
    return beside(button(confirm=dialog))


def card(**given: Any) -> sdk.CardBlock:
    return sdk.CardBlock(**{"title": "t"} | given)


def container(**given: Any) -> sdk.ContainerBlock:
    return sdk.ContainerBlock(**{"title": "t", "child_blocks": [sdk.DividerBlock()]} | given)


def feedback(**given: Any) -> sdk.ContextActionsBlock:
    good, bad = ({"text": "t", "value": "v"} | given, {"text": "t", "value": "v"})
    return sdk.ContextActionsBlock(elements=[sdk.FeedbackButtonsElement(positive_button=good, negative_button=bad)])


def provider(**given: Any) -> sdk.AuthProviderBlock:
    return sdk.AuthProviderBlock(**{"value": "v", "name": "n", "is_connected": True} | given)


def modal(**given: Any) -> View:
    return View(**{"type": "modal", "title": "t", "submit": "s", "close": "c", "blocks": [section()]} | given)


def home(**given: Any) -> View:
    return View(**{"type": "home", "blocks": [section()]} | given)


BLOCK_ID = text("block_id", most=sdk.Block.block_id_max_length)
ACTION_ID = text("accessory", "action_id", most=elements.InteractiveElement.action_id_max_length)
HINT = elements.InputInteractiveElement.placeholder_max_length


def placeholder(*path: str) -> dict[str, Part]:
    return {"placeholder": text(*path, "placeholder", "text", most=HINT, least=1)}


VIEW_TEXTS = {
    "private_metadata": text("private_metadata", most=View.private_metadata_max_length),
    "callback_id": text("callback_id", most=View.callback_id_max_length),
    "blocks": some("blocks", most=View.blocks_max_length, least=1, item=section),
}
PROVIDER = sdk.AuthProviderBlock
OVERFLOW = elements.OverflowMenuElement

CASES = [
    Case("section", section, {
        "block_id": BLOCK_ID,
        "text": text("text", "text", most=sdk.SectionBlock.text_max_length, least=1),
        "fields": some("fields", most=sdk.SectionBlock.fields_max_length, item=lambda: sdk.PlainTextObject(text="f")),
    }),
    Case("header", lambda **given: sdk.HeaderBlock(**{"text": "t"} | given), {
        "block_id": BLOCK_ID,
        "text": text("text", "text", most=sdk.HeaderBlock.text_max_length, least=1),
    }),
    Case("image", lambda **given: sdk.ImageBlock(**PICTURE | {"title": "t"} | given), {
        "image_url": text("image_url", most=sdk.ImageBlock.image_url_max_length),
        "alt_text": text("alt_text", most=sdk.ImageBlock.alt_text_max_length),
        "title": text("title", "text", most=sdk.ImageBlock.title_max_length, least=1),
    }),
    Case("image element", lambda **given: beside(sdk.ImageElement(**PICTURE | given)), {
        "image_url": text("accessory", "image_url", most=elements.ImageElement.image_url_max_length),
        "alt_text": text("accessory", "alt_text", most=elements.ImageElement.alt_text_max_length),
    }),
    Case("actions", lambda elements: sdk.ActionsBlock(elements=elements), {
        "elements": some("elements", most=sdk.ActionsBlock.elements_max_length, item=button),
    }),
    Case("context", lambda elements: sdk.ContextBlock(elements=elements), {
        "elements": some(
            "elements", most=sdk.ContextBlock.elements_max_length, item=lambda: sdk.PlainTextObject(text="c")
        ),
    }),
    Case("context_actions", lambda elements: sdk.ContextActionsBlock(elements=elements), {
        "elements": some("elements", most=sdk.ContextActionsBlock.elements_max_length, least=1,
                         item=lambda: sdk.IconButtonElement(icon="trash", text="t", accessibility_label="a")),
    }),
    Case("feedback_buttons", feedback, {
        "text": text("elements", 0, "positive_button", "text", "text", least=1,
                     most=parts.FeedbackButtonObject.text_max_length),
        "value": text("elements", 0, "positive_button", "value", most=parts.FeedbackButtonObject.value_max_length),
    }),
    Case("input", lambda **given: sdk.InputBlock(
        **{"label": "l", "hint": "h", "element": sdk.PlainTextInputElement(action_id="a")} | given
    ), {
        "label": text("label", "text", most=sdk.InputBlock.label_max_length, least=1),
        "hint": text("hint", "text", most=sdk.InputBlock.hint_max_length, least=1),
    }),
    Case("markdown", lambda text: sdk.MarkdownBlock(text=text), {
        "text": text("text", most=sdk.MarkdownBlock.text_max_length),
    }),
    Case("video", lambda **given: sdk.VideoBlock(**{
        "alt_text": "a", "title": "t", "author_name": "a",
        "video_url": "https://a.example/v", "thumbnail_url": "https://a.example/t",
    } | given), {
        "title": text("title", "text", most=sdk.VideoBlock.title_max_length, least=1),
        "author_name": text("author_name", most=sdk.VideoBlock.author_name_max_length),
    }),
    Case("card", lambda **given: card(**{"subtitle": "s", "body": "b"} | given), {
        "title": text("title", "text", most=sdk.CardBlock.title_max_length, least=1),
        "subtitle": text("subtitle", "text", most=sdk.CardBlock.subtitle_max_length, least=1),
        "body": text("body", "text", most=sdk.CardBlock.body_max_length, least=1),
    }),
    Case("carousel", lambda elements: sdk.CarouselBlock(elements=elements), {
        "elements": some("elements", most=sdk.CarouselBlock.elements_max_length, least=1, item=card),
    }),
    Case("container", lambda **given: container(**{"subtitle": "s"} | given), {
        "title": text("title", "text", most=sdk.ContainerBlock.title_max_length, least=1),
        "subtitle": text("subtitle", "text", most=sdk.ContainerBlock.subtitle_max_length, least=1),
        "child_blocks": some("child_blocks", most=sdk.ContainerBlock.child_blocks_max_length, least=1,
                             item=sdk.DividerBlock),
    }),
    Case("auth_provider", lambda **given: provider(**{
        "description": "d", "connected_identity": "i", "connected_context": "c",
        "icon_url": "https://a.example/i", "auth_url": "https://a.example/a", "disconnect_url": "https://a.example/d",
    } | given), {
        "value": text("value", most=PROVIDER.value_max_length, least=1),
        "name": text("name", "text", most=PROVIDER.name_max_length, least=1),
        "description": text("description", "text", most=PROVIDER.description_max_length, least=1),
        "connected_identity": text(
            "connected_identity", "text", most=PROVIDER.connected_identity_max_length, least=1
        ),
        "connected_context": text("connected_context", "text", most=PROVIDER.connected_context_max_length, least=1),
        "icon_url": text("icon_url", most=PROVIDER.url_max_length),
        "auth_url": text("auth_url", most=PROVIDER.url_max_length),
        "disconnect_url": text("disconnect_url", most=PROVIDER.url_max_length),
    }),
    Case("button", lambda **given: beside(button(**{
        "action_id": "a", "url": "https://a.example", "value": "v", "accessibility_label": "l", "agent_prompt": "p",
    } | given)), {
        "text": text("accessory", "text", "text", most=sdk.ButtonElement.text_max_length, least=1),
        "action_id": ACTION_ID,
        "url": text("accessory", "url", most=sdk.ButtonElement.url_max_length),
        "value": text("accessory", "value", most=sdk.ButtonElement.value_max_length),
        "accessibility_label": text("accessory", "accessibility_label", most=sdk.ButtonElement.text_max_length),
        "agent_prompt": text("accessory", "agent_prompt", most=sdk.ButtonElement.agent_prompt_max_length),
    }),
    Case("confirm", confirm, {
        name: text("accessory", "confirm", name, "text", most=most, least=1)
        for name, most in (
            ("title", sdk.ConfirmObject.title_max_length),
            ("text", sdk.ConfirmObject.text_max_length),
            ("confirm", sdk.ConfirmObject.confirm_max_length),
            ("deny", sdk.ConfirmObject.deny_max_length),
        )
    }),
    Case("static_select", lambda **given: beside(
        sdk.StaticSelectElement(**{"placeholder": "p", "options": options()} | given)
    ), {
        **placeholder("accessory"),
        "options": some("accessory", "options", most=sdk.StaticSelectElement.options_max_length, item=option),
    }),
    Case("option_groups", lambda option_groups: beside(sdk.StaticSelectElement(option_groups=option_groups)), {
        "option_groups": some(
            "accessory", "option_groups", most=sdk.StaticSelectElement.option_groups_max_length, item=group
        ),
    }),
    Case("option group", lambda **given: beside(sdk.StaticSelectElement(option_groups=[group(**given)])), {
        "label": text("accessory", "option_groups", 0, "label", "text", most=sdk.OptionGroup.label_max_length),
        "options": some("accessory", "option_groups", 0, "options", most=sdk.OptionGroup.options_max_length,
                        item=option),
    }),
    Case("multi_static_select", lambda **given: beside(
        sdk.StaticMultiSelectElement(**{"placeholder": "p", "options": options()} | given)
    ), {
        **placeholder("accessory"),
        "options": some("accessory", "options", most=sdk.StaticMultiSelectElement.options_max_length, item=option),
    }),
    Case("overflow", lambda options: beside(sdk.OverflowMenuElement(action_id="a", options=options)), {
        "options": some("accessory", "options", most=OVERFLOW.options_max_length, least=OVERFLOW.options_min_length,
                        item=option),
    }),
    Case("option", lambda **given: beside(sdk.StaticSelectElement(options=[option(**given)])), {
        "text": text("accessory", "options", 0, "text", "text", most=sdk.Option.label_max_length, least=1),
        "value": text("accessory", "options", 0, "value", most=sdk.Option.value_max_length),
    }),
    *(
        Case(model.type, lambda model=model, **given: asked(model(**{"action_id": "a", "placeholder": "p"} | given)), {
            **placeholder("element"),
            "action_id": text("element", "action_id", most=elements.InteractiveElement.action_id_max_length),
        })
        for model in (
            sdk.PlainTextInputElement, sdk.EmailInputElement, sdk.UrlInputElement, sdk.RichTextInputElement,
            sdk.DatePickerElement, sdk.TimePickerElement, sdk.ExternalDataSelectElement, sdk.UserSelectElement,
            sdk.ConversationSelectElement, sdk.ChannelSelectElement, sdk.ExternalDataMultiSelectElement,
            sdk.UserMultiSelectElement, sdk.ConversationMultiSelectElement, sdk.ChannelMultiSelectElement,
        )
    ),
    Case("modal", lambda **given: modal(**{"private_metadata": "p", "callback_id": "c"} | given), {
        **VIEW_TEXTS,
        "title": text("title", "text", most=View.title_max_length, least=1),
        "submit": text("submit", "text", most=View.submit_max_length, least=1),
        "close": text("close", "text", most=View.close_max_length, least=1),
    }, "view"),
    Case("home", lambda **given: home(**{"private_metadata": "p", "callback_id": "c"} | given), VIEW_TEXTS, "view"),
]  # fmt: skip
