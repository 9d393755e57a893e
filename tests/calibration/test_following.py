"""A montage that lies turned about the limb is followed while the limb is used, and only then and there."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from innervate.calibration.train import train
from innervate.drivers.recordings.npz import Recording
from innervate.models.design import design_pipeline
from innervate.models.follower import EVIDENCE_TEMPERATURE, MOST_OF_ONE
from innervate.models.model import Model
from innervate.models.runtime import Decided, Runtime

from .ring import MANY, RATE_HZ, ring_recording

INCREMENT_MS = 50.0
REST_RUN = 4
"""Decisions in 0.2 s."""


@cache
def model() -> Model:
    recording = ring_recording(movements=MANY)
    return train([recording], design_pipeline(RATE_HZ, recording.channels, INCREMENT_MS))


@cache
def day(turn: float, reps: int = 4) -> Recording:
    """Every movement from rest, some times."""
    made = ring_recording(movements=MANY, turn=turn, reps=reps, seed=1)
    trials = [np.flatnonzero(made.rec == number) for number in np.unique(made.rec)]
    rest = next(rows for rows in trials if made.label[rows[0]] == 0)[: int(0.6 * RATE_HZ)]
    rows = np.concatenate([np.concatenate([rest, trial]) for trial in trials])
    return replace(
        made, **{name: getattr(made, name)[rows] for name in ("emg", "label", "rep", "cond", "rec")}
    )


def right(decided: list[Decided], played: Recording) -> float:
    """Share of increments decided as they should be; all of one recording."""
    step = round(RATE_HZ * INCREMENT_MS / 1e3)
    return float(np.mean(np.array([d.class_index for d in decided]) == played.label[step - 1 :: step]))


@pytest.mark.parametrize("turn", [0.5, -0.5, 1.0])
def test_a_turned_montage_is_followed_and_decided_better(turn):
    there = day(turn)
    plain = Runtime(model()).push(there.emg)
    runtime = Runtime(model(), adapt=True)
    runtime.push(there.emg)
    again = runtime.push(there.emg)
    assert 0.5 <= model().decoder.turns[again[-1].turn] / turn <= 1.0
    assert right(again, there) > right(plain, there) + 0.02


def test_a_montage_that_is_not_turned_stays_as_trained():
    here = day(0.0)
    plain, runtime = Runtime(model()).push(here.emg), Runtime(model(), adapt=True)
    used = runtime.push(here.emg)
    assert {d.turn for d in used} == {0}
    assert right(used, here) > right(plain, here) - 0.01


def test_it_goes_back_when_the_montage_does_and_starts_as_trained():
    runtime = Runtime(model(), adapt=True)
    assert runtime.push(day(1.0).emg)[-1].turn == 5
    for _ in range(4):
        back = runtime.push(day(0.0).emg)
    assert back[-1].turn == 0
    first = Runtime(model(), adapt=True).push(day(1.0).emg)[:20]
    assert all(d.turn == 0 for d in first)


def test_unless_asked_for_nothing_is_learnt():
    there = day(1.0)
    decided = Runtime(model()).push(there.emg)
    trained = model().decoder
    assert {d.turn for d in decided} == {0}
    for one in decided[5::7]:
        assert np.array_equal(trained.decide(one.frame.features)[1], one.posterior)


@pytest.mark.parametrize("label", [0, 3])
def test_rest_or_one_movement_alone_changes_next_to_nothing(label):
    there = day(0.5)
    wanted = (there.label == label) | (there.label == 0)
    runtime = Runtime(model(), adapt=True)
    used = [d for _ in range(4) for d in runtime.push(there.emg[wanted])]
    assert {d.turn for d in used} == {0}
    most = EVIDENCE_TEMPERATURE * MOST_OF_ONE + 1e-9
    # Not even a template turned by half a place becomes half as dear again.
    assert most < 0.3 * model().decoder.penalties[model().decoder.turns.index(0.5)]


def test_nothing_changes_while_a_movement_is_decided():
    runtime = Runtime(model(), adapt=True)
    used = runtime.push(day(1.0).emg)
    said, turn = (np.array([getattr(d, name) for d in used]) for name in ("class_index", "turn"))
    changes = np.flatnonzero(np.diff(turn))
    assert len(changes) > 0
    for last in changes:
        assert (said[last + 1 - REST_RUN : last + 1] == 0).all()


def test_a_wild_stretch_is_got_over():
    """Minutes of an artefact that is taken for a movement, then a day of use."""
    there, rng = day(0.0), np.random.default_rng(5)
    wild = (300.0 * rng.normal(size=(3000, 1)) * rng.uniform(0.1, 1.0, 6)).astype(np.float32)
    runtime = Runtime(model(), adapt=True)
    runtime.push(wild)
    for _ in range(2):
        used = runtime.push(there.emg)
    assert used[-1].turn == 0
    assert right(used, there) > right(Runtime(model()).push(there.emg), there) - 0.01


@given(st.lists(st.integers(1, 700), min_size=1, max_size=12))
@hypothesis_settings(max_examples=8, deadline=None)
def test_how_samples_come_in_changes_nothing(sizes):
    emg = day(1.0, reps=1).emg[:3000]
    whole = Runtime(model(), adapt=True, outlier_limit=2.0).push(emg)
    runtime, pieces, start = Runtime(model(), adapt=True, outlier_limit=2.0), [], 0
    while start < len(emg):
        size = sizes[len(pieces) % len(sizes)]
        pieces += runtime.push(emg[start : start + size]) or []
        start += size
    assert len(pieces) == len(whole)
    for one, other in zip(pieces, whole, strict=True):
        assert (one.class_index, one.outlier, one.turn) == (other.class_index, other.outlier, other.turn)
        assert np.array_equal(one.posterior, other.posterior)
