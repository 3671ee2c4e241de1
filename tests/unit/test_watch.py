"""What is wrong with the bot, from its signs of life; and which event is its canary."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.actions.bot.facts import watched
from bot.handlers.payloads import canary_ts, concerns_the_bot, edited_ts, is_readable, without_words
from bot.store.watch import Seen
from bot.watch.reasons import reasons, well
from bot.watch.routes.base import Notice

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)


def ago(**lasts: float) -> dt.datetime:
    return NOW - dt.timedelta(**lasts)


WELL = Seen(
    now=NOW,
    awake=ago(hours=1),
    sent=ago(seconds=30),
    returned=ago(seconds=29),
    ticked=ago(seconds=5),
    canary_refused=None,
    canary_unsent=False,
    unsent=None,
    payload=None,
    job=None,
    heard=ago(seconds=29),
    silent_since=None,
    silent_until=None,
    reasons=None,
)


def wrong(seen: Seen, *, canary: bool = True) -> dict[str, str]:
    return {one.kind: one.says for one in reasons(seen, canary=canary)}


class TestReasons:
    def test_nothing_is_wrong(self) -> None:
        assert wrong(WELL) == {}
        assert well(WELL, canary=True)

    @pytest.mark.parametrize(
        ("change", "kind", "says"),
        [
            ({"returned": ago(minutes=4)}, "canary", "no event from Slack for 4 min"),
            ({"returned": ago(minutes=4), "canary_unsent": True, "canary_refused": "fatal_error"}, "canary", "fatal_e"),
            ({"returned": None}, "canary", "no event from Slack"),
            ({"returned": None, "sent": None}, "canary", "Not even the first"),
            ({"unsent": ago(minutes=4)}, "unsent", "to Slack has been waiting for 4 min"),
            ({"job": ago(minutes=4)}, "jobs", "no worker"),
            ({"payload": ago(minutes=4)}, "jobs", "no worker"),
            ({"ticked": ago(minutes=4)}, "clock", "The clock process (pm clock)"),
        ],
    )
    def test_three_minutes_of_each_are_told(self, change: dict, kind: str, says: str) -> None:
        found = wrong(replace(WELL, **change))
        assert [*found] == [kind]
        assert says in found[kind]
        assert not well(replace(WELL, **change), canary=True)

    def test_without_a_channel_the_canary_is_not_missed(self) -> None:
        assert wrong(replace(WELL, returned=None, sent=None), canary=False) == {}

    def test_what_was_before_somebody_looked_is_not_counted(self) -> None:
        """But nobody says that all is well before the canary is back."""
        waking = replace(WELL, awake=ago(minutes=1), returned=ago(hours=8), ticked=ago(hours=8), job=ago(hours=8))
        assert wrong(waking) == {}
        assert not well(waking, canary=True)

    def test_a_job_of_later_is_not_overdue(self) -> None:
        assert wrong(replace(WELL, job=NOW + dt.timedelta(hours=1))) == {}

    def test_one_message_that_slack_never_answers_says_nothing_of_slack(self) -> None:
        """While the canary comes back; without one nobody knows better."""
        waits = replace(WELL, unsent=ago(hours=1))
        assert wrong(waits) == {}
        assert [*wrong(waits, canary=False)] == ["unsent"]


CHANGED = {
    "type": "message",
    "subtype": "message_changed",
    "channel": "C1",
    "message": {
        "bot_id": "B1",
        "ts": "1.0",
        "text": "what it says",
        "edited": {},
        "blocks": [{"type": "section", "block_id": "canary:7"}],
    },
}


class TestCanary:
    def test_it_is_known_by_its_block(self) -> None:
        assert (canary_ts(CHANGED), edited_ts(CHANGED)) == ("1.0", None)
        assert concerns_the_bot(CHANGED)

    @pytest.mark.parametrize("other", [{"bot_id": None}, {"blocks": []}, {"blocks": [{"block_id": "x"}]}, {"ts": None}])
    def test_others_are_not_stored(self, other: dict) -> None:
        changed = {**CHANGED, "message": {**CHANGED["message"], "edited": None, **other}}
        assert canary_ts(changed) is None
        assert not concerns_the_bot(changed)

    def test_what_is_stored_of_it_says_where_it_is_and_nothing_else(self) -> None:
        body = {"type": "event_callback", "event_id": "E1", "team_id": "T1", "event": CHANGED}
        stored = without_words(body)
        assert is_readable(stored)
        assert "what it says" not in str(stored)
        assert (stored["event"]["channel"], canary_ts(stored["event"])) == ("C1", "1.0")


class TestWords:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({}, "the bot last received its own test message 29 s ago"),
            ({"sent": None}, "no channel is set"),
            ({"returned": ago(hours=1)}, "not come back yet"),
            (
                {"silent_since": ago(minutes=4), "reasons": {"clock": "No clock."}},
                "there has been a problem for 4 min: No clock.",
            ),
            (
                {"silent_since": ago(hours=2, minutes=6), "silent_until": ago(hours=2)},
                "there was a problem until 2 h ago; it lasted 6 min",
            ),
            ({"silent_since": ago(days=9), "silent_until": ago(days=8)}, "29 s ago"),
        ],
    )
    def test_how_the_watch_is(self, change: dict, says: str) -> None:
        assert says in watched(replace(WELL, **change))

    def test_a_notice_says_when_in_the_zone_of_the_policy(self) -> None:
        began = Notice("k", "g", over=False, since=ago(minutes=6), at=NOW, reasons=["No clock has run."])
        assert began.text("Europe/Madrid") == (
            "The PenguinMails bot has been silent since 02:54 (Europe/Madrid). No clock has run. "
            "Run pm doctor on the machine where it runs."
        )
        assert replace(began, over=True).text("UTC").endswith("It had been silent since 01:54 (UTC), for 6 min.")
