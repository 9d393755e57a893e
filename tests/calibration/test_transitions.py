"""From cue to decision: what counts as reached, as stable, as early."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.calibration.evaluation.bench import make_bench
from innervate.calibration.evaluation.options import EvaluateOptions
from innervate.calibration.evaluation.transitions import (
    TransitionOptions,
    score_stream,
    stream_windows,
    transition_figures,
    transitions,
)
from innervate.calibration.recipes import recipe
from innervate.core.errors import RecordingError

from .streams import REACTION_S, streamed_person

ROWS = np.arange(9, 400, 10)
"""A decision each 10 ms at 1 kHz."""
CUE = np.repeat([0, 1], 200)


def found(said, cue=CUE, rec=None, **options):
    rec = np.zeros(len(cue), int) if rec is None else rec
    return transitions(cue, rec, ROWS, np.asarray(said), 0, 1000.0, TransitionOptions(**options))


def test_time_counts_from_the_cue_to_the_end_of_the_first_right_increment():
    (one,) = found([0] * 25 + [1] * 15)
    assert (one.asked, one.latency_s, one.early) == (1, pytest.approx(0.06), False)


def test_a_right_decision_that_does_not_last_is_not_stable():
    said = [0] * 22 + [1] * 5 + [2] + [1] * 12
    assert found(said)[0].latency_s == pytest.approx(0.09)
    assert found(said, stable_s=0.04)[0].latency_s == pytest.approx(0.03)


def test_what_the_end_of_the_cue_cuts_short_was_not_reached():
    assert found([0] * 30 + [1] * 10)[0].latency_s is None
    assert found([0] * 29 + [1] * 11)[0].latency_s == pytest.approx(0.1)


def test_a_movement_shortly_before_its_cue_is_early():
    said = np.array([0] * 15 + [2] + [0] * 4 + [1] * 20)
    assert found(said)[0].early
    assert not found(said, before_s=0.03)[0].early


def test_neither_the_start_of_a_recording_nor_an_unknown_cue_is_a_change():
    assert found([1] * 40, rec=np.repeat([0, 1], 200)) == []
    assert found([1] * 40, cue=np.repeat([-1, 1], 200)) == []


def test_a_cue_never_reached_is_infinitely_late():
    late = found([0] * 25 + [1] * 15) + found([0] * 40)
    figures = transition_figures(late * 5, 0)
    assert figures["cues"] == 10
    assert figures["never_share"] == 0.5
    assert figures["median_s"] == pytest.approx(0.06)
    assert figures["p90_s"] is None
    assert figures["to_rest"] == {"cues": 0, "never_share": None, "median_s": None, "p90_s": None}


def test_options_out_of_bounds_are_refused():
    with pytest.raises(RecordingError, match="stable_s = -1"):
        TransitionOptions(stable_s=-1.0)


def bench(recording, **options):
    return make_bench(recording, recipe("hudgins"), EvaluateOptions(decoder="hudgins", **options))


def test_every_increment_of_a_recording_is_decided():
    recording = streamed_person()
    made = bench(recording)
    streamed = stream_windows(recording, made.settings)
    step, span = made.settings.increment_samples, made.settings.window_samples
    per_recording = np.count_nonzero(recording.rec == 1) // step - span // step + 1
    assert len(streamed) == 2 * per_recording
    labelled = np.isin(streamed.index, made.windows.index)
    assert np.array_equal(streamed.features[labelled], made.windows.features)
    assert (streamed.label == -1).any()


def test_a_stream_is_scored_from_the_cue_with_the_reaction_in_it():
    scored = score_stream(bench(streamed_person()))
    assert scored["transitions"]["cues"] == 10
    assert scored["transitions"]["never_share"] == 0.0
    assert REACTION_S < scored["transitions"]["median_s"] < REACTION_S + 0.3
    assert scored["false_activations"]["exposure_s"] == pytest.approx(2 * 3 * 1.2, abs=0.7)


def test_without_a_cue_only_false_activations_are_known():
    scored = score_stream(bench(streamed_person(with_cue=False)))
    assert scored["transitions"] is None
    assert scored["false_activations"]["per_hour"] is not None


def test_one_repetition_cannot_be_streamed():
    with pytest.raises(RecordingError, match="no condition holds two repetitions"):
        score_stream(bench(streamed_person(reps=1)))


@pytest.mark.shared
def test_a_real_person_is_followed(shared):
    from innervate.drivers.recordings.npz import read_recording

    recording = read_recording(shared / "data" / "biopatrec10" / "sub01.npz")
    scored = score_stream(bench(recording.rows(np.isin(recording.rec, (0, 1)))))
    assert scored["transitions"]["cues"] == 2 * 5
    assert 0.2 < scored["transitions"]["median_s"] < 0.8
