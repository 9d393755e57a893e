"""The state machine of a guided calibration: samples and a few requests in, what to show and keep out.

Pure: no file, no clock, no thread. Time is counted in samples, so a session is the same for any chunking.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .judge import Judgement, judge, judge_rest
from .listen import Increment, Listener, Signal
from .plan import Plan, Step
from .repetition import STOPPED, Repetition
from .words import AGAIN, HOW, stopped_words, task_words, went_on_words

MOST_REDOS = 2
"""One repetition is asked for again so often; then it goes on, and says so (issue 7)."""
_HOPELESS = 2
"""So many things that repeating did not mend, and that kind of fault is not asked for again."""
Phase = Literal["ready", "relax", "countdown", "hold", "done", "stopped"]
_RUNNING = ("relax", "countdown", "hold")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class View:
    """What to show now.

    Attributes:
        phase: of the session.
        step: what is or will be done; None when it is over.
        number, of: of the step, from 1.
        left_s: of this phase.
        text: what to do.
        how: how to do it.
        flags: [ch] contact now, bits of `Contact`.
    """

    phase: Phase
    step: Step | None
    number: int
    of: int
    left_s: float
    text: str
    how: str
    flags: tuple[int, ...]


@dataclass(frozen=True)
class Event:
    """Something happened.

    Attributes:
        kind: "phase": another one began; "kept": a repetition is over; "again": it is asked for again;
            "went on": it was not as wanted, and that was often enough; "done"; "stopped".
        phase: that holds now.
        step: that it is about; None at the end.
        text: for the wearer; may be empty.
        repetition: of "kept".
        at: sample since the session's first at which it happened.
    """

    kind: Literal["phase", "kept", "again", "went on", "done", "stopped"]
    phase: Phase
    step: Step | None
    text: str
    at: int
    repetition: Repetition | None = None


class Session:
    """One sitting. `start` it, push samples, show `view`, keep what "kept" brings.

    Args:
        plan: what is asked for.
        signal: what will be pushed.
        saved: repetitions of an earlier run of the same plan: their steps are not asked for again.
    """

    def __init__(self, plan: Plan, signal: Signal, saved: Iterable[Repetition] = ()) -> None:
        self.plan, self.signal = plan, signal
        self.phase: Phase = "ready"
        self.repetitions: list[Repetition] = []
        """All that were made, also those that were asked for again."""
        self._listener = Listener(signal)
        self._flags = np.zeros(len(signal.channels), np.uint8)
        self._index = self._attempt = 0
        self._left = 0
        self._heard: list[Increment] = []
        self._marks = (0, 0)
        self._increments = 0
        self._quiet: Floats | None = None
        self._hopeless: set[tuple[str, str]] = set()
        """(fault, of what) that repeating did not mend: not asked for again."""
        for repetition in saved:
            if not repetition.stopped:
                self._account(repetition)

    @property
    def samples(self) -> int:
        """Taken in so far."""
        return self._increments * self.signal.increment

    @property
    def step(self) -> Step | None:
        """That is or will be asked for; None when there is none left."""
        return self.plan.steps[self._index] if self._index < len(self.plan.steps) else None

    @property
    def left(self) -> int:
        """Samples until this phase is over; 0 when none runs."""
        return self._left * self.signal.increment if self.phase in _RUNNING else 0

    @property
    def redone(self) -> int:
        """Repetitions that were asked for again."""
        return sum(1 for repetition in self.repetitions if repetition.attempt > 0)

    def view(self) -> View:
        """What to show now."""
        step = self.step
        text = "" if step is None else task_words(self.plan, step)
        if self.phase == "stopped":
            text = stopped_words(self.plan)
        elif self.phase == "done":
            text = "That is all. Rest."
        elif self.phase == "relax":
            text = "Rest."
        how = HOW if step is not None and not step.is_rest else ""
        return View(
            self.phase,
            step,
            min(self._index + 1, len(self.plan.steps)),
            len(self.plan.steps),
            self._left * self.signal.increment_s if self.phase in _RUNNING else 0.0,
            text,
            how,
            tuple(self._flags.tolist()),
        )

    def start(self) -> list[Event]:
        """Begin, or go on after a pause; nothing where it runs or is over."""
        if self.phase != "ready":
            return []
        return self._next()

    def pause(self) -> None:
        """Wait with the step that is in progress; it begins anew at `start`."""
        if self.phase in _RUNNING:
            self.phase, self._left, self._heard = "ready", 0, []

    def stop_hurts(self) -> list[Event]:
        """End at once. What is in progress is kept as it is, and not learnt from."""
        if self.phase not in ("ready", *_RUNNING):
            return []
        step, events = self.step, []
        if step is not None and self._heard:
            silent = tuple(0.0 for _ in self.signal.channels)
            kept = self._kept(Judgement((STOPPED,), None, None, 0.0, silent), silent)
            events.append(Event("kept", "stopped", step, "", self.samples, kept))
        self.phase, self._left, self._heard = "stopped", 0, []
        return [*events, Event("stopped", "stopped", step, stopped_words(self.plan), self.samples)]

    def push(self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None = None) -> list[Event]:
        """Take samples in.

        Args:
            samples: [n, ch] in the signal's unit; any n.
            valid: [n, ch]; None when all are.
        """
        events: list[Event] = []
        for increment in self._listener.push(samples, valid):
            self._increments += 1
            self._flags = increment.flags
            if self.phase in _RUNNING:
                self._heard.append(increment)
                self._left -= 1
                if self._left == 0:
                    events += self._turn()
        return events

    def _turn(self) -> list[Event]:
        """A phase is over."""
        if self.phase == "relax":
            self._marks = (len(self._heard), 0)
            return [self._enter("countdown", self.plan.timing.countdown_s)]
        if self.phase == "countdown":
            self._marks = (self._marks[0], len(self._heard))
            return [self._enter("hold", self._hold_s())]
        return self._over()

    def _over(self) -> list[Event]:
        """The hold is over: judge, keep, and ask again or go on."""
        step = self.plan.steps[self._index]
        judgement, quiet = self._judge(step)
        repetition = self._kept(judgement, tuple(quiet.tolist()))
        self._heard = []
        events = [Event("kept", self.phase, step, "", self.samples, repetition)]
        if self._account(repetition):
            events.append(Event("again", self.phase, step, AGAIN[judgement.faults[0]], self.samples))
        elif judgement.faults:
            text = went_on_words(step, judgement.faults)
            events.append(Event("went on", self.phase, step, text, self.samples))
        return [*events, *self._next()]

    def _next(self) -> list[Event]:
        if self.step is None:
            self.phase = "done"
            return [Event("done", "done", None, "That is all. Rest.", self.samples)]
        self._heard, self._marks = [], (0, 0)
        return [self._enter("relax", self.plan.timing.relax_s)]

    def _enter(self, phase: Literal["relax", "countdown", "hold"], seconds: float) -> Event:
        self.phase = phase
        self._left = max(1, round(seconds / self.signal.increment_s))
        return Event("phase", phase, self.step, self.view().text, self.samples)

    def _hold_s(self) -> float:
        timing, step = self.plan.timing, self.plan.steps[self._index]
        return self.plan.seconds(step) - timing.relax_s - timing.countdown_s

    def _judge(self, step: Step) -> tuple[Judgement, Floats]:
        """What was heard of the step, and [ch] the power of rest that it was compared with."""
        power = np.array([increment.power for increment in self._heard])
        flags = np.array([increment.flags for increment in self._heard])
        lost = np.array([increment.lost for increment in self._heard])
        countdown, cue = self._marks
        known = self._quiet
        if step.is_rest:
            quiet = known if known is not None else np.median(power[cue:], axis=0)
            return judge_rest(power, flags, lost, known, cue), quiet
        quiet = known if known is not None else np.median(power[countdown:cue], axis=0)
        of = [
            r.judgement.level
            for r in self.repetitions
            if r.ok and r.step.movement == step.movement and r.step.effort == step.effort
        ]
        usual = float(np.median(of)) if of else None
        return judge(power, flags, lost, quiet, cue, self.signal.increment_s, usual, countdown), quiet

    def _kept(self, judgement: Judgement, quiet: tuple[float, ...]) -> Repetition:
        return Repetition(
            self._index,
            self.plan.steps[self._index],
            self._attempt,
            np.concatenate([increment.raw for increment in self._heard]),
            self._marks[1] * self.signal.increment,
            quiet,
            judgement,
        )

    def _account(self, repetition: Repetition) -> bool:
        """Take it into account, as it ends or as it is found again; True: it is asked for again."""
        wants = (
            not repetition.ok
            and repetition.attempt < MOST_REDOS
            and not all(self._is_hopeless(*cause) for cause in causes(repetition))
        )
        self.repetitions.append(repetition)
        if repetition.step.is_rest and self._quiet is None:
            self._quiet = np.array(repetition.quiet_power)
        if repetition.attempt == MOST_REDOS:
            self._hopeless.update(causes(repetition))
        self._index = repetition.index if wants else repetition.index + 1
        self._attempt = repetition.attempt + 1 if wants else 0
        return wants

    def _is_hopeless(self, fault: str, of: str) -> bool:
        """It was not mended by repeating, or this kind of fault was not elsewhere, several times."""
        others = sum(1 for kind, _ in self._hopeless if kind == fault)
        return (fault, of) in self._hopeless or others >= _HOPELESS


def causes(repetition: Repetition) -> list[tuple[str, str]]:
    """(fault, of what) of a repetition: an electrode's noise and a movement without signal stay what they
    are however often they are asked for, and so does a contraction that tires; a late begin does not."""
    found = []
    for fault in repetition.judgement.faults:
        of = f"{repetition.step.movement}, {repetition.step.effort}"
        if fault == "noisy":
            of = ",".join(map(str, repetition.judgement.bad_channels))
        elif fault not in ("weak", "short"):
            of = f"{of}, {repetition.step.repetition}, {repetition.step.position}"
        found.append((fault, of))
    return found
