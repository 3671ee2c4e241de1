"""One process of the bot, forked from one that has everything imported; its clock may be wrong."""

import datetime as dt
import os
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import procrastinate.utils

from bot import app, logs
from bot.actions import bulk
from bot.config import Settings
from tests.forks import servers

FEW = 3  # users in one part of many: so that something is there to be stopped and to be killed in between


def skew(seconds: float) -> None:
    """Have what asks this process for the time be told another: `time.time`, and procrastinate's own clock."""
    real = time.time
    time.time = lambda: real() + seconds
    procrastinate.utils.utcnow = lambda: dt.datetime.fromtimestamp(real() + seconds, dt.UTC)


def run(values: dict[str, Any], part: str, seconds_off: float, log: Path) -> None:
    """Until it is told to end. `part`: serve, worker or clock."""
    there = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(there, stream)
    logs.configure()
    if seconds_off:
        skew(seconds_off)
    bulk.PartOf.size = FEW
    settings = Settings.model_validate(values)
    if part == "serve":
        app.serve(settings, everything=False)
    else:
        app.run_alone(settings, worker=part == "worker", clock_too=part == "clock")


def start(values: dict[str, Any], part: str, log: Path, *, seconds_off: float = 0.0) -> ForkServerProcess:
    process = servers.Process(target=run, args=(values, part, seconds_off, log), daemon=True)
    process.start()
    return process
