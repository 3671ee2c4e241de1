"""Sends requests byte by byte: what an HTTP library would not let pass has to be sent, too."""

import asyncio
import contextlib
from urllib.parse import urlsplit

from tests.fuzz.answers import Answer
from tests.fuzz.wire import Request

PATIENCE = 20.0  # seconds for one answer; Slack waits for three


class Client:
    """One connection, opened anew when it was closed. Raises `TimeoutError` when no answer comes."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host, self._port = str(address.hostname), int(address.port or 80)
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: Request) -> Answer:
        async with asyncio.timeout(PATIENCE):
            kept = self._open is not None
            try:
                return await self._sent(request)
            except (asyncio.IncompleteReadError, ConnectionError):
                await self.close()
            if kept:  # it may have been closed for having been idle
                with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                    return await self._sent(request)
            await self.close()
            return Answer(0)

    async def _sent(self, request: Request) -> Answer:
        if self._open is None:
            self._open = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._open
        writer.write(head_of(request, f"{self._host}:{self._port}") + request.body)
        with contextlib.suppress(ConnectionError):  # it may answer and close before it has read everything
            await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status, closes = int(head.split()[1]), "connection: close" in head
        body = b"" if request.method == b"HEAD" else await _body(reader, head)
        if closes or status in (400, 413) or request.method != b"POST":
            await self.close()
        return Answer(status, body)

    async def close(self) -> None:
        if self._open is not None:
            _, writer = self._open
            self._open = None
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def head_of(request: Request, host: str) -> bytes:
    """The request line and its headers; the length of the body unless they claim one."""
    headers = [(b"Host", host.encode()), *request.headers]
    if not any(name == b"Content-Length" for name, _ in headers):
        headers.append((b"Content-Length", str(len(request.body)).encode()))
    lines = [request.method + b" " + request.path + b" HTTP/1.1", *(b": ".join(one) for one in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def _body(reader: asyncio.StreamReader, head: str) -> bytes:
    if "content-length: " in head:
        return await reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))
    if "transfer-encoding: chunked" not in head:
        return b""
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body
