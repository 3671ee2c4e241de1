"""The demo's platform as its users and the bot meet it: over HTTP, with a real PostgreSQL behind it."""

import asyncio
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import psycopg
import pytest
from sqlalchemy import create_engine

from bot import grants
from bot.demo import gateway_flags, gateway_memory
from bot.demo.data import AI_COMPOSER, STAFF, uid
from bot.demo.gateway import Gateway
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.seed import seed, token_for
from bot.platform.schema import full_sql

SERVICE = "service-credential"
STAFFER = next(person for person in STAFF if person.local_part == "staffer")
numbers = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.start() as server:
        yield server


@pytest.fixture(scope="module")
def template(server: EmbeddedPostgres) -> str:
    engine = create_engine(server.create_database("gateway_template"))
    with engine.begin() as connection:
        connection.exec_driver_sql(full_sql(grants.declared()))
        seed(connection, now=datetime.now(UTC))
    engine.dispose()
    return "gateway_template"


@pytest.fixture
def url(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    name = f"gateway_{next(numbers)}"
    yield server.create_database(name, template)
    server.drop_database(name)


@pytest.fixture
async def gateway(url: str) -> AsyncIterator[Gateway]:
    """One whose memory outlasts every test, so that only a notification can change its mind."""
    gateway = Gateway(url, SERVICE, cache_seconds=60)
    async with gateway.serve() as base:
        gateway.base = base
        yield gateway


@pytest.fixture
async def http(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway.base, trust_env=False) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}".strip()}


async def dashboard(http: httpx.AsyncClient, token: str = token_for("staffer", 1)) -> int:
    return (await http.get("/dashboard/users", headers=bearer(token))).status_code


async def in_force(http: httpx.AsyncClient, *ids: uuid.UUID) -> list[bool]:
    answer = await http.get("/internal/sessions", params={"id": [str(one) for one in ids]}, headers=bearer(SERVICE))
    assert [session["id"] for session in answer.json()["sessions"]] == [str(one) for one in ids]
    return [session["in_force"] for session in answer.json()["sessions"]]


async def staff(http: httpx.AsyncClient, user_id: uuid.UUID = STAFFER.id) -> dict:
    return (await http.get(f"/internal/staff/{user_id}", headers=bearer(SERVICE))).json()


async def execute(url: str, query: str, *values: object) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(query, values)


async def becomes(expected: object, ask: Callable[[], Awaitable[object]], within: float = 30.0) -> None:
    """Wait for an answer; the memory of `gateway` would still give the old one after that time."""
    deadline = time.monotonic() + within
    while (answer := await ask()) != expected:
        assert time.monotonic() < deadline, f"still {answer!r} after {within} s"
        await asyncio.sleep(0.02)


REVOKE = "UPDATE sessions SET revoked = now() WHERE user_id = %s AND revoked IS NULL"
SUSPEND = "UPDATE users SET status = 'suspended' WHERE id = %s"
SESSION = uid("session", token_for("staffer", 1))


