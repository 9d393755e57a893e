"""A made-up wearer: noise whose level on each channel follows what the session asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from innervate.calibration.guided.listen import Signal
from innervate.calibration.guided.plan import Plan, Step, Timing, Wishes, plan_of
from innervate.calibration.guided.session import Event, Session
from innervate.calibration.guided.sitting import Sitting
from numpy.typing import NDArray

SIGNAL = Signal(("ch1", "ch2", "ch3", "ch4"), 500.0, "uV")
QUICK = Timing(relax_s=0.5, countdown_s=1.0, hold_s=1.5, quiet_s=2.0, rest_s=2.0)
PATTERNS = {"open": (12.0, 2.0, 1.0, 3.0), "power": (2.0, 12.0, 4.0, 1.0), "pinch": (1.0, 5.0, 12.0, 2.0)}


def quick_plan(movements: tuple[str, ...] = ("open", "power"), repetitions: int = 2) -> Plan:
    return plan_of(Wishes(movements, repetitions, side="left", call="Dr. Stone, 555 0100"), QUICK)


@dataclass
class Wearer:
    """Contracts `react_s` after the cue, unless `does` says otherwise for an attempt at a step.

    `does` returns (level, from second, to second), counted from the cue.
    """

    plan: Plan
    signal: Signal = SIGNAL
    seed: int = 1
    react_s: float = 0.3
    does: Callable[[Step, int], tuple[float, float, float] | None] = lambda _step, _attempt: None
    noise_on: Callable[[Step, int], int | None] = lambda _step, _attempt: None
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def whole(self, step: Step, attempt: int) -> NDArray[np.float32]:
        """Of a whole step, from relaxing to the end of the hold."""
        rate_hz, timing = self.signal.rate_hz, self.plan.timing
        n = round(self.plan.seconds(step) * rate_hz)
        made = 3.0 * self.rng.standard_normal((n, len(self.signal.channels)))
        t_s = np.arange(n) / rate_hz - timing.relax_s - timing.countdown_s
        if not step.is_rest:
            level, from_s, to_s = self.does(step, attempt) or (1.0, self.react_s, 99.0)
            active = ((t_s >= from_s) & (t_s < to_s))[:, None]
            gain = np.array(PATTERNS[step.movement]) * level
            made = np.where(active, made * np.maximum(gain, 1.0), made)
        channel = self.noise_on(step, attempt)
        if channel is not None:
            made[:, channel] += 400.0 * np.sin(2 * np.pi * 50.0 * t_s)
        return made.astype(np.float32)


def follow(
    sitting: Session | Sitting, wearer: Wearer, until: Callable[[Session], bool] = lambda _s: False
) -> list[Event]:
    """Let the wearer do whatever is asked until it is over."""
    session = sitting if isinstance(sitting, Session) else sitting.session
    events = sitting.start()
    attempts: dict[Step, int] = {}
    while session.phase not in ("done", "stopped") and not until(session):
        step = session.step
        assert step is not None
        attempt = attempts.get(step, 0)
        attempts[step] = attempt + 1
        events += sitting.push(wearer.whole(step, attempt))
    return events
