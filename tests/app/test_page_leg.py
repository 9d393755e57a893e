"""A leg's seat and its two devices on a phone's page: a real guard, virtual devices, real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from innervate.core.state import SENTENCE, Reason

from .page_limbs import Shown, leg
from .page_visit import CHROMIUM, PHONE, Visit, chromium

pytest.importorskip("nicegui", reason="the page needs the web extra")
pytestmark = [
    pytest.mark.real_time,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shown, Visit]]:
    """The page of a leg whose wearer stands."""
    with chromium() as browser, leg(tmp_path_factory.mktemp("leg")) as shown:
        visit = Visit(browser, shown.url, viewport=PHONE, is_mobile=True, has_touch=True)
        yield shown, visit
        visit.context.close()


def test_a_leg_with_weight_on_it_may_not_sit_and_is_told_what_to_do(standing: tuple[Shown, Visit]) -> None:
    shown, visit = standing
    visit.wait("seat-headline", "Standing")
    visit.wait("seat-sentence", SENTENCE[Reason.LOADED])
    visit.wait("seat-unloaded", "Weight on the leg")
    visit.press("I am sitting")
    visit.wait("answer", f"Not noted. Reason: cannot sit: {SENTENCE[Reason.LOADED]}")
    visit.wait("answer", "lift the foot off the floor for 5 s")
    assert not visit.part("grips").is_visible()
    shown.does("sit")
    visit.wait("seat-unloaded", "No weight for")
    visit.wait("seat-sentence", "No weight on the leg")
    visit.wait("facts", "Warmest joint")
    visit.phone_is_usable()
    assert visit.poor_contrast() == []


def test_a_seated_wearer_is_believed_until_they_say_that_they_stand(standing: tuple[Shown, Visit]) -> None:
    shown, visit = standing
    shown.does("sit")  # as since the first test: the guard wants five seconds of it

    def seated() -> bool:
        visit.press("I am sitting")
        visit.page.wait_for_timeout(200)
        return visit.part("seat-headline").inner_text() == "Seated"

    visit.until(seated)
    visit.wait("seat-sentence", "You sit")
    visit.press("I will stand")
    visit.wait("seat-headline", "Standing")
    assert visit.broken == []


def test_of_two_devices_the_one_that_is_silent_is_named(standing: tuple[Shown, Visit]) -> None:
    shown, visit = standing
    visit.wait("device", "Ankle + Moteus")
    visit.wait("facts", "Ankle answers")
    visit.wait("facts", "Moteus answers")
    shown.devices[1].kill()
    visit.wait("facts", "Moteus does not answer: check its cable")
    visit.wait("facts", "Ankle answers")
    visit.wait("headline", "Fault")
