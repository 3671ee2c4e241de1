"""Risk decides how: what runs at once, what its requester confirms, what needs somebody else. One TOML file."""

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from bot import raising, toml_lines
from bot.errors import Misconfigured
from bot.judgement import Asked, Because, Circumstances, Judged, Requirement, Risk, Stakes, strictest
from bot.raising import Drift, Raise, Span, Tolerated, known_zone
from bot.roster import FIXED, Layer, Override, Rotation
from bot.schedules import AlertSettings, DigestRule, IncidentSettings, SelfHealing
from bot.ticket_rules import TicketSettings
from bot.words import counted, listed, plain

__all__ = ["Circumstances", "Judged", "Policy", "Requirement", "Risk", "Stakes", "load"]


class RiskRule(BaseModel):
    """Who decides, for a risk or, overriding it, for one action."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)

    approvers: tuple[str, ...] | None = None
    self_approval: tuple[str, ...] | None = Field(default=None, validation_alias=AliasChoices("self_approval", "alone"))
    """Roles whose own word is enough; files may still call it `alone`."""
    quorum: PositiveInt | None = None
    channel: str | None = None
    step_up: bool | None = None
    """Whether whoever decides gives a code from their app; unless said, for what is critical. Never for containment."""
    expires: Span | None = None
    """How long an open request lasts; `proposal_hours` unless given."""
    solo_after: Span | None = None
    """Whoever asks may announce that it runs after this, unless somebody with the role stops it: for small teams."""
    raises: tuple[Raise, ...] = Field(default=(), alias="raise")
    """When more is asked. Those of the risk and those of the action are looked at."""
    tolerates: dict[str, Tolerated] = Field(default_factory=dict)
    """How far a bound number may move without asking again, by the label of its fact."""


class RoleRule(BaseModel):
    """What is particular about giving and taking one role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    approvers: tuple[str, ...] | None = None
    """Who alone may decide about it, of those who decide about roles; unless given, all of them."""
    critical: bool = False
    """Giving it is critical, however it is given."""


