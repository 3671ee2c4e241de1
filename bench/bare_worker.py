"""A worker to compare with: `python -m bench.bare_worker` takes jobs that each answer a command, and nothing else.

Of DATABASE_URL; it serves /healthz on PORT. A job reads the payload and posts a sentence to its response URL.
"""

import asyncio
import os
from typing import Any

import aiohttp
import psycopg
import uvicorn
from procrastinate import App, PsycopgConnector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.store.database import OPTIONS, conninfo
from bot.store.queue import QUEUE

URL = conninfo(os.environ["DATABASE_URL"])


async def healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def work(http: aiohttp.ClientSession, connection: psycopg.AsyncConnection[Any]) -> None:
    app = App(connector=PsycopgConnector(conninfo=URL, kwargs={"options": OPTIONS}))

    @app.task(name="handle", queue=QUEUE)
    async def handle(inbox_id: int, **_: Any) -> None:
        row = await (await connection.execute("SELECT payload FROM pmbot.inbox WHERE id = %s", (inbox_id,))).fetchone()
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
        await psycopg.AsyncConnection.connect(URL, autocommit=True, options=OPTIONS) as connection,
    ):
        working = asyncio.create_task(work(http, connection))
        await uvicorn.Server(config).serve()
        working.cancel()


if __name__ == "__main__":
    asyncio.run(main())
