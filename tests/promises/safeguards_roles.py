"""Safeguards of promises 4 and 7 where roles are given and taken."""

import pytest

from bot.pipeline import access, execute, standing
from bot.policy import Requirement
from bot.store.models import Proposal
from tests.promises.mutations import mutation
from tests.promises.unlocked import always

WHO, LAST = "test_promise_04_roles.py", "test_promise_07_roles.py"


def _as_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def needed(proposal: Proposal, _current: Requirement) -> Requirement:
        return Requirement.model_validate(proposal.requirement)

    monkeypatch.setattr(execute, "needed_now", needed)


mutation(
    "words_go_with_a_role",
    tests=WHO,
    only="removed_voids_the_words",
    patch=lambda monkeypatch: monkeypatch.setattr(standing, "void_words", always([])),
)
mutation(
    "words_go_with_a_role_that_ends",
    tests=WHO,
    only="ends_by_the_clock",
    patch=lambda monkeypatch: monkeypatch.setattr(standing, "recheck", always(None)),
)
mutation("requirement_judged_again", tests=WHO, only="came_meanwhile_is_decided", patch=_as_it_was_asked_for)
mutation(
    "exclusions_checked_at_execution",
    tests=WHO,
    only="found_when_it_runs",
    patch=lambda monkeypatch: monkeypatch.setattr(access, "keep_apart", lambda *_: None),
)
mutation(
    "way_in_checked_for_roles",
    tests=LAST,
    only="whatever_is_asked_for",
    patch=lambda monkeypatch: monkeypatch.setattr(access, "keep_way_in", always(None)),
)
mutation(
    "way_in_lock_for_roles",
    tests=LAST,
    only="three_deciders",
    patch=lambda monkeypatch: monkeypatch.setattr(access, "hold_way_in", always(None)),
)
