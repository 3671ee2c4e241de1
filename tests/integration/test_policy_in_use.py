"""The policy at work: what it raises and tolerates, what another would have asked, and that a change of it is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot import policy
from bot.actions.impact import Impact, fact
from bot.actions.staff.revoke_sessions import RevokeSessions
from bot.delivery.channels import Channels
from bot.demo import world
from bot.demo.world import World
from bot.doctor import rulebook
from bot.drawing.cards.proposal import Cards
from bot.drawing.cards.ruling import projections
from bot.drawing.cards.solo import projections as solo_projections
from bot.drawing.render import Renderer
from bot.errors import NotPermitted, NotUnderstood
from bot.pipeline import ruling
from bot.policy import Policy
from bot.store.database import Database
from bot.store.models import Proposal, State, Verdict
from tests.conftest import OPS, asked, card, cards, running_bot, until
from tests.integration.command_line import pm
from tests.promises.bench import IDS, Bench, build

OWN = policy.load().source
TEAM = world.workspace().team_id


class CountedRevoke(RevokeSessions):
    """As the action itself, with its sessions bound, and counted for the policy."""

    async def preview(self, session: AsyncSession) -> Impact:
        impact = await super().preview(session)
        number = int(impact.context["sessions"])
        bound = fact("Sessions", f"{number}", bound=True, number=number)
        return impact.model_copy(update={"facts": (*impact.facts, bound), "affected": number})


@pytest.fixture
async def benches(database_url: str) -> AsyncIterator:
    made: list[Bench] = []

    def bench(rules: str = "") -> Bench:
        made.append(build(database_url, rules=Policy.of(OWN + rules), replaced=[CountedRevoke]))
        return made[-1]

    yield bench
    for one in made:
        await one.database.close()


def sign_in(sql, number: int, name: str = "staffer") -> None:
    """So many more sessions of theirs."""
    sql(
        "INSERT INTO sessions (id, user_id, token_hash, ip, user_agent, created, last_seen, expires)"
        " SELECT gen_random_uuid(), %s, gen_random_uuid()::text, '192.0.2.1', 'Firefox', now(), now(),"
        " now() + interval '1 hour'"
        " FROM generate_series(1, %s)",
        IDS[name],
        number,
    )


async def drawn(bench: Bench, proposal: Proposal) -> str:
    cards = Cards(bench.core, Renderer(), Channels(None, {}), TEAM)  # type: ignore[arg-type]
    async with bench.database.transaction() as session:
        return str((await cards.proposal(session, str(proposal.id)))["text"]).replace("\u2060", "")


async def test_so_many_more_sessions_as_the_policy_tolerates_void_nothing(benches, sql) -> None:
    """One more than that does; and what is tolerated step by step is compared with what was approved."""
    bench = benches('\n[actions."staff.revoke_sessions".tolerates]\nSessions = 2\n')
    proposal = await bench.decide("security", await bench.ask("oncall"))
    sign_in(sql, 2)
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    second = await bench.decide("security", await bench.ask("oncall", about="nadia"))
    sign_in(sql, 3, "nadia")
    after = await bench.execute(second)
    assert (after.state, after.cause and "no longer count" in after.cause) == (State.PENDING, True)


async def test_what_reaches_more_by_now_takes_more(benches, sql) -> None:
    """The rule is looked at again when it runs."""
    resume = '\n[[actions."staff.reinstate".raise]]\naffected_above = 1\nquorum = 2\n'

    class Counted(CountedRevoke):
        name = "staff.reinstate"
        verb = "reinstate"
        containment = False

        async def preview(self, session: AsyncSession) -> Impact:
            impact = await super().preview(session)
            facts = tuple(one for one in impact.facts if one.label != "Sessions")
            return impact.model_copy(update={"facts": facts})

    sql("DELETE FROM sessions WHERE user_id = %s", IDS["staffer"])
    sign_in(sql, 1)
    bench = build(benches().core.database.url, rules=Policy.of(OWN + resume), replaced=[Counted])
    proposal = await bench.decide("security", await bench.ask("oncall", "staff.reinstate"))
    assert proposal.state == State.APPROVED
    sign_in(sql, 1)
    after = await bench.execute(proposal)
    assert (after.state, after.requirement["quorum"]) == (State.PENDING, 2)
    await bench.database.close()


async def test_the_card_of_a_quorum_says_who_is_missing_and_what_was_said(benches, sql) -> None:
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["staffer"])
    bench = benches('\n[[actions."staff.reinstate".raise]]\nfirst_time = true\nquorum = 2\n')
    proposal = await bench.ask("security", "staff.reinstate")
    assert "Approvals: 0 of 2. Still needed: 2 from security or super admin: " in await drawn(bench, proposal)
    proposal = await bench.decide("root", proposal)
    said = await drawn(bench, proposal)
    assert "Approvals: 1 of 2. Still needed: 1 from security or super admin: " in said
    assert "Comment of Ingrid Sørensen because I say so" in said
    assert (await bench.decide("nadia", proposal)).state == State.APPROVED
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["staffer"])
    again = await bench.ask("security", "staff.reinstate")
    assert again.requirement["quorum"] == 1  # no longer the first time


async def test_what_will_run_alone_is_announced_where_the_card_is(benches, sql) -> None:
    """With whoever may stop it, a button for that, and in the end what became of it."""
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["staffer"])
    bench = benches().core.policy.source.replace(
        '[actions."staff.reinstate"]', '[actions."staff.reinstate"]\nsolo_after = "15m"'
    )
    bench = build(benches().core.database.url, rules=Policy.of(bench))
    proposal = await bench.decide("security", await bench.ask("security", "staff.reinstate"), Verdict.SOLO)
    assert "Runs without approval" in await drawn(bench, proposal)
    draw = solo_projections(bench.core, Renderer(), Channels(None, {}), TEAM)["solo"]  # type: ignore[arg-type]
    word = (await bench.sql("SELECT id FROM pmbot.decisions"))[0][0]

    async def message() -> str:
        async with bench.database.transaction() as session:
            return json.dumps(await draw(session, str(word)))

    said = await message()
    assert world.slack_id("nadia") in said
    assert world.slack_id("root") in said
    assert '"stop"' in said
    await bench.decide("nadia", proposal, Verdict.REJECT)
    assert "Stopped" in await message()
    await bench.database.close()


# Replay


@pytest.fixture
async def history(benches, sql) -> Bench:
    """What was asked for on the bench: two sign-outs, a suspension, a reinstatement."""
    bench = benches()
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["finance"])
    await bench.ask("oncall")
    await bench.ask("security", about="nadia")
    await bench.ask("oncall", "staff.suspend")
    await bench.ask("security", "staff.reinstate", "finance")
    return bench


ONE = "1 person of security or super admin"
REVOKED_1, REVOKED_2, SUSPENDED, REINSTATED = range(4)


async def replayed(bench: Bench, folder: Path, content: str) -> tuple[list[str], str]:
    file = folder / "new.toml"
    file.write_text(content, "utf-8")
    *found, last = [line async for line in rulebook.replay(bench.core.database.url, file, "90d")]
    return found, last


async def test_replaying_the_recorded_file_gives_no_difference(history: Bench, tmp_path: Path) -> None:
    assert await replayed(history, tmp_path, OWN) == (
        [],
        "Checked 4 requests of the last 90 d: 0 would need other approvals.",
    )


async def test_a_change_of_one_line_gives_exactly_what_it_changes(history: Bench, tmp_path: Path) -> None:
    """Each of these, one after the other."""
    one_of_two = f"{ONE} → 2 people of security or super admin"
    alone = "the person who asks confirms it"
    for old, new, expected in (
        ("proposal_hours = 4", "proposal_hours = 5", dict.fromkeys(range(4), "open for 4 h → open for 5 h")),
        (
            "quorum = 1   ",
            "quorum = 2   ",
            {
                REVOKED_1: one_of_two,
                REVOKED_2: f"{alone}, or {one_of_two.replace('→ ', f'→ {alone}, or ')}",
                SUSPENDED: one_of_two,
                REINSTATED: one_of_two,
            },
        ),
        (
            '[actions."staff.suspend"]',
            '[actions."staff.suspend"]\nquorum = 2',
            {SUSPENDED: one_of_two},
        ),
        (
            '[actions."staff.revoke_sessions"]\nself_approval = ["security", "super_admin"]',
            '[actions."staff.revoke_sessions"]\nself_approval = ["super_admin"]',
            {REVOKED_2: f"{alone}, or {ONE} → {ONE}"},
        ),
        (
            '[actions."staff.reinstate"]',
            '[actions."staff.reinstate"]\nraise = [{ first_time = true }]',
            {
                REINSTATED: f"high risk → critical risk; {one_of_two}; emergency override → no emergency override; "
                "without a code → with a code from an app"
            },
        ),
        ('[actions."staff.reinstate"]', '[actions."staff.reinstate"]\nraise = [{ affected_above = 0 }]', {}),
        (
            '[actions."staff.reinstate"]',
            '[actions."staff.reinstate"]\nsolo_after = "30m"',
            {
                REINSTATED: f"{ONE} → {ONE}, or the person who asks, after waiting 30 min",
            },
        ),
        ('zone = "Europe/Madrid" ', 'zone = "Europe/Lisbon" ', {}),
    ):
        assert old in OWN
        found, last = await replayed(history, tmp_path, OWN.replace(old, new, 1))
        said = {int(line.split()[1]) - 1: line.partition(" UTC: ")[2] for line in found}
        assert said == expected, new
        assert last.startswith("Checked 4 requests")


async def test_what_was_asked_for_before_this_was_kept_is_counted_apart(history: Bench, tmp_path: Path) -> None:
    await history.sql("UPDATE pmbot.proposals SET judged = NULL WHERE number = 1")
    assert (await replayed(history, tmp_path, OWN))[
        1
    ] == "Not checked: 1 request. The check needs records that did not exist at that time."


# Explain


async def explained(bench: Bench, command: str, by: str) -> list[str]:
    return [line async for line in rulebook.explain(bench.core.database.url, TEAM, None, command, by)]


async def test_explaining_says_of_whom_and_by_which_line(benches) -> None:
    said = await explained(benches(), "suspend staffer@penguinmails.example", "oncall")
    assert said[0].startswith("/pm suspend, asked for by ")
    assert said[1].startswith("Needs 1 person of security or super admin: ")
    assert "Amara Okonkwo" in said[1]
    line = policy.load().line("risks", "high", "approvers")
    assert any(one.endswith(f"line {line}, risks.high.approvers") for one in said)
    sudden = await explained(benches(), "suspend staffer@penguinmails.example", "security@penguinmails.example")
    assert sudden[1] == "Amara Okonkwo confirms it."


async def test_explaining_what_cannot_be_asked_says_why(benches) -> None:
    with pytest.raises(NotPermitted, match="You can't use /pm suspend"):
        await explained(benches(), "suspend staffer@penguinmails.example", "support")
    with pytest.raises(NotUnderstood, match="names no active staff member"):
        await explained(benches(), "suspend staffer@penguinmails.example", "nobody")
    with pytest.raises(NotUnderstood, match="who changes nothing"):
        await explained(benches(), "who staffer@penguinmails.example", "oncall")


async def test_explaining_what_is_so_already_says_what_it_usually_takes(benches) -> None:
    said = await explained(benches(), "reinstate staffer@penguinmails.example", "security")
    assert any(one.startswith("If somebody asked for this now, it would be refused: ") for one in said)


# A change of the policy is on record and told, once


async def ruled(sql) -> list[tuple]:
    return sql("SELECT target, facts->>'entries' FROM pmbot.audit_log WHERE kind = 'ruled' ORDER BY id")


async def test_however_many_processes_start_a_change_is_noted_and_told_once(database_url: str, sql) -> None:
    """Six starts at once with the old file, then with a new one, then with the old one again."""
    old, new = Policy.of(OWN), Policy.of(OWN.replace("proposal_hours = 4", "proposal_hours = 5"))
    processes = [Database(database_url, pool_size=2, name=f"start-{number}") for number in range(6)]
    for rules in (old, new, new, old):
        await asyncio.gather(*(ruling.begin(one, rules) for one in processes))
    assert await ruled(sql) == [
        (f"policy:{old.digest}", "0"),
        (f"policy:{new.digest}", "1"),
        (f"policy:{old.digest}", "1"),
    ]
    told = sql("SELECT channel, subject FROM pmbot.messages WHERE projection = 'policy' ORDER BY created")
    assert [channel for channel, _ in told] == ["security", "security"]  # the first is no change of anything
    async with processes[0].transaction() as session:
        text = (await projections(Renderer())["policy"](session, told[0][1]))["text"].replace("\u2060", "")
    assert "proposal_hours" in text
    assert "4 → 5" in text
    for one in processes:
        await one.close()


async def test_two_that_start_at_the_same_instant_with_different_ones_are_both_noted(database_url: str, sql) -> None:
    """One follows the other: whoever was beaten to it looks again."""
    await one_start(database_url)
    rules = [Policy.of(OWN.replace("proposal_hours = 4", f"proposal_hours = {hours}")) for hours in (5, 6, 7)]
    processes = [Database(database_url, pool_size=2, name=f"start-{number}") for number in range(3)]
    await asyncio.gather(*(ruling.begin(one, its) for one, its in zip(processes, rules, strict=True)))
    assert {target for target, _ in await ruled(sql)} >= {f"policy:{one.digest}" for one in rules}
    for one in processes:
        await one.close()


async def test_the_database_lets_one_policy_follow_another_once(database_url: str, sql) -> None:
    """Whatever the code forgets; nor may the bot rewrite what was in force."""
    await one_start(database_url)
    insert = "INSERT INTO pmbot.policies (digest, source, follows) VALUES ('x', '', 0)"
    with pytest.raises(Exception, match="uq_policies_follows"):
        sql(insert)
    bench = build(database_url)
    for statement in ("UPDATE pmbot.policies SET digest = ''", "DELETE FROM pmbot.policies"):
        with pytest.raises(Exception, match="permission denied"):
            await bench.sql(statement)
    await bench.database.close()


async def one_start(url: str) -> None:
    database = Database(url)
    await ruling.begin(database, Policy.of(OWN))
    await database.close()


async def test_addresses_in_a_changed_policy_are_masked_where_everybody_reads(database_url: str, sql) -> None:
    database = Database(database_url)
    for rules in (OWN, OWN.replace("oncall@penguinmails", "somebody.else@penguinmails")):
        await ruling.begin(database, Policy.of(rules))
    async with database.transaction() as session:
        message = json.dumps(await projections(Renderer())["policy"](session, "2"))
    assert "on_call" in message
    assert "somebody.else" not in message
    await database.close()


async def test_in_slack_it_is_announced_stopped_and_commented(surroundings: World, tmp_path: Path, sql) -> None:
    """From the menu of the card, by one click on the announcement, and in a form."""
    file = tmp_path / "policy.toml"
    file.write_text(OWN.replace('[actions."queue.resume"]', '[actions."queue.resume"]\nsolo_after = "15m"'))
    slack = surroundings.slack
    async with running_bot(surroundings, pm_policy=file):
        await asked(surroundings, "/pm pause email-sending because spam", by="tomasz")
        await slack.click(world.slack_id("tomasz"), card(surroundings)["ts"], OPS, "approve")
        await until(lambda: "Paused" in card(surroundings)["text"])
        shown = await asked(surroundings, "/pm resume email-sending because all well", by="tomasz")
        assert "Run in 15 min unless stopped" in json.dumps(shown["blocks"])
        announcing = {"option": "Run in 15 min unless stopped"}
        await slack.click(world.slack_id("tomasz"), shown["ts"], OPS, "menu:request", **announcing)
        announced = await until(lambda: (now := card(surroundings))["ts"] != shown["ts"] and now)
        assert "Without approval" in announced["text"]
        assert f"<@{world.slack_id('oncall')}>" in announced["text"]
        await slack.click(world.slack_id("oncall"), announced["ts"], OPS, "stop")
        await until(lambda: "Stopped" in card(surroundings)["text"])
        again = await asked(surroundings, "/pm resume email-sending because really", by="tomasz")
        commenting = {"option": "Approve with a comment …"}
        await slack.click(world.slack_id("oncall"), again["ts"], OPS, "menu:request", **commenting)
        [form] = await until(lambda: slack.views(world.slack_id("oncall")))
        await slack.submit(world.slack_id("oncall"), form["id"], {"reason": {"reason": "watch the bounces"}})
        said = await until(lambda: (now := _as_it_is(surroundings, again["ts"])) and "Comment of" in now and now)
        assert "watch the bounces" in said


def _as_it_is(around: World, ts: str) -> str:
    return next(str(one["text"]) for one in cards(around) if one["ts"] == ts)


def test_both_are_commands(database_url: str, tmp_path: Path) -> None:
    """With the settings that `pm policy check` needs; what is wrong is a sentence."""
    settings = {"DATABASE_URL": database_url, "SLACK_TEAM_ID": TEAM}
    done = pm("policy", "explain", "suspend", "@staffer", "--as", "oncall", **settings)
    assert done.returncode == 0, done.stdout
    assert "Needs 1 person of security or super admin: " in done.stdout
    assert "risks.high.approvers" in done.stdout
    file = tmp_path / "new.toml"
    file.write_text(OWN, "utf-8")
    done = pm("policy", "replay", str(file), "--since", "soon", **settings)
    assert (done.returncode, done.stdout) == (
        1,
        "Error: --since soon is not a duration. Write it as 90d, 12h or 30m.\n",
    )
