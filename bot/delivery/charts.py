"""Charts: Slack's own `data_visualization` block; where a workspace refuses it, a picture; else a line of text.

The block is the one source: picture and words are made from it, so that all three say the same. Limits are Slack's
(docs.slack.dev, Data visualization block): 50 characters of title and axis, 20 of a name, 6 series of 20 points.
"""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import webapi
from bot.store.models import JSON

KIND = "data_visualization"
TITLE, NAME, SERIES, POINTS = 50, 20, 6, 20
BARS = "▁▂▃▄▅▆▇█"

log = structlog.get_logger()


@dataclass(frozen=True)
class Series:
    """One line of a chart."""

    name: str
    values: Sequence[int]


def line_chart(title: str, categories: Sequence[str], series: Sequence[Series], *, x: str, y: str) -> JSON:
    """A line chart as Slack draws it itself; what is too long for it is cut."""
    labels = [label[:NAME] for label in categories[:POINTS]]
    return {
        "type": KIND,
        "title": title[:TITLE],
        "chart": {
            "type": "line",
            "series": [
                {
                    "name": one.name[:NAME],
                    "data": [
                        {"label": label, "value": value} for label, value in zip(labels, one.values, strict=False)
                    ],
                }
                for one in series[:SERIES]
            ],
            "axis_config": {"categories": labels, "x_label": x[:TITLE], "y_label": y[:TITLE]},
        },
    }


def _values(series: JSON) -> list[int]:
    return [point["value"] for point in series["data"]]


def words(block: JSON) -> str:
    """The chart in a line: its title, each series' sum, and the first one's course as small bars."""
    chart = block["chart"]
    first = _values(chart["series"][0])
    highest = max([*first, 1])
    bars = "".join(BARS[min(len(BARS) - 1, value * len(BARS) // highest)] for value in first)
    sums = ", ".join(f"{one['name']} {sum(_values(one)):,}" for one in chart["series"])
    labels = chart["axis_config"]["categories"]
    return f"{block['title']}: {sums}. {labels[0]} {bars} {labels[-1]}"


def png(block: JSON) -> bytes:
    """The chart as a picture, the first series in front."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.8), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    chart = block["chart"]
    labels = chart["axis_config"]["categories"]
    for place, one in reversed(list(enumerate(chart["series"]))):
        style: dict[str, Any] = {"color": "#1264a3", "lw": 2.6} if place == 0 else {"color": "#9aa0a6", "lw": 1.2}
        axes.plot(range(len(labels)), _values(one), label=one["name"], alpha=1 - place * 0.15, **style)
    axes.set_xticks(range(len(labels)), labels, fontsize=8)
    axes.set_title(block["title"], fontsize=10, loc="left")
    axes.set_ylabel(chart["axis_config"].get("y_label", ""), fontsize=8)
    axes.set_ylim(bottom=0)
    axes.tick_params(axis="y", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    handles, names = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], names[::-1], fontsize=7, frameon=False, ncols=min(5, len(names)), loc="upper left")
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def refused(error: SlackApiError, content: JSON) -> bool:
    """Whether Slack said no to a message because of what stands for its charts."""
    return webapi.code(error) in {"invalid_blocks", "invalid_attachments"} and any(
        one["type"] in {KIND, "image"} for one in content.get("blocks", ())
    )


async def as_pictures(client: AsyncWebClient, content: JSON) -> JSON:
    """The message with each chart uploaded as a picture; in words where that cannot be done either."""
    blocks = [await _uploaded(client, block) if block["type"] == KIND else block for block in content["blocks"]]
    return {**content, "blocks": blocks}


def as_words(content: JSON) -> JSON:
    """The message with each chart in words."""
    return {
        **content,
        "blocks": [_line(words(block)) if block["type"] == KIND else block for block in content["blocks"]],
    }


def _line(text: str) -> JSON:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }


async def _uploaded(client: AsyncWebClient, block: JSON) -> JSON:
    """An image block with the chart's picture. The bot shares the file with nobody but by this message."""
    try:
        picture = await asyncio.to_thread(png, block)
        answer = await client.files_upload_v2(
            content=picture, filename="chart.png", title=block["title"], alt_txt=words(block)
        )
        file_id = answer["file"]["id"]
    except (SlackApiError, *webapi.UNANSWERED, KeyError) as error:
        log.warning("a chart is shown in words", error=type(error).__name__)
        return _line(words(block))
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": words(block)}
