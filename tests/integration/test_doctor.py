"""`pm doctor` names what is wrong, and what to do; it tells no secret."""

import asyncio
import contextlib
import datetime as dt
import re
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql as quoted
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot import doctor
from bot.audit import seals
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.world import World
from bot.doctor import findings
from bot.doctor.findings import Finding, Level
from bot.handlers.manifest import SCOPES
from bot.store.vault import new_key
from localslack import Channel, hosting
from tests.conftest import environment, free_port, running_bot
from tests.integration.command_line import pm

SECRETS = (
    "xoxb-local",
    "xoxb-other",
    "xapp-local",
    "xapp-other",
    "local-signing-secret",
    "demo-service-token",
    "hunter2",
    "sk_test_1",
    "whsec_1",
)


@pytest.fixture
def examined(surroundings: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Have the doctor look at this world's settings, with some changed; what it found."""

    async def look(**changed: str) -> list[Finding]:
        for name, value in (environment(surroundings, PORT=free_port()) | changed).items():
            monkeypatch.setenv(name, value)
        return [finding async for finding in doctor.examine()]

    return look


@pytest.fixture
async def login(postgres: EmbeddedPostgres, surroundings: World, sql) -> AsyncIterator[str]:
    """A login that may do nothing, as a hosted database has it; its URL."""
    database, role = surroundings.database_url.rpartition("/")[2], f"login_{uuid.uuid4().hex[:8]}"
    await asyncio.to_thread(postgres.create_role, role)
    yield postgres.url(database, role)
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(quoted.SQL("DROP ROLE {}").format(quoted.Identifier(role)))


@pytest.fixture
def empty_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    name = f"empty_{uuid.uuid4().hex[:12]}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


def wrong(found: list[Finding]) -> list[Finding]:
    return [one for one in found if one.level is Level.FAILED]


def only(found: list[Finding], subject: str, *words: str) -> Finding:
    """The one thing that is wrong; it says these words, what to do, and no secret."""
    [one] = wrong(found)
    assert one.subject == subject, str(one)
    assert all(word in str(one) for word in words), str(one)
    assert one.advice
    assert not any(secret in str(each) for each in found for secret in SECRETS)
    return one


@contextlib.asynccontextmanager
async def answering(status: int, body: Any = None) -> AsyncIterator[str]:
    """A server that answers everything so."""

    async def answer(request: Request) -> JSONResponse:
        return JSONResponse(body, status)

    route = Route("/{path:path}", answer, methods=["GET", "POST"])
    async with hosting.serve(Starlette(routes=[route])) as url:
        yield url


async def test_a_complete_setup_is_all_ok(examined, surroundings: World, sql, login: str) -> None:
    """Everything is named once; nothing is wrong, nothing is doubtful."""
    sql(f"GRANT pmbot_app TO {urlsplit(login).username}")
    sql(  # as many super admins as it takes: one asks, it is about one, and two decide
        "INSERT INTO staff_member_roles (user_id, role_id) SELECT users.id, staff_roles.id FROM users, staff_roles"
        " WHERE staff_roles.name = 'super_admin' AND split_part(email, '@', 1) IN ('oncall', 'tomasz', 'kofi')"
    )
    token = surroundings.slack.workspace.app_token
    watch = {"PM_CANARY_CHANNEL": "general", "PM_WATCH_WEBHOOK": "http://127.0.0.1:9/"}
    audit = {"PM_AUDIT_KEY": seals.new_key(), "PM_AUDIT_WITNESS_FILE": "/nowhere/roots.jsonl"}
    found = await examined(DATABASE_URL=login, SLACK_APP_TOKEN=token, PM_SECRET_KEY=new_key(), **watch, **audit)
    assert [str(one) for one in found if one.level is not Level.OK] == []
    subjects = "settings policy database clock migrations rights tables people decisions slack scopes channels sockets"
    assert {one.subject for one in found} == {
        *subjects.split(),
        "secrets",
        "audit",
        "platform",
        "redis",
        "prometheus",
        "alerts",
        "deployments",
        "mail",
        "pagerduty",
        "schedules",
        "on call",
        "stripe",
        "port",
        "watch",
    }
    assert len([one for one in found if one.subject == "channels"]) == 4


class TestDatabase:
    async def test_it_is_down(self, examined) -> None:
        found = await examined(DATABASE_URL="postgresql://pm:hunter2@127.0.0.1:1/pm")
        only(found, "database", "cannot be reached", "Connection refused", "DATABASE_URL")

    async def test_the_address_is_none(self, examined) -> None:
        only(await examined(DATABASE_URL="hunter2"), "database", "DATABASE_URL is not a PostgreSQL address")

    async def test_it_is_empty(self, examined, empty_url: str) -> None:
        only(await examined(DATABASE_URL=empty_url), "migrations", "schema pmbot is not there", "pm db upgrade")

    async def test_it_is_behind(self, examined, sql) -> None:
        """The next step is named, as `/readyz` refuses."""
        sql("UPDATE pmbot.schema_versions SET version_num = 'bot_0001' WHERE version_num LIKE 'bot%%'")
        only(await examined(), "migrations", "are missing", "pm db upgrade")

    async def test_the_login_lacks_the_role(self, examined, login: str) -> None:
        only(await examined(DATABASE_URL=login), "rights", "is not allowed to act as pmbot_app", "pm db upgrade")

    async def test_the_login_owns_something(self, examined, login: str, sql) -> None:
        """It could leave the role that it was given."""
        name = urlsplit(login).username
        sql(f"GRANT pmbot_app TO {name}")
        sql(f"ALTER TABLE pmbot.messages OWNER TO {name}")
        only(await examined(DATABASE_URL=login), "rights", "owns messages", "DATABASE_OWNER_URL")
        sql("ALTER TABLE pmbot.messages OWNER TO CURRENT_USER")

    async def test_the_trail_could_be_changed(self, examined, sql) -> None:
        sql("GRANT UPDATE ON pmbot.audit_log TO pmbot_app")
        only(await examined(), "rights", "could change the audit trail", "REVOKE")

    async def test_the_platforms_tables_lack_something(self, examined, sql) -> None:
        sql("REVOKE SELECT ON tenants FROM pmbot_app")
        only(await examined(), "tables", "GRANT SELECT ON tenants", "pm db platform-sql")

    async def test_nobody_is_linked(self, examined, sql) -> None:
        sql("DELETE FROM pmbot.staff_links")
        only(await examined(), "people", "no linked person", "pm staff link")

    async def test_no_super_admin_is_linked(self, examined, sql) -> None:
        sql(
            "DELETE FROM pmbot.staff_links USING staff_member_roles held JOIN staff_roles r ON r.id = held.role_id"
            " WHERE held.user_id = staff_id AND r.name = 'super_admin'"
        )
        only(await examined(), "people", "super admin", "pm staff link")

    async def test_what_nobody_could_decide_is_a_warning(self, examined) -> None:
        """Small teams live with some of it; the commands are named."""
        [found] = [one for one in await examined() if one.subject == "decisions"]
        assert found.level is Level.WARNING
        assert found.says.endswith("role add, role remove, role set")
        assert "pm policy check" in found.advice


class TestSlack:
    async def test_the_token_is_wrong(self, examined) -> None:
        only(await examined(SLACK_BOT_TOKEN="xoxb-other"), "slack", "invalid_auth", "SLACK_BOT_TOKEN")

    async def test_the_workspace_is_another(self, examined) -> None:
        """Said as such; nobody is linked there either."""
        found = wrong(await examined(SLACK_TEAM_ID="T0OTHER"))
        assert [one.subject for one in found] == ["people", "slack"]
        assert "T0OTHER" in found[1].says

    async def test_it_is_away(self, examined) -> None:
        only(await examined(SLACK_API_URL="http://127.0.0.1:1/api/"), "slack", "does not answer", "SLACK_API_URL")

    async def test_something_else_answers_for_slack(self, examined) -> None:
        """With its status, and where to look: neither a token nor a scope is to blame."""
        async with answering(404) as url:
            finding = only(await examined(SLACK_API_URL=f"{url}/api"), "slack", "status 404", "not as Slack does")
        assert "SLACK_API_URL" in finding.advice

    async def test_scopes_are_missing(self, examined, surroundings: World) -> None:
        surroundings.slack.workspace.scopes = frozenset(SCOPES) - {"chat:write", "im:write"}
        only(await examined(), "scopes", "chat:write, im:write", "reinstall")

    async def test_a_channel_is_missing(self, examined) -> None:
        only(await examined(PM_OPS_CHANNEL="#nowhere"), "channels", "#nowhere", "is not there", "PM_OPS_CHANNEL")

    async def test_the_bot_is_not_in_a_channel(self, examined, surroundings: World) -> None:
        surroundings.slack.state.channels["C0FINANCE"].members = ["U0ONCALL"]
        only(await examined(), "channels", "the bot is not in #finance", "/invite")

    async def test_a_private_channel_without_the_bot_looks_missing(self, examined, surroundings: World) -> None:
        hidden = Channel(id="C0HIDDEN", name="hidden", private=True, members=["U0ONCALL"])
        surroundings.slack.state.channels[hidden.id] = hidden
        only(await examined(PM_SECURITY_CHANNEL="hidden"), "channels", "private and the bot is not in it")

    async def test_the_app_token_is_wrong(self, examined) -> None:
        only(await examined(SLACK_APP_TOKEN="xapp-other"), "sockets", "invalid_auth", "SLACK_APP_TOKEN")


class TestOutside:
    async def test_the_platform_refuses_the_token(self, examined) -> None:
        only(await examined(PLATFORM_TOKEN="hunter2"), "platform", "refuses the token", "PLATFORM_TOKEN")

    async def test_the_platform_is_down(self, examined) -> None:
        only(await examined(PLATFORM_URL="http://127.0.0.1:1"), "platform", "does not answer", "PLATFORM_URL")

    async def test_something_else_answers_for_the_platform(self, examined) -> None:
        async with answering(200, {"hello": "world"}) as url:
            only(await examined(PLATFORM_URL=url), "platform", "not in the form that README.md describes")

    async def test_without_a_platform_that_is_a_warning(self, examined) -> None:
        """The bot runs, and says less."""
        found = await examined(PLATFORM_URL="")
        assert not wrong(found)
        assert "recorded, not verified" in next(one.says for one in found if one.subject == "platform")

    @pytest.mark.parametrize(("status", "said"), [(401, "refuses the key"), (403, "not allowed to read subscriptions")])
    async def test_stripe_refuses_the_key(self, examined, status: int, said: str) -> None:
        async with answering(status, {}) as url:
            keys = {"STRIPE_API_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1", "STRIPE_API_URL": url}
            only(await examined(**keys), "stripe", said, "STRIPE_API_KEY")

    async def test_the_port_is_taken(self, examined) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            only(await examined(PORT=str(taken.getsockname()[1])), "port", "cannot be used", "Set PORT")

    async def test_a_port_that_a_bot_has_is_fine(self, examined, surroundings: World) -> None:
        async with running_bot(surroundings) as url:
            found = await examined(PORT=url.rpartition(":")[2])
        assert not wrong(found)
        assert any("a bot already answers" in one.says for one in found)


class TestMachine:
    @pytest.mark.parametrize(
        ("seconds", "said"), [(-600, r"(5[789]\d|6[012]\d) s behind"), (600, r"(5[789]\d|6[012]\d) s ahead of")]
    )
    async def test_the_clock_is_off(self, examined, monkeypatch: pytest.MonkeyPatch, seconds: int, said: str) -> None:
        """Beside both others, so that it shows whose is wrong."""
        real = findings.now
        for module in (findings, doctor.database, doctor.slack):
            monkeypatch.setattr(module, "now", lambda: real() + seconds)
        found = wrong(await examined())
        assert [one.subject for one in found] == ["clock", "clock"]
        assert all(re.search(said, one.says) for one in found)
        assert "the database" in found[0].says
        assert "Slack" in found[1].says

    async def test_a_date_that_was_late_once_is_no_wrong_clock(self, examined, monkeypatch: pytest.MonkeyPatch) -> None:
        """A busy server answers with the date of some seconds ago; asked again, it has the right one."""
        real, late = doctor.slack.parsedate_to_datetime, iter([dt.timedelta(seconds=5)])
        monkeypatch.setattr(doctor.slack, "parsedate_to_datetime", lambda date: real(date) - next(late, dt.timedelta()))
        found = [str(one) for one in await examined() if one.subject == "clock"]
        assert len(found) == 2
        assert all("agree" in one for one in found)

    async def test_the_policy_cannot_be_read(self, examined, tmp_path) -> None:
        """What is wrong in it is named; the rest is looked at all the same."""
        policy = tmp_path / "policy.toml"
        policy.write_text("[risks.enormous]\nquorum = 2\n")
        found = await examined(PM_POLICY=str(policy))
        only(found, "policy", "enormous", "PM_POLICY")
        assert any(one.subject == "platform" for one in found)


class TestCommand:
    async def test_it_prints_a_line_a_check_and_fails_when_something_is_wrong(self, surroundings: World) -> None:
        """With what to do below it, and the number of things to do at the end."""
        around = environment(surroundings, PORT=free_port(), PLATFORM_TOKEN="hunter2", SLACK_BOT_TOKEN="xoxb-other")
        done = await asyncio.to_thread(pm, "doctor", **around)
        assert done.returncode == 1, done.stdout
        assert "ok       database" in done.stdout
        assert "failed   slack       the token is refused: invalid_auth\n                     → Set" in done.stdout
        assert done.stdout.endswith("Error: 2 of these must be fixed.\n")
        assert not any(secret in done.stdout for secret in SECRETS)

    async def test_it_succeeds_when_nothing_is(self, surroundings: World) -> None:
        """A warning alone does not fail it."""
        done = await asyncio.to_thread(pm, "doctor", **environment(surroundings, PORT=free_port()))
        assert done.returncode == 0, done.stdout
        assert "warning  rights      the login of DATABASE_URL is a superuser" in done.stdout

    def test_missing_settings_are_named_and_the_database_is_looked_at(self, database_url: str) -> None:
        done = pm("doctor", DATABASE_URL=database_url)
        assert done.returncode == 1
        assert "SLACK_BOT_TOKEN: field required" in done.stdout
        assert "ok       migrations" in done.stdout
