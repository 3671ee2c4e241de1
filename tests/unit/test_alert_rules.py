"""The rules file says what it means, and a wrong entry is named."""

import dataclasses
import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions.registry import discover
from bot.alerts.metrics.base import METRICS, below
from bot.alerts.rules import Heals, Level, Rule, Severity, load, rank, read
from bot.alerts.states import QUIET, Standing, held_back, judge
from bot.errors import Misconfigured
from bot.policy import Risk

VERBS = {"pause": frozenset({"what", "queue", "duration", "reason"})}
START = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)

GOOD = """
[rules.backlog]
metric = "queue.waiting"
title = "{subject} is backing up"
over = "{subject} was backing up"
runbook = "Look."
[rules.backlog.levels]
high = { fires = 100, clears = 50, for = "30s" }
critical = { fires = 1000, clears = 200 }
"""

CRITICAL = Severity.CRITICAL
HELPS = """
[rules.backlog.helps]
verb = "pause"
everybody = {{ label = "Pause", arguments = {{ what = "{{subject}}" }} }}
tenant = {{ label = "Pause {{tenant}}", arguments = {{ {other} = "{{tenant_id}} in {{subject}} {{tenant}}" }} }}
"""


def written(tmp_path: Path, text: str) -> dict[str, Rule]:
    file = tmp_path / "rules.toml"
    file.write_text(text, "utf-8")
    return load(file, frozenset(METRICS), VERBS)


