"""A whole run: processes, seeds, cases in two halves, and what must hold afterwards."""

import asyncio
import contextlib
import json
import re
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from starlette.websockets import WebSocketDisconnect

from bot import actions, policy
from bot.actions.registry import discover
from bot.demo.data import STAFF
from bot.demo.world import World, slack_id
from localslack.outgoing.sockets import NoSocketError
from tests.conftest import OPS, Processes, free_port, until
from tests.fuzz import answers, seeds, shrink, state, watch
from tests.fuzz.answers import Answer
from tests.fuzz.cases import Case, Materials, Sender, draw, envelope_id, with_payload
from tests.fuzz.client import Client
from tests.fuzz.pulse import Pulse
from tests.fuzz.state import Sql
from tests.fuzz.wire import Request
from tests.integration.stripe_events import SECRET

AT_ONCE = 6
BACKLOG = 150  # payloads that may wait for the worker before sending waits, too
ACK_SECONDS = 1.0  # for an envelope of Socket Mode; what is refused stays without an answer
LET_GO = 60.0  # seconds in which what was accepted is handled
GROWTH = 64.0  # megabytes that a process may have gained in the end
MOST_FAULTS = 20  # then a run ends
SHOWN = 3000  # characters of one case

# Whoever tests may make a sandbox of her own; these may change nothing by themselves.
NOBODIES = ("U0STRANGER", "U0GUEST", *map(slack_id, ("dmitri", "ines")), "U0NEVERSEEN")
STAFF_IDS = tuple(slack_id(one.local_part) for one in STAFF if one.left is None)
NOBODY_MAY = (Sender.FORGER, Sender.OUTSIDER, Sender.POWERLESS, Sender.POWERLESS, Sender.WANDERER)
SOME_MAY = (Sender.ENTITLED, Sender.ENTITLED, Sender.POWERLESS, Sender.FORGER)
FIRST_HALF = 0.7  # of all cases: nobody in them may change anything


@dataclass
class Report:
    """What came of it: answers by status, faults, and figures."""

    seed: int
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = [f"{name}: {value}" for name, value in self.figures.items()]
        shown += [f"{count:>7} × {answer}" for answer, count in sorted(self.answers.items())]
        shown += [f"FAULT (SEED={self.seed}): {one}" for one in self.faults]
        return "\n".join([*shown, f"{self.answers.total()} sent, {len(self.faults)} faults"])


