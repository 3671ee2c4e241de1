"""The morning digest: what needs somebody, what is unusual, the grid; facts only, drawn by digests/morning.j2."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests.sections import access, addresses, alerts, decisions, holds, logins, mails, queues, services
from bot.digests.sections.access import Access
from bot.digests.sections.addresses import Addresses
from bot.digests.sections.alerts import Alerts
from bot.digests.sections.base import Item, Level, Window, most_urgent
from bot.digests.sections.decisions import Decisions
from bot.digests.sections.holds import Held
from bot.digests.sections.logins import Logins
from bot.digests.sections.mails import Mails
from bot.digests.sections.queues import Queues
from bot.digests.sections.services import Services

TEMPLATE = "digests/morning.j2"


@dataclass(frozen=True)
class Morning:
    """Everything the digest says."""

    services: Services
    queues: Queues
    alerts: Alerts | None
    decisions: Decisions
    holds: tuple[Held, ...]
    access: Access
    addresses: Addresses
    logins: Logins
    mails: Mails

    @property
    def items(self) -> list[Item]:
        """What needs somebody: red before yellow before green."""
        sections = (self.alerts, self.services, self.queues, self.addresses, self.decisions, self.logins)
        return most_urgent([item for section in sections if section is not None for item in section.items()])

    @property
    def quiet(self) -> bool:
        """Nothing to say that is not as it should be."""
        nothing_happened = not (self.holds or self.queues.held or self.decisions.asked.count or self.services.recovered)
        return not self.items and nothing_happened and not (self.alerts and self.alerts.all)

    @property
    def headline(self) -> str:
        number, red = len(self.items), sum(item.level is Level.RED for item in self.items)
        if number == 0:
            return "Quiet night"
        if number == 1:
            return "Quiet night except for one thing"
        return f"{number} things need attention" + (f", {red} of them now" if red else "")


async def read(session: AsyncSession, window: Window) -> Morning:
    return Morning(
        services=await services.read(session, window),
        queues=await queues.read(session, window),
        alerts=await alerts.read(session, window),
        decisions=await decisions.read(session, window),
        holds=await holds.read(session, window),
        access=await access.read(session, window),
        addresses=await addresses.read(session, window),
        logins=await logins.read(session, window),
        mails=await mails.read(session, window),
    )


DETAILS = {
    services.NAME: ("Services", services.details),
    queues.NAME: ("Queues", queues.details),
    addresses.NAME: ("Sending IPs", addresses.details),
    decisions.NAME: ("Decisions of the last day", decisions.details),
    logins.NAME: ("Failed sign-ins of the last day", logins.details),
}
