"""People who do not exist, with electrodes around the limb: six muscles, each seen by its neighbours."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from innervate.calibration.default_decoder import FittedDefault, Followed
from innervate.calibration.train import recording_windows
from innervate.drivers.recordings.npz import Recording
from innervate.models.batch import Windows
from innervate.models.design import design_pipeline
from innervate.models.signal.flags import Contact

RATE_HZ, HOLD_S = 200.0, 1.2
MUSCLES = 6
MANY = 12
"""Movements; with few, all that use may say is less than a template turned by a whole electrode pays."""


def _shares(movements: int) -> np.ndarray:
    """[1 + movements, muscles]: how much each muscle does for a movement, nothing at rest."""
    made = 9.0 * np.random.default_rng(7).random((movements, MUSCLES)) ** 3
    return np.vstack([np.zeros(MUSCLES), made])


def ring_recording(
    days: tuple[int, ...] = (0,),
    reps: int = 3,
    turn: float = 0.0,
    channels: int = 6,
    movements: int = 4,
    drift: float = 0.0,
    wear: float = 0.0,
    seed: int = 0,
) -> Recording:
    """Each trial is a recording of its own.

    Args:
        days: their numbers, one condition each; a day is a place of its own in how muscles share the work.
        reps: trials a class and day.
        turn: electrodes by which the montage is turned: with 1, channel c sees what c + 1 saw.
        channels: around the limb.
        movements: beside rest, which is class 0.
        drift: how far apart days are; deviation of the muscles' log shares.
        wear: the same for the electrodes' log gains.
        seed: of trials; another one is another recording of the same days.
    """
    n, parts, marks = int(RATE_HZ * HOLD_S), [], []
    shares = _shares(movements)
    away = np.abs(
        ((np.arange(channels) + turn)[:, None] / channels - np.arange(0.3, MUSCLES) / MUSCLES + 0.5) % 1 - 0.5
    )
    sees = np.exp(-0.5 * (MUSCLES * away) ** 2)
    for cond, day in enumerate(days):
        today = np.random.default_rng(1000 + day)
        gains = shares * np.exp(drift * today.normal(size=shares.shape))
        worn = np.exp(wear * today.normal(size=channels))
        rng = np.random.default_rng([seed, day])
        for rep in range(reps):
            for k in range(1 + movements):
                acts = rng.normal(size=(n, MUSCLES)) * gains[k] * np.exp(0.2 * rng.normal(size=MUSCLES))
                parts.append((acts @ sees.T + rng.normal(size=(n, channels))) * worn)
                marks.append((k, rep, cond, len(marks)))
    label, rep_, cond_, rec = np.repeat(np.array(marks, np.int16), n, axis=0).T
    emg = np.concatenate(parts).astype(np.float32)
    classes = ("rest", *(f"movement {k + 1}" for k in range(movements)))
    return Recording("ring.npz", emg, label, rep_, cond_, rec, None, RATE_HZ, classes)


def windows_of(recording: Recording) -> Windows:
    """Every 50 ms."""
    return recording_windows(recording, design_pipeline(recording.fs, recording.channels, 50.0))


@cache
def ring(**more) -> Windows:
    """Windows of `ring_recording`."""
    return windows_of(ring_recording(**more))


@cache
def fitted(**more) -> FittedDefault:
    """The default decoder of these windows."""
    return FittedDefault(ring(**more))


def right(log_posterior: np.ndarray, windows: Windows) -> float:
    """Share of windows decided as they should be; class indices are labels here."""
    return float(np.mean(log_posterior.argmax(axis=1) == windows.label))


def flagged(windows: Windows, *channels: int, flag: Contact = Contact.FLAT) -> Windows:
    """These channels are bad in all windows."""
    contact = windows.contact.copy()
    contact[:, list(channels)] |= np.uint8(flag)
    return replace(windows, contact=contact)


def in_use(follower: Followed, windows: Windows, order: int = 0) -> np.ndarray:
    """[n, K] trial after trial in an order by chance."""
    number = windows.trials()
    made = np.empty((len(windows), len(follower._fitted.labels)))
    for trial in np.random.default_rng(order).permutation(np.unique(number)):
        made[number == trial] = follower.decide(windows.where(number == trial))
    return made


def same(one: FittedDefault, other: FittedDefault) -> bool:
    """To the last bit, with the weights for lost channels."""
    parts = [(d.intact, *d.lost) for d in (one.complete(), other.complete())]
    fields = ("matrix", "offsets", "centres", "bends")
    return one.temperature == other.temperature and all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(*parts, strict=True)
        for name in fields
    )
