"""Incidents of before that this one is like: by the words of their titles, and by the alerts they had."""

import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SHOWN = 3
# Words that both titles have, as PostgreSQL's English dictionary stems them; an alert of the same rule counts more.
LIKE = text("""
WITH this AS (
    SELECT id, tsvector_to_array(to_tsvector('english', title)) AS words, ARRAY(
        SELECT rule FROM pmbot.incident_alerts JOIN pmbot.alerts ON alerts.id = alert_id
         WHERE incident_id = incidents.id
    ) AS rules FROM pmbot.incidents WHERE id = :incident
)
SELECT number, title, resolved - began AS lasted, causes FROM (
    SELECT past.*, cardinality(ARRAY(
        SELECT unnest(tsvector_to_array(to_tsvector('english', past.title))) INTERSECT
        SELECT unnest(this.words)
    )) + 2 * (SELECT count(DISTINCT rule) FROM pmbot.incident_alerts JOIN pmbot.alerts ON alerts.id = alert_id
               WHERE incident_id = past.id AND rule = ANY(this.rules)) AS alike
    FROM pmbot.incidents AS past, this
    WHERE past.id <> this.id AND NOT past.restricted AND past.state = 'resolved'
      AND past.declared > now() - interval '2 years'
) AS compared WHERE alike >= 2 ORDER BY alike DESC, number DESC LIMIT :shown
""")


async def similar(session: AsyncSession, incident_id: uuid.UUID) -> list[dict[str, object]]:
    """The likest first: {"number", "title", "lasted": seconds, "causes"}."""
    found = await session.execute(LIKE, {"incident": incident_id, "shown": SHOWN})
    return [
        {"number": row.number, "title": row.title, "lasted": row.lasted.total_seconds(), "causes": row.causes}
        for row in found
    ]
