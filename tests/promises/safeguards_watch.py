"""Safeguards of promise 13: what is heard is noted, a silence is one, and one process tells of it."""

import pytest

from bot.store import watch
from bot.watch import notices, silence
from tests.promises.mutations import mutation
from tests.promises.unlocked import always

MODULE = "test_promise_13_silence.py"


def claimed_by_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = notices.CLAIM.replace("FOR UPDATE SKIP LOCKED", "").replace("one.claimed IS NULL OR", "true OR")
    monkeypatch.setattr(notices, "CLAIM", taken)


mutation(
    "canary_heard",
    tests=MODULE,
    only="goes_round",
    patch=lambda monkeypatch: monkeypatch.setattr(watch, "returned", always(True)),
)
mutation("silences_open_index", tests=MODULE, only="one_silence", sql="DROP INDEX pmbot.uq_silences_open")
mutation("silence_notice_claim", tests=MODULE, only="at_the_same_notice", patch=claimed_by_everybody)
mutation(
    "silence_since_waking",
    tests=MODULE,
    only="a_night_without",
    patch=lambda monkeypatch: monkeypatch.setattr(silence, "PAUSE", 1e6),
)
