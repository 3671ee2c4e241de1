"""Whether with the staff as it is every command can be decided by enough people besides its asker and its target."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.cases import Case
from bot.actions.registry import Registry
from bot.people import identity
from bot.people.identity import Operator
from bot.platform import staff, staff_roles
from bot.platform.staff import StaffRecord
from bot.policy import Policy, Requirement, Risk
from bot.words import plain

NAMED = 4  # people or cases in a sentence
People = frozenset[uuid.UUID]


@dataclass(frozen=True)
class Checked:
    """A command, and in sentences when it cannot be decided: none if it always can."""

    command: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Roster:
    everybody: Sequence[StaffRecord]
    """Also who has left: somebody may have to take their roles away."""
    operators: Sequence[Operator]
    """Active and linked to a Slack account: nobody else can ask or decide."""
    roles: Sequence[str]

    def deciding(self, needs: Requirement) -> People:
        return frozenset(one.id for one in self.operators if one.roles & set(needs.approvers))

    def named(self, people: People, last: str = "or") -> str:
        return _listed([one.name for one in self.everybody if one.id in people], last)


@dataclass(frozen=True)
class _Asked:
    """Somebody asking for something that takes others to decide."""

    said: str
    asker: uuid.UUID
    target: uuid.UUID | None
    needs: Requirement
    able: People

    @property
    def stuck(self) -> bool:
        return len(self.able) < self.needs.quorum


@dataclass(frozen=True)
class _Gap:
    """Who gets no decision about whom; empty: whoever asks, whomever it is about."""

    askers: People
    targets: People
    needs: Requirement
    there: People | int
    """Who could decide, or how many could where that depends on who asks."""
    about: bool
    """It is done to staff members."""


async def check(session: AsyncSession, registry: Registry, policy: Policy, team_id: str) -> list[Checked]:
    """Every command that changes something, by name; `team_id` is the workspace whose links count."""
    roster = await _read(session, team_id)
    writing = {_typed(one): one for one in registry.by_name.values() if one.risk is not Risk.READ}
    return [
        Checked(command, tuple(await _problems(session, policy, roster, action)))
        for command, action in sorted(writing.items())
    ]


def _typed(action: type[Action]) -> str:
    """Of what nobody types its name: `flag put back`. No two are called the same."""
    return action.verb or plain(action.name.replace(".", " "))


async def _read(session: AsyncSession, team_id: str) -> _Roster:
    found = [await identity.operator_by_id(session, one) for one in await identity.slack_ids(session, team_id)]
    return _Roster(
        await staff.everybody(session),
        sorted((one for one in found if one is not None), key=lambda one: one.name),
        await staff_roles.role_names(session),
    )


async def _problems(session: AsyncSession, policy: Policy, roster: _Roster, action: type[Action]) -> list[str]:
    able = [one for one in roster.operators if one.may(action.permission)]
    if not able:
        return ["nobody can ask: no active staff member with a linked Slack account has a role that allows it"]
    cases = await action.cases(session, roster.everybody, roster.roles)
    asked = [
        found
        for case in cases
        if policy.exclusion(case.leaves) is None  # else it is refused, whoever asks
        for asker in able
        if case.refuses(asker) is None and (found := _asked(policy, roster, case, asker))
    ]
    return _in_words(roster, asked)


def _asked(policy: Policy, roster: _Roster, case: Case, asker: Operator) -> _Asked | None:
    """None where nobody else's word is needed."""
    needs = policy.requirement(case.stakes, roles=asker.roles, on_self=asker.id == case.about)
    if needs.no_approval or needs.self_approval:
        return None
    return _Asked(case.said, asker.id, case.about, needs, roster.deciding(needs) - {asker.id, case.about})


def _gaps(roster: _Roster, asked: Sequence[_Asked]) -> list[_Gap]:
    """Of one case: targets for whom the same askers are stuck belong together."""
    by_target: dict[tuple[uuid.UUID | None, Requirement], list[_Asked]] = defaultdict(list)
    for one in asked:
        if one.stuck:
            by_target[one.target, one.needs].append(one)
    alike: dict[tuple[People, Requirement], list[_Asked]] = defaultdict(list)
    for (_, needs), stuck in by_target.items():
        alike[frozenset(one.asker for one in stuck), needs].extend(stuck)
    return [_gap(roster, asked, stuck) for stuck in alike.values()]


def _gap(roster: _Roster, asked: Sequence[_Asked], stuck: Sequence[_Asked]) -> _Gap:
    askers, targets = {one.asker for one in stuck}, {one.target for one in stuck}
    every_asker = askers >= {one.asker for one in asked if one.target in targets}
    every_target = targets >= {one.target for one in asked}
    needs, able = stuck[0].needs, {one.able for one in stuck}
    there = roster.deciding(needs) if every_asker and every_target else able.pop() if len(able) == 1 else None
    return _Gap(
        frozenset() if every_asker else frozenset(askers),
        frozenset() if every_target else frozenset(one for one in targets if one),
        needs,
        min(map(len, able)) if there is None else there,
        targets != {None},
    )


# In words


def _in_words(roster: _Roster, asked: Iterable[_Asked]) -> list[str]:
    """A sentence for each gap, before it the cases that have it."""
    by_case: dict[str, list[_Asked]] = defaultdict(list)
    for one in asked:
        by_case[one.said].append(one)
    cases: dict[_Gap, list[str]] = defaultdict(list)
    for said, several in by_case.items():
        for gap in _gaps(roster, several):
            cases[gap].append(said)
    return [
        f"{_listed(said, 'and')}: {_sentence(roster, gap)}" if any(said) else _sentence(roster, gap)
        for gap, said in cases.items()
    ]


def _sentence(roster: _Roster, gap: _Gap) -> str:
    asking = f"when {roster.named(gap.askers)} asks" if gap.askers else ""
    concerning = f"for {roster.named(gap.targets)}" if gap.targets else ""
    where = " ".join(filter(None, (asking, concerning)))
    return f"{where}{', ' if where else ''}nobody can decide: {_takes(gap)}, and {_there(roster, gap)}"


def _takes(gap: _Gap) -> str:
    if not gap.needs.approvers:
        return "the policy lets no role decide it"
    roles = " or ".join(map(plain, gap.needs.approvers))
    people = "1 person is" if gap.needs.quorum == 1 else f"{gap.needs.quorum} people are"
    without = "the person who asks and the person it is about" if gap.about else "the person who asks"
    return f"{people} needed with the role {roles}, not counting {without}"


def _there(roster: _Roster, gap: _Gap) -> str:
    """How many there are, by name where that is the same for all."""
    number = gap.there if isinstance(gap.there, int) else len(gap.there)
    if number == 0:
        return "there is nobody"
    named = "" if isinstance(gap.there, int) else f" ({roster.named(gap.there, 'and')})"
    in_all = " in all" if number >= gap.needs.quorum else ""  # the asker or the target is among them
    return f"there {'is' if number == 1 else 'are'} {number}{in_all}{named}"


def _listed(names: Sequence[str], last: str) -> str:
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} {last} {len(names) - NAMED} more"
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
