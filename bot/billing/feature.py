"""The mirror of Stripe."""

from bot.billing.money import COUNT_DOWN
from bot.billing.webhooks import OVERDUE, Webhooks
from bot.handlers.feature import Feature
from bot.runtime.jobs import Job


def feature(webhooks: Webhooks) -> Feature:
    return Feature(
        projections=webhooks.projections(), jobs=[Job(OVERDUE, webhooks.overdue), Job(COUNT_DOWN, webhooks.count_down)]
    )
