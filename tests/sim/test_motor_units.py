"""Motor units as published: sizes, durations, amplitudes, territories, what fat does, and their force."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.benchmarks.units import (
    PEOPLE,
    area_ratio,
    durations_ms,
    fat_takes,
    one_muscle,
    pooled,
    shapes,
)
from innervate.sim.anatomy import PRESETS
from innervate.sim.body import NATIVE, REINNERVATED
from innervate.sim.maturity import Growth
from innervate.sim.montage import over
from innervate.sim.motor_units import make_units
from innervate.sim.patient import Patient


def test_durations_and_amplitudes_are_those_of_kapelner() -> None:
    """10.9 (3.9) against 14.0 (3.9) ms; 0.19 against 0.14 mV. They set the model; this keeps it there."""
    grown_ms, grown_uv = pooled(one_muscle(REINNERVATED, 5.0, 9.0))
    native_ms, native_uv = pooled(one_muscle(NATIVE, 5.0, 10.0))
    assert grown_ms.mean() == pytest.approx(10.9, abs=0.8)
    assert native_ms.mean() == pytest.approx(14.0, abs=0.8)
    assert grown_ms.std() == pytest.approx(3.9, abs=0.9)
    assert native_ms.std() == pytest.approx(3.9, abs=0.9)
    assert grown_uv.mean() == pytest.approx(190, rel=0.15)
    assert native_uv.mean() == pytest.approx(140, rel=0.15)


def test_reinnervated_units_cover_less_skin() -> None:
    """Kapelner: 0.25 of the grid against 0.81, a ratio of 0.31. Nothing was set for it; here about 0.5."""
    assert area_ratio() < 0.7


def test_fat_weakens_as_kuiken_lowery_and_stoykov_worked_out() -> None:
    """Their finite elements: 3, 9 and 18 mm of fat take 31, 80 and 90 % of the RMS. Not set for it."""
    assert fat_takes() == pytest.approx([0.31, 0.80, 0.90], abs=0.2)


def test_large_units_are_large_on_the_skin() -> None:
    units, made = shapes(one_muscle(NATIVE, 4.0, 9.0), 1)
    size = np.ptp(made[:, :, 0], axis=1)
    assert (np.diff(units.threshold) > 0).all()
    assert size[-10:].mean() > 3 * size[:10].mean()
    assert units.threshold[-1] / units.threshold[0] == pytest.approx(30.0, rel=0.1)


def test_young_units_are_small_long_and_many_phased() -> None:
    def figures(months: float) -> tuple[float, float, float]:
        body = one_muscle(REINNERVATED, 5.0, 9.0, months)
        own = [potential for seed in PEOPLE for potential in shapes(body, seed)[1][:, :, 0]]
        signs = [np.sign(o[np.abs(o) > 0.1 * np.abs(o).max()]) for o in own]
        long_ms = np.mean([durations_ms(o[None])[0] for o in own])
        phases = np.mean([np.count_nonzero(np.diff(sign)) for sign in signs])
        return float(long_ms), float(np.mean([np.ptp(o) for o in own])), float(phases)

    young, mature = figures(3.5), figures(36.0)
    assert young[0] > 1.2 * mature[0]
    assert young[1] < 0.6 * mature[1]
    assert young[2] > mature[2]


def test_growth_follows_the_calendar() -> None:
    assert [Growth().grown_share(m) for m in (0.0, 2.9, 3.0, 6.0, 9.0, 24.0)] == [
        0.0,
        0.0,
        0.0,
        0.7,
        1.0,
        1.0,
    ]
    assert not len(make_units(one_muscle(REINNERVATED, 5.0, 9.0, 3.0), 1).muscle)


def test_a_patient_whose_every_muscle_is_silent_is_noise() -> None:
    patient = Patient(one_muscle(REINNERVATED, 5.0, 9.0, 2.0), seed=1, force=True)
    assert patient.step(1000, np.array([1.0])).std() < 5.0
    assert patient.force.max() == 0.0


def test_a_unit_that_has_come_stays_the_same_unit() -> None:
    early, late = (make_units(one_muscle(REINNERVATED, 5.0, 9.0, months), 1) for months in (4.5, 20.0))
    kept = np.isin(late.born_months, early.born_months)
    assert 0 < kept.sum() < len(kept)
    np.testing.assert_array_equal(late.of(kept).centre_mm, early.centre_mm)
    np.testing.assert_array_equal(late.of(kept).threshold, early.threshold)


def test_electrodes_put_on_anew_are_heard_from_the_next_block_on() -> None:
    body = one_muscle(NATIVE, 4.0, 9.0)
    drive = np.array([0.6])
    still, moved, there = (
        Patient(b, seed=1) for b in (body, body, body.with_montage(body.montage.turned(30.0)))
    )
    for patient in (still, moved, there):
        patient.step(1000, drive)
    moved.wear(body.montage.turned(30.0))
    before, after, like = (patient.step(1000, drive) for patient in (still, moved, there))
    np.testing.assert_allclose(after[50:], like[50:], atol=1e-3)
    assert after.std() < 0.5 * before.std()


def test_electrodes_do_not_change_who_somebody_is() -> None:
    body = PRESETS["transradial"]
    one, other = Patient(body, seed=4), Patient(body.with_montage(body.montage.turned(20.0)), seed=4)
    np.testing.assert_array_equal(one.units.centre_mm, other.units.centre_mm)
    assert not np.allclose(one.potentials, other.potentials)
    back = Patient(body.with_montage(body.montage.turned(20.0).turned(-20.0)), seed=4)
    np.testing.assert_allclose(one.potentials, back.potentials, atol=1e-3)


def test_a_pair_turned_on_to_another_muscle_hears_that_one() -> None:
    body = one_muscle(NATIVE, 4.0, 9.0)
    heard = []
    for turned_deg in (0.0, 15.0, 40.0, 90.0):
        made = shapes(body.with_montage(body.montage.turned(turned_deg)), 1)[1]
        heard.append(float(np.ptp(made[:, :, 0], axis=1).mean()))
    assert heard == sorted(heard, reverse=True)
    assert heard[-1] < 0.1 * heard[0]


def test_force_grows_with_effort_lags_behind_it_and_dies_away() -> None:
    patient = Patient(PRESETS["transradial"], seed=1, force=True)
    kept = []
    for effort in (0.1, 0.3, 0.6, 1.0):
        drive = np.full(len(patient.body.muscles), effort)
        felt = np.array([(patient.step(10, drive), patient.force)[1] for _ in range(200)])
        kept.append(felt[100:].mean(axis=0))
    assert (np.diff(kept, axis=0) > 0).all()
    assert kept[-1] == pytest.approx(np.ones(len(kept[-1])), abs=0.12)
    rest = np.zeros(len(patient.body.muscles))
    after = np.array([(patient.step(10, rest), patient.force)[1].mean() for _ in range(60)])
    assert after[2] > 0.7
    assert after[-1] < 0.05
    assert (np.diff(after[4:]) <= 1e-9).all()


def test_a_montage_of_pairs_lies_where_it_says() -> None:
    across, along = over((90.0, 5.0)).poles(50.0)
    assert across[0] == pytest.approx([0.0, 50.0], abs=1e-3)
    assert along[0, 1] - along[0, 0] == pytest.approx(20.0)
