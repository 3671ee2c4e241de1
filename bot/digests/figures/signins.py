"""Sign-ins: how many failed, and how many did not."""

from bot.digests.figures.base import Figure, source

source(
    "signins",
    (Figure("signins.failed", "failed sign-ins"), Figure("signins.done", "sign-ins")),
    counts="""
        SELECT CASE WHEN succeeded THEN 'signins.done' ELSE 'signins.failed' END, '', (at AT TIME ZONE :zone)::date,
               count(*)
        FROM login_events WHERE at >= :begins AND at < :ends GROUP BY 1, 3
    """,
    oldest="SELECT min(at) FROM login_events WHERE NOT succeeded",
)
