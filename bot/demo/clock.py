"""The demo's clock: whoever tries the bot need not wait two hours to see a pause end.

The whole bot goes by the database's clock. In the demo's own PostgreSQL, `now()` and `clock_timestamp()` are replaced
by functions that add a setting of that server. What is due then is due, and the bot does what it does; nothing in it
knows. Replacing them takes a superuser, which the bot's role is not, and nothing outside `bot/demo` asks for it.
"""

import asyncio
import datetime as dt
import time

import psycopg
from procrastinate import utils
from psycopg import sql
from sqlalchemy import make_url

from bot.app import Bot
from bot.demo.coming import Coming, coming
from bot.demo.world import World
from bot.runtime import clock
from localslack import moment
from localslack.workspace.model import Json

SETTING = "pm_demo.ahead"
REPLACED = {"now": "STABLE", "clock_timestamp": "VOLATILE"}
REPLACE = """
  CREATE OR REPLACE FUNCTION pg_catalog.machine_{name}() RETURNS timestamptz
    {volatility} STRICT PARALLEL SAFE LANGUAGE internal AS '{name}';
  CREATE OR REPLACE FUNCTION pg_catalog.{name}() RETURNS timestamptz {volatility} PARALLEL SAFE LANGUAGE sql AS $$
    SELECT pg_catalog.machine_{name}() + coalesce(nullif(current_setting('{setting}', true), ''), '0')::interval
  $$;
"""
AHEAD = "SELECT extract(epoch FROM now() - machine_now())::float"
# What goes on by itself while time passes: the platform's everyday life is as far back as before. It was made for the
# machine's time, so a clock that is still behind that comes nearer to it.
EVERYDAY = (
    """
    UPDATE public.jobs SET run_at = run_at + %(by)s, created = created + %(by)s, updated = updated + %(by)s,
           started = started + %(by)s, completed = completed + %(by)s, failed = failed + %(by)s
    """,
    "UPDATE public.outbound_messages SET sent = sent + %(by)s",
    "UPDATE public.service_health SET at = at + %(by)s",
    "UPDATE public.host_health SET at = at + %(by)s",
    "UPDATE public.backups SET finished = finished + %(by)s",
    "UPDATE public.smtp_ip_addresses SET last_reputation_check = last_reputation_check + %(by)s",
    "UPDATE public.login_events SET at = at + %(by)s",
    "UPDATE public.webhook_events SET processed_at = processed_at + %(by)s",
    "UPDATE public.sessions SET last_seen = last_seen + %(by)s WHERE revoked IS NULL AND expires > now()",
)
ALWAYS = (
    # What was above its threshold for a moment was so for no longer because time was let pass.
    "DELETE FROM pmbot.alerts WHERE state = 'pending'",
    "UPDATE pmbot.procrastinate_workers SET last_heartbeat = last_heartbeat + %(by)s",
)
AT_ONCE = 31 * 86_400  # seconds that may be let pass
SETTLED = clock.INTERVAL + 1.5  # seconds in which the bot's clock looks at everything once, and its workers do it
JUST_AFTER = 1.0  # seconds
PRECISION = 0.001  # seconds


def install(database_url: str, behind: float = 0.0) -> None:
    """Make the clock of this server movable, and set a new one back by `behind` seconds. Needs a superuser.

    One that was movable before stays as it is: what is in that database happened by it.
    """
    with psycopg.connect(_plain(database_url), autocommit=True) as connection:
        row = connection.execute("SELECT to_regproc('pg_catalog.machine_now') IS NULL").fetchone()
        for name, volatility in REPLACED.items():
            connection.execute(REPLACE.format(name=name, volatility=volatility, setting=SETTING))
    if behind and row and row[0]:
        _set(database_url, -behind)
    moment.move(_ahead(database_url))
    utils.utcnow = moment.now  # procrastinate reckons in this process when a job is to be tried again


