"""Who may decide what."""

from pathlib import Path

import pytest

from bot import policy
from bot.errors import Misconfigured
from bot.policy import Policy, Requirement, Risk, RiskRule, Stakes

DEFAULT = policy.load()
CONTAINMENT = ("staff.revoke_sessions", "staff.suspend")


def needs(action: str, *roles: str, containment: bool = True, on_self: bool = False, risk: Risk = Risk.HIGH):
    stakes = Stakes(action, risk, containment=containment)
    return DEFAULT.requirement(stakes, roles=frozenset(roles), on_self=on_self)


class TestDefaults:
    @pytest.mark.parametrize("action", CONTAINMENT)
    @pytest.mark.parametrize("role", ["security", "super_admin"])
    def test_whoever_decides_contains_on_their_own_word(self, action: str, role: str) -> None:
        """Security and super admins confirm it themselves; another of them may as well."""
        found = needs(action, role)
        assert (found.no_approval, found.self_approval, found.quorum) == (False, True, 1)
        assert found.approvers == ("security", "super_admin")

    @pytest.mark.parametrize("action", CONTAINMENT)
    def test_operations_need_one_of_them(self, action: str) -> None:
        """One approval, and the glass may be broken."""
        assert needs(action, "operations") == Requirement(
            self_approval=False, approvers=("security", "super_admin"), quorum=1, break_glass=True
        )

    def test_one_role_that_may_go_alone_is_enough(self) -> None:
        """Roles add up."""
        assert needs("staff.revoke_sessions", "operations", "security").self_approval

    @pytest.mark.parametrize("role", ["security", "super_admin", "operations"])
    def test_reinstating_always_takes_a_second_person(self, role: str) -> None:
        """Taking containment back is what needs care."""
        found = needs("staff.reinstate", role, containment=False)
        assert (found.no_approval, found.self_approval, found.quorum) == (False, False, 1)
        assert found.approvers == ("security", "super_admin")

    def test_reinstating_oneself_is_no_exception(self) -> None:
        """Only containment is confirmed alone on oneself."""
        assert not needs("staff.reinstate", "super_admin", containment=False, on_self=True).self_approval

    @pytest.mark.parametrize("roles", [(), ("qa",), ("operations",), ("security",)])
    def test_revoking_ones_own_sessions_takes_a_click_of_ones_own(self, roles: tuple[str, ...]) -> None:
        """Nobody has to ask to limit damage to themselves; they see first what becomes void with it."""
        assert needs("staff.revoke_sessions", *roles, on_self=True) == Requirement(self_approval=True)

    @pytest.mark.parametrize(
        ("risk", "requirement"),
        [
            (Risk.READ, Requirement(no_approval=True)),
            (Risk.LOW, Requirement(no_approval=True)),
            (Risk.MEDIUM, Requirement(self_approval=True)),
        ],
    )
    def test_lesser_risks_wait_for_nobody_else(self, risk: Risk, requirement: Requirement) -> None:
        """Read and low run at once; medium is confirmed by whoever asked."""
        assert needs("any.thing", "support", containment=False, risk=risk) == requirement

    def test_critical_takes_two_people_and_nobody_goes_alone(self) -> None:
        """The quorum never counts the requester."""
        found = needs("any.thing", "super_admin", containment=False, risk=Risk.CRITICAL)
        assert (found.self_approval, found.quorum, found.break_glass) == (False, 2, False)

    def test_cards_have_a_home(self) -> None:
        """Where they belong when they were asked for elsewhere."""
        assert DEFAULT.home_channel("staff.reinstate") == "security"
        assert DEFAULT.home_channel("staff.revoke_sessions") == "operations"
        assert DEFAULT.home_channel("no.such") == "operations"

    def test_on_call_is_by_address_without_case(self) -> None:
        """Addresses are compared as mail compares them."""
        assert DEFAULT.ever_on_call("OnCall@PenguinMails.example")
        assert not DEFAULT.ever_on_call("security@penguinmails.example")


class TestRolesThatExcludeEachOther:
    @pytest.mark.parametrize("held", [("admin", "finance"), ("super_admin", "security"), ("qa", "support"), ("qa",)])
    def test_what_goes_together(self, held: tuple[str, ...]) -> None:
        """Roles beside which quality is not held may be held beside one another."""
        assert DEFAULT.exclusion(held) is None

    @pytest.mark.parametrize(
        ("held", "role"),
        [
            (("finance", "security", "support"), "security"),
            (("admin", "qa"), "qa"),
            (("admin", "finance", "qa"), "qa"),
        ],
    )
    def test_what_does_not(self, held: tuple[str, ...], role: str) -> None:
        """The rule that is broken is that of the role which stands apart."""
        rule = DEFAULT.exclusion(held)
        assert rule is not None
        assert rule.role == role
        assert rule.broken_by(held)


