"""A role that somebody holds, or does not hold, for a time."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot import words
from bot.holds.kind import Answered, Kind, Value
from bot.integrations.platform.probe import PlatformProbe
from bot.personal import Part, Personal
from bot.platform import staff, staff_roles
from bot.platform.writes import ACCOUNTS, MEMBERS, ROLES, SESSIONS
from bot.policy import Risk, Stakes
from bot.store.models import JSON, Hold, HoldKind

NOT_HELD: Value = {"held": False, "expires": None, "by": None}


def switch(staff_id: uuid.UUID, role: str) -> str:
    return f"staff:{staff_id}/role:{role}"


def taken_apart(key: str) -> tuple[uuid.UUID, str]:
    person, _, role = key.removeprefix("staff:").partition("/role:")
    return uuid.UUID(person), role


def held_until(ends: dt.datetime | None, by: uuid.UUID | None) -> Value:
    """The value of a role that is held, until then or (None) for good."""
    return {"held": True, "expires": _instant(ends), "by": str(by) if by else None}


def _instant(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat() if moment else None


def subject_of(staff_id: uuid.UUID, given: Iterable[str], taken: Iterable[str]) -> JSON:
    return {"staff": str(staff_id), "given": sorted(given), "taken": sorted(taken)}


async def expected(session: AsyncSession, staff_id: uuid.UUID, roles: Iterable[str]) -> JSON:
    """How these roles of somebody should be in force, by our own rows: what `confirm` asks the platform.

    Of whoever is suspended or no longer staff no role is in force, whatever they have been given.
    """
    record = await staff.load(session, staff_id)
    if record is None or not record.may_act:
        return {"roles": {}, "any": False}
    held = {one.role: one for one in await staff_roles.held_roles(session, staff_id)}
    wanted = {
        role: {"held": role in held, "until": _instant(held[role].expires) if role in held else None} for role in roles
    }
    return {"roles": wanted, "any": bool(held)}


async def confirm(platform: PlatformProbe, staff_id: uuid.UUID, wanted: JSON) -> Answered:
    """Whether the platform has them in force: given from the next sign-in on, taken in every session at once."""
    answer = await platform.access(staff_id)
    agrees = all(
        (role in answer.roles and _instant(answer.roles[role]) == how["until"])
        if how["held"]
        else (role not in answer.roles and role not in answer.session_roles)
        for role, how in wanted["roles"].items()
    )
    shut_out = not answer.may_sign_in and not answer.sessions
    return Answered(agrees and (wanted["any"] or shut_out), answer.at)


class RoleHeld(Kind):
    """Roles of one staff member: some given, some taken."""

    name, noun = HoldKind.ROLE, "role"
    writes = (ACCOUNTS, MEMBERS, ROLES, SESSIONS)

    def wants(self, hold: Hold) -> Mapping[str, Value]:
        person = uuid.UUID(hold.subject["staff"])
        given = {switch(person, role): held_until(hold.ends, hold.staff_id) for role in hold.subject["given"]}
        return given | {switch(person, role): NOT_HELD for role in hold.subject["taken"]}

    async def observe(self, session: AsyncSession, key: str, *, hold: bool = False) -> Value:
        row = await staff_roles.grant_row(session, *taken_apart(key), hold=hold)
        return held_until(row.expires, row.granted_by) if row else NOT_HELD

    async def observe_all(self, session: AsyncSession, keys: Collection[str]) -> Mapping[str, Value]:
        rows = await staff_roles.grant_rows(session, {taken_apart(key)[0] for key in keys})
        there = {key: rows.get(taken_apart(key)) for key in keys}
        return {key: held_until(row.expires, row.granted_by) if row else NOT_HELD for key, row in there.items()}

    async def write(self, session: AsyncSession, key: str, value: Value, *, by: uuid.UUID | None) -> None:
        """Whoever loses the last role loses their sessions with it: admin access ends at once."""
        person, role = taken_apart(key)
        granted_by = uuid.UUID(value["by"]) if value["by"] else by
        expires = dt.datetime.fromisoformat(value["expires"]) if value["expires"] else None
        await staff_roles.set_grant(session, person, role, held=value["held"], expires=expires, by=granted_by)
        if not value["held"] and not await staff_roles.held_roles(session, person):
            await staff.revoke_sessions(session, person, by)

    def strictest(self, key: str, wanted: Sequence[Value], base: Value) -> Value:
        """Taken wins over given; given lasts as long as the last of those that gave it."""
        if not all(one["held"] for one in wanted):
            return NOT_HELD
        giving = [*wanted, *([base] if base["held"] else [])]
        ends = [one["expires"] for one in giving]
        return {**wanted[-1], "expires": None if None in ends else max(ends)}

    def takes(self, value: Value) -> bool:
        return not value["held"]

    def without(self, hold: Hold, key: str) -> JSON | None:
        person, name = taken_apart(key)
        given, taken = (set(hold.subject[what]) - {name} for what in ("given", "taken"))
        return subject_of(person, given, taken) if given or taken else None

    def essence(self, value: Value) -> Value:
        return {"held": value["held"], "expires": value["expires"]}

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """What comes back or goes on is a grant; what goes, or stays away, limits damage."""
        given, taken = frozenset(hold.subject["given"]), frozenset(hold.subject["taken"])
        grants = taken if ending else given
        if grants:
            return Stakes("staff.add_role", Risk.HIGH, grants=grants, concerns=given | taken)
        risk = Risk.HIGH if ending else Risk.LOW
        return Stakes("staff.remove_role", risk, containment=True, concerns=given | taken)

    def about(self, hold: Hold) -> uuid.UUID:
        return uuid.UUID(hold.subject["staff"])

    async def then(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        held = {one.role for one in await staff_roles.held_roles(session, self.about(hold))}
        after = (held - set(hold.subject["given"])) | set(hold.subject["taken"])
        return (words.roles(sorted(after)) or "no role is left, so admin access and all sessions end",)

    async def after(self, session: AsyncSession, hold: Hold) -> JSON:
        roles = [*hold.subject["given"], *hold.subject["taken"]]
        return await expected(session, uuid.UUID(hold.subject["staff"]), roles)

    async def confirm(self, platform: PlatformProbe, hold: Hold, after: JSON) -> Answered:
        return await confirm(platform, uuid.UUID(hold.subject["staff"]), after)

    async def describe(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        who = Personal(personal="person", value=await staff.name_of(session, uuid.UUID(hold.subject["staff"])))
        given, taken = words.roles(hold.subject["given"]), words.roles(hold.subject["taken"])
        if given and taken:
            return (f"{given} instead of {taken} for ", who)
        return (f"{given} for ", who) if given else (f"{taken} removed from ", who)

    async def words(self, session: AsyncSession, hold: Hold) -> dict[str, Any]:
        after = (hold.after or {}).get("roles", {})
        held = {role for role, how in after.items() if how["held"]}
        return {
            "who": await staff.name_of(session, uuid.UUID(hold.subject["staff"])),
            "given": words.roles(role for role in hold.subject["given"] if role not in held),
            "taken": words.roles(hold.subject["taken"]),
            "kept": words.roles(role for role in hold.subject["given"] if role in held),
        }

    def concerned(self, hold: Hold) -> Collection[uuid.UUID]:
        return dict.fromkeys([uuid.UUID(hold.subject["staff"]), hold.staff_id])
