"""Rich text, as https://docs.slack.dev/reference/block-kit/blocks/rich-text-block documents it.

The range of indent, offset and border is not documented; blocks.validate, Slack's own method, holds to it
(https://github.com/nicklambourne/slackblocks/blob/master/spec/CHANGELOG.md).
"""

from collections.abc import Mapping

from localslack.blockkit.rules import (
    BLOCK_ID,
    DOCS,
    Needed,
    Rule,
    Shape,
    boolean,
    by_type,
    integer,
    list_of,
    one_of,
    string,
)

PAGE = f"{DOCS}/blocks/rich-text-block"
STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
BORDER = integer(0, 1)


def _leaf(fields: Mapping[str, Rule | Needed]) -> Shape:
    return Shape(PAGE, {**fields, "style": Shape(PAGE, dict.fromkeys(STYLES, boolean))})


LEAVES = {
    "text": _leaf({"text": Needed(string(1))}),
    "link": _leaf({"url": Needed(string(1)), "text": string(), "unsafe": boolean}),
    "user": _leaf({"user_id": Needed(string(1))}),
    "usergroup": _leaf({"usergroup_id": Needed(string(1))}),
    "team": _leaf({"team_id": Needed(string(1))}),
    "channel": _leaf({"channel_id": Needed(string(1))}),
    "emoji": _leaf({"name": Needed(string(1)), "skin_tone": integer(), "unicode": string()}),
    "date": _leaf({"timestamp": Needed(integer()), "format": Needed(string(1)), "url": string(), "fallback": string()}),
    "broadcast": _leaf({"range": Needed(one_of("here", "channel", "everyone"))}),
    "color": _leaf({"value": Needed(string(1))}),
}
INLINE = list_of(by_type(LEAVES))
SECTION = Shape(PAGE, {"elements": Needed(INLINE)})
RICH_TEXT = Shape(
    PAGE,
    {
        "block_id": BLOCK_ID,
        "elements": Needed(
            list_of(
                by_type(
                    {
                        "rich_text_section": SECTION,
                        "rich_text_list": Shape(
                            PAGE,
                            {
                                "style": Needed(one_of("bullet", "ordered")),
                                "elements": Needed(list_of(by_type({"rich_text_section": SECTION}), 1)),
                                "indent": integer(0, 8),
                                "offset": integer(0),
                                "border": BORDER,
                            },
                        ),
                        "rich_text_quote": Shape(PAGE, {"elements": Needed(INLINE), "border": BORDER}),
                        "rich_text_preformatted": Shape(
                            PAGE, {"elements": Needed(INLINE), "border": BORDER, "language": string()}
                        ),
                    }
                )
            )
        ),
    },
)
