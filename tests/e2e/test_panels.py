"""The tools beside the local Slack's page: inspector, fault switches, and what a screen reader hears."""

import pytest
from playwright.async_api import expect
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from localslack import LocalSlack
from localslack.workspace.model import Message
from localslack.workspace.sample import sample_workspace
from tests.conftest import until
from tests.e2e.conftest import open_window
from tests.localslack.playing import plain, recording

OPS, FINANCE = "C0OPS", "C0FIN"
ONCALL, SECURITY = "U0ONCALL", "U0SECURITY"

pytestmark = pytest.mark.browser


@pytest.fixture
async def app():
    async with recording() as (recorder, url):
        recorder.url = url
        yield recorder


@pytest.fixture
async def slack(app):
    local = LocalSlack(sample_workspace(), app.url)
    async with local.serve():
        yield local


@pytest.fixture
def client(slack):
    return AsyncWebClient(slack.workspace.bot_token, base_url=f"{slack.base_url}/api/")


async def tool(browser, slack, name, user=ONCALL, size=(1280, 800)):
    """A window with one of the tools open, and its panel."""
    window = await open_window(browser, slack.base_url, user, OPS, size)
    opener = window.page.locator("#bench").get_by_role("button", name=name, exact=True)
    if not await opener.is_visible():
        await window.page.get_by_role("button", name="Tools", exact=True).click()
        opener = window.page.get_by_role("tab", name=name, exact=True)
    await opener.click()
    return window, window.page.get_by_role("tabpanel", name=name, exact=True)


async def test_the_inspector_shows_every_exchange_and_delivers_again(slack, app, client, browser):
    """Live, filtered, paused; a row opens by keyboard to payload, answer and headers, and leads to its message."""
    window, panel = await tool(browser, slack, "Inspector")
    rows = panel.locator(".row")
    await slack.command(ONCALL, OPS, "/pm keep xoxb-123-secret <b>")
    await client.chat_postMessage(channel=FINANCE, text="paid in full")
    slack.fault("chat.update", "ratelimited")
    with pytest.raises(SlackApiError):
        await client.chat_update(channel=OPS, ts="1.000001", text="x")
    limited, posted, typed = (rows.filter(has_text=text) for text in ("chat.update", "#finance", "/pm keep"))
    await expect(limited).to_contain_text("429")
    await expect(typed).to_contain_text("/pm keep xoxb-… &lt;b&gt;")

    await panel.get_by_label("Kind").select_option("Only errors")
    await expect(rows).to_have_count(1)
    await panel.get_by_label("Kind").select_option("All kinds")
    await panel.get_by_label("Filter by text").fill("/PM keep")
    await expect(rows).to_have_count(1)

    await typed.get_by_role("button", name="/pm keep").press("Enter")
    await expect(typed.locator(".json-section", has_text="Payload")).to_contain_text('user_id: "U0ONCALL"')
    await expect(typed).to_contain_text("to the app over HTTP")
    await typed.get_by_role("button", name="Deliver again").click()
    await until(lambda: len(app.seen) >= 2 and app.seen[0] in app.seen[1:])
    await expect(rows).to_have_count(2)

    await panel.get_by_role("button", name="Pause").click()
    await slack.command(ONCALL, OPS, "/pm keep on")
    await expect(panel.get_by_role("status")).to_contain_text("Paused. 2 of")
    await panel.get_by_role("button", name="Pause").click()
    await expect(rows).to_have_count(3)

    await panel.get_by_label("Filter by text").fill("")
    await posted.get_by_role("button", name="chat.postMessage").click()
    await posted.get_by_text("Request headers").click()
    await expect(posted.locator(".json-section", has_text="Request headers")).to_contain_text('"Bearer xoxb-…"')
    await posted.get_by_role("button", name="Show message").click()
    await expect(window.page.locator("#messages").get_by_text("paid in full")).to_be_visible()
    await panel.get_by_role("button", name="Clear").click()
    await expect(rows).to_have_count(0)
    assert window.problems == []