class TestDashboard:
    async def test_lets_staff_in_and_shows_masked_people(self, http):
        answer = await http.get("/dashboard/users", headers=bearer(token_for("staffer", 1)))
        assert answer.status_code == 200
        assert answer.json()["users"]
        assert all("•••@" in user["email"] for user in answer.json()["users"])

    @pytest.mark.parametrize(
        "token",
        ["", "wrong", "bäd", token_for("staffer", 5), token_for("staffer", 7), token_for("henrik", 1)],
        ids=["none", "unknown", "not ascii", "expired", "revoked", "staff no more"],
    )
    async def test_keeps_everybody_else_out(self, http, token: str):
        answer = await http.get("/dashboard/users", headers={"Authorization": f"Bearer {token}".strip().encode()})
        assert answer.status_code == 401

    @pytest.mark.parametrize(
        "change",
        [
            REVOKE,
            SUSPEND,
            "UPDATE staff_members SET is_active = false WHERE user_id = %s",
            "UPDATE sessions SET expires = now() WHERE user_id = %s AND expires > now()",
            "DELETE FROM sessions WHERE user_id = %s",
        ],
    )
    async def test_a_change_is_felt_at_once(self, http, url: str, change: str):
        assert await dashboard(http) == 200
        await execute(url, change, STAFFER.id)
        await becomes(401, lambda: dashboard(http))
        assert await dashboard(http, token_for("root", 1)) == 200

    async def test_a_session_nobody_used_for_half_an_hour_has_ended(self, http, url: str):
        await execute(url, "UPDATE sessions SET last_seen = now() - interval '31 minutes' WHERE id = %s", SESSION)
        assert await dashboard(http) == 401

    async def test_use_is_noted_and_waits_for_nobody_who_holds_the_row(self, http, url: str):
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await connection.execute("SELECT FROM sessions WHERE id = %s FOR UPDATE", [SESSION])
            assert await asyncio.wait_for(dashboard(http), 30) == 200
        await execute(url, "UPDATE sessions SET last_seen = now() - interval '5 min' WHERE kind = 'staff'")
        assert await dashboard(http, token_for("staffer", 2)) == 200
        async with await psycopg.AsyncConnection.connect(url) as connection:
            query = "SELECT count(*) FROM sessions WHERE kind = 'staff' AND last_seen > now() - interval '1 min'"
            assert await (await connection.execute(query)).fetchone() == (1,)


class TestAnswers:
    async def test_agree_with_the_dashboard_and_follow_a_revocation(self, http, url: str):
        expired = uid("session", token_for("staffer", 5))
        assert await in_force(http, SESSION, expired) == [True, False]
        await execute(url, REVOKE, STAFFER.id)
        await becomes([False, False], lambda: in_force(http, SESSION, expired))

    async def test_say_whether_somebody_may_sign_in(self, http, url: str):
        before = await staff(http)
        assert (before["may_sign_in"], before["sessions_in_force"]) == (True, 4)
        assert datetime.fromisoformat(before["answered_at"]).tzinfo is not None
        await execute(url, SUSPEND, STAFFER.id)

        async def answer() -> tuple:
            now = await staff(http)
            return now["may_sign_in"], now["sessions_in_force"]

        await becomes((False, 0), answer)
        await execute(url, "UPDATE users SET status = 'active' WHERE id = %s", STAFFER.id)
        await becomes((True, 4), answer)

    async def test_are_for_the_service_only(self, http):
        paths = ("/internal/sessions", "/internal/queues", "/internal/flags/dark-mode", f"/internal/staff/{STAFFER.id}")
        for path in paths:
            for token in ("", "wrong", token_for("root", 1)):
                assert (await http.get(path, headers=bearer(token))).status_code == 401

    async def test_of_what_never_was_nothing_has_ended(self, http):
        """Or whoever asked about a wrong id would take it for done."""
        nobody = str(uuid.uuid4())
        answer = await http.get("/internal/sessions", params={"id": [nobody, str(SESSION)]}, headers=bearer(SERVICE))
        assert answer.json()["sessions"] == [{"id": str(SESSION), "in_force": True}]
        for path, asked, what in (
            (f"/internal/staff/{nobody}", {}, "staff member"),
            ("/internal/queues", {"queue": "nothing"}, "queue"),
            ("/internal/queues", {"tenant": nobody}, "tenant"),
            (f"/internal/flags/{COMPOSER}", {"tenant": nobody}, "tenant"),
            (f"/internal/flags/{COMPOSER}", {"user": nobody}, "user"),
        ):
            answer = await http.get(path, params=asked, headers=bearer(SERVICE))
            assert (answer.status_code, answer.json()) == (404, {"error": f"There is no such {what}."})

    async def test_an_id_that_is_none_is_refused(self, http):
        answer = await http.get("/internal/sessions", params={"id": "x"}, headers=bearer(SERVICE))
        assert (answer.status_code, answer.json()) == (400, {"error": "Each id has to be a UUID."})


