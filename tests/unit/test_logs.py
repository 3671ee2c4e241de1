"""Logs are one JSON object a line, and tell no payloads, tokens or personal data."""

import json
import subprocess
import sys
from functools import cache

PROGRAM = """
import logging, structlog
from sqlalchemy import create_engine, text
from bot import logs
from bot.store.database import Database

logs.configure()
log = structlog.get_logger()
log.info("accepted", kind="command")
log.debug("too much")
logging.getLogger("uvicorn.error").info("chatter")
logging.getLogger("httpx").info("GET https://secret.example")
logging.getLogger("some.library").warning("careful: %s", "yes")
try:
    raise ValueError("two\\nlines")
except ValueError:
    log.exception("failed", job_id=7)
def ping():
    pong()
def pong():
    ping()
try:
    ping()
except RecursionError:
    log.exception("endless")
log.info("odd", what={"a": object})
import asyncio
async def refused():
    database = Database("postgresql://pm:hunter2@127.0.0.1:1/pm")
    try:
        async with database.transaction() as session:
            await session.execute(text("SELECT :reason"), {"reason": "laptop stolen"})
    except Exception as error:
        log.warning("a job failed", exc_info=error)
    log.warning("hidden", hides=database.engine.sync_engine.hide_parameters)
    await database.close()
asyncio.run(refused())
"""


@cache
def logged() -> tuple[dict, ...]:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return tuple(json.loads(line) for line in done.stderr.splitlines())


def named(event: str) -> dict:
    return next(line for line in logged() if line["event"] == event)


def test_every_line_is_one_json_object() -> None:
    """With its time in UTC and its level; odd values do not break it."""
    assert all(line["timestamp"].endswith("Z") and line["level"] for line in logged())
    assert named("accepted")["kind"] == "command"
    assert "odd" in {line["event"] for line in logged()}


def test_an_exception_tells_where_and_what_but_not_what_it_says() -> None:
    """Its text may quote what somebody typed."""
    failed = named("failed")
    assert failed["job_id"] == 7
    assert failed["exception"].endswith("builtins.ValueError")
    assert "line 15" in failed["exception"]
    assert "two" not in json.dumps(failed)


def test_what_calls_itself_for_ever_fits_a_line() -> None:
    """Found by fuzzing: a thousand frames, each told, were 200,000 characters."""
    told = named("endless")["exception"]
    assert told.endswith("builtins.RecursionError")
    assert told.count("  File ") == 60


def test_libraries_write_the_same_way() -> None:
    """Through the same formatter."""
    assert named("careful: yes")["level"] == "warning"


def test_chatter_is_left_out() -> None:
    """Addresses that were called may carry tokens."""
    events = {line["event"] for line in logged()}
    assert "too much" not in events
    assert not any("chatter" in event or "secret.example" in event for event in events)


def test_a_failed_statement_does_not_tell_its_values() -> None:
    """What people typed is in them; and no connection tells its password."""
    assert named("hidden")["hides"] is True
    everything = json.dumps(logged())
    assert "hunter2" not in everything
    assert "laptop stolen" not in everything
