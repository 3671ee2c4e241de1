"""The local Slack's page in a real browser: two windows are two people."""

import asyncio
import contextlib
import time

import pytest
from playwright.async_api import expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import LocalSlack
from bot.demo.slack.workspace.sample import sample_workspace

OPS = "C0OPS"

pytestmark = pytest.mark.browser


def plain(text):
    return {"type": "plain_text", "text": text}


def mrkdwn(text):
    return {"type": "mrkdwn", "text": text}


def button(action_id, text, **more):
    return {"type": "button", "action_id": action_id, "value": "r1", "text": plain(text), **more}


def card(now):
    """A decision card with what somebody typed in rich_text."""
    reason = [
        {"type": "text", "text": "Asked by "},
        {"type": "user", "user_id": "U0ONCALL"},
        {"type": "text", "text": " · reason: laptop stolen <b>&amp;</b> *left* in a taxi"},
    ]
    facts = [
        ("Now", "4 active sessions on 3 addresses (Madrid, Lisbon, unknown)"),
        ("After", "0 sessions; signing in again stays possible"),
        ("Also", "1 open approval of theirs becomes void"),
    ]
    rows = [[{"type": "raw_text", "text": cell} for cell in row] for row in facts]
    until = f"needs *security* · until <!date^{int(now) + 1800}^{{time}}|later>"
    return [
        {"type": "header", "text": plain("Sign out Staffer Name everywhere")},
        {"type": "context", "elements": [mrkdwn(until)]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": reason}]},
        {"type": "section", "fields": [mrkdwn(f"*{name}*\n{fact}") for name, fact in facts]},
        {"type": "table", "rows": rows},
        {
            "type": "actions",
            "elements": [
                button("approve", "Revoke 4 sessions", style="primary", confirm=CONFIRM),
                button("reject", "Reject"),
                button("details", "Details"),
            ],
        },
    ]


CONFIRM = {
    "title": plain("Revoke 4 sessions?"),
    "text": mrkdwn("*Staffer Name* is signed out everywhere."),
    "confirm": plain("Revoke"),
    "deny": plain("Keep as is"),
}
FORM = {
    "type": "modal",
    "callback_id": "revoke",
    "title": plain("Revoke sessions"),
    "submit": plain("Ask"),
    "close": plain("Keep as is"),
    "blocks": [
        {
            "type": "input",
            "block_id": "who",
            "label": plain("Person"),
            "element": {"type": "external_select", "action_id": "staffer", "min_query_length": 1},
        },
        {
            "type": "input",
            "block_id": "why",
            "label": plain("Reason"),
            "hint": plain("Shown to whoever decides, and kept in the audit trail."),
            "element": {"type": "plain_text_input", "action_id": "reason", "multiline": True},
        },
        {
            "type": "input",
            "block_id": "how",
            "optional": True,
            "label": plain("Also"),
            "element": {
                "type": "checkboxes",
                "action_id": "also",
                "options": [{"text": plain("Suspend the account"), "value": "suspend"}],
            },
        },
        {"type": "context", "elements": [mrkdwn("Security or a super admin will have to approve.")]},
    ],
}
HOME = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("What waits for you")},
        {
            "type": "section",
            "text": mrkdwn("*Sign out Staffer Name everywhere*\nasked by <@U0ONCALL> 3 min ago"),
            "accessory": button("open", "Open"),
        },
        {"type": "divider"},
        {"type": "section", "fields": [mrkdwn("*Services*\n8 of 8 healthy"), mrkdwn("*Queues*\nwithin their time")]},
    ],
}


def small_app(slack):
    client = AsyncWebClient(slack.workspace.bot_token, base_url=f"{slack.base_url}/api/")
    app = AsyncApp(client=client, signing_secret=slack.workspace.signing_secret)

    @app.command("/pm")
    async def command(ack, body, client, command):
        await ack()
        if command["text"] == "revoke":
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)
        else:
            text = f"There is no `{command['text']}`. Did you mean *revoke*?"
            await client.chat_postEphemeral(channel=command["channel_id"], user=command["user_id"], text=text)

    @app.options("staffer")
    async def options(ack, body):
        people = [p for p in slack.workspace.people if body["value"].lower() in p.real_name.lower()]
        await ack(options=[{"text": plain(p.real_name), "value": p.id} for p in people])

    @app.view("revoke")
    async def submitted(ack, body, client):
        reason = body["view"]["state"]["values"]["why"]["reason"]["value"]
        if len(reason) < 5:
            return await ack(response_action="errors", errors={"why": "A few words more, please."})
        await ack()
        return await client.chat_postMessage(channel=OPS, text="Sign out Staffer Name", blocks=card(time.time()))

    @app.action("approve")
    async def approve(ack, body, client):
        await ack()
        text = f"*Signed out Staffer Name everywhere*\napproved by <@{body['user']['id']}>"
        blocks = [{"type": "section", "text": mrkdwn(text)}]
        await client.chat_update(channel=OPS, ts=body["message"]["ts"], text="Signed out", blocks=blocks)

    @app.event("app_home_opened")
    async def home(event, client):
        await client.views_publish(user_id=event["user"], view=HOME)

    @app.event("message")
    async def heard():
        pass

    return app


@pytest.fixture
async def slack():
    local = LocalSlack(sample_workspace())
    async with local.serve(), connected(local):
        yield local


