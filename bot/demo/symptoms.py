"""Trouble that shows in what is measured: a service down, a slow database, a full disk, an attack, a silence."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.demo.data import HOSTS, SERVICES, uid

TICKS = 1_200  # ten minutes of half seconds, after which it is over by itself
AGAIN = 20  # ticks from one measurement to the next

SERVICE = (
    "INSERT INTO service_health (service, status, p95_ms, error_rate, backlog)"
    " SELECT '{service}', '{status}', {p95}, {errors}, {backlog} WHERE :number % {again} = 1"
)
# What the demo measures beside it would say that all is well.
SAME = (
    "UPDATE service_health SET status = '{status}', p95_ms = {p95}, error_rate = {errors}, backlog = {backlog}"
    " WHERE service = '{service}' AND at > now() - interval '5 seconds' AND status = 'healthy'"
)
WELL = (
    "UPDATE service_health SET status = 'healthy', p95_ms = {usual}, error_rate = 0.0002, backlog = 0"
    " WHERE service = '{service}' AND at > now() - interval '11 minutes'"
)
HOST = (
    "INSERT INTO host_health (host, cpu, memory, disk, connections, pool)"
    " SELECT '{host}', {cpu}, 0.74, {disk}, 210, {pool} WHERE :number % {again} = 1"
)
SAME_HOST = (
    "UPDATE host_health SET cpu = {cpu}, disk = {disk}, pool = {pool}"
    " WHERE host = '{host}' AND at > now() - interval '5 seconds'"
)
WELL_HOST = (
    "UPDATE host_health SET cpu = {cpu}, memory = {memory}, disk = {disk}, pool = {pool}"
    " WHERE host = '{host}' AND at > now() - interval '11 minutes'"
)

HELD = (
    "SELECT EXISTS (SELECT FROM queue_pauses WHERE lifted IS NULL AND tenant_id IS NULL"
    " AND (queue_name IS NULL OR queue_name = :queue))"
)

ADDRESS = uid("smtp ip", 3)
LISTED = (
    "UPDATE smtp_ip_addresses SET reputation_state = '{state}',"
    " provider_blacklist_status = provider_blacklist_status || '{{\"spamlist.example\": {listed}}}' WHERE id = '{id}'"
)
BROWSER = "python-requests/2.31"
TRIED = (
    "INSERT INTO login_events (user_id, email, succeeded, ip, user_agent)"
    " SELECT id, email, false, '203.0.113.66', '{browser}' FROM ("
    " SELECT id, email FROM users WHERE deleted IS NULL ORDER BY id"
    " OFFSET (CASE WHEN :number % 4 = 0 THEN 7 ELSE :number END) LIMIT 1) AS one"
)
FORGOTTEN = "DELETE FROM login_events WHERE user_agent = '{browser}' AND NOT succeeded"


class Symptoms:
    """Statements for each tick, which may use its `:number`, until it is over; and those that take all of it back.

    `helps`: the queue with whose pause it is over, as the alert's button offers it.
    """

    def __init__(self, each: Sequence[str], after: Sequence[str], helps: str | None = None) -> None:
        self._each, self._after, self._helps, self._number = each, after, helps, 0

    async def tick(self, connection: AsyncConnection) -> None:
        if self._helps and self._number < TICKS and await connection.scalar(text(HELD), {"queue": self._helps}):
            self._number = TICKS
        self._number += 1
        if self._number <= TICKS:
            for one in self._each:
                await connection.execute(text(one), {"number": self._number} if ":number" in one else {})
        elif self._number == TICKS + 1:
            await self.end(connection)

    async def end(self, connection: AsyncConnection) -> None:
        for one in self._after:
            await connection.execute(text(one))


def _service(service: str, status: str, p95: int, errors: float, backlog: int) -> tuple[list[str], list[str]]:
    said = {"service": service, "status": status, "p95": p95, "errors": errors, "backlog": backlog}
    after = WELL.format(service=service, usual=dict(SERVICES)[service])
    return [SERVICE.format(**said, again=AGAIN), SAME.format(**said)], [after]


def _host(host: str, cpu: float, disk: str, pool: float) -> tuple[list[str], list[str]]:
    said = {"host": host, "cpu": cpu, "disk": disk, "pool": pool}
    (usual,) = (one for one in HOSTS if one[0] == host)
    after = WELL_HOST.format(host=host, cpu=usual[1], memory=usual[2], disk=usual[3], pool=usual[5])
    return [HOST.format(**said, again=AGAIN), SAME_HOST.format(**said)], [after]


def _until_held(queue: str, *parts: tuple[list[str], list[str]]) -> Symptoms:
    each, after = ([one for part in parts for one in part[which]] for which in (0, 1))
    return Symptoms(each, after, queue)


def smtp_down() -> Symptoms:
    """No mail leaves the platform, until nothing more is handed to its mail service, which then comes back."""
    return _until_held("email-sending", _service("SMTP service", "down", 9_800, 0.93, 4_200))


def db_slow() -> Symptoms:
    """Statistics fill up the pool of the main database, and the API waits for it."""
    return _until_held(
        "analytics:campaign-aggregate",
        _service("OLTP database", "degraded", 910, 0.004, 0),
        _service("API server", "degraded", 2_300, 0.021, 0),
        _host("db-01", 0.96, "0.58", 0.97),
    )


def disk_full() -> Symptoms:
    """The files of a query fill the disk of the main database within a minute."""
    return _until_held("analytics:daily-aggregate", _host("db-01", 0.44, "least(0.8 + :number * 0.0015, 0.97)", 0.5))


def blacklist() -> Symptoms:
    """An address that mail is sent from is listed, until the demo ends; in quarantine nothing is sent from it."""
    return Symptoms(
        [LISTED.format(state="poor", listed="true", id=ADDRESS)],
        [LISTED.format(state="good", listed="false", id=ADDRESS)],
    )


def login_attack() -> Symptoms:
    """One address tries passwords at many accounts, at one of them again and again."""
    return Symptoms([TRIED.format(browser=BROWSER)], [FORGOTTEN.format(browser=BROWSER)])


def webhook_silence() -> Symptoms:
    """Stripe's last event was three hours ago."""
    late = "UPDATE webhook_events SET processed_at = processed_at {by} interval '3 hours' WHERE {which}"
    recent = "processed_at > now() - interval '2 hours 30 minutes'"
    return Symptoms([late.format(by="-", which=recent)], [])