GRANT = """
  INSERT INTO staff_member_roles (user_id, role_id, granted, expires)
  SELECT %s, id, clock_timestamp(), %s FROM staff_roles WHERE name = %s
"""
REMOVE = "DELETE FROM staff_member_roles USING staff_roles r WHERE user_id = %s AND r.id = role_id AND r.name = %s"
REMOVE_ALL = "DELETE FROM staff_member_roles WHERE user_id = %s"
MARIA = next(person for person in STAFF if person.local_part == "maria.costa")


class TestRoles:
    async def me(self, http: httpx.AsyncClient, token: str = token_for("staffer", 1)) -> list[str] | int:
        answer = await http.get("/dashboard/me", headers=bearer(token))
        return answer.json()["roles"] if answer.is_success else answer.status_code

    async def next_roles(self, http: httpx.AsyncClient, user_id: uuid.UUID = STAFFER.id) -> list[str]:
        return sorted(role["name"] for role in (await staff(http, user_id))["roles"])

    async def session_roles(self, http: httpx.AsyncClient) -> list[str]:
        return (await staff(http))["session_roles"]

    async def test_a_promotion_counts_from_the_next_log_in(self, http, url: str):
        """The sessions there are go on as what they were; the next one may manage people."""
        assert await self.me(http) == await self.session_roles(http) == ["admin", "finance"]
        await execute(url, GRANT, STAFFER.id, None, "user_manager")
        await becomes(["admin", "finance", "user_manager"], lambda: self.next_roles(http))
        assert await self.me(http) == await self.session_roles(http) == ["admin", "finance"]
        token = (await http.post("/login", json={"email": STAFFER.email})).json()["token"]
        answer = (await http.get("/dashboard/me", headers=bearer(token))).json()
        assert answer["roles"] == await self.session_roles(http) == ["admin", "finance", "user_manager"]
        assert (answer["user_id"], answer["may"]) == (str(STAFFER.id), ["ban_user", "bulk_edit"])

    async def test_only_managers_manage(self, http):
        for local_part, may in [("staffer", []), ("maria.costa", ["ban_user", "bulk_edit"]), ("oncall", [])]:
            answer = await http.get("/dashboard/me", headers=bearer(token_for(local_part, 1)))
            assert answer.json()["may"] == may

    async def test_a_removal_counts_at_once(self, http, url: str):
        assert await self.me(http) == await self.next_roles(http) == ["admin", "finance"]
        await execute(url, REMOVE, STAFFER.id, "finance")
        await becomes(["admin"], lambda: self.me(http))
        await becomes(["admin"], lambda: self.session_roles(http))
        assert await self.next_roles(http) == ["admin"]

    async def test_without_any_role_nobody_gets_in(self, http, url: str):
        """Sessions end and none begins, as with a suspended account; one role is enough to begin anew."""
        assert await dashboard(http) == 200
        await execute(url, REMOVE_ALL, STAFFER.id)
        await becomes(401, lambda: dashboard(http))
        answer = await staff(http)
        assert (answer["may_sign_in"], answer["sessions_in_force"]) == (False, 0)
        assert (answer["roles"], answer["session_roles"]) == ([], [])
        assert await in_force(http, SESSION) == [False]
        assert (await http.post("/login", json={"email": STAFFER.email})).status_code == 403
        await execute(url, GRANT, STAFFER.id, None, "qa")
        await becomes(["qa"], lambda: self.next_roles(http))
        assert (await http.post("/login", json={"email": STAFFER.email})).status_code == 200
        assert await self.me(http) == []

    async def test_an_end_is_said_and_comes_also_in_memory(self, http, url: str, monkeypatch: pytest.MonkeyPatch):
        """Nobody announces that a time has come."""
        lent = {role["name"]: role["expires"] for role in (await staff(http, MARIA.id))["roles"]}
        assert lent["user_manager"] is None
        assert await self.me(http, token_for("maria.costa", 1)) == ["support", "user_manager"]
        monkeypatch.setattr(gateway_memory, "moment", clock_at(datetime.fromisoformat(lent["support"])))
        assert await self.me(http, token_for("maria.costa", 1)) == ["user_manager"]
        assert await self.next_roles(http, MARIA.id) == ["user_manager"]

    async def test_the_end_of_the_last_role_ends_the_session(
        self, http, url: str, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
    ):
        ends = datetime.now(UTC) + timedelta(hours=1)
        heard = gateway.memory.generation
        await execute(url, "UPDATE staff_member_roles SET expires = %s WHERE user_id = %s", ends, STAFFER.id)
        # What is remembered before the notification is forgotten with it.
        await becomes(True, lambda: asyncio.sleep(0, gateway.memory.generation > heard))
        assert await self.ending(http) == 2
        assert await dashboard(http) == 200
        await execute(url, "ALTER TABLE staff_member_roles DISABLE TRIGGER USER")
        await execute(url, "UPDATE staff_member_roles SET expires = now() WHERE user_id = %s", STAFFER.id)
        assert await dashboard(http) == 200
        monkeypatch.setattr(gateway_memory, "moment", clock_at(ends))
        assert await dashboard(http) == 401
        assert not await _may(http)

    async def ending(self, http: httpx.AsyncClient) -> int:
        return sum(role["expires"] is not None for role in (await staff(http))["roles"])

    async def test_a_role_that_has_ended_gives_nothing(self, http, url: str):
        await execute(url, GRANT, STAFFER.id, datetime.now(UTC) - timedelta(seconds=1), "user_manager")
        await becomes(["admin", "finance"], lambda: self.next_roles(http))


