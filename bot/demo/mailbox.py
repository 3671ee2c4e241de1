"""The demo's mail server: takes every letter, delivers none, and shows them on a page.

Whoever looks at the page may do what the customer or another mail server would: accept an invitation, let a letter
bounce.
"""

import asyncio
import contextlib
import html
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from localslack import hosting

SENDER = "PenguinMails <support@penguinmails.example>"
NOBODY = "nobody@"  # whose mailbox does not exist
INVITED = "You are invited to "  # how the subject of an invitation begins
CODE = "5.1.1"
PAGE = """<!doctype html><html lang="en"><title>Mailbox of the demo</title>
<meta name="viewport" content="width=device-width">
<body style="max-width:720px;margin:24px auto;padding:0 16px;font:16px/1.5 sans-serif">
<h1>Mailbox of the demo</h1><p>What the bot has sent; nothing leaves this machine. The newest is first.</p>{letters}
</body></html>"""
LETTER = """<article style="border-top:1px solid #ccc;padding:12px 0"><b>{subject}</b><br>To {to}<br>
<pre style="white-space:pre-wrap;font:inherit">{text}</pre>{below}</article>"""
BUTTON = """<form method="post" action="/letters/{number}/{deed}" style="display:inline">
<button style="font:inherit;padding:4px 12px;margin-right:8px">{words}</button></form>"""
REPORT = """From: MAILER-DAEMON@mail.demo.example
To: support@penguinmails.example
Subject: Undelivered mail returned to sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=utf-8

Your message could not be delivered.
--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.demo.example

Final-Recipient: rfc822; {to}
Action: failed
Status: {status}

--report
Content-Type: text/rfc822-headers

Message-ID: {message_id}
--report--
"""


async def _nothing(_what: object) -> bool:
    return False


@dataclass
class Mailbox:
    """All letters that were handed in, the oldest first."""

    letters: list[EmailMessage] = field(default_factory=list)
    url: str = ""
    """Where letters are handed in."""
    page: str = ""
    """Where they are read."""
    joins: Callable[[str], Awaitable[object]] = _nothing
    """What becomes of an address that accepts its invitation."""
    returns: Callable[[bytes], Awaitable[object]] = _nothing
    """Whoever takes the report that a letter came back."""
    done: dict[int, str] = field(default_factory=dict)
    """What was done with a letter, by its number."""

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
        parsed["Return-Path"] = envelope.mail_from or ""  # as whoever delivers it writes down
        self.letters.append(parsed)
        return "250 Taken"

    async def show(self, _request: Request) -> HTMLResponse:
        letters = [self._shown(number, letter) for number, letter in enumerate(self.letters)]
        return HTMLResponse(PAGE.format(letters="".join(reversed(letters)) or "<p>Empty.</p>"))

    async def do(self, request: Request) -> Response:
        """A button of the page was pressed: once for each letter."""
        number, deed = request.path_params["number"], request.path_params["deed"]
        if number >= len(self.letters) or (deed == "join" and not _invites(self.letters[number])):
            raise HTTPException(404)
        if number not in self.done:
            self.done[number] = await (self._join if deed == "join" else self._return)(self.letters[number])
        return RedirectResponse("/", 303)

    async def _join(self, letter: EmailMessage) -> str:
        joined = await self.joins(letter["To"])
        return "They have created their account." if joined else "This invitation is no longer open."

    async def _return(self, letter: EmailMessage) -> str:
        await self.returns(report(letter, CODE))
        return "It bounced, and the bot was told."

    def _shown(self, number: int, letter: EmailMessage) -> str:
        body = letter.get_body(("plain",))
        said = {"subject": letter["Subject"], "to": letter["To"], "text": body.get_content() if body else ""}
        return LETTER.format(
            **{name: html.escape(str(text)) for name, text in said.items()}, below=self._below(number, letter)
        )

    def _below(self, number: int, letter: EmailMessage) -> str:
        if number in self.done:
            return f"<i>{self.done[number]}</i>"
        join = BUTTON.format(number=number, deed="join", words="Create the account, as they would")
        come_back = BUTTON.format(number=number, deed="return", words="Let it bounce")
        return (join if _invites(letter) else "") + come_back


def _invites(letter: EmailMessage) -> bool:
    return str(letter["Subject"]).startswith(INVITED)


def report(letter: EmailMessage, status: str) -> bytes:
    """What another mail server writes when it cannot deliver the letter."""
    return REPORT.format(to=letter["To"], status=status, message_id=letter["Message-ID"]).encode()


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Mailbox]:
    """Take letters on 127.0.0.1, and show them, until the block ends."""
    box, loop = Mailbox(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="localhost", loop=loop), "127.0.0.1", 0)
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    routes = [Route("/", box.show), Route("/letters/{number:int}/{deed:str}", box.do, methods=["POST"])]
    async with server, hosting.serve(Starlette(routes=routes)) as page:
        box.page = page
        yield box
