"""The policy as a file: each mistake is named with its line, its entry and what was probably meant."""

import re
from pathlib import Path

import pytest

from bot import app, policy, toml_lines
from bot.errors import Misconfigured
from bot.policy import Exclusion, Policy, RiskRule, RoleRule
from bot.raising import Hours, Raise
from bot.schedules import AlertSettings, DigestRule

TOML = '''
on_call = []  # a comment
[risks.high]
approvers = [
  "security",
  "[risks.low]",
]
dotted.key = { inside = 1 }
text = """
[risks.medium]
quorum = 1
"""
[[exclusive]]
role = "qa"
[[exclusive]]
role = "security"
[exclusive.more]
why = 1
[[actions."staff.suspend".raise]]
to = "critical"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("on_call",), 2),
        (("risks",), 3),
        (("risks", "high", "approvers"), 4),
        (("risks", "high", "dotted", "key", "inside"), 8),
        (("risks", "high", "text"), 9),
        (("exclusive", 0, "role"), 14),
        (("exclusive", 1, "role"), 16),
        (("exclusive", 1, "more", "why"), 18),
        (("actions", "staff.suspend", "raise", 0), 19),
        (("actions", "staff.suspend", "raise", 0, "to"), 20),
        (("risks", "high", "quorum"), 3),
        (("risks", "medium"), 3),
        (("zone",), None),
    ],
)
def test_every_entry_is_found_on_its_line(path: toml_lines.Path, line: int | None) -> None:
    """However its value is written; what is not there stands where what is around it does."""
    assert toml_lines.line_of(toml_lines.lines(TOML), path) == line


def complaint(folder: Path, content: str) -> str:
    file = folder / "policy.toml"
    file.write_text(content, "utf-8")
    with pytest.raises(Misconfigured) as error:
        app.read_rules(file)
    return str(error.value).removeprefix(f"The policy {file} cannot be read: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            '[risks.high]\nquorum = 1\naprovers = ["security"]',
            "line 3, risks.high.aprovers: there is no such entry; did you mean approvers?",
        ),
        ("\n\non_cal = []", "line 3, on_cal: there is no such entry; did you mean on_call?"),
        (
            "[[exclusive]]\nrole = 'qa'\nothers = ['admin']\nbecose = ''\nbecause = ''",
            "line 4, exclusive.0.becose: there is no such entry; did you mean because?",
        ),
        ("[risks.hihg]\nquorum = 1", "line 1, risks.hihg: input should be 'read', 'low', 'medium', 'high' or "),
        ('zone = "Europe/Madrid"\n[risks.high]\n\nquorum = 0', "line 4, risks.high.quorum: input should be greater"),
        (
            '[actions."staff.supend"]\nquorum = 2',
            'line 1, actions."staff.supend": there is no action staff.supend; did you mean staff.suspend?',
        ),
        (
            '[risks.high]\napprovers = ["super_admin", "securty"]',
            "line 2, risks.high.approvers: there is no role securty; did you mean security?",
        ),
        (
            '[actions."staff.suspend"]\nself_approval = ["astronaut"]',
            'line 2, actions."staff.suspend".self_approval: there is no role astronaut; if it is a role of your own',
        ),
        (
            '[roles.finance]\ncritical = true\napprovers = ["super_admn"]',
            "line 3, roles.finance.approvers: there is no role super_admn; did you mean super_admin?",
        ),
        ('[groups]\nscurity = "S0614TZR8"', "line 2, groups.scurity: there is no role scurity; did you mean security?"),
        (
            '[[exclusive]]\nrole = "qa"\nothers = ["finanse"]\nbecause = "x"',
            "line 3, exclusive.0.others: there is no role finanse; did you mean finance?",
        ),
        (
            '[channels]\nops = "operations"\n[actions."staff.suspend"]\nchannel = "secuirty"',
            'line 4, actions."staff.suspend".channel: there is no secuirty under [channels]; did you mean security?',
        ),
        (
            '[digests.morning]\nat = "08:30"\nchannel = "opps"',
            "line 3, digests.morning.channel: there is no opps under [channels]",
        ),
        (
            '[incidents.clocks.P1]\nprotocl = "5m"',
            "line 2, incidents.clocks.P1.protocl: there is no such entry; did you mean protocol?",
        ),
        (
            '[self_healing]\nallowed = ["queue-backlg"]',
            "line 2, self_healing.allowed: queue-backlg is not an alert rule with an entry “heals”; did you mean queue",
        ),
        (
            '[incidents.clocks.P2]\n\ncustomers = "soon"',
            "line 3, incidents.clocks.P2.customers: value error, write a duration as 30m, 4h or 2d, not 'soon'",
        ),
    ],
)
def test_a_mistake_names_its_line_and_what_was_probably_meant(tmp_path: Path, content: str, said: str) -> None:
    """Before anything is started by it."""
    assert complaint(tmp_path, content).startswith(said)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """Nobody starts a process once for each."""
    said = complaint(tmp_path, '[risks.high]\napprovers = ["securty"]\n[actions."staff.supend"]\nquorum = 2')
    assert [part.partition(",")[0] for part in said.split("; ") if part.startswith("line")] == ["line 3", "line 2"]


def test_a_role_or_channel_of_ones_own_is_declared(tmp_path: Path) -> None:
    """By its table, or by its name in Slack."""
    file = tmp_path / "policy.toml"
    file.write_text(
        '[channels]\nlaunches = "launch-room"\n[roles.release_manager]\n'
        '[actions."flag.turn_on"]\napprovers = ["release_manager"]\nchannel = "launches"'
    )
    rules, _, _ = app.read_rules(file)
    assert rules.line("actions", "flag.turn_on", "channel") == 6
    assert rules.line("risks", "high") is None


def test_the_package_s_own_names_nothing_that_is_not_there() -> None:
    app.read_rules(None)
    assert policy.load().line("risks", "critical", "quorum")


PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0])
def test_every_example_of_the_page_is_a_policy(tmp_path: Path, example: str) -> None:
    """With everything that it names."""
    file = tmp_path / "policy.toml"
    file.write_text(example, "utf-8")
    app.read_rules(file)


def test_the_page_shows_every_entry_there_is() -> None:
    """Whoever adds one writes what it is for."""
    shown = {part for example in EXAMPLES for path in toml_lines.lines(example) for part in path}
    kinds = (Policy, RiskRule, RoleRule, Exclusion, DigestRule, AlertSettings, Raise, Hours)
    entries = {field.alias or name for kind in kinds for name, field in kind.model_fields.items()}
    assert entries - shown == {"rules"}  # in a comment: it names a file