@contextlib.asynccontextmanager
async def connected(local):
    handler = AsyncSocketModeHandler(small_app(local), local.workspace.app_token)
    await handler.connect_async()
    async with asyncio.timeout(5):
        while not len(local.sockets):  # noqa: ASYNC110  # nothing to wait on
            await asyncio.sleep(0.02)
    yield
    await handler.close_async()


async def window(browser, slack, user, channel=OPS, size=(1280, 800)):
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = await context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    await page.goto(f"{slack.base_url}/?as={user}&channel={channel}")
    await expect(page.locator("#who")).to_have_value(user)
    return page


async def say(page, text):
    box = page.locator("#composer textarea")
    await box.fill(text)
    await box.press("Enter")


async def test_two_windows_are_two_people(slack, browser):
    """One asks by a form with type-ahead and an error, the other approves; each sees what is theirs."""
    asker = await window(browser, slack, "U0ONCALL")
    approver = await window(browser, slack, "U0SECURITY")

    await say(asker, "/pm revok")
    await expect(asker.get_by_text("Did you mean revoke?")).to_be_visible()
    await expect(asker.get_by_text("Only visible to you")).to_be_visible()

    await say(asker, "/pm revoke")
    form = asker.get_by_role("dialog", name="Revoke sessions")
    await form.get_by_label("Person").press_sequentially("staf")
    await form.get_by_role("option", name="Staffer Name").click()
    await form.get_by_label("Reason").fill("no")
    await form.get_by_role("button", name="Ask").click()
    await expect(form.get_by_text("A few words more, please.")).to_be_visible()
    await form.get_by_label("Reason").fill("laptop stolen")
    await form.get_by_role("button", name="Ask").click()
    await expect(form).to_have_count(0)

    decision = approver.locator(".message", has_text="Sign out Staffer Name everywhere")
    await expect(decision).to_contain_text("laptop stolen <b>&amp;</b> *left* in a taxi")
    await decision.get_by_role("button", name="Revoke 4 sessions").click()
    await approver.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    for page in (asker, approver):
        await expect(page.locator(".message", has_text="approved by @Security Name")).to_be_visible()
        await expect(page.get_by_role("button", name="Revoke 4 sessions")).to_have_count(0)

    assert await approver.get_by_text("Did you mean revoke?").count() == 0
    assert asker.problems == approver.problems == []


async def test_a_window_keeps_up_without_being_drawn_anew(slack, browser):
    """A new message leaves the nodes of the others alone; other channels get a mark; App Home opens."""
    page = await window(browser, slack, "U0ONCALL")
    first = await slack.post_as("U0ROOT", OPS, "hello @oncall, see https://penguinmails.example/x")
    node = page.locator(f'[data-ts="{first}"]')
    await expect(node.locator(".mention.mine")).to_have_text("@Oncall Name")
    await node.evaluate("node => { node.marked = true }")
    await slack.post_as("U0ROOT", OPS, "and *another*")
    await expect(page.get_by_text("and another")).to_be_visible()
    assert await node.evaluate("node => node.marked") is True

    await slack.post_as("U0ROOT", "C0FIN", "over here")
    await expect(page.get_by_role("button", name="finance, 1 unread")).to_be_visible()
    await page.locator("#sidebar").get_by_role("button", name="PenguinMails Ops").click()
    await expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()
    assert page.problems == []


ODD = r"""*bold* _it_ ~no~ `*code*` 2*3*4 snake_case_name <javascript:alert(1)|click> <https://x.example|a *link*>
&gt; quoted &lt;b&gt; &amp;amp;
<img src=x onerror=alert(1)> :bell: :unheard_of: <!here> <!date^0^{date_num}|then> <#C0FIN>"""


async def test_text_is_formatted_as_slack_does_and_never_becomes_markup(slack, browser):
    page = await window(browser, slack, "U0ONCALL")
    client = AsyncWebClient(slack.workspace.bot_token, base_url=f"{slack.base_url}/api/")
    ts = (await client.chat_postMessage(channel=OPS, text=ODD))["ts"]
    shown = page.locator(f'[data-ts="{ts}"] .mrkdwn')
    await expect(shown).to_contain_text("2*3*4 snake_case_name <javascript:alert(1)|click> a *link*")
    await expect(shown.locator("b, i, s, code")).to_have_text(["bold", "it", "no", "*code*"])
    await expect(shown.locator("blockquote")).to_have_text("quoted <b> &amp;")
    await expect(shown.locator(".mention")).to_have_text(["@here", "#finance"])
    await expect(shown).to_contain_text("<img src=x onerror=alert(1)> 🔔 :unheard_of:")
    await expect(shown).to_contain_text("1970-01-01")
    assert await shown.locator("img").count() == 0
    assert await shown.locator("a").count() == 2
    assert page.problems == []


async def test_typing_a_name_offers_people_and_threads_open_beside(slack, browser):
    page = await window(browser, slack, "U0ONCALL", size=(390, 780))
    box = page.locator("#composer textarea")
    await box.press_sequentially("ask @sta")
    await expect(page.locator("#composer").get_by_role("option", name="staffer")).to_be_visible()
    await box.press("Enter")
    await expect(box).to_have_value("ask @staffer ")
    await box.press("Enter")
    message = page.locator(".message", has_text="ask @Staffer Name")
    await message.hover()
    await message.get_by_role("button", name="Reply in thread").click()
    reply = page.locator("#thread textarea")
    await reply.fill("in the thread")
    await reply.press("Enter")
    await expect(page.locator("#thread-messages").get_by_text("in the thread")).to_be_visible()
    await expect(page.locator("#messages").get_by_text("1 reply")).to_be_attached()
    assert page.problems == []
