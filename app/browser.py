"""A headless Chromium that looks at a page, so that figures can be taken with a viewer attached."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from ..core.clock import sleep

_SETTLE_S = 6.0
"""Starting a browser keeps two cores busy for seconds; figures are for one that shows the page."""

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--use-angle=swiftshader",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,800",
)


@contextlib.contextmanager
def headless_browser(folder: Path) -> Iterator[Callable[[str], None]]:
    """A function that opens an address in Chromium; the browser is closed on leaving.

    Args:
        folder: for its profile.
    """
    with contextlib.ExitStack() as stack:

        def visit(url: str) -> None:
            browser = subprocess.Popen(
                ["chromium", *CHROMIUM_FLAGS, f"--user-data-dir={folder / 'chromium'}", url],  # noqa: S607
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(browser.wait)
            stack.callback(browser.terminate)
            sleep(_SETTLE_S)

        yield visit
