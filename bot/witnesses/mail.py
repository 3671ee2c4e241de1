"""A mail to each address of `PM_AUDIT_WITNESS_MAIL`: what is in many mailboxes nobody takes back."""

from typing import ClassVar

import aiosmtplib

from bot.audit.seals import Seal, moment
from bot.audit.sightings import line_of, root_text
from bot.errors import Misconfigured
from bot.integrations.base import EffectFailed
from bot.integrations.mail.smtp import Mailer
from bot.witnesses.base import NotTold


class Mail:
    """One that is sent twice has the same Message-ID."""

    name: ClassVar[str] = "mail"

    def __init__(self, mailer: Mailer, addresses: str) -> None:
        """`addresses`: with commas between them. Raises `Misconfigured`."""
        self._mailer = mailer
        self._addresses = [one.strip() for one in addresses.split(",") if one.strip()]
        if not self._addresses or not all("@" in one for one in self._addresses):
            raise Misconfigured("PM_AUDIT_WITNESS_MAIL has to be one or more addresses, separated by commas.")
        self._sent: set[tuple[int, str]] = set()
        """Which seal this process has sent to whom, so that one address that is refused repeats none of the others."""

    async def tell(self, seal: Seal) -> None:
        """Hand all of them in. Raises `NotTold` if the server took none or not all."""
        said = {"size": seal.size, "at": moment(seal.at), "root": root_text(seal), "line": line_of(seal)}
        self._sent = {(number, address) for number, address in self._sent if number == seal.number}
        for address in self._addresses:
            if (seal.number, address) in self._sent:
                continue
            try:
                letter = {"to": address, "letter": "audit_root", "context": said}
                await self._mailer.send(f"audit:{seal.number}:{address}", letter)
            except (EffectFailed, aiosmtplib.SMTPException, OSError) as error:
                raise NotTold(f"the mail server does not accept it ({type(error).__name__})") from error
            self._sent.add((seal.number, address))
