"""Rows about EMG and what becomes of it without anybody closing the loop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, repeat

import numpy as np

from ...controller.settings import ShapingSettings
from ...core.chunk import Chunk
from ...core.movements import REST
from ...drivers.recordings.npz import Recording
from ...sim.background import NOISE_UV
from ...sim.patient import Patient
from ...sim.schedule import Timeline, free_schedule
from .effect import Effect, Floats, Settings, less, mean
from .knowing import Meant
from .rows_control import LEVEL, NO_SHAPING
from .world import accuracy, body_of, calibrated_person, doing, error, fitted, recorded, row

SHIFT_MM = 10.0
"""Both ways; the centimetre of the literature."""
GRIPS = ("open", "power", "pinch", "key")
"""Simon's people chose three to five."""
SAGITTAL = ("knee extension", "knee flexion", "plantarflexion", "dorsiflexion")
LOCK = ShapingSettings(rejection_threshold=0.0, ramp_s=0.0, lock_s=1.0)
"""How long is ours; theirs held until the contraction ended."""
LOCK_S = 90.0
_LAG_S = 0.1
"""An answer is due so long after the nerves changed. Ours: half a window."""

INTACT, DEAD, REMOVED, ALONG, ACROSS = range(5)
"""Columns of `montage`: percent wrong."""


def montage(seed: int, settings: Settings) -> Floats:
    """Errors of another session: as fitted, a channel dead, that channel told, shifted along, across."""
    body = body_of(LEVEL, seed, Settings(settings.changed))
    model = calibrated_person(LEVEL, seed, settings).model
    test = recorded(body, seed, 1, reps=1)
    intact = error(model, test)
    if settings.without == "damage":
        return row(*repeat(intact, 5))
    dead, removed = [], []
    rng = np.random.default_rng([seed, 53])
    for channel in range(0, len(test.channels), 2):
        # A lead that fell off measures its amplifier's own noise.
        emg = test.emg.copy()
        emg[:, channel] = rng.normal(0.0, NOISE_UV, len(emg))
        broken = replace(test, emg=emg)
        dead.append(error(model, broken))
        removed.append(error(model, broken, channel))
    turned = body.montage.turned(float(np.rad2deg(SHIFT_MM / body.radius_mm)))
    along, across = (
        error(model, recorded(body.with_montage(moved), seed, 1, reps=1))
        for moved in (body.montage.shifted(SHIFT_MM), turned)
    )
    return row(intact, float(np.mean(dead)), float(np.mean(removed)), along, across)


def sampling(seed: int, settings: Settings) -> Floats:
    """Percent right offline at 1000 and at 200 Hz."""
    body = body_of(LEVEL, seed, Settings(settings.changed))
    low_hz = 1000.0 if settings.without == "sampling" else 200.0
    return row(*(accuracy(fitted([recorded(body, seed, 0, rate_hz=hz)])) for hz in (1000.0, low_hz)))


def grips(seed: int, settings: Settings) -> Floats:
    """Percent right offline of a calibration of four grips."""
    return row(_calibration(LEVEL, seed, settings, GRIPS))


def thigh(seed: int, settings: Settings) -> Floats:
    """Percent right offline of knee and ankle in the sagittal plane, by a thigh."""
    return row(_calibration("transfemoral", seed, settings, SAGITTAL))


def _calibration(level: str, seed: int, settings: Settings, movements: Sequence[str]) -> float:
    body = doing(body_of(level, seed, Settings(settings.changed)), movements)
    recording = recorded(body, seed, 0)
    if settings.without == "labels":
        recording = mislabelled(recording, seed)
    return accuracy(fitted([recording]))


def mislabelled(recording: Recording, seed: int) -> Recording:
    """Every repetition's labels drawn anew: its movements are called by each other's names."""
    rng = np.random.default_rng([seed, 47])
    label = recording.label.copy()
    for rep in np.unique(recording.rep):
        here = (recording.rep == rep) & (recording.label >= 0)
        label[here] = rng.permutation(len(recording.classes))[recording.label[here]].astype(label.dtype)
    return replace(recording, label=label)


def lock(seed: int, settings: Settings) -> Floats:
    """Percent wrong of all decisions of free movements, transitions included: without and with the lock."""
    how = NO_SHAPING if settings.without == "lock" else LOCK
    return row(*(_total_error(seed, settings, each) for each in (NO_SHAPING, how)))


