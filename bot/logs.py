"""Structured logs: one JSON object a line on standard error. No payloads, no tokens, no personal data go in.

What an exception says is left out, for it may quote what somebody typed, a row of the database or an address; where
it was raised, its type and PostgreSQL's code are enough to find it.
"""

import logging
import secrets
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import psycopg
import structlog

# Libraries heard from WARNING up. Bolt logs the body of a request whose signature is wrong, and gives its loggers
# a level of their own: the handler decides.
QUIET = ("alembic", "apscheduler", "httpx", "penguinmails-bot", "procrastinate", "slack_bolt", "slack_sdk", "uvicorn")

FRAMES = 60  # the innermost that a line shows: what calls itself a thousand times would fill a disk

REFERENCE: ContextVar[str | None] = ContextVar("reference", default=None)
"""Names the payload at hand: in every line that is logged meanwhile, and in the answer when something goes wrong."""


def new_reference() -> str:
    """Short enough to be read out: six characters, 16 million of them."""
    return secrets.token_hex(3).upper()


def _name(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (reference := REFERENCE.get()) is not None:
        line.setdefault("reference", reference)
    return line


def _is_heard(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or not record.name.startswith(QUIET)


def _trace(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    return "\n".join(_told(exc_info[1]))


def _told(error: BaseException) -> Iterator[str]:
    """An exception and what it came from: frames and types, no messages."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _told(cause)
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _told(member)
    yield "".join(traceback.format_tb(error.__traceback__, -FRAMES))
    code = f" {error.sqlstate}" if isinstance(error, psycopg.Error) and error.sqlstate else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}{code}"


def configure(level: int = logging.INFO) -> None:
    """Send structlog and the libraries' own loggers through the same formatter."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_trace),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    handler.addFilter(_is_heard)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)  # what nobody hears is not written, which takes time
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
