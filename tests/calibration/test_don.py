"""Ten seconds of movement say whether the limb fits today."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from innervate.calibration.default_decoder import FittedDefault
from innervate.calibration.don import don_check
from innervate.core.errors import RecordingError
from innervate.models.batch import Windows

from .ring import MANY, ring

INCREMENT_S = 0.05


@cache
def fitted() -> FittedDefault:
    return FittedDefault(ring(movements=MANY))


def used(**more) -> Windows:
    """Another recording of the same person, without its labels."""
    windows = ring(movements=MANY, reps=1, seed=5, **more)
    hidden = np.full(len(windows), -1, np.int64)
    return replace(windows, label=hidden, rep=hidden, cond=hidden, rec=hidden)


def test_the_day_of_calibration_fits():
    found = don_check(fitted(), used(), INCREMENT_S)
    assert found.verdict == "fits"
    assert found.turn == 0.0


@pytest.mark.parametrize("turn", [0.5, -0.5])
def test_a_montage_that_lies_turned_is_told_with_its_direction(turn):
    found = don_check(fitted(), used(turn=turn), INCREMENT_S)
    assert found.verdict == "turned"
    assert found.turn * turn > 0


def test_another_body_asks_for_recalibration():
    rng = np.random.default_rng(0)
    windows = used()
    strange = windows.features + fitted().statistics.scale * rng.normal(size=windows.features.shape[1])
    found = don_check(fitted(), replace(windows, features=strange), INCREMENT_S)
    assert found.verdict != "fits"
    assert found.score > don_check(fitted(), windows, INCREMENT_S).score + 0.5


def test_someone_who_only_rests_cannot_be_judged():
    windows = ring(movements=MANY)
    with pytest.raises(RecordingError, match="s of movement; 1 s are needed"):
        don_check(fitted(), windows.where(windows.label == 0), INCREMENT_S)
