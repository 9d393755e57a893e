"""A wearer tests their control on the page, in real Chromium."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator

import pytest
from innervate.app.page import words
from innervate.app.page.settings import PageSettings
from innervate.core.child import Child
from innervate.core.settings import write_settings
from innervate.core.state import State

from .page_feeder import POSTURES, Feeder
from .page_visit import CHROMIUM, PHONE, SCREEN, Visit, chromium, playwright

pytest.importorskip("nicegui", reason="the page needs the web extra")
pytestmark = [
    pytest.mark.real_time,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Feeder, str]]:
    folder = tmp_path_factory.mktemp("limb")
    write_settings(folder / "page.json", PageSettings(str(folder)))
    page = Child("innervate.app.page", str(folder / "page.json"), log_path=folder / "page.log")
    with Feeder(folder) as feeder, page:
        yield feeder, str(page.wait_ready(30)["url"])


@pytest.fixture(scope="module")
def opened(served: tuple[Feeder, str]) -> Iterator[Visit]:
    with chromium() as browser:
        visit = Visit(browser, served[1])
        yield visit
        visit.context.close()


@pytest.fixture
def limb(served: tuple[Feeder, str]) -> Feeder:
    feeder = served[0]
    feeder.restore()
    return feeder


def choose(visit: Visit, test: str, trials: str) -> None:
    visit.part("assess-test").select_option(test)
    visit.part("assess-trials").select_option(trials)
    visit.part("assess-start").click()


def test_a_wearer_does_a_test_and_reads_the_figures(opened: Visit, limb: Feeder) -> None:
    visit = opened
    visit.part("assess-open").click()
    playwright.expect(visit.part("assess")).to_be_visible()
    playwright.expect(visit.part("signal")).to_be_hidden()
    box = visit.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert box == [SCREEN["width"], SCREEN["height"]]
    choose(visit, "motion", "1")
    visit.wait("assess-step", "trial 1 of 1")
    visit.wait("assess-text", "Now: ")
    asked = visit.part("assess-text").inner_text().split(". Now")[0]
    limb.movement = next(name for name in POSTURES if words.movement(name) == asked)
    visit.wait("assess-text", "All done. SIMULATED wearer.")
    visit.wait("assess-results", "completed %100.0")
    visit.wait("assess-results", "selection s")
    with urllib.request.urlopen(f"{visit.page.url}api/assess/results") as answer:
        told = json.load(answer)
    assert [trial["completed"] for trial in told["trials"]] == [True]
    assert told["simulated"] is True
    assert visit.poor_contrast() == []
    assert not visit.broken


def test_the_goal_stands_beside_the_limb_and_the_bar_follows_it(opened: Visit, limb: Feeder) -> None:
    visit = opened
    limb.movement = "rest"
    picture = visit.page.locator(".assess .screen")
    playwright.expect(picture).to_be_hidden()
    choose(visit, "tac", "1")
    visit.wait("assess-text", "Relax: ")
    rows = visit.part("assess-dofs").locator("li")
    playwright.expect(rows).to_have_count(1)
    visit.wait("assess-text", "Now: ")
    visit.part("goal").evaluate("canvas => { canvas.style.visibility = 'hidden' }")
    blank = picture.screenshot()
    visit.part("goal").evaluate("canvas => { canvas.style.visibility = '' }")
    visit.until(lambda: picture.screenshot() != blank)
    assert visit.poor_contrast() == []
    began = float(rows.first.get_attribute("data-value") or "nan")
    limb.movement = "open" if began > 0 else "power"
    visit.until(lambda: abs(float(rows.first.get_attribute("data-value") or "nan") - began) > 0.3)
    visit.part("assess-stop").click()
    playwright.expect(visit.part("assess-start")).to_be_visible()
    playwright.expect(rows).to_have_count(0)


def test_a_limb_that_is_stopped_is_to_be_armed_first_and_a_test_can_be_ended(
    opened: Visit, limb: Feeder
) -> None:
    visit = opened
    limb.state = State.STOPPED
    choose(visit, "tac", "5")
    visit.wait("assess-text", "Arm the limb")
    limb.state = State.ACTIVE
    visit.wait("assess-text", "Relax: ")
    visit.part("assess-stop").click()
    playwright.expect(visit.part("assess-start")).to_be_visible()
    visit.page.keyboard.press("Space")
    visit.wait("answer", "Stopped")


def test_what_this_limb_cannot_do_is_said(opened: Visit, limb: Feeder) -> None:
    assert limb.state is State.ACTIVE
    choose(opened, "tracking", "1")
    opened.wait("assess-error", "needs an ankle")
    opened.part("assess-open").click()
    playwright.expect(opened.part("assess")).to_be_hidden()
    playwright.expect(opened.part("signal")).to_be_visible()


@pytest.mark.slow
def test_on_a_phone_nothing_sticks_out(opened: Visit, served: tuple[Feeder, str]) -> None:
    visit = Visit(opened.context.browser, served[1], viewport=PHONE, is_mobile=True, has_touch=True)
    visit.part("assess-open").tap()
    playwright.expect(visit.part("assess")).to_be_visible()
    visit.phone_is_usable()
    visit.context.close()
