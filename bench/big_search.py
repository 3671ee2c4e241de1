"""`/pm find` among ten million users: as among a million, by the same plan."""

from collections.abc import AsyncIterator

from bench import Comparison, bench
from bench.find import USERS, among
from bench.surroundings import Surroundings


@bench
async def beside_ten_million(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    async for one in among(surroundings, 10 * USERS):
        yield one
