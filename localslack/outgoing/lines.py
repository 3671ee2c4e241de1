"""The WebSocket protocol below Socket Mode, which can go deaf: it stays open and nothing passes through it."""

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent
    from websockets.http11 import Request

LINE = "local_slack.line"  # the name of its ASGI extension, by which an application reaches it


class Line(WebSocketsSansIOProtocol):
    """Pings and drops who does not answer, as uvicorn does (ws_ping_interval, ws_ping_timeout)."""

    deaf = False

    def handle_connect(self, event: "Request") -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            self.scope["extensions"][LINE] = self  # type: ignore[assignment]

    def deafen(self) -> None:
        """From now on hear and say nothing, pings and pongs included."""
        self.deaf = True
        self.stop_keepalive()

    def cut(self) -> None:
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self.deaf:
            super().data_received(data)

    async def send(self, message: "ASGISendEvent") -> None:
        if not self.deaf:
            await super().send(message)
