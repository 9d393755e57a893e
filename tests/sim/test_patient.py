"""Is the simulated EMG EMG: spectrum, strength, recruitment, and the same bits however it is cut."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.errors import ProfileError
from innervate.drivers.recordings.npz import read_recording, write_recording
from innervate.sim.anatomy import ANKLE, BODIES, HAND, REINNERVATED, Body, body_named
from innervate.sim.motor_units import Pool, make_pool
from innervate.sim.patient import Patient
from innervate.sim.sampling import sampling_at
from innervate.sim.schedule import Timeline, calibration_schedule, free_schedule
from innervate.sim.simulate import simulate_recording

CLASSES = tuple(HAND.movements)


def emg(body: Body, movement: str, effort: float, seconds: float, rate_hz: float = 1000.0) -> np.ndarray:
    n = round(seconds * rate_hz)
    return Patient(body, rate_hz, seed=5).step(n, np.array(body.movements[movement]) * effort)


def median_frequency_hz(samples: np.ndarray, rate_hz: float) -> np.ndarray:
    """Per channel, above 20 Hz, over windows of 1 s."""
    n = int(rate_hz)
    windows = samples[: len(samples) // n * n].reshape(-1, n, samples.shape[1])
    power = (np.abs(np.fft.rfft(windows, axis=1)) ** 2).mean(axis=0)
    power[:20] = 0
    below = np.cumsum(power, axis=0) / power.sum(axis=0)
    return np.array([np.searchsorted(below[:, c], 0.5) for c in range(samples.shape[1])], float)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([250.0, 1000.0]), st.lists(st.integers(1, 400), max_size=8))
def test_any_chunking_gives_the_same_bits(rate_hz: float, cuts: list[int]) -> None:
    n = 400
    cues = [c for c, _ in zip(free_schedule(CLASSES, 3), range(6), strict=False)]
    whole_line = Timeline(HAND, cues, CLASSES, 100.0, 3)
    asked = whole_line.step(n)
    whole = Patient(HAND, rate_hz, 3).step(n, asked.excitation)
    line, patient = Timeline(HAND, cues, CLASSES, 100.0, 3), Patient(HAND, rate_hz, 3)
    at = [0, *sorted({c for c in cuts if c < n}), n]
    parts = []
    for first, end in pairwise(at):
        part = line.step(end - first)
        np.testing.assert_array_equal(part.cue, asked.cue[first:end])
        np.testing.assert_array_equal(part.level, asked.level[first:end])
        parts.append(patient.step(end - first, part.excitation))
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert np.abs(whole).max() > 30


def test_a_seed_is_a_person() -> None:
    effort = np.array(HAND.movements["power"])
    first, same, other = (Patient(HAND, seed=s).step(200, effort) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.allclose(first, other)


@pytest.mark.parametrize(("body", "movement"), [(HAND, "power"), (HAND, "open"), (ANKLE, "plantarflexion")])
def test_spectrum_and_strength_are_those_of_surface_emg(body: Body, movement: str) -> None:
    active = np.array(body.movements[movement]) >= 0.3
    contraction, rest = emg(body, movement, 0.6, 8.0), emg(body, "rest", 0.0, 4.0)
    rms_uv, rest_uv = contraction.std(axis=0), rest.std(axis=0)
    assert (rms_uv[active] > 8 * rest_uv[active]).all()
    assert ((rest_uv > 2) & (rest_uv < 5)).all()
    assert (rms_uv < 1000).all()
    middle_hz = median_frequency_hz(contraction, 1000.0)[active]
    native = np.array([m.innervation != REINNERVATED for m in body.muscles])[active]
    assert ((middle_hz > 70) & (middle_hz < 130)).all()
    assert (middle_hz[native] < 112).all()


def test_emg_grows_with_effort() -> None:
    rms = [emg(HAND, "power", effort, 3.0)[:, 1].std() for effort in (0.15, 0.3, 0.6, 1.0)]
    assert rms == sorted(rms)
    assert rms[-1] > 4 * rms[0]


def test_neighbours_hear_a_muscle_and_the_far_side_hardly() -> None:
    only = np.zeros(8)
    only[1] = 0.6
    rms_uv = Patient(HAND, seed=5).step(3000, only).std(axis=0)
    assert np.argmax(rms_uv) == 1
    assert 0.02 < (rms_uv[0] - 3) / rms_uv[1] < 0.5
    assert rms_uv[5] < 0.05 * rms_uv[1] + 4


@pytest.fixture(scope="module")
def pool() -> Pool:
    return make_pool(HAND, sampling_at(1000.0), np.random.default_rng(1))


def test_small_units_come_first_and_early_units_fire_faster(pool: Pool) -> None:
    for muscle in range(8):
        mine = pool.muscle == muscle
        assert (np.diff(pool.threshold[mine]) > 0).all()
        size = np.ptp(pool.potentials[mine, 0], axis=1).max(axis=1)
        assert size[-10:].mean() > 3 * size[:10].mean()
    previous = np.zeros(len(pool.threshold), bool)
    for level in np.linspace(0, 1, 21):
        rates_hz = pool.rates_hz(np.full((1, 8), level))[0]
        firing = rates_hz > 0
        assert (firing | ~previous).all()  # nobody who was recruited is sent home by more effort
        assert (rates_hz[firing] >= 8).all()
        assert (rates_hz <= 35).all()
        previous = firing
    assert previous.all()
    for muscle in range(8):
        rates_hz = pool.rates_hz(np.full((1, 8), 0.5))[0][pool.muscle == muscle]
        assert (np.diff(rates_hz) <= 1e-9).all()


def test_reinnervated_potentials_are_shorter_and_larger(pool: Pool) -> None:
    """Kapelner: 10.9 against 14.0 ms, 0.19 against 0.14 mV."""

    def duration_ms(potential: np.ndarray) -> float:
        strong = np.flatnonzero(np.abs(potential) > 0.03 * np.abs(potential).max())
        return float(strong[-1] - strong[0] + 1)

    found: dict[bool, list[float]] = {True: [], False: []}
    peak_uv: dict[bool, list[float]] = {True: [], False: []}
    for unit, muscle in enumerate(pool.muscle.tolist()):
        own = pool.potentials[unit, 0, :, muscle]
        kind = HAND.muscles[muscle].innervation == REINNERVATED
        found[kind].append(duration_ms(own))
        peak_uv[kind].append(float(np.ptp(own)))
    assert np.mean(found[True]) == pytest.approx(10.9, abs=1.5)
    assert np.mean(found[False]) == pytest.approx(14.0, abs=1.5)
    assert np.mean(peak_uv[True]) == pytest.approx(190, rel=0.1)
    assert np.mean(peak_uv[False]) == pytest.approx(140, rel=0.1)


def test_intervals_vary_by_a_fifth() -> None:
    patient = Patient(HAND, seed=2)
    last: dict[int, int] = {}
    intervals: dict[int, list[int]] = {}
    patient.step(20_000, np.full(8, 0.5))
    for block, (units, ticks) in enumerate(patient.firings):
        for unit, tick in zip(units.tolist(), ticks.tolist(), strict=True):
            t = block * 10 + tick
            if unit in last:
                intervals.setdefault(unit, []).append(t - last[unit])
            last[unit] = t
    spread = [np.std(found) / np.mean(found) for found in intervals.values() if len(found) > 50]
    assert np.mean(spread) == pytest.approx(0.2, abs=0.03)


def test_a_cyton_sees_no_more_than_its_band() -> None:
    slow = emg(HAND, "power", 0.6, 20.0, 250.0)
    fast = emg(HAND, "power", 0.6, 20.0, 1000.0)
    assert (slow.std(axis=0)[:5] < 0.75 * fast.std(axis=0)[:5]).all()
    assert (median_frequency_hz(slow, 250.0)[:5] < 80).all()
    assert (median_frequency_hz(fast, 1000.0)[:5] > 85).all()


def test_another_rate_is_refused() -> None:
    for rate_hz in (199.0, 4001.0):
        with pytest.raises(ProfileError, match=f"{rate_hz:g} Hz; allowed: 200 to 4000"):
            Patient(HAND, rate_hz)
    with pytest.raises(ProfileError, match="'elbow'; allowed: hand, ankle"):
        body_named("elbow")


@pytest.mark.parametrize("body", BODIES.values(), ids=lambda b: b.name)
def test_movements_fit_the_muscles(body: Body) -> None:
    assert next(iter(body.movements)) == "rest"
    for shares in body.movements.values():
        assert len(shares) == len(body.muscles) == 8
        assert all(0 <= share <= 1 for share in shares)
    assert {m.innervation for m in body.muscles} == {"native", "reinnervated"}


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
    assert (back.emg[back.label == CLASSES.index("power")].std(axis=0)[1] > 60).all()


def test_effort_follows_the_cue_after_a_human_delay() -> None:
    cues = calibration_schedule(("rest", "open"), reps=1, hold_s=2.0, rest_s=2.0)
    asked = Timeline(HAND, cues, CLASSES, 1000.0, 6).step(6000)
    onset = int(np.argmax(asked.level > 0)) - 2000
    full = int(np.argmax(asked.level > 0.99 * asked.level.max())) - 2000
    assert 120 <= onset <= 400
    assert 100 <= full - onset <= 300
    assert asked.excitation[:2000].max() == 0
    assert 120 <= int(np.flatnonzero(asked.level > 0)[-1]) - 4000 <= 700
    assert np.abs(np.diff(asked.level)).max() < 0.02  # no step


def test_free_use_asks_for_everything_with_rest_between() -> None:
    cues = [c for c, _ in zip(free_schedule(CLASSES, 9), range(12), strict=False)]
    assert [c.movement for c in cues[::2]] == ["rest"] * 6
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
    recalls = [separability(seed) for seed in (1, 2, 3)]
    assert 0.85 < np.mean(recalls) < 0.999
