"""What a simulated person is asked to do, and how their effort follows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .anatomy import Body
from .user.traits import Traits

Floats = NDArray[np.float64]
REST = "rest"

_RISE_S = (0.15, 0.45)
"""From nothing to all there is. Set by data (`user.traits`): 10 to 90 % in 0.17 s (forearm), 0.21 s (leg)."""
_FALL_S = (0.15, 0.30)
_SETTLES, _SETTLES_S = 0.35, 1.5
"""People who are cued and see no force begin strongly and settle: by this share, with this time constant.
Set by data: their level falls by about 10 % a second."""
_KNOTS = 1021
"""Values of each slow deviation before it repeats, some minutes later."""
_SMOOTHED = 26.0 / 35.0
"""Variance that is left of independent values when they are joined smoothly: mean of (1 - u)^2 + u^2."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing to do.

    Attributes:
        movement: name of a movement of the body, "rest" included.
        start_s: from the schedule's first sample.
        duration_s: how long.
        level: effort, 0 to 1.
        rep: repetition it belongs to.
        made: what is made instead; empty: what was asked.
        late_s: follows so much later than usual.
    """

    movement: str
    start_s: float
    duration_s: float
    level: float
    rep: int = 0
    made: str = ""
    late_s: float = 0.0

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.duration_s


def calibration_schedule(
    movements: Iterable[str],
    reps: int = 3,
    hold_s: float = 3.0,
    rest_s: float = 2.0,
    level: float = 0.6,
    vary: float = 0.25,
) -> list[Cue]:
    """Every movement once a repetition, rest before the first and after each.

    Effort differs by the share `vary` between repetitions, so that a decoder learns it.
    """
    moves = [m for m in movements if m != REST]
    cues: list[Cue] = []
    t_s = 0.0
    for rep in range(reps):
        cues.append(Cue(REST, t_s, rest_s, 0.0, rep))
        t_s += rest_s
        for movement in moves:
            cues.append(Cue(movement, t_s, hold_s, level * (1.0 - vary, 1.0, 1.0 + vary)[rep % 3], rep))
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
    late_s: Floats

    def share(self, t_s: Floats, late_s: Floats) -> Floats:
        """[times, muscles] 0 to about 1, of muscles that begin so much later."""
        since = (t_s - self.on_s)[:, None] - late_s
        settled = 1.0 - _SETTLES * -np.expm1(-np.maximum(since, 0.0) / _SETTLES_S)
        ebbed = 1.0 - _smooth((t_s - self.off_s) / self.fall_s)
        made: Floats = _smooth(since / self.rise_s) * settled * ebbed[:, None]
        return made


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
        traits: of the person; None: an ordinary one.
    """

    def __init__(
        self,
        body: Body,
        cues: Iterable[Cue],
        classes: tuple[str, ...],
        rate_hz: float,
        seed: int,
        traits: Traits | None = None,
    ) -> None:
        self._traits = traits = traits or Traits()
        self._body = body
        self._cues = iter(cues)
        self._classes = classes
        self._rate_hz = rate_hz
        self._rng = np.random.default_rng([seed, 11])
        self._active: deque[_Effort] = deque()
        self._upcoming_s = 0.0
        self._index = 0
        drawn = np.random.default_rng([seed, 13])
        muscles = len(body.muscles)
        self._none = np.zeros(1)
        self._tone = traits.tone * np.exp(drawn.normal(0.0, traits.tone_spread, muscles))
        table = traits.wobble_own * drawn.standard_normal((_KNOTS, muscles))
        table += traits.wobble * drawn.standard_normal((_KNOTS, 1))
        table /= np.sqrt(_SMOOTHED)
        self._wobble = np.concatenate([table, table[:1]])

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
        at = t_s / self._traits.wobble_s
        whole = at.astype(np.int64)
        low, high = self._wobble[whole % _KNOTS], self._wobble[whole % _KNOTS + 1]
        wander = np.exp(low + (high - low) * _smooth(at - whole)[:, None])
        excitation += self._tone
        for effort in self._active:
            excitation += effort.share(t_s, effort.late_s) * effort.shares
            level += effort.share(t_s, self._none)[:, 0] * effort.cue.level
            here = t_s >= effort.cue.start_s
            cue[here] = effort.number
            rep[here] = effort.cue.rep
            since_s[here] = t_s[here] - effort.cue.start_s
        excitation *= wander
        return Asked(np.minimum(excitation, 1.0), cue, level, rep, since_s)

    def _take_next(self) -> None:
        cue = next(self._cues, None)
        if cue is None:
            cue = Cue(REST, self._upcoming_s, float("inf"), 0.0)
        rng, traits = self._rng, self._traits
        shares = np.array(self._body.movements[cue.made or cue.movement]) * cue.level
        unlike = rng.normal(0.0, traits.unlike, len(shares)) + rng.normal(0.0, traits.effort_unlike)
        shares = np.minimum(shares * np.exp(unlike), 1.0)
        late_s = traits.apart_s * np.clip(rng.standard_normal(len(shares)), -2.0, 2.0)
        react_s = np.clip(rng.normal(traits.reaction_s, traits.reaction_spread_s, 2), 0.12, 0.40)
        effort = _Effort(
            cue,
            self._classes.index(cue.movement),
            cue.start_s + cue.late_s + float(react_s[0]),
            float(rng.uniform(*_RISE_S)),
            cue.end_s + cue.late_s + float(react_s[1]),
            float(rng.uniform(*_FALL_S)),
            shares,
            late_s,
        )
        self._active.append(effort)
        self._upcoming_s = cue.end_s


def _smooth(x: Floats) -> Floats:
    """0 below 0, 1 above 1, without a corner between."""
    inside = np.clip(x, 0.0, 1.0)
    smooth: Floats = inside * inside * (3.0 - 2.0 * inside)
    return smooth
