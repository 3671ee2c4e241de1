"""Who a reading action may ask besides the database; None: there is no setting for it."""

from dataclasses import dataclass

from bot.integrations.dns.records import Resolver
from bot.integrations.platform.probe import PlatformProbe
from bot.integrations.stripe.api import StripeApi


@dataclass(frozen=True)
class Outside:
    """The systems that answer questions, chosen in the composition root."""

    platform: PlatformProbe | None = None
    dns: Resolver | None = None
    stripe: StripeApi | None = None