class Exclusion(BaseModel):
    """A role that nobody holds together with one of others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    others: tuple[str, ...] = Field(min_length=1)
    because: str

    def broken_by(self, held: Collection[str]) -> bool:
        return self.role in held and not set(self.others).isdisjoint(held)


UNKNOWN = Circumstances()
ON_CALL = "on_call"  # whose user group, where there is one, stands for whoever is on call
USER_GROUP = re.compile(r"S[A-Z0-9]+")


class Policy(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_call: tuple[str, ...] = ()
    """The first is on call, always, and the others are told after them; instead of a roster."""
    roster: tuple[Layer, ...] = ()
    """Who is on call when; the first layer is told first."""
    groups: dict[str, str] = Field(default_factory=dict)
    """Slack user groups that are mentioned in place of people, by role or `on_call`: their ids."""
    proposal_hours: PositiveInt = 4
    reason_characters: PositiveInt = 300
    channels: dict[str, str] = Field(default_factory=dict)
    risks: dict[Risk, RiskRule] = Field(default_factory=dict)
    actions: dict[str, RiskRule] = Field(default_factory=dict)
    roles: dict[str, RoleRule] = Field(default_factory=dict)
    exclusive: tuple[Exclusion, ...] = ()
    """Roles that exclude each other."""
    zone: str = "UTC"
    """In which `until 18:00` is read; what is shown is in each reader's own."""
    digests: dict[str, DigestRule] = Field(default_factory=dict)
    alerts: AlertSettings = AlertSettings()
    incidents: IncidentSettings = IncidentSettings()
    self_healing: SelfHealing = SelfHealing()
    tickets: TicketSettings = TicketSettings()
    status_page: dict[str, str] = Field(default_factory=dict)
    """The services that the public status page shows, in order, each with what customers call it."""
    _lines: Mapping[toml_lines.Path, int] = PrivateAttr(default_factory=dict)
    _source: str = PrivateAttr(default="")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        return known_zone(zone)

    @field_validator("groups")
    @classmethod
    def _ids_of_groups(cls, groups: dict[str, str]) -> dict[str, str]:
        for whose, group in groups.items():
            if not USER_GROUP.fullmatch(group):
                raise ValueError(f"{whose} has to be the id of a user group, as S0614TZR7, not {group}")
        return groups

    @field_validator("roster")
    @classmethod
    def _one_way_to_be_on_call(cls, roster: tuple[Layer, ...], info: ValidationInfo) -> tuple[Layer, ...]:
        if roster and info.data.get("on_call"):
            raise ValueError("say on_call or roster, not both: the roster names everybody who takes turns")
        names = [one.name for one in roster]
        if len(set(names)) < len(names):
            raise ValueError("two of its layers have one name")
        return roster

    def model_post_init(self, context: Any, /) -> None:
        if context is not None:
            self._source = context["source"]
            self._lines = toml_lines.lines(self._source)

    @classmethod
    def of(cls, source: str) -> Self:
        """What a file says. Raises `TOMLDecodeError` or `ValidationError`."""
        return cls.model_validate(tomllib.loads(source), context={"source": source})

    @property
    def source(self) -> str:
        """The text of the file; empty where it was never one."""
        return self._source

    @property
    def digest(self) -> str:
        """The SHA-256 (hex) of the file, as `sha256sum` says it."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    def line(self, *path: str | int) -> int | None:
        """Where the file says it, or what is around it; None where it does not."""
        return toml_lines.line_of(self._lines, path)

    def wrong(self, path: toml_lines.Path, why: str) -> str:
        """A mistake in an entry, as whoever wrote the file is told of it."""
        return _mistake(self._lines, path, why)

    def report(self, schedule: str) -> str:
        """Which report a schedule is of."""
        return self.digests[schedule].report or schedule

    def requirement(self, stakes: Stakes, *, roles: frozenset[str], on_self: bool) -> Requirement:
        """What it needs when somebody with these roles asks for it, about themselves or another, at its usual risk."""
        return self.judge(stakes, roles=roles, on_self=on_self).requirement

    def judge_all(self, asked: Asked) -> Judged:
        """What a whole request needs."""
        return strictest(
            [
                self.judge(step.stakes, roles=asked.roles, on_self=step.on_self, now=step.circumstances)
                for step in asked.steps
            ]
        )

    def judge(self, stakes: Stakes, *, roles: frozenset[str], on_self: bool, now: Circumstances = UNKNOWN) -> Judged:
        """What one step needs, and which entries of the file ask it."""
        usual, why = self._usual_risk(stakes)
        raises = self._raises(stakes, usual, now)
        risk = raising.highest(usual, [rule for _, rule in raises])
        why += [self._because(_raised(rule, usual), path) for path, rule in raises]
        expires, entry = self._expiry(stakes.action, risk)
        why.append(self._because(f"open for {raising.in_words(expires)}", entry))
        if risk in (Risk.READ, Risk.LOW):
            return Judged(requirement=Requirement(no_approval=True), risk=risk, expires=expires, because=tuple(why))
        if (stakes.containment and not stakes.concerns) if on_self else risk is Risk.MEDIUM:
            return Judged(requirement=Requirement(self_approval=True), risk=risk, expires=expires, because=tuple(why))
        if risk is Risk.MEDIUM:  # whoever asks confirms it, but not about themselves
            risk = Risk.HIGH
        needs, more = self._deciding(stakes, risk, roles, on_self=on_self, raises=[rule for _, rule in raises])
        return Judged(requirement=needs, risk=risk, expires=expires, because=(*why, *more))

    def _deciding(
        self, stakes: Stakes, risk: Risk, roles: frozenset[str], *, on_self: bool, raises: Sequence[Raise]
    ) -> tuple[Requirement, list[Because]]:
        """Who has to decide what its asker may not confirm just so; what is raised takes somebody else."""
        rule = self._rule(stakes.action, risk)
        trusted = roles & set(rule.self_approval or ())
        alone = bool(trusted)
        if stakes.concerns and on_self:  # whoever gives up a role needs nobody; whoever takes one needs somebody
            alone = not stakes.grants
        alone = alone and not raises
        quorum = max([rule.quorum or 1, *(one.quorum or 1 for one in raises)])
        if raises:  # what an action says of itself is not less than its new risk asks
            quorum = max(quorum, self.risks.get(risk, RiskRule()).quorum or 1)
        may_wait = risk is Risk.HIGH and quorum == 1 and not (stakes.grants or alone)
        needs = Requirement(
            self_approval=alone,
            approvers=self._deciding_about(stakes.concerns, rule.approvers or ()),
            quorum=quorum,
            break_glass=stakes.containment or (risk is Risk.HIGH and not stakes.grants),
            step_up=not stakes.containment and (risk is Risk.CRITICAL if rule.step_up is None else rule.step_up),
            solo_after=int(rule.solo_after.total_seconds()) if rule.solo_after and may_wait else None,
        )
        return needs, self._why(stakes, risk, needs, trusted if alone else frozenset())

    def _why(self, stakes: Stakes, risk: Risk, needs: Requirement, trusted: Collection[str]) -> list[Because]:
        """Which entries say who decides; `trusted`: the roles of the asker whose own word is enough."""
        who = listed(map(plain, needs.approvers), "or") or "nobody"
        said = [(f"decided by {who}", "approvers"), (counted(needs.quorum, "person", "people"), "quorum")]
        if trusted:
            said.append((f"{listed(sorted(map(plain, trusted)), 'or')} may confirm it alone", "self_approval"))
        if needs.solo_after is not None:
            delay = raising.in_words(dt.timedelta(seconds=needs.solo_after))
            said.append((f"the person who asks may run it after {delay}, unless somebody stops it", "solo_after"))
        if needs.step_up:
            said.append(("with a code from an app", "step_up"))
        why = [self._because(asks, self._entry(stakes.action, risk, key)) for asks, key in said]
        limiting = [one for one in sorted(stakes.concerns) if self.role(one).approvers is not None]
        return why + [self._because(f"who decides about {plain(one)}", ("roles", one, "approvers")) for one in limiting]

    def _rule(self, action: str, risk: Risk) -> RiskRule:
        base, own = self.risks.get(risk, RiskRule()), self.actions.get(action, RiskRule())
        said = {name: getattr(own, name) for name in own.model_fields_set if getattr(own, name) is not None}
        return base.model_copy(update=said)

    def _usual_risk(self, stakes: Stakes) -> tuple[Risk, list[Because]]:
        """Its own, unless a role that it grants is critical."""
        critical = sorted(name for name in stakes.grants if self.role(name).critical)
        if critical and not stakes.containment:
            entries = [("roles", name, "critical") for name in critical]
            return Risk.CRITICAL, [self._because("critical risk", entry) for entry in entries]
        return stakes.risk, [Because(asks=f"{stakes.risk} risk")]

    def _raises(self, stakes: Stakes, risk: Risk, now: Circumstances) -> list[tuple[toml_lines.Path, Raise]]:
        """The rules that ask for more in these circumstances. Limiting damage is never made harder; nor is looking."""
        if stakes.containment or risk is Risk.READ:
            return []
        places: list[tuple[toml_lines.Path, RiskRule]] = [
            (("risks", risk.value), self.risks.get(risk, RiskRule())),
            (("actions", stakes.action), self.actions.get(stakes.action, RiskRule())),
        ]
        return [
            ((*path, "raise", number), one)
            for path, rule in places
            for number, one in enumerate(rule.raises)
            if one.applies(now)
        ]

    def _expiry(self, action: str, risk: Risk) -> tuple[dt.timedelta, toml_lines.Path]:
        found = self._rule(action, risk).expires
        if found is None:
            return dt.timedelta(hours=self.proposal_hours), ("proposal_hours",)
        return found, self._entry(action, risk, "expires")

    def _entry(self, action: str, risk: Risk, key: str) -> toml_lines.Path:
        """Where a rule stands that the action has itself, or else its risk."""
        own = self.actions.get(action, RiskRule())
        return ("actions", action, key) if getattr(own, key) is not None else ("risks", risk.value, key)

    def _because(self, asks: str, path: toml_lines.Path) -> Because:
        """With its entry, where the file has it."""
        if path not in self._lines:
            return Because(asks=asks)
        return Because(asks=asks, entry=toml_lines.name_of(path), line=self._lines[path])

    def tolerated(self, action: str) -> Mapping[str, Drift]:
        """How far each bound number of this action may move, by the label of its fact."""
        return self.actions.get(action, RiskRule()).tolerates

    def role(self, name: str) -> RoleRule:
        return self.roles.get(name, RoleRule())

    def _deciding_about(self, concerned: Collection[str], approvers: tuple[str, ...]) -> tuple[str, ...]:
        """Of the approvers those who may decide about every one of these roles."""
        limits = [limit for name in concerned if (limit := self.role(name).approvers) is not None]
        return tuple(one for one in approvers if all(one in limit for limit in limits))

    @property
    def critical_roles(self) -> tuple[str, ...]:
        return tuple(name for name, rule in self.roles.items() if rule.critical)

    def exclusion(self, held: Collection[str]) -> Exclusion | None:
        """The rule that somebody who held all of these roles would break."""
        return next((rule for rule in self.exclusive if rule.broken_by(held)), None)

    def home_channel(self, action: str) -> str:
        """Where its card belongs when it was asked for somewhere else."""
        rule = self.actions.get(action)
        return (rule.channel if rule else None) or "operations"

    @property
    def approving_roles(self) -> frozenset[str]:
        """Every role that may approve something."""
        return frozenset(
            role for rule in (*self.risks.values(), *self.actions.values()) for role in rule.approvers or ()
        )

    def rotations(self, swaps: Mapping[str, Sequence[Override]] | None = None) -> list[Rotation]:
        """The layers in order, with what was swapped in Slack, by layer; a fixed list is one layer of its first."""
        layers = self.roster or _fixed(self.on_call)
        return [Rotation(one, ZoneInfo(one.zone or self.zone), (swaps or {}).get(one.name, ())) for one in layers]

    def ever_on_call(self, email: str) -> bool:
        return email.lower() in self.named_on_call

    @property
    def named_on_call(self) -> tuple[str, ...]:
        """Everybody whom the file names as somebody who is ever on call, in order; in small letters."""
        standing_in = [one.who for layer in self.roster for one in layer.overrides]
        turns = [who for layer in self.roster for who in layer.people]
        return tuple(dict.fromkeys(one.lower() for one in (*self.on_call, *turns, *standing_in)))


def _fixed(on_call: Sequence[str]) -> tuple[Layer, ...]:
    return (Layer.model_construct(name=FIXED, people=(on_call[0].lower(),)),) if on_call else ()


def _raised(rule: Raise, usual: Risk) -> str:
    to = rule.raised(usual)
    what = f"{counted(rule.quorum, 'person', 'people')} instead" if rule.quorum and to is usual else f"raised to {to}"
    return f"{what}: {rule}"


def load(path: Path | None = None) -> Policy:
    """The policy from a file, or the package's own. Raises `Misconfigured` naming line, entry and reason."""
    source = ""
    try:
        source = (path or resources.files("bot").joinpath("policy.toml")).read_text("utf-8")
        return Policy.of(source)
    except ValidationError as error:
        lines = toml_lines.lines(source)
        raise unreadable(path, (_explained(lines, one) for one in error.errors())) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise unreadable(path, [str(error)]) from None


