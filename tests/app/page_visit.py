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
PHONE = {"width": 390, "height": 844}
LONG_MS = 20_000
LEAST_TARGET = 44
"""CSS pixels across a button, at least (WCAG 2.2, target size, enhanced)."""

FIND_POOR_CONTRAST = r"""() => {
  const parse = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.9) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const e of document.querySelectorAll(".page *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    if (!e.checkVisibility() || e.closest(".stop-button")) continue;
    const pair = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) poor.push(`${e.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


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

    @property
    def broken(self) -> list[str]:
        """Complaints, but for those of a request that was refused: Chromium calls that an error too."""
        return [text for text in self.complaints if not text.startswith("Failed to load resource")]

    def part(self, name: str) -> playwright.Locator:
        return self.page.locator(f'[data-part="{name}"]')

    def wait(self, name: str, text: str) -> None:
        playwright.expect(self.part(name)).to_contain_text(text, timeout=LONG_MS)

    def press(self, name: str) -> None:
        """The button of that name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def phone_is_usable(self) -> None:
        """Nothing sticks out of the screen, and every button is large and has a name."""
        assert self.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        for button in self.page.get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= LEAST_TARGET
            assert button.inner_text().strip()

    def poor_contrast(self) -> list[str]:
        """Texts with less than 4.5 : 1 (WCAG AA) on the nearest opaque ground behind them."""
        found: list[str] = self.page.evaluate(FIND_POOR_CONTRAST)
        return found

    def angle(self, joint: str) -> float:
        return float(self.page.locator(f'[data-joint="{joint}"]').get_attribute("data-position") or "nan")

    def until(self, what: Callable[[], bool]) -> None:
        until_s = clock.now() + LONG_MS / 1e3
        while not what():
            assert clock.now() < until_s
            self.page.wait_for_timeout(30)
