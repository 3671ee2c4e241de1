"""`user erase someone@… because …`: all that is known of a customer's person goes, for good; their tenant stays."""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.users.facts import current, who_fact
from bot.audit import trail
from bot.erasure import Person
from bot.errors import InvalidParameter, NothingToDo, Refused
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import leaving
from bot.platform.erasure import ERASURE as THEIRS
from bot.platform.leaving import Place
from bot.platform.models import PlatformBase
from bot.platform.users import UserRecord
from bot.policy import Risk
from bot.store import erasing, legal_holds, outbox
from bot.store.base import Base
from bot.store.erasing import Erased
from bot.store.erasure import ERASURE as OURS
from bot.store.models import Verification
from bot.targets.user import User
from bot.words import counted, listed

WORDS = 4  # letters from which on a single word of a name is looked for in the reason


@register
class EraseUser(Action):
    """Permanently erase all data about a user; their tenant goes on working.

    In one transaction: what names somebody in half the places is a lie. Whole tables are read for it, of which the
    largest, the audit trail's details, takes some seconds for ten million; it is asked for a few times a year.
    Ephemeral answers are not Slack's to keep; what people wrote themselves, Slack lets no bot delete.
    """

    name, verb, says = "user.erase", "user erase", "erase"
    also = ("erase", "erase user", "forget", "delete user", "gdpr")
    offered_as = "erase a user"
    permission, risk = Permission.USER_ERASE, Risk.CRITICAL
    writes = tuple(leaving.writes())
    user: User
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        record = await self._record(session)
        person = await leaving.person(session, record.id)
        self._leave_out_of_reason(person)
        places = await leaving.places(session, record.id)
        _keep_owners(places)
        await _not_held(session, person)
        found = await erasing.count(session, person, (THEIRS, PlatformBase.metadata), (OURS, Base.metadata))
        tenants = listed(record.tenant_names)
        return Impact(
            facts=(
                who_fact(record),
                *_what_goes(found),
                *(fact(one.tenant, f"goes on working with {counted(one.other_owners, 'other owner')}")
                  for one in places if one.owns),
                *_by_hand(places, found),
                fact("After", "🔴 the account and its data cannot be restored"),
            ),
            context={"user": {"id": str(record.id)}, "tenants": tenants},
        )  # fmt: skip

    async def _record(self, session: AsyncSession) -> UserRecord:
        record = await current(session, self.user.id)
        if record.status == "deleted" and record.email.endswith("@erased.invalid"):
            raise NothingToDo("That user was erased already. Nothing was done.")
        return record

    def _leave_out_of_reason(self, person: Person) -> None:
        """The reason is what stays on record of the erasure."""
        words = {one for name in person.names for one in name.split() if len(one) >= WORDS}
        named = [one for one in (person.address, person.address.partition("@")[0], *words) if one]
        if re.search(rf"(?<!\w)(?:{'|'.join(map(re.escape, named))})(?!\w)", self.reason.text, re.IGNORECASE):
            raise InvalidParameter(
                "reason",
                "Your reason names the person, and the reason stays on record after the erasure. Nothing was done. "
                "Write it without their name and address: the number of the request that they sent is enough.",
            )

    async def lock(self, session: AsyncSession) -> None:
        """The account, what is held of it, and who owns the same tenants."""
        await super().lock(session)
        await leaving.hold_owners(session, self.user.id)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        await self._record(session)
        person = await leaving.person(session, self.user.id)
        _keep_owners(await leaving.places(session, person.id))
        await _not_held(session, person)
        requests = await erasing.requests_about(session, person)
        erased = await erasing.erase(session, person, OURS, Base.metadata)
        details = await trail.erase(session, person, about=requests, by=by)
        messages = await outbox.withdraw(session, person.pattern)
        await outbox.refresh_about(session, erased.ids)
        erased |= await erasing.erase(session, person, THEIRS, PlatformBase.metadata)
        return _outcome(erased, by, details=details, messages=messages)

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        """The platform has to say that it knows no such user: of an erased one there is nothing to answer.

        Of anything else that answer confirms nothing, since a wrong id gets it, too. Here the id is that of the row
        that was locked and erased; and a platform that knows nobody, because it is another one or its tables are
        empty, does not know whoever asked for it either, whom it is asked about with it.
        """
        gone = await platform.lacks(f"/internal/users/{self.user.id}")
        asker = await platform.access(uuid.UUID(outcome["by"]))
        return Verified(Verification.CONFIRMED if gone else Verification.NOT_YET, asker.at)


async def _not_held(session: AsyncSession, person: Person) -> None:
    """Raise `Refused` where a legal hold keeps something that names them; which one is not everybody's to know."""
    if await legal_holds.names(session, person):
        raise Refused(
            "Security has set a legal hold, and it keeps data that names this person. So the erasure has to wait. "
            "Nothing was done. Ask security on which day the hold ends. After that day, ask for the erasure again. "
            "Tell the person that the erasure is delayed."
        )


def _keep_owners(places: Sequence[Place]) -> None:
    """Raise `Refused` where a tenant would be left without anybody who may decide for it."""
    if whose := listed(one.tenant for one in places if one.owns and not one.other_owners):
        raise Refused(
            f"They are the only owner of {whose}, and a tenant needs one. Nothing was done. "
            f"Make somebody else owner of {whose} first, with /pm user role, or close the tenant."
        )


def _what_goes(found: Mapping[str, int]) -> Iterator[Fact]:
    """By what tables call their rows, how many, and why those that stay do."""
    all_of_them = [one for one in (*THEIRS, *OURS) if one.table in found]
    yield fact("Deleted", in_numbers({one.called: found[one.table] for one in all_of_them if one.gone}))
    yield fact(
        "Anonymised",
        in_numbers({one.called: found[one.table] for one in all_of_them if one.becomes}),
    )
    yield fact(
        "Removed",
        "their address and full name in all other places: jobs, mails, notes, requests, alerts, and my messages",
    )
    for one in all_of_them:
        if one.remains:
            yield fact("Kept", f"{one.called} ({found[one.table]:,}): {one.remains}")


def _by_hand(places: Sequence[Place], found: Mapping[str, int]) -> Iterator[Fact]:
    """What is not the bot's to do, and has to be done."""
    if customers := listed(one.customer_id for one in places if one.customer_id):
        yield fact("To do by hand", f"in Stripe, delete their name and address at {customers}")
    if "tenant_config" in found:
        yield fact("To do by hand", "their tenant is left without a billing address: set another one")
    yield fact(
        "To do by hand",
        "in Slack, delete what colleagues wrote about the person; backups keep the data until they expire",
    )


def in_numbers(found: Mapping[str, int]) -> str:
    """`sessions (4), sign-ins (31)`."""
    return ", ".join(f"{called} ({number:,})" for called, number in found.items()) or "nothing"


def _outcome(erased: Erased, by: uuid.UUID, *, details: int, messages: int) -> Outcome:
    besides = {"details of the audit trail": details, "messages": messages}
    changed = {**erased.changed, **{name: number for name, number in besides.items() if number}}
    return Outcome(
        data={"by": str(by), "deleted": in_numbers(erased.deleted), "changed": in_numbers(changed)},
        old={"erased_rows": 0},
        new={"erased_rows": sum(erased.deleted.values()) + sum(changed.values())},
    )
