"""An app that has one of everything Slack's client can show, for the page to be tried with."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from localslack import LocalSlack
from localslack.workspace.app import Shortcut, SlashCommand
from localslack.workspace.model import Workspace
from localslack.workspace.sample import sample_workspace
from tests.localslack.page.payloads import (
    EVERYTHING,
    FORM,
    HOME,
    SECOND,
    Json,
    attached,
    card,
    menus,
    mrkdwn,
    plain,
    show,
)

OPS = "C0OPS"
FORMS = {"revoke": FORM, "everything": EVERYTHING}


def workspace() -> Workspace:
    sample = sample_workspace()
    sample.commands = (
        SlashCommand("/pm", "revoke @somebody because …", "Operate the platform", should_escape=True),
        SlashCommand("/status", "[service]", "Say how it is"),
    )
    sample.shortcuts = (
        Shortcut("Report an incident", "incident", "global", "Opens the form"),
        Shortcut("Make it a task", "task", "message"),
    )
    return sample


def app_of(slack: LocalSlack, seen: list[Json]) -> AsyncApp:
    """`seen` gets the state of everything that was used or sent."""
    client = AsyncWebClient(slack.workspace.bot_token, base_url=f"{slack.base_url}/api/")
    app = AsyncApp(client=client, signing_secret=slack.workspace.signing_secret)
    _commands(app)
    _forms(app, slack, seen)
    _actions(app, seen)
    _events(app)
    return app


def _commands(app: AsyncApp) -> None:
    @app.command("/pm")
    async def command(ack, body, client, command):
        await ack()
        text, place = command["text"], {"channel": command["channel_id"]}
        if text in FORMS:
            await client.views_open(trigger_id=body["trigger_id"], view=FORMS[text])
        elif text == "show":
            await client.chat_postMessage(text="A show", blocks=show(time.time()), **place)
        elif text == "menus":
            await client.chat_postMessage(text="Menus", blocks=menus(), **place)
        elif text == "attached":
            await client.chat_postMessage(text="Attached", attachments=attached(), **place)
        else:
            text = f"There is no `{text}`. Did you mean *revoke*?"
            await client.chat_postEphemeral(user=command["user_id"], text=text, **place)

    @app.shortcut("incident")
    async def incident(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=SECOND)


def _forms(app: AsyncApp, slack: LocalSlack, seen: list[Json]) -> None:
    @app.options(re.compile("staffers?"))
    async def options(ack, body):
        people = [p for p in slack.workspace.people if body["value"].lower() in p.real_name.lower()]
        await ack(options=[{"text": plain(p.real_name), "value": p.id} for p in people])

    @app.view("revoke")
    async def submitted(ack, body, client):
        reason = body["view"]["state"]["values"]["reason"]["reason"]["value"]
        if len(reason) < 5:
            return await ack(response_action="errors", errors={"reason": "A few words more, please."})
        await ack()
        return await client.chat_postMessage(channel=OPS, text="Sign out Staffer Name", blocks=card(time.time()))

    @app.view("everything")
    async def everything(ack, body):
        seen.append(body["view"]["state"]["values"])
        await ack()

    @app.view_closed("everything")
    async def closed(ack):
        await ack()


def _actions(app: AsyncApp, seen: list[Json]) -> None:
    @app.action("push")
    async def push(ack, body, client):
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=SECOND)

    @app.action("approve")
    async def approve(ack, body, client):
        await ack()
        text = f"*Signed out Staffer Name everywhere*\napproved by <@{body['user']['id']}>"
        blocks = [{"type": "section", "text": mrkdwn(text)}]
        await client.chat_update(channel=OPS, ts=body["message"]["ts"], text="Signed out", blocks=blocks)

    @app.action("details")
    async def details(ack):
        del ack  # never answered

    @app.attachment_action("restart")
    async def restart(ack, body):
        await ack()
        seen.append(body["actions"][0])

    @app.action(re.compile(""))
    async def used(ack, body):
        await ack()
        seen.append(body["actions"][0])

    @app.shortcut("task")
    async def task(ack, body):
        await ack()
        seen.append({"task": body["message"]["ts"]})


def _events(app: AsyncApp) -> None:
    @app.event("app_home_opened")
    async def home(event, client):
        await client.views_publish(user_id=event["user"], view=HOME)

    @app.event(re.compile(""))
    async def heard():
        pass


@contextlib.asynccontextmanager
async def connected(slack: LocalSlack, seen: list[Json]) -> AsyncIterator[None]:
    """The app, connected by Socket Mode."""
    handler = AsyncSocketModeHandler(app_of(slack, seen), slack.workspace.app_token)
    await handler.connect_async()
    async with asyncio.timeout(15):
        while not len(slack.sockets):  # noqa: ASYNC110  # nothing to wait on
            await asyncio.sleep(0.02)
    yield
    await handler.close_async()
