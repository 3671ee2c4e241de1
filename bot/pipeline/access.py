"""What is said before somebody's access or trust is reduced: the last way in stays, and what of theirs becomes void."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, fact
from bot.actions.roles.request import Loan, RequestRole
from bot.errors import LastWayIn, NotPermitted, Refused, Suggestion
from bot.people.identity import Operator
from bot.platform import staff, staff_roles
from bot.platform.staff import StaffRecord
from bot.policy import Policy, Risk, Stakes
from bot.store.models import Decision, Proposal, StaffLink, State, Verdict, WayIn
from bot.words import counted, plain

UNDECIDED = (State.PENDING, State.APPROVED)
# Taking containment back needs one to ask and another to approve; with fewer, whoever is out stays out.
PAIR = 2
REINSTATING = Stakes("staff.reinstate", Risk.HIGH)


async def hold_way_in(session: AsyncSession) -> None:
    """Make everything that reduces access happen one after the other."""
    (await session.scalars(select(WayIn).with_for_update())).one()  # without its row nothing would be held


async def keep_way_in(session: AsyncSession, policy: Policy, action: Action) -> None:
    """Raise `LastWayIn` if the action would shut out somebody whom the platform cannot do without."""
    if action.removes_access_of is None and not action.deprives:
        return
    stay = await _for_good(session)
    admins = [one for one in stay if staff.SUPER_ADMIN in one.roles]
    left = [one for one in admins if staff.SUPER_ADMIN in _left_with(action, one)]
    if admins and not left:
        raise LastWayIn(
            f"{_names(admins)} is the last active super admin, so this cannot be done. "
            "Sign them out with /pm revoke, or make somebody else super admin first.",
            suggestions=_instead(action, admins),
        )
    deciding = set(policy.requirement(REINSTATING, roles=frozenset(), on_self=False).approvers)
    approvers = [one for one in stay if one.roles & deciding]
    remaining = [one for one in approvers if _left_with(action, one) & deciding]
    if len(remaining) < min(PAIR, len(approvers)):
        roles = " or ".join(map(plain, sorted(deciding)))
        lost = [one for one in approvers if one not in remaining]
        raise LastWayIn(
            "Nothing was done. Two people are needed to reinstate an account: one asks, another one approves. "
            f"After this change, {f'only {_names(remaining)}' if remaining else 'nobody'} could still do that. "
            f"Sign out {_names(lost)} with /pm revoke instead, or first add the role {roles} to somebody else.",
            suggestions=_instead(action, lost),
        )


async def _for_good(session: AsyncSession) -> list[StaffRecord]:
    """Active staff with the roles that do not end by themselves, and an account in Slack to decide from.

    Nobody is kept in by what is over tomorrow, or by somebody who cannot be asked.
    """
    return await staff_roles.lasting(session, among=select(StaffLink.staff_id))


def _left_with(action: Action, one: StaffRecord) -> frozenset[str]:
    """The roles that somebody can still use afterwards."""
    if one.id == action.removes_access_of:
        return frozenset()
    return one.roles - action.deprives.get(one.id, frozenset())


def _names(people: Sequence[StaffRecord]) -> str:
    return " and ".join(one.name for one in people)


def keep_apart(policy: Policy, roles: frozenset[str]) -> None:
    """Raise `Refused` with the rule if nobody may hold all of these roles."""
    if rule := policy.exclusion(roles):
        meant = [plain(role) for role in (rule.role, *rule.others) if role in roles]
        raise Refused(
            f"Nobody may have {' and '.join(meant)} together: {rule.because}. Nothing was done. "
            "Remove one of them first, or choose another role."
        )


def _instead(action: Action, people: Sequence[StaffRecord]) -> list[Suggestion]:
    """Signing out takes no access away, and stops whoever sits at the stolen laptop."""
    given = {name: str(value) for name, value in action.step().parameters.items() if name in ("staffer", "reason")}
    return [Suggestion(f"Sign out {_names(people)} instead", "revoke", given)]


def _open_approvals(staff_id: uuid.UUID) -> Select[int]:
    return (
        select(func.count())
        .select_from(Decision)
        .join(Proposal, Proposal.revision_id == Decision.revision_id)
        .where(
            Decision.staff_id == staff_id,
            Decision.voided.is_(None),
            Decision.verdict != Verdict.REJECT,
            Proposal.state.in_(UNDECIDED),
        )
    )


def _open_requests(staff_id: uuid.UUID) -> Select[int]:
    return select(func.count()).where(Proposal.requester_id == staff_id, Proposal.state.in_(UNDECIDED))


async def void_fact(session: AsyncSession, action: Action) -> Fact | None:
    """The line of the preview that says what of theirs becomes void."""
    if action.voids_decisions_of is None:
        return None
    asked = (_open_approvals(action.voids_decisions_of), _open_requests(action.voids_decisions_of))
    approvals, requests = (await session.execute(select(*(one.scalar_subquery() for one in asked)))).one()
    parts = [
        counted(number, f"open {noun}") for number, noun in ((approvals, "approval"), (requests, "request")) if number
    ]
    if not parts:
        return None
    return fact("Also", f"their {' and '.join(parts)} no longer count{'s' if approvals + requests == 1 else ''}")


async def lacking(
    session: AsyncSession, policy: Policy, operator: Operator, permission: str, what: str
) -> NotPermitted:
    """Why somebody cannot do `what` (`use /pm revoke`): the rule, the roles that may, and a request for one of them."""
    able = await staff_roles.allowing(session, permission)
    named = ", ".join(sorted(map(plain, able)))
    return NotPermitted(
        f"You can't {what} (your roles: {operator.in_roles}). It needs the permission {permission}. "
        + (f"Roles that have it: {named}." if able else "No role has it yet; ask an administrator."),
        suggestions=_smallest(policy, operator, able),
        offers=("pass_on",),
    )


def _smallest(policy: Policy, operator: Operator, able: Mapping[str, int]) -> list[Suggestion]:
    """The smallest of the roles that allow something, as a request: `able` is the roles with how much each allows.

    None that the policy would not let them hold, and a critical one only where no other will do.
    """
    if not operator.may(RequestRole.permission):
        return []
    free = [role for role in able if policy.exclusion(operator.roles | {role}) is None]
    least = min(free, key=lambda role: (role in policy.critical_roles, able[role], role), default=None)
    if least is None:
        return []
    given = {"roles": least, "duration": Loan.example}
    return [Suggestion(f"Request the role {plain(least)}", RequestRole.verb, given)]
