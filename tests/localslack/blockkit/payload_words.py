"""What the documented payloads are written with: small blocks to spoil, and pairs at a limit."""

from typing import Any, NamedTuple

Json = dict[str, Any]


class Payload(NamedTuple):
    name: str
    of: str  # message, modal, home: one block there; view, post, options: the whole
    payload: Any
    refusal: tuple[str, str] | None  # complaint and JSON pointer below the block, or of the whole
    source: str


def plain(words: str = "t", **more: Any) -> Json:
    return {"type": "plain_text", "text": words} | more


def mrkdwn(words: str = "t", **more: Any) -> Json:
    return {"type": "mrkdwn", "text": words} | more


def block(kind: str, **fields: Any) -> Json:
    return {"type": kind} | fields


def section(**fields: Any) -> Json:
    return block("section", text=plain()) | fields


def button(**fields: Any) -> Json:
    return block("button", text=plain()) | fields


def beside(kind: str, **fields: Any) -> Json:
    return section(accessory=block(kind, **fields))


def asked(kind: str, **fields: Any) -> Json:
    return block("input", label=plain(), element=block(kind, **fields))


def option(value: str = "v", label: Any = None, **more: Any) -> Json:
    return {"text": label or plain(), "value": value} | more


def rich(*leaves: Json, **fields: Any) -> Json:
    return block("rich_text", elements=[block("rich_text_section", elements=[*leaves])]) | fields


def raw(words: str = "r") -> Json:
    return block("raw_text", text=words)


def table(**fields: Any) -> Json:
    return block("table", rows=[[raw()]]) | fields


def data_table(**fields: Any) -> Json:
    return block("data_table", caption="c", rows=[[raw()], [raw()]]) | fields


def chart(**fields: Any) -> Json:
    return block("data_visualization", title="t", chart=fields)


def line(**fields: Any) -> Json:
    series = [{"name": "s", "data": [{"label": "Mon", "value": -1.5}]}]
    return chart(**block("line", series=series, axis_config={"categories": ["Mon"]}) | fields)


def lines(series: int, points: int) -> Json:
    """A chart of that many lines with that many points each."""
    days = [f"day {number}" for number in range(points)]
    data = [{"label": day, "value": 0} for day in days]
    return line(series=[{"name": f"s{number}", "data": data} for number in range(series)],
                axis_config={"categories": days})  # fmt: skip


def modal(**fields: Any) -> Json:
    return {"type": "modal", "title": plain(), "blocks": [section()]} | fields


def task(**fields: Any) -> Json:
    return block("task_card", task_id="i", title="t", status="complete") | fields


def longest(name: str, of: str, make: Any, most: int, where: str, source: str) -> list[Payload]:
    """Characters: taken at the limit, refused one above."""
    return [
        Payload(f"{name} of {most} characters", of, make("x" * most), None, source),
        Payload(f"{name} of {most + 1} characters", of, make("x" * (most + 1)),
                (f"must be less than {most + 1} characters", where), source),
    ]  # fmt: skip


def most_of(name: str, of: str, make: Any, most: int, where: str, source: str) -> list[Payload]:
    """Items: taken at the limit, refused one above."""
    return [
        Payload(f"{most} {name}", of, make(most), None, source),
        Payload(f"{most + 1} {name}", of, make(most + 1), (f"no more than {most} items allowed", where), source),
    ]


DIALOG = {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain()}
PICTURE = block("image", image_url="https://a.example/a.png", alt_text="a")
