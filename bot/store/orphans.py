"""What is open and has no job: the queue may forget, our own rows do not."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text

from bot.store.database import Database
from bot.store.queue import GIVEN_UP, Task, defer

AT_ONCE = 100  # rows of one sweep


@dataclass(frozen=True)
class Orphans:
    """Rows that need a job of this kind as long as they are in such a state, and how one finds it by its arguments."""

    task: Task
    table: str
    open: str
    """SQL: which rows. So old that the job of one that was only just handled has been put back or deleted."""
    argument: str
    """The job's argument that says which row it is about."""
    column: str
    """SQL of the same, as text."""
    others: str = ""
    """SQL of further arguments, each with its name."""

    def find(self) -> str:
        """SQL of the arguments of the jobs that are missing."""
        more = f", {self.others}" if self.others else ""
        return f"""
            SELECT {self.column} AS {self.argument}{more} FROM pmbot.{self.table} WHERE {self.open}
               AND NOT EXISTS (
                   SELECT FROM pmbot.procrastinate_jobs AS job
                    WHERE job.args ->> '{self.argument}' = ({self.column})::text
                      AND (job.status IN ('todo', 'doing') AND job.task_name = '{self.task.name}'
                           OR job.task_name = '{GIVEN_UP}{self.task.name}')
               )
             LIMIT {AT_ONCE}
            """  # noqa: S608 - constants


async def adopt(database: Database, kinds: Iterable[Orphans]) -> int:
    """Give each of them a job; how many."""
    found = 0
    async with database.transaction() as session:
        for kind in kinds:
            for arguments in (await session.execute(text(kind.find()))).mappings():
                await defer(session, kind.task, **arguments)
                found += 1
    return found