def _total_error(seed: int, settings: Settings, how: ShapingSettings) -> float:
    worn = calibrated_person(LEVEL, seed, settings)
    body, rate_hz = worn.body, worn.rate_hz
    patient = Patient(body, rate_hz, seed, use=1)
    moves, meant = tuple(body.movements), Meant(body.movements)
    timeline = Timeline(body, free_schedule(moves, seed), moves, rate_hz, seed)
    decider, n = worn.decider(how), round(0.010 * rate_hz)
    late = [REST] * round(_LAG_S / 0.010)
    right, said = [], []
    for step in range(round(settings.trials(round(LOCK_S)) / 0.010)):
        asked = timeline.step(n)
        samples = patient.step(n, asked.excitation)
        now_s = 1.0 + (step + 1) * 0.010
        t_s = now_s + np.arange(1 - n, 1) / rate_hz
        late.append(meant(asked.excitation[-1]))
        for each in decider.decide(Chunk(step * n, samples, np.isfinite(samples), t_s, now_s), now_s):
            if each.decided.frame.ready:
                right.append(late[-1 - round(_LAG_S / 0.010)])
                said.append(worn.model.classes[each.shaped.class_index])
    return 100.0 * float(np.mean([a != b for a, b in zip(right, said, strict=True)]))


def saved(people: Floats) -> float:
    """Percent of all errors that the lock takes."""
    return 100.0 * (1.0 - float(people[:, 1].mean()) / max(float(people[:, 0].mean()), 1e-9))


def _shown(people: Floats) -> str:
    names = ("intact", "dead", "removed", "10 mm along", "10 mm across")
    return "% wrong: " + ", ".join(
        chain.from_iterable(
            (f"{name} {value:.1f}",) for name, value in zip(names, people.mean(axis=0), strict=True)
        )
    )


_LOST = (
    "FACTS 2 (10.1186/s12984-015-0011-y): large, mended by retraining without it; no number; 5 and 1 people"
)
_BODY = ("body.fat_mm", "body.radius_mm")

EFFECTS = (
    Effect(
        "dead_channel",
        "one dead channel costs accuracy",
        _LOST,
        "points",
        (0.0, math.inf),
        6,
        montage,
        less(INTACT, DEAD),
        0.0,
        "damage",
        shows=_shown,
        sweep=_BODY,
    ),
    Effect(
        "dead_removed",
        "and its removal brings accuracy back",
        _LOST,
        "points",
        (0.0, math.inf),
        6,
        montage,
        less(REMOVED, DEAD),
        0.0,
        "damage",
        sweep=_BODY,
    ),
    Effect(
        "shift_across",
        "a shift across fibres hurts more than one along them",
        "FACTS 2 (TBME 2012;59:645): direction only; that 1 cm is the shift is from memory",
        "points",
        (0.0, math.inf),
        6,
        montage,
        less(ALONG, ACROSS),
        0.0,
        "damage",
        sweep=_BODY,
        n_read=False,
    ),
    Effect(
        "sampling",
        "accuracy at 200 Hz against 1000 Hz",
        "FACTS 2 (PMC5982518): 2 to 56 % lost, by feature",
        "points lost",
        (2.0, 56.0),
        11,
        sampling,
        less(1, 0),
        0.0,
        "sampling",
        sweep=_BODY,
        n_read=False,
    ),
    Effect(
        "lock",
        "onset locking takes half of all errors",
        "FACTS 3 (PMC5623687): 22.9 to 11.5 %, mechanomyogram as the detector there, decisions here",
        "% of errors",
        100.0 * (22.9 - 11.5) / 22.9,
        8,
        lock,
        saved,
        0.0,
        "lock",
        shows=lambda people: f"{people[:, 0].mean():.1f} % wrong, locked {people[:, 1].mean():.1f} %",
        sweep=_BODY,
        n_read=False,
    ),
    Effect(
        "home_grips",
        "offline accuracy of people's own calibrations of three to five grips",
        "Simon 2022, FACTS 1 (techrxiv 19859281): 81.5 (7.1) %, 11 transradial, at home; four grips here",
        "%",
        81.5,
        11,
        grips,
        mean(0),
        100.0 / (len(GRIPS) + 1),
        "labels",
        sweep=_BODY,
    ),
    Effect(
        "thigh",
        "knee and ankle in the sagittal plane, told from a thigh",
        "Hargrove 2013, FACTS 1 (10.1186/1743-0003-10-62): above 90 %",
        "%",
        (90.0, math.inf),
        6,
        thigh,
        mean(0),
        100.0 / (len(SAGITTAL) + 1),
        "labels",
        sweep=_BODY,
        n_read=False,
    ),
)
