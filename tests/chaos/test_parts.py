"""What the runs are made of: schedules that a seed repeats, shrinking, and proxies that can be cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest

from tests.chaos import schedule
from tests.chaos.proxy import Proxy
from tests.chaos.shrink import shrink
from tests.chaos.world import Chaos


def test_a_seed_is_a_run() -> None:
    """The same seed gives the same schedule, another one another."""
    assert schedule.generate(7) == schedule.generate(7)
    assert schedule.generate(7) != schedule.generate(8)


def test_every_event_names_something_that_can_happen() -> None:
    happening = {event.what for seed in range(50) for event in schedule.generate(seed)}
    assert all(callable(getattr(Chaos, what)) for what in happening)
    assert {"kill", "end", "freeze", "stop", "restart_postgres", "cut", "skew", "fault"} <= happening


def test_events_come_in_their_order_and_within_their_time() -> None:
    moments = [event.at for event in schedule.generate(3)]
    assert moments == sorted(moments)
    assert 0 <= moments[0] <= moments[-1] <= schedule.SECONDS


class TestShrinking:
    async def test_what_does_not_matter_is_left_out(self) -> None:
        """Two of forty are to blame, only together."""

        async def fails(some: Sequence[int]) -> bool:
            return {7, 31} <= set(some)

        assert await shrink(range(40), fails, budget=200) == [7, 31]

    async def test_it_stays_within_its_budget(self) -> None:
        """And whatever it has got to still fails."""
        tried = 0

        async def fails(some: Sequence[int]) -> bool:
            nonlocal tried
            tried += 1
            return 5 in some

        assert 5 in await shrink(range(100), fails, budget=4)
        assert tried == 4


@contextlib.asynccontextmanager
async def echo() -> AsyncIterator[int]:
    """A server that answers what it is told; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


class TestProxy:
    async def test_it_forwards_both_ways_until_it_is_cut_and_again_when_it_is_mended(self) -> None:
        """Nothing that was sent meanwhile is lost, and no connection breaks."""
        async with echo() as port, Proxy(port).serve() as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"one\n")
            assert await reader.readline() == b"one\n"
            proxy.cut()
            writer.write(b"two\n")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting := asyncio.ensure_future(reader.readline())), 0.2)
            proxy.mend()
            assert await waiting == b"two\n"
            writer.close()

    async def test_whoever_connects_while_it_is_cut_waits(self) -> None:
        async with echo() as port, Proxy(port).serve() as proxy:
            proxy.cut()
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"one\n")
            proxy.mend()
            assert await reader.readline() == b"one\n"
            writer.close()

    async def test_the_end_of_one_side_is_the_end_of_the_other(self) -> None:
        async with echo() as port, Proxy(port).serve() as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
