"""The tools beside the window: what the app was sent, and what it answered."""

import pytest
from playwright.async_api import expect
from slack_sdk.web.async_client import AsyncWebClient

from tests.localslack.page.kitchen import OPS
from tests.localslack.page.payloads import button, mrkdwn, plain

pytestmark = pytest.mark.browser

RELEASE = [
    {"type": "header", "text": plain("Release 2.4.1 is ready")},
    {"type": "section", "fields": [mrkdwn("*Changes*\n14, by 5 people"), mrkdwn("*Tests*\nall 2,310 pass")]},
    {
        "type": "actions",
        "elements": [
            button("deploy", "Deploy", style="primary"),
            button("later", "Not today"),
            button("log", "Changes"),
        ],
    },
]


async def test_what_people_do_and_what_the_app_is_sent_stand_side_by_side(here):
    client = AsyncWebClient(here.slack.workspace.bot_token, base_url=f"{here.slack.base_url}/api/")
    window = await here.window("U0ONCALL", size=(1280, 640))
    await window.page.locator("#bench").get_by_role("button", name="Inspector", exact=True).click()
    panel = window.page.get_by_role("tabpanel", name="Inspector", exact=True)
    question = await here.slack.post_as("U0SECURITY", OPS, "@oncall is *2.4.1* out? See https://wiki.example/releases")
    await client.chat_postMessage(channel=OPS, text="Release 2.4.1 is ready", blocks=RELEASE)
    await here.slack.react("U0STAFF", OPS, question, "eyes")
    await window.page.get_by_role("button", name="Deploy").click()
    await window.say("/pm hello")
    await expect(window.page.get_by_text("There is no hello")).to_be_visible()
    for exchange in ("chat.postMessage", "reaction_added", "block_actions deploy", "/pm hello", "chat.postEphemeral"):
        await expect(panel.locator(".row", has_text=exchange).first).to_be_visible()
    await window.page.locator("#composer textarea").hover()
    await window.picture("localslack")
    assert window.problems == []
