"""What movements' names say of degrees of freedom, and what a regressor learns of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.evaluation.options import EvaluateOptions
from innervate.calibration.evaluation.velocities import check_velocity_options, evaluate_velocities
from innervate.calibration.recipes import recipe
from innervate.calibration.train import recording_windows, train
from innervate.calibration.velocities import DofTable, figures, fit_velocities, strength
from innervate.core.errors import RecordingError
from innervate.core.movements import DOFS
from innervate.drivers.recordings.npz import Recording, write_recording
from innervate.models.design import design_pipeline
from innervate.models.model import Model
from innervate.models.pipeline import PipelineSettings
from innervate.models.runtime import Runtime

NAMES = ("rest", "open", "power", "wrist flexion", "wrist extension", "pinch")
GAINS = ((2, 2, 2, 2), (40, 2, 2, 2), (2, 40, 2, 2), (2, 2, 40, 2), (2, 2, 2, 40), (30, 30, 2, 2))


def two_dofs(reps: int = 3, seed: int = 0, names: tuple[str, ...] = NAMES, share: float = 1.0) -> Recording:
    """A muscle a movement, under a channel of its own; pinch tenses two of them."""
    rng, n = np.random.default_rng(seed), 900
    parts, label, rep = [], [], []
    for r in range(reps):
        for k in range(len(names)):
            gains = np.where(np.array(GAINS[k]) > 2, share * np.array(GAINS[k]), 2.0)
            parts.append(rng.normal(size=(n, 4)) * gains * rng.uniform(0.85, 1.15, 4))
            label += [-1] * 90 + [k] * (n - 90)
            rep += [r] * n
    zero = np.zeros(len(label), np.int16)
    marks = np.array(label, np.int16), np.array(rep, np.int16)
    return Recording(
        "two.npz", np.concatenate(parts).astype(np.float32), *marks, zero, zero, None, 1000.0, names
    )


def design(recording: Recording) -> PipelineSettings:
    return design_pipeline(recording.fs, recording.channels, 10.0)


@pytest.fixture(scope="module")
def model() -> Model:
    recording = two_dofs()
    return train([recording], design(recording), velocities=True)


def last(model: Model, *gains: float) -> tuple[float, ...]:
    rng = np.random.default_rng(5)
    found = Runtime(model).push((rng.normal(size=(900, 4)) * gains).astype(np.float32))
    return tuple(np.mean([decided.velocities for decided in found[30:]], axis=0).tolist())


# -- names --------------------------------------------------------------------------------------------------


def test_opposite_movements_are_the_two_ends_and_two_at_once_set_both() -> None:
    names = ("Rest", "Hand Open", "Close Hand", "wrist flexion+power", "pinch", "open+power")
    table = DofTable.of(names, "x")
    assert table.dofs == ("hand", "wrist flexion")
    assert table.targets.tolist() == [[0, 0], [-1, 0], [1, 0], [1, 1], [0, 0], [0, 0]]
    assert table.usable.tolist() == [True, True, True, True, False, False]
    assert table.left_out == ("pinch", "open+power")
    assert (table.low.tolist(), table.high.tolist()) == ([-1.0, 0.0], [1.0, 1.0])


def test_what_was_not_recorded_moves_nothing() -> None:
    table = DofTable.of(("rest", "open", "power", "pronation", "pinch"), "x", [0, 1, 2])
    assert table.dofs == ("hand",)
    assert table.usable.tolist() == [True, True, True, False, False]
    assert table.left_out == ()


def test_where_nothing_moves_a_degree_of_freedom_it_is_said() -> None:
    with pytest.raises(RecordingError, match="none of rest, pinch moves a degree of freedom"):
        DofTable.of(("rest", "pinch"), "x")


@given(st.lists(st.sampled_from([end for pair in DOFS.values() for end in pair]), min_size=1, unique=True))
def test_every_end_is_a_direction_of_its_own_degree_of_freedom(ends: list[str]) -> None:
    table = DofTable.of(("rest", *ends), "x")
    assert np.abs(table.targets).sum(axis=1).tolist() == [0.0, *[1.0] * len(ends)]
    assert len(np.unique(table.targets, axis=0)) == len(ends) + 1


# -- training -----------------------------------------------------------------------------------------------


def test_each_movement_moves_its_own_degree_of_freedom_its_own_way(model: Model) -> None:
    assert model.regressor is not None
    assert model.regressor.dofs == ("hand", "wrist flexion")
    assert model.classes == NAMES[:5]
    assert model.metrics["velocities"]["left_out"] == ["pinch"]
    for gains, wanted in zip(GAINS[:5], ((0, 0), (-1, 0), (1, 0), (0, 1), (0, -1)), strict=True):
        assert last(model, *gains) == pytest.approx(wanted, abs=0.3)


def test_two_that_were_never_recorded_together_move_together(model: Model) -> None:
    hand, wrist = last(model, 2, 40, 40, 2)
    assert hand > 0.3
    assert wrist > 0.3


def test_half_the_effort_is_slower(model: Model) -> None:
    weak, strong = last(model, 2, 20, 2, 2)[0], last(model, 2, 40, 2, 2)[0]
    assert 0.1 < weak < 0.85 * strong


def test_what_was_held_out_is_told(model: Model) -> None:
    told = model.metrics["velocities"]["held_out"]
    assert told["r2"] > 0.8
    assert told["rest_moved"] == 0.0
    assert set(told["dofs"]) == {"hand", "wrist flexion"}


def test_any_single_channel_can_be_gone_without(model: Model) -> None:
    assert model.regressor is not None
    assert len(model.regressor.lost) == len(model.decoder.lost) == 4
    rng = np.random.default_rng(5)
    # The channel of wrist extension is flat; the hand is closed all the same.
    samples = (rng.normal(size=(2500, 4)) * (2, 40, 2, 0)).astype(np.float32)
    decided = Runtime(model).push(samples)[-1]
    assert decided.frame.lost == 3
    assert decided.trusted
    assert decided.velocities[0] > 0.6
    assert abs(decided.velocities[1]) < 0.4


def test_a_direction_that_was_not_recorded_is_never_moved_in() -> None:
    recording = two_dofs(names=("rest", "open", "power", "wrist flexion"))
    made = train([recording], design(recording), velocities=True)
    assert made.regressor is not None
    assert made.regressor.low.tolist() == [-1.0, 0.0]
    assert min(d.velocities[1] for d in Runtime(made).push(recording.emg) if d.velocities) == 0.0


def test_one_repetition_trains_and_says_that_nothing_was_held_out() -> None:
    recording = two_dofs(reps=1)
    made = train([recording], design(recording), velocities=True)
    assert made.regressor is not None
    assert made.metrics["velocities"]["held_out"] is None


def test_without_asking_there_are_none() -> None:
    recording = two_dofs()
    made = train([recording], design(recording))
    assert made.regressor is None
    assert "velocities" not in made.metrics
    assert "pinch" in made.classes


def test_strength_is_none_at_rest_and_the_mean_window_is_full() -> None:
    recording = two_dofs()
    windows = recording_windows(recording, design(recording), contact=False)
    found = strength(windows, 0)
    assert found[windows.label == 0].max() == 0.0
    assert 0.85 < found[windows.label == 1].mean() <= 1.0
    assert found.max() <= 1.0


def test_the_same_windows_give_the_same_regressor() -> None:
    recording = two_dofs()
    windows = recording_windows(recording, design(recording), contact=False)
    table = DofTable.of(recording.classes, "x")
    kept = windows.where(table.usable[windows.label])
    one, other = (fit_velocities(kept, table, 0).arrays() for _ in range(2))
    assert all(np.array_equal(one[name], other[name]) for name in one)


# -- figures ------------------------------------------------------------------------------------------------


def test_figures_of_what_can_be_counted_by_hand() -> None:
    table = DofTable.of(("rest", "open", "power", "wrist flexion"), "x")
    wanted = np.array([[0, 0], [0, 0], [1, 0], [-1, 0], [0, 1], [1, 1]], float)
    found = np.array([[0, 0.05], [0.5, 0], [1, 0], [-1, 0], [0.4, 1], [1, -0.2]])
    told = figures(found, wanted, (wanted == 0).all(axis=1), table)
    assert told["rest_moved"] == 0.5
    assert told["right"] == 0.75
    assert told["strayed"] == pytest.approx(0.1)
    error = 0.5**2 + 0.4**2
    spread = ((wanted[:, 0] - wanted[:, 0].mean()) ** 2).sum()
    assert told["dofs"]["hand"]["r2"] == pytest.approx(1 - error / spread)


def test_figures_of_nothing_are_none() -> None:
    table = DofTable.of(("rest", "open", "power"), "x")
    told = figures(np.empty((0, 1)), np.empty((0, 1)), np.empty(0, bool), table)
    assert {told[name] for name in ("r2", "correlation", "right", "strayed", "rest_moved")} == {None}


# -- evaluation ---------------------------------------------------------------------------------------------


def test_people_are_scored_with_a_repetition_held_out(tmp_path) -> None:
    options = EvaluateOptions(decoder="regressor")
    write_recording(tmp_path / "a.npz", two_dofs())
    write_recording(tmp_path / "b.npz", two_dofs(seed=3, share=0.5))
    write_recording(tmp_path / "c.npz", replace(two_dofs(reps=1)))
    found = evaluate_velocities(tmp_path, options)
    assert [person["id"] for person in found["people"]] == ["a", "b"]
    assert "two repetitions" in found["failed"][0]["error"]
    assert 0.8 < found["mean"]["r2"] <= 1.0
    assert found["mean"]["right"] > 0.95
    assert found["mean"]["rest_moved"] <= found["mean"]["rest_moved_bare"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"split": "chronological"}, "--split chronological"),
        ({"beside": "lda"}, "--beside"),
        ({"reject": 0.5}, "--reject"),
        ({"drop_channel": "0"}, "--drop-channel"),
        ({"stream": True}, "--stream"),
    ],
)
def test_what_is_for_classes_is_refused_by_name(change, words) -> None:
    with pytest.raises(RecordingError, match=words):
        check_velocity_options(EvaluateOptions(decoder="regressor", **change))


def test_as_a_recipe_it_is_told_where_velocities_are_scored() -> None:
    with pytest.raises(RecordingError, match="evaluate --decoder regressor scores them"):
        recipe("regressor")
