"""A person's browser: real Chromium on the page, and all that it complained about or asked for."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator

import pytest
from innervate.core import clock

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    *("--no-sandbox", "--enable-unsafe-swiftshader", "--use-angle=swiftshader", "--headless=new"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"),
]
SCREEN = {"width": 1280, "height": 800}
LONG_MS = 20_000


@contextlib.contextmanager
def chromium() -> Iterator[playwright.Browser]:
    """Headless, with a software GPU: WebGL works on any machine."""
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


class Visit:
    """One open page, and everything it complained about or asked for."""

    def __init__(self, browser: playwright.Browser, url: str, **options: object) -> None:
        self.context = browser.new_context(**{"viewport": SCREEN, **options})
        self.page = self.context.new_page()
        self.page.set_default_timeout(LONG_MS)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(url)
        self.wait("connection", "Live")

    def part(self, name: str) -> playwright.Locator:
        return self.page.locator(f'[data-part="{name}"]')

    def wait(self, name: str, text: str) -> None:
        playwright.expect(self.part(name)).to_contain_text(text, timeout=LONG_MS)

    def angle(self, joint: str) -> float:
        return float(self.page.locator(f'[data-joint="{joint}"]').get_attribute("data-position") or "nan")

    def until(self, what: Callable[[], bool]) -> None:
        until_s = clock.now() + LONG_MS / 1e3
        while not what():
            assert clock.now() < until_s
            self.page.wait_for_timeout(30)