def clock_at(now: datetime) -> SimpleNamespace:
    """For a module's `moment`."""
    return SimpleNamespace(now=lambda: now)


COMPOSER = AI_COMPOSER.key
ACME, LABS = uid("tenant", "acme-corp"), uid("tenant", "acme-labs")
SET_TENANT = "INSERT INTO tenant_feature_flags (flag_key, tenant_id, enabled, expires) VALUES (%s, %s, %s, %s)"
SET_USER = "INSERT INTO user_feature_flags (flag_key, user_id, enabled) VALUES (%s, %s, %s)"
LIST = "INSERT INTO feature_flag_allowlist (flag_key, tenant_id) VALUES (%s, %s)"
ROLLOUT = "UPDATE feature_flags SET rollout_percentage = %s WHERE key = %s"


async def flag(http: httpx.AsyncClient, key: str = COMPOSER, **asked: uuid.UUID) -> tuple[bool, str]:
    params = {name: str(one) for name, one in asked.items()}
    answer = (await http.get(f"/internal/flags/{key}", params=params, headers=bearer(SERVICE))).json()
    return answer["enabled"], answer["rule"]


class TestFlags:
    async def test_the_whole_answer(self, http):
        """The end is that of the row that decided."""
        lent = uid("tenant", AI_COMPOSER.lent)
        answer = await http.get(f"/internal/flags/{COMPOSER}", params={"tenant": str(lent)}, headers=bearer(SERVICE))
        until, answered = answer.json().pop("until"), answer.json().pop("answered_at")
        assert datetime.fromisoformat(until) > datetime.fromisoformat(answered)
        expected = {"key": COMPOSER, "enabled": True, "rule": "tenant override", "default": False, "rollout": 50}
        assert expected.items() <= answer.json().items()
        by_default = await http.get(f"/internal/flags/{COMPOSER}", headers=bearer(SERVICE))
        assert (by_default.json()["until"], by_default.json()["rule"]) == (None, "default")

    async def test_each_change_is_felt_at_once(self, http, url: str):
        """From the default up to the user's own value."""
        user = STAFFER.id
        await execute(url, ROLLOUT, 0, COMPOSER)
        await becomes((False, "default"), lambda: flag(http, tenant=LABS, user=user))
        await execute(url, ROLLOUT, 100, COMPOSER)
        await becomes((True, "rollout"), lambda: flag(http, tenant=LABS, user=user))
        await execute(url, LIST, COMPOSER, LABS)
        await becomes((True, "allowlist"), lambda: flag(http, tenant=LABS, user=user))
        await execute(url, SET_TENANT, COMPOSER, LABS, False, None)
        await becomes((False, "tenant override"), lambda: flag(http, tenant=LABS, user=user))
        await execute(url, SET_USER, COMPOSER, user, True)
        await becomes((True, "user override"), lambda: flag(http, tenant=LABS, user=user))
        assert await flag(http, user=user) == (True, "user override")
        assert await flag(http) == (False, "default")

    async def test_an_end_comes_also_in_memory(self, http, url: str, monkeypatch: pytest.MonkeyPatch):
        ends = datetime.now(UTC) + timedelta(hours=1)
        await execute(url, SET_TENANT, COMPOSER, ACME, False, ends)
        await becomes((False, "tenant override"), lambda: flag(http, tenant=ACME))
        monkeypatch.setattr(gateway_flags, "moment", clock_at(ends))
        assert await flag(http, tenant=ACME) == (True, "rollout")

    async def test_a_lost_notification_shows_for_as_long_as_flags_are_kept(self, url: str, monkeypatch):
        """Longer than sessions are; nothing could be confirmed by such an answer."""
        seconds = time.monotonic()
        monkeypatch.setattr(gateway_memory, "time", SimpleNamespace(monotonic=lambda: seconds))
        gateway = Gateway(url, SERVICE, cache_seconds=2)
        gateway.deaf = True
        async with gateway.serve() as base, httpx.AsyncClient(base_url=base, trust_env=False) as http:
            assert await flag(http, tenant=ACME) == (True, "rollout")
            await execute(url, SET_TENANT, COMPOSER, ACME, False, None)
            seconds += 299
            assert await flag(http, tenant=ACME) == (True, "rollout")
            seconds += 2
            assert await flag(http, tenant=ACME) == (False, "tenant override")

    async def test_what_nobody_knows_or_is_no_id_is_refused(self, http):
        answer = await http.get("/internal/flags/nothing", headers=bearer(SERVICE))
        assert (answer.status_code, answer.json()) == (404, {"error": "There is no such flag."})
        for asked in ("tenant", "user"):
            answer = await http.get(f"/internal/flags/{COMPOSER}", params={asked: "acme"}, headers=bearer(SERVICE))
            assert (answer.status_code, answer.json()) == (400, {"error": f"The {asked} has to be a UUID."})


