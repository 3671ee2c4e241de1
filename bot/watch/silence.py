"""A silence: noticed once, over once, however many processes look. All of it is decided in PostgreSQL."""

import uuid
from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from bot.store.database import Database
from bot.store.watch import SEEN, Seen
from bot.watch.reasons import Reason, reasons

LOOKS = 4.0  # seconds that a look counts for all processes
PAUSE = 30.0  # seconds without a look, after which what was missed is no silence
WELL = 60.0  # seconds that all has to be well before it is over

# Whoever gets the row looks, the others wait until that is committed, and find that somebody has.
LOOK = """
UPDATE pmbot.pulse SET looked = clock_timestamp(),
       awake = CASE WHEN looked > clock_timestamp() - make_interval(secs => %(pause)s)
                    THEN coalesce(awake, clock_timestamp()) ELSE clock_timestamp() END
 WHERE looked IS NULL OR looked < clock_timestamp() - make_interval(secs => %(looks)s)
RETURNING id
"""
OPEN = "SELECT id FROM pmbot.silences WHERE over IS NULL FOR UPDATE"
BEGIN = """
INSERT INTO pmbot.silences (id, began, noticed, reasons) VALUES (%(id)s, %(began)s, clock_timestamp(), %(reasons)s)
ON CONFLICT DO NOTHING RETURNING id
"""
GOES_ON = "UPDATE pmbot.silences SET well = NULL, reasons = %(reasons)s || reasons WHERE id = %(id)s"
IS_WELL = """
UPDATE pmbot.silences SET well = coalesce(well, clock_timestamp()),
       over = CASE WHEN well < clock_timestamp() - make_interval(secs => %(well)s) THEN well END
 WHERE id = %(id)s RETURNING over
"""
NOTICE = """
INSERT INTO pmbot.silence_notices (silence_id, what, route, created)
SELECT %(id)s, %(what)s, route, clock_timestamp() FROM unnest(%(routes)s::text[]) AS it (route) ON CONFLICT DO NOTHING
"""


async def look(database: Database, routes: Sequence[str], *, canary: bool) -> Seen | None:
    """See how the bot is, and note what begins or is over, with a notice for each route. None: somebody just did.

    Over a connection aside: it waits for no work, and takes no work's place.
    """
    async with database.aside.connection() as connection, connection.transaction():
        if (await connection.execute(LOOK, {"looks": LOOKS, "pause": PAUSE})).rowcount == 0:
            return None
        seen = Seen(*(await (await connection.execute(SEEN)).fetchone() or ()))
        found = reasons(seen, canary=canary)
        await (_wrong(connection, found, routes) if found else _well(connection, routes))
        return seen


async def _wrong(connection: AsyncConnection[Any], found: Sequence[Reason], routes: Sequence[str]) -> None:
    said, began = {one.kind: one.says for one in found}, min(one.since for one in found)
    going_on = await (await connection.execute(OPEN)).fetchone()
    if going_on is not None:
        await connection.execute(GOES_ON, {"id": going_on[0], "reasons": Jsonb(said)})
        return
    new = {"id": uuid.uuid4(), "began": began, "reasons": Jsonb(said)}
    if (await connection.execute(BEGIN, new)).rowcount:
        await connection.execute(NOTICE, {"id": new["id"], "what": "began", "routes": list(routes)})


async def _well(connection: AsyncConnection[Any], routes: Sequence[str]) -> None:
    going_on = await (await connection.execute(OPEN)).fetchone()
    if going_on is None:
        return
    over = await (await connection.execute(IS_WELL, {"id": going_on[0], "well": WELL})).fetchone()
    if over is not None and over[0] is not None:
        await connection.execute(NOTICE, {"id": going_on[0], "what": "over", "routes": list(routes)})
