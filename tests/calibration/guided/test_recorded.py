"""What is learnt from: the contraction itself, never the wait for it."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.calibration.guided.plan import Step
from innervate.calibration.guided.recorded import chosen, recording_of
from innervate.calibration.guided.session import Session
from innervate.core.errors import RecordingError

from .muscles import SIGNAL, Wearer, follow, quick_plan

LATE = Step("power", 1)


def made(**wearer: object) -> Session:
    plan = quick_plan()
    session = Session(plan, SIGNAL)
    follow(session, Wearer(plan, **wearer))  # type: ignore[arg-type]
    return session


def test_a_late_contraction_is_labelled_from_its_own_onset() -> None:
    session = made(does=lambda step, _: (1.0, 1.0, 99.0) if step == LATE else None)
    recording = recording_of(session.plan, SIGNAL, session.repetitions, patient="p1", simulated=True)
    assert recording.classes == ("rest", "open", "power")
    assert recording.meta["simulated"] is True
    assert recording.patient == "p1"
    first = {}
    for number, repetition in enumerate(chosen(session.repetitions)):
        rows = np.flatnonzero((recording.rec == number) & (recording.label > 0))
        if len(rows):
            start = int(np.flatnonzero(recording.rec == number)[0])
            first[repetition.step] = (int(rows[0]) - start - repetition.cue) / SIGNAL.rate_hz
            loud = np.sqrt((recording.emg[rows] ** 2).mean(axis=0)).max()
            assert loud > 20.0  # nothing of rest in it
    assert 1.25 < first[LATE] < 1.45
    assert 0.55 < first[Step("power", 0)] < 0.75
    rest = recording.emg[recording.label == 0]
    assert np.abs(rest).max() < 20.0
    assert set(np.unique(recording.rep[recording.label > 0]).tolist()) == {0, 1}


def test_of_several_attempts_the_good_one_is_learnt_from() -> None:
    session = made(does=lambda step, at: (1.0, 1.1, 99.0) if step == LATE and at == 0 else None)
    mine = [r for r in chosen(session.repetitions) if r.step == LATE]
    assert [(r.attempt, r.ok) for r in mine] == [(1, True)]
    assert len(chosen(session.repetitions)) == len(session.plan.steps)


def test_nothing_finished_is_nothing_to_learn_from() -> None:
    session = Session(quick_plan(), SIGNAL)
    with pytest.raises(RecordingError, match="no repetition was finished"):
        recording_of(session.plan, SIGNAL, session.repetitions)
