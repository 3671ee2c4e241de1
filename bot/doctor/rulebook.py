"""`pm policy explain` and `pm policy replay`: what the policy would ask, and what another would have asked."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import app
from bot.actions.base import Action
from bot.actions.registry import Registry
from bot.errors import Misconfigured, NothingToDo, NotUnderstood
from bot.handlers import grammar
from bot.handlers.desk import lookup_for
from bot.judgement import Judged, Record
from bot.people import identity
from bot.people.identity import Operator
from bot.pipeline.core import Core, about, eligible
from bot.pipeline.judging import judge, usually
from bot.pipeline.propose import check_asker, preview
from bot.platform import staff
from bot.policy import Policy, Risk
from bot.raising import Span, in_words
from bot.rulebook.changes import differences
from bot.store.database import Database
from bot.store.models import Proposal
from bot.words import counted, listed, plain

COLUMN = 44  # characters before the line of the file


async def explain(url: str, team_id: str, file: Path | None, command: str, by: str) -> AsyncIterator[str]:
    """What would be asked if `by` (an address, or what is before its @) typed the command now, line by line.

    Raises `Refused` where it could not be asked for at all.
    """
    rules, registry, _ = app.read_rules(file)
    database = Database(url, pool_size=1, name="pm-policy")
    core = Core(database, registry, rules, None)
    try:
        async with database.snapshot() as session:
            operator = await _operator(session, by)
            action = await _action(session, registry, rules, team_id, command, operator)
            await check_asker(core, session, operator, [action])
            judged, refused = await _judged(core, session, operator, action)
            for line in await _in_words(session, operator, action, judged):
                yield line
    finally:
        await database.close()
    if refused:
        yield f"If somebody asked for this now, it would be refused: {refused}"
    yield f"By {file or 'the policy of the package'}:"
    for one in judged.because:
        where = f"line {one.line}, {one.entry}" if one.line else "the action itself"
        yield f"  {one.asks:<{COLUMN}} {where}"


async def _operator(session: AsyncSession, by: str) -> Operator:
    wanted = by.lstrip("@").lower()
    people = await staff.everybody(session)
    found = [one for one in people if wanted in (one.email.lower(), one.email.lower().partition("@")[0])]
    operator = await identity.operator_by_id(session, found[0].id) if len(found) == 1 else None
    if operator is None:
        raise NotUnderstood(f"--as {by} names no active staff member. Give an address, or what stands before its @.")
    return operator


async def _action(
    session: AsyncSession, registry: Registry, rules: Policy, team_id: str, command: str, operator: Operator
) -> Action:
    """The command with its parameters; a reason that was not given is of no interest here. Raises `Refused`."""
    typed = grammar.parse(command, registry)
    kind = registry.by_verb.get(typed.verb)
    if kind is None or kind.risk is Risk.READ:
        raise NotUnderstood(f"{typed.verb} changes nothing, so nobody is asked.")
    arguments = {"reason": "-", **typed.arguments}
    lookup = lookup_for(rules, session, team_id, kind, arguments, operator)
    return kind(**{name: await kind.given(name, arguments.get(name), lookup) for name in kind.parameters()})


async def _judged(
    core: Core, session: AsyncSession, operator: Operator, action: Action
) -> tuple[Judged, NothingToDo | None]:
    """What it needs in today's circumstances; where there is nothing to do, what it usually needs, and why."""
    try:
        impacts = await preview(core, session, [action])
    except NothingToDo as nothing:
        return usually(core, operator, [action]), nothing
    return (await judge(core, session, operator, [action], impacts)).judged, None


async def _in_words(session: AsyncSession, operator: Operator, action: Action, judged: Judged) -> Sequence[str]:
    needs = judged.requirement
    able = await eligible(session, needs, operator.id, about([action]))
    names = listed([one.name for one in able], "or") or "nobody at the moment"
    said = [f"/pm {action.verb}, asked for by {operator.name} ({operator.in_roles}): {judged.risk} risk."]
    if needs.no_approval:
        return [*said, "Runs at once."]
    people = counted(needs.quorum, "person", "people")
    others = f"{people} of {listed(map(plain, needs.approvers), 'or') or 'no role'}: {names}."
    if needs.self_approval:
        said.append(f"{operator.name} confirms it.")
        said += [f"Also enough: {others}"] if needs.approvers else []
    else:
        said.append(f"Needs {others}")
    if needs.break_glass and action.containment:
        said.append("Whoever is on call may run it alone, with a review afterwards.")
    return [*said, f"Expires after {in_words(judged.expires)} if nobody decides."]


async def replay(url: str, new: Path, since: str) -> AsyncIterator[str]:
    """What the file would have asked otherwise of the requests since then, a line each, and how many were judged.

    `since`: as 90d. Raises `Misconfigured`.
    """
    rules, _, _ = app.read_rules(new)
    try:
        span: dt.timedelta = TypeAdapter(Span).validate_python(since)
    except ValidationError:
        raise Misconfigured(f"--since {since} is not a duration. Write it as 90d, 12h or 30m.") from None
    database = Database(url, pool_size=1, name="pm-policy")
    judged = differing = old = 0
    try:
        async with database.snapshot() as session:
            for proposal in await session.scalars(_asked_since(span)):
                if proposal.judged is None:
                    old += 1
                    continue
                judged += 1
                for line in _otherwise(rules, proposal):
                    differing += 1
                    yield line
    finally:
        await database.close()
    done = counted(judged, "request")
    yield f"Checked {done} of the last {in_words(span)}: {differing:,} would need other approvals."
    if old:
        yield f"Not checked: {counted(old, 'request')}. The check needs records that did not exist at that time."


def _asked_since(span: dt.timedelta) -> Select[Proposal]:
    return select(Proposal).where(Proposal.created > func.now() - span).order_by(Proposal.number)


def _otherwise(rules: Policy, proposal: Proposal) -> Iterator[str]:
    record = Record.model_validate(proposal.judged)
    if found := differences(record.judged, rules.judge_all(record.asked)):
        what = ", ".join(dict.fromkeys(step.stakes.action for step in record.asked.steps))
        yield f"request {proposal.number} · {what} · {proposal.created:%Y-%m-%d %H:%M} UTC: {'; '.join(found)}"
