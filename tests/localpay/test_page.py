"""The page: what there is, and what can be made to happen, in a browser."""

import pytest

from tests.browser import browser
from tests.localpay.conftest import newest, paid_charge

__all__ = ["browser"]
pytestmark = pytest.mark.browser


@pytest.fixture
async def page(browser, pay):
    """Whatever goes wrong in the page goes wrong in the test."""
    context = await browser.new_context(base_url=pay.base_url, viewport={"width": 1280, "height": 800})
    opened, wrong = await context.new_page(), []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.set_default_timeout(5_000)
    yield opened
    await context.close()
    assert wrong == []


async def test_it_lists_everything_and_makes_things_happen(page, pay):
    """A dispute by a button; the state is there at once, and the button is gone."""
    charge = paid_charge(pay)["id"]
    await page.goto("/")
    row = page.locator("#charge tr", has_text=charge)
    await row.get_by_role("button", name="Customer disputes it").click()
    await page.locator("#dispute tr", has_text="needs_response").wait_for()
    assert await row.locator(".state").inner_text() == "disputed"
    assert await row.get_by_role("button").count() == 0
    assert newest(pay, "dispute", charge=charge)["status"] == "needs_response"


async def test_a_link_of_stripes_dashboard_opens_the_object(page, pay):
    """With what belongs to it, and just what the API answers."""
    await page.goto("/test/subscriptions/sub_acme")
    await page.get_by_role("heading", name="Scale").wait_for()
    await page.get_by_role("link", name="ACME-0002").click()
    await page.get_by_role("heading", name="ACME-0002").wait_for()
    assert "/test/invoices/in_" in page.url
    await page.get_by_role("link", name="Acme Corp").first.wait_for()
    await page.get_by_text("As the API answers it").click()
    assert '"object": "invoice"' in await page.locator("pre").inner_text()


async def test_what_others_do_appears_and_time_passes(page, pay):
    await page.goto("/test/refunds")
    await page.get_by_text("None yet.").wait_for()
    pay.refund_in_dashboard(paid_charge(pay)["id"], 100)
    await page.locator("#refund tr", has_text="1.00 EUR").wait_for()
    before = pay.ledger.clock.now()
    await page.get_by_role("button", name="30 days pass").click()
    await page.get_by_role("link", name="Invoices 16").wait_for()
    assert pay.ledger.clock.now() - before == 30 * 86_400


async def test_faults_are_ordered_and_taken_back(page, pay):
    await page.goto("/")
    await page.get_by_label("Method").select_option("refunds.create")
    await page.locator("select[name=kind]").select_option("lost")
    await page.get_by_role("button", name="Make them go wrong").click()
    await page.get_by_text("lost: refunds.create").wait_for()
    assert len(pay.faults.as_json()["next"]) == 1
    await page.get_by_role("button", name="Nothing any more").click()
    await page.get_by_text("Nothing is ordered.").wait_for()
    await page.get_by_label("Each once more, so often").fill("4")
    await page.get_by_role("button", name="Set").click()
    await page.get_by_role("button", name="Keep them pending").click()
    await page.get_by_role("button", name="Let them succeed at once").wait_for()
    assert (pay.webhooks.trouble.duplicates, pay.ledger.refunds_wait) == (4, True)


async def test_one_kind_has_a_page_of_its_own(page):
    await page.goto("/test/invoices")
    await page.get_by_role("heading", name="Invoices").wait_for()
    assert await page.locator("section").count() == 1
