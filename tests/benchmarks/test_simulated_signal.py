"""Figures of signals that are known, and what the table says of them."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from innervate.benchmarks import simulated_signal
from innervate.benchmarks.selection import selection_s
from innervate.benchmarks.signal_figures import Figures, figures_of
from innervate.calibration.evaluation.bench import make_bench
from innervate.calibration.evaluation.options import EvaluateOptions
from innervate.calibration.recipes import recipe
from innervate.core.errors import InnervateError
from innervate.drivers.recordings.npz import Recording
from rich.console import Console
from scipy import signal as scipy_signal

RATE_HZ, TRIAL, REPS = 1000.0, 2000, 3


def person(
    ratio: float = 5.0,
    common: float = 0.0,
    unlike: float = 0.0,
    effort: float = 0.0,
    wobble: float = 0.0,
    late: int = 0,
) -> Recording:
    """Rest and two movements in four channels of band-limited noise; movements take turns with rest.

    Args:
        ratio: of movement to rest.
        common: share of one noise that all channels see.
        unlike, effort: log spread between repetitions, of channels apart and together.
        wobble: log spread between pieces of 0.2 s, of all channels together.
        late: for so many samples a movement begins like the other one.
    """
    rng = np.random.default_rng(3)
    sos = scipy_signal.butter(4, (60.0, 140.0), "bandpass", fs=RATE_HZ, output="sos")
    patterns = {1: np.array([1.0, 1.0, 0.5, 0.5]), 2: np.array([0.5, 0.5, 1.0, 1.0])}
    emg, label, rep = [], [], []
    for number in range(REPS):
        for movement in (0, 1, 0, 2):
            noise = rng.normal(size=(TRIAL, 4)) + common * rng.normal(size=(TRIAL, 1))
            noise = scipy_signal.sosfilt(sos, noise, axis=0)
            noise /= noise.std()
            if movement:
                gain = np.tile(ratio * patterns[movement], (TRIAL, 1))
                gain[:late] = ratio * patterns[3 - movement]
                gain *= np.exp(unlike * rng.normal(size=4) + effort * rng.normal())
                gain *= np.exp(wobble * np.repeat(rng.normal(size=TRIAL // 200), 200))[:, None]
                noise *= gain
            emg.append(noise)
            label += [movement] * TRIAL
            rep += [number] * TRIAL
    marks = np.array(label, np.int16)
    trimmed = marks.copy()
    trimmed[np.arange(len(marks)) % TRIAL < 600] = -1
    zero = np.zeros(len(marks), np.int16)
    return Recording(
        name="made.npz",
        emg=np.concatenate(emg).astype(np.float32),
        label=trimmed,
        rep=np.array(rep, np.int16),
        cond=zero,
        rec=zero,
        cue=marks,
        fs=RATE_HZ,
        classes=("rest", "open", "power"),
    )


def test_figures_of_a_known_signal() -> None:
    found = figures_of(person())
    assert 90 < found.median_hz < 110
    assert found.ratio == pytest.approx(5.0 * np.sqrt(0.625), rel=0.1)
    assert found.correlation < 0.1
    alike = figures_of(person(common=1.0))
    assert alike.correlation == pytest.approx(0.5, abs=0.1)


def test_each_spread_is_found_where_it_was_put() -> None:
    plain = figures_of(person())
    assert max(plain.rep_effort, plain.rep_pattern) < 0.1
    for name, figure in (("unlike", "rep_pattern"), ("effort", "rep_effort"), ("wobble", "held_effort")):
        found = figures_of(person(**{name: 0.4}))
        assert getattr(found, figure) > 0.2, name
    assert figures_of(person(effort=0.4)).rep_pattern < 0.1
    assert figures_of(person(unlike=0.4)).fisher < plain.fisher


def test_selection_is_the_time_from_any_movement_to_the_right_one() -> None:
    at_once, later = (
        selection_s(make_bench(person(late=late), recipe("lda"), EvaluateOptions())) for late in (0, 400)
    )
    assert len(at_once) == len(later) == 2 * REPS
    assert np.median(at_once) <= 0.03
    assert 0.3 <= np.median(later) <= 0.55


def test_without_the_recordings_it_says_which_are_missing(tmp_path: Path) -> None:
    with pytest.raises(InnervateError, match=r"no recordings of real people in .*biopatrec10") as error:
        simulated_signal.run(tmp_path)
    assert "--folder" in str(error.value)


def test_simulated_people_vary_as_those_who_set_them() -> None:
    """Between the sets' first halves, a quarter wider: `sim.user.traits` says which numbers were set."""
    match = replace(simulated_signal.MATCHES[0], rate_hz=1000.0, rest_s=0.8)
    people = [figures_of(simulated_signal._simulated(match, seed)) for seed in (1, 2)]
    for name, least, most in (
        ("rep_effort", 0.096, 0.16),
        ("rep_pattern", 0.099, 0.14),
        ("held_effort", 0.17, 0.26),
        ("held_pattern", 0.118, 0.21),
    ):
        assert 0.75 * least < np.mean([getattr(one, name) for one in people]) < 1.25 * most, name


def test_the_table_says_who_set_what_and_where_it_is_off() -> None:
    figures = dict.fromkeys(Figures.__dataclass_fields__, 1.0)
    row = {
        **figures,
        "who": "real, set by",
        "set": "biopatrec10",
        "level": "transradial",
        "people": 6,
        "used_to_set": True,
        "recall": {"hudgins": 0.8, "lda": 0.9, "default": 0.95},
        "order": ["hudgins", "lda", "default"],
        "selection_s": None,
    }
    off = {"set": "biopatrec10", "figure": "median_hz", "simulated": 107.0, "least": 149.0, "most": 185.0}
    said = StringIO()
    console = Console(file=said, width=160, highlight=False)
    simulated_signal.show(console, {"rows": [row, {**row, "who": "simulated"}], "off": [off]})
    text = said.getvalue()
    assert "real, set by (6)" in text
    assert "hudgins < lda < default" in text
    assert "off: biopatrec10, median_hz: 107; real people who set it not: 149 to 185" in text
