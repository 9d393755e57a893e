"""A recording that plays as if its wearer followed the cues of a guided calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..calibration.guided.plan import Plan, Step
from ..calibration.guided.session import Event
from ..calibration.guided.sitting import Sitting
from ..core.errors import RecordingError
from ..core.movements import REST
from ..drivers.recordings.npz import Recording

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Rows of one contraction, and of the rest before it (or, at the start of a recording, after it)."""

    movement: str
    first: int
    end: int
    rest_first: int
    rest_end: int


class PlayedWearer:
    """Gives for each step the samples of the recording's next repetition of that movement.

    What the person did stays as it is: when they began, how long they held, how strongly. When the recording
    has no further repetition, it begins again with the first. Activities at rest are played as plain rest,
    as recordings of others know none.

    Args:
        recording: of one condition, with our names for its movements; its `cue` says when each was asked for,
            or its `label` where it has no `cue`.
        settle_s: of rest, left out after a contraction: it is ebbing away.

    Raises:
        RecordingError: no rest, or no movement in it.
    """

    def __init__(self, recording: Recording, settle_s: float = 1.0) -> None:
        self._recording = recording
        self._stretches = _stretches(recording, round(settle_s * recording.fs))
        if not self._stretches:
            raise RecordingError(f"{recording.name}: no movement with rest beside it", "it cannot be played")
        self._next: dict[str, int] = {}

    @property
    def movements(self) -> tuple[str, ...]:
        """That can be asked for, in the recording's order."""
        return tuple(dict.fromkeys(stretch.movement for stretch in self._stretches))

    @property
    def repetitions(self) -> int:
        """That every movement has."""
        names = [stretch.movement for stretch in self._stretches]
        return min(names.count(name) for name in self.movements)

    def whole(self, plan: Plan, step: Step) -> Samples:
        """[n, ch] of a whole step, from relaxing to the end of the hold.

        Raises:
            RecordingError: the recording has no such movement.
        """
        rate_hz, timing = self._recording.fs, plan.timing
        before = round((timing.relax_s + timing.countdown_s) * rate_hz)
        held = round(plan.seconds(step) * rate_hz) - before
        if step.is_rest:
            number = self._next.get(REST, 0)
            self._next[REST] = number + 1
            stretch = self._stretches[number % len(self._stretches)]
            return self._rest(stretch, before + held)
        mine = [stretch for stretch in self._stretches if stretch.movement == step.movement]
        if not mine:
            raise RecordingError(
                f"{self._recording.name}: no movement {step.movement!r}; it has {', '.join(self.movements)}"
            )
        number = self._next.get(step.movement, 0)
        self._next[step.movement] = number + 1
        stretch = mine[number % len(mine)]
        contraction = self._recording.emg[stretch.first : min(stretch.end, stretch.first + held)]
        after = self._rest(stretch, held - len(contraction))
        return np.concatenate([self._rest(stretch, before), contraction, after])

    def _rest(self, stretch: _Stretch, n: int) -> Samples:
        """So many rows of rest; played to and fro where there are not enough, so that no step is heard."""
        rest = self._recording.emg[stretch.rest_first : stretch.rest_end]
        there_and_back = np.concatenate([rest, rest[::-1]])
        made = np.tile(there_and_back, (n // len(there_and_back) + 1, 1))
        return np.asarray(made[-n:] if n else made[:0], np.float32)


def _stretches(recording: Recording, settle: int) -> list[_Stretch]:
    cue = recording.label if recording.cue is None else recording.cue
    edges = np.flatnonzero((np.diff(cue) != 0) | (np.diff(recording.rec) != 0)) + 1
    parts = list(zip([0, *edges.tolist()], [*edges.tolist(), len(cue)], strict=True))
    rest = recording.classes.index(REST) if REST in recording.classes else -2
    long_enough = [
        (first + settle, end) for first, end in parts if cue[first] == rest and end - first > 2 * settle
    ]
    found = []
    for first, end in parts:
        if cue[first] < 0 or cue[first] == rest:
            continue
        near = [
            (abs(first - rest_end), rest_first, rest_end)
            for rest_first, rest_end in long_enough
            if recording.rec[rest_first] == recording.rec[first]
        ]
        if near:
            _, rest_first, rest_end = min(near)
            found.append(_Stretch(recording.classes[cue[first]], first, end, rest_first, rest_end))
    return found


def follow(sitting: Sitting, wearer: PlayedWearer) -> list[Event]:
    """Let them do whatever is asked until it is over."""
    session = sitting.session
    events = sitting.start()
    while session.phase not in ("done", "stopped") and session.step is not None:
        events += sitting.push(wearer.whole(session.plan, session.step))
    return events
