"""Long channels and many changes: measured in work done, not in time."""

import asyncio

import pytest
from playwright.async_api import expect

from localslack import LocalSlack
from localslack.workspace.sample import sample_workspace
from tests.browser import open_window
from tests.localslack.page.kitchen import OPS

pytestmark = pytest.mark.browser

# Notes which messages were touched, which were added or removed, in how many goes, and how many frames there were.
WATCH = """() => {
  const work = (window.work = { touched: [], moved: 0, goes: 0, frames: 0 });
  const isMessage = (node) => node.nodeType === 1 && node.classList.contains("message");
  new MutationObserver((records) => {
    work.goes += 1;
    for (const record of records) {
      const message = record.target.parentElement?.closest("[data-ts]") ?? record.target.closest?.("[data-ts]");
      if (message && !work.touched.includes(message.dataset.ts)) work.touched.push(message.dataset.ts);
      work.moved += [...record.addedNodes, ...record.removedNodes].filter(isMessage).length;
    }
  }).observe(document.querySelector("#messages"), {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
  const count = () => { work.frames += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
}"""


@pytest.fixture
async def long():
    """A channel with 1,000 messages, and no app that would have to hear of them."""
    workspace = sample_workspace()
    workspace.events = frozenset()
    slack = LocalSlack(workspace)
    async with slack.serve():
        said = [await slack.post_as("U0ROOT", OPS, f"message {number}") for number in range(1000)]
        yield slack, said


async def test_a_thousand_messages_and_fifty_updates_a_second(long, browser):
    """A bounded page is loaded, a change touches its message alone, many are drawn at once, clicks are answered."""
    slack, said = long
    window = await open_window(browser, slack.base_url, "U0ONCALL", OPS)
    page, messages = window.page, window.page.locator("#messages .message")
    await expect(page.get_by_text("message 999", exact=True)).to_be_visible()
    assert await messages.count() == 100

    await page.evaluate(WATCH)
    await slack.edit("U0ROOT", OPS, said[950], "changed once")
    await expect(page.get_by_text("changed once")).to_be_attached()
    work = await page.evaluate("window.work")
    assert (work["touched"], work["moved"]) == ([said[950]], 0)

    before = work
    for number in range(300):
        await slack.edit("U0ROOT", OPS, said[960 + number % 30], f"burst {number}")
        await asyncio.sleep(0)
    await expect(page.get_by_text("burst 299")).to_be_attached()
    work = await page.evaluate("window.work")
    assert work["goes"] - before["goes"] <= work["frames"] - before["frames"] + 1
    assert work["goes"] - before["goes"] < 150
    assert work["moved"] == 0

    sent: list[str] = []
    stream = asyncio.create_task(_updates(slack, said[-5:], sent))
    for place in ("finance", "operations"):
        await page.locator("#sidebar").get_by_role("button", name=place).click()
        await expect(page.get_by_role("heading", name=place, exact=True)).to_be_visible()
    assert not stream.done()
    stream.cancel()
    await asyncio.gather(stream, return_exceptions=True)
    await expect(page.get_by_text(sent[-1], exact=True)).to_be_attached()
    assert window.problems == []


async def _updates(slack, said, sent):
    """Fifty a second, until cancelled; what was said is noted in `sent`."""
    while True:
        text = f"update {len(sent)}"
        await slack.edit("U0ROOT", OPS, said[len(sent) % len(said)], text)
        sent.append(text)
        await asyncio.sleep(0.02)


async def test_older_messages_come_as_one_scrolls_and_links_lead_to_them(long, browser):
    """What one reads stays where it is while older ones come in above; a permalink loads what it needs and marks it."""
    slack, said = long
    window = await open_window(browser, slack.base_url, "U0ONCALL", OPS)
    page, messages = window.page, window.page.locator("#messages .message")
    await expect(page.get_by_text("message 999", exact=True)).to_be_visible()
    first = page.locator(f'[data-ts="{said[900]}"]')
    await first.scroll_into_view_if_needed()
    await expect(messages).to_have_count(200)
    await expect(first).to_be_in_viewport()

    await page.goto(f"{slack.base_url}/archives/{OPS}/p{said[500].replace('.', '')}")
    target = page.locator(f'[data-ts="{said[500]}"]')
    await expect(target).to_be_in_viewport()
    assert await messages.count() < 700

    for number in range(5):
        await slack.post_as("U0ROOT", OPS, f"later {number}")
    await expect(page.get_by_text("later 4")).to_be_attached()
    await expect(target).to_be_in_viewport()
    assert window.problems == []


async def test_what_comes_in_below_is_said_and_one_click_away(long, browser):
    """Whoever has scrolled up keeps their place, hears of what is new, and follows again at the end."""
    slack, said = long
    window = await open_window(browser, slack.base_url, "U0ONCALL", OPS)
    page, pill = window.page, window.page.get_by_role("button", name="below")
    await expect(page.get_by_text("message 999", exact=True)).to_be_in_viewport()
    await slack.post_as("U0ROOT", OPS, "followed")
    await expect(page.get_by_text("followed")).to_be_in_viewport()
    await expect(pill).to_have_count(0)

    earlier = page.locator(f'[data-ts="{said[950]}"]')
    await earlier.scroll_into_view_if_needed()
    for number in range(2):
        await slack.post_as("U0ROOT", OPS, f"later {number}")
    await expect(pill).to_have_text("2 new messages below")
    await expect(earlier).to_be_in_viewport()
    await pill.click()
    await expect(page.get_by_text("later 1")).to_be_in_viewport()
    await expect(pill).to_have_count(0)
    await slack.post_as("U0ROOT", OPS, "followed again")
    await expect(page.get_by_text("followed again")).to_be_in_viewport()

    await earlier.scroll_into_view_if_needed()
    await slack.post_as("U0ROOT", OPS, "once more")
    await expect(pill).to_have_text("1 new message below")
    await page.locator("#messages").evaluate("list => { list.scrollTop = list.scrollHeight }")
    await expect(pill).to_have_count(0)
    assert window.problems == []
