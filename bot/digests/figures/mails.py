"""Mails: how many were sent, and how many came back or were complained of."""

from bot.digests.figures.base import Figure, source

source(
    "mails",
    (
        Figure("mails.sent", "mails sent"),
        Figure("mails.bounced", "mails bounced"),
        Figure("mails.complained", "complaints about mails", least=5),
    ),
    counts="""
        SELECT CASE status WHEN 'bounced' THEN 'mails.bounced' WHEN 'complained' THEN 'mails.complained' END,
               '', (sent AT TIME ZONE :zone)::date, count(*)
        FROM outbound_messages
        WHERE sent >= :begins AND sent < :ends AND status IN ('bounced', 'complained') GROUP BY 1, 3
        UNION ALL
        SELECT 'mails.sent', '', (sent AT TIME ZONE :zone)::date, count(*)
        FROM outbound_messages WHERE sent >= :begins AND sent < :ends GROUP BY 3
    """,
    oldest="SELECT min(sent) FROM outbound_messages",
)
