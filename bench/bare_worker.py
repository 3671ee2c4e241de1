"""Workers to compare with: `python -m bench.bare_worker [STATEMENTS]` takes jobs that each answer a command.

Of DATABASE_URL; it serves /healthz on PORT. A job reads the payload and posts a sentence to its response URL.
With STATEMENTS, it does so in two jobs, as the bot does, and on the way looks up as many rows by their key, in four
transactions: what the bot would take if there were nothing but its statements.
"""

import asyncio
import os
import sys
from typing import Any

import aiohttp
import uvicorn
from procrastinate import App, PsycopgConnector
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.store.database import OPTIONS, conninfo
from bot.store.queue import QUEUE

Pool = AsyncConnectionPool[AsyncConnection[Any]]
URL = conninfo(os.environ["DATABASE_URL"])


async def healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def look_up(pool: Pool, statements: int) -> None:
    async with pool.connection() as connection, connection.transaction():
        for _ in range(statements):
            await (await connection.execute("SELECT * FROM pmbot.inbox WHERE id = %s", (1,))).fetchone()


async def work(http: aiohttp.ClientSession, pool: Pool, statements: int) -> None:
    app = App(connector=PsycopgConnector(conninfo=URL, kwargs={"options": OPTIONS}))

    @app.task(name="handle", queue=QUEUE)
    async def handle(inbox_id: int, **_: Any) -> None:
        if not statements:
            await post(inbox_id)
            return
        for _transaction in range(2):
            await look_up(pool, statements // 4)
        await deliver.defer_async(inbox_id=inbox_id)

    @app.task(name="deliver", queue=QUEUE)
    async def deliver(inbox_id: int) -> None:
        await look_up(pool, statements // 4)
        await post(inbox_id)
        await look_up(pool, statements // 4)

    async def post(inbox_id: int) -> None:
        async with pool.connection() as connection:
            found = await connection.execute("SELECT payload FROM pmbot.inbox WHERE id = %s", (inbox_id,))
            row = await found.fetchone()
            if row is not None:
                body = {"response_type": "ephemeral", "text": "Handled."}
                (await http.post(row[0]["response_url"], json=body)).release()
                await connection.execute("UPDATE pmbot.inbox SET handled = now() WHERE id = %s", (inbox_id,))

    async with app.open_async():
        await app.run_worker_async(
            queues=[QUEUE], concurrency=5, delete_jobs="successful", install_signal_handlers=False
        )


async def main() -> None:
    web = Starlette(routes=[Route("/healthz", healthz)])
    config = uvicorn.Config(web, host="127.0.0.1", port=int(os.environ["PORT"]), log_config=None, access_log=False)
    async with (
        aiohttp.ClientSession() as http,
        AsyncConnectionPool(URL, min_size=5, kwargs={"autocommit": True, "options": OPTIONS}) as pool,
    ):
        working = asyncio.create_task(work(http, pool, int(sys.argv[1]) if len(sys.argv) > 1 else 0))
        await uvicorn.Server(config).serve()
        working.cancel()


if __name__ == "__main__":
    asyncio.run(main())
