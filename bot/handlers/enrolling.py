"""Setting up an authenticator app: a form of one's own with a QR code of its seed, deleted once that works."""

import asyncio
import io
import uuid

import segno
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery import webapi
from bot.delivery.deliver import Projection
from bot.drawing.buttons import button
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.handlers import forms, views
from bot.handlers.desk import Button, Desk
from bot.handlers.feature import Feature
from bot.people import code_apps
from bot.people.code_apps import FORGET_PICTURE
from bot.pipeline import step_up
from bot.pipeline.core import Core
from bot.platform import staff
from bot.runtime.jobs import Job
from bot.store.models import JSON

GONE = {"file_deleted", "file_not_found"}

log = structlog.get_logger()


async def enrol(desk: Desk, _person: uuid.UUID, _argument: str) -> None:
    """Open the form at once, since it has three seconds; the picture comes into it."""
    operator = await desk.operator()
    vault = step_up.vault_of(desk.core)
    async with desk.core.database.transaction() as session:  # the form may be back before this payload is handled
        enrolment = await step_up.begin(vault, session, operator)
    view_id = await _opened(desk, views.enrol(str(operator.id)))
    if view_id is None:
        await desk.note("Slack could not open the form in time.", [offer(operator.id)])
        return
    picture = await _uploaded(desk.client, enrolment.address)
    if picture is not None:
        async with desk.core.database.transaction() as session:
            await code_apps.pictured(session, operator.id, picture)
    view = views.enrol(str(operator.id), seed=enrolment.seed, picture=picture)
    async with webapi.waiting():
        await desk.client.views_update(view_id=view_id, view=view)


def offer(person: uuid.UUID) -> JSON:
    """The button that begins it."""
    return button("Set up an authenticator app …", "enrol", person)


async def _opened(desk: Desk, view: JSON) -> str | None:
    """The id of the form; None if it is too late for one."""
    if desk.place.trigger_id is None:
        return None
    try:
        return str((await desk.client.views_open(trigger_id=desk.place.trigger_id, view=view))["view"]["id"])
    except webapi.UNANSWERED:
        return None
    except SlackApiError as error:
        if webapi.is_passing(error) or webapi.code(error) in forms.TRIGGER_ERRORS:
            return None
        raise


async def _uploaded(client: AsyncWebClient, address: str) -> str | None:
    """Slack's id of the picture, which is shared with nobody but by the form; None: the seed has to be typed."""
    try:
        picture = await asyncio.to_thread(_png, address)
        answer = await client.files_upload_v2(content=picture, filename="code.png", title="Authenticator app")
        return str(answer["file"]["id"])
    except (SlackApiError, *webapi.UNANSWERED, KeyError) as error:
        log.warning("an authenticator app is set up without a picture", error=type(error).__name__)
        return None


def _png(address: str) -> bytes:
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=6, border=4)
    return picture.getvalue()


def feature(core: Core, renderer: Renderer, client: AsyncWebClient) -> Feature:
    """The button, the picture's end, and what security hears of wrong codes."""

    async def forget(file_id: str) -> None:
        try:
            async with webapi.waiting():
                await client.files_delete(file=file_id)
        except SlackApiError as error:
            if webapi.code(error) not in GONE:
                raise

    async def locked(session: AsyncSession, subject: str) -> JSON:
        who = await staff.name_of(session, uuid.UUID(subject))
        return renderer.message("step_up_locked.j2", Clearance.CHANNEL, who=who)

    async def was_reset(_session: AsyncSession, subject: str) -> JSON:
        return renderer.message("step_up_reset.j2", next_buttons=[offer(uuid.UUID(subject))])

    buttons: dict[str, Button] = {"enrol": enrol}
    projections: dict[str, Projection] = {"step_up_locked": locked, "step_up_reset": was_reset}
    return Feature(
        projections=projections,
        buttons=buttons,
        jobs=[Job(FORGET_PICTURE, forget)],
        chores={"forget_seeds": lambda: step_up.forget_abandoned(core)},
    )
