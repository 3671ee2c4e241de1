"""What delivery has the queue and the clock do."""

import uuid

from bot.delivery.deliver import RELINK, TWINS, Delivery
from bot.delivery.unsent import resend
from bot.runtime.clock import Chore
from bot.runtime.jobs import Attempt, Job
from bot.store.outbox import DELIVER


def jobs(delivery: Delivery) -> list[Job]:
    async def deliver(attempt: Attempt, message_id: str) -> None:
        await delivery.deliver(uuid.UUID(message_id), attempt.job_id, attempt.number)

    async def relink(message_id: str) -> None:
        await delivery.relink(uuid.UUID(message_id))

    async def twins(message_id: str) -> None:
        await delivery.delete_twins(uuid.UUID(message_id))

    return [Job(DELIVER, deliver, counted=True), Job(RELINK, relink), Job(TWINS, twins)]


def chores(delivery: Delivery) -> dict[str, Chore]:
    return {"resend": lambda: resend(delivery.database)}
