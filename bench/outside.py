"""Notifications of Alertmanager's stored, beside Slack's commands, at the same door of the same process."""

from collections import defaultdict
from collections.abc import AsyncIterator

from bench import Comparison, Figure, bench
from bench.slash import MOST, ROUNDS, Run, load
from bench.surroundings import Surroundings
from bot.demo import world

SECRET = "between-alertmanager-and-the-bench"  # noqa: S105 - of nobody
WARM_UP, SECONDS = 0.5, 1.0  # each
FIGURES = (("p50", "ms", 1), ("rate", "/s", 10), ("rate", "/s", 50))


@bench
async def outside_alerts(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """Latency alone, and throughput at 10 and 50; nothing may be refused."""
    async with surroundings.database() as url, world.around(url) as around:
        environment = world.environment(around) | {"ALERTS_WEBHOOK_SECRET": SECRET}
        async with surroundings.program("bot.cli", "serve", **environment) as program:
            space = around.slack.workspace
            order = {"url": program.url, "secret": space.signing_secret, "team": space.team_id, "alerts": SECRET}
            found = await _measured(order)
    for figure, unit, concurrency in FIGURES:
        what = "a second" if figure == "rate" else figure
        pair = (_of(found[kind, concurrency], figure) for kind in ("alerts", "slack"))
        yield Comparison(f"Alertmanager's webhooks stored, {what}, {concurrency} at once ÷ Slack's", unit, *pair)


async def _measured(order: dict[str, str]) -> dict[tuple[str, int], list[Run]]:
    """All runs by kind and concurrency; the first of each kind only warms up."""
    found: dict[tuple[str, int], list[Run]] = defaultdict(list)
    turns = [(10, WARM_UP), *((concurrency, SECONDS) for _ in range(ROUNDS) for concurrency in MOST)]
    for concurrency, seconds in turns:
        for kind in ("slack", "alerts"):
            run = await load(kind=kind, concurrency=concurrency, seconds=seconds, most=MOST[concurrency], **order)
            if run.refused:
                raise RuntimeError(f"{run.refused} of {kind} were refused.")
            found[kind, concurrency].append(run)
    return found


def _of(runs: list[Run], figure: str) -> Figure:
    return Figure.typical([getattr(run, figure) for run in runs[-ROUNDS:]])
