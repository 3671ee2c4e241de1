"""data_visualization blocks: one chart, with the limits that Slack documents."""

from typing import Any

from bot.demo.slack.blockkit.trouble import Trouble
from bot.demo.slack.workspace.model import Json

LINES = {"line", "bar", "area"}


def check_chart(block: Json, trouble: Trouble, where: str) -> None:
    trouble.filled(block.get("title"), f"{where}/title")
    trouble.longest(block.get("title"), 50, f"{where}/title")
    chart = block.get("chart")
    kind = chart.get("type") if isinstance(chart, dict) else None
    if not isinstance(chart, dict) or kind not in LINES | {"pie"}:
        trouble.add("must be one of area, bar, line, pie", f"{where}/chart/type")
    elif kind == "pie":
        _points(chart.get("segments"), trouble, f"{where}/chart/segments", 6)
    else:
        _lines(chart, trouble, f"{where}/chart")


def _lines(chart: Json, trouble: Trouble, where: str) -> None:
    axes = chart.get("axis_config")
    labels = axes.get("categories") if isinstance(axes, dict) else None
    if not isinstance(axes, dict) or not trouble.counted(labels, 1, 20, f"{where}/axis_config/categories"):
        trouble.add("missing required field: axis_config", where)
        return
    for name in ("x_label", "y_label"):
        trouble.longest(axes.get(name), 50, f"{where}/axis_config/{name}")
    series = chart.get("series")
    if not trouble.counted(series, 1, 6, f"{where}/series"):
        return
    for place, one in enumerate(series or []):
        here = f"{where}/series/{place}"
        trouble.filled(one.get("name"), f"{here}/name")
        trouble.longest(one.get("name"), 20, f"{here}/name")
        _points(one.get("data"), trouble, f"{here}/data", 20)
        if [point.get("label") for point in one.get("data") or []] != labels:
            trouble.add("labels must match axis_config.categories", f"{here}/data")
    if len({one.get("name") for one in series or []}) != len(series or []):
        trouble.add("series names must be unique", f"{where}/series")


def _points(points: Any, trouble: Trouble, where: str, most: int) -> None:
    if not trouble.counted(points, 1, most, where):
        return
    for place, point in enumerate(points):
        trouble.filled(point.get("label"), f"{where}/{place}/label")
        trouble.longest(point.get("label"), 20, f"{where}/{place}/label")
        if not isinstance(point.get("value"), int | float):
            trouble.add("must be a number", f"{where}/{place}/value")
