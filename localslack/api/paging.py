"""Cursors: a page of a list, and what to ask with for the next. https://docs.slack.dev/apis/web-api/pagination"""

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from localslack.api.args import Args
from localslack.workspace.model import Json, SlackError

USUAL, MOST = 100, 1000
Item = TypeVar("Item")


def paged(
    items: Sequence[Item], args: Args, kind: str, key: Callable[[Item], str], *, usual: int = USUAL
) -> tuple[list[Item], Json]:
    """One page, and the response_metadata that says where the next begins; `usual` without a limit, or with 0.

    A cursor names the item the next page begins with, so what is added meanwhile moves nothing; one of another
    `kind` of list, or of an item that is gone, is refused.
    """
    start = _start(items, args.text("cursor"), kind, key)
    end = start + (args.number("limit", usual, MOST) if args.text("limit") not in ("", "0") else usual)
    following = f"{kind}:{key(items[end])}" if end < len(items) else ""
    cursor = base64.b64encode(following.encode()).decode()
    return list(items[start:end]), {"response_metadata": {"next_cursor": cursor}}


def _start(items: Sequence[Item], cursor: str, kind: str, key: Callable[[Item], str]) -> int:
    if not cursor:
        return 0
    try:
        named, _, wanted = base64.b64decode(cursor, validate=True).decode().partition(":")
    except ValueError:
        raise SlackError("invalid_cursor") from None
    places = [place for place, item in enumerate(items) if key(item) == wanted]
    if named != kind or not places:
        raise SlackError("invalid_cursor")
    return places[0]
