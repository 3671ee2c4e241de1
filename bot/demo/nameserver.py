"""The demo's name server: what its customers have published of their domains, and of no other there is anything."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import psycopg
from sqlalchemy import make_url

Published = Mapping[tuple[str, str], list[str]]
"""By name and type, `("_dmarc.acme.example", "TXT")`, the records as a zone file has them."""


class NameServer(asyncio.DatagramProtocol):
    """Answers over UDP from what is published; `silent`: it answers nobody."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self.silent = False
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.silent or self._transport is None:
            return
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA | dns.flags.AA
        for question in asked.question:
            name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
            if records := self.published.get((name, kind)):
                answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, records))
            elif not any(known == name for known, _ in self.published):
                answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """On a free port of this machine until the block ends; yields what `DNS_RESOLVER` has to be."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        try:
            yield "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1])
        finally:
            transport.close()


def of(database_url: str) -> NameServer:
    """With what the domains of the demo's customers have published when it starts."""
    conninfo = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo) as connection:
        return NameServer(published(dict(connection.execute("SELECT domain, dns_records FROM domains").fetchall())))


def published(domains: Mapping[str, Mapping[str, bool]]) -> dict[tuple[str, str], list[str]]:
    """What the demo's domains have, by what the platform's `dns_records` say of each."""
    found: dict[tuple[str, str], list[str]] = {}
    for domain, has in domains.items():
        found[domain, "MX"] = [f"10 mx.{domain}."]
        if has.get("spf"):
            found[domain, "TXT"] = ['"v=spf1 include:_spf.penguinmails.example -all"']
        if has.get("dkim"):
            found[f"penguinmails._domainkey.{domain}", "TXT"] = ['"v=DKIM1; k=rsa; p=MIGfMA0"']
        if has.get("dmarc"):
            found[f"_dmarc.{domain}", "TXT"] = ['"v=DMARC1; p=quarantine"']
    return found
