"""Asking DNS what mail servers ask about a sender: SPF, DKIM, DMARC and MX, all at once and not for long."""

import asyncio
from dataclasses import dataclass
from typing import Self

import dns.asyncresolver
import dns.exception
import dns.resolver

from bot.errors import Misconfigured

SECONDS = 4.0  # for all of it: somebody waits
SELECTOR = "penguinmails"  # under which the platform has its customers publish its key


@dataclass(frozen=True)
class Records:
    """What is published; None: nobody answered, so that nothing is known. An empty one: there is none."""

    spf: tuple[str, ...] | None
    dkim: tuple[str, ...] | None
    dmarc: tuple[str, ...] | None
    dmarc_at: str
    """The domain whose DMARC record counts: the domain's own, or one above."""
    mx: tuple[str, ...] | None
    selector: str


class Resolver:
    """Name servers to ask: of `DNS_RESOLVER` (`9.9.9.9` or `127.0.0.1:5353`), else those of this machine."""

    def __init__(self, address: str | None = None) -> None:
        try:
            self._asked = dns.asyncresolver.Resolver(configure=address is None)
            if address is not None:
                host, _, port = address.partition(":")
                self._asked.nameservers, self._asked.port = [host], int(port or 53)
        except (dns.exception.DNSException, ValueError) as error:
            raise Misconfigured(f"DNS_RESOLVER has to be an address such as 9.9.9.9, not {address}.") from error
        self._asked.lifetime = SECONDS

    @classmethod
    def of(cls, address: str | None) -> Self | None:
        """None: this machine has no name server."""
        try:
            return cls(address)
        except Misconfigured:
            if address is not None:
                raise
            return None

    async def records(self, domain: str, selector: str = SELECTOR) -> Records:
        """What is published for a domain."""
        spf, dkim, (dmarc, at), mx = await asyncio.gather(
            self._texts(domain, "v=spf1"),
            self._texts(f"{selector}._domainkey.{domain}", ""),
            self._dmarc(domain),
            self._known(domain, "MX"),
        )
        return Records(spf, dkim, dmarc, at, mx, selector)

    async def _dmarc(self, domain: str) -> tuple[tuple[str, ...] | None, str]:
        """Of the domain, or of the nearest one above it that has one."""
        names = domain.split(".")
        above = [".".join(names[number:]) for number in range(max(1, len(names) - 1))]
        found = await asyncio.gather(*(self._texts(f"_dmarc.{one}", "v=dmarc1") for one in above))
        for one, texts in zip(above, found, strict=True):
            if texts or texts is None:
                return texts, one
        return (), domain

    async def _texts(self, name: str, begins: str) -> tuple[str, ...] | None:
        known = await self._known(name, "TXT")
        return None if known is None else tuple(one for one in known if one.lower().startswith(begins))

    async def _known(self, name: str, kind: str) -> tuple[str, ...] | None:
        try:
            answer = await self._asked.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError, UnicodeError):
            return None
        if kind == "TXT":
            return tuple(b"".join(one.strings).decode("utf-8", "replace") for one in answer)
        return tuple(str(one.exchange).rstrip(".") or "." for one in sorted(answer, key=lambda one: one.preference))
