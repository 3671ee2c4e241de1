"""Socket Mode: the app's open connections, and the envelopes that wait for their acknowledgement."""

import asyncio
import contextlib
import itertools
import secrets
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from localslack.outgoing.lines import LINE, Line
from localslack.workspace.model import Json, Workspace
from localslack.workspace.wire import parsed

ENVELOPES = {"command": "slash_commands", "interactive": "interactive", "options": "interactive"}
MOST_CONNECTIONS = 10
CONNECTION_SECONDS = 18_060.0
WARNING_SECONDS = 10.0
Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


class NoSocketError(Exception):
    """The app has no open connection, or the one it was sent on ended before the answer."""


class Sockets:
    """A connection lives `connection_seconds`; `warning_seconds` before its end it is told so."""

    def __init__(self, workspace: Workspace) -> None:
        self.connection_seconds = CONNECTION_SECONDS
        self.warning_seconds = WARNING_SECONDS
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._open: list[WebSocket] = []
        self._turns: Iterator[int] = itertools.count()
        self._waiting: dict[str, tuple[WebSocket, asyncio.Future[Any]]] = {}
        self._deaf: list[Line] = []

    def __len__(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """A word that opens one connection, once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, socket: WebSocket) -> None:
        """One connection from hello to its end."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(4001)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        if len(self._open) >= MOST_CONNECTIONS:
            await self._end(socket, "too_many_websockets")
            return
        self._open.append(socket)
        lifetime = asyncio.create_task(self._live(socket))
        try:
            await socket.send_json(self._hello())
            while True:
                self._heard(await socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            lifetime.cancel()
            self._gone(socket)

    def _hello(self) -> Json:
        started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        lasts = round(self.connection_seconds)
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self._workspace.app_id},
            "debug_info": _host() | {"started": started, "build_number": 1, "approximate_connection_time": lasts},
        }

    def _heard(self, text: str) -> None:
        try:
            answer = parsed(text)
        except ValueError:
            return
        if not isinstance(answer, dict):
            return
        _, waiting = self._waiting.get(str(answer.get("envelope_id")), (None, None))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload"))

    def _gone(self, socket: WebSocket) -> None:
        """Forget a connection; what was sent on it and not acknowledged counts as not taken."""
        if socket in self._open:
            self._open.remove(socket)
        for sent_on, waiting in self._waiting.values():
            if sent_on is socket and not waiting.done():
                waiting.set_exception(NoSocketError())

    async def send(self, kind: str, payload: Json, retry_num: int = 0, retry_reason: str = "") -> Any:
        """Hand a payload to one connection and wait for its answer, the ack's payload or None."""
        if not self._open:
            raise NoSocketError
        socket = self._open[next(self._turns) % len(self._open)]
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": ENVELOPES.get(kind, "events_api"),
            "payload": payload,
            "accepts_response_payload": kind != "event",
        }
        if kind == "event":
            envelope |= {"retry_attempt": retry_num, "retry_reason": retry_reason}
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = (socket, waiting)
        try:
            await socket.send_json(envelope)
            return await waiting
        except (WebSocketDisconnect, RuntimeError):  # it went away a moment ago
            raise NoSocketError from None
        finally:
            del self._waiting[envelope_id]

    # Ends

    async def disconnect(self, reason: Reason = "refresh_requested") -> None:
        """Tell every connection to go, as Slack does from time to time, and close it."""
        for socket in list(self._open):
            await self._end(socket, reason)

    async def refresh(self, warning_seconds: float | None = None) -> None:
        """End every connection as Slack does in good time: a warning, and that many seconds later its end."""
        seconds = self.warning_seconds if warning_seconds is None else warning_seconds
        await asyncio.gather(*(self._retire(socket, seconds) for socket in list(self._open)))

    async def _live(self, socket: WebSocket) -> None:
        await asyncio.sleep(max(0.0, self.connection_seconds - self.warning_seconds))
        await self._retire(socket, self.warning_seconds)

    async def _retire(self, socket: WebSocket, seconds: float) -> None:
        await self._tell(socket, "warning")
        await asyncio.sleep(seconds)
        await self._end(socket, "refresh_requested")

    async def _end(self, socket: WebSocket, reason: Reason) -> None:
        await self._tell(socket, reason)
        self._gone(socket)
        await _close(socket)

    async def _tell(self, socket: WebSocket, reason: Reason) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it left of itself, or is about to
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": _host()})

    async def close(self) -> None:
        self.deafen(on=False)
        for socket in list(self._open):
            self._gone(socket)
            await _close(socket)

    def deafen(self, on: bool) -> None:  # noqa: FBT001 - a switch calls it
        """Make the connections open now deaf: they stay open, and nothing comes or goes. Off: those are cut."""
        if on:
            lines = [socket.scope["extensions"][LINE] for socket in self._open]
            self._deaf += [line for line in lines if line not in self._deaf]
            for line in lines:
                line.deafen()
            return
        for line in self._deaf:
            line.cut()
        self._deaf.clear()


async def _close(socket: WebSocket) -> None:
    if socket.application_state is WebSocketState.CONNECTED:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await socket.close()


def _host() -> Json:
    return {"host": "applink-local"}
