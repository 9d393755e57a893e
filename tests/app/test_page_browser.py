"""The page as a person meets it, in real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.app.page.settings import PageSettings
from innervate.core.child import Child
from innervate.core.settings import write_settings
from innervate.core.state import Reason, State

from .page_feeder import Feeder
from .page_visit import CHROMIUM, SCREEN, Visit, chromium, playwright

pytest.importorskip("nicegui", reason="the page needs the web extra")
pytestmark = [
    pytest.mark.real_time,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium"),
]
COUNT_BRIGHT = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let bright = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 1] > 200) bright++;
  return bright;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Feeder, str]]:
    folder = tmp_path_factory.mktemp("limb")
    write_settings(folder / "page.json", PageSettings(str(folder)))
    page = Child("innervate.app.page", str(folder / "page.json"), log_path=folder / "page.log")
    with Feeder(folder) as feeder, page:
        yield feeder, str(page.wait_ready(30)["url"])


@pytest.fixture
def limb(served: tuple[Feeder, str]) -> Feeder:
    feeder = served[0]
    feeder.restore()
    return feeder


@pytest.fixture(scope="module")
def opened(browser: playwright.Browser, served: tuple[Feeder, str]) -> Iterator[Visit]:
    visit = Visit(browser, served[1])
    yield visit
    visit.context.close()


@pytest.fixture
def visit(opened: Visit, limb: Feeder) -> Visit:
    """The same open page for most tests, as it is after a quiet moment."""
    opened.part("answer").evaluate("place => { place.textContent = '' }")
    opened.wait("headline", "Moving")
    return opened


def test_it_shows_a_hand_that_follows_and_asks_nobody_else(limb: Feeder, visit: Visit) -> None:
    assert visit.page.title() == "innervate"
    limb.movement = "open"
    visit.wait("movement", "Open hand")
    visit.until(lambda: visit.angle("index") < 20)
    picture = visit.part("limb").screenshot()
    limb.movement = "power"
    visit.wait("movement", "Power grip")
    visit.until(lambda: visit.angle("index") > 80)
    visit.until(lambda: visit.part("limb").screenshot() != picture)
    visit.wait("headline", "Moving")
    visit.wait("confidence-text", "9")
    visit.wait("contact", "All 8 electrodes have good contact.")
    visit.wait("frames-value", "answered")
    assert visit.page.get_by_text("not an emergency stop").is_visible()
    assert visit.part("simulated").is_visible()
    assert not visit.complaints
    origin = visit.page.url
    assert visit.asked
    assert [
        url for url in visit.asked if not url.startswith((origin, "data:", origin.replace("http", "ws")))
    ] == []


def test_the_signal_is_drawn(limb: Feeder, visit: Visit) -> None:
    limb.movement = "power"
    visit.wait("scale", "µV")
    visit.until(lambda: visit.part("signal").evaluate(COUNT_BRIGHT) > 2000)


def test_one_desktop_screen_needs_no_scrolling(visit: Visit) -> None:
    box = visit.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert box == [SCREEN["width"], SCREEN["height"]]


def test_stop_button_stops_and_says_so(limb: Feeder, visit: Visit) -> None:
    limb.movement = "power"
    visit.wait("headline", "Moving")
    visit.page.get_by_role("button", name="Stop").click()
    visit.wait("answer", "Stopped. The limb confirmed it.")
    visit.wait("headline", "Stopped")
    assert [verb for verb, _ in limb.asked] == ["stop"]


@pytest.mark.parametrize("key", ["Space", "Escape"])
def test_keyboard_stops_even_when_another_button_has_the_focus(limb: Feeder, visit: Visit, key: str) -> None:
    visit.page.get_by_role("button", name="Open hand").focus()
    visit.page.keyboard.press(key)
    visit.wait("answer", "Stopped")
    visit.page.wait_for_timeout(100)
    assert [verb for verb, _ in limb.asked] == ["stop"]


def test_stop_needs_no_live_connection(
    browser: playwright.Browser, served: tuple[Feeder, str], limb: Feeder
) -> None:
    visit = Visit(browser, served[1])
    visit.page.evaluate("window.socket.disconnect()")
    visit.page.keyboard.press("Space")
    visit.wait("answer", "Stopped")
    assert limb.asked[0][0] == "stop"
    visit.context.close()


def test_a_stop_that_fails_is_loud(limb: Feeder, visit: Visit) -> None:
    limb.refuses = "the limb's cable is cut"
    visit.page.keyboard.press("Space")
    visit.wait("answer", "STOP COULD NOT BE DELIVERED")
    visit.wait("answer", "cable is cut")
    assert visit.part("answer").get_attribute("data-tone") == "bad"


def test_arm_waits_for_a_stop_then_works(limb: Feeder, visit: Visit) -> None:
    arm = visit.page.get_by_role("button", name="Arm")
    visit.wait("headline", "Moving")
    playwright.expect(arm).to_be_disabled()
    arm.click(force=True)
    visit.wait("answer", "Arm works when the limb is stopped or at fault.")
    visit.page.keyboard.press("Escape")
    playwright.expect(arm).to_be_enabled()
    arm.click()
    visit.wait("headline", "Armed")
    assert [verb for verb, _ in limb.asked] == ["stop", "arm"]


def test_open_hand_asks_for_release(limb: Feeder, visit: Visit) -> None:
    visit.page.get_by_role("button", name="Open hand").click()
    visit.wait("headline", "Opening")
    assert [verb for verb, _ in limb.asked] == ["release"]


def test_late_decisions_raise_an_alarm_in_words(limb: Feeder, visit: Visit) -> None:
    limb.latency_s = 0.009
    visit.wait("alarm", "the budget is 4 ms")
    assert visit.part("alarm").get_attribute("role") == "alert"
    visit.wait("verdict", "Over the budget")


def test_a_dead_decoder_and_a_bad_electrode_in_words(limb: Feeder, visit: Visit) -> None:
    limb.contact[2] = 128
    visit.wait("contact", "E3: The heartbeat")
    limb.contact[1] = 4
    visit.wait("contact", "E2: ")
    limb.decoder_runs = False
    visit.wait("alarm", "The decoder has stopped")
    visit.wait("decoder-value", "stopped")
    limb.decoder_runs = True
    visit.wait("decoder-value", "running")


def test_when_the_page_itself_dies_it_does_not_pretend(
    browser: playwright.Browser, limb: Feeder, tmp_path: Path
) -> None:
    write_settings(tmp_path / "page.json", PageSettings(str(limb.runtime_dir)))
    with Child("innervate.app.page", str(tmp_path / "page.json"), log_path=tmp_path / "log") as child:
        visit = Visit(browser, str(child.wait_ready(30)["url"]))
        child.kill()
        visit.wait("connection", "Not live")
        visit.wait("sentence", "What it shows is old")
        visit.page.keyboard.press("Space")
        visit.wait("answer", "STOP COULD NOT BE DELIVERED")
        visit.context.close()


def test_on_a_phone_stop_is_in_reach_and_nothing_sticks_out(
    browser: playwright.Browser, served: tuple[Feeder, str], limb: Feeder
) -> None:
    size = {"width": 390, "height": 844}
    visit = Visit(browser, served[1], viewport=size, is_mobile=True, has_touch=True, reduced_motion="reduce")
    assert visit.page.evaluate("document.documentElement.scrollWidth") == size["width"]
    stop = visit.page.get_by_role("button", name="Stop").bounding_box()
    assert stop is not None
    assert stop["height"] >= 80
    assert stop["y"] + stop["height"] < size["height"]
    visit.page.get_by_role("button", name="Stop").tap()
    visit.wait("answer", "Stopped")
    assert limb.asked[0][0] == "stop"
    limb.state, limb.reason, limb.movement = State.ACTIVE, Reason.NONE, "power"
    visit.until(lambda: visit.angle("index") > 60)
    visit.context.close()


def test_texts_have_the_contrast_of_wcag_aa(limb: Feeder, visit: Visit) -> None:
    """Each text on the nearest opaque ground behind it."""
    limb.latency_s, limb.contact[1] = 0.009, 4
    visit.wait("verdict", "Over the budget")
    visit.wait("contact", "E2: ")
    assert visit.poor_contrast() == []
