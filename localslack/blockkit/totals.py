"""What holds of a message or view as a whole: ids told apart, and what it may hold in all."""

from collections.abc import Callable, Iterator
from typing import Any

from localslack.blockkit.problems import Report
from localslack.blockkit.rules import items, unique

# https://docs.slack.dev/reference/block-kit/blocks/markdown-block: over all of them in a payload
MARKDOWN_LIMIT = 12_000
# https://docs.slack.dev/reference/block-kit/blocks/table-block and data-table-block: over all cells in a message
TABLE_LIMIT = 10_000
DATA_TABLE_LIMIT = 20_000
# on no page, but Slack refuses a third: https://github.com/vercel/chat/pull/696
CHARTS_LIMIT = 2

unique_block_ids = unique("block_id", lambda blocks: [(f"/{place}", block) for place, block in enumerate(blocks)])


def check_totals(blocks: list[Any], where: str, report: Report) -> None:
    """Over all blocks of a message, those in its attachments and in containers too."""
    whole = list(_with_children(blocks))
    if sum(block["type"] == "table" for block in whole) > 1:
        report.add("only_one_table_allowed", where)
    if sum(block["type"] == "data_visualization" for block in whole) > CHARTS_LIMIT:
        report.add(f"no more than {CHARTS_LIMIT} data_visualization blocks allowed", where)
    for kind, most, length in (
        ("markdown", MARKDOWN_LIMIT, _markdown_length),
        ("table", TABLE_LIMIT, _table_length),
        ("data_table", DATA_TABLE_LIMIT, _table_length),
    ):
        _check_total(whole, kind, most, length, where, report)


def _check_total(
    blocks: list[Any], kind: str, most: int, length: Callable[[Any], int], where: str, report: Report
) -> None:
    if sum(length(block) for block in blocks if block["type"] == kind) > most:
        report.add(f"{kind} blocks must be less than {most + 1} characters in all", where)


def check_focus(blocks: list[Any], where: str, report: Report) -> None:
    """Each element with a focus_on_load says that only one of them can be true."""
    focused = [element for element in _elements(blocks) if element.get("focus_on_load") is True]
    if len(focused) > 1:
        report.add("only one element can set `focus_on_load`", where)


def _with_children(blocks: list[Any]) -> Iterator[Any]:
    for block in blocks:
        if isinstance(block, dict) and isinstance(block.get("type"), str):
            yield block
            if block["type"] == "container":
                yield from (
                    child
                    for child in items(block, "child_blocks")
                    if isinstance(child, dict) and isinstance(child.get("type"), str)
                )


def _elements(blocks: list[Any]) -> Iterator[Any]:
    for block in _with_children(blocks):
        held = [block.get("accessory"), block.get("element"), *items(block, "elements")]
        yield from (element for element in held if isinstance(element, dict))


def _markdown_length(block: Any) -> int:
    return _length(block.get("text"))


def _table_length(block: Any) -> int:
    cells = (cell for row in items(block, "rows") if isinstance(row, list) for cell in row)
    return sum(_cell_length(cell) for cell in cells if isinstance(cell, dict))


def _cell_length(cell: Any) -> int:
    parts = items(cell, "elements")
    leaves = [leaf for part in parts for leaf in items(part, "elements")]
    deeper = [leaf for item in leaves for leaf in items(item, "elements")]  # a list's items hold the leaves
    return _length(cell.get("text")) + sum(_length(leaf.get("text")) for leaf in leaves + deeper if _is_dict(leaf))


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _length(text: Any) -> int:
    return len(text) if isinstance(text, str) else 0
