"""What a policy makes of circumstances: when it asks for more, how long a request lasts, how far a number may move."""

import datetime as dt
import tomllib
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot import policy
from bot.actions.impact import Impact, fact, fingerprint, steadied
from bot.judgement import Asked, Circumstances, Judged, StepAsked
from bot.policy import Policy, Risk, Stakes
from bot.raising import Drift, Raise

RULES = """
[risks.high]
approvers = ["security", "super_admin"]
self_approval = ["security"]
[risks.critical]
approvers = ["super_admin"]
quorum = 2
"""
AT_WORK, AT_NIGHT = (dt.datetime(2026, 3, 10, hour, tzinfo=dt.UTC) for hour in (10, 22))  # a Tuesday


def judged(
    rules: str = "",
    *roles: str,
    risk: Risk = Risk.HIGH,
    containment: bool = False,
    on_self: bool = False,
    **now: object,
) -> Judged:
    read = Policy.of(RULES + rules)
    stakes = Stakes("any.thing", risk, containment=containment)
    around = Circumstances.model_validate(now)
    return read.judge(stakes, roles=frozenset(roles), on_self=on_self, now=around)


def rule(entries: str, of: str = 'actions."any.thing"') -> str:
    return f"[[{of}.raise]]\n{entries}\n"


@pytest.mark.parametrize(
    ("entries", "so", "otherwise"),
    [
        ("affected_above = 100", {"affected": 101}, {"affected": 100}),
        ("affected_above = 0", {"affected": 1}, {}),
        ("amount_above = 500.5", {"amount": Decimal("500.51")}, {"amount": Decimal("500.5")}),
        ("first_time = true", {"first_time": True}, {}),
        ('outside = { from = "08:00", to = "20:00", zone = "Europe/Madrid" }', {"at": AT_NIGHT}, {"at": AT_WORK}),
        ("affected_above = 9\nfirst_time = true", {"affected": 10, "first_time": True}, {"affected": 10}),
    ],
)
@pytest.mark.parametrize("of", ["risks.high", 'actions."any.thing"'])
def test_a_risk_is_raised_where_all_that_the_rule_names_is_so(entries: str, so: dict, otherwise: dict, of: str) -> None:
    """To the next one, by the rule of the action or of its risk; not by what is not known."""
    assert judged(rule(entries, of), **otherwise).risk is Risk.HIGH
    found = judged(rule(entries, of), **so)
    assert (found.risk, found.requirement.quorum, found.requirement.approvers) == (Risk.CRITICAL, 2, ("super_admin",))


@pytest.mark.parametrize(
    ("local", "within"),
    [
        ("2026-03-29 07:59", False),  # a Sunday, the night the clocks change
        ("2026-03-30 08:00", True),
        ("2026-03-30 19:59", True),
        ("2026-03-30 20:00", False),
        ("2026-03-27 12:00", True),
        ("2026-03-28 12:00", False),
    ],
)
def test_hours_are_those_of_the_place(local: str, *, within: bool) -> None:
    """Also in the week in which its clocks change."""
    hours = Raise.model_validate({"outside": {"from": "08:00", "to": "20:00", "zone": "Europe/Madrid"}}).outside
    assert hours is not None
    moment = dt.datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Madrid"))
    assert hours.include(moment.astimezone(dt.UTC)) is within


