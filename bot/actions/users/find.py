"""`find kofi`: whatever on the platform it may mean, in one answer."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group, Lead
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Control, Lookup, Parameter, did_you_mean, unescape
from bot.people import identity
from bot.people.identity import SlackPerson
from bot.permissions import Permission
from bot.personal import Part, Personal
from bot.platform import search
from bot.platform.search import MOST, Found, What
from bot.policy import Risk
from bot.targets.staff import MENTION, NOT_LINKED
from bot.targets.tenant import Tenant
from bot.words import listed, plain

SHORTEST, LONGEST = 2, 300  # characters; an address has at most 254
LOOKED_AT_WITH = {"user": "user", "staff": "who", "tenant": "tenant"}
NOUNS: dict[What, str] = {
    "user": "User",
    "staff": "Staff member",
    "tenant": "Tenant",
    "workspace": "Workspace",
    "domain": "Domain",
}
TRY = (
    "the first letters of a name, an address or a domain, a word of a company's name, "
    "a whole id, or a customer id of Stripe (cus_…)"
)


@dataclass(frozen=True)
class Sought(Parameter):
    """What somebody looks for, as they know it."""

    label: ClassVar[str] = "Name, address or id"
    usage: ClassVar[str] = "name, address or id"
    example: ClassVar[str] = "acme"
    explanation: ClassVar[str] = TRY
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "For example acme, kofi.castano@ or cus_…"

    typed: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        if mention := MENTION.fullmatch((raw or "").strip()):
            colleague = await identity.staff_id_of(lookup.session, SlackPerson(lookup.team_id, mention[1]))
            if colleague is None:
                raise InvalidParameter(parameter, NOT_LINKED)
            return cls(str(colleague))
        typed = " ".join(unescape(raw or "").replace("\x00", "").split())
        if not typed:
            raise MissingParameter(parameter, f"Say what to look for: {TRY}.")
        if not SHORTEST <= len(typed) <= LONGEST:
            raise InvalidParameter(parameter, f"Type {SHORTEST} to {LONGEST} characters: {TRY}.")
        return cls(typed)

    def dump(self) -> str:
        return self.typed

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


@register
class Find(Action):
    """Find users, staff, tenants, workspaces and domains by name, address or id."""

    name, verb = "user.find", "find"
    also = ("search", "search for", "look for", "where is")
    offered_as = "find a user, tenant or domain"
    permission, risk = Permission.USER_READ, Risk.READ
    shows_people = True
    group = Group("Users", 2)
    sought: Sought

    @property
    def target(self) -> str:
        """Not what was typed, which may be an address: whom the answer showed is recorded by id."""
        return "find:anything"

    def people_in(self, impact: Impact) -> tuple[str, ...]:
        """Accounts of customers and colleagues."""
        return tuple(f"{one['what']}:{one['id']}" for one in impact.context["found"] if one["email"])

    def leads_on(self, impact: Impact) -> tuple[Lead, ...]:
        """A look at the best of each kind; of what belongs to a tenant, at that."""
        leads: dict[tuple[str, str], Lead] = {}
        for one in impact.context["found"]:
            what = one["what"] if one["what"] in LOOKED_AT_WITH else "tenant"
            key = one["id"] if what == one["what"] else one["tenant_id"]
            name = _who(one) if what == one["what"] else one["tenant"]
            if what not in [kind for kind, _ in leads]:
                leads[what, key] = Lead(LOOKED_AT_WITH[what], {_parameter(what): key}, (name,))
        return tuple(leads.values())

    async def preview(self, session: AsyncSession) -> Impact:
        found = await search.find(session, self.sought.typed)
        return Impact(
            facts=_rows(found) or await _nothing(session, self.sought.typed),
            context={"typed": self.sought.typed, "found": [_data(one) for one in found]},
        )


def _parameter(what: str) -> str:
    return "staffer" if what == "staff" else what


def _data(one: Found) -> dict[str, Any]:
    tenant_id = str(one.tenant_id) if one.tenant_id else None
    return {"what": one.what, "id": str(one.id), "email": one.email, "name": one.name} | {
        "tenant_id": tenant_id,
        "tenant": one.tenant,
    }


def _who(one: dict[str, Any]) -> Part:
    """As a button names it: a customer by the address, which the next command understands, too."""
    if one["what"] == "user":
        return Personal(personal="customer", value=one["email"])
    return Personal(personal="person", value=one["name"]) if one["what"] == "staff" else str(one["name"])


def _rows(found: list[Found]) -> tuple[Fact, ...]:
    rows: list[Fact] = []
    for what in dict.fromkeys(one.what for one in found):
        some = [one for one in found if one.what == what]
        rows += [fact(NOUNS[what], *_parts(one)) for one in some[:MOST]]
        if len(some) > MOST:
            rows.append(fact(NOUNS[what], "… and more: type more of the name or address"))
    return tuple(rows)


def _parts(one: Found) -> tuple[Part, ...]:
    if one.what == "user":
        where = f" · {listed(one.roles) or 'member'} of {one.tenant}" if one.tenant else " · in no tenant"
        name, email = (Personal(personal="customer", value=value) for value in (one.name, one.email or ""))
        return (name, " · ", email, f" · {one.state}{where}")
    if one.what == "staff":
        name, email = Personal(personal="person", value=one.name), Personal(personal="email", value=one.email or "")
        return (name, " · ", email, f" · {one.state}")
    owner = "" if one.what == "tenant" else f" · of {one.tenant}"
    return (f"{one.name} · {plain(one.state)}{owner}",)


async def _nothing(session: AsyncSession, typed: str) -> tuple[Fact, ...]:
    """What to try instead."""
    close = did_you_mean([one.name for one in await Tenant.close(session, typed)])
    return (fact("Nothing found", close or f"Try {TRY}."),)
