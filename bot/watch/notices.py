"""Telling of silences by the second routes: each notice is taken by one process, which sends it and says so.

A process that dies between sending and saying so leaves a notice that another one sends again, with the same key: being
told is worth more than being told once. The end of a silence is told after its beginning, by each route.
"""

import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from psycopg.rows import dict_row

from bot.store.database import Database
from bot.watch.routes.base import Notice, NotTold, Route

LEASE = 60.0  # seconds until another process may try
STALE = 86_400.0  # seconds after which nobody wants to know any more

CLAIM = """
UPDATE pmbot.silence_notices AS notice SET claimed = clock_timestamp()
  FROM pmbot.silences AS silence
 WHERE silence.id = notice.silence_id AND notice.id = (
       SELECT one.id FROM pmbot.silence_notices AS one
        WHERE one.told IS NULL AND one.route = ANY(%(routes)s)
          AND one.created > clock_timestamp() - make_interval(secs => %(stale)s)
          AND (one.claimed IS NULL OR one.claimed < clock_timestamp() - make_interval(secs => %(lease)s))
          AND NOT EXISTS (SELECT FROM pmbot.silence_notices AS before
                           WHERE before.silence_id = one.silence_id AND before.route = one.route
                             AND before.id < one.id AND before.told IS NULL)
        ORDER BY one.id LIMIT 1 FOR UPDATE SKIP LOCKED
 )
RETURNING notice.id, notice.what, notice.route, silence.id AS silence_id,
          silence.began, silence.noticed, silence.over, silence.reasons
"""
TOLD = "UPDATE pmbot.silence_notices SET told = clock_timestamp() WHERE id = %(id)s"

log = structlog.get_logger()


async def tell(database: Database, routes: Mapping[str, Route]) -> int:
    """Send what nobody has sent yet; how many arrived. What a route does not take is tried again after a minute."""
    arrived = 0
    limits = {"routes": list(routes), "lease": LEASE, "stale": STALE}
    while row := await _claimed(database, limits):
        try:
            await routes[row["route"]].tell(notice_of(row))
        except NotTold as error:
            log.warning("a second route does not take a notice", route=row["route"], error=str(error))
            continue
        async with database.aside.connection() as connection:
            await connection.execute(TOLD, {"id": row["id"]})
        arrived += 1
    return arrived


def notice_of(row: Mapping[str, Any]) -> Notice:
    """As the row says it."""
    silence, over = uuid.UUID(str(row["silence_id"])), row["what"] == "over"
    return Notice(
        key=f"watch:{silence}:{row['what']}:{row['route']}",
        group=f"watch:{silence}",
        over=over,
        since=row["began"],
        at=row["over"] if over else row["noticed"],
        reasons=list(row["reasons"].values()),
    )


async def _claimed(database: Database, limits: Mapping[str, Any]) -> dict[str, Any] | None:
    async with database.aside.connection() as connection:
        cursor = connection.cursor(row_factory=dict_row)
        return await (await cursor.execute(CLAIM, limits)).fetchone()