class TestQueues:
    async def paused(self, http, **asked: str) -> bool:
        answer = await http.get("/internal/queues", params=asked, headers=bearer(SERVICE))
        return answer.json()["paused"]

    async def until(self, http) -> str | None:
        answer = await http.get("/internal/queues", params={"queue": "email-sending"}, headers=bearer(SERVICE))
        return answer.json()["until"]

    async def test_the_last_end_is_said_if_each_has_one(self, http, url: str):
        pause = "INSERT INTO queue_pauses (queue_name, ends) VALUES (%s, %s)"
        soon, later = (datetime(2099, 1, day, tzinfo=UTC) for day in (1, 2))
        assert await self.until(http) is None
        await execute(url, pause, "email-sending", later)
        await execute(url, pause, None, soon)
        await execute(url, "UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        await becomes(True, lambda: self.paused(http, queue="email-sending"))
        await becomes(later.isoformat(), lambda: self.until(http))
        await execute(url, pause, "email-sending", None)
        await becomes(None, lambda: self.until(http))

    async def test_a_pause_holds_back_what_is_part_of_it(self, http, url: str):
        """A queue's pause its tenants' jobs, a tenant's pause those in every queue, and not the other way round."""
        acme, labs = str(uid("tenant", "acme-corp")), str(uid("tenant", "acme-labs"))
        assert not await self.paused(http, queue="email-sending", tenant=acme)
        await execute(url, "INSERT INTO queue_pauses (queue_name, tenant_id) VALUES ('email-sending', %s)", acme)
        await becomes(True, lambda: self.paused(http, queue="email-sending", tenant=acme))
        assert not await self.paused(http, queue="email-sending", tenant=labs)
        assert not await self.paused(http, queue="email-sending")
        assert not await self.paused(http, tenant=acme)
        await execute(url, "UPDATE queue_pauses SET lifted = now()")
        await becomes(False, lambda: self.paused(http, queue="email-sending", tenant=acme))

    async def test_the_switch_of_a_queue_counts(self, http, url: str):
        assert not await self.paused(http, queue="email-sending")
        await execute(url, "UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        await becomes(True, lambda: self.paused(http, queue="email-sending"))
        assert not await self.paused(http)

    async def test_a_tenant_that_is_no_id_is_refused(self, http):
        answer = await http.get("/internal/queues", params={"tenant": "acme"}, headers=bearer(SERVICE))
        assert answer.status_code == 400


class TestRows:
    async def test_it_says_what_it_goes_by_for_as_long_as_it_remembers(self, http, gateway: Gateway, url: str):
        """By the names of the columns; here nobody tells it of a change."""
        gateway.deaf = True
        acme = f"/internal/tenants/{ACME}"
        assert (await http.get(acme, headers=bearer(SERVICE))).json()["status"] == "active"
        await execute(url, "UPDATE tenants SET status = 'paused' WHERE name = 'Acme Corp'")
        assert (await http.get(acme, headers=bearer(SERVICE))).json()["status"] == "active"
        gateway.memory.forget_all()
        assert (await http.get(acme, headers=bearer(SERVICE))).json()["status"] == "paused"

    async def test_any_change_that_is_told_of_has_all_rows_read_anew(self, http, url: str):
        queue = "/internal/queues/email-sending"
        assert (await http.get(queue, headers=bearer(SERVICE))).json()["is_active"] is True
        await execute(url, "UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        await becomes(False, lambda: self.is_active(http, queue))

    async def is_active(self, http: httpx.AsyncClient, queue: str) -> bool:
        return bool((await http.get(queue, headers=bearer(SERVICE))).json()["is_active"])

    async def test_of_a_user_it_says_nothing_personal(self, http):
        answer = (await http.get(f"/internal/users/{STAFFER.id}", headers=bearer(SERVICE))).json()
        assert answer["status"] == "active"
        assert STAFFER.name not in str(answer)
        assert STAFFER.email not in str(answer)

    @pytest.mark.parametrize("what", ["passwords/1", "tenants/acme", f"domains/{uuid.UUID(int=1)}"])
    async def test_what_there_is_not_is_said_to_be_not_there(self, http, what: str):
        answer = await http.get(f"/internal/{what}", headers=bearer(SERVICE))
        assert answer.status_code == 404

    async def test_there_is_none_of_that_id(self, http):
        answer = await http.get(f"/internal/tenants/{uuid.uuid4()}", headers=bearer(SERVICE))
        assert (answer.status_code, answer.json()) == (404, {"error": "There is no such thing."})


class TestLostNotifications:
    async def test_show_as_still_in_force_until_the_memory_ends(self, url: str, monkeypatch: pytest.MonkeyPatch):
        gateway = Gateway(url, SERVICE, cache_seconds=60)
        gateway.deaf = True
        seconds = time.monotonic()
        monkeypatch.setattr(gateway_memory, "time", SimpleNamespace(monotonic=lambda: seconds))
        async with gateway.serve() as base, httpx.AsyncClient(base_url=base, trust_env=False) as http:
            assert await dashboard(http) == 200
            assert (await staff(http))["may_sign_in"]
            await execute(url, REVOKE, STAFFER.id)
            await execute(url, SUSPEND, STAFFER.id)
            assert await dashboard(http) == 200
            assert await in_force(http, SESSION) == [True]
            assert (await staff(http))["may_sign_in"]
            seconds += 3600
            assert await dashboard(http) == 401
            assert await in_force(http, SESSION) == [False]
            assert not (await staff(http))["may_sign_in"]

    async def test_show_as_roles_still_held(self, url: str):
        """Also where the same sessions are read again to count them."""
        gateway = Gateway(url, SERVICE, cache_seconds=60)
        gateway.deaf = True
        async with gateway.serve() as base, httpx.AsyncClient(base_url=base, trust_env=False) as http:
            before = await staff(http)
            await execute(url, REMOVE, STAFFER.id, "finance")
            await execute(url, GRANT, STAFFER.id, None, "user_manager")
            assert {**await staff(http), "answered_at": None} == {**before, "answered_at": None}
            await execute(url, REMOVE_ALL, STAFFER.id)
            assert {**await staff(http), "answered_at": None} == {**before, "answered_at": None}
            assert await dashboard(http) == 200

    async def test_are_lost_without_listening(self, url: str):
        async with (
            Gateway(url, SERVICE, listen=False).serve() as base,
            httpx.AsyncClient(base_url=base, trust_env=False) as http,
        ):
            assert await dashboard(http) == 200
            await execute(url, REVOKE, STAFFER.id)
            await asyncio.sleep(0.3)
            assert await dashboard(http) == 200

    async def test_one_that_nobody_understands_is_taken_for_everything(self, gateway: Gateway, http, url: str):
        assert await dashboard(http) == 200
        generation = gateway.memory.generation
        await execute(url, "NOTIFY platform_changed, 'gibberish'")

        async def moved() -> bool:
            return gateway.memory.generation > generation

        await becomes(True, moved)
        await execute(url, REVOKE, STAFFER.id)
        await becomes(401, lambda: dashboard(http))

    async def test_are_made_up_for_after_the_database_was_away(self, server: EmbeddedPostgres, http, url: str):
        assert await dashboard(http) == 200
        await asyncio.to_thread(server.restart)
        await becomes(200, lambda: dashboard(http, token_for("root", 1)))
        await execute(url, REVOKE, STAFFER.id)
        await becomes(401, lambda: dashboard(http))

    async def test_what_was_read_before_a_change_is_not_remembered_after_it(self, gateway: Gateway, http, url: str):
        """The read began before the revocation, its answer comes after the notification of it."""
        found = await gateway.reading.sessions("s.id = %s", SESSION)
        stale = gateway.memory.generation
        gateway.memory.forget(STAFFER.id)
        gateway.memory.remember(found, stale)
        assert gateway.memory.by_id(SESSION) is None


class TestLogin:
    async def test_gives_a_token_that_works(self, http):
        answer = await http.post("/login", json={"email": STAFFER.email})
        assert await dashboard(http, answer.json()["token"]) == 200

    async def test_is_refused_to_the_suspended_and_to_strangers(self, http, url: str):
        await execute(url, SUSPEND, STAFFER.id)
        await becomes(False, lambda: _may(http))
        for email in (STAFFER.email, "henrik@penguinmails.example", "nobody@nowhere.example"):
            assert (await http.post("/login", json={"email": email})).status_code == 403

    async def test_wants_an_address(self, http):
        for body in (b"", b"[]", b'{"email": 3}', b'{"email": "a\\u0000"}'):
            assert (await http.post("/login", content=body)).status_code == 400


async def _may(http: httpx.AsyncClient) -> bool:
    return (await staff(http))["may_sign_in"]


async def test_says_that_it_is_well(http):
    assert (await http.get("/healthz")).json() == {"ok": True}