def test_the_packages_own_rules_are_sound() -> None:
    """They name metrics and actions that exist, with the thresholds of platform.md."""
    verbs = {verb: frozenset(one.parameters()) for verb, one in discover(actions).by_verb.items()}
    rules = load(None, frozenset(METRICS), verbs)
    critical = rules["queue-backlog"].levels[Severity.CRITICAL]
    assert (critical.fires, critical.clears) == (10_000, 2_000)
    assert rules["queue-failures"].levels[Severity.CRITICAL].fires == 0.05
    assert rules["queue-late"].levels[Severity.HIGH].fires == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("clears = 200", "clears = 2000", "rules.backlog.levels.critical: clears (2000) has to be at most fires"),
        ('"30s"', '"soon"', "rules.backlog.levels.high.for: write a duration as 15s, 2m or 1h, not 'soon'"),
        ('"queue.waiting"', '"queue.wating"', "rules.backlog.metric: there is no queue.wating; there are"),
        ("fires = 1000", "fires = 90, clears = 10 } #", "each level has to fire above the one before it"),
        ('runbook = "Look."', "", "rules.backlog.runbook: field required"),
        ('"{subject} is', '"{queue} is', "rules.backlog.title: nothing fills in {queue}"),
        ("critical =", "dire =", "rules.backlog.levels.dire"),
        ("[rules.backlog]", "[rules.backlog]\ncolour = 'red'", "rules.backlog.colour"),
        (
            "[rules.backlog]",
            "[probes]\nVault = { url = 'vault' }\n[rules.backlog]",
            "probes.Vault.url: write an address",
        ),
        ("[rules.backlog]", "[probes]\nA = { url = 'http://a', timeout = '1m' }\n[rules.backlog]", "probes.A.timeout"),
        ('"queue.waiting"', '"prometheus.x"', "rules.backlog.metric: there is no prometheus.x; there are"),
        (
            "[rules.backlog]",
            "[objectives]\na = { title = 'A', of = 'service.up', target = 1 }\n[rules.backlog]",
            "objectives.a.target",
        ),
        ("[rules.backlog]", "[rules.backlog]\nsymptom_of = ['flood:x']", "symptom_of: there is no rule flood"),
        ("[rules.backlog]", "[rules.backlog]\nsymptom_of = ['backlog']", "symptom_of goes in a circle"),
        ("[rules.backlog]", "[rules.backlog]\nkeep = 'long'", "rules.backlog.keep: write a duration"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    """With what to write instead."""
    with pytest.raises(Misconfigured) as error:
        written(tmp_path, GOOD.replace(old, new))
    assert says.lower() in str(error.value).lower()


def test_what_explains_a_problem_may_be_named_with_its_subject(tmp_path: Path) -> None:
    """A pattern, or the same subject; its own characters are no pattern."""
    cause = GOOD.replace("backlog", "down")
    [rule] = [
        found
        for name, found in written(
            tmp_path, GOOD.replace("metric", "symptom_of = ['down:{subject}', 'down:data*']\nmetric", 1) + cause
        ).items()
        if name == "backlog"
    ]
    assert rule.explained_by("down", "a[b]", "a[b]")
    assert not rule.explained_by("down", "ab", "a[b]")
    assert rule.explained_by("down", "database", "api")
    assert not rule.explained_by("up", "database", "api")


def test_an_action_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """And so is a parameter it does not take."""
    helps = """
[rules.backlog.helps]
verb = "{verb}"
everybody = {{ label = "x", arguments = {{ {argument} = "y" }} }}
"""
    with pytest.raises(Misconfigured, match=r"rules.backlog.helps.verb: there is no action halt"):
        written(tmp_path, GOOD + helps.format(verb="halt", argument="what"))
    with pytest.raises(Misconfigured, match=r"rules.backlog.helps.everybody.arguments: pause takes no colour"):
        written(tmp_path, GOOD + helps.format(verb="pause", argument="colour"))


HEALS = """
[rules.backlog.heals]
offer = "everybody"
lasts = "30m"
times_a_day = 3
share_of_tenants = 0.05
"""
PAUSES = """
[rules.backlog.helps]
verb = "pause"
everybody = { label = "Pause", arguments = { what = "{subject}", reason = "late" } }
"""


def healing(tmp_path: Path, source: str, unattended: frozenset[str] = frozenset({"pause"})) -> Heals | None:
    file = tmp_path / "rules.toml"
    file.write_text(source, "utf-8")
    return read(file, frozenset(METRICS), VERBS, unattended).rules["backlog"].heals


class TestHealing:
    def test_it_says_what_and_how_often(self, tmp_path: Path) -> None:
        """As bad as can be, unless it says otherwise."""
        found = healing(tmp_path, GOOD + PAUSES + HEALS)
        assert found is not None
        assert (found.lasts, found.times_a_day, found.severities) == (dt.timedelta(minutes=30), 3, (CRITICAL,))

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            (
                '"everybody"\nlasts',
                '"tenant"\nlasts',
                "heals.offer: the entry “helps” of this rule has no tenant. Only what is under “helps” can be done",
            ),
            ('lasts = "30m"', "", "rules.backlog.heals.lasts: field required"),
            ('"30m"', '"48h"', "what nobody has asked for lasts from 1m to 24h, not 2 d"),
            ('"30m"', '"30s"', "what nobody has asked for lasts from 1m to 24h, not 30 s"),
            ('"30m"', '"soon"', "write a duration as 15s, 2m or 1h, not 'soon'"),
            ("times_a_day = 3", "", "rules.backlog.heals.times_a_day: field required"),
            ("times_a_day = 3", "times_a_day = 0", "heals.times_a_day"),
            ("0.05", "5", "heals.share_of_tenants"),
            ("share_of_tenants = 0.05", "", "heals.share_of_tenants: field required"),
            ("0.05", "0.05\nseverities = ['low']", "heals.severities: the rule has no level low"),
        ],
    )
    def test_what_has_no_cap_or_no_end_is_refused(self, tmp_path: Path, old: str, new: str, says: str) -> None:
        """By its entry."""
        with pytest.raises(Misconfigured) as error:
            healing(tmp_path, GOOD + PAUSES + HEALS.replace(old, new))
        assert says.lower() in str(error.value).lower()

    def test_only_containment_that_ends_by_itself_is_done_by_nobody(self, tmp_path: Path) -> None:
        """The others are named."""
        with pytest.raises(
            Misconfigured,
            match="must not do pause without a person; it may do only what limits damage and ends automatically: x",
        ):
            healing(tmp_path, GOOD + PAUSES + HEALS, frozenset({"x"}))

    def test_such_actions_limit_damage_last_as_long_as_said_and_are_decided_by_others(self) -> None:
        """So that somebody is there who may review what was done."""
        found = [one for one in discover(actions).by_name.values() if one.unattended]
        assert {one.verb for one in found} == {"pause", "ip quarantine"}
        assert all(one.containment and "duration" in one.parameters() and one.risk is Risk.HIGH for one in found)


