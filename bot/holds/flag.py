"""A flag that is set for a time: its default and rollout, one tenant's or user's own value, or the allowlist."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import OutOfDate
from bot.holds import reads
from bot.holds.kind import Answered, Kind, Value
from bot.integrations.platform.probe import PlatformProbe
from bot.personal import Part, Personal
from bot.platform import flags, tenants, users
from bot.platform.flags import Flag
from bot.platform.writes import FLAGS
from bot.policy import Risk, Stakes
from bot.store.models import JSON, HeldSwitch, Hold, HoldKind

Of = Literal["everybody", "tenant", "user", "listed"]
NAMED = 3  # tenants in a sentence
LESS_FIRST = (False, None, True)  # off, no value of one's own, on


@dataclass(frozen=True)
class Switch:
    """One value of a flag on the platform."""

    flag: str
    of: Of = "everybody"
    id: uuid.UUID | None = None
    """The tenant (also of the allowlist) or the user."""

    @property
    def key(self) -> str:
        """Its name in the audit trail: `flag:ai-composer/tenant:7f3a…`."""
        return f"flag:{self.flag}" if self.id is None else f"flag:{self.flag}/{self.of}:{self.id}"

    @classmethod
    def of_key(cls, key: str) -> Self:
        flag, _, rest = key.removeprefix("flag:").rpartition("/")
        of, _, identifier = rest.partition(":")
        if of in ("tenant", "user", "listed") and identifier:
            return cls(flag, of, uuid.UUID(identifier))  # type: ignore[arg-type]
        return cls(key.removeprefix("flag:"))


def default_of(*, enabled: bool, rollout: int) -> Value:
    return {"enabled": enabled, "rollout": rollout}


def own(enabled: bool | None, reason: str | None = None) -> Value:  # noqa: FBT001 - on, off, or none of one's own
    """A tenant's or user's own value; None: the flag's rules hold."""
    return {"enabled": enabled, "expires": None, "reason": reason, "by": None}


def listing(*, listed: bool) -> Value:
    return {"listed": listed, "expires": None, "by": None}


def value_in(flag: Flag, switch: Switch) -> Value:
    """How the switch stands in a flag that was read."""
    if switch.id is None:
        return default_of(enabled=flag.enabled, rollout=flag.rollout)
    if switch.of == "listed":
        listed = switch.id in flag.listed
        return {**listing(listed=listed), "expires": _instant(flag.listed.get(switch.id))}
    override = (flag.tenants if switch.of == "tenant" else flag.users).get(switch.id)
    if override is None:
        return own(None)
    return {
        "enabled": override.enabled,
        "expires": _instant(override.expires),
        "reason": override.reason,
        "by": str(override.by) if override.by else None,
    }


def _instant(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat() if moment else None


def _moment(value: Value) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value["expires"]) if value["expires"] else None


async def expected(session: AsyncSession, key: str, switches: Sequence[Switch]) -> JSON:
    """What the flag should be for whom these switches are, by our own rows: what `confirm` asks the platform."""
    flag = await flags.load(session, key)
    if flag is None:
        return {"default": None, "for": []}
    asked = []
    for switch in switches:
        if switch.id is None:
            continue
        tenant, user = (None, switch.id) if switch.of == "user" else (switch.id, None)
        enabled, rule = flag.for_user(user, None) if user else flag.for_tenant(switch.id)
        asked.append(
            {
                "tenant": str(tenant) if tenant else None,
                "user": str(user) if user else None,
                "enabled": enabled,
                "rule": rule.value,
                "until": _instant(flag.until(rule, switch.id)),
            }
        )
    whole = any(switch.id is None for switch in switches)
    default = default_of(enabled=flag.enabled, rollout=flag.rollout) if whole else None
    return {"default": default, "for": asked}


