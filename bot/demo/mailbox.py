"""The demo's mail server: takes every letter, delivers none, and shows them on a page."""

import asyncio
import contextlib
import html
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from localslack import hosting

SENDER = "PenguinMails <support@penguinmails.example>"
NOBODY = "nobody@"  # whose mailbox does not exist
PAGE = """<!doctype html><html lang="en"><title>Mailbox of the demo</title>
<meta name="viewport" content="width=device-width">
<body style="max-width:720px;margin:24px auto;padding:0 16px;font:16px/1.5 sans-serif">
<h1>Mailbox of the demo</h1><p>What the bot has sent; nothing leaves this machine. The newest is first.</p>{letters}
</body></html>"""
LETTER = """<article style="border-top:1px solid #ccc;padding:12px 0"><b>{subject}</b><br>To {to}<br>
<pre style="white-space:pre-wrap;font:inherit">{text}</pre></article>"""


@dataclass
class Mailbox:
    """All letters that were handed in, the oldest first."""

    letters: list[EmailMessage] = field(default_factory=list)
    url: str = ""
    """Where letters are handed in."""
    page: str = ""
    """Where they are read."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith(NOBODY):
            return "550 5.1.1 There is no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        parsed = BytesParser(policy=default).parsebytes(content.encode() if isinstance(content, str) else content)
        assert isinstance(parsed, EmailMessage)  # noqa: S101 - as its policy makes it
        self.letters.append(parsed)
        return "250 Taken"

    async def show(self, _request: Request) -> HTMLResponse:
        return HTMLResponse(PAGE.format(letters="".join(map(_shown, reversed(self.letters))) or "<p>Empty.</p>"))


def _shown(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    said = {"subject": letter["Subject"], "to": letter["To"], "text": body.get_content() if body else ""}
    return LETTER.format(**{name: html.escape(str(text)) for name, text in said.items()})


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Mailbox]:
    """Take letters on 127.0.0.1, and show them, until the block ends."""
    box, loop = Mailbox(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="localhost", loop=loop), "127.0.0.1", 0)
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, hosting.serve(Starlette(routes=[Route("/", box.show)])) as page:
        box.page = page
        yield box