class TestWhatARaiseMeans:
    def test_what_the_asker_confirmed_takes_somebody_else(self) -> None:
        """Even somebody who may go alone at that risk."""
        usual = judged(risk=Risk.MEDIUM).requirement
        raised = judged(rule("first_time = true"), "security", risk=Risk.MEDIUM, first_time=True).requirement
        assert (usual.self_approval, raised.self_approval, raised.quorum) == (True, False, 1)
        assert raised.approvers == ("security", "super_admin")

    def test_what_ran_at_once_is_confirmed(self) -> None:
        found = judged(rule("affected_above = 1000"), risk=Risk.LOW, affected=1001)
        assert (found.risk, found.requirement.self_approval) == (Risk.MEDIUM, True)

    def test_to_a_risk_that_it_names(self) -> None:
        assert judged(rule('first_time = true\nto = "critical"'), risk=Risk.LOW, first_time=True).risk is Risk.CRITICAL

    def test_never_to_less(self) -> None:
        assert judged(rule('first_time = true\nto = "medium"'), first_time=True).risk is Risk.HIGH

    def test_by_more_people_at_the_same_risk(self) -> None:
        found = judged(rule("first_time = true\nquorum = 3"), "security", first_time=True)
        assert (found.risk, found.requirement.quorum, found.requirement.self_approval) == (Risk.HIGH, 3, False)

    def test_more_people_are_others_also_where_nobody_else_decides_usually(self) -> None:
        found = judged(rule("first_time = true\nquorum = 2"), risk=Risk.LOW, first_time=True)
        assert (found.risk, found.requirement.quorum) == (Risk.HIGH, 2)

    def test_of_several_the_most(self) -> None:
        both = rule('first_time = true\nto = "critical"') + rule("affected_above = 1\nquorum = 4")
        found = judged(both, first_time=True, affected=2)
        assert (found.risk, found.requirement.quorum) == (Risk.CRITICAL, 4)

    def test_what_an_action_says_of_its_quorum_is_not_less_than_its_new_risk_asks(self) -> None:
        own = '[actions."any.thing"]\nquorum = 1\n'
        assert judged(own + rule("first_time = true"), first_time=True).requirement.quorum == 2

    def test_on_oneself_it_takes_others_anyway(self) -> None:
        found = judged(rule("first_time = true"), risk=Risk.MEDIUM, on_self=True, first_time=True)
        assert not found.requirement.self_approval


