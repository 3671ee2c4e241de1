"""Two windows are two people: what each sees, what is theirs alone, what is unread."""

import pytest
from playwright.async_api import expect

from tests.conftest import until
from tests.localslack.page.kitchen import OPS

pytestmark = pytest.mark.browser


async def test_two_windows_are_two_people(here):
    """One asks by a form with type-ahead and an error, the other approves; each sees what is theirs."""
    asker, approver = await here.window("U0ONCALL"), await here.window("U0SECURITY")

    await asker.say("/pm revok")
    await expect(asker.page.get_by_text("Did you mean revoke?")).to_be_visible()
    await expect(asker.page.get_by_text("Only visible to you")).to_be_visible()

    await asker.say("/pm revoke")
    form = asker.page.get_by_role("dialog", name="Revoke sessions")
    await form.get_by_label("Person").press_sequentially("staf")
    await form.get_by_role("option", name="Staffer Name").click()
    await form.get_by_label("Reason").fill("no")
    await form.get_by_role("button", name="Ask").click()
    await expect(form.get_by_text("A few words more, please.")).to_be_visible()
    await form.get_by_label("Reason").fill("laptop stolen")
    await form.get_by_role("button", name="Ask").click()
    await expect(form).to_have_count(0)

    decision = approver.page.locator(".message", has_text="Sign out Staffer Name everywhere")
    await expect(decision).to_contain_text("laptop stolen <b>&amp;</b> *left* in a taxi")
    await decision.get_by_role("button", name="Revoke 4 sessions").click()
    await approver.page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    for window in (asker, approver):
        await expect(window.page.locator(".message", has_text="approved by @Security Name")).to_be_visible()
        await expect(window.page.get_by_role("button", name="Revoke 4 sessions")).to_have_count(0)

    assert await approver.page.get_by_text("Did you mean revoke?").count() == 0
    await asker.page.get_by_role("button", name="Dismiss message").click()
    await expect(asker.page.get_by_text("Did you mean revoke?")).to_have_count(0)
    assert asker.problems == approver.problems == []


async def test_what_is_unread_is_each_persons_own(here):
    """Mentions and answers in one's thread are counted until they are looked at, in whichever window."""
    question = await here.slack.post_as("U0ONCALL", OPS, "who looks?")
    window = await here.window("U0ONCALL", "C0FIN")
    page, places = window.page, window.page.locator("#sidebar")
    await expect(places.get_by_role("button", name="operations", exact=True)).to_be_visible()

    await here.slack.post_as("U0ROOT", OPS, "hello")
    await expect(places.get_by_role("button", name="operations, 1 unread", exact=True)).to_be_visible()
    await here.slack.post_as("U0ROOT", OPS, "@oncall see this")
    await expect(places.get_by_role("button", name="operations, 2 unread, 1 for you")).to_be_visible()
    await here.slack.post_as("U0STAFF", OPS, "I do", thread_ts=question)
    await expect(places.get_by_role("button", name="operations, 2 unread, 2 for you")).to_be_visible()

    await places.get_by_role("button", name="operations").click()
    await expect(page.get_by_role("separator").filter(has_text="New")).to_be_visible()
    await expect(places.get_by_role("button", name="operations, 1 for you")).to_be_visible()
    await page.get_by_role("button", name="1 reply").click()
    await expect(places.get_by_role("button", name="operations", exact=True)).to_be_visible()

    await page.locator("#who").select_option("U0SECURITY")
    await expect(places.get_by_role("button", name="security", exact=True)).to_be_visible()
    other = await here.window("U0ONCALL", "C0FIN")
    await expect(other.page.locator("#sidebar").get_by_role("button", name="operations", exact=True)).to_be_visible()
    assert window.problems == other.problems == []


async def test_people_react_answer_change_and_take_back(here):
    """What is done to a message from its menu is seen in the other window; a shortcut reaches the app."""
    first, second = await here.window("U0ONCALL"), await here.window("U0ROOT")
    await first.say("to be :tada:")
    ts = await first.page.locator(".message", has_text="to be 🎉").get_attribute("data-ts")
    mine, theirs = (window.page.locator(f'[data-ts="{ts}"]') for window in (first, second))

    await theirs.hover()
    await theirs.get_by_role("button", name="Add reaction").click()
    await second.page.keyboard.type("penguin")
    await second.page.keyboard.press("Enter")
    await mine.get_by_role("button", name="penguin, 1: Root Name").click()
    await expect(theirs.get_by_role("button", name="penguin, 2: you, Oncall Name")).to_be_visible()

    await mine.hover()
    await mine.get_by_role("button", name="More actions").click()
    await first.page.get_by_role("menuitem", name="Edit message").click()
    await mine.get_by_label("Edit message").fill("to be changed, ask a@b.example or see https://x.example/?a=1&b=2")
    await mine.get_by_label("Edit message").press("Enter")
    await expect(theirs).to_contain_text("to be changed, ask a@b.example or see https://x.example/?a=1&b=2 (edited)")
    await first.page.mouse.move(0, 0)
    await mine.hover()
    await mine.get_by_role("button", name="More actions").click()
    await first.page.get_by_role("menuitem", name="Edit message").click()
    typed = "to be changed, ask a@b.example or see https://x.example/?a=1&b=2"
    await expect(mine.get_by_label("Edit message")).to_have_value(typed)
    await mine.get_by_label("Edit message").press("Escape")
    await first.page.mouse.move(0, 0)

    await theirs.hover()
    await theirs.get_by_role("button", name="More actions").click()
    await second.page.get_by_role("menuitem", name="Make it a task").click()
    await until(lambda: here.seen[-1:] == [{"task": ts}])
    await mine.hover()
    await mine.get_by_role("button", name="More actions").click()
    await first.page.get_by_role("menuitem", name="Delete message…").click()
    await first.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(theirs).to_have_count(0)
    assert first.problems == second.problems == []
