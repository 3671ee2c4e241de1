"""What a workspace is made of: people, channels, messages, views, and what was sent to the app."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

from localslack.workspace.app import Shortcut, SlashCommand, installed
from localslack.workspace.scopes import ALL_SCOPES, EVENT_SCOPES, Kind

Json = dict[str, Any]

DEFAULT_EVENTS = frozenset(EVENT_SCOPES)
SLACKBOT = "USLACKBOT"


@dataclass(slots=True)
class Person:
    """Somebody of the workspace, or with another `team_id` a guest of a shared channel."""

    id: str
    name: str
    real_name: str = ""
    email: str = ""
    title: str = ""
    team_id: str | None = None
    deleted: bool = False
    tz: str = "Europe/Madrid"


@dataclass(slots=True)
class Channel:
    """A channel or direct conversation; `members` None means everyone of the team, bot included."""

    id: str
    name: str
    private: bool = False
    members: list[str] | None = None
    kind: Literal["channel", "im", "mpim"] = "channel"
    general: bool = False
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    creator: str = SLACKBOT
    created: int = 0
    previous_names: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    # A direct conversation that the app closed is not open until somebody says something in it.
    open: bool = True

    @property
    def type(self) -> Kind:
        """As `types` of conversations.list and scopes tell them apart."""
        if self.kind != "channel":
            return self.kind
        return "private_channel" if self.private else "public_channel"


@dataclass(slots=True)
class Usergroup:
    """A group of people that can be mentioned by its handle."""

    id: str
    handle: str
    name: str = ""
    users: list[str] = field(default_factory=list)
    description: str = ""
    enabled: bool = True


@dataclass(slots=True)
class Workspace:
    """One workspace with one app in it. `events` are the app's subscriptions, as in its manifest."""

    team_id: str = "T0PENGUIN"
    name: str = "PenguinMails"
    domain: str = "penguinmails"
    bot_token: str = "xoxb-local-bot"  # noqa: S105  # of this local workspace only
    app_token: str = "xapp-local-app"  # noqa: S105
    signing_secret: str = "local-signing-secret"  # noqa: S105
    bot_user_id: str = "U0BOT"
    bot_name: str = "PenguinMails Ops"
    bot_id: str = "B0BOT"
    app_id: str = "A0BOT"
    verification_token: str = "local-verification"  # noqa: S105
    commands: tuple[SlashCommand, ...] = (SlashCommand("/pm", "revoke @somebody because …", should_escape=True),)
    shortcuts: tuple[Shortcut, ...] = ()
    home_tab: bool = True
    messages_tab: bool = True
    interactive: bool = True
    people: list[Person] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    usergroups: list[Usergroup] = field(default_factory=list)
    events: frozenset[str] = DEFAULT_EVENTS
    # What the app was installed with: a method or event that needs another is refused.
    scopes: frozenset[str] = ALL_SCOPES
    # Of which the app hears when somebody posts an address there, and shows more (features.unfurl_domains).
    unfurl_domains: tuple[str, ...] = ()
    # The workspace's own emoji: name → the address of its picture, or "alias:other_name".
    emoji: dict[str, str] = field(default_factory=dict)
    # Where the manifest says that requests go; None means Socket Mode.
    request_url: str | None = None
    # Block types this workspace does not know yet: they are answered with invalid_blocks.
    refused_blocks: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what a workspace.json holds; unknown keys raise TypeError."""
        values = dict(data)
        values["people"] = [Person(**person) for person in values.get("people", [])]
        values["channels"] = [Channel(**channel) for channel in values.get("channels", [])]
        values["usergroups"] = [Usergroup(**group) for group in values.get("usergroups", [])]
        if "commands" in values:
            values["commands"] = tuple(SlashCommand(**command) for command in values["commands"])
        if "shortcuts" in values:
            values["shortcuts"] = tuple(Shortcut(**shortcut) for shortcut in values["shortcuts"])
        for name in ("events", "scopes", "refused_blocks"):
            if name in values:
                values[name] = frozenset(values[name])
        values["unfurl_domains"] = tuple(values.get("unfurl_domains", ()))
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise TypeError(f"workspace has no {', '.join(sorted(unknown))}")
        return cls(**values)

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any], **others: Any) -> Self:
        """A workspace into which the app of this manifest was installed; `others` are further fields."""
        return cls(**{**installed(manifest), **others})

    @property
    def command(self) -> str:
        """The app's first command, or nothing."""
        return self.commands[0].command if self.commands else ""

    @property
    def bot_handle(self) -> str:
        """The bot's name as its user's `name` has it."""
        return re.sub(r"\W+", "_", self.bot_name.lower()).strip("_")