async def confirm(platform: PlatformProbe, key: str, wanted: JSON) -> Answered:
    """Whether the platform's own evaluation says the same, past its cache."""
    agrees, moments = True, []
    if wanted["default"] is not None:
        answer = await platform.flag(key)
        agrees = default_of(enabled=answer.default, rollout=answer.rollout) == wanted["default"]
        moments.append(answer.at)
    for one in wanted["for"]:
        ids = {name: uuid.UUID(one[name]) if one[name] else None for name in ("tenant", "user")}
        answer = await platform.flag(key, ids["tenant"], ids["user"])
        said = {"enabled": answer.enabled, "rule": answer.rule, "until": _instant(answer.until)}
        agrees = agrees and all(one[name] == value for name, value in said.items())
        moments.append(answer.at)
    return Answered(agrees and bool(moments), min(moments, default=dt.datetime.now(dt.UTC)))


class FlagOverride(Kind):
    """Some switches of one flag: {"flag", "set": {key: value}, "off"}."""

    name, noun = HoldKind.FLAG, "flag"
    writes = FLAGS

    def wants(self, hold: Hold) -> Mapping[str, Value]:
        """What stays once its time is over the platform must not forget by itself."""
        ends = {"expires": None if self.stays(hold) else _instant(hold.ends), "by": str(hold.staff_id)}
        return {key: value if "rollout" in value else {**value, **ends} for key, value in hold.subject["set"].items()}

    async def observe(self, session: AsyncSession, key: str, *, hold: bool = False) -> Value:
        switch = Switch.of_key(key)
        flag = await flags.load(session, switch.flag, hold=hold)
        if flag is None:
            return {"gone": True}
        return value_in(flag, switch)

    async def observe_all(self, session: AsyncSession, keys: Collection[str]) -> Mapping[str, Value]:
        """Of one reading of all flags."""
        known = {one.key: one for one in await flags.everything(session)}
        switches = {key: Switch.of_key(key) for key in keys}
        return {
            key: value_in(known[one.flag], one) if one.flag in known else {"gone": True}
            for key, one in switches.items()
        }

    async def write(self, session: AsyncSession, key: str, value: Value, *, by: uuid.UUID | None) -> None:
        switch = Switch.of_key(key)
        if "gone" in value:
            return  # nothing is left to set
        owner = uuid.UUID(value["by"]) if value.get("by") else by
        if switch.id is None:
            await flags.set_default(session, switch.flag, enabled=value["enabled"], rollout=value["rollout"], by=owner)
        elif switch.of == "listed":
            await flags.set_listed(session, switch.flag, switch.id, value["listed"], expires=_moment(value), by=owner)
        else:
            put = flags.set_tenant if switch.of == "tenant" else flags.set_user
            await put(
                session,
                switch.flag,
                switch.id,
                value["enabled"],
                expires=_moment(value),
                reason=value["reason"],
                by=owner,
            )

    def strictest(self, key: str, wanted: Sequence[Value], base: Value) -> Value:
        """Off wins over no value of one's own, that over on; the smallest share; not on the list over on it."""
        if "rollout" in wanted[0]:
            shares = [one["rollout"] for one in wanted if not one["enabled"]]
            return default_of(enabled=not shares, rollout=min(shares or [one["rollout"] for one in wanted]))
        what = "listed" if "listed" in wanted[0] else "enabled"
        value = min(wanted, key=lambda one: LESS_FIRST.index(one[what]))
        ends = [one["expires"] for one in wanted]
        # Where there is something to come back, the platform must not forget by itself: the bot puts it back.
        forgets = not base.get(what) if what == "listed" else base.get(what) is None
        return {**value, "expires": max(ends) if forgets and None not in ends else None}

    def takes(self, value: Value) -> bool:
        if "rollout" in value:
            return not value["enabled"] and value["rollout"] == 0
        return value.get("listed", value.get("enabled")) is False

    def without(self, hold: Hold, key: str) -> JSON | None:
        rest = {one: value for one, value in hold.subject["set"].items() if one != key}
        return {**hold.subject, "set": rest} if rest else None

    def essence(self, value: Value) -> Value:
        return {name: part for name, part in value.items() if name not in ("reason", "by")}

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """What turns it on for somebody is judged as turning on; what turns it off limits damage."""
        off = bool(hold.subject["off"])
        if off is ending:  # the end of an off, or more of an on
            whole = any(Switch.of_key(key).id is None for key in hold.subject["set"])
            return Stakes("flag.turn_on", Risk.HIGH if whole else Risk.MEDIUM)
        return Stakes("flag.turn_off", Risk.HIGH if ending else Risk.LOW, containment=True)

    def tenant(self, hold: Hold) -> uuid.UUID | None:
        concerned = {Switch.of_key(key) for key in hold.subject["set"]}
        ids = {one.id for one in concerned if one.of in ("tenant", "listed")}
        return ids.pop() if len(ids) == 1 and len(concerned) == 1 else None

    async def then(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        """The base of its first switch, unless other holds go on."""
        key = next(iter(hold.subject["set"]))
        others = [
            one
            for one in await reads.open_holds(session, Hold.kind == self.name, Hold.id != hold.id)
            if key in one.subject["set"]
        ]
        stored = await session.get(HeldSwitch, key)
        base = stored.base if stored else await self.observe(session, key)
        wanted = [self.wants(one)[key] for one in others]
        return (_in_words(self.strictest(key, wanted, base) if wanted else base),)

    async def after(self, session: AsyncSession, hold: Hold) -> JSON:
        return await expected(session, hold.subject["flag"], [Switch.of_key(key) for key in hold.subject["set"]])

    async def confirm(self, platform: PlatformProbe, hold: Hold, after: JSON) -> Answered:
        return await confirm(platform, hold.subject["flag"], after)

    async def describe(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        return (f"{hold.subject['flag']} ", *await _set_for(session, hold))

    async def words(self, session: AsyncSession, hold: Hold) -> dict[str, Any]:
        return {
            "flag": hold.subject["flag"],
            "called": (f"The change of {hold.subject['flag']} (", *await _set_for(session, hold), ")"),
            "now": now_in_words(hold.after or {"default": None, "for": []}),
            "stays": self.stays(hold),
            "alarm": hold.subject.get("alarm", ""),
        }


async def _set_for(session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
    """What it sets and for whom: `off for Acme Corp`, `on for everybody`."""
    switches = {Switch.of_key(key): value for key, value in hold.subject["set"].items()}
    if whole := next((value for switch, value in switches.items() if switch.id is None), None):
        return (_in_words(whole),)
    value = next(iter(switches.values()))
    return (f"{_in_words(value)} for ", *await whom(session, list(switches)))


def now_in_words(after: JSON) -> str:
    """What is in force, in words: `off for everybody`, `on by rollout`."""
    if after["default"] is not None:
        return _in_words(after["default"])
    return ", ".join(dict.fromkeys(f"{'on' if one['enabled'] else 'off'} by {one['rule']}" for one in after["for"]))


def _in_words(value: Value) -> str:
    if "rollout" in value:
        if value["enabled"]:
            return "on for everybody"
        return f"rolled out to {value['rollout']}%" if value["rollout"] else "off for everybody"
    if "listed" in value:
        return "allowed" if value["listed"] else "no longer allowed"
    return {True: "on", False: "off", None: "as its rules say"}[value["enabled"]]


async def whom(session: AsyncSession, switches: Sequence[Switch]) -> tuple[Part, ...]:
    """The tenants by name, a user by what may be shown of them."""
    parts: list[Part] = []
    for switch in switches[:NAMED]:
        parts += [", "] if parts else []
        parts.append(await _one(session, switch))
    if len(switches) > NAMED:
        parts.append(f" and {len(switches) - NAMED} more")
    return tuple(parts)


async def _one(session: AsyncSession, switch: Switch) -> Part:
    if switch.id is None:
        raise OutOfDate("The default is not an override, so it cannot be cleared.")
    if switch.of == "user":
        user = await users.load(session, switch.id)
        return Personal(personal="customer", value=user.email) if user else "a user who has left"
    tenant = await tenants.load(session, switch.id)
    return tenant.name if tenant else "a tenant that has left"
