"""Where a scenario plays: a local Slack, and as far as they are known the bot's database and the platform."""

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

import httpx
import psycopg
from sqlalchemy import make_url

from bot.demo.cut_off import CutOff
from bot.demo.data import BROWSERS, OFFICE_IP, SERVICE_TOKEN, token_for
from bot.demo.mailbox import Mailbox
from bot.demo.scenarios.language import NotKnown, NotPlayable, NotSo
from bot.errors import Misconfigured, Unavailable
from localslack import Channel, LocalSlack, Person, moment
from localslack.workspace.model import Delivery, Json

SEEDED = 6  # tokens to try of those that the demo's data give a person
NO_DATABASE = "no database is known here"
NO_PLATFORM = "no platform is known here"
NEWEST = "SELECT coalesce(max(id), 0) FROM pmbot.audit_log"


@dataclass(frozen=True)
class Surroundings:
    """What outlives a scenario. Without a database or a platform, what is asked of them is not known.

    `may_make_trouble` is for a database that nobody needs. Tokens are kept: sessions outlive the scenario, too.
    """

    slack: LocalSlack
    database_url: str | None = None
    platform_url: str | None = None
    may_make_trouble: bool = True
    tokens: dict[str, list[str]] = field(default_factory=dict)  # of the platform, by person
    platform_token: str = SERVICE_TOKEN
    mailbox: Mailbox | None = None


def person_named(slack: LocalSlack, name: str) -> Person:
    """Somebody by first name or by the part of their address before the @. Raises `Misconfigured` for a guess."""
    wanted, people = name.casefold(), slack.state.people.values()
    found = [one for one in people if wanted == one.name.casefold()]
    found = found or [one for one in people if wanted == (one.real_name.split() or [""])[0].casefold()]
    if len(found) != 1:
        who = ", ".join(one.name for one in found) or ", ".join(one.name for one in people)
        raise Misconfigured(f"Who is {name}? {'There are' if not found else 'It may be'}: {who}.")
    return found[0]


