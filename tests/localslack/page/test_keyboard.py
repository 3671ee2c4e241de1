"""Everything can be done from the keyboard, and the focus is never lost."""

import pytest
from playwright.async_api import expect

from tests.conftest import until

pytestmark = pytest.mark.browser


async def test_from_the_composer_through_a_form_to_a_decision_without_a_mouse(here):
    window = await here.window("U0ONCALL")
    page = window.page
    press, type_ = page.keyboard.press, page.keyboard.type
    box = page.locator("#composer textarea")
    await expect(box).to_be_focused()

    await type_("/p")
    await expect(page.get_by_role("option", name="/pm")).to_contain_text("revoke @somebody because …")
    await press("Tab")
    await expect(box).to_have_value("/pm ")
    await expect(page.locator(".command-hint")).to_contain_text("revoke @somebody because …")
    await type_("revoke")
    await press("Enter")
    form = page.get_by_role("dialog", name="Revoke sessions")
    person = form.get_by_role("combobox", name="Person")
    await expect(person).to_be_focused()
    await type_("name")
    await expect(form.get_by_role("option", selected=True)).to_have_text("Oncall Name")
    await press("ArrowDown")
    await press("ArrowDown")
    await expect(form.get_by_role("option", selected=True)).to_have_text("Finance Name")
    await press("Escape")
    await expect(form).to_be_visible()
    await person.press("Control+a")
    await type_("staff")
    await expect(form.get_by_role("option", selected=True)).to_have_text("Staffer Name")
    await press("Enter")
    await expect(person).to_have_value("Staffer Name")
    await press("Tab")
    await type_("laptop stolen")
    await press("Tab")
    await press("Tab")
    await expect(form.get_by_role("button", name="Ask")).to_be_focused()
    await press("Enter")
    await expect(form).to_have_count(0)
    await expect(box).to_be_focused()

    approve = page.get_by_role("button", name="Revoke 4 sessions")
    await expect(approve).to_be_visible()
    for _ in range(12):
        await press("Shift+Tab")
        if await approve.evaluate("node => node === document.activeElement"):
            break
    await press("Enter")
    question = page.get_by_role("dialog", name="Revoke 4 sessions?")
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await press("Escape")
    await expect(approve).to_be_focused()
    await press("Enter")
    await press("Tab")
    await press("Enter")
    await expect(page.get_by_text("approved by @Oncall Name")).to_be_visible()
    assert window.problems == []


async def test_messages_menus_and_channels_without_a_mouse(here):
    """Arrows walk through messages, menus and channels; a thread and a shortcut open and close again."""
    window = await here.window("U0ONCALL")
    page = window.page
    press, type_ = page.keyboard.press, page.keyboard.type
    await window.say("first words")
    await expect(page.locator(".message")).to_have_count(1)
    await page.locator("#messages").focus()
    await press("ArrowUp")
    await expect(page.locator(".message")).to_be_focused()
    await press("Tab")
    await expect(page.get_by_role("button", name="React with white_check_mark")).to_be_focused()
    await press("Enter")
    await expect(page.get_by_role("button", name="white_check_mark, 1: you")).to_be_visible()
    thread = page.get_by_role("button", name="Reply in thread")
    await thread.focus()
    await press("Enter")
    await expect(page.get_by_label("Reply…")).to_be_focused()
    await type_("an answer")
    await press("Enter")
    await expect(page.locator("#thread-messages").get_by_text("an answer")).to_be_visible()
    await press("ArrowUp")
    await expect(page.get_by_label("Edit message")).to_be_focused()
    await press("Escape")
    await expect(page.get_by_label("Reply…")).to_be_focused()
    await press("Escape")
    await expect(page.locator("#thread")).to_have_count(0)
    await expect(page.get_by_role("button", name="1 reply")).to_be_visible()

    shortcuts = page.get_by_role("button", name="Shortcuts")
    await shortcuts.focus()
    await press("Enter")
    await expect(page.get_by_role("menuitem", name="Report an incident")).to_be_focused()
    await press("Escape")
    await expect(shortcuts).to_be_focused()
    await press("Enter")
    await press("Enter")
    await expect(page.get_by_role("dialog", name="Second")).to_be_visible()
    await press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(shortcuts).to_be_focused()

    await page.locator('[data-place="C0FIN"]').focus()
    await press("ArrowDown")
    await press("ArrowUp")
    await press("Enter")
    await expect(page.get_by_role("heading", name="finance", exact=True)).to_be_visible()
    await until(lambda: here.slack.views("U0ONCALL") == [])
    assert window.problems == []
