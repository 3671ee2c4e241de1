"""Five short runs of chaos: four seeds that are always the same, and one that nobody has played before.

`make chaos RUNS=120 SEED=1` plays as many as one likes, and shrinks what it finds.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.postgres import EmbeddedPostgres
from tests.chaos import cluster, run, schedule

SECONDS = 6.0  # of trouble
SEEDS = (1, 2, 3, 4, random.SystemRandom().randrange(10**6, 10**9))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedPostgres, Path]]:
    with cluster.prepared(tmp_path_factory.mktemp("policy")) as both:
        yield both


@pytest.mark.parametrize("place", range(len(SEEDS)))
async def test_whatever_happens_the_promises_hold(
    prepared: tuple[EmbeddedPostgres, Path], tmp_path: Path, place: int
) -> None:
    """Processes are killed, stopped, frozen and cut off, PostgreSQL crashes, Slack misbehaves; then all is well."""
    postgres, policy = prepared
    events = schedule.generate(SEEDS[place], SECONDS)
    found = await run.play(events, SEEDS[place], postgres, cluster.TEMPLATE, policy, tmp_path)
    told = "\n".join([f"seed {SEEDS[place]}:", *found, *map(str, events)])
    assert not found, told
