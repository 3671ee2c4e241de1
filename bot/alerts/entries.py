"""What the rules file says besides rules: what is asked of others over HTTP, and what they have to answer."""

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

UNITS = {"s": 1, "m": 60, "h": 3600}
LONGEST = dt.timedelta(seconds=10)  # that one answer may take
OFTEN = dt.timedelta(seconds=5)
SHOWN = {"number": "{:,.6g}", "percent": "{:.1%}", "seconds": "{:,.3g} s"}


def duration(value: object) -> object:
    """`15s`, `2m`, `1h` → timedelta."""
    found = re.fullmatch(r"(\d+)\s*([smh])", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"write a duration as 15s, 2m or 1h, not {value!r}")
    return dt.timedelta(seconds=int(found.group(1)) * UNITS[found.group(2)])


Duration = Annotated[dt.timedelta, BeforeValidator(duration)]
Every = Annotated[Duration, Field(ge=OFTEN)]
STRICT = ConfigDict(extra="forbid", frozen=True)


class Probe(BaseModel):
    """An address that has to answer as expected; its name is the subject of `probe.failing` and `probe.seconds`."""

    model_config = STRICT

    url: str
    every: Every = dt.timedelta(seconds=30)
    timeout: Annotated[Duration, Field(gt=dt.timedelta(0), le=LONGEST)] = dt.timedelta(seconds=5)
    expect: int = Field(default=200, ge=100, le=599)
    """The status that it answers with when all is well."""

    @field_validator("url")
    @classmethod
    def _reachable(cls, url: str) -> str:
        if not re.match(r"https?://[^/\s]", url):
            raise ValueError(f"write an address that begins with http:// or https://, not {url}")
        return url


class Query(BaseModel):
    """PromQL, whose newest values are the metric `prometheus.NAME`."""

    model_config = STRICT

    query: str = Field(min_length=1)
    label: str = Field(min_length=1)
    """What the figure is called on cards."""
    words: str = Field(min_length=1)
    """What it counts, for "Why did this fire?"."""
    unit: str = ""
    shown: Literal["number", "percent", "seconds"] = "number"
    subject: str | None = None
    """The label of a series that tells subjects apart; without it, all labels do."""
    every: Every = dt.timedelta(seconds=30)


class Objective(BaseModel):
    """What shall be so most of the time (`target`, a share below 1), looked at over 28 days."""

    model_config = STRICT

    title: str = Field(min_length=1)
    of: Literal["service.up", "service.fast", "service.errors", "queue.in_time"]
    """Minutes in which a service was not down, or answered within `within`; requests without an error; jobs in time."""
    subject: str = "*"
    """Which service, or (a pattern) which queues."""
    target: float = Field(gt=0, lt=1)
    within: float = 0
    """ms, for `service.fast`."""
