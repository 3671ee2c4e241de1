"""The names of emoji: Slack's own, from the table that the page draws them with, and the workspace's."""

import functools
from pathlib import Path

from localslack.workspace.model import Workspace

TABLE = Path(__file__).parents[1] / "page" / "vendor" / "emoji.js"


def is_known(workspace: Workspace, name: str) -> bool:
    """Whether there is an emoji of this name; a skin tone may follow it."""
    plain = name.partition("::")[0]
    return plain in workspace.emoji or plain in standard()


@functools.cache
def standard() -> frozenset[str]:
    """The names of all that need no picture. Each line of the table is a character and its names."""
    table = TABLE.read_text(encoding="utf-8").partition("`")[2].rpartition("`")[0]
    return frozenset(name for line in table.splitlines() for name in line.split(" ")[1:])
