"""The demo's machinery: health of the last day, servers and addresses, queues with jobs, webhooks, settings."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from bot.demo.data import BACKUPS, HOSTS, QUEUES, SERVICES, SETTINGS, STAFF, Row, Tables, uid
from bot.platform.models import (
    Backup,
    HostHealth,
    Job,
    JobLog,
    JobQueue,
    ServiceHealth,
    SmtpIpAddress,
    SystemConfig,
    VpsInstance,
    WebhookEvent,
)

DAY_MINUTES = 24 * 60
WEBHOOKS = (
    "invoice.paid",
    "invoice.paid",
    "invoice.payment_failed",
    "customer.subscription.updated",
    "customer.subscription.created",
    "charge.refunded",
)
ERRORS = ("Connection reset by the mail server", "421 try again later", "Lookup of MX timed out")


def operation_tables(now: datetime, rng: random.Random, tenants: list[UUID]) -> Tables:
    """Rows of all tables about running the platform; jobs are for these tenants."""
    jobs = [job for queue in QUEUES for job in _jobs(queue, now, rng, tenants)]
    return {
        ServiceHealth: list(_health(now, rng)),
        HostHealth: list(_hosts(now)),
        Backup: list(_backups(now)),
        VpsInstance: [_server(n, now) for n in range(1, 5)],
        SmtpIpAddress: [_address(n, now, rng) for n in range(16)],
        JobQueue: [
            {"name": name, "default_priority": priority, "is_active": True, "created": now - timedelta(days=400)}
            for name, priority, _, _ in QUEUES
        ],
        Job: jobs,
        JobLog: [log for job in jobs if job["failed"] or job["attempt_count"] > 1 for log in _logs(job)],
        WebhookEvent: list(_webhooks(now, rng)),
        SystemConfig: [_setting(setting, now) for setting in SETTINGS],
    }


def health_row(service: str, usual_ms: int, at: datetime, rng: random.Random, *, degraded: bool = False) -> Row:
    """One measurement around what is usual for the service."""
    return {
        "service": service,
        "at": at,
        "status": "degraded" if degraded else "healthy",
        "p95_ms": round(usual_ms * rng.uniform(3, 5) if degraded else usual_ms * rng.uniform(0.8, 1.15)),
        "error_rate": Decimal(rng.randint(8_000, 20_000) if degraded else rng.randint(0, 700)) / 1_000_000,
        "backlog": rng.randint(10, 60) if service in {"Queue workers", "SMTP service"} else 0,
    }


def _health(now: datetime, rng: random.Random) -> Iterator[Row]:
    """A measurement every 15 minutes; the OLAP database had a bad hour in the night."""
    for service, usual_ms in SERVICES:
        for minutes in range(0, DAY_MINUTES + 1, 15):
            degraded = service == "OLAP database" and 6 * 60 < minutes <= 7 * 60
            yield health_row(service, usual_ms, now - timedelta(minutes=minutes), rng, degraded=degraded)


def host_rows(at: datetime, rng: random.Random) -> list[Row]:
    """One measurement of each host, around what is usual for it."""
    return [
        {
            "host": host,
            "at": at,
            "cpu": _about(cpu, rng),
            "memory": _about(memory, rng),
            "disk": Decimal(str(disk)),
            "connections": None if connections is None else round(connections * rng.uniform(0.8, 1.2)),
            "pool": None if pool is None else _about(pool, rng),
        }
        for host, cpu, memory, disk, connections, pool in HOSTS
    ]


def _about(usual: float, rng: random.Random) -> Decimal:
    return Decimal(round(usual * rng.uniform(0.85, 1.15), 4)).quantize(Decimal("0.0001"))


def _hosts(now: datetime) -> Iterator[Row]:
    """A measurement every 15 minutes, by chance of their own: what else is drawn stays as it was."""
    rng = random.Random("hosts")
    for minutes in range(0, DAY_MINUTES + 1, 15):
        yield from host_rows(now - timedelta(minutes=minutes), rng)


def _backups(now: datetime) -> Iterator[Row]:
    """Each night of a week."""
    for n, database in enumerate(BACKUPS):
        for day in range(7):
            yield {
                "id": uid("backup", f"{database} {day}"),
                "database": database,
                "finished": now - timedelta(days=day, hours=4 + n),
                "status": "succeeded",
                "size_bytes": (48 - 17 * n) * 2**30,
            }


def _server(n: int, now: datetime) -> Row:
    return {
        "id": uid("vps", n),
        "name": f"smtp-{n:02}",
        "provider": ("Hillside Hosting", "Nordlys Cloud")[n % 2],
        "region": ("fra", "ams", "hel", "mad")[n - 1],
        "ip_address": f"203.0.113.{n}",
        "status": "active",
        "created": now - timedelta(days=300 + n),
        "updated": now - timedelta(days=n),
    }


def _address(n: int, now: datetime, rng: random.Random) -> Row:
    """Most are fine; the last but one is on its way down and the last is listed somewhere."""
    score, state = {14: (66, "fair"), 15: (41, "poor")}.get(n, (rng.randint(84, 99), "good"))
    return {
        "id": uid("smtp ip", n),
        "vps_instance_id": uid("vps", n % 4 + 1),
        "ip_address": f"{'203.0.113' if n % 2 else '198.51.100'}.{50 + n}",
        "status": {13: "warming", 15: "quarantined"}.get(n, "active"),
        "reputation_state": state,
        "provider_blacklist_status": {"blocklist.example": n == 15, "spamlist.example": False},
        "last_reputation_check": now - timedelta(minutes=rng.randint(1, 55)),
        "score": score,
    }


def _jobs(queue: tuple[str, int, int, int], now: datetime, rng: random.Random, tenants: list[UUID]) -> Iterator[Row]:
    name, priority, waiting, done = queue
    failed = 2 if done > 300 else 0
    statuses = ["queued"] * waiting + ["migrated_to_redis"] * (waiting // 5) + ["running"] * min(3, waiting)
    statuses += ["completed"] * done + ["failed"] * failed
    for n, status in enumerate(statuses):
        recent = status in {"queued", "migrated_to_redis", "running"}
        latest = 25 if name.endswith(":high") else 200  # nothing waits longer than it should
        created = now - timedelta(seconds=rng.randint(1, latest) if recent else rng.randint(300, DAY_MINUTES * 60))
        yield _job(uid("job", f"{name} {n}"), name, priority, status, created, rng) | {
            "tenant_id": None if name.startswith("analytics:daily") else rng.choice(tenants)
        }


def _job(job_id: UUID, queue: str, priority: int, status: str, created: datetime, rng: random.Random) -> Row:
    started = created + timedelta(seconds=rng.randint(1, 40)) if status not in {"queued", "migrated_to_redis"} else None
    ended = started + timedelta(milliseconds=rng.randint(200, 9_000)) if started else None
    attempts = {"queued": 0, "migrated_to_redis": 0, "running": 1, "failed": 3}.get(status)
    return {
        "id": job_id,
        "queue_name": queue,
        "status": status,
        "priority": priority,
        "payload": {"batch": rng.randint(1, 9_999)},
        "attempt_count": attempts if attempts is not None else rng.choices((1, 2), weights=(95, 5))[0],
        "max_attempts": 3,
        "run_at": created,
        "started": started,
        "completed": ended if status == "completed" else None,
        "failed": ended if status == "failed" else None,
        "last_error_message": rng.choice(ERRORS) if status == "failed" else None,
        "created": created,
        "updated": ended or created,
    }


def _logs(job: Row) -> Iterator[Row]:
    for attempt in range(1, job["attempt_count"] + 1):
        last = attempt == job["attempt_count"]
        status = ("failed" if job["failed"] else "success") if last else "retry"
        yield {
            "id": uid("job log", f"{job['id']} {attempt}"),
            "job_id": job["id"],
            "status": status,
            "log_message": None if status == "success" else job["last_error_message"] or ERRORS[0],
            "attempt_number": attempt,
            "created": job["started"] + timedelta(seconds=attempt),
        }


def _webhooks(now: datetime, rng: random.Random) -> Iterator[Row]:
    at = now - timedelta(minutes=3)
    for n in range(300):
        failed = n in {90, 91, 210}
        yield {
            "id": uid("webhook", n),
            "stripe_event_id": f"evt_demo{n:06}",
            "event_type": rng.choice(WEBHOOKS),
            "processed_at": at,
            "status": "failed" if failed else "success",
            "error_message": "No such subscription in the mirror" if failed else None,
        }
        at -= timedelta(seconds=rng.randint(120, 900))


def _setting(setting: tuple[str, object, str, str, bool], now: datetime) -> Row:
    key, value, category, description, sensitive = setting
    return {
        "key": key,
        "value": value,
        "category": category,
        "description": description,
        "is_sensitive": sensitive,
        "updated_by": STAFF[0].id,
        "updated": now - timedelta(days=45),
    }
