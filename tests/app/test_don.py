"""Ten seconds after putting the limb on: one sentence without figures."""

from __future__ import annotations

import re

import numpy as np
import pytest
from innervate.app.don import checked, joined, told
from innervate.app.recalibrating import Stretch
from innervate.calibration.don import DonCheck

from ..calibration.followed import followed, person


def worn(seconds: slice, *disturbances: str) -> tuple[np.ndarray, np.ndarray]:
    """What the wearer of person 1 does in a part of the minute."""
    rate_hz = person(1).rate_hz
    emg = followed(1, "right", disturbances)
    emg = emg[round(seconds.start * rate_hz) : round(seconds.stop * rate_hz)]
    return emg, np.zeros(len(emg), np.int64)


def test_a_limb_that_sits_as_before_is_told_so() -> None:
    found = checked(person(1).model, *worn(slice(1, 21)))
    assert (found.verdict, found.sentence) == ("fits", "It sits as before.")


def test_a_limb_that_sits_otherwise_is_told_so() -> None:
    found = checked(person(1).model, *worn(slice(1, 21), "shift=40mm"))
    assert found.verdict in ("recalibrate", "turned")
    assert "recalibrate" in found.sentence


def test_too_little_movement_is_said() -> None:
    found = checked(person(1).model, *worn(slice(0, 1)))
    assert found.verdict == "unclear"
    assert "Make each movement once" in found.sentence


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        (0.25, "about a quarter of the way to the next electrode, towards higher"),
        (-0.5, "about half of the way to the next electrode, towards lower"),
        (1.0, "one whole electrode, towards higher"),
    ],
)
def test_a_turn_is_said_with_its_way(turn: float, says: str) -> None:
    sentence = told(DonCheck("turned", 1.0, turn))
    assert says in sentence
    assert "turn it back, or recalibrate" in sentence
    assert not re.search(r"\d", sentence)


def test_samples_that_were_not_measured_break_the_stretch() -> None:
    emg = np.ones((10, 2), np.float32)
    emg[4:6] = np.nan
    follows = [Stretch(np.arange(10.0), emg, follows=False), Stretch(np.arange(5.0), emg[:4], follows=True)]
    kept, rec = joined(follows)
    assert len(kept) == 12
    assert rec.tolist() == [rec[0]] * 4 + [rec[4]] * 8
    assert rec[0] != rec[4]
