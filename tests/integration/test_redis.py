"""A pause reaches the jobs that are in Redis already: nothing is lost, the order stays, and Redis may be away."""

import contextlib
import itertools
import json
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.demo import world
from bot.errors import OutOfReach
from bot.integrations.redis.lists import HELD_BACK, RedisLists
from tests.conftest import OPS, asked, card, cards, running_bot, until, whispers
from tests.redis_server import PASSWORD

MAIL, LOW = "email-sending", "email-sending:low"
QUEUES = (MAIL, LOW)
ALL, ACME, BETA = "queue:*", "acme-id", "beta-id"


def job(number, tenant=ACME):
    return json.dumps({"id": number, "tenant_id": tenant})


def push(client, *jobs, queue=MAIL):
    """As the platform's migrator does."""
    for one in jobs:
        client.lpush(f"queue:{queue}", one)


def taken(client, queue=MAIL):
    """What workers get, one after the other."""
    found = []
    while (one := client.rpop(f"queue:{queue}")) is not None:
        found.append(json.loads(one)["id"])
    return found


@pytest.fixture
async def lists(redis_server):
    opened = RedisLists(redis_server.url)
    yield opened
    await opened.close()


@pytest.fixture
def client(redis_server):
    with redis_server.client() as client:
        yield client


async def test_the_list_of_a_paused_queue_is_put_aside_and_comes_back_in_order(lists, client):
    push(client, job(1), job(2), job(3))
    push(client, job(9), queue=LOW)
    for moment in (1, 2):  # whoever comes again finds it done
        await lists.hold_back([f"queue:{MAIL}"], QUEUES, moment)
    assert (taken(client), taken(client, LOW)) == ([], [9])
    push(client, job(4))  # was on its way
    await lists.hold_back([f"queue:{MAIL}"], QUEUES, 3)
    assert await lists.any_of([ALL, f"queue:{MAIL}"])
    assert not await lists.any_of([f"queue:{LOW}"])
    await lists.hold_back([], QUEUES, 4)
    push(client, job(5))
    assert taken(client) == [1, 2, 3, 4, 5]
    assert not await lists.any_of([f"queue:{MAIL}"])


async def test_the_jobs_of_a_paused_tenant_are_put_aside_and_no_others(lists, client):
    push(client, job(1), job(2, BETA), "no JSON at all", "7", job(3), job(4, BETA))
    await lists.hold_back([f"tenant:{ACME}/{MAIL}"], QUEUES, 1)
    assert client.lrange(f"queue:{MAIL}", 0, -1) == [job(4, BETA), "7", "no JSON at all", job(2, BETA)]
    await lists.hold_back([f"tenant:{ACME}/{LOW}"], QUEUES, 2)
    assert client.lrange(f"queue:{MAIL}", -2, -1) == [job(3), job(1)]
    await lists.hold_back([f"tenant:{ACME}"], QUEUES, 3)
    assert client.lrange(f"paused:queue:{MAIL}", 0, -1) == [job(3), job(1)]


async def test_pauses_overlap(lists, client):
    push(client, job(1), job(2, BETA))
    mail, acme = f"queue:{MAIL}", f"tenant:{ACME}"
    await lists.hold_back([mail, acme], QUEUES, 1)
    assert taken(client) == []
    await lists.hold_back([acme], QUEUES, 2)  # all of the queue runs again, but for the tenant
    assert taken(client) == [2]
    await lists.hold_back([ALL], QUEUES, 3)
    assert taken(client) == []
    await lists.hold_back([], QUEUES, 4)
    assert taken(client) == [1]


TENANTS = (ACME, BETA)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.sampled_from(TENANTS)),
        st.tuples(st.just("take"), st.none()),
        st.tuples(st.just("pause"), st.sets(st.sampled_from([f"queue:{MAIL}", *(f"tenant:{one}" for one in TENANTS)]))),
        st.tuples(st.just("again"), st.none()),
    ),
    max_size=40,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_only_what_came_in_is_read_and_the_lists_are_as_if_all_were(lists, client, steps):
    """Against a model that sorts everything each time; youngest first, as the lists are."""
    client.flushall()
    running, aside, scopes, moments, numbers = [], [], set(), itertools.count(1), itertools.count(1)
    for what, which in steps:
        if what == "push":
            running.insert(0, job(next(numbers), which))
            push(client, running[0])
        elif what == "take":
            assert client.rpop(f"queue:{MAIL}") == (running.pop() if running else None)
        else:
            scopes = which if what == "pause" else scopes
            await lists.hold_back(scopes, QUEUES, next(moments))
            every = f"queue:{MAIL}" in scopes
            waits = {one: every or f"tenant:{json.loads(one)['tenant_id']}" in scopes for one in [*running, *aside]}
            before = [*running, *aside]
            running = [one for one in before if not waits[one]]
            aside = [one for one in before if waits[one]]
            assert client.lrange(f"queue:{MAIL}", 0, -1) == running
            assert client.lrange(f"paused:queue:{MAIL}", 0, -1) == aside