def unreadable(path: Path | None, mistakes: Iterable[str]) -> Misconfigured:
    """The error that says what is wrong in the file (None: the package's own)."""
    return Misconfigured(f"The policy {path or 'of the package'} cannot be read: {'; '.join(mistakes)}")


def meant(typed: str, known: Iterable[str]) -> str:
    """`; did you mean security?` where something is close to what was typed, else nothing."""
    close = get_close_matches(typed, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _mistake(lines: Mapping[toml_lines.Path, int], path: toml_lines.Path, why: str) -> str:
    line = toml_lines.line_of(lines, path)
    return ", ".join([f"line {line}"] * (line is not None) + [f"{toml_lines.name_of(path)}: {why}"])


def _explained(lines: Mapping[toml_lines.Path, int], error: Any) -> str:
    path = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        *around, key = map(str, path)
        return _mistake(lines, path, f"there is no such entry{meant(key, _entries(around))}")
    why = error["msg"].lower()
    if error["type"] == "enum":
        why += meant(str(error["input"]), Risk)
    return _mistake(lines, path, why)


def _entries(path: Iterable[str]) -> set[str]:
    """The entries that the table there may have."""
    kind: Any = Policy
    for key in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            kind = fields.get(key)
        else:  # of a mapping or a list what is in it
            kind = next((one for one in reversed(get_args(kind)) if one not in (None, type(None), ...)), None)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return set()
    return {field.alias or name for name, field in kind.model_fields.items()}
