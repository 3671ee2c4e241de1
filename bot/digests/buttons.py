"""The buttons of a digest."""

import uuid

from bot.audit import trail
from bot.digests.reports import Reports
from bot.drawing.masking import clearance_of
from bot.errors import Refused
from bot.handlers.desk import Button, Desk
from bot.permissions import Permission
from bot.store.models import AuditKind


def buttons(reports: Reports) -> dict[str, Button]:
    async def look_into(desk: Desk, _digest_id: uuid.UUID, section: str) -> None:
        """What is behind a line, as it is now: for the viewer alone, with a note that they looked."""
        operator = await desk.operator()
        if not operator.may(Permission.DIGEST_READ):
            raise Refused(
                f"You can't see the details of digests (your roles: {operator.in_roles}). Ask operations or security."
            )
        async with desk.core.database.snapshot() as snapshot:
            content = await reports.details(snapshot, section, clearance_of(operator))
        async with desk.core.database.transaction() as session:
            await trail.append(
                session,
                AuditKind.LOOKED,
                actor_id=operator.id,
                action="digest.details",
                target=f"digest:{section}",
                facts={"clearance": clearance_of(operator)},
            )
        await desk.say(content)

    return {"digest": look_into}