async def test_what_is_older_than_what_is_there_changes_nothing(lists, client):
    await lists.hold_back([ALL], QUEUES, 5)
    push(client, job(1))
    await lists.hold_back([], QUEUES, 4)
    assert client.smembers(HELD_BACK) == {ALL}


async def test_workers_that_wait_are_woken_and_a_change_is_published_once(lists, client, redis_server):
    push(client, job(1))
    heard = client.pubsub()
    heard.subscribe(HELD_BACK)
    for moment in range(1, 4):
        await lists.hold_back([ALL], QUEUES, moment)
    got = []
    with redis_server.client() as other:
        worker = threading.Thread(target=lambda: got.append(other.brpop([f"queue:{MAIL}"], timeout=30)))
        worker.start()
        await until(lambda: client.info("clients")["blocked_clients"] == 1)
        await lists.hold_back([], QUEUES, 4)
        worker.join()
    assert got == [(f"queue:{MAIL}", job(1))]
    said = [heard.get_message(timeout=5) for _ in range(3)]
    assert [one["data"] for one in said if one["type"] == "message"] == [json.dumps([ALL]), "[]"]


async def test_nothing_is_lost_when_redis_dies_in_the_middle(lists, client, redis_server):
    push(client, *(job(number, (ACME, BETA)[number % 2]) for number in range(2_000)))
    threading.Timer(0.05, redis_server.process.kill).start()
    with contextlib.suppress(OutOfReach):
        for moment in itertools.count(1):
            await lists.hold_back([[f"tenant:{ACME}"], [], [ALL], [f"tenant:{BETA}"]][moment % 4], QUEUES, moment)
    redis_server.kill()
    redis_server.start()
    await lists.hold_back([], QUEUES, 10**15)
    numbers = taken(client)
    for tenant in (0, 1):
        assert [one for one in numbers if one % 2 == tenant] == list(range(tenant, 2_000, 2))


async def test_nobody_answers_and_no_secret_is_told(redis_server):
    redis_server.kill()
    opened = RedisLists(redis_server.url)
    with pytest.raises(OutOfReach) as told:
        await opened.hold_back([], QUEUES, 1)
    await opened.close()
    assert PASSWORD not in str(told.value)
    assert "nothing has changed yet" in str(told.value)


async def test_redis_away_is_said_and_done_when_it_is_back(surroundings, redis_server, sql, client):
    [(acme,)] = sql("SELECT id FROM tenants WHERE name = 'Acme Corp'")
    push(client, job(1, str(acme)), job(2))
    async with running_bot(surroundings, redis_url=redis_server.url):
        await _pause(surroundings, f"/pm pause {MAIL} because blacklisted")
        await until(lambda: "confirmed by the platform" in card(surroundings)["text"])
        assert taken(client) == []

        redis_server.kill()
        await _pause(surroundings, "/pm pause Acme Corp because spam")
        second = card(surroundings)["ts"]
        await until(lambda: "Redis did not accept the change" in _card(surroundings, second))
        assert "confirmed by the platform" not in _card(surroundings, second)
        first = cards(surroundings)[0]["ts"]
        await surroundings.slack.command(world.slack_id("root"), OPS, "/pm status")
        await until(
            lambda: any(
                "Redis has not yet accepted 1 change of a pause" in one for one in whispers(surroundings, "root")
            )
        )
        resuming = await asked(surroundings, f"/pm resume {MAIL} because clean again")
        await surroundings.slack.click(world.slack_id("root"), resuming["ts"], OPS, "approve")
        await until(lambda: "Redis did not accept the change" in _card(surroundings, resuming["ts"]))

        redis_server.start()  # with what was written down
        for one in (second, resuming["ts"]):
            await until(lambda one=one: "confirmed by the platform" in _card(surroundings, one))
            assert "Redis did not accept the change" not in _card(surroundings, one)
        assert "Ended early" in _card(surroundings, first)
        assert taken(client) == [2]

        redis_server.kill()
        (redis_server.folder / "appendonlydir").rename(redis_server.folder / "lost")
        redis_server.start()  # with nothing: the pauses stand in it again
        await until(lambda: client.smembers(HELD_BACK) == {f"tenant:{acme}"})
    assert sql("SELECT count(*) FROM pmbot.executions WHERE waits IS NOT NULL") == [(0,)]


async def test_without_the_platforms_answer_it_is_recorded_once_redis_has_it(surroundings, redis_server, client):
    redis_server.kill()
    async with running_bot(surroundings, redis_url=redis_server.url, platform_url=None):
        await _pause(surroundings, f"/pm pause {MAIL} because blacklisted")
        await until(lambda: "Redis did not accept the change" in card(surroundings)["text"])
        assert "recorded" not in card(surroundings)["text"]
        redis_server.start()
        await until(lambda: "recorded, not verified" in card(surroundings)["text"])
    assert client.smembers(HELD_BACK) == {f"queue:{MAIL}"}


async def _pause(around, line):
    request = await asked(around, line)
    await around.slack.click(world.slack_id("root"), request["ts"], OPS, "approve")


def _card(around, ts):
    return next(one["text"] for one in cards(around) if one["ts"] == ts)
