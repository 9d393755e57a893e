"""A person at the clinic's pages in a browser, and a script that asks as one does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from innervate.app.clinic.settings import ClinicSettings
from innervate.core.child import Child
from innervate.core.settings import write_settings

from .clinic_people import PASSWORD, small_clinic
from .page_visit import FIND_POOR_CONTRAST, LONG_MS, SCREEN, playwright

UNNAMED = r"""() => [...document.querySelectorAll(
    ".page input, .page select, .page textarea, .page button, .page a")]
  .filter((e) => e.type !== "hidden")
  .filter((e) => !(e.labels?.length || e.getAttribute("aria-label") || e.textContent.trim()))
  .map((e) => e.outerHTML.slice(0, 80))"""
TWICE = r"""() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at); }"""


@contextmanager
def clinic(folder: Path, many: int = 0, **settings: Any) -> Iterator[tuple[str, int]]:
    """A clinic's address and process, while it is open."""
    small_clinic(folder / "store", many)
    path = folder / "clinic.json"
    write_settings(path, ClinicSettings(store=str(folder / "store"), **settings))
    with Child("innervate.app.clinic", str(path), log_path=folder / "clinic.log") as child:
        yield str(child.wait_ready(90)["url"]).rstrip("/"), child.pid


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A clinic's address."""
    with clinic(folder) as (url, _pid):
        yield url


class Script:
    """Asks as a script does, with the session's cookie and token."""

    def __init__(self, url: str, name: str = "", password: str = PASSWORD) -> None:
        self._where = urlsplit(url).netloc
        self.headers: dict[str, str] = {}
        if name:
            said = self.post("/api/login", {"name": name, "password": password})
            assert said["code"] == 200, said
            self.headers = {"Cookie": said["cookie"], "X-CSRF-Token": said["csrf"]}

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection(self._where, timeout=30)
        connection.request("GET", path, headers=self.headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        connection.close()
        return answer.status, text

    def post(self, path: str, body: Any, **headers: str) -> dict[str, Any]:
        connection = HTTPConnection(self._where, timeout=30)
        own = {"Content-Type": "application/json", **self.headers, **headers}
        connection.request("POST", path, body if isinstance(body, bytes) else json.dumps(body), own)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        connection.close()
        return {**said, "code": answer.status, "cookie": cookie}

    def rows(self, code: str, table: str) -> list[dict[str, Any]]:
        code_, text = self.get(f"/api/patients/{code}/rows/{table}")
        assert code_ == 200, text
        found: list[dict[str, Any]] = json.loads(text)["rows"]
        return found


class AtClinic:
    """One browser, logged in or not, and everything that it complained about."""

    def __init__(self, browser: playwright.Browser, url: str, name: str = "") -> None:
        self.url = url
        self.context = browser.new_context(viewport=SCREEN, reduced_motion="reduce")
        self.page = self.context.new_page()
        self.page.set_default_timeout(LONG_MS)
        self.complaints: list[str] = []
        self.page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        if name:
            self.page.clock.install()
            self.page.goto(f"{url}/login")
            self.log_in(name)
            self.page.wait_for_selector("[data-csrf]")

    def log_in(self, name: str, password: str = PASSWORD) -> None:
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_label("Password").press("Enter")

    def go(self, path: str, heading: str = "") -> None:
        self.page.goto(self.url + path)
        self.has(heading)

    def has(self, text: str) -> None:
        """Somewhere on the page."""
        playwright.expect(self.page.locator("body")).to_contain_text(text, timeout=LONG_MS)

    def form(self, name: str) -> playwright.Locator:
        return self.page.locator(f'form[data-form="{name}"]')

    @property
    def cookie(self) -> dict[str, str]:
        """As a script sends it."""
        (found,) = self.context.cookies()
        return {"Cookie": f"{found['name']}={found['value']}"}

    def unfold(self, summary: str) -> None:
        self.page.locator("summary", has_text=re.compile(f"^{summary}")).first.click()

    def fill(self, name: str, /, **values: str) -> playwright.Locator:
        """A form's fields by their columns; not sent yet."""
        form = self.form(name)
        for column, value in values.items():
            field = form.locator(f'[name="{column}"]')
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        return form

    def save(self, name: str, /, **values: str) -> None:
        """Fill and send; the page comes again by itself."""
        form = self.fill(name, **values)
        with self.page.expect_navigation():
            form.locator("button[type=submit]").click()
        self.page.wait_for_selector("h1")

    def tidy(self) -> None:
        """Names for everything, each id once, one h1, enough contrast, nothing that sticks out."""
        assert self.page.evaluate(UNNAMED) == []
        assert self.page.evaluate(TWICE) == []
        assert self.page.locator("h1").count() == 1
        assert self.page.evaluate(FIND_POOR_CONTRAST) == []
        assert self.page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"]
        assert self.page.evaluate("document.documentElement.lang") == "en-GB"

    @property
    def broken(self) -> list[str]:
        """Complaints, but for those of a request that was refused: Chromium calls that an error too."""
        return [text for text in self.complaints if not text.startswith("Failed to load resource")]
