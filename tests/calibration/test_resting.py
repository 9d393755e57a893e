"""Where every movement has a recording of its own, rest may tell which; the evaluation says how well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from innervate.calibration.evaluation.options import EvaluateOptions
from innervate.calibration.evaluation.run import evaluate, evaluate_person
from innervate.drivers.recordings.npz import Recording, write_recording

from .learner import known
from .people import days, person

CLASSES = ("Rest", "open", "close", "point", "turn")
RATE, TURN_S = 1000.0, 2.0


def sections(slide: float) -> Recording:
    """Each movement in a recording of its own, rest in between; `slide`: how rests differ by recording."""
    rng = np.random.default_rng(3)
    n = round(RATE * TURN_S)
    emg, label, rep, rec = [], [], [], []
    for k in range(1, 5):
        rest = np.array([1.0 + slide * (k == 1 + c) for c in range(4)])
        for r in range(3):
            for asked, gains in ((k, np.where(np.arange(4) == k - 1, 20.0, 4.0)), (0, rest)):
                emg.append(rng.normal(size=(n, 4)) * gains)
                label += [asked] * n
                rep += [r] * n
                rec += [k] * n
    x = np.concatenate(emg).astype(np.float32)
    marks = (np.array(label, np.int16), np.array(rep, np.int16), np.zeros(len(x), np.int16))
    return Recording("p.npz", x, *marks, np.array(rec, np.int16), None, RATE, CLASSES)


@pytest.mark.parametrize(("slide", "least", "most"), [(1.0, 0.95, 1.0), (0.0, 0.1, 0.45)])
def test_rest_that_differs_by_recording_is_told_and_rest_that_does_not_is_not(
    tmp_path, monkeypatch, slide, least, most
):
    write_recording(tmp_path / "p.npz", sections(slide))
    found = evaluate(tmp_path, EvaluateOptions(decoder=known(monkeypatch)))
    assert least <= found["people"][0]["rest_identifies_recording"] <= most
    assert found["people"][0]["rest_identifies_chance"] == 0.25
    assert found["mean"]["rest_identifies_recording"] == found["people"][0]["rest_identifies_recording"]


@pytest.mark.parametrize("recording", [person(), days(2, seconds=2.0, rate=200.0)])
def test_where_movements_share_a_recording_or_rest_has_its_own_there_is_nothing_to_tell(
    tmp_path, monkeypatch, recording
):
    write_recording(tmp_path / "p.npz", replace(recording, name="p.npz"))
    found = evaluate_person(tmp_path / "p.npz", EvaluateOptions(decoder=known(monkeypatch)))
    assert found["rest_identifies_recording"] is None
    assert found["rest_identifies_chance"] is None
