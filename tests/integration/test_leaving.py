"""Staff who come and go, and looking into what they do: offboard, onboard, verify, activity."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.actions.base import Action
from bot.actions.impact import Impact, Step
from bot.actions.outside import Outside
from bot.alerts import acknowledge
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.errors import NothingToDo, Refused
from bot.integrations.platform.probe import AccessAnswer
from bot.pipeline.propose import Ask, propose
from bot.pipeline.undo import undo
from bot.platform.queues import Scope
from bot.store.models import Proposal, State
from tests.promises.bench import IDS, NAMES, Bench, build, pause

STAFFER, YARA = NAMES["staffer"], "yara@penguinmails.example"
assert acknowledge  # what alerts name for a hand-over is there once this is loaded, as in the bot


@pytest.fixture
async def bench(database_url: str) -> AsyncIterator[Bench]:
    made = build(database_url)
    yield made
    await made.database.engine.dispose()


async def previewed(bench: Bench, name: str, **parameters: str) -> tuple[Action, Impact]:
    async with bench.database.transaction() as session:
        action = await bench.core.registry.load(Step(action=name, parameters=parameters), session)
        return action, await action.preview(session)


def facts(impact: Impact) -> dict[str, str]:
    return {one.label: one.text for one in (*impact.facts, *impact.details)}


async def done(bench: Bench, proposal: Proposal, *by: str) -> Proposal:
    for name in by:
        await bench.decide(name, await bench.read(proposal.id))
    return await bench.execute(proposal)


class TestOffboard:
    async def test_it_lists_what_depends_on_them(self, bench: Bench, sql: Any) -> None:
        """What they paused, what they asked for, what they took in hand; others may take it over."""
        async with bench.database.transaction() as session:
            await pause(session, Scope("email-sending", None), by="oncall")
        asked = await bench.ask("oncall", "staff.revoke_sessions", "finance")
        sql(
            "INSERT INTO pmbot.alerts (id, rule, subject, state, severity, worst, breached, value, peak, measured,"
            " facts, since, fired, acknowledged, acknowledged_by)"
            " VALUES (gen_random_uuid(), 'backlog', 'email-sending', 'acknowledged', 'critical', 'critical', '{}',"
            " 1, 1, now(), '{}', now(), now(), now(), %s)",
            IDS["oncall"],
        )
        sql("UPDATE pmbot.tickets SET state = 'in_progress', assigned_to = %s WHERE number = 1", IDS["oncall"])
        _, impact = await previewed(bench, "staff.offboard", staffer=str(IDS["oncall"]), reason="x")
        said = facts(impact)
        assert said["To hand over: tickets"] == "T-1 · Mails to one provider arrive late"
        assert "email-sending" in said["To hand over: temporary changes"]
        assert said["To hand over: open requests"] == f"request {asked.number}"
        assert said["To hand over: alerts they acknowledged"] == "backlog on email-sending"
        assert "7 years" in said["Stays"]

    async def test_everything_that_lets_them_in_ends(self, bench: Bench) -> None:
        """Decided by somebody else; step by step, and nothing is left to do afterwards."""
        proposal = await bench.ask("security", "staff.offboard")
        with pytest.raises(Refused, match="You asked for this yourself"):
            await bench.decide("security", proposal)
        assert (await done(bench, proposal, "nadia")).state == State.SUCCEEDED
        rows = "SELECT action FROM pmbot.audit_log WHERE kind = 'executed' ORDER BY id"
        assert [name for (name,) in await bench.sql(rows)] == [
            "staff.revoke_sessions",
            "staff.suspend",
            "staff.remove_role",
            "staff.end_access",
        ]
        left = f"""
            SELECT u.status, s.is_active, (SELECT count(*) FROM staff_member_roles WHERE user_id = u.id),
                   (SELECT count(*) FROM sessions WHERE user_id = u.id AND revoked IS NULL AND expires > now())
            FROM users u JOIN staff_members s ON s.user_id = u.id WHERE u.id = '{IDS["staffer"]}'
        """
        assert await bench.sql(left) == [("suspended", False, 0, 0)]
        with pytest.raises(NothingToDo, match="already had no access"):
            await bench.ask("security", "staff.offboard")
        operator = await bench.operator("security")
        async with bench.database.transaction() as session:
            with pytest.raises(NothingToDo, match="cannot be undone"):
                await undo(bench.core, session, operator, proposal.id, "came back")

    async def test_who_holds_a_critical_role_is_for_super_admins(self, bench: Bench) -> None:
        """As taking that role is."""
        proposal = await bench.ask("nadia", "staff.offboard", "security")
        assert proposal.requirement["approvers"] == ["super_admin"]

    async def test_nobody_offboards_themselves(self, bench: Bench) -> None:
        """Nor does anybody without the right to ask for the whole."""
        with pytest.raises(Refused, match="You cannot offboard yourself"):
            await bench.ask("nadia", "staff.offboard", "nadia")
        with pytest.raises(Refused, match="You can't use /pm offboard"):
            await bench.ask("oncall", "staff.offboard")


async def onboarding(bench: Bench, email: str, role: str, by: str = "security") -> Proposal:
    operator = await bench.operator(by)
    [[user_id]] = await bench.sql(f"SELECT id FROM users WHERE lower(email) = '{email}'")
    step = Step(action="staff.onboard", parameters={"newcomer": str(user_id), "roles": role, "reason": "joins"})
    async with bench.database.transaction() as session:
        action = await bench.core.registry.load(step, session)
        return await propose(bench.core, session, operator, [action], Ask(channel="security", reason="joins"))


class TestOnboard:
    async def test_somebody_becomes_staff_with_a_role(self, bench: Bench) -> None:
        """Their account is open again, and nobody but another may decide it."""
        proposal = await onboarding(bench, YARA, "support")
        assert (await done(bench, proposal, "nadia")).state == State.SUCCEEDED
        found = f"""
            SELECT u.status, s.is_active, array_agg(r.name) FROM users u JOIN staff_members s ON s.user_id = u.id
            JOIN staff_member_roles m ON m.user_id = u.id JOIN staff_roles r ON r.id = m.role_id
            WHERE u.id = '{IDS["yara"]}' GROUP BY 1, 2
        """
        assert await bench.sql(found) == [("active", True, ["support"])]
        with pytest.raises(NothingToDo, match="is staff already"):
            await onboarding(bench, YARA, "support")

    async def test_it_is_decided_as_giving_the_role_is(self, bench: Bench) -> None:
        """A critical one takes two, and one that only super admins decide about is theirs."""
        assert (await onboarding(bench, YARA, "finance")).requirement["quorum"] == 2
        with pytest.raises(Refused, match="too few people"):
            await onboarding(bench, YARA, "super_admin")

    async def test_a_role_of_before_counts_too(self, bench: Bench, sql: Any) -> None:
        """It is in force again with the rest, so it stands on the card, binds, and is decided about."""
        sql(
            "INSERT INTO staff_member_roles (user_id, role_id) SELECT %s, id FROM staff_roles WHERE name = 'finance'",
            IDS["yara"],
        )
        proposal = await onboarding(bench, YARA, "support")
        assert proposal.requirement["quorum"] == 2
        _, impact = await previewed(bench, "staff.onboard", newcomer=str(IDS["yara"]), roles="support", reason="x")
        assert facts(impact)["Earlier roles"] == "finance and support"

    async def test_a_customers_account_becomes_nobody(self, bench: Bench) -> None:
        """Only addresses of ours: a word in chat gives no customer the administration."""
        [[email]] = await bench.sql(
            "SELECT lower(email) FROM users WHERE id NOT IN (SELECT user_id FROM staff_members)"
            " AND deleted IS NULL ORDER BY id LIMIT 1"
        )
        with pytest.raises(Refused, match="Only accounts with a company address"):
            await onboarding(bench, email, "support")


class Says:
    """A platform that says what it is told to."""

    def __init__(self, *, may: bool, roles: tuple[str, ...], sessions: int) -> None:
        self.answer = AccessAnswer(datetime.now(UTC), may, dict.fromkeys(roles), frozenset(roles), sessions)

    async def access(self, _: object) -> AccessAnswer:
        return self.answer


async def verified(bench: Bench, platform: Any) -> str:
    action, impact = await previewed(bench, "staff.verify", staffer=str(IDS["staffer"]))
    heard = await action.asked(Outside(platform), impact)
    drawn = Renderer().message(
        "actions/staff.verify.j2", Clearance.FULL, impact=impact, next_buttons=[], **impact.context, **heard
    )
    return str(drawn["text"])


class TestVerify:
    async def test_no_difference_is_said(self, bench: Bench) -> None:
        """Sign-in, roles and sessions as our rows have them."""
        text = await verified(bench, Says(may=True, roles=("admin", "finance"), sessions=4))
        assert "No difference." in text

    @pytest.mark.parametrize(
        ("platform", "differs"),
        [
            (
                Says(may=False, roles=(), sessions=0),
                "the platform refuses them, but our records say that it should let them in",
            ),
            (Says(may=True, roles=("admin",), sessions=4), "our records give them finance, the platform does not"),
            (Says(may=True, roles=("admin", "finance", "qa"), sessions=4), "the platform gives them qa"),
            (
                Says(may=True, roles=("admin", "finance"), sessions=5),
                "5 sessions active on the platform, 4 in our records",
            ),
        ],
    )
    async def test_each_difference_is_named(self, bench: Bench, platform: Says, differs: str) -> None:
        """And that the platform may use an old answer."""
        text = await verified(bench, platform)
        assert differs in text
        assert "No difference" not in text

    async def test_without_the_platform_nothing_is_made_up(self, bench: Bench) -> None:
        """It says that nobody could be asked."""
        text = await verified(bench, None)
        assert "I cannot ask the platform about this" in text
        assert "No difference" not in text


async def test_activity_begins_with_what_is_unusual(bench: Bench) -> None:
    """In the demo, a sign-in from a hotel; then what they did, there and here."""
    await bench.ask("staffer", "staff.revoke_sessions")
    _, impact = await previewed(bench, "staff.activity", staffer=str(IDS["staffer"]), zone="Europe/Madrid")
    assert any("new network" in one["what"] for one in impact.context["odd"])
    assert impact.context["bot"][0]["what"] == "asked: staff.revoke_sessions"
    drawn = {
        clearance: Renderer().message(
            "actions/staff.activity.j2", clearance, impact=impact, next_buttons=[], **impact.context
        )["text"]
        for clearance in (Clearance.FULL, Clearance.NONE)
    }
    assert STAFFER in drawn[Clearance.FULL]
    assert STAFFER not in drawn[Clearance.NONE]
    ip = next(one["ip"] for one in impact.context["odd"] if one["ip"])
    assert ip in drawn[Clearance.FULL]
    assert ip not in drawn[Clearance.NONE]
