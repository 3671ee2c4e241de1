"""The policy that the demo goes by where none is named: the package's own, with turns on call and a canary."""

import datetime as dt
import re
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.policy import Policy

LIST = re.compile(r"^on_call = .*$", re.MULTILINE)
CANARY = re.compile(r"^# canary = ", re.MULTILINE)
BEGAN = dt.timedelta(days=2)  # so that nobody is handed over to while a visitor looks
TURNS = """
[[roster]]                  # the demo's: Óscar, and Tomasz next week; the head of platform if neither answers
layer = "primary"
people = ["oncall@penguinmails.example", "tomasz@penguinmails.example"]
days = "{day}"
at = "09:00"
since = {since}

[[roster]]
layer = "secondary"
people = ["root@penguinmails.example"]
"""


def written(folder: Path, now: dt.datetime) -> Path:
    """Write it into that folder. `now` is an aware time; the turn of whoever is on call then began two days before."""
    source = resources.files("bot").joinpath("policy.toml").read_text("utf-8")
    since = (now.astimezone(ZoneInfo(Policy.of(source).zone)) - BEGAN).date()
    turns = TURNS.format(day=f"{since:%a}".lower(), since=since)
    path = folder / "policy.toml"
    path.write_text(CANARY.sub("canary = ", LIST.sub("", source)) + turns, "utf-8")
    return path
