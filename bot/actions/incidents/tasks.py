"""`incident task 7 to @staffer by friday saying …`: what is to be done afterwards, followed until it is done."""

import uuid
from typing import Annotated, Any

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents import members as secret
from bot.actions.incidents.afterwards import ByDay, ToDo
from bot.actions.incidents.facts import OnIncident, home_of, load, subject, tell, which
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.personal import Moment
from bot.platform import staff
from bot.store import outbox
from bot.store.models import IncidentHappened, IncidentTask
from bot.store.rooms import Home
from bot.targets.incident import Incident as IncidentTarget
from bot.targets.incident_task import Task as TaskTarget
from bot.targets.staff import Staffer


@register
class AddTask(OnIncident):
    """Note what has to be done after an incident, by whom and by when. That person is reminded until it is done."""

    name, verb, says = "incident.task", "incident task", "note"
    phrased = "note a task of an incident"
    incident: IncidentTarget
    owner: Annotated[Staffer, introduced_by("to")]
    due: ByDay
    what: ToDo

    @property
    def about(self) -> None:
        """A task changes nothing of what somebody may do."""

    async def preview(self, session: AsyncSession) -> Impact:
        row = await load(session, self.incident.id)
        await secret.known_to(session, row, self.owner)
        return Impact(
            facts=(
                *which(row),
                fact("Task", self.what.text, bound=True),
                fact("Who", self.owner.shown, bound=True),
                fact("Deadline", Moment.of(self.due.moment)),
            ),
            context={"incident": subject(row), "who": self.owner.shown, "what": self.what.text},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await load(session, self.incident.id)
        task = IncidentTask(incident_id=row.id, what=self.what.text, staff_id=self.owner.id, due=self.due.moment)
        session.add(task)
        await session.flush()
        await session.refresh(task)
        facts = {"owner": str(self.owner.id), "text": task.what, "number": task.number}
        await tell(session, row.id, IncidentHappened.TASK, by, **facts)
        data = {"incident": str(row.id), "task": str(task.id), "number": task.number}
        return Outcome(data, {"task": None}, {"task": task.number})

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(action=DropTask.name, parameters={"task": outcome["task"]})


class OnTask(OnIncident):
    """What is done to one task."""

    task: TaskTarget

    async def home(self, session: AsyncSession) -> Home | None:
        return await home_of(session, self.task.incident_id)

    async def _row(self, session: AsyncSession) -> IncidentTask:
        return await session.get_one(IncidentTask, self.task.id, populate_existing=True)

    async def _impact(self, session: AsyncSession) -> Impact:
        task = await self._row(session)
        row = await load(session, task.incident_id)
        who = await staff.name_of(session, task.staff_id)
        return Impact(
            facts=(*which(row), fact("Task", task.what, bound=True), fact("Who", who)),
            context={"incident": subject(row), "task": task.number, "what": task.what},
        )


@register
class DropTask(OnTask):
    """Take back a task that was noted by mistake."""

    name, verb, says = "incident.drop_task", "", "drop the task"
    task: TaskTarget

    async def preview(self, session: AsyncSession) -> Impact:
        return await self._impact(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        task = await self._row(session)
        await session.execute(delete(IncidentTask).where(IncidentTask.id == task.id))
        await outbox.refresh_about(session, [str(task.id)])
        return Outcome({"incident": str(task.incident_id)}, {"task": task.number}, {"task": None})


@register
class TaskDone(OnTask):
    """Say that a task of an incident is done: nobody is reminded of it any more."""

    name, verb, says = "incident.done", "incident done", "finish"
    phrased = "finish a task of an incident"
    changes = "done"
    task: TaskTarget

    async def _open(self, session: AsyncSession) -> IncidentTask:
        task = await self._row(session)
        if task.done is not None:
            raise NothingToDo(f"Task {task.number} is done already. Nothing was done.")
        return task

    async def preview(self, session: AsyncSession) -> Impact:
        await self._open(session)
        return await self._impact(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        task = await self._open(session)
        task.done, task.done_by = func.clock_timestamp(), by
        await session.flush()
        await tell(session, task.incident_id, IncidentHappened.TASK_DONE, by, text=task.what, number=task.number)
        await outbox.refresh_about(session, [str(task.id)])
        return Outcome({"task": str(task.id)}, {"done": False}, {"done": True})

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(action=TaskOpen.name, parameters={"task": outcome["task"]})


@register
class TaskOpen(OnTask):
    """Say that a task of an incident is not done after all."""

    name, verb, says = "incident.not_done", "", "open the task again"
    changes = "done"
    task: TaskTarget

    async def preview(self, session: AsyncSession) -> Impact:
        return await self._impact(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        task = await self._row(session)
        task.done = task.done_by = None
        await session.flush()
        await outbox.refresh_about(session, [str(task.id)])
        return Outcome({"task": str(task.id)}, {"done": True}, {"done": False})

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(action=TaskDone.name, parameters={"task": outcome["task"]})