@dataclass
class Play:
    """One run of `count` cases; `only`: just the one of that number."""

    around: World
    processes: Processes
    sql: Sql
    seed: int
    count: int
    only: int | None = None

    async def run(self) -> Report:
        self.report = Report(self.seed)
        self.around.slack.limits = None  # how patient Slack is, is not what this is about
        self.around.slack.calls = deque(maxlen=100)  # hundreds of thousands would not fit
        url = await self._started()
        pulse, before, split = Pulse(url), state.people(self.sql), round(self.count * FIRST_HALF)
        await pulse.begin()
        memory, platform = self._memory(), state.fingerprint(self.sql)
        await self._send(url, NOBODY_MAY, range(split))
        self.report.faults += state.untouched(self.sql, platform)
        self._note_memory("after the first half", memory)
        await self._send(url, SOME_MAY, range(split, self.count))
        self.report.faults += state.entitled(self.sql, discover(actions), policy.load(), before)
        self._note_memory("in the end", memory)
        await pulse.end()
        self.report.figures["/healthz"] = str(pulse)
        self.report.faults += [*pulse.faults, *state.handled(self.sql), *self._given_up(), *await self._told(url)]
        return self.report

    async def _started(self) -> str:
        """Two doors (HTTP and Socket Mode) and a worker, and something to click on; the address of the first."""
        port, slack = free_port(), self.around.slack
        url = f"http://127.0.0.1:{port}"
        started = {
            "serve": self.processes.start("serve", PORT=port, STRIPE_WEBHOOK_SECRET=SECRET),
            "worker": self.processes.start("worker"),
        }
        await until(lambda: _is_ready(url), LET_GO)
        slack.request_url = f"{url}/slack/events"
        await seeds.asked_for(slack)
        self._materials = Materials(
            await seeds.recorded(slack),
            slack.workspace.signing_secret,
            SECRET,
            tuple(one for one in STAFF_IDS if one not in NOBODIES),
            NOBODIES,
            lambda user: slack.response_url(user, OPS),
        )
        token = slack.workspace.app_token
        started["serve (sockets)"] = self.processes.start("serve", PORT=free_port(), SLACK_APP_TOKEN=token)
        slack.request_url = None
        await until(lambda: len(slack.sockets), LET_GO)
        self._pids = {name: process.pid for name, process in started.items()}
        return url

    async def _send(self, url: str, senders: Sequence[Sender], numbers: range) -> None:
        """All cases of these numbers; returns when what was accepted is handled."""
        began = time.monotonic()
        due = iter(numbers if self.only is None else {self.only} & set(numbers))
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._sender(url, senders, due))
        with contextlib.suppress(AssertionError):  # what never is, is told of by `state.handled`
            await until(lambda: self.sql(state.OPEN) == [(0,)], LET_GO)
        self.report.figures[f"cases {numbers.start} to {numbers.stop}"] = f"{time.monotonic() - began:.0f} s"

    async def _sender(self, url: str, senders: Sequence[Sender], due: Iterator[int]) -> None:
        client = Client(url)
        for number in due:
            if len(self.report.faults) >= MOST_FAULTS:
                break
            if number % (BACKLOG // AT_ONCE) == 0:
                await until(lambda: self.sql(state.WAITING)[0][0] < BACKLOG, 10 * LET_GO)
            case = draw(self._materials, self.seed, number, int(time.time()), senders, sockets=True)
            answer = await self._answer(client, case)
            self.report.answers[
                f"{case.sender}, {case.kind}{'' if case.request else ' (socket)'}: {answer.status}"
            ] += 1
            if fault := answers.fault_of(case.path, answer, case.expected):
                self.report.faults.append(f"{fault}; {(await self._least(client, case, fault)).shown()[:SHOWN]}")
        await client.close()

    async def _answer(self, client: Client, case: Case) -> Answer:
        if case.request is None:
            return await self._over_a_socket(str(case.envelope))
        try:
            return await client.send(case.request)
        except TimeoutError:
            await client.close()
            return answers.NONE

    async def _over_a_socket(self, text: str) -> Answer:
        """What is no envelope that can be acknowledged is sent, and nothing waited for."""
        text = text.encode("utf-8", "backslashreplace").decode()  # half of a pair travels as JSON's escape of it
        slack, name = self.around.slack, envelope_id(text)
        await until(lambda: len(slack.sockets), LET_GO)
        socket, acknowledged = slack.sockets._open[0], asyncio.get_running_loop().create_future()
        if name is None:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_text(text)
            return answers.UNACKNOWLEDGED
        slack.sockets._waiting[name] = (socket, acknowledged)
        try:
            await socket.send_text(text)
            said = await asyncio.wait_for(acknowledged, ACK_SECONDS)
        except (TimeoutError, NoSocketError, WebSocketDisconnect, RuntimeError):  # it may have gone, and come again
            return answers.UNACKNOWLEDGED
        finally:
            del slack.sockets._waiting[name]
        return Answer(200, json.dumps(said).encode() if said else b"")

    async def _least(self, client: Client, case: Case, fault: str) -> Case:
        """The case with as little in it as still goes wrong."""

        async def still_wrong(payload: object) -> bool:
            smaller = with_payload(case, payload, self._materials, int(time.time()))
            found = answers.fault_of(smaller.path, await self._answer(client, smaller), smaller.expected)
            return found is not None and found[:20] == fault[:20]

        if case.payload is None or not await still_wrong(case.payload):
            return case
        least = await shrink.least(case.payload, still_wrong)
        return with_payload(case, least, self._materials, int(time.time()))

    def _memory(self) -> dict[str, float]:
        return {name: watch.resident(pid) for name, pid in self._pids.items()}

    def _note_memory(self, when: str, before: dict[str, float]) -> None:
        now = self._memory()
        shown = ", ".join(f"{name} {before[name]:.0f} → {now[name]:.0f}" for name in now)
        self.report.figures[f"memory {when}, MB"] = shown
        grown = [name for name in now if now[name] - before[name] > GROWTH]
        self.report.faults += [f"{name} grew: {shown}" for name in grown]

    def _given_up(self) -> list[str]:
        """What was accepted, and could then not be handled but by an apology."""
        found = re.findall(r'"inbox_id": (\d+), .*"error": "(\w+)", "event": "gave up on', self.processes.logs())
        query = "SELECT left(payload::text, %s) FROM pmbot.inbox WHERE id = %s"
        return [f"{error} at last: {self.sql(query, SHOWN, int(inbox))[0][0]}" for inbox, error in found[:MOST_FAULTS]]

    async def _told(self, url: str) -> list[str]:
        metrics = (await _got(url, b"/metrics")).body.decode()
        space, logs = self.around.slack.workspace, self.processes.logs()
        self.report.figures["logged"] = f"{logs.count(chr(10))} lines, {len(logs)} characters"
        secrets = (space.bot_token, space.app_token, space.signing_secret, SECRET, *(one.name for one in STAFF))
        return [
            *([] if "pm_accepted_total" in metrics else ["the metrics cannot be read"]),
            *(f"the log has {one}" for one in watch.told(logs, secrets)),
            *(f"the metrics have {one}" for one in watch.told(metrics, secrets)),
        ]


async def _got(url: str, path: bytes) -> Answer:
    client = Client(url)
    try:
        return await client.send(Request(path, (), b"", b"GET"))
    finally:
        await client.close()


async def _is_ready(url: str) -> bool:
    return (await _got(url, b"/readyz")).status == 200
