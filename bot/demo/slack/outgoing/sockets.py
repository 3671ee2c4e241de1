"""Socket Mode: the app's open connections, and the envelopes that wait for their acknowledgement."""

import asyncio
import itertools
import json
import secrets
from collections.abc import Iterator
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bot.demo.slack.workspace.model import Json, Workspace

ENVELOPES = {"command": "slash_commands", "interactive": "interactive", "options": "interactive"}


class NoSocketError(Exception):
    """The app has no open connection."""


class Sockets:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._open: list[WebSocket] = []
        self._turns: Iterator[int] = itertools.count()
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """A word that opens one connection."""
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
        self._open.append(socket)
        try:
            await socket.send_json(self._hello())
            while True:
                self._heard(await socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            if socket in self._open:
                self._open.remove(socket)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {"host": "local-slack", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._workspace.app_id},
        }

    def _heard(self, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(answer.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload"))

    async def send(self, kind: str, payload: Json, retry_num: int = 0, retry_reason: str = "") -> Any:
        """Hand a payload to one connection and wait for its answer, the ack's payload or None."""
        if not self._open:
            raise NoSocketError
        socket = self._open[next(self._turns) % len(self._open)]
        envelope_id = secrets.token_hex(16)
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": ENVELOPES.get(kind, "events_api"),
            "payload": payload,
            "accepts_response_payload": kind != "event",
        }
        if kind == "event":
            envelope |= {"retry_attempt": retry_num, "retry_reason": retry_reason}
        waiting = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json(envelope)
            return await waiting
        except (WebSocketDisconnect, RuntimeError):  # it went away a moment ago
            raise NoSocketError from None
        finally:
            del self._waiting[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every connection to go, as Slack does from time to time, and close it."""
        for socket in list(self._open):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "local-slack"}})
        await self.close()

    async def close(self) -> None:
        leaving, self._open = self._open, []
        for socket in leaving:
            if socket.application_state is WebSocketState.CONNECTED:
                await socket.close()
