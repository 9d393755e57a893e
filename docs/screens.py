"""Pictures for the README: of each virtual limb, and of the page in Chromium from a demo. `make screens`.

With `--limbs`, of the limbs only: that needs MuJoCo and no browser.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from innervate.app.browser import CHROMIUM_FLAGS
from innervate.app.demo import DemoOptions, run_demo
from innervate.app.render import RenderOptions, render
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"
SCREENS = {"page.png": (1280, 800), "page-phone.png": (390, 844)}
LIMBS = {
    "limb-transradial.png": RenderOptions("transradial", "power", "bottle"),
    "limb-transhumeral.png": RenderOptions("transhumeral", "tripod", "block"),
    "limb-transtibial.png": RenderOptions("transtibial", "push-off"),
    "limb-transfemoral.png": RenderOptions("transfemoral", "dorsiflexion"),
    "limb-key.png": RenderOptions("ability-hand", "key", "card"),
    "limb-clothespin.png": RenderOptions("ability-hand", "tripod", "clothespin"),
}
LIMB_SIZE = (360, 280)


def draw_limbs() -> None:
    """Each limb in a posture, as `innervate render` draws it."""
    for name, options in LIMBS.items():
        render(replace(options, width=LIMB_SIZE[0], height=LIMB_SIZE[1]), IMAGES / name)


def take(url: str) -> None:
    """Wait until the hand grips something, and take each picture."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
        for name, (width, height) in SCREENS.items():
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1)
            page.goto(url)
            page.wait_for_timeout(5000)
            if "Fault" in page.locator("[data-part=headline]").inner_text():
                page.get_by_role("button", name="Arm").click()  # starting the browser held up the limb's wire
            page.wait_for_timeout(3000)
            page.wait_for_function(
                "['Tripod grip', 'Pinch', 'Point'].some(name => document.querySelector("
                "'[data-part=movement]').innerText.includes(name))",
                timeout=60_000,
            )
            page.wait_for_timeout(900)
            page.screenshot(path=str(IMAGES / name))
        browser.close()


def main() -> None:
    """Draw the limbs, then run the demo until the pictures are taken."""
    draw_limbs()
    if "--limbs" in sys.argv:
        return
    done = threading.Event()

    def photograph(url: str) -> None:
        try:
            take(url)
        finally:
            done.set()
            signal.raise_signal(signal.SIGTERM)  # ends the demo in its own way

    run_demo(
        DemoOptions(headless=True, page=True, seed=2),
        on_page=lambda url: threading.Thread(target=photograph, args=(url,), daemon=True).start(),
    )
    print("taken" if done.is_set() else "not taken: the demo ended first")


if __name__ == "__main__":
    main()
