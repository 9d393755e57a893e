"""A simulated patient who does what a guided session asks, with the troubles that are planted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..calibration.guided.plan import STILL, Plan, Step
from ..calibration.guided.session import Event, Session
from ..calibration.guided.sitting import Sitting
from ..core.movements import REST
from ..sim.background import NOISE_UV
from ..sim.body import Body
from ..sim.patient import Patient
from ..sim.schedule import Cue, Timeline

_EFFORT, _VARY = 0.6, 0.15
"""Comfortable; and how much it differs between repetitions (as a share), a little less than in
`sim.schedule`: they are asked to be repeatable."""
_BUSY = 0.05
"""Excitation of all muscles together while the body reaches, lifts or walks at rest; ours."""
_MOVES_ABOUT = "moves about"


@dataclass(frozen=True)
class Troubles:
    """What is wrong in one session.

    Attributes:
        late: (movement, repetition from 0) -> seconds later than usual, each time it is asked for.
        weak: channel -> share of its muscles' signal that it still hears.
        swapped: pairs of channels that are plugged into each other's place.
    """

    late: tuple[tuple[str, int, float], ...] = ()
    weak: tuple[tuple[int, float], ...] = ()
    swapped: tuple[tuple[int, int], ...] = ()


class SimulatedWearer:
    """Somebody in one session.

    Args:
        body: a person's.
        rate_hz: of the amplifier.
        seed: of the person.
        use: which session of theirs.
        troubles: what is wrong in it.
    """

    def __init__(
        self, body: Body, rate_hz: float, seed: int, use: int, troubles: Troubles | None = None
    ) -> None:
        busy = tuple(_BUSY for _ in body.muscles)
        body = replace(body, movements={**body.movements, _MOVES_ABOUT: busy})
        self._rate_hz = rate_hz
        self.patient = Patient(body, rate_hz, seed, use=use)
        self._troubles = troubles or Troubles()
        self._cues: list[Cue] = []
        self._rng = np.random.default_rng([seed, 41, use])
        self._noise = np.random.default_rng([seed, 43, use])
        self._timeline = Timeline(body, self._next_cue(), tuple(body.movements), rate_hz, 1000 * seed + use)
        self._at = 0

    def whole(self, plan: Plan, step: Step) -> NDArray[np.float32]:
        """[n, ch] of a whole step, from relaxing to the end of the hold."""
        rate_hz, timing = self._rate_hz, plan.timing
        before = sum(round(s * rate_hz) for s in (timing.relax_s, timing.countdown_s))
        n = round(plan.seconds(step) * rate_hz)
        self._cue(REST, self._at, before, 0.0)
        if step.is_rest:
            self._cue(
                REST, self._at + before, n - before, 1.0, "" if step.position == STILL else _MOVES_ABOUT
            )
        else:
            effort = _EFFORT * (1.0 + _VARY * float(np.clip(self._rng.standard_normal(), -2.0, 2.0)))
            late_s = sum(s for name, rep, s in self._troubles.late if (name, rep) == _of(step))
            self._cue(step.movement, self._at + before, n - before, effort, late_s=late_s)
        self._at += n
        return self._wired(self.patient.step(n, self._timeline.step(n).excitation))

    def _cue(
        self, movement: str, first: int, n: int, level: float, made: str = "", late_s: float = 0.0
    ) -> None:
        # A billionth of a second longer, so that rounding never lets the next cue be asked for too soon.
        start_s, end_s = first / self._rate_hz, (first + n) / self._rate_hz
        self._cues.append(Cue(movement, start_s, end_s - start_s + 1e-9, level, 0, made, late_s))

    def _next_cue(self) -> Iterator[Cue]:
        while True:
            yield self._cues.pop(0)

    def _wired(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        made = samples.copy()
        for channel, share in self._troubles.weak:
            # What it hears less of is muscle; the amplifier's own noise stays.
            noise = self._noise.standard_normal(len(made)) * NOISE_UV * np.sqrt(1.0 - share**2)
            made[:, channel] = share * made[:, channel] + noise
        for a, b in self._troubles.swapped:
            made[:, [a, b]] = made[:, [b, a]]
        return made


def _of(step: Step) -> tuple[str, int]:
    return step.movement, step.repetition


def follow(sitting: Session | Sitting, wearer: SimulatedWearer) -> list[Event]:
    """Let them do whatever is asked until it is over."""
    session = sitting if isinstance(sitting, Session) else sitting.session
    events = sitting.start()
    while session.phase not in ("done", "stopped") and session.step is not None:
        events += sitting.push(wearer.whole(session.plan, session.step))
    return events
