"""Files that somebody chooses in a form where a list may be long: what is in them, as whoever wrote them meant it."""

import codecs
from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import reading, webapi
from bot.drawing.elements import TEXT_LIMIT, plain_text
from bot.errors import Refused
from bot.store.models import JSON

OF = ".file"  # ends the name of the block in which a parameter's file is chosen
LARGEST = 5_000_000  # bytes: fifty thousand rows with long names have fewer
MARKS = {  # at the beginning of a file; those of UTF-32 begin as those of UTF-16 do
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def field(name: str, label: str) -> JSON:
    """The block of a form in which a file may be chosen instead of typing."""
    return {
        "type": "input",
        "block_id": f"{name}{OF}",
        "optional": True,
        "label": plain_text(f"{label}, as a file", TEXT_LIMIT),
        "hint": plain_text(
            "A CSV file with a header, or a list with one entry per line; up to 50,000 entries.", TEXT_LIMIT
        ),
        "element": {"type": "file_input", "action_id": "file", "filetypes": ["csv", "txt"], "max_files": 1},
    }


def chosen(view: Mapping[str, Any]) -> dict[str, str]:
    """By parameter the id of the file that was chosen for it."""
    values = view.get("state", {}).get("values", {})
    files = {block: one for block, held in values.items() for one in held.values() if block.endswith(OF)}
    return {block.removesuffix(OF): str(one["files"][0]["id"]) for block, one in files.items() if one.get("files")}


async def text_of(client: AsyncWebClient, file_id: str) -> str:
    """What is in it. Raises `Refused`, with nothing done, for a file that is gone, too large, empty or no text."""
    try:
        file = (await client.files_info(file=file_id))["file"]
    except SlackApiError:
        raise Refused("Slack does not give me that file. Nothing was done: choose it again.") from None
    try:
        return read(await reading.content_of(client, file, LARGEST))
    except reading.TooLarge:
        size = f"{file['size'] / 1e6:,.0f} MB"
        said = f"That file has {size}, but only {LARGEST // 1_000_000} MB are allowed. Nothing was done: split it."
        raise Refused(said) from None
    except (reading.Unreadable, *webapi.UNANSWERED):
        raise Refused("I could not read that file from Slack. Nothing was done: send the form again.") from None


def read(content: bytes) -> str:
    """Text in UTF-8, with or without a mark, in UTF-16 with one, or as older programs of the West write it."""
    if not content.strip():
        raise Refused("That file is empty. Nothing was done: choose another one.")
    coding = next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    if coding is None and b"\x00" in content:
        raise Refused(
            "That file is not text; perhaps it is a spreadsheet. Nothing was done: save it as CSV and choose that."
        )
    for one in [coding] if coding else ["utf-8", "cp1252"]:
        try:
            return content.decode(one)
        except UnicodeDecodeError:
            continue
    return content.decode(coding or "latin-1", errors="replace")
