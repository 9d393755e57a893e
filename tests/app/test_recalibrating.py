"""The wearer's minute on a virtual clock: prompts in time, an end at once when the guard says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from innervate.app.recalibrating import Ending, Recalibrating, Stretch
from innervate.app.wearer_settings import Progress
from innervate.calibration.prompts import COUNTDOWN_S
from innervate.core.errors import BundleError, RequestError
from innervate.core.state import Reason

from ..calibration.followed import followed, person

SHIFTED = ("shift=15mm",)
STEP_S = 0.05


class Limb:
    """A limb whose wearer follows the prompts of person 1, from the end of the countdown on."""

    def __init__(self, how: str = "right") -> None:
        self.emg, self.rate_hz = followed(1, how, SHIFTED), person(1).rate_hz
        self.now_s = 1000.0
        self.begun_s = self.now_s + COUNTDOWN_S + 0.1
        self.holds, self.why = True, Reason.NONE
        self.shown: list[str] = []
        self.told: list[Progress] = []
        self.gap = False
        self.shows = True
        self._at = 0

    def samples(self) -> list[Stretch]:
        end = round((self.now_s - self.begun_s) * self.rate_hz)
        first, self._at = self._at, min(max(self._at, end), len(self.emg))
        if self._at == first:
            return []
        t_s = self.begun_s + np.arange(first, self._at) / self.rate_hz
        return [Stretch(t_s, self.emg[first : self._at].copy(), follows=first > 0)]

    def guard(self) -> tuple[bool, Reason]:
        return self.holds, self.why

    def show(self, movement: str) -> None:
        if not self.shows:
            raise RequestError("cannot prompt")
        self.shown.append(movement)

    def run(self, until_s: float = 100.0, *, by_limb: bool = False) -> Ending | None:
        """Until it is over, or so long after the begin."""
        conductor = Recalibrating(person(1).model, self, self.told.append, self.now_s, by_limb=by_limb)
        end_s = self.now_s + until_s
        while self.now_s < end_s:
            self.now_s += STEP_S
            ending = conductor.step(self.now_s)
            if ending is not None:
                return ending
        return None


def test_a_wearer_who_follows_gets_a_better_model_in_less_than_a_minute() -> None:
    limb = Limb()
    begun_s = limb.now_s
    ending = limb.run()
    assert ending is not None
    assert (ending.outcome, limb.told[-1].outcome) == ("taken", "taken")
    assert ending.model is not None
    assert limb.now_s - begun_s <= 60.0
    asked = [told.movement for told in limb.told if told.tone == "move"]
    assert asked == [*person(1).model.classes[1:], *person(1).model.classes[:0:-1]]
    assert limb.told[0].phase == "countdown"
    assert limb.told[-1].tone == "end"
    assert limb.shown == []


def test_nothing_is_asked_or_shown_in_the_countdown() -> None:
    limb = Limb()
    assert limb.run(COUNTDOWN_S, by_limb=True) is None
    assert limb.shown == []
    assert {told.phase for told in limb.told} == {"countdown"}


def test_the_limb_shows_what_it_may_and_the_wearer_is_told_what_it_may_not() -> None:
    limb = Limb()
    limb.run(COUNTDOWN_S + 10.0, by_limb=True)
    assert limb.shown == list(person(1).model.classes[1:4])
    limb = Limb()
    limb.shows = False
    limb.run(COUNTDOWN_S + 3.0, by_limb=True)
    assert any("does not show" in told.sentence for told in limb.told)


@pytest.mark.parametrize("after_s", [1.0, 20.0, 47.0])
@pytest.mark.parametrize("why", [Reason.LOADED, Reason.STOP_REQUESTED, Reason.LOOP_LOST])
def test_it_ends_at_once_with_the_guards_reason_and_without_a_model(after_s: float, why: Reason) -> None:
    limb = Limb()
    conductor = Recalibrating(person(1).model, limb, limb.told.append, limb.now_s, by_limb=False)
    end_s = limb.now_s + after_s
    while limb.now_s < end_s:
        limb.now_s += STEP_S
        assert conductor.step(limb.now_s) is None
    limb.holds, limb.why = False, why
    ending = conductor.step(limb.now_s + STEP_S)
    assert ending is not None
    assert (ending.outcome, ending.why, ending.model) == ("aborted", why.name.lower(), None)
    assert "nothing was changed" in limb.told[-1].sentence


def test_load_while_it_is_judged_counts() -> None:
    class Loaded(Limb):
        asked = 0

        def guard(self) -> tuple[bool, Reason]:
            judging = bool(self.told) and self.told[-1].phase == "judging"
            return (False, Reason.LOADED) if judging else (True, Reason.NONE)

    ending = Loaded().run()
    assert ending is not None
    assert (ending.outcome, ending.model) == ("aborted", None)


def test_a_guard_that_never_held_is_not_waited_for() -> None:
    limb = Limb()
    limb.holds = False
    ending = limb.run()
    assert ending is not None
    assert ending.outcome == "aborted"
    assert limb.now_s < 1002.0


def test_samples_that_are_missing_are_no_basis() -> None:
    limb = Limb()
    limb.emg = limb.emg.copy()
    limb.emg[: len(limb.emg) // 2] = np.nan
    ending = limb.run()
    assert ending is not None
    assert (ending.outcome, ending.why) == ("refused", "missing")


def test_a_short_gap_is_lived_with() -> None:
    limb = Limb()
    limb.emg = limb.emg.copy()
    limb.emg[20_000:20_100] = np.nan
    ending = limb.run()
    assert ending is not None
    assert ending.outcome == "taken"


def test_a_model_that_cannot_be_recalibrated_is_refused_before_the_countdown() -> None:
    limb, model = Limb(), replace(person(1).model, statistics=None)
    with pytest.raises(BundleError, match="calibrate again"):
        Recalibrating(model, limb, limb.told.append, limb.now_s, by_limb=False)
    assert limb.told == []
