"""Forms and what can be used in messages: every input reaches the app as Slack would send it."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.conftest import until
from tests.localslack.page.kitchen import OPS

pytestmark = pytest.mark.browser


async def test_every_input_of_a_form(here):
    """Filled in one after the other, over a form pushed on top; what the client refuses stands below the field."""
    window = await here.window("U0ONCALL")
    page = window.page
    await window.say("/pm everything")
    form = page.get_by_role("dialog", name="Everything")
    await expect(form.get_by_label("Reason")).to_be_focused()
    await form.get_by_role("button", name="Send").click()
    await expect(form.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    await form.get_by_label("Reason").fill("why not")

    await form.get_by_role("button", name="Push another").click()
    await expect(page.get_by_role("dialog", name="Second")).to_contain_text("Over the first.")
    await page.keyboard.press("Escape")
    await expect(form.get_by_label("Reason")).to_have_value("why not")

    for label, text in (("Number", "7"), ("E-mail", "a@b.example"), ("Address", "https://x.example/")):
        await form.get_by_label(label).fill(text)
    for label, typed, name in (
        ("How long", "day", "1 day"),
        ("Which", "1", "1 hour"),
        ("Which", "until", "Until somebody ends it"),
        ("Somebody", "root", "Root Name"),
        ("Some people", "sta", "Staffer Name"),
        ("Where", "fin", "#finance"),
        ("Staffers", "sec", "Security Name"),
    ):
        await form.get_by_role("combobox", name=f"{label} (optional)", exact=True).press_sequentially(typed)
        await form.get_by_role("option", name=name).click()
    await form.get_by_role("checkbox", name="1 hour").check()
    await form.get_by_role("radio", name="1 day").check()
    for label, moment in (("Day", "2026-12-24"), ("Time", "09:30"), ("Moment", "2026-12-24T09:30")):
        await form.get_by_label(f"{label} (optional)", exact=True).fill(moment)
    chosen = [{"name": f"{name}.csv", "mimeType": "text/csv", "buffer": b"a,b"} for name in ("one", "two")]
    await form.get_by_label("Files").set_input_files(chosen)
    await expect(form.get_by_role("button", name="Remove two.csv")).to_be_visible()
    await form.get_by_role("button", name="Remove one.csv").click()
    await form.get_by_role("button", name="Send").click()
    await expect(form).to_have_count(0)

    sent = {block: next(iter(actions.values())) for block, actions in here.seen[-1].items()}
    values = {name: next(value for key, value in held.items() if key != "type") for name, held in sent.items()}
    assert [values[name] for name in ("reason", "number", "email", "url")] == [
        "why not", "7", "a@b.example", "https://x.example/"
    ]  # fmt: skip
    assert values["long"]["value"] == "1d"
    assert [one["value"] for one in values["several"]] == ["1h", "open"]
    assert (values["person"], values["people"], values["channel"]) == ("U0ROOT", ["U0STAFF"], "C0FIN")
    assert [one["value"] for one in values["staffers"]] == ["U0SECURITY"]
    assert ([one["value"] for one in values["ticks"]], values["one"]["value"]) == (["1h"], "1d")
    assert [(one["name"], one["size"]) for one in values["files"]] == [("two.csv", 3)]
    assert (values["day"], values["time"]) == ("2026-12-24", "09:30")
    assert isinstance(values["moment"], int)
    assert window.problems == []


async def test_menus_in_a_message_act_at_once_and_failures_are_seen(here):
    window = await here.window("U0ONCALL")
    page = window.page
    await window.say("/pm menus")
    message = page.locator(".message", has_text="Queue email-sending")
    await message.get_by_label("For how long").click()
    await message.get_by_role("option", name="1 day").click()
    await until(lambda: here.seen and here.seen[-1]["selected_option"]["value"] == "1d")
    await message.get_by_role("button", name="More actions").first.click()
    await page.get_by_role("menuitem", name="Why this?").click()
    await until(lambda: here.seen[-1]["action_id"] == "more" and here.seen[-1]["selected_option"]["value"] == "why")
    await message.get_by_label("1 hour").check()
    await until(lambda: here.seen[-1]["action_id"] == "tick")

    await window.say("/pm revoke")
    await page.get_by_role("dialog").get_by_label("Reason").fill("laptop stolen")
    await page.get_by_role("dialog").get_by_label("Person").press_sequentially("root")
    await page.get_by_role("dialog").get_by_role("option", name="Root Name").click()
    await page.get_by_role("dialog").get_by_role("button", name="Ask").click()
    card = page.locator(".message", has_text="Sign out Staffer Name")
    details = card.get_by_role("button", name="Details")
    await details.click()
    await expect(details).to_have_attribute("aria-busy", "true")
    await expect(card.get_by_role("alert")).to_contain_text("operation_timeout")
    await expect(details).not_to_have_attribute("aria-busy", "true")

    here.slack.feed.close()  # the window connects again and reads what it missed
    await asyncio.gather(*(here.slack.post_as("U0ROOT", OPS, f"missed {number}") for number in range(3)))
    await expect(page.get_by_text("missed 2")).to_be_visible()
    assert window.problems == []


async def test_what_is_attached_can_be_clicked_whether_of_blocks_or_of_the_old_kind(here):
    """A button and a menu of blocks, and a button and a menu as they were before there were blocks."""
    window = await here.window("U0ONCALL")
    await window.say("/pm attached")
    attached = window.page.locator(".attachment")
    await attached.get_by_role("button", name="Silence").click()
    assert (await until(lambda: here.seen))[-1]["action_id"] == "silence"
    await attached.get_by_role("button", name="Restart").click()
    assert (await until(lambda: here.seen[1:]))[-1] == {"name": "answer", "type": "button", "value": "yes"}
    await attached.get_by_role("combobox", name="When").press_sequentially("ton")
    await window.page.get_by_role("option", name="Tonight").click()
    assert (await until(lambda: here.seen[2:]))[-1]["selected_options"] == [{"value": "20:00"}]
    assert window.problems == []