class DemoClock:
    """Lets time pass for the database, the platform and the local Slack (`localslack/control/passage.py`)."""

    def __init__(self, around: World, bot: Bot, still: asyncio.Lock) -> None:
        """`still` is held while the clock is set: what is written meanwhile would be of neither time."""
        self._around, self._core, self._alerting, self._still = around, bot.core, bot.alerting, still
        self._passing = asyncio.Lock()
        self._ended = False

    def end(self) -> None:
        """The bot ends: whoever still waits for time to pass asks nothing more of its database."""
        self._ended = True

    async def state(self) -> Json:
        found = [{"at": one.at.timestamp(), "what": one.what} for one in await self._coming()]
        return {"movable": True, "ahead": moment.ahead(), "moving": self._passing.locked(), "coming": found}

    async def advance(self, seconds: float, user: str = "") -> Json:
        """Let so much time pass; wherever something is due, stop until the bot has done it. One after the other."""
        if not 0 < float(seconds) <= AT_ONCE:
            raise ValueError(f"seconds has to be above 0, and at most {AT_ONCE}")
        async with self._passing:
            ends = moment.time() + float(seconds)
            while due := next((one for one in await self._coming() if one.at.timestamp() < ends), None):
                await self._move_to(min(due.at.timestamp() + JUST_AFTER, ends))
                await asyncio.sleep(SETTLED)
            await self._move_to(ends)
        return await self._told()

    async def _move_to(self, at: float) -> None:
        async with self._still:
            if (by := at - moment.time()) > 0:
                url = self._around.database_url
                await asyncio.to_thread(_take_along, url, by, min(by, moment.ahead() + by))
                await asyncio.to_thread(_set, url, moment.ahead() + by)
                moment.move(moment.ahead() + by)
                self._around.gateway.memory.forget_all()
        await self._told()

    async def _coming(self) -> list[Coming]:
        """What is still to come; what is due already is the bot's to do."""
        if self._ended:
            return []
        async with self._core.database.snapshot() as session:
            found = await coming(session, self._core.policy, self._alerting)
        return [one for one in found if one.at > moment.now()]

    async def _told(self) -> Json:
        state = await self.state()
        self._around.slack.feed.tell({"type": "clock", **state})
        return state


def _take_along(database_url: str, by: float, beyond: float) -> None:
    """What goes on while the clock is set forward by so many seconds, of which so many lie ahead of the machine's."""
    with psycopg.connect(_plain(database_url)) as connection:
        for statement in EVERYDAY if beyond > PRECISION else ():
            connection.execute(statement, {"by": dt.timedelta(seconds=beyond)})
        for statement in ALWAYS:
            connection.execute(statement, {"by": dt.timedelta(seconds=by)})


def _set(database_url: str, ahead: float) -> None:
    """Set the clock of this server so many seconds ahead of the machine's; new statements then go by it."""
    with psycopg.connect(_plain(database_url), autocommit=True) as connection:
        # Older servers know a setting of this kind only once it was set in the session.
        connection.execute("SELECT set_config(%s, %s, false)", (SETTING, f"{ahead} s"))
        connection.execute(_setting_to(ahead))
        connection.execute("SELECT pg_reload_conf()")
    deadline = time.monotonic() + 10
    while abs(_ahead(database_url) - ahead) > PRECISION:
        if time.monotonic() > deadline:
            raise TimeoutError("PostgreSQL did not switch to the new time within 10 s")
        time.sleep(0.01)


def _ahead(database_url: str) -> float:
    """How far this server's clock is ahead of the machine's, in seconds, as a new connection sees it."""
    with psycopg.connect(_plain(database_url)) as connection:
        row = connection.execute(AHEAD).fetchone()
    return float(row[0]) if row else 0.0


def _setting_to(ahead: float) -> sql.Composed:
    name = sql.SQL(".").join(map(sql.Identifier, SETTING.split(".")))
    return sql.SQL("ALTER SYSTEM SET {} = {}").format(name, sql.Literal(f"{ahead} s"))


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
