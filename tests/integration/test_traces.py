"""Traces: one from the payload to the last delivery, at a real collector; and nothing of it where none is set."""

import contextlib
import subprocess
import sys
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.world import World, slack_id
from localslack import hosting
from tests.conftest import OPS, asked, card, running_bot, until


@dataclass
class Collector:
    """Takes spans by OTLP over HTTP."""

    spans: list[Span] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        sent = ExportTraceServiceRequest.FromString(body)
        self.spans += [one for some in sent.resource_spans for scope in some.scope_spans for one in scope.spans]
        return Response(b"", media_type="application/x-protobuf")

    def trace(self, name: str) -> list[Span]:
        """All spans of the trace in which a span is called so."""
        ids = {one.trace_id for one in self.spans if one.name == name}
        return [one for one in self.spans if one.trace_id in ids]

    @contextlib.asynccontextmanager
    async def serve(self):
        async with hosting.serve(Starlette(routes=[Route("/v1/traces", self.take, methods=["POST"])])) as url:
            yield url


async def test_one_trace_from_payload_to_delivery(surroundings: World, sql) -> None:
    """The click that approves: stored, handled, decided, executed, sent outside, and shown."""
    collector = Collector()
    async with collector.serve() as url:
        async with running_bot(surroundings, otel_exporter_otlp_endpoint=url):
            shown = await asked(
                surroundings, "/pm tenant notice Acme Corp about spam because secret reason", by="oncall"
            )
            await surroundings.slack.click(slack_id("tomasz"), shown["ts"], OPS, "approve")
            await until(lambda: sql("SELECT 1 FROM pmbot.effects WHERE state = 'done' LIMIT 1"), seconds=60)
            await until(lambda: "Started to send mails to the admins" in card(surroundings)["text"])
        assert collector.spans
    found = collector.trace("effect")
    assert len({one.trace_id for one in found}) == 1
    wanted = {"payload", "job handle", "pipeline decide", "pipeline execute", "effect", "delivery"}
    assert wanted <= {one.name for one in found}
    ids = {one.span_id for one in found}
    assert [one.name for one in found if one.parent_span_id not in ids] == ["payload"]
    text = str(collector.spans)
    for personal in ("secret reason", "Acme", "support@", "@example", slack_id("tomasz")):
        assert personal not in text


def test_without_an_endpoint_nothing_is_imported() -> None:
    """By the whole bot; a library of its own may look at what is installed of it."""
    code = "import sys, bot.app; print({'opentelemetry.exporter', 'opentelemetry.sdk.trace'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
