"""Grip, freeze and force on the page: real loop and guard, a virtual hand at an object, real Chromium."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from innervate.core.errors import RequestError
from innervate.core.state import SENTENCE, Reason
from innervate.drivers.recordings.npz import Recording
from innervate.firmware_bridge.requests import request
from innervate.models.model import Model

from .page_limbs import MAX_GRIP_N, OBJECT_DEG, Shown, hand_with_grips
from .page_visit import CHROMIUM, PHONE, SCREEN, Visit, chromium, playwright

pytest.importorskip("nicegui", reason="the page needs the web extra")
pytestmark = [
    pytest.mark.real_time,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def gripping(
    tmp_path_factory: pytest.TempPathFactory, hand_recording: Recording, hand_model: Model
) -> Iterator[tuple[Shown, Visit]]:
    """The page of a hand whose wearer closes and opens it without end."""
    with (
        chromium() as browser,
        hand_with_grips(tmp_path_factory.mktemp("hand"), hand_recording, hand_model) as shown,
    ):
        visit = Visit(browser, shown.url)
        yield shown, visit
        visit.context.close()


def row(visit: Visit, joint: str) -> playwright.Locator:
    return visit.page.locator(f'[data-joint="{joint}"]')


def pressed(visit: Visit, name: str) -> bool:
    button = visit.page.get_by_role("button", name=name, exact=True)
    return button.get_attribute("aria-pressed") == "true"


def armed(shown: Shown) -> None:
    """Also after a busy machine let the deadman act."""
    if request(shown.folder, "status")["state"] in ("STOPPED", "FAULT"):
        with contextlib.suppress(RequestError):
            request(shown.folder, "arm")


def closes(shown: Shown, visit: Visit, as_wanted: Callable[[tuple[float, ...]], bool]) -> None:
    """Wait for a closing hand that is as wanted: what the virtual hand itself says of its joints."""

    def looks() -> bool:
        armed(shown)
        record = shown.truth.latest()
        position = record["position_deg"] if record is not None else None
        return isinstance(position, tuple) and as_wanted(position)

    visit.until(looks)


def test_a_grip_chosen_on_the_page_is_what_the_hand_then_makes(gripping: tuple[Shown, Visit]) -> None:
    shown, visit = gripping
    visit.until(lambda: pressed(visit, "Power grip"))
    visit.press("Pinch")
    visit.wait("answer", "Nothing moves: relax once, and the next closing makes it.")
    visit.until(lambda: pressed(visit, "Pinch") and not pressed(visit, "Power grip"))
    closes(shown, visit, lambda deg: deg[0] > OBJECT_DEG and max(deg[1:4]) < 15.0)
    visit.press("Power grip")
    visit.until(lambda: pressed(visit, "Power grip"))


def test_force_is_shown_at_an_object_and_what_holds_a_finger_back(gripping: tuple[Shown, Visit]) -> None:
    shown, visit = gripping
    playwright.expect(visit.part("facts")).to_contain_text(
        f"From {MAX_GRIP_N:g} N on a finger closes no further"
    )
    closes(shown, visit, lambda deg: min(deg[:4]) > OBJECT_DEG)  # the power grip again, all fingers

    def at_the_limit() -> bool:
        armed(shown)
        return row(visit, "index").get_attribute("data-held") == "force limit"

    visit.until(at_the_limit)
    assert float(row(visit, "index").get_attribute("data-force") or 0) >= MAX_GRIP_N
    assert "N" not in row(visit, "thumb_rotator").inner_text()


def test_frozen_the_hand_stays_whatever_the_muscles_do(gripping: tuple[Shown, Visit]) -> None:
    shown, visit = gripping
    closes(shown, visit, lambda deg: deg[0] > OBJECT_DEG)

    def frozen() -> bool:
        armed(shown)
        button = visit.part("freeze")
        if button.get_attribute("aria-disabled") == "false" and button.inner_text() == "Freeze":
            button.dblclick()  # as a frightened person does
        return bool(request(shown.folder, "status")["frozen"])

    visit.until(frozen)
    visit.wait("headline", "Frozen")
    visit.wait("sentence", SENTENCE[Reason.FROZEN])
    before = shown.truth.latest()
    visit.page.wait_for_timeout(1500)
    after = shown.truth.latest()
    assert before is not None
    assert after is not None
    assert after["position_deg"] == pytest.approx(before["position_deg"], abs=0.5)
    visit.page.wait_for_timeout(500)
    visit.press("Unfreeze")
    visit.wait("answer", "No longer frozen.")
    playwright.expect(visit.part("freeze")).to_have_text("Freeze")
    assert not request(shown.folder, "status")["frozen"]


def test_a_refusal_is_shown_in_the_guards_own_words(gripping: tuple[Shown, Visit]) -> None:
    shown, visit = gripping
    visit.page.evaluate("document.querySelector('[data-value=pinch]').dataset.value = 'claw'")
    visit.press("Pinch")
    visit.wait("answer", "The grip stays as it was. Reason: no grip 'claw'; allowed: power, pinch, next")
    visit.page.evaluate("document.querySelector('[data-value=claw]').dataset.value = 'pinch'")
    request(shown.folder, "stop")
    visit.until(lambda: visit.part("freeze").get_attribute("aria-disabled") == "true")
    visit.part("freeze").click(force=True)
    visit.wait("answer", "Freeze works while the limb is armed")
    assert not visit.part("seat").is_visible()
    assert visit.page.get_by_text("not an emergency stop").is_visible()


def test_the_choices_fit_the_desktop_and_the_phone(gripping: tuple[Shown, Visit]) -> None:
    _, visit = gripping
    page = visit.page
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [SCREEN["width"], SCREEN["height"]]
    page.set_viewport_size(PHONE)
    visit.phone_is_usable()
    assert visit.poor_contrast() == []
    assert visit.broken == []
