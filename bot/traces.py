"""Traces by OpenTelemetry, where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; else nothing of it is imported.

One trace goes from a payload through its job, the pipeline, effects and deliveries. What carries it: a payload's own
key (the ids of its trace and its span are made of that, so that whoever handles the row goes on with them), and the
arguments of jobs, beside the reference. No attribute has what somebody typed, or a name: kinds, tasks, systems.
"""

import asyncio
import contextlib
import functools
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bot.errors import Misconfigured

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import SpanContext

SERVICE = "penguinmails-bot"
MISSING = (
    'OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is missing. Install it: pip install "penguinmails-bot[otel]"'
)
ARGUMENT = "trace"  # of a job, beside its reference
P = ParamSpec("P")
T = TypeVar("T")

CURRENT: ContextVar[str | None] = ContextVar("trace", default=None)
"""What goes on here: trace and span, in hexadecimal, with a colon between them. None: nothing is traced."""
_FORCED: ContextVar[tuple[int, int] | None] = ContextVar("forced", default=None)
"""The ids that the next span gets."""
_provider: "TracerProvider | None" = None


@contextlib.asynccontextmanager
async def sent(endpoint: str | None) -> AsyncIterator[None]:
    """Send the spans of this process to a collector meanwhile, by OTLP over HTTP; without an endpoint do nothing.

    Raises `Misconfigured` where the SDK is missing.
    """
    if endpoint is None:
        yield
        return
    try:
        _begin(endpoint)
    except ModuleNotFoundError:
        raise Misconfigured(MISSING) from None
    try:
        yield
    finally:
        await asyncio.to_thread(_end)


def _begin(endpoint: str) -> None:
    global _provider  # noqa: PLW0603 - as the logs: one for the process
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = Resource.create({"service.name": SERVICE})
    made = TracerProvider(resource=named, id_generator=_ids(), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    made.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    _provider = made


def _end() -> None:
    """Send what is left, for a few seconds at most, and trace nothing more."""
    global _provider
    ending, _provider = _provider, None
    if ending is not None:
        ending.force_flush(3000)
        ending.shutdown()


@contextlib.contextmanager
def span(name: str, **attributes: str | int) -> Iterator[None]:
    """A span of what goes on in the block, under what goes on around it; what fails there is marked as such."""
    if _provider is None:
        yield
        return
    from opentelemetry import trace

    tracer, parent = _provider.get_tracer(SERVICE), _context(CURRENT.get())
    around = trace.set_span_in_context(trace.NonRecordingSpan(parent)) if parent else None
    # An exception's own words may quote what somebody typed: its type is enough.
    started = tracer.start_span(name, context=around, attributes=attributes)
    token = CURRENT.set(_said(started.get_span_context()))
    try:
        yield
    except BaseException as error:
        started.set_attribute("error.type", type(error).__name__)
        started.set_status(trace.StatusCode.ERROR)
        raise
    finally:
        CURRENT.reset(token)
        started.end()


@contextlib.contextmanager
def payload(key: str, kind: str) -> Iterator[None]:
    """The span with which a trace begins: of a payload that is being stored, by its key."""
    if _provider is None:
        yield
        return
    token = _FORCED.set(_ids_of(key))
    try:
        with span("payload", kind=kind):
            _FORCED.set(None)
            yield
    finally:
        _FORCED.reset(token)


def follow(key: str) -> None:
    """What goes on from here follows from the payload with this key."""
    if _provider is not None:
        CURRENT.set("{:032x}:{:016x}".format(*_ids_of(key)))


def carried() -> dict[str, str]:
    """What a job takes along in its arguments; nothing where nothing is traced."""
    current = CURRENT.get()
    return {} if current is None or _provider is None else {ARGUMENT: current}


def traced(name: str) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """A span of each call of a function."""

    def around(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(function)
        async def run(*given: P.args, **named: P.kwargs) -> T:
            with span(name):
                return await function(*given, **named)

        return run

    return around


def _ids_of(key: str) -> tuple[int, int]:
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])


def _said(context: "SpanContext") -> str:
    return f"{context.trace_id:032x}:{context.span_id:016x}"


def _context(said: str | None) -> "SpanContext | None":
    from opentelemetry.trace import SpanContext, TraceFlags

    if said is None:
        return None
    of_trace, _, of_span = said.partition(":")
    return SpanContext(int(of_trace, 16), int(of_span, 16), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _ids() -> Any:
    """Ids at random, but for the span of a payload."""
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            forced = _FORCED.get()
            return forced[0] if forced else super().generate_trace_id()

        def generate_span_id(self) -> int:
            forced = _FORCED.get()
            return forced[1] if forced else super().generate_span_id()

    return Ids()
