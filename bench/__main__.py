"""Run all benches: a table on screen, and build/bench.json."""

import asyncio
import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path

import click

import bench
from bench.surroundings import ROOT, Surroundings
from bot.demo.postgres import EmbeddedPostgres

RESULT = ROOT / "build" / "bench.json"
LONG = {"big", "big_search"}  # only where asked for by name
NO_BENCHES = {"__main__", "bare", "bare_worker", "load", "recorded", "spam", "surroundings"}


def line(one: bench.Comparison) -> str:
    return f"{one.name:<88} {shown(one.ours):>22} {shown(one.baseline):>22} {one.unit:<3} {one.ratio:>7.2f}"


def shown(figure: bench.Figure) -> str:
    """The value, and in brackets between what it lay."""
    value, least, most = (
        f"{one:,.0f}" if one >= 100 else f"{one:.2f}" for one in (figure.value, figure.least, figure.most)
    )
    return f"{value} ({least}–{most})"


async def measured(chosen: str) -> list[bench.Comparison]:
    found = []
    with EmbeddedPostgres.start() as postgres:
        surroundings = Surroundings(postgres)
        await surroundings.seed()
        click.echo(f"PostgreSQL {postgres.version}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        click.echo(f"{'':<88} {'ours (least–most)':>22} {'baseline':>22} {'':<3} {'ratio':>7}")
        for measure in bench.BENCHES:
            if chosen in measure.__module__:
                async for one in measure(surroundings):
                    click.echo(line(one))
                    found.append(one)
    return found


def main(chosen: str = "") -> None:
    """Run the benches whose module's name contains `chosen`."""
    for module in sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)])):
        if module not in NO_BENCHES and (chosen or module not in LONG):
            importlib.import_module(f"bench.{module}")
    found = asyncio.run(measured(chosen))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps([one.as_json() for one in found], indent=2, ensure_ascii=False) + "\n")
    click.echo(f"Written to {RESULT}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
