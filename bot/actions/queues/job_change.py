"""What all that changes jobs has in common: what the platform is asked afterwards, and how the numbers are said."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.actions.base import Action, Outcome, Verified
from bot.integrations.platform.probe import PlatformProbe, agreed, instant
from bot.store.models import Verification

ASKED = 100  # jobs of a queue that the platform is asked about
Answered = Mapping[str, Mapping[str, Any]]
"""By id what the platform says of those of the jobs that are there."""
Holds = Callable[[Answered, Sequence[str]], bool]


class JobChange(Action):
    """Base of what is done to jobs. The workers take them from the table, so that is what the platform answers by."""

    team = "operations"

    def changed(self, queue: str, done: Sequence[uuid.UUID], meant: int, what: dict[str, Any]) -> Outcome:
        """What became of the jobs of a queue that were meant: some may have begun, or be gone, since somebody asked."""
        return Outcome(
            data={"asked": {queue: some(done)}, "done": len(done), "skipped": max(0, meant - len(done))},
            old={"jobs": meant, **dict.fromkeys(what)},
            new={"jobs": len(done), **what},
        )

    async def ask(self, outcome: dict[str, Any], platform: PlatformProbe, holds: Holds) -> Verified:
        """Ask about a hundred jobs of each queue at most, evenly spread, whether it holds of them."""
        confirmed, at = True, None
        for queue, ids in outcome["asked"].items():
            answer = await platform.ask(f"/internal/queues/{quote(queue, safe='')}/jobs", params={"id": ids})
            with agreed():
                there = {str(one["id"]): one for one in answer["jobs"]}
                confirmed, at = confirmed and holds(there, ids), instant(answer)
        return Verified(Verification.CONFIRMED if confirmed else Verification.NOT_YET, at)


def some(ids: Sequence[uuid.UUID]) -> list[str]:
    """A hundred of them, evenly spread, or all where they are fewer."""
    step = max(1, -(-len(ids) // ASKED))
    return [str(one) for one in ids[::step]]
