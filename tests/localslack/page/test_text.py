"""What is written is shown as Slack shows it, and stays text."""

import base64

import pytest
from playwright.async_api import expect
from slack_sdk.web.async_client import AsyncWebClient

from tests.conftest import until
from tests.localslack.page.kitchen import OPS

pytestmark = pytest.mark.browser

ODD = r"""*bold* _it_ ~no~ `*code*` 2*3*4 snake_case_name <javascript:alert(1)|click> <https://x.example|a *link*>
&gt; quoted &lt;b&gt; &amp;amp;
<img src=x onerror=alert(1)> :bell: :unheard_of: <!here> <!date^0^{date_num}|then> <#C0FIN>"""

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


async def test_text_is_formatted_as_slack_does_and_never_becomes_markup(here):
    window = await here.window("U0ONCALL")
    client = AsyncWebClient(here.slack.workspace.bot_token, base_url=f"{here.slack.base_url}/api/")
    ts = (await client.chat_postMessage(channel=OPS, text=ODD))["ts"]
    shown = window.page.locator(f'[data-ts="{ts}"] .mrkdwn')
    await expect(shown).to_contain_text("2*3*4 snake_case_name <javascript:alert(1)|click> a *link*")
    await expect(shown.locator("b, i, s, code")).to_have_text(["bold", "it", "no", "*code*"])
    await expect(shown.locator("blockquote")).to_have_text("quoted <b> &amp;")
    await expect(shown.locator(".mention")).to_have_text(["@here", "#finance"])
    await expect(shown).to_contain_text("<img src=x onerror=alert(1)> 🔔 :unheard_of:")
    await expect(shown).to_contain_text("1970-01-01")
    assert await shown.locator("img").count() == 0
    assert await shown.locator("a").count() == 2
    assert window.problems == []


async def test_blocks_that_show_something(here):
    """Lists, quotes, tables that turn pages, charts, files; what cannot be loaded is named; Home is drawn."""
    window = await here.window("U0ONCALL")
    page = window.page
    await window.say("/pm show")
    show = page.locator(".message").filter(has=page.locator(".b-chart"))
    await expect(show.locator("ol > li").first).to_have_text("look")
    await expect(show.locator("blockquote")).to_have_text("quoted\ntwice")
    await expect(show.locator("pre")).to_have_text("$ pm doctor\nall well")
    await expect(show.locator(".markdown h4")).to_have_text("Heading")
    await expect(show.get_by_role("img", name="Mails sent per hour")).to_be_visible()
    await expect(show.get_by_role("img", name="A picture from elsewhere")).to_contain_text("not loaded")

    table = show.get_by_role("table")
    await expect(table.get_by_role("rowheader")).to_have_text([f"Tenant {n}" for n in range(5)])
    await show.get_by_role("button", name="Next").click()
    await expect(table.get_by_role("rowheader").first).to_have_text("Tenant 5")
    await table.get_by_role("button", name="Waiting").click()
    await expect(table.get_by_role("columnheader", name="Waiting")).to_have_attribute("aria-sort", "ascending")

    client = AsyncWebClient(here.slack.workspace.bot_token, base_url=f"{here.slack.base_url}/api/")
    files = [{"content": PIXEL, "filename": "dot.png", "title": "A dot"}, {"content": "a,b", "filename": "list.csv"}]
    await client.files_upload_v2(channel=OPS, file_uploads=files, initial_comment="Two files")
    shared = page.locator(".message", has_text="Two files")
    await expect(shared.get_by_role("link", name="list.csv")).to_be_visible()
    await until(lambda: shared.get_by_role("img", name="A dot").evaluate("image => image.naturalWidth === 1"))

    await page.locator("#sidebar").get_by_role("button", name="PenguinMails Ops").click()
    await expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()
    await page.get_by_role("tab", name="Messages").click()
    await expect(page.get_by_text("This conversation is between you and PenguinMails Ops.")).to_be_visible()
    assert window.problems == []
