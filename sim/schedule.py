"""What a simulated person is asked to do, and how their effort follows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .anatomy import Body

Floats = NDArray[np.float64]
REST = "rest"

_REACT_S = (0.25, 0.05)
"""From cue to first muscle activity: mean and spread of a trained person's choice reaction."""
_RISE_S = (0.15, 0.30)
_FALL_S = (0.15, 0.30)
_UNLIKE = 0.22
"""Spread (log) of each muscle's share between repetitions: nobody makes a movement twice the same."""
_WOBBLE = 0.06
_WOBBLE_S = 0.5
"""Slow common drive: effort wanders by this share, with a new aim twice a second (De Luca's 1 to 2 Hz)."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing to do.

    Attributes:
        movement: name of a movement of the body, "rest" included.
        start_s: from the schedule's first sample.
        duration_s: how long.
        level: effort, 0 to 1.
        rep: repetition it belongs to.
    """

    movement: str
    start_s: float
    duration_s: float
    level: float
    rep: int = 0

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.duration_s


def calibration_schedule(
    movements: Iterable[str], reps: int = 3, hold_s: float = 3.0, rest_s: float = 2.0, level: float = 0.6
) -> list[Cue]:
    """Every movement once a repetition, rest before the first and after each. Effort differs a little."""
    moves = [m for m in movements if m != REST]
    cues: list[Cue] = []
    t_s = 0.0
    for rep in range(reps):
        cues.append(Cue(REST, t_s, rest_s, 0.0, rep))
        t_s += rest_s
        for movement in moves:
            cues.append(Cue(movement, t_s, hold_s, level * (0.75, 1.0, 1.25)[rep % 3], rep))
            cues.append(Cue(REST, t_s + hold_s, rest_s, 0.0, rep))
            t_s += hold_s + rest_s
    return cues


def free_schedule(
    movements: Iterable[str],
    seed: int,
    hold_s: tuple[float, float] = (1.2, 2.5),
    rest_s: tuple[float, float] = (0.8, 1.6),
    level: tuple[float, float] = (0.45, 0.75),
) -> Iterator[Cue]:
    """Without end: rest, then each movement in a new order, with rest between."""
    rng = np.random.default_rng([seed, 7])
    moves = [m for m in movements if m != REST]
    t_s = 0.0
    rep = 0
    while True:
        for movement in rng.permutation(np.array(moves)).tolist():
            pause_s, held_s = float(rng.uniform(*rest_s)), float(rng.uniform(*hold_s))
            yield Cue(REST, t_s, pause_s, 0.0, rep)
            yield Cue(movement, t_s + pause_s, held_s, float(rng.uniform(*level)), rep)
            t_s += pause_s + held_s
        rep += 1


def steady_schedule(movement: str, level: float = 0.6) -> list[Cue]:
    """One movement for a day."""
    return [Cue(movement, 0.0, 86_400.0, level)]


@dataclass(frozen=True, slots=True)
class _Effort:
    """How one cue is carried out."""

    cue: Cue
    number: int
    on_s: float
    rise_s: float
    off_s: float
    fall_s: float
    shares: Floats

    def share(self, t_s: Floats) -> Floats:
        """0 to 1 at each time."""
        return _smooth((t_s - self.on_s) / self.rise_s) * (1.0 - _smooth((t_s - self.off_s) / self.fall_s))


@dataclass(frozen=True, slots=True)
class Asked:
    """The truth beside a stretch of EMG, one row a sample.

    Attributes:
        excitation: [n, muscles] 0 to 1.
        cue: [n] index of the movement asked for.
        level: [n] effort made, 0 to 1; lags behind the cue.
        rep: [n] repetition.
        since_s: [n] seconds since the cue's start.
    """

    excitation: Floats
    cue: NDArray[np.int16]
    level: Floats
    rep: NDArray[np.int16]
    since_s: Floats


class Timeline:
    """Effort over time, sample by sample. Seeded; any chunking gives the same.

    Args:
        body: whose movements.
        cues: in order, without gaps; may be endless. After the last one: rest.
        classes: names that cue numbers stand for, all movements of the body.
        rate_hz: samples per second.
        seed: of reaction times and of what differs between repetitions.
    """

    def __init__(
        self, body: Body, cues: Iterable[Cue], classes: tuple[str, ...], rate_hz: float, seed: int
    ) -> None:
        self._body = body
        self._cues = iter(cues)
        self._classes = classes
        self._rate_hz = rate_hz
        self._rng = np.random.default_rng([seed, 11])
        self._active: deque[_Effort] = deque()
        self._upcoming_s = 0.0
        self._index = 0
        table = np.random.default_rng([seed, 13]).uniform(-_WOBBLE, _WOBBLE, 256)
        self._wobble = np.append(table, table[0])

    def step(self, n: int) -> Asked:
        """The next `n` samples."""
        t_s = (self._index + np.arange(n)) / self._rate_hz
        self._index += n
        while self._upcoming_s <= t_s[-1]:
            self._take_next()
        # A movement still ebbs away while the next one rises.
        while len(self._active) > 1 and self._active[0].off_s + self._active[0].fall_s < t_s[0]:
            self._active.popleft()
        excitation = np.zeros((n, len(self._body.muscles)))
        level = np.zeros(n)
        cue = np.zeros(n, np.int16)
        rep = np.zeros(n, np.int16)
        since_s = np.zeros(n)
        at = t_s / _WOBBLE_S
        whole = at.astype(np.int64)
        low, high = self._wobble[whole % 256], self._wobble[whole % 256 + 1]
        wander = 1.0 + low + (high - low) * _smooth(at - whole)
        for effort in self._active:
            share = effort.share(t_s)
            excitation += (share * wander)[:, None] * effort.shares
            level += share * effort.cue.level
            here = t_s >= effort.cue.start_s
            cue[here] = effort.number
            rep[here] = effort.cue.rep
            since_s[here] = t_s[here] - effort.cue.start_s
        return Asked(np.minimum(excitation, 1.0), cue, level, rep, since_s)

    def _take_next(self) -> None:
        cue = next(self._cues, None)
        if cue is None:
            cue = Cue(REST, self._upcoming_s, float("inf"), 0.0)
        rng = self._rng
        shares = np.array(self._body.movements[cue.movement]) * cue.level
        shares = np.minimum(shares * np.exp(rng.normal(0.0, _UNLIKE, len(shares))), 1.0)
        react_s = np.clip(rng.normal(*_REACT_S, 2), 0.12, 0.40)
        effort = _Effort(
            cue,
            self._classes.index(cue.movement),
            cue.start_s + float(react_s[0]),
            float(rng.uniform(*_RISE_S)),
            cue.end_s + float(react_s[1]),
            float(rng.uniform(*_FALL_S)),
            shares,
        )
        self._active.append(effort)
        self._upcoming_s = cue.end_s


def _smooth(x: Floats) -> Floats:
    """0 below 0, 1 above 1, without a corner between."""
    inside = np.clip(x, 0.0, 1.0)
    smooth: Floats = inside * inside * (3.0 - 2.0 * inside)
    return smooth
