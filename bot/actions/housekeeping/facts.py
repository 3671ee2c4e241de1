"""How findings are said, those of `integrity` and of `conflicts` alike."""

from collections.abc import Sequence
from typing import Any

from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import registry
from bot.platform.findings import Found, Result


def impact_of(results: Sequence[Result]) -> Impact:
    """A line for each finding, and the first of each with what mends them."""
    facts: list[Fact] = [fact(one.finding.title, f"{one.number:,}") for one in results]
    return Impact(
        facts=tuple(facts) or (fact("Found", "nothing"),),
        context={
            "findings": [
                {
                    "title": one.finding.title,
                    "number": one.number,
                    "first": [_said(each) for each in one.first],
                    "further": one.number - len(one.first),
                }
                for one in results
            ],
            "users": [each.user for one in results for each in one.first if each.user],
        },
    )


def _said(one: Found) -> dict[str, Any]:
    """What is wrong, and the command, where there is such a one; else what to do."""
    said = [part if isinstance(part, str) else part.model_dump(mode="json") for part in one.what]
    return {"what": said, "mend": one.command if one.command and _known(one.command) else one.by_hand}


def _known(command: str) -> bool:
    words = command.removeprefix("/pm ").split()
    return any(" ".join(words[:number]) in registry.by_verb for number in (1, 2))


def people_in(impact: Impact) -> tuple[str, ...]:
    """Whose addresses the answer shows."""
    return tuple(f"user:{one}" for one in impact.context["users"])
