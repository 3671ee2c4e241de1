"""A request in words: how far it is, what was said of it and by whom, what became of a call to the outside."""

import uuid
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.drawing.fitting import listed
from bot.integrations.mail.bounces import letter_of, meaning
from bot.personal import Part, Personal
from bot.pipeline import effects
from bot.pipeline.bounces import MAIL
from bot.pipeline.revise import CHANGED, CHANGED_AFTER_APPROVAL
from bot.platform import staff
from bot.policy import Requirement
from bot.store.models import JSON, Decision, Effect, EffectState, Proposal, State, Verdict
from bot.words import plain, times

ICONS = {
    State.PENDING: "🟡",
    State.APPROVED: "🔵",
    State.EXECUTING: "🔵",
    State.SUCCEEDED: "🟢",
    State.UNDONE: "⚪",
    State.FAILED: "🔴",
    State.PARTLY: "🔴",
    State.REJECTED: "⚪",
    State.EXPIRED: "⚪",
    State.CANCELLED: "⚪",
    State.CLOSED: "⚪",
}
STATUS = {
    State.APPROVED: "approved, running",
    State.EXECUTING: "running",
    State.SUCCEEDED: "done",
    State.UNDONE: "undone",
    State.FAILED: "failed, nothing was done",
    State.PARTLY: "partly done",
    State.REJECTED: "rejected, nothing was done",
    State.EXPIRED: "expired, nothing was done",
    State.CANCELLED: "withdrawn, nothing was done",
    State.CLOSED: "closed, nothing was done",
}
SAID = {
    Verdict.APPROVE: "approved",
    Verdict.REJECT: "rejected",
    Verdict.BREAK_GLASS: "was run without approval",
    Verdict.SOLO: "will run without approval unless somebody stops it",
    Verdict.PRE_APPROVED: "started automatically",
}
OWN = {Verdict.APPROVE: "confirmed", Verdict.REJECT: "withdrawn"}
EFFECTS = {
    EffectState.PLANNED: "not yet sent",
    EffectState.SENT: "sent, no answer yet",
    EffectState.DONE: "done",
    EffectState.FAILED: "refused by the other system",
    EffectState.UNKNOWN: "result unknown; I check with the other system and will not send it again",
    EffectState.BOUNCED: "bounced",
}
NAMED = 3  # of those who got no mail
NOT_SET_UP = "not sent: the bot has no settings for that system"
NOT_ARRIVED = "did not arrive"
GIVEN_UP = "not sent, although I tried for a day"


def became_of(effect: Effect) -> str:
    """What became of a call to the outside."""
    if effect.state in (EffectState.DONE, EffectState.FAILED) and effects.SAID in (effect.answer or {}):
        return str((effect.answer or {})[effects.SAID])
    if effect.state == EffectState.FAILED:
        return _failed(effect.answer or {})
    if effect.state == EffectState.BOUNCED:
        status = (effect.answer or {}).get("status")
        return f"{EFFECTS[EffectState.BOUNCED]}: {meaning(status)}{f' ({status})' if status else ''}"
    return EFFECTS[EffectState(effect.state)]


def _failed(answer: JSON) -> str:
    if answer == effects.NOT_SET_UP:
        return NOT_SET_UP
    if effects.GIVEN_UP in answer:
        return f"{GIVEN_UP}: {answer['cause']}"
    if answer.items() >= effects.NOT_ARRIVED.items():
        return NOT_ARRIVED
    return EFFECTS[EffectState.FAILED]


def called(calls: Sequence[Effect]) -> list[JSON]:
    """What became of the calls to the outside; of several that are called alike, of how many what, and who got none."""
    by_name: dict[str, list[Effect]] = {}
    for one in calls:
        by_name.setdefault(one.key.rpartition(":")[2], []).append(one)
    return [
        {
            "name": name,
            "said": _numbered(Counter(map(became_of, alike))),
            "whom": _whom(alike),
            "in_words": any(effects.SAID in (one.answer or {}) for one in alike),
        }
        for name, alike in by_name.items()
    ]