async def test_faults_are_switched_on_and_off_in_the_page(slack, client, browser):
    """By keyboard, with their parameters; other windows see it; what is ordered meets the next call."""
    window, panel = await tool(browser, slack, "Faults")
    other, others = await tool(browser, slack, "Faults", SECURITY, (390, 844))
    await expect(panel.get_by_role("status")).to_have_text("No faults are switched on.")
    await panel.get_by_label("Rate limit storm: Share").fill("1")
    await panel.get_by_label("Rate limit storm: Share").press("Tab")
    await panel.get_by_role("switch", name="Rate limit storm").press("Space")
    await expect(others.get_by_role("switch", name="Rate limit storm")).to_be_checked()
    await panel.get_by_label("Server errors: Share").fill("0.7")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await client.chat_postMessage(channel=OPS, text="x")
    await expect(panel.get_by_text("used 1 time")).to_be_visible()
    await expect(panel.get_by_label("Server errors: Share")).to_have_value("0.7")  # news leave what is being typed

    await others.get_by_role("button", name="All off").click()
    await expect(panel.get_by_role("switch", name="Rate limit storm")).not_to_be_checked()
    await client.chat_postMessage(channel=OPS, text="through")

    await panel.get_by_role("combobox", name="Method").fill("auth.test")
    await panel.get_by_label("What happens").select_option("is answered 500")
    await panel.get_by_role("button", name="Add this fault").click()
    await expect(others.get_by_role("list", name="Still to come")).to_have_text("auth.test is answered 500")
    with pytest.raises(SlackApiError):
        await client.auth_test()
    await panel.get_by_label("Seed").fill("42")
    await panel.get_by_role("button", name="Begin again").click()
    await until(lambda: slack.faults.seed == 42)
    assert window.problems == other.problems == []


CARD = [
    {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "*Staffer* <b>left</b> <@U0ROOT>"}},
    {"type": "image", "block_id": "i", "image_url": "/nothing.png", "alt_text": ""},
    {
        "type": "actions",
        "block_id": "a",
        "elements": [
            {"type": "button", "action_id": "one", "text": plain("Open")},
            {"type": "button", "action_id": "two", "text": plain("Open")},
            {"type": "button", "action_id": "no", "text": plain("❌"), "accessibility_label": "Reject it"},
        ],
    },
]
FORM = {
    "type": "modal",
    "title": plain("Revoke sessions"),
    "submit": plain("Ask"),
    "blocks": [{"type": "input", "block_id": "why", "label": plain("Reason"), "element": {"type": "plain_text_input"}}],
}
HOME = {"type": "home", "blocks": [{"type": "header", "text": plain("What waits for you")}]}


async def test_one_reads_what_a_screen_reader_would_hear(slack, client, browser):
    """The text stands for the blocks; without one that is warned of, as are pictures and buttons without a name."""
    bot = slack.workspace.bot_user_id
    slack.add_message(Message(ts=slack.state.next_ts(), channel=OPS, user=bot, text="*All* said", blocks=CARD[:1]))
    slack.add_message(Message(ts=slack.state.next_ts(), channel=OPS, user=bot, blocks=CARD))
    window, panel = await tool(browser, slack, "Screen reader")
    heard = panel.get_by_role("list", name="What is said, in order").get_by_role("listitem")
    await expect(heard).to_have_count(2)
    await expect(heard.nth(0)).to_contain_text("All said")
    await expect(heard.nth(0)).not_to_contain_text("left")
    await expect(heard.nth(1)).to_contain_text("Staffer <b>left</b> @Root Name")
    await expect(heard.nth(1).locator(".entry-warning")).to_contain_text(
        ["No text", "no alt_text", "2 buttons have this name", "2 buttons have this name"]
    )
    await expect(panel.get_by_role("status")).to_have_text("4 warnings")
    await heard.nth(1).get_by_role("button", name="Reject it").press("Enter")
    await expect(window.page.locator(".highlighted")).to_have_text("❌")

    await panel.get_by_role("button", name="Only warnings").click()
    await expect(heard).to_have_count(1)
    await panel.get_by_role("button", name="Only warnings").click()
    await slack.post_as(ONCALL, OPS, ":bell:")
    await slack.post_as(ONCALL, OPS, "at 07:20:01 :tada:")
    await expect(heard.nth(3)).to_contain_text("at 07:20:01 tada emoji")
    await expect(heard.nth(2)).to_contain_text("bell emoji")
    await expect(heard.nth(2)).to_contain_text("Only emoji")

    await client.views_publish(user_id=ONCALL, view=HOME)
    await window.page.locator("#sidebar").get_by_role("button", name=slack.workspace.bot_name).click()
    await expect(panel.get_by_role("button", name="What waits for you heading")).to_be_visible()

    await client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=FORM)
    reason = window.page.get_by_role("dialog", name="Revoke sessions").get_by_label("Reason")
    await expect(reason).to_be_focused()
    await panel.get_by_role("button", name="Reason").click()  # a form covers the window, not the tools
    await expect(window.page.get_by_role("dialog").locator(".highlighted")).to_be_visible()
    assert window.problems == []
