"""How many problems come at once. The evaluation counts them itself: only it knows which begin at this moment."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.metrics.base import Metric, Row, register
from bot.permissions import Permission

TOGETHER = "alerts.together"


async def _counted_elsewhere(session: AsyncSession) -> dict[str, Row]:
    return {}


register(
    TOGETHER,
    Metric(
        _counted_elsewhere,
        lambda row, _: float(max(row["begun"], row["held"])),
        "Problems",
        "How many alerts began within one minute. After these alerts are reported together, the value is the number of"
        " them that are still open.",
        lambda value: f"{value:,.0f}",
        Permission.QUEUE_READ,
    ),
)