@dataclass(slots=True)
class Message:
    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    by_app: bool = False
    ephemeral_to: str | None = None
    edited: Json | None = None
    parse: str = ""
    # What Slack itself says in a channel, such as channel_join, and what it says with it.
    subtype: str = ""
    details: Json = field(default_factory=dict)
    # Name of an emoji → who reacted with it, in the order they did.
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    # Who pinned it and when ({"channel", "pinned_by", "pinned_ts"}), or None.
    pinned: Json | None = None
    # What each person has chosen in it and not sent: user → block_id → action_id → entry.
    chosen: dict[str, Json] = field(default_factory=dict)

    @property
    def all_blocks(self) -> list[Json]:
        """Its own, and those of its attachments."""
        return [*self.blocks, *(block for one in self.attachments for block in one.get("blocks") or [])]

    def attachment_of(self, block: Json) -> Json | None:
        """The attachment in which the block stands, if it is not the message's own."""
        return next((one for one in self.attachments if block in (one.get("blocks") or [])), None)


@dataclass(slots=True)
class File:
    """Something uploaded; usable once the upload was completed."""

    id: str
    name: str
    length: int
    user: str
    created: int
    content: bytes = b""
    title: str = ""
    alt_text: str = ""
    complete: bool = False
    # Whether somebody gave it to the app in a form.
    given: bool = False
    # Channel → the messages it was shared with.
    shares: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class View:
    id: str
    user: str
    type: Literal["modal", "home"]
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Json = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.content["blocks"]
        return blocks

    @property
    def all_blocks(self) -> list[Json]:
        return self.blocks


@dataclass(slots=True)
class Delivery:
    """One payload for the app and its answer; status 0 means no answer (see `error`)."""

    id: str
    kind: Literal["command", "interactive", "options", "event"]
    payload: Json
    sent_at: float
    headers: dict[str, str] = field(default_factory=dict)
    transport: Literal["http", "socket"] = "http"
    retry_num: int = 0
    retry_reason: str = ""
    status: int = 0
    body: Any = None
    error: str = ""
    # Why it counts as not taken, as the reason of a retry is called.
    failure: str = ""
    finished_at: float | None = None
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def seconds(self) -> float | None:
        """How long the answer took; None while there is none."""
        return None if self.finished_at is None else self.finished_at - self.sent_at


@dataclass(slots=True)
class Reply:
    """The app's answer to something a person did. `errors` are those of a form, by block_id."""

    status: int
    body: Any = None
    error: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    delivery_id: str = ""
    seconds: float | None = None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        return cls(
            status=delivery.status,
            body=delivery.body,
            error=delivery.error,
            delivery_id=delivery.id,
            seconds=delivery.seconds,
        )


@dataclass(slots=True)
class WebCall:
    """One Web API call the app made, with its answer; `fault` names what was done to it on purpose."""

    method: str
    args: Json
    started_at: float
    status: int = 0
    answer: Json = field(default_factory=dict)
    fault: str = ""
    finished_at: float | None = None


class SlackError(Exception):
    """What the Web API answers with `ok: false`; `details` are further fields of the answer."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
