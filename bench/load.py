"""The load: a process of its own that sends requests over kept connections and times each answer.

`python -m bench.load` reads {"kind", "url", "secret", "team", "concurrency", "seconds", "most"} from standard input and
writes {"acknowledged", "refused", "seconds", "latencies"} (milliseconds) to standard output. Kind `slack` posts signed
`/pm` commands, kind `alerts` notifications of Alertmanager's (with the secret `alerts`); kind `sql` stores the same
commands by the bare statement, a connection for each of the concurrent.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg

# What anybody would write by hand: the row and its job, one round trip, one commit.
INSERT_AND_DEFER = """
WITH stored AS (
    INSERT INTO pmbot.inbox (key, kind, payload) VALUES (%s, 'command', %s::jsonb)
    ON CONFLICT (key) DO NOTHING RETURNING id
)
SELECT pmbot.procrastinate_defer_jobs_v1(ARRAY[ROW(
    'pm', 'handle', 0, NULL, NULL, jsonb_build_object('inbox_id', id), NULL
)::pmbot.procrastinate_job_to_defer_v1]) FROM stored
"""
Send = Callable[[], Awaitable[bool]]


@dataclass
class Tally:
    """What came of it."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0


def command(team: str) -> dict[str, str]:
    """A slash command as Slack sends it, new each time."""
    return {
        "token": "verification",
        "team_id": team,
        "team_domain": "penguinmails",
        "channel_id": "C0OPERATIONS",
        "channel_name": "operations",
        "user_id": "U0ONCALL",
        "user_name": "oncall",
        "command": "/pm",
        "text": "revoke <@U0STAFFER|staffer> because laptop stolen",
        "api_app_id": "A0BOT",
        "is_enterprise_install": "false",
        "response_url": "http://127.0.0.1:1/response",
        "trigger_id": uuid.uuid4().hex,
    }


def notification() -> dict[str, object]:
    """A group of two alerts as Alertmanager sends it, new each time."""
    labels = {"alertname": "HighErrorRate", "job": "api", "severity": "warning", "team": "platform"}
    alerts = [
        {
            "status": "firing",
            "labels": {**labels, "instance": f"10.0.0.{number}:9100"},
            "annotations": {
                "summary": "More than 5% of the requests fail",
                "runbook_url": "https://wiki.example.com/api",
            },
            "startsAt": "2026-11-23T03:00:00.000Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example.com/graph?g0.expr=api_errors",
            "fingerprint": uuid.uuid4().hex[:16],
        }
        for number in (1, 2)
    ]
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="HighErrorRate", id="{uuid.uuid4().hex}"}}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "penguinmails",
        "groupLabels": {"alertname": "HighErrorRate"},
        "commonLabels": labels,
        "commonAnnotations": {"summary": "More than 5% of the requests fail"},
        "externalURL": "http://alertmanager.example.com",
        "alerts": alerts,
    }


def posted(order: dict[str, Any]) -> bytes:
    """A whole HTTP request of Alertmanager's."""
    body = json.dumps(notification())
    return (
        f"POST /webhooks/alerts HTTP/1.1\r\nHost: {urlsplit(order['url']).netloc}\r\n"
        "Content-Type: application/json\r\nUser-Agent: Alertmanager/0.25.0\r\nAccept: */*\r\n"
        f"Authorization: Bearer {order['alerts']}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def request(order: dict[str, Any]) -> bytes:
    """A whole signed HTTP request."""
    body, now = urlencode(command(order["team"])), str(int(time.time()))
    mac = hmac.new(order["secret"].encode(), f"v0:{now}:{body}".encode(), hashlib.sha256)
    return (
        f"POST /slack/events HTTP/1.1\r\nHost: {urlsplit(order['url']).netloc}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nUser-Agent: Slackbot 1.0\r\nAccept: */*\r\n"
        f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={mac.hexdigest()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def over_http(order: dict[str, Any]) -> Send:
    address = urlsplit(order["url"])
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    made = posted if order["kind"] == "alerts" else request
    prepared = [made(order) for _ in range(order["most"] // order["concurrency"])]

    async def send() -> bool:
        writer.write(prepared.pop())
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or b"0"))
        return head.startswith(b"HTTP/1.1 200")

    return send


async def over_sql(order: dict[str, Any]) -> Send:
    connection = await psycopg.AsyncConnection.connect(
        order["url"], autocommit=True, options="-c role=pmbot_app -c search_path=pmbot,public"
    )
    prepared = [command(order["team"]) for _ in range(order["most"] // order["concurrency"])]

    async def send() -> bool:
        payload = prepared.pop()
        cursor = await connection.execute(INSERT_AND_DEFER, (f"command:{payload['trigger_id']}", json.dumps(payload)))
        return cursor.rowcount == 1

    return send


async def one_after_the_other(send: Send, count: int, until: float, tally: Tally) -> None:
    for _ in range(count):
        started = time.perf_counter()
        if started > until:
            return
        if await send():
            tally.latencies.append((time.perf_counter() - started) * 1000)
        else:
            tally.refused += 1


async def run(order: dict[str, Any]) -> dict[str, Any]:
    concurrency = order["concurrency"]
    connect = over_sql if order["kind"] == "sql" else over_http
    senders = [await connect(order) for _ in range(concurrency)]
    each, tally = order["most"] // concurrency, Tally()
    started = time.perf_counter()
    until = started + order["seconds"]
    await asyncio.gather(*(one_after_the_other(send, each, until, tally) for send in senders))
    took = time.perf_counter() - started
    latencies = [round(one, 4) for one in tally.latencies]
    return {"acknowledged": len(latencies), "refused": tally.refused, "seconds": took, "latencies": latencies}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(run(json.loads(sys.stdin.read())))))
