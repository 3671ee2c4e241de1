"""What handling payloads has the queue and the clock do."""

from bot.handlers.dispatch import Dispatcher
from bot.handlers.intake import HANDLE
from bot.runtime.clock import Chore
from bot.runtime.jobs import Job
from bot.store.database import Database
from bot.store.orphans import Orphans, adopt

UNHANDLED = Orphans(
    HANDLE, "inbox", "handled IS NULL AND received < now() - interval '1 minute'", "inbox_id", "inbox.id"
)


def jobs(dispatcher: Dispatcher) -> list[Job]:
    return [Job(HANDLE, dispatcher.handle, counted=True, give_up=dispatcher.give_up)]


def chores(database: Database) -> dict[str, Chore]:
    return {"adopt_payloads": lambda: adopt(database, [UNHANDLED])}
