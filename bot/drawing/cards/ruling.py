"""The message that tells security that the bot goes by another policy."""

import re
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.deliver import Projection
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.personal import Part, Personal
from bot.rulebook.changes import between
from bot.store.models import JSON, PolicyInForce

ADDRESS = re.compile(r"([^\s\[\],]+@[^\s\[\],]+)")


def projections(renderer: Renderer) -> Mapping[str, Projection]:
    async def policy(session: AsyncSession, subject: str) -> JSON:
        """Which entries differ from those of the file before; addresses in them as a channel may see them."""
        now = await session.get_one(PolicyInForce, int(subject))
        before = await session.get_one(PolicyInForce, now.follows)
        return renderer.message(
            "policy.j2",
            Clearance.CHANNEL,
            since=now.since,
            digest=now.digest[:12],
            digest_before=before.digest[:12],
            changes=[
                {"entry": one.entry, "line": one.line, "before": _parts(one.before), "after": _parts(one.after)}
                for one in between(before.source, now.source)
            ],
        )

    return {"policy": policy}


def _parts(text: str) -> list[Part]:
    """With every address of mail marked as such."""
    return [
        Personal(personal="email", value=part) if ADDRESS.fullmatch(part) else part
        for part in ADDRESS.split(text)
        if part
    ]
