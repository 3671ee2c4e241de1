"""`make fuzz`; in the suite a small part of it, the same in every run."""

import os

from bot.demo.world import World
from tests.conftest import Processes
from tests.fuzz.play import Play
from tests.fuzz.state import Sql

COUNT, SEED = "300", "4216"


async def test_hostile_input_is_refused_or_handled(surroundings: World, processes: Processes, sql: Sql) -> None:
    """No answer but the documented ones, nothing left over, no effect without permission, nothing told in logs."""
    seed, count = (int(os.environ.get(name, usual)) for name, usual in (("FUZZ_SEED", SEED), ("FUZZ_COUNT", COUNT)))
    only = os.environ.get("FUZZ_ONLY")
    report = await Play(surroundings, processes, sql, seed, count, int(only) if only else None).run()
    print(report)  # noqa: T201 - what `make fuzz` is for, and what a failure shows
    assert not report.faults
