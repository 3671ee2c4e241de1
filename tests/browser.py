"""A real browser, for the page of the local Slack; whoever uses it imports the fixture into its conftest.py."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

PICTURES = Path(__file__).parents[1] / "docs"
CHROMIUM = shutil.which("chromium")
expect.set_options(timeout=20_000)  # on a busy machine everything takes its time; what is there is seen at once
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        await chromium.close()


class Window:
    """One browser window in which somebody is somebody. `problems` holds script errors and foreign requests."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self._watch(request.url))

    def _watch(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:")):
            self.problems.append(f"asked for {url}")

    async def picture(self, name: str) -> None:
        """One of the README's pictures; `make pictures` renews them."""
        if os.environ.get("PM_PICTURES"):
            await self.page.wait_for_timeout(300)
            await self.page.screenshot(path=PICTURES / f"{name}.png", scale="css")

    async def say(self, text: str) -> None:
        box = self.page.locator("#composer textarea")
        await box.fill(text)
        await box.press("Enter")


async def open_window(
    browser: Browser, url: str, user: str, channel: str, size: tuple[int, int] = (1280, 800)
) -> Window:
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, device_scale_factor=2)
    window = Window(await context.new_page())
    await window.page.goto(f"{url}/?as={user}&channel={channel}")
    await expect(window.page.locator("#who")).to_have_value(user)
    return window
