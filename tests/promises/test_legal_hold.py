"""What belongs to a security incident is not forgotten while there is a legal hold, and whom it names is not erased."""

import pytest

from bot.errors import Refused
from bot.pipeline import sweep
from bot.store.models import State
from tests.integration.action_examples import BEFORE
from tests.promises.bench import Bench
from tests.promises.canary import CANARY
from tests.promises.test_promise_09_erased import ask, someone

__all__ = ["someone"]  # a fixture

LIFTED = "UPDATE pmbot.legal_holds SET lifted = now()"
WORDS = """
    INSERT INTO pmbot.incident_evidence (incident_id, content, sha256)
    SELECT id, '{0}', encode(sha256('{0}'), 'hex') FROM pmbot.incidents WHERE number = 1
"""
FILE = """
    INSERT INTO pmbot.incident_evidence (incident_id, content, data, sha256)
    SELECT id, 'access.log', '{0}', encode(sha256('{0}'), 'hex') FROM pmbot.incidents WHERE number = 1
"""


@pytest.fixture
def held(bench: Bench, sql) -> None:
    """Incident 1 is a security incident with a room and a legal hold."""
    sql(BEFORE["incident.release"])
    sql("UPDATE pmbot.legal_holds SET channels = '{C0PRIVATE}'")


def received(sql, key: str, payload: str) -> None:
    """A payload, a draft and an answer of eight days ago that say this."""
    old = "now() - interval '8 days'"
    sql(
        f"INSERT INTO pmbot.inbox (key, kind, payload, received, handled) VALUES (%s, 'command', %s, {old}, now())",
        key,
        payload,
    )
    sql(
        "INSERT INTO pmbot.drafts (id, verb, arguments, origin, created)"
        f" VALUES (gen_random_uuid(), %s, '{{}}', %s, {old})",
        key,
        payload,
    )
    sql(
        "INSERT INTO pmbot.messages (id, key, channel, projection, content, version, sent_version, ts, created)"
        f" VALUES (gen_random_uuid(), %s, 'C1', 'static', %s, 1, 1, '1.2', {old})",
        key,
        payload,
    )


def kept(sql) -> set[str]:
    payloads, drafts = sql("SELECT key FROM pmbot.inbox"), sql("SELECT verb FROM pmbot.drafts")
    said = sql("SELECT key FROM pmbot.messages WHERE content IS NOT NULL AND key = ANY('{room,number,other,longer}')")
    assert set(payloads) == set(drafts) == set(said)
    return {key for (key,) in payloads}


async def test_what_names_its_room_or_its_number_is_kept_until_it_ends(bench: Bench, held, sql) -> None:
    """And nothing else: of others the bot forgets as always."""
    received(sql, "room", '{"channel": {"id": "C0PRIVATE"}}')
    received(sql, "number", '{"text": "incident update 1 saying x"}')
    received(sql, "longer", '{"text": "incident update 11 saying x"}')
    received(sql, "other", '{"channel": {"id": "C1"}, "text": "1 incident"}')
    await sweep.forget(bench.core)
    assert kept(sql) == {"room", "number"}
    sql(LIFTED)
    await sweep.forget(bench.core)
    assert kept(sql) == set()


async def test_what_was_shown_of_its_requests_is_kept_as_well(bench: Bench, held, sql) -> None:
    proposal = await bench.execute(await bench.decide("security", await bench.ask("oncall")))
    sql("UPDATE pmbot.proposals SET channel = 'C0PRIVATE', ended = ended - interval '8 days'")
    sql("UPDATE pmbot.revisions SET created = created - interval '8 days'")
    cleared = "SELECT count(cleared) FROM pmbot.revisions"
    await sweep.forget(bench.core)
    assert (proposal.state, sql(cleared)) == (State.SUCCEEDED, [(0,)])
    sql(LIFTED)
    await sweep.forget(bench.core)
    assert sql(cleared) == [(1,)]


@pytest.mark.parametrize("evidence", [WORDS, FILE], ids=["words", "file"])
async def test_whom_it_names_is_erased_after_it_has_ended(bench: Bench, someone, held, sql, evidence: str) -> None:
    """Asked for before, it does not run; asked for meanwhile, it is refused; neither says which incident it is."""
    approved = await ask(bench, "dmitri")
    sql(evidence.format(f"signed in as {CANARY}"))
    for who in ("security", "nadia"):
        approved = await bench.decide(who, approved)
    assert (await bench.execute(approved)).state == State.FAILED
    with pytest.raises(
        Refused, match="Security has set a legal hold, and it keeps data that names this person"
    ) as refused:
        await ask(bench, "dmitri", reason="they asked for it, ticket 4712")
    assert "ncident" not in str(refused.value)
    assert sql("SELECT count(*) FROM users WHERE email = %s", CANARY) == [(1,)]
    sql(LIFTED)
    assert (await ask(bench, "dmitri", reason="they asked for it, ticket 4713")).state == State.PENDING