def unknown(calls: Sequence[Effect]) -> list[JSON]:
    """The calls of which nobody knows whether they arrived: how many of each, where, and what to look for there."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in calls:
        if one.state == EffectState.UNKNOWN:
            found.setdefault((one.key.rpartition(":")[2], one.integration), []).append(one.key)
    return [
        {
            "name": name,
            "number": len(keys),
            "system": system,
            "marks": [letter_of(key) for key in keys[:NAMED]] if system == MAIL else [],
            "further": max(0, len(keys) - NAMED),
        }
        for (name, system), keys in found.items()
    ]


def _numbered(said: Counter[str]) -> str:
    if said.total() == 1:
        return next(iter(said))
    return "; ".join(_so_often(one, number) for one, number in said.most_common())


def _so_often(said: str, number: int) -> str:
    """A word after its number; a sentence before it."""
    return f"{said} ({times(number)})" if said.endswith(".") else f"{number:,} {said}"


def _whom(alike: Sequence[Effect]) -> list[Part]:
    """To whom mails went that did not arrive, masked for each reader; of many the first."""
    undelivered = [one for one in alike if one.state in (EffectState.BOUNCED, EffectState.FAILED)]
    addresses = [one.request["to"] for one in undelivered if "letter" in one.request and "to" in one.request]
    parts = [part for one in addresses[:NAMED] for part in (", ", Personal(personal="customer", value=one))]
    return [*parts[1:], *([" …"] if len(addresses) > NAMED else [])]


async def words_of(session: AsyncSession, proposal: Proposal) -> list[str]:
    """What was said of it as it stands, and by whom: `approved by Amara Okonkwo`."""
    words = await session.scalars(
        select(Decision)
        .where(Decision.revision_id == proposal.revision_id, Decision.voided.is_(None))
        .order_by(Decision.at)
    )
    return [f"{said_of(one, proposal)} by {await staff.name_of(session, one.staff_id)}" for one in words.all()]


def said_of(word: Decision, proposal: Proposal) -> str:
    """What somebody said, as one says of them; of one's own request one says it otherwise."""
    own = word.staff_id == proposal.requester_id
    return (OWN if own else SAID).get(Verdict(word.verdict), SAID[Verdict(word.verdict)])


def became_of_alone(proposal: Proposal, word: Decision) -> str:
    """What became of something that was ordered alone."""
    if word.revision_id != proposal.revision_id:
        return "changed"
    return "voided" if word.voided is not None and proposal.state == State.PENDING else proposal.state


class Names:
    """Names of staff, each read once for a drawing."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._known: dict[uuid.UUID, str] = {}

    async def of(self, staff_id: uuid.UUID) -> str:
        if staff_id not in self._known:
            self._known[staff_id] = await staff.name_of(self._session, staff_id)
        return self._known[staff_id]


def status(proposal: Proposal) -> str:
    """How far a request is, in words."""
    if proposal.state == State.CANCELLED and proposal.cause:  # not withdrawn by whoever asked
        return STATUS[State.CLOSED]
    return STATUS.get(State(proposal.state)) or _pending(proposal)


def _pending(proposal: Proposal) -> str:
    needs = Requirement.model_validate(proposal.requirement)
    if proposal.cause == CHANGED_AFTER_APPROVAL:
        return "changed since approval: approve again"
    if proposal.cause == CHANGED:
        return "changed since it was asked for"
    if needs.self_approval:
        return "waiting for a confirmation"
    if needs.quorum == 1:
        return f"waiting for {listed([one_of(role) for role in needs.approvers])}"
    return f"waiting for {needs.quorum} of {listed([*map(plain, needs.approvers)])}"


def one_of(role: str) -> str:
    """Somebody who holds the role: `security`, `a super admin`."""
    words = plain(role)
    if words.split()[-1] not in ("admin", "manager"):
        return words
    return f"{'an' if words[0] in 'aeio' else 'a'} {words}"
