"""The mirror of Stripe."""

from bot.actions.billing.retry import AGAIN
from bot.billing import problems
from bot.billing.catch_up import CatchUp
from bot.billing.money import COUNT_DOWN
from bot.billing.webhooks import OVERDUE, Webhooks
from bot.handlers.feature import Feature
from bot.runtime.jobs import Job


def feature(webhooks: Webhooks, catch_up: CatchUp | None) -> Feature:
    """`catch_up`: None where Stripe cannot be asked."""
    return Feature(
        projections=webhooks.projections(),
        buttons={"stripe": problems.pressed},
        jobs=[
            Job(OVERDUE, webhooks.overdue),
            Job(COUNT_DOWN, webhooks.count_down),
            Job(AGAIN, webhooks.again, give_up=webhooks.give_up),
        ],
        chores={"stripe_events": catch_up.sweep} if catch_up else {},
    )
