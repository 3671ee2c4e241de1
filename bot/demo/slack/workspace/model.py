"""What a workspace is made of: people, channels, messages, views, and what was sent to the app."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

Json = dict[str, Any]

DEFAULT_EVENTS = frozenset(
    {
        "app_mention",
        "app_home_opened",
        "message.channels",
        "message.groups",
        "message.im",
        "user_change",
        "member_joined_channel",
        "member_left_channel",
    },
)
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
    command: str = "/pm"
    command_hint: str = "revoke @somebody because …"
    should_escape: bool = True
    people: list[Person] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    events: frozenset[str] = DEFAULT_EVENTS
    # What the app was installed with; each answer says so.
    scopes: frozenset[str] = frozenset({"chat:write", "commands", "users:read"})
    # Block types this workspace does not know yet: they are answered with invalid_blocks.
    refused_blocks: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what a workspace.json holds; unknown keys raise TypeError."""
        values = dict(data)
        values["people"] = [Person(**person) for person in values.get("people", [])]
        values["channels"] = [Channel(**channel) for channel in values.get("channels", [])]
        for name in ("events", "scopes", "refused_blocks"):
            if name in values:
                values[name] = frozenset(values[name])
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise TypeError(f"workspace has no {', '.join(sorted(unknown))}")
        return cls(**values)


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
    # What each person has chosen in it and not sent: user → block_id → action_id → entry.
    chosen: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class File:
    """A picture the app uploaded; a block may show it once the upload was completed."""

    id: str
    name: str
    length: int
    content: bytes = b""
    title: str = ""
    alt_text: str = ""
    complete: bool = False


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


@dataclass(slots=True)
class Delivery:
    """One payload for the app and its answer; status 0 means no answer (see `error`)."""

    id: str
    kind: Literal["command", "interactive", "options", "event"]
    payload: Json
    sent_at: float
    transport: Literal["http", "socket"] = "http"
    retry_num: int = 0
    retry_reason: str = ""
    status: int = 0
    body: Any = None
    error: str = ""
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
