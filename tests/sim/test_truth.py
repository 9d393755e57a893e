"""The truth beside EMG: potentials come back by averaging, small units first, rates and ages as published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.npz import Recording
from innervate.sim.anatomy import PRESETS
from innervate.sim.body import NATIVE, REINNERVATED
from innervate.sim.patient import Patient
from innervate.sim.schedule import steady_schedule
from innervate.sim.simulate import simulate_recording
from innervate.sim.truth import Truth, TruthLog, read_truth, write_truth

from .spikes import rate_hz, recovered, recruited_at, shows_its_potentials, small_come_first

RISE_S, KEPT_S = 20.0, 10.0


def held(rate: float, movement: str = "power", seconds: float = 40.0) -> tuple[Truth, Recording]:
    patient = Patient(PRESETS["transradial"], rate, seed=2)
    log = TruthLog(patient)
    recording = simulate_recording(patient, steady_schedule(movement, 0.6), 2, seconds=seconds, log=log)
    return log.truth(), recording


@pytest.fixture(scope="module")
def power() -> tuple[Truth, Recording]:
    return held(1000.0)


def rising(
    months: float = 12.0, level: str = "transradial", rise_s: float = RISE_S, kept_s: float = KEPT_S
) -> Truth:
    """Every muscle together, from nothing to all there is, then kept."""
    patient = Patient(PRESETS[level].at_months(months), seed=3)
    log = TruthLog(patient)
    for share in [*np.linspace(0.0, 1.0, round(rise_s * 100)), *np.ones(round(kept_s * 100))]:
        patient.step(10, np.full(len(patient.body.muscles), share))
        log.take()
    return log.truth()


@pytest.fixture(scope="module")
def rise() -> Truth:
    return rising()


def muscles(truth: Truth, innervation: str) -> list[int]:
    return [
        n for n, kind in enumerate(truth.innervation) if kind == innervation and (truth.muscle == n).any()
    ]


def test_spike_triggered_averages_are_the_potentials(power: tuple[Truth, Recording]) -> None:
    truth, recording = power
    assert len(recovered(truth, recording.emg)) > 40
    assert shows_its_potentials(truth, recording.emg)


@pytest.mark.parametrize("rate", [250.0, 2000.0])
def test_they_are_at_other_rates_too(rate: float) -> None:
    truth, recording = held(rate, "open", 25.0)
    assert shows_its_potentials(truth, recording.emg)


def test_filtered_noise_does_not_pass_for_emg(power: tuple[Truth, Recording]) -> None:
    """The same spectrum, the same level, the same claimed spikes; no potentials."""
    truth, recording = power
    rng = np.random.default_rng(1)
    spectrum = np.fft.rfft(recording.emg, axis=0)
    turned = np.abs(spectrum) * np.exp(2j * np.pi * rng.uniform(size=spectrum.shape))
    noise = np.fft.irfft(turned, len(recording.emg), axis=0)
    np.testing.assert_allclose(noise.std(axis=0), recording.emg.std(axis=0), rtol=0.1)
    assert not shows_its_potentials(truth, noise)
    assert np.median(np.abs(recovered(truth, noise))) < 0.5


def test_small_units_come_first(rise: Truth) -> None:
    for muscle in (*muscles(rise, NATIVE), *muscles(rise, REINNERVATED)):
        assert small_come_first(rise, muscle) > 0.9


def test_spikes_of_anybody_do_not_show_an_order(rise: Truth) -> None:
    """As many spikes at the same times, given to units at random: the check above would not pass."""
    shuffled = np.random.default_rng(1).permutation(rise.spike_unit)
    false = replace(rise, spike_unit=shuffled)
    assert max(abs(small_come_first(false, muscle)) for muscle in muscles(rise, NATIVE)) < 0.7


def test_the_last_units_come_at_seven_tenths_and_then_only_rates_grow(rise: Truth) -> None:
    for muscle in muscles(rise, NATIVE):
        units, drive = recruited_at(rise, muscle)
        assert len(units) == (rise.muscle == muscle).sum()
        assert drive.min() < 0.1
        assert 0.6 < drive.max() < 0.8


def test_rates_are_those_of_people_and_early_units_fire_faster(rise: Truth) -> None:
    """8 to 35 Hz (Fuglevand 1993), and onion skin at every level of effort."""
    for muscle in muscles(rise, NATIVE)[:4]:
        units = np.flatnonzero(rise.muscle == muscle)
        rates = np.array([rate_hz(rise, int(u), RISE_S, RISE_S + KEPT_S) for u in units])
        assert ((rates > 7.0) & (rates < 37.0)).all()
        early, late = rates[:15].mean(), rates[-15:].mean()
        assert early > late + 5.0


def test_intervals_vary_by_a_fifth(rise: Truth) -> None:
    spreads = []
    for unit in range(0, len(rise.muscle), 5):
        spikes = rise.spikes_s(unit)
        gaps = np.diff(spikes[spikes > RISE_S])
        spreads.append(gaps.std() / gaps.mean())
    assert np.mean(spreads) == pytest.approx(0.2, abs=0.03)


def test_a_residual_tibialis_anterior_recruits_flatter_than_a_gastrocnemius() -> None:
    """[S] J Neural Eng 2024;21: size principle and onion skin are flatter in the residual TA only."""
    truth = rising(level="transtibial")
    shin = truth.muscles.index("tibialis anterior")
    calf = truth.muscles.index("gastrocnemius, medial head")
    assert small_come_first(truth, shin) < 0.9 < small_come_first(truth, calf)
    spread = {}
    for muscle in (shin, calf):
        units = np.flatnonzero(truth.muscle == muscle)
        rates = np.array([rate_hz(truth, int(u), RISE_S, RISE_S + KEPT_S) for u in units])
        spread[muscle] = rates[:15].mean() - rates[-15:].mean()
    assert spread[shin] < 0.8 * spread[calf]


def test_reinnervated_units_come_with_the_months(rise: Truth) -> None:
    """Silent before 3, few at 4, most at 6, all at 12; native muscle takes no notice."""
    fired = {}
    for months in (2.9, 4.0, 6.0):
        truth = rising(months, rise_s=4.0, kept_s=0.5)
        fired[months] = {
            kind: sum(len(recruited_at(truth, muscle)[0]) for muscle in muscles(truth, kind))
            for kind in (NATIVE, REINNERVATED)
        }
    grown = sum(len(recruited_at(rise, muscle)[0]) for muscle in muscles(rise, REINNERVATED))
    native = sum(len(recruited_at(rise, muscle)[0]) for muscle in muscles(rise, NATIVE))
    assert fired[2.9][REINNERVATED] == 0
    assert 0 < fired[4.0][REINNERVATED] < 0.5 * grown
    assert 0.6 * grown < fired[6.0][REINNERVATED] < 0.9 * grown
    assert {kinds[NATIVE] for kinds in fired.values()} == {native}


def test_the_truth_comes_back_from_its_file(tmp_path: Path, rise: Truth) -> None:
    write_truth(tmp_path / "truth.npz", rise)
    back = read_truth(tmp_path / "truth.npz")
    np.testing.assert_array_equal(back.spike_tick, rise.spike_tick)
    np.testing.assert_array_equal(back.potentials, rise.potentials)
    assert (back.muscles, back.phases, back.rate_hz) == (rise.muscles, rise.phases, rise.rate_hz)
    assert (np.diff(back.spike_tick) >= 0).all()


def test_another_file_is_no_truth(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", emg=np.zeros(3))
    (tmp_path / "y.npz").write_text("no")
    for name in ("x.npz", "y.npz", "z.npz"):
        with pytest.raises(RecordingError, match="not the truth of a simulated recording"):
            read_truth(tmp_path / name)