class Stage:
    """One scenario's stage: what happened before does not count, and what it started ends with the block."""

    def __init__(self, around: Surroundings) -> None:
        self.slack = around.slack
        self.began = time.time()
        self.newest_entry = 0
        self.card: tuple[str, str] | None = None  # channel and ts of the message that is spoken of
        self.tokens = around.tokens
        self.before: dict[str, str] = {}  # what the platform answered when it was last asked about somebody
        self.anew: dict[str, str] = {}  # the token of whoever signed in anew, by person
        self.noticed: set[str] = set()  # deliveries that were taken for a step
        self.cut_off: CutOff | None = None
        self._around = around
        self._over = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []
        channels = self.slack.state.channels
        self._before = {ts for channel in channels for ts in self.slack.state.messages[channel]}

    async def __aenter__(self) -> Self:
        if self._around.database_url is not None:
            try:
                self.newest_entry = (await self.rows(NEWEST))[0][0]
            except NotSo as away:
                raise Unavailable(f"The database cannot be reached: {' '.join(away.found)}") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        await asyncio.gather(*self._running)

    def run(self, work: Callable[[str, asyncio.Event], Awaitable[None]]) -> None:
        """Have `work(database_url, over)` run until the scenario is over. Raises `NotPlayable` where it may not."""
        self.may_meddle()

        async def running(url: str) -> None:
            await work(url, self._over)

        self._running.append(asyncio.create_task(running(self.database_url)))

    @property
    def meddles(self) -> bool:
        """Whether there is a database that may be written to."""
        return self._around.database_url is not None and self._around.may_make_trouble

    def may_meddle(self) -> None:
        """Raises `NotPlayable` unless the database is one that may be written to."""
        if not self.meddles:
            raise NotPlayable("trouble is made only in a database that is known and given for it")

    @staticmethod
    def clock() -> str:
        """The time of day where this runs."""
        return moment.now().astimezone().strftime("%H:%M:%S")

    # Slack

    def person(self, name: str) -> Person:
        return person_named(self.slack, name)

    def channel(self, name: str) -> Channel:
        for one in self.slack.state.channels.values():
            if one.kind == "channel" and one.name == name.removeprefix("#"):
                return one
        raise Misconfigured(f"There is no channel {name}.")

    def new_messages(self, channel: Channel, viewer: Person | None = None) -> list[Json]:
        """What was posted there since the scenario began, as the viewer sees it, oldest first."""
        seen = self.slack.messages(channel.id, viewer.id if viewer else None)
        return [message for message in seen if message["ts"] not in self._before]

    def new_deliveries(self) -> list[Delivery]:
        """What was sent to the bot since the scenario began."""
        return [delivery for delivery in self.slack.deliveries if delivery.sent_at >= self.began]

    def letters(self) -> list[EmailMessage]:
        """What was sent by mail, the oldest first. Raises `NotKnown` where mails go somewhere else."""
        if self._around.mailbox is None:
            raise NotKnown("no mailbox is known here")
        return self._around.mailbox.letters

    # Database and platform

    @property
    def database_url(self) -> str:
        if self._around.database_url is None:
            raise NotKnown(NO_DATABASE)
        url = make_url(self._around.database_url).set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    async def rows(self, query: str, **values: object) -> list[Any]:
        """What a query with %(name)s in it finds. Raises `NotKnown` without a database."""
        try:
            async with await psycopg.AsyncConnection.connect(self.database_url, autocommit=True) as connection:
                return await (await connection.execute(query, values)).fetchall()
        except psycopg.OperationalError as error:
            raise NotSo("The database answers.", [str(error).strip()]) from error

    async def change(self, statement: str, **values: object) -> None:
        """Write with a statement with %(name)s in it. Raises `NotPlayable` where that may not be."""
        self.may_meddle()
        async with await psycopg.AsyncConnection.connect(self.database_url, autocommit=True) as connection:
            await connection.execute(statement, values)

    async def pass_time(self, statements: Sequence[str], days: int) -> None:
        """Have so many days pass for what the scenario asked for, in one transaction."""
        values = {"after": self.newest_entry, "passed": dt.timedelta(days=days, seconds=1)}
        async with await psycopg.AsyncConnection.connect(self.database_url) as connection:
            for statement in statements:
                await connection.execute(statement, values)

    @contextlib.asynccontextmanager
    async def platform(self) -> Any:
        """A client for the platform. Raises `NotKnown` without one, and when it does not answer."""
        if self._around.platform_url is None:
            raise NotKnown(NO_PLATFORM)
        async with httpx.AsyncClient(base_url=self._around.platform_url, trust_env=False) as client:
            try:
                yield client
            except httpx.TransportError as error:
                raise NotSo("The platform answers.", [f"{type(error).__name__}: {error}"]) from error

    async def asked(self, path: str, **of: str) -> Json:
        """What the platform answers to the bot's service. Raises `NotKnown` where its credential is another one."""
        async with self.platform() as client:
            header = {"Authorization": f"Bearer {self._around.platform_token}"}
            answer = await client.get(path, params=of, headers=header)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise NotKnown("this platform takes another service credential")
        if answer.status_code != httpx.codes.OK:
            raise NotSo("The platform answers.", [f"It answers {answer.status_code} to {path}."])
        found: Json = answer.json()
        return found

    async def accepted(self, token: str) -> bool:
        """Whether the platform lets somebody with this token in."""
        return await self.answered(token) == httpx.codes.OK

    async def answered(self, token: str) -> int:
        """The status with which the platform answers somebody with this token."""
        async with self.platform() as client:
            answer = await client.get("/dashboard/users", headers={"Authorization": f"Bearer {token}"})
            return int(answer.status_code)

    async def valid_tokens(self, person: Person) -> list[str]:
        """Those tokens of theirs that the platform accepts, of the demo's data and of signing in here."""
        known = self.tokens.get(person.id) or [token_for(person.name, number) for number in range(1, SEEDED + 1)]
        return [token for token in known if await self.accepted(token)]

    async def sign_in(self, person: Person, browser: str = BROWSERS[0], address: str = OFFICE_IP) -> str:
        """One more session on the demo's platform. Raises `NotKnown` on one that does not sign in so simply."""
        device = {"User-Agent": browser, "X-Forwarded-For": address}
        async with self.platform() as client:
            answer = await client.post("/login", json={"email": person.email}, headers=device)
        if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):
            raise NotKnown("this platform has no sign-in for demonstrations")
        if answer.status_code != httpx.codes.OK:
            raise NotSo(f"{person.real_name} can sign in.", [f"The platform answers {answer.status_code}."])
        token: str = answer.json()["token"]
        return token
