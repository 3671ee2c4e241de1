"""Tables and charts: table, data_table and data_visualization blocks, each as its page documents it."""

from typing import Any

from localslack.blockkit.elements import ELEMENTS
from localslack.blockkit.problems import Report
from localslack.blockkit.rich_text import RICH_TEXT
from localslack.blockkit.rules import (
    BLOCK_ID,
    DOCS,
    Json,
    Needed,
    Rule,
    Shape,
    boolean,
    by_type,
    integer,
    items,
    list_of,
    number,
    one_of,
    or_null,
    positive,
    string,
    unique,
)

TABLE_PAGE = f"{DOCS}/blocks/table-block"
RAW_TEXT = Shape(TABLE_PAGE, {"text": Needed(string(1))}, strict=False)
RAW_NUMBER = Shape(TABLE_PAGE, {"value": Needed(number), "text": Needed(string(1))})
CELLS: dict[str, Rule] = {"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER, "rich_text": RICH_TEXT}
TABLE = Shape(
    TABLE_PAGE,
    {
        "block_id": BLOCK_ID,
        "rows": Needed(list_of(list_of(by_type(CELLS), 1, 20), 1, 100)),
        "column_settings": list_of(
            or_null(Shape(TABLE_PAGE, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})), 0, 20
        ),
    },
)


DATA_TABLE_PAGE = f"{DOCS}/blocks/data-table-block"
ACTION_CELL = Shape(
    DATA_TABLE_PAGE,
    {"element": Needed(by_type({"button": ELEMENTS["button"]})), "fallback": by_type(CELLS)},
    strict=False,
)


def _header_is_plain(table: Json, where: str, report: Report) -> None:
    for header in items(table, "rows")[:1]:
        for place, cell in enumerate(header if isinstance(header, list) else []):
            if isinstance(cell, dict) and cell.get("type") == "rich_text":
                report.add("unsupported type: rich_text", f"{where}/rows/0/{place}/type")


def _columns_are_even(table: Json, where: str, report: Report) -> None:
    rows = [row for row in items(table, "rows") if isinstance(row, list)]
    if len({len(row) for row in rows}) > 1:
        report.add("all rows must have the same number of columns", f"{where}/rows")
    column = table.get("row_header_column_index")
    if rows and isinstance(column, int) and column >= len(rows[0]) > 0:
        report.add(f"must be less than {len(rows[0])}", f"{where}/row_header_column_index")


def _action_cells(table: Json) -> list[tuple[str, Any]]:
    return [
        (f"/rows/{number}/{place}/element", cell.get("element"))
        for number, row in enumerate(items(table, "rows"))
        for place, cell in enumerate(row if isinstance(row, list) else [])
        if isinstance(cell, dict) and cell.get("type") == "action_cell"
    ]


DATA_TABLE = Shape(
    DATA_TABLE_PAGE,
    {
        "block_id": BLOCK_ID,
        "caption": Needed(string(1)),
        "rows": Needed(list_of(list_of(by_type(CELLS | {"action_cell": ACTION_CELL}), 1, 20), 2, 201)),
        "page_size": integer(1, 100),
        "row_header_column_index": integer(0),
    },
    _header_is_plain,
    _columns_are_even,
    unique("action_id", _action_cells),
    strict=False,
)


CHART_PAGE = f"{DOCS}/blocks/data-visualization-block"
LABEL = string(1, 20)


def _axis_covered(chart: Json, where: str, report: Report) -> None:
    """Each series has one point for each category, and no two series have one name."""
    categories = items(chart.get("axis_config"), "categories")
    wanted = sorted(label for label in categories if isinstance(label, str))
    if len(set(wanted)) < len(wanted):
        report.add("labels must be unique", f"{where}/axis_config/categories")
    for place, series in enumerate(items(chart, "series")):
        labels = [point.get("label") for point in items(series, "data") if isinstance(point, dict)]
        if sorted(label for label in labels if isinstance(label, str)) != wanted:
            report.add("labels must match axis_config.categories", f"{where}/series/{place}/data")
    names = [series.get("name") for series in items(chart, "series") if isinstance(series, dict)]
    told = [name for name in names if isinstance(name, str)]
    if len(set(told)) < len(told):
        report.add("series names must be unique", f"{where}/series")


PIE = Shape(
    CHART_PAGE,
    {"segments": Needed(list_of(Shape(CHART_PAGE, {"label": Needed(LABEL), "value": Needed(positive)}), 1, 12))},
    strict=False,
)
ON_AXES = Shape(
    CHART_PAGE,
    {
        "series": Needed(
            list_of(
                Shape(
                    CHART_PAGE,
                    {
                        "name": Needed(LABEL),
                        "data": Needed(
                            list_of(Shape(CHART_PAGE, {"label": Needed(LABEL), "value": Needed(number)}), 1, 20)
                        ),
                    },
                ),
                1,
                12,
            )
        ),
        "axis_config": Needed(
            Shape(
                CHART_PAGE,
                {
                    "categories": Needed(list_of(LABEL, 1, 20)),
                    "x_label": string(0, 50),
                    "y_label": string(0, 50),
                },
                strict=False,
            )
        ),
    },
    _axis_covered,
    strict=False,
)
DATA_VISUALIZATION = Shape(
    CHART_PAGE,
    {
        "block_id": BLOCK_ID,
        "title": Needed(string(1, 50)),
        "chart": Needed(by_type({"pie": PIE, "line": ON_AXES, "bar": ON_AXES, "area": ON_AXES})),
    },
    strict=False,
)
