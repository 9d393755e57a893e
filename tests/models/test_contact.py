"""Bad electrodes are noticed within 250 ms and named; good ones are left in peace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from innervate.models.pipeline import Pipeline, PipelineSettings
from innervate.models.runtime import Decided
from innervate.models.signal.flags import SENTENCE, UNTRUSTED, WARNINGS, WORST_FIRST, Contact, explain
from innervate.models.templates import NO_DECISION

from .signals import emg, settings

REST_RMS, ACTIVE_RMS, BAD_FROM = 6.0, 120.0, 2000


def calibrated(**more: object) -> PipelineSettings:
    return settings(channels=3, unit="a.u.", rest_rms=(REST_RMS,) * 3, active_rms=(ACTIVE_RMS,) * 3, **more)


def at_rest(samples: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(samples, 3)) * REST_RMS * 1.05 + 600.0).astype(np.float32)


def flat(x):
    x[:] = x[0]


def zeros(x):
    x[:] = 0.0


def railed(x):
    x[:] = 187_500.0


def alternating_rails(x):
    x[:] = np.where(np.arange(len(x)) // 10 % 2, 187_500.0, -187_500.0)


def hum(x):
    x += 20 * REST_RMS * np.sin(2 * np.pi * 50.0 * np.arange(len(x)) / 1000.0)


def lifted(x):
    x += np.random.default_rng(1).normal(size=len(x)) * 15 * ACTIVE_RMS


def knocked(x):
    x += 100 * ACTIVE_RMS * np.exp(-np.arange(len(x)) / 100.0)


def quiet(x):
    x[:] = x[0] + 0.01 * (x - x[0])


FAULTS = [
    (flat, Contact.FLAT, 250),
    (zeros, Contact.FLAT, 250),
    (quiet, Contact.FLAT, 400),
    (railed, Contact.RAILED, 250),
    (alternating_rails, Contact.RAILED, 250),
    (hum, Contact.MAINS, 250),
    (lifted, Contact.NOISY, 250),
    (knocked, Contact.MOTION, 50),
]


@pytest.mark.parametrize(("fault", "flag", "within_ms"), FAULTS)
def test_a_bad_electrode_is_noticed_and_named(fault, flag, within_ms):
    x = at_rest(4000)
    fault(x[BAD_FROM:, 1])
    frames = Pipeline(calibrated(rail=187_500.0)).push(x)
    noticed = [f.end_index + 1 - BAD_FROM for f in frames if f.contact[1] & flag]
    assert noticed
    assert 0 < noticed[0] <= within_ms
    assert not any(f.contact[[0, 2]].any() for f in frames)
    assert not any(f.contact.any() for f in frames if f.end_index < BAD_FROM)


@pytest.mark.parametrize("fault", [flat, railed, hum, lifted])
def test_it_is_trusted_again_once_it_is_mended(fault):
    x = at_rest(6000)
    fault(x[BAD_FROM : BAD_FROM + 1000, 1])
    frames = Pipeline(calibrated()).push(x)
    assert any(f.contact.any() for f in frames)
    assert not any(f.contact.any() for f in frames if f.end_index > BAD_FROM + 2500)


def test_flags_do_not_flicker():
    x = at_rest(6000)
    for start in range(2000, 5000, 400):
        flat(x[start : start + 250, 1])
    frames = Pipeline(calibrated()).push(x)
    flagged = [bool(f.contact[1]) for f in frames if 2200 < f.end_index < 4900]
    assert all(flagged)


def test_lost_samples_are_no_data_not_flat():
    x, valid = at_rest(4000), np.ones((4000, 3), bool)
    valid[BAD_FROM : BAD_FROM + 500, 2] = False
    frames = Pipeline(calibrated()).push(x, valid)
    seen = {int(f.contact[2]) for f in frames}
    assert seen == {0, int(Contact.NO_DATA)}
    assert next(f.end_index for f in frames if f.contact[2]) + 1 - BAD_FROM <= 250


@pytest.mark.parametrize("unit", ["uV", "a.u."])
def test_before_calibration_good_signals_are_left_in_peace(unit):
    x = emg(5000, 3, scale=300.0)
    x[1000:2000] = emg(1000, 3, 1, 4.0)
    frames = Pipeline(settings(channels=3, unit=unit)).push(x)
    assert not any(f.contact.any() for f in frames)


def test_before_calibration_flat_is_flat_in_any_unit():
    frames = Pipeline(settings(channels=3)).push(np.zeros((1000, 3), np.float32))
    assert (frames[-1].contact == Contact.FLAT).all()


@pytest.mark.parametrize(
    ("rate", "window", "increment"), [(250.0, 51, 3), (200.0, 40, 10), (2000.0, 400, 100)]
)
def test_at_other_rates(rate, window, increment):
    x = at_rest(int(4 * rate))
    k = int(2 * rate)
    x[k:, 1] = x[k, 1]
    frames = Pipeline(calibrated_at(rate, window, increment)).push(x)
    noticed = [(f.end_index + 1 - k) / rate for f in frames if f.contact[1]]
    assert 0 < noticed[0] <= 0.25
    assert not any(f.contact[[0, 2]].any() for f in frames)


def calibrated_at(rate: float, window: int, increment: int) -> PipelineSettings:
    return settings(rate, 3, window, increment, rest_rms=(REST_RMS,) * 3, active_rms=(ACTIVE_RMS,) * 3)


def test_every_flag_has_a_sentence():
    assert set(SENTENCE) == {Contact.GOOD, *Contact}
    assert sorted(WORST_FIRST) == sorted(Contact)
    assert sum(Contact) == np.iinfo(np.uint8).max
    assert explain(0) == (SENTENCE[Contact.GOOD],)
    assert explain(Contact.FLAT | Contact.NO_DATA) == (SENTENCE[Contact.NO_DATA], SENTENCE[Contact.FLAT])


def test_a_warning_alone_holds_no_limb():
    frames = Pipeline(settings(channels=3)).push(at_rest(400))
    raw, posterior = np.zeros((10, 3), np.float32), np.ones(1)
    for flag in Contact:
        assert bool(UNTRUSTED & flag) is not bool(WARNINGS & flag)
        flags = np.array([0, flag, 0], np.uint8)
        decided = Decided(replace(frames[-1], contact=flags), raw, 0, posterior)
        assert decided.trusted is bool(WARNINGS & flag)
    assert not replace(decided, class_index=NO_DECISION).trusted


@pytest.mark.parametrize("seed", range(4))
def test_mains_under_a_strong_contraction_is_named_within_half_a_second(seed):
    x = emg(4000, 3, seed, ACTIVE_RMS / 1.3)
    x[BAD_FROM:, 1] += (
        np.sqrt(2.0) * x[:, 1].std() * np.sin(2 * np.pi * 50.1 * np.arange(2000) / 1000.0 + seed)
    )
    frames = Pipeline(calibrated()).push(x)
    noticed = [f.end_index + 1 - BAD_FROM for f in frames if f.contact[1]]
    assert noticed[0] <= 500
    assert {int(f.contact[1]) for f in frames} == {0, int(Contact.MAINS)}
    assert not any(f.contact[[0, 2]].any() for f in frames)


@pytest.mark.parametrize("height", [0.3, 1.0, 3.0, 10.0])
def test_a_knock_is_not_mains(height):
    x = at_rest(4000)
    x[BAD_FROM:, 1] += height * 10 * ACTIVE_RMS * np.exp(-np.arange(2000) / 30.0)
    frames = Pipeline(calibrated()).push(x)
    assert not any(f.contact[1] & Contact.MAINS for f in frames)


def uncalibrated_fault(fault) -> set[int]:
    """Flags of the bad channel of eight, in arbitrary units that nothing is known of."""
    x = np.concatenate([at_rest(4000, seed) for seed in (1, 2, 3)], axis=1)[:, :8] * np.float32(3e-7)
    fault(x[BAD_FROM:, 5])
    frames = Pipeline(settings(channels=8)).push(x)
    assert not any(np.delete(f.contact, 5).any() for f in frames)
    return {int(f.contact[5]) for f in frames}


def test_in_unknown_units_one_channel_is_judged_by_the_others():
    def hums(x):
        x += 3e-7 * 20 * REST_RMS * np.sin(2 * np.pi * 50.0 * np.arange(len(x)) / 1000.0)

    def roars(x):
        x += 3e-7 * 1000 * REST_RMS * np.random.default_rng(1).normal(size=len(x))

    def jumps(x):
        x += 3e-7 * 5000 * REST_RMS

    assert uncalibrated_fault(hums) == {0, int(Contact.MAINS)}
    assert any(flags & Contact.NOISY for flags in uncalibrated_fault(roars))
    assert any(flags & Contact.MOTION for flags in uncalibrated_fault(jumps))
    assert uncalibrated_fault(lambda x: None) == {0}


def test_in_unknown_units_hum_from_the_first_sample_on_is_seen_beside_the_others():
    x = at_rest(3000)
    x[:, 1] += 20 * REST_RMS * np.sin(2 * np.pi * 50.0 * np.arange(3000) / 1000.0)
    frames = Pipeline(settings(channels=3)).push(x)
    assert frames[-1].contact.tolist() == [0, Contact.MAINS, 0]
