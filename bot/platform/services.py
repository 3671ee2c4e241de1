"""Services, as their measurements name them."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# One step of the index for each name, however many measurements there are.
_NAMES = text(
    """
    WITH RECURSIVE names (name) AS (
        (SELECT service FROM service_health ORDER BY service LIMIT 1)
        UNION ALL
        SELECT (SELECT service FROM service_health WHERE service > names.name ORDER BY service LIMIT 1)
        FROM names WHERE names.name IS NOT NULL
    )
    SELECT name FROM names WHERE name IS NOT NULL
    """
)


async def names(session: AsyncSession) -> list[str]:
    """All that were ever measured, in order."""
    return list(await session.scalars(_NAMES))
