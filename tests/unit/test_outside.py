"""What the policy makes of others' alerts, and what is kept of what they say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.metrics.outside import shown, weight
from bot.alerts.outside.feature import RULE
from bot.alerts.outside.payload import LABELS, LONG, read, stored
from bot.alerts.rules import Severity
from bot.alerts.states import QUIET, judge
from bot.errors import Malformed
from bot.outside import OutsideRoute, OutsideSettings
from tests.integration.test_outside_alerts import BEGAN, one, told

ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda part: st.lists(part) | st.dictionaries(st.text(max_size=8), part),
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("page", "critical"), ("ERROR", "high"), (" warning ", "medium"), ("info", "low"), ("", "medium")],
)
def test_what_people_write_is_understood(said: str, meant: str) -> None:
    assert OutsideSettings().severity({"severity": said}) == meant


def test_the_policy_has_the_last_word() -> None:
    """On what a value means, and what all others do; the first route that fits is taken."""
    routes = (
        OutsideRoute(match={"team": "sec*", "env": "prod"}, channel="security"),
        OutsideRoute(match={"env": "*"}, channel="finance"),
    )
    own = OutsideSettings(label="level", severities={"Page": "low", "*": "high"}, routes=routes)
    assert [own.severity({"level": one}) for one in ("PAGE", "error", "x")] == ["low", "high", "high"]
    assert [own.channel(one) for one in ({"team": "secops", "env": "prod"}, {"team": "secops"})] == [
        "security",
        "finance",
    ]


@given(st.sampled_from(Severity), st.integers(1, 10**9))
def test_it_is_as_bad_as_its_worst_however_many_there_are(severity: Severity, many: int) -> None:
    value = weight(severity, many)
    assert judge(RULE, QUIET, value, BEGAN).severity is severity
    assert shown(value).startswith(f"{min(many, 999_999):,} alert")
    assert judge(RULE, judge(RULE, QUIET, value, BEGAN), weight(None, 0), BEGAN) == QUIET


@given(st.dictionaries(st.sampled_from(list(told(one("a")))), ANY))
def test_whatever_comes_is_read_or_refused(changed: dict[str, object]) -> None:
    """And what was read can be read again from where it was stored."""
    try:
        said = read(json.dumps({**told(one("a")), **changed}).encode())
    except Malformed:
        return
    kept = stored(json.loads(json.dumps(said.model_dump(mode="json"))))
    assert stored(kept.model_dump(mode="json")) == kept
    assert (len(kept.alerts), kept.group) == (len(said.alerts), said.group)


def test_no_labels_are_none() -> None:
    """Whichever way they are left out."""
    assert (
        read(json.dumps({**told(one("a")), "groupLabels": None, "commonAnnotations": None}).encode()).grouped_by == {}
    )


@given(st.text(), st.text())
def test_what_is_kept_is_short(label: str, value: str) -> None:
    """A line each, and not more labels than anybody reads."""
    crowd = {f"{label}{number}": value * 200 for number in range(LABELS * 2)}
    read_first = read(json.dumps(told({**one("a"), "labels": crowd}, groupLabels=crowd)).encode())
    said = stored(read_first.model_dump(mode="json"))
    kept = said.alerts[0].labels
    assert len(kept) <= LABELS
    assert all(len(each) <= LONG and "\n" not in each for each in (*kept, *kept.values(), said.name))
