"""Is the simulated EMG EMG: spectrum, strength, recruitment, and the same bits however it is cut."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.benchmarks.units import above_500_hz
from innervate.core.errors import ProfileError
from innervate.drivers.recordings.npz import read_recording, write_recording
from innervate.sim.anatomy import ANKLE, HAND, Body, body_named
from innervate.sim.body import NATIVE, Muscle
from innervate.sim.montage import over
from innervate.sim.patient import Patient
from innervate.sim.schedule import Timeline, calibration_schedule, free_schedule
from innervate.sim.simulate import simulate_recording

CLASSES = tuple(HAND.movements)


ALONE = Body(
    "alone",
    "transradial",
    45.0,
    4.0,
    (Muscle("flexor", NATIVE, 9.0, 0.0), Muscle("extensor", NATIVE, 9.0, 180.0)),
    {"rest": (0.0, 0.0), "flexion": (0.8, 0.1)},
    over((0.0, 0.0), (45.0, 0.0), (180.0, 0.0)),
    person=0,
)
"""One muscle under one electrode pair, its neighbour and the far side."""


def emg(body: Body, movement: str, effort: float, seconds: float, rate_hz: float = 1000.0) -> np.ndarray:
    n = round(seconds * rate_hz)
    patient = Patient(body, rate_hz, seed=5)
    return patient.step(n, np.array(patient.body.movements[movement]) * effort)


def median_frequency_hz(samples: np.ndarray, rate_hz: float) -> np.ndarray:
    """Per channel, above 20 Hz, over windows of 1 s."""
    n = int(rate_hz)
    windows = samples[: len(samples) // n * n].reshape(-1, n, samples.shape[1])
    power = (np.abs(np.fft.rfft(windows, axis=1)) ** 2).mean(axis=0)
    power[:20] = 0
    below = np.cumsum(power, axis=0) / power.sum(axis=0)
    return np.array([np.searchsorted(below[:, c], 0.5) for c in range(samples.shape[1])], float)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([200.0, 250.0, 1000.0, 1259.26, 4000.0]), st.lists(st.integers(1, 400), max_size=8))
def test_any_chunking_gives_the_same_bits(rate_hz: float, cuts: list[int]) -> None:
    n, classes = 400, tuple(ALONE.movements)
    cues = [c for c, _ in zip(free_schedule(classes, 3), range(6), strict=False)]
    whole_line = Timeline(ALONE, cues, classes, 100.0, 3)
    asked = whole_line.step(n)
    whole = Patient(ALONE, rate_hz, 3, force=True)
    samples = whole.step(n, asked.excitation)
    line, patient = Timeline(ALONE, cues, classes, 100.0, 3), Patient(ALONE, rate_hz, 3, force=True)
    at = [0, *sorted({c for c in cuts if c < n}), n]
    parts, blocks = [], []
    for first, end in pairwise(at):
        part = line.step(end - first)
        np.testing.assert_array_equal(part.cue, asked.cue[first:end])
        np.testing.assert_array_equal(part.level, asked.level[first:end])
        parts.append(patient.step(end - first, part.excitation))
        blocks += patient.blocks
    np.testing.assert_array_equal(np.concatenate(parts), samples)
    np.testing.assert_array_equal(patient.force, whole.force)
    for one, other in zip(blocks, whole.blocks, strict=True):
        np.testing.assert_array_equal(one.units, other.units)
        np.testing.assert_array_equal(one.ticks, other.ticks)
    assert np.abs(samples).max() > 20


def test_a_seed_is_a_person() -> None:
    effort = np.array(HAND.movements["power"])
    first, same, other = (Patient(HAND, seed=s).step(200, effort) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.allclose(first, other)


def test_another_session_is_the_same_person_with_other_firings_and_noise() -> None:
    effort = np.array(ALONE.movements["flexion"])
    one, same, other = (Patient(ALONE, seed=1, use=use) for use in (1, 1, 2))
    np.testing.assert_array_equal(one.potentials, other.potentials)
    first = one.step(2000, effort)
    np.testing.assert_array_equal(first, same.step(2000, effort))
    assert abs(np.corrcoef(first[:, 0], other.step(2000, effort)[:, 0])[0, 1]) < 0.2


@pytest.mark.parametrize(
    ("body", "movement", "pairs"),
    [(HAND, "power", (1, 2)), (HAND, "open", (4,)), (ANKLE, "plantarflexion", (5,))],
)
def test_spectrum_and_strength_are_those_of_surface_emg(
    body: Body, movement: str, pairs: tuple[int, ...]
) -> None:
    """At pairs over muscles that the movement tenses, in people fat and lean."""
    for seed in (1, 2, 5):
        patient = Patient(body, seed=seed)
        rest_uv = patient.step(2000, np.zeros(len(body.muscles))).std(axis=0)
        contraction = patient.step(8000, np.array(patient.body.movements[movement]) * 0.6)
        rms_uv = contraction.std(axis=0)
        assert ((rest_uv > 2) & (rest_uv < 5)).all()
        assert (rms_uv < 1000).all()
        middle_hz = median_frequency_hz(contraction, 1000.0)
        for pair in pairs:
            assert rms_uv[pair] > 8 * rest_uv[pair]
            assert 60 < middle_hz[pair] < 130


def test_emg_grows_with_effort() -> None:
    rms = [emg(ALONE, "flexion", effort, 3.0)[:, 0].std() for effort in (0.15, 0.3, 0.6, 1.0)]
    assert rms == sorted(rms)
    assert rms[-1] > 4 * rms[0]


def test_neighbours_hear_a_muscle_and_the_far_side_hardly() -> None:
    own, neighbour, far = Patient(ALONE, seed=5).step(3000, np.array([0.6, 0.0])).std(axis=0)
    assert 0.02 < (neighbour - 3) / own < 0.5
    assert far < 0.05 * own + 4


@pytest.mark.parametrize("rate_hz", [200.0, 400.0, 512.0, 1259.26, 2000.0, 4000.0])
def test_any_rate_shows_the_same_muscle(rate_hz: float) -> None:
    """What a slow amplifier sees is what a fast one sees below its band, and nothing folds back into it."""
    slow, fast = (
        emg(ALONE, "flexion", 0.6, 12.0, rate_hz)[:, 0],
        emg(ALONE, "flexion", 0.6, 12.0, 4000.0)[:, 0],
    )

    def power(samples: np.ndarray, rate: float, low_hz: float, high_hz: float) -> float:
        n = int(rate)
        spectrum = np.abs(np.fft.rfft(samples[: len(samples) // n * n].reshape(-1, n) / rate, axis=1)) ** 2
        at_hz = np.arange(n // 2 + 1) * rate / n
        return float(spectrum[:, (at_hz >= low_hz) & (at_hz < high_hz)].mean(axis=0).sum())

    top_hz = min(0.3 * rate_hz, 250.0)
    assert power(slow, rate_hz, 20.0, top_hz) == pytest.approx(power(fast, 4000.0, 20.0, top_hz), rel=0.2)
    assert power(slow, rate_hz, 0.3 * rate_hz, rate_hz) < 1.2 * power(fast, 4000.0, 0.3 * rate_hz, 2000.0)


def test_almost_nothing_lies_above_the_inner_rates_band() -> None:
    """Potentials are made at 1 kHz and more: their share above 500 Hz is what that leaves out."""
    assert above_500_hz() < 0.02


def test_a_cyton_sees_no_more_than_its_band() -> None:
    slow, fast = emg(ALONE, "flexion", 0.6, 20.0, 250.0)[:, :1], emg(ALONE, "flexion", 0.6, 20.0)[:, :1]
    assert slow.std() < 0.75 * fast.std()
    assert median_frequency_hz(slow, 250.0)[0] < 80
    assert median_frequency_hz(fast, 1000.0)[0] > 80


def test_another_rate_is_refused() -> None:
    for rate_hz in (199.0, 4001.0):
        with pytest.raises(ProfileError, match=f"{rate_hz:g} Hz; allowed: 200 to 4000"):
            Patient(HAND, rate_hz)
    with pytest.raises(ProfileError, match="'elbow'; allowed: hand, ankle, transradial, transhumeral"):
        body_named("elbow")


def test_a_calibration_is_a_recording_that_training_reads(tmp_path: Path) -> None:
    cues = calibration_schedule(("rest", "open", "power"), reps=2, hold_s=2.0, rest_s=1.5)
    recording = simulate_recording(Patient(HAND, seed=4), cues, seed=4)
    write_recording(tmp_path / "calibration.npz", recording)
    back = read_recording(tmp_path / "calibration.npz")
    np.testing.assert_array_equal(back.emg, recording.emg)
    assert back.meta["simulated"] is True
    assert (back.unit, back.fs, back.classes) == ("uV", 1000.0, CLASSES)
    assert len(back.emg) == 2 * (1.5 + 2 * 3.5) * 1000
    assert back.cue is not None
    for movement in ("rest", "open", "power"):
        index = CLASSES.index(movement)
        for rep in range(2):
            chosen = (back.label == index) & (back.rep == rep)
            assert chosen.sum() >= 0.8 * 1000
            assert (back.cue[chosen] == index).all()
    labelled = back.label >= 0
    assert (back.label[labelled] == back.cue[labelled]).all()
    # Labelled rest is rest: reaction and fall of effort are trimmed away.
    rest_uv = back.emg[back.label == 0].std(axis=0)
    assert (rest_uv < 12).all()
    assert back.emg[back.label == CLASSES.index("power")].std(axis=0).max() > 30


def test_effort_follows_the_cue_after_a_human_delay() -> None:
    cues = calibration_schedule(("rest", "open"), reps=1, hold_s=2.0, rest_s=2.0)
    asked = Timeline(HAND, cues, CLASSES, 1000.0, 6).step(6000)
    onset = int(np.argmax(asked.level > 0)) - 2000
    full = int(np.argmax(asked.level > 0.99 * asked.level.max())) - 2000
    assert 120 <= onset <= 400
    assert 100 <= full - onset <= 300
    assert asked.excitation[:2000].max() < 0.1  # nobody relaxes all the way
    assert 120 <= int(np.flatnonzero(asked.level > 0)[-1]) - 4000 <= 700
    assert np.abs(np.diff(asked.level)).max() < 0.02  # no step


def test_free_use_asks_for_everything_with_rest_between() -> None:
    cues = [c for c, _ in zip(free_schedule(CLASSES, 9), range(20), strict=False)]
    assert [c.movement for c in cues[::2]] == ["rest"] * 10
    assert {c.movement for c in cues} == set(CLASSES)
    for before, after in pairwise(cues):
        assert after.start_s == pytest.approx(before.end_s)


@pytest.fixture
def separability() -> Callable[[int], float]:
    discriminant = pytest.importorskip("sklearn.discriminant_analysis")

    def features(seed: int, use: int) -> tuple[np.ndarray, np.ndarray]:
        recording = simulate_recording(Patient(HAND, seed=seed), calibration_schedule(CLASSES, 2), seed=use)
        rows, labels = [], []
        for first in range(0, len(recording.emg) - 200, 100):
            label = recording.label[first : first + 200]
            if label[0] > 0 and (label == label[0]).all():
                window = recording.emg[first : first + 200].astype(float)
                rows.append(np.log(np.concatenate([window.std(axis=0), np.diff(window, axis=0).std(axis=0)])))
                labels.append(label[0])
        return np.array(rows), np.array(labels)

    def recall(seed: int) -> float:
        rows, labels = features(seed, 1)
        test_rows, test_labels = features(seed, 2)
        decoder = discriminant.LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(rows, labels)
        found = decoder.predict(test_rows)
        return float(np.mean([(found[test_labels == c] == c).mean() for c in np.unique(labels)]))

    return recall


def test_movements_can_be_told_apart_but_not_trivially(separability: Callable[[int], float]) -> None:
    recalls = [separability(seed) for seed in (1, 2)]
    assert 0.85 < np.mean(recalls) < 0.999
