"""The demo's whole world: a database with a made-up platform, its gateway, a workspace, and settings for the bot."""

import asyncio
import contextlib
import functools
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from bot.config import Settings
from bot.demo import joining, mailbox
from bot.demo.data import SERVICE_TOKEN, STAFF, token_for
from bot.demo.data import Person as Member
from bot.demo.gateway import Gateway
from bot.demo.mailbox import Mailbox
from bot.handlers.manifest import manifest
from bot.integrations.mail.bounces import Bounce
from bot.pipeline import bounces, linking
from localslack import Channel, LocalSlack, Person, Workspace

GUEST = Person(
    id="U0GUEST", name="guest", real_name="Dana Guest", email="dana@elsewhere.example", team_id="T0ELSEWHERE"
)
STRANGER = Person(
    id="U0STRANGER",
    name="stranger",
    real_name="Robin Stranger",
    email="robin@penguinmails.example",
    title="not known to the platform",
)


def slack_id(local_part: str) -> str:
    """The demo's Slack user id of a staff member, by the part of their address before the @."""
    return "U0" + local_part.upper().replace(".", "")


def _title(one: Member) -> str:
    """What somebody is here, in words: their roles, and whether they are on call."""
    on_call = ["on call"] if one.notes.startswith("On call") else []
    return ", ".join([*(role.replace("_", " ") for role in one.roles), *on_call])


def workspace() -> Workspace:
    """The made-up workspace: all staff, somebody without a staff record, a guest of a shared channel."""
    people = [
        Person(
            id=slack_id(one.local_part),
            name=one.local_part,
            real_name=one.name,
            email=one.email,
            title=_title(one),
        )
        for one in STAFF
        if one.left is None
    ]
    return Workspace.from_manifest(
        manifest(None),
        people=[*people, STRANGER, GUEST],
        channels=[
            Channel(id="C0OPERATIONS", name="operations", topic="Requests, alerts and digests. All of it is made up."),
            Channel(id="C0SECURITY", name="security", topic="Roles, accounts, and emergency overrides to review"),
            Channel(id="C0FINANCE", name="finance", topic="What Stripe says about subscriptions and payments"),
            Channel(id="C0GENERAL", name="general"),
            Channel(
                id="C0CANARY", name="pm-canary", topic="The bot's test message, once a minute. Nobody has to read it."
            ),
        ],
    )


async def link_everybody(database_url: str, team_id: str) -> None:
    """Confirm the link of every active staff member to their demo account."""
    for one in STAFF:
        if one.left is None:
            await linking.confirm(database_url, team_id, slack_id(one.local_part), one.email)


def settings(
    database_url: str, slack: LocalSlack, slack_url: str, platform_url: str | None, **other: object
) -> Settings:
    """Settings of a bot in this world."""
    space = slack.workspace
    return Settings.model_validate(
        {
            "database_url": SecretStr(database_url),
            "slack_bot_token": space.bot_token,
            "slack_signing_secret": space.signing_secret,
            "slack_team_id": space.team_id,
            "slack_api_url": f"{slack_url}/api/",
            "platform_url": platform_url,
            "platform_token": SERVICE_TOKEN,
            "smtp_from": mailbox.SENDER,
            **other,
        }
    )


def environment(around: "World", **other: str) -> dict[str, str]:
    """The same for a bot in a process of its own, as environment."""
    space = around.slack.workspace
    return {
        "DATABASE_URL": around.database_url,
        "SLACK_BOT_TOKEN": space.bot_token,
        "SLACK_SIGNING_SECRET": space.signing_secret,
        "SLACK_TEAM_ID": space.team_id,
        "SLACK_API_URL": f"{around.slack_url}/api/",
        "PLATFORM_URL": around.platform_url,
        "PLATFORM_TOKEN": SERVICE_TOKEN,
        "SMTP_URL": around.mailbox.url,
        "SMTP_FROM": mailbox.SENDER,
        "PM_HOST": "127.0.0.1",
        **other,
    }


async def _came_back(database_url: str, report: bytes) -> bool:
    """As a mail server hands it to `pm mail bounce`."""
    bounce = Bounce.read(report)
    return bounce is not None and await asyncio.to_thread(bounces.taken, database_url, bounce)


@dataclass(frozen=True)
class World:
    """Everything around the bot, running."""

    database_url: str
    slack: LocalSlack
    slack_url: str
    gateway: Gateway
    platform_url: str
    mailbox: Mailbox

    def link(self, channel: str, pages: Mapping[str, str]) -> None:
        """Put links at the top of a channel: addresses by title."""
        self.slack.state.channels[channel].bookmarks.extend(
            {"id": f"Bk{title.upper().replace(' ', '')}", "channel_id": channel, "type": "link", "title": title}
            | {"link": address, "emoji": ""}
            for title, address in pages.items()
        )


@contextlib.asynccontextmanager
async def around(
    database_url: str, *, slack_at: int | socket.socket = 0, cache_seconds: float = 30.0, flag_seconds: float = 300.0
) -> AsyncIterator[World]:
    """Serve gateway and local Slack for a seeded database."""
    slack = LocalSlack(workspace())
    gateway = Gateway(database_url, SERVICE_TOKEN, cache_seconds=cache_seconds, flag_seconds=flag_seconds)
    async with gateway.serve() as platform_url, slack.serve(slack_at) as slack_url, mailbox.serving() as box:
        box.joins = functools.partial(joining.create_account, database_url)
        box.returns = functools.partial(_came_back, database_url)
        yield World(database_url, slack, slack_url, gateway, platform_url, box)


__all__ = [
    "SERVICE_TOKEN",
    "World",
    "around",
    "environment",
    "link_everybody",
    "settings",
    "slack_id",
    "token_for",
    "workspace",
]