@given(
    affected=st.integers(0, 10**9),
    risk=st.sampled_from([Risk.LOW, Risk.MEDIUM, Risk.HIGH, Risk.CRITICAL]),
    on_self=st.booleans(),
    roles=st.sets(st.sampled_from(["security", "operations"])),
)
def test_containment_is_never_raised_and_may_always_be_run_alone(
    *, affected: int, risk: Risk, on_self: bool, roles: set[str]
) -> None:
    """Whatever a file says: limiting damage stays as easy as it is, and where it waits, the glass may be broken."""
    rules = "".join(rule("affected_above = 0\nquorum = 9", of) for of in ('actions."any.thing"', f"risks.{risk}"))
    usual = judged("", *roles, risk=risk, containment=True, on_self=on_self)
    found = judged(rules, *roles, risk=risk, containment=True, on_self=on_self, affected=affected, first_time=True)
    assert (found.risk, found.requirement) == (usual.risk, usual.requirement)
    needs = found.requirement
    assert needs.no_approval or needs.self_approval or needs.break_glass


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ("", "say when"),
        ("first_time = false", "say when"),
        ('first_time = true\nto = "low"', "raise to medium"),
        ('outside = { from = "20:00", to = "08:00", zone = "UTC" }', "has to be before"),
        ('outside = { from = "08:00", to = "20:00", zone = "Mars" }', "no time zone"),
        ('outside = { from = "08:00", to = "20:00", days = "noday", zone = "UTC" }', "days has to be"),
        ('outside = { from = "08:00", to = "20:00" }', "Field required"),
        ("first_time = true\nquorum = 0", "greater than 0"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(entries: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        judged(rule(entries))


class TestExpiry:
    def test_of_the_action_before_that_of_its_risk_before_that_of_all(self) -> None:
        of_risk, of_action = '[risks.low]\nexpires = "2d"\n', '[actions."any.thing"]\nexpires = "30m"\n'
        assert judged(risk=Risk.LOW).expires == dt.timedelta(hours=4)
        assert judged(of_risk, risk=Risk.LOW).expires == dt.timedelta(days=2)
        assert judged(of_risk + of_action, risk=Risk.LOW).expires == dt.timedelta(minutes=30)

    @pytest.mark.parametrize("span", ['"4"', "4", '"0h"', '"4 weeks"'])
    def test_as_a_duration(self, span: str) -> None:
        with pytest.raises(ValidationError, match="write a duration as 30m, 4h or 2d"):
            judged(f"[risks.low]\nexpires = {span}")

    def test_a_plan_lasts_as_long_as_its_shortest_step(self) -> None:
        rules = Policy.model_validate(tomllib.loads('[actions."b.c"]\nexpires = "1h"'))
        steps = tuple(StepAsked(stakes=Stakes(name, Risk.HIGH), on_self=False) for name in ("a.b", "b.c"))
        assert rules.judge_all(Asked(roles=frozenset(), steps=steps)).expires == dt.timedelta(hours=1)


class TestDrift:
    """A bound number may move as far as the policy tolerates, from what was shown."""

    @staticmethod
    def impact(number: float | None, *, bound: bool = True, label: str = "Sessions") -> Impact:
        return Impact(
            facts=(fact("Account", "x", bound=True), fact(label, f"{number} of them", bound=bound, number=number))
        )

    @pytest.mark.parametrize(
        ("tolerated", "now", "same"),
        [
            ({}, 101, False),
            ({"Sessions": 2}, 102, True),
            ({"Sessions": 2}, 98, True),
            ({"Sessions": 2}, 103, False),
            ({"Sessions": "10%"}, 110, True),
            ({"Sessions": "10%"}, 89, False),
            ({"Others": 9}, 101, False),
            ({"Sessions": 0}, 101, False),
        ],
    )
    def test_so_far_and_no_further(self, tolerated: dict, now: int, *, same: bool) -> None:
        rules = Policy.model_validate({"actions": {"any.thing": {"tolerates": tolerated}}})
        before, after = self.impact(100), self.impact(now)
        found = steadied(before, after, rules.tolerated("any.thing"))
        assert (fingerprint([], [found]) == fingerprint([], [before])) is same

    def test_what_is_no_number_may_not_move(self) -> None:
        before, after = self.impact(None), Impact(facts=(fact("Sessions", "other words", bound=True),))
        assert steadied(before, after, {"Sessions": Drift(number=9)}) == after

    def test_small_steps_do_not_add_up(self) -> None:
        """Each is compared with what was shown, which stays."""
        shown, drift = self.impact(100), {"Sessions": Drift(number=2)}
        for now in (101, 102):
            shown = steadied(shown, self.impact(now), drift)
        assert steadied(shown, self.impact(103), drift) == self.impact(103)

    @pytest.mark.parametrize("value", ["many", "100%", "-1%", -1, 1.5, True])
    def test_written_as_a_number_or_a_share(self, value: object) -> None:
        with pytest.raises(ValidationError):
            Policy.model_validate({"actions": {"any.thing": {"tolerates": {"Sessions": value}}}})


def test_every_answer_names_the_entry_that_asks_it(tmp_path) -> None:
    """With its line: whoever disagrees knows where to look."""
    file = tmp_path / "policy.toml"
    file.write_text(RULES + '[actions."any.thing"]\nexpires = "30m"\n' + rule("affected_above = 100"))
    found = policy.load(file).judge(
        Stakes("any.thing", Risk.HIGH), roles=frozenset(), on_self=False, now=Circumstances(affected=1_200)
    )
    assert [(one.asks, one.entry, one.line) for one in found.because] == [
        ("high risk", "", None),
        ("raised to critical: more than 100 affected", 'actions."any.thing".raise.0', 10),
        ("open for 30 min", 'actions."any.thing".expires', 9),
        ("decided by super admin", "risks.critical.approvers", 6),
        ("2 people", "risks.critical.quorum", 7),
        ("with a code from an app", "", None),
    ]