def test_an_action_overrides_only_what_it_names() -> None:
    """The rest comes from its risk."""
    rules = Policy(
        risks={Risk.HIGH: RiskRule(approvers=("security",), self_approval=("security",), quorum=2)},
        actions={"staff.suspend": RiskRule(self_approval=())},
    )
    stakes = Stakes("staff.suspend", Risk.HIGH, containment=True)
    found = rules.requirement(stakes, roles=frozenset({"security"}), on_self=False)
    assert found == Requirement(self_approval=False, approvers=("security",), quorum=2, break_glass=True)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("quorum == 2", "line 1"),
        ("[risks.enormous]\nquorum = 1", "risks.enormous"),
        ("[risks.high]\nquorum = 0", "risks.high.quorum"),
        ('[risks.high]\napprovers = "security"', "risks.high.approvers"),
        ("[actions.revoke]\naprovers = []", "actions.revoke.aprovers"),
        ("proposal_hours = -1", "proposal_hours"),
        ("on_cal = []", "on_cal"),
    ],
)
def test_a_mistake_names_file_and_entry(tmp_path: Path, content: str, named: str) -> None:
    """So that whoever wrote it finds it."""
    file = tmp_path / "policy.toml"
    file.write_text(content)
    with pytest.raises(Misconfigured) as error:
        policy.load(file)
    assert str(file) in str(error.value)
    assert named in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_or_no_text_is_misconfigured(tmp_path: Path) -> None:
    """Not a trace."""
    with pytest.raises(Misconfigured, match=r"absent\.toml cannot be read: .*No such file"):
        policy.load(tmp_path / "absent.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Misconfigured, match=r"bytes\.toml cannot be read"):
        policy.load(tmp_path / "bytes.toml")


class TestRoles:
    """Who decides about giving and taking roles."""

    @staticmethod
    def about(grants: str = "", takes: str = "", *, by: str = "user_manager", on_self: bool = False) -> Requirement:
        given, taken = frozenset(grants.split()), frozenset(takes.split())
        action = "staff.add_role" if given else "staff.remove_role"
        stakes = Stakes(action, Risk.HIGH, containment=not given, grants=given, concerns=given | taken)
        return DEFAULT.requirement(stakes, roles=frozenset({by}), on_self=on_self)

    @pytest.mark.parametrize("role", ["support", "operations", "admin", "user_manager", "engineering"])
    def test_one_other_person_gives_most_of_them(self, role: str) -> None:
        found = self.about(role)
        assert (found.approvers, found.quorum, found.self_approval) == (("security", "super_admin"), 1, False)

    @pytest.mark.parametrize(
        ("role", "approvers"),
        [("super_admin", ("super_admin",)), ("security", ("super_admin",)), ("finance", ("security", "super_admin"))],
    )
    def test_two_people_give_what_is_critical(self, role: str, approvers: tuple[str, ...]) -> None:
        """Of those who may decide about it; nobody breaks the glass for it."""
        found = self.about(f"support {role}")
        assert (found.approvers, found.quorum, found.self_approval, found.break_glass) == (approvers, 2, False, False)
        assert role in DEFAULT.critical_roles

    def test_taking_one_of_them_takes_one_person(self) -> None:
        """It limits damage: whoever decides about the role, or on call alone."""
        found = self.about(takes="security")
        assert (found.approvers, found.quorum, found.break_glass) == (("super_admin",), 1, True)

    def test_whoever_decides_about_all_of_them_decides(self) -> None:
        assert self.about("support", "security").approvers == ("super_admin",)

    @pytest.mark.parametrize("by", ["security", "super_admin", "user_manager"])
    def test_nobody_gives_on_their_own_word(self, by: str) -> None:
        """Least of all to themselves."""
        assert not self.about("support", by=by).self_approval
        assert not self.about("support", by=by, on_self=True).self_approval

    def test_giving_one_up_takes_ones_own_word(self) -> None:
        """And a click, since it is not a slip that comes back by itself."""
        found = self.about(takes="finance", by="finance", on_self=True)
        assert (found.self_approval, found.no_approval) == (True, False)

    @pytest.mark.parametrize(
        ("held", "because"),
        [
            ("security finance", "who moves money"),
            ("qa admin support", "quality works on sandboxes"),
            ("security admin support", None),
            ("qa support", None),
            ("", None),
        ],
    )
    def test_what_excludes_each_other(self, held: str, because: str | None) -> None:
        rule = DEFAULT.exclusion(held.split())
        assert (rule and rule.because.startswith(because)) if because else rule is None


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('zone = "Europe/Atlantis"', "zone: value error, there is no time zone europe/atlantis"),
        ('zone = "../etc/passwd"', "zone:"),
        ('[digests.morning]\nat = "08:30"\nzone = "Mars"', "digests.morning: value error, there is no time zone mars"),
        ('[digests.morning]\nat = "08:30"\ndays = "noday"', "digests.morning:"),
        ("[roles.finance]\ncritcal = true", "roles.finance.critcal"),
        ('[roles.finance]\napprovers = "security"', "roles.finance.approvers"),
        ('[[exclusive]]\nrole = "qa"\nothers = []\nbecause = "x"', "exclusive.0.others"),
        ('[[exclusive]]\nrole = "qa"\nothers = ["admin"]', "exclusive.0.because"),
    ],
)
def test_a_mistake_about_roles_and_zones_names_its_entry(tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(content)
    with pytest.raises(Misconfigured) as error:
        policy.load(file)
    assert named in str(error.value)
    assert "\n" not in str(error.value)


def test_a_user_group_is_named_by_its_id(tmp_path: Path) -> None:
    """A handle would be a mention of nobody."""
    file = tmp_path / "policy.toml"
    file.write_text('[groups]\non_call = "@oncall"\n')
    with pytest.raises(Misconfigured, match=r"groups: .*on_call has to be the id of a user group"):
        policy.load(file)


class TestWhatAFileLeavesOut:
    """An empty file is a policy: what it does not say has the safe answer."""

    NOTHING = Policy()

    def test_a_risk_without_rules_has_nobody_who_may_decide(self) -> None:
        """One person of nobody: it waits until it expires."""
        found = self.NOTHING.requirement(
            Stakes("any.thing", Risk.HIGH), roles=frozenset({"super_admin"}), on_self=False
        )
        assert found == Requirement(approvers=(), quorum=1, break_glass=True)

    def test_containment_may_always_break_the_glass(self) -> None:
        """Also where it is critical; what gives somebody a role never."""
        for risk, containment, grants, may in (
            (Risk.CRITICAL, True, "", True),
            (Risk.CRITICAL, False, "", False),
            (Risk.HIGH, False, "qa", False),
            (Risk.HIGH, True, "", True),
        ):
            stakes = Stakes("a.b", risk, containment=containment, grants=frozenset(grants.split()))
            found = self.NOTHING.requirement(stakes, roles=frozenset(), on_self=False)
            assert found.break_glass is may, stakes

    @pytest.mark.parametrize("alone", [(), ("security",)])
    def test_on_oneself_only_roles_change_who_goes_alone(self, alone: tuple[str, ...]) -> None:
        """What concerns no role is decided by the rule, also on oneself."""
        rules = Policy(risks={Risk.HIGH: RiskRule(approvers=("security",), self_approval=alone)})
        found = rules.requirement(Stakes("a.b", Risk.HIGH), roles=frozenset({"security"}), on_self=True)
        assert found.self_approval is bool(alone)

    def test_on_another_the_rule_decides_about_roles(self) -> None:
        """Whoever takes a role from somebody else is not the one who gives it up."""
        stakes = Stakes("a.b", Risk.HIGH, containment=True, concerns=frozenset({"qa"}))
        found = self.NOTHING.requirement(stakes, roles=frozenset({"security"}), on_self=False)
        assert not found.self_approval

    def test_a_schedule_is_of_the_report_it_names(self) -> None:
        """Or else of the one that is called like it."""
        rules = Policy.model_validate(
            {"digests": {"early": {"at": "06:00", "report": "morning"}, "morning": {"at": "08:30"}}}
        )
        assert (rules.report("early"), rules.report("morning")) == ("morning", "morning")


def test_two_mistakes_are_named_one_after_the_other(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("on_cal = []\nproposal_hours = -1", "utf-8")
    with pytest.raises(Misconfigured, match=r": [a-z][^;]*; [a-z]"):
        policy.load(file)


def test_names_in_a_policy_are_in_any_script(tmp_path: Path) -> None:
    """Whatever the machine's own encoding is."""
    file = tmp_path / "policy.toml"
    file.write_text('on_call = ["oncall@bücher.example"]', "utf-8")
    assert policy.load(file).ever_on_call("oncall@BÜCHER.example")


def test_nobody_confirms_what_is_about_themselves_however_small_the_risk() -> None:
    """It takes whom a high risk takes; limiting damage to oneself is the one exception."""
    asked = Stakes("any.thing", Risk.MEDIUM)
    rules = policy.load()
    assert rules.requirement(asked, roles=frozenset({"security"}), on_self=False).self_approval
    about_oneself = rules.requirement(asked, roles=frozenset({"security"}), on_self=True)
    assert not about_oneself.self_approval
    assert (
        about_oneself.approvers
        == rules.requirement(Stakes("any.thing", Risk.HIGH), roles=frozenset(), on_self=False).approvers
    )


def test_what_is_stored_by_the_older_names_says_the_same() -> None:
    """Requests that were asked for before the names changed, and files of that time."""
    assert Requirement.model_validate({"at_once": True, "own_word": False}) == Requirement(no_approval=True)
    assert Requirement.model_validate({"at_once": False, "own_word": True}) == Requirement(self_approval=True)
    assert RiskRule.model_validate({"alone": ["security"]}) == RiskRule(self_approval=("security",))
