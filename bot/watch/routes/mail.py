"""By mail, to the addresses of `PM_WATCH_MAIL`."""

from typing import ClassVar

import aiosmtplib

from bot.errors import Misconfigured
from bot.integrations.base import EffectFailed
from bot.integrations.mail.smtp import Mailer
from bot.watch.routes.base import Notice, NotTold, moment


class Mail:
    """A letter to each address; one that is sent twice has the same Message-ID."""

    name: ClassVar[str] = "mail"

    def __init__(self, mailer: Mailer, addresses: str, zone: str) -> None:
        """`addresses`: with commas between them. Raises `Misconfigured`."""
        self._mailer, self._zone = mailer, zone
        self._addresses = [one.strip() for one in addresses.split(",") if one.strip()]
        if not self._addresses or not all("@" in one for one in self._addresses):
            raise Misconfigured("PM_WATCH_MAIL has to be one or more addresses, separated by commas.")
        self._sent: set[tuple[str, str]] = set()
        """What this process has sent, so that one address that is refused repeats none of the others."""

    async def tell(self, notice: Notice) -> None:
        """Hand all of them in. Raises `NotTold` if the server took none or not all."""
        letter = {"letter": "silence_over" if notice.over else "silence_began", "context": self._context(notice)}
        for address in self._addresses:
            if (notice.key, address) in self._sent:
                continue
            try:
                await self._mailer.send(f"{notice.key}:{address}", {"to": address, **letter})
            except (EffectFailed, aiosmtplib.SMTPException, OSError) as error:
                raise NotTold(str(error)) from error
            self._sent.add((notice.key, address))

    async def close(self) -> None:
        """Each letter has a connection of its own."""

    def _context(self, notice: Notice) -> dict[str, object]:
        at = moment(notice.at, self._zone)
        said: dict[str, object] = {"since": moment(notice.since, self._zone), "reasons": list(notice.reasons)}
        return said | ({"until": at, "lasted": notice.lasted} if notice.over else {"noticed": at})
