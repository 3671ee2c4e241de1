"""SMTP: a letter is handed to a mail server once. What that does with it afterwards, it tells nobody."""

import datetime as dt
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.errors import Misconfigured
from bot.integrations.base import ONCE, EffectFailed, EffectRefused
from bot.integrations.mail.bounces import letter_of
from bot.integrations.mail.letters import Letter, Letters

TIMEOUT = 15.0  # seconds for each step of the conversation
ANSWERS = "/answer"  # the path of the web process at which customers answer a question
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Server:
    """Where letters are handed in. `smtp` takes up TLS where the server offers it, `smtps` begins with it."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None

    @classmethod
    def of(cls, url: str) -> Self:
        """From `smtp://user:password@mail.example.com:587`. Raises `Misconfigured`."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise Misconfigured("SMTP_URL has to be like smtp://user:password@mail.example.com:587, or smtps://…")
        user, password = (unquote(one) if one else None for one in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or PORTS[parts.scheme], parts.scheme == "smtps", user, password)

    def client(self) -> aiosmtplib.SMTP:
        """For one conversation with it; whoever makes one closes it."""
        return aiosmtplib.SMTP(hostname=self.host, port=self.port, use_tls=self.tls, timeout=TIMEOUT, start_tls=None)


class Mailer:
    """An integration: `{"to": address, "letter": name, "context": values}` is sent at most once."""

    tells: ClassVar[bool] = False

    def __init__(
        self,
        url: str,
        sender: str | None,
        letters: Letters,
        bounces_to: str | None = None,
        public_url: str | None = None,
    ) -> None:
        """`bounces_to`: where letters come back to, unless it is the sender; `public_url`: where customers reach the
        bot's web process. Raises `Misconfigured`.
        """
        self._server, self._letters, self._public_url = Server.of(url), letters, public_url
        if not sender or "@" not in parseaddr(sender)[1]:
            raise Misconfigured("SMTP_URL is set, so SMTP_FROM has to be the address that the bot's mails come from.")
        self._sender, self._bounces_to = sender, bounces_to or parseaddr(sender)[1]

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Hand it in. What fails before the letter is on its way, or is answered with no, has not happened."""
        context = request["context"] | self._link(request.get(ONCE, {}))
        message = self._message(key, request["to"], self._letters.write(request["letter"], context))
        client = self._server.client()
        try:
            await client.connect()
            if self._server.user is not None:
                await client.login(self._server.user, self._server.password or "")
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise EffectFailed(f"The mail server does not let us in ({type(error).__name__}).") from error
        try:
            await client.send_message(message, sender=self._bounces_to)
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused) as error:
            raise EffectFailed(f"The mail server refused it ({_code(error)}).") from error
        finally:
            client.close()
        return {"message_id": message["Message-ID"]}

    async def look_up(self, key: str, request: dict[str, Any], sent: dt.datetime) -> dict[str, Any] | None:
        """SMTP cannot be asked: somebody looks for the Message-ID in the server's log (`message_id`)."""
        return None

    async def close(self) -> None:
        """Each letter has a connection of its own."""

    def _link(self, once: dict[str, Any]) -> dict[str, Any]:
        """The address at which a question is answered, where the letter asks one. Raises `EffectRefused`."""
        if "answer_with" not in once:
            return {}
        if self._public_url is None:
            raise EffectRefused("Not sent: PM_PUBLIC_URL is not set, so nobody could answer the question.")
        return {"answer_at": f"{self._public_url.rstrip('/')}{ANSWERS}/{once['answer_with']}"}

    def _message(self, key: str, to: str, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, letter.subject
        message["Date"], message["Message-ID"] = formatdate(), message_id(key, self._sender)
        message["Auto-Submitted"] = "auto-generated"  # nobody's holiday answers it (RFC 3834)
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message


def message_id(key: str, sender: str) -> str:
    """Of the letter of an effect: the same however often it is asked for."""
    return f"<{letter_of(key)}@{parseaddr(sender)[1].rpartition('@')[2]}>"


def _code(error: aiosmtplib.SMTPException) -> str:
    refused = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    return str(getattr(refused, "code", type(error).__name__))