class TestJudging:
    def rule(self, tmp_path: Path) -> Rule:
        return written(tmp_path, GOOD)["backlog"]

    def test_a_level_waits_for_its_time_and_then_holds_until_it_clears(self, tmp_path: Path) -> None:
        """30 s above 100; between 50 and 100 nothing changes; below 50 it is over."""
        standing, said = QUIET, []
        for seconds, value in ((0, 150), (15, 150), (30, 101), (45, 60), (60, 99), (75, 49), (90, 99)):
            standing = judge(self.rule(tmp_path), standing, value, START + dt.timedelta(seconds=seconds))
            said.append(standing.severity)
        assert said == [None, None, "high", "high", "high", None, None]

    def test_a_dip_starts_the_wait_anew(self, tmp_path: Path) -> None:
        """Only an unbroken time above the threshold counts."""
        standing = QUIET
        for seconds, value in ((0, 150), (15, 100), (30, 150), (45, 150)):
            standing = judge(self.rule(tmp_path), standing, value, START + dt.timedelta(seconds=seconds))
            assert standing.severity is None

    def test_nothing_to_measure_is_over(self, tmp_path: Path) -> None:
        """A subject that is gone holds no alert open."""
        assert judge(self.rule(tmp_path), Standing(Severity.CRITICAL, {}), None, START) == QUIET

    def test_no_data_is_neither_a_zero_nor_an_end(self, tmp_path: Path) -> None:
        """What fired goes on as it was; what had not fired yet begins anew; nothing comes of nothing."""
        rule, last = self.rule(tmp_path), START - dt.timedelta(hours=9)
        on = judge(rule, Standing(Severity.HIGH, {"high": 1.0}), None, START, last)
        assert on.severity == "high"
        assert judge(rule, on, 60, START).severity == "high"  # above where it clears
        assert judge(rule, on, 49, START) == QUIET
        assert judge(rule, Standing(None, {"high": START.timestamp()}), None, START, last) == QUIET

    @pytest.mark.parametrize(
        ("absent", "minutes", "severity"),
        [
            ('absent = "15m"', 14, None),
            ('absent = "15m"', 15, "high"),  # the mildest level, where the rule names none
            ('absent = { for = "1h", severity = "low" }', 60, "low"),
            ('absent = "ignore"', 10_000, None),
        ],
    )
    def test_no_data_for_long_is_an_alert_of_its_own(
        self, tmp_path: Path, absent: str, minutes: int, severity: str | None
    ) -> None:
        """Once there is data again, only what is above a threshold goes on."""
        rule = written(tmp_path, GOOD.replace('runbook = "Look."', f'runbook = "Look."\n{absent}'))["backlog"]
        found = judge(rule, QUIET, None, START, START - dt.timedelta(minutes=minutes))
        assert found.severity == severity
        assert judge(rule, found, 60, START) == QUIET
        worse = judge(rule, Standing(Severity.CRITICAL, {}), None, START, START - dt.timedelta(minutes=minutes))
        assert worse.severity == "critical"
        assert judge(rule, worse, 250, START).severity == "critical"

    def test_where_low_is_bad_the_file_says_so_in_its_own_numbers(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Fires below 70 and clears above 75; the other way round is a mistake."""
        falling = dataclasses.replace(METRICS["queue.waiting"], thresholds=below, shown=lambda value: f"{-value:.0f}")
        monkeypatch.setitem(METRICS, "test.score", falling)
        text = GOOD.replace("queue.waiting", "test.score").partition("critical =")[0]
        rule = written(tmp_path, text.replace("fires = 100, clears = 50", "fires = 70, clears = 75"))["backlog"]
        standing, said = QUIET, []
        for seconds, score in ((0, 69), (30, 69), (60, 74), (90, 76)):
            standing = judge(rule, standing, -score, START + dt.timedelta(seconds=seconds))
            said.append(standing.severity)
        assert said == [None, "high", "high", None]
        with pytest.raises(Misconfigured, match="clears"):
            written(tmp_path, text.replace("fires = 100, clears = 50", "fires = 70, clears = 65"))

    def test_what_a_pause_holds_back_counts_from_where_it_would_be_over(self, tmp_path: Path) -> None:
        """The lowest of the levels' `clears`; what cannot be measured holds nothing back."""
        rule = self.rule(tmp_path)
        lowest = min(level.clears for level in rule.levels.values())
        assert [held_back(rule, value) for value in (None, lowest - 1, lowest)] == [False, False, True]

    @given(values=st.lists(st.floats(0, 3000), max_size=60))
    def test_a_walk_is_explained_by_its_thresholds(
        self, values: list[float], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """In force: it fired above and has not been below since. Below the lowest `clears`: nothing is in force."""
        rule = self.rule(tmp_path_factory.mktemp("rules", numbered=True))
        standing = QUIET
        for step, value in enumerate(values):
            before = standing
            standing = judge(rule, before, value, START + dt.timedelta(seconds=15 * step))
            if value < 50:
                assert standing.quiet
            if rank(standing.severity) > rank(before.severity):
                assert value > rule.levels[Severity(standing.severity or "")].fires
            if rank(standing.severity) < rank(before.severity):
                assert value < rule.levels[Severity(before.severity or "")].clears
            if before.severity and rank(standing.severity) >= rank(before.severity):
                assert value >= rule.levels[before.severity].clears

    @pytest.mark.parametrize(
        ("before", "value", "severity"),
        [
            (None, 1000, None),  # at the threshold is not above it
            (None, 1000.5, "critical"),
            ("critical", 200, "critical"),  # and where it clears it still holds
            ("critical", 199.9, "high"),
            ("high", 50, "high"),
            ("high", 49.9, None),
        ],
    )
    def test_at_a_threshold_nothing_changes(
        self, tmp_path: Path, before: str | None, value: float, severity: str | None
    ) -> None:
        """It fires above one and ends below the other."""
        was = Standing(Severity(before) if before else None, {})
        assert judge(self.rule(tmp_path), was, value, START).severity == severity

    def test_since_when_it_is_above_is_kept_as_long_as_it_is(self, tmp_path: Path) -> None:
        """For each level by itself."""
        first = judge(self.rule(tmp_path), QUIET, 150, START)
        later = judge(self.rule(tmp_path), first, 1500, START + dt.timedelta(seconds=10))
        assert first.breached == {"high": START.timestamp()}
        assert later.breached == {"high": START.timestamp(), "critical": START.timestamp() + 10}
        assert judge(self.rule(tmp_path), later, 99, START + dt.timedelta(seconds=20)).breached == {}


def level_of(tmp_path: Path, **entries: str) -> Level:
    said = ", ".join(
        f"{name.strip('_')} = {value}" for name, value in {"fires": "1000", "clears": "200", **entries}.items()
    )
    return written(tmp_path, GOOD.replace("{ fires = 1000, clears = 200 }", f"{{ {said} }}"))["backlog"].levels[
        CRITICAL
    ]


class TestWhatAFileSays:
    @pytest.mark.parametrize(("said", "seconds"), [("15s", 15), ("2m", 120), ("1h", 3600), ("10 m", 600), ("0s", 0)])
    def test_a_duration(self, tmp_path: Path, said: str, seconds: int) -> None:
        level = level_of(tmp_path, fires="1000", for_=f'"{said}"', escalate=f'"{said}"')
        assert (level.lasts, level.escalate) == (dt.timedelta(seconds=seconds),) * 2

    def test_what_it_leaves_out(self, tmp_path: Path) -> None:
        """At once, the next person after ten minutes, any subject, the operations' channel."""
        rule = written(tmp_path, GOOD)["backlog"]
        level = rule.levels[CRITICAL]
        assert (level.lasts, level.escalate) == (dt.timedelta(0), dt.timedelta(minutes=10))
        assert (rule.name, rule.channel, rule.helps, rule.concerns("anything")) == ("backlog", "operations", None, True)

    def test_never_is_no_duration(self, tmp_path: Path) -> None:
        """Nobody else is told, however long it lasts."""
        assert level_of(tmp_path, fires="1000", escalate='"never"').escalate is None
        with pytest.raises(Misconfigured, match="not 'Never'"):
            level_of(tmp_path, fires="1000", escalate='"Never"')

    @pytest.mark.parametrize("said", ["15", "m", "15 d", "-1s", "1.5m"])
    def test_what_is_no_duration_is_repeated(self, tmp_path: Path, said: str) -> None:
        with pytest.raises(Misconfigured, match=re.escape(f"write a duration as 15s, 2m or 1h, not '{said}'")):
            level_of(tmp_path, fires="1000", for_=f'"{said}"')

    def test_levels_may_clear_at_the_same_value_and_not_fire_there(self, tmp_path: Path) -> None:
        assert level_of(tmp_path, fires="101", clears="50").clears == 50
        for wrong in ({"fires": "100", "clears": "50"}, {"fires": "101", "clears": "49"}):
            with pytest.raises(Misconfigured, match="each level has to fire above the one before it"):
                level_of(tmp_path, **wrong)
        assert level_of(tmp_path, fires="1000", clears="1000").fires == 1000

    def test_subjects_are_names_or_patterns(self, tmp_path: Path) -> None:
        """With the case they are written in."""
        rule = written(tmp_path, GOOD.replace("title =", 'subjects = ["email-*", "webhooks"]\ntitle ='))["backlog"]
        named = ("email-sending", "webhooks", "webhooks-2", "Email-sending", "an-email-queue")
        assert [rule.concerns(one) for one in named] == [True, True, False, False, False]

    def test_both_offers_are_read_and_filled_in(self, tmp_path: Path) -> None:
        """What a name stands for is put in once: a subject called {tenant} stays so."""
        rule = written(tmp_path, GOOD + HELPS.format(other="what"))["backlog"]
        assert rule.helps
        assert set(rule.helps.offers()) == {"everybody", "tenant"}
        offered = rule.helps.offers()["tenant"].filled({"subject": "{tenant}", "tenant_id": "t-1"})
        assert offered == {"what": "t-1 in {tenant} "}

    def test_what_is_wrong_in_either_offer_is_named_with_the_rest(self, tmp_path: Path) -> None:
        """All of it at once, in one line."""
        wrong = GOOD.replace('"queue.waiting"', '"queue.size"') + HELPS.format(other="colour")
        with pytest.raises(Misconfigured) as error:
            written(tmp_path, wrong)
        assert "rules.toml cannot be used: rules.backlog.metric: there is no queue.size; there are " in str(error.value)
        assert ", ".join(sorted(METRICS)) in str(error.value)
        assert "; rules.backlog.helps.tenant.arguments: pause takes no colour" in str(error.value)
        assert "everybody" not in str(error.value)

    def test_two_wrong_entries_are_told_apart(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match=r"rules\.toml cannot be read: [^;]+; [^;]+$"):
            written(tmp_path, GOOD.replace('runbook = "Look."', "").replace('"30s"', '"soon"'))

    def test_a_file_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match=r"rules\.toml cannot be read: .+line 1"):
            written(tmp_path, "rules = = 1")

    def test_a_file_is_in_any_script(self, tmp_path: Path) -> None:
        """Whatever the machine's own encoding is."""
        assert written(tmp_path, GOOD.replace("Look.", "Schau nach: Größe"))["backlog"].runbook.endswith("Größe")


def test_nothing_is_less_than_the_least() -> None:
    assert [rank(one) for one in (None, "low", "medium", "high", "critical")] == [-1, 0, 1, 2, 3]
