"""What a person is asked to do while they are recorded, and what of it a decoder may learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.errors import ProfileError
from ..core.movements import REST
from ..drivers.recordings.events import CUE, Event

TRIM_S = 0.6
"""After each change of cue: reaction and rise of effort, all but the slowest of both. Not learnt from."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing to do: a movement, from when to when (seconds of the recording), in which repetition."""

    movement: str
    start_s: float
    end_s: float
    repetition: int

    def events(self, onset_s: float) -> list[Event]:
        """As events of a recording in which it began at `onset_s`."""
        length_s = self.end_s - self.start_s
        found = [Event(onset_s, length_s, CUE + self.movement, "", self.repetition)]
        if length_s > TRIM_S:
            learnt_s = length_s - TRIM_S
            found.append(Event(onset_s + TRIM_S, learnt_s, self.movement, "", self.repetition))
        return found


def schedule(movements: Sequence[str], repetitions: int, hold_s: float, rest_s: float) -> list[Cue]:
    """Every movement once a repetition, with rest before the first and after each.

    Raises:
        ProfileError: nothing to do, or a time too short to learn from.
    """
    moves = [movement for movement in movements if movement != REST]
    if not moves or repetitions < 1:
        raise ProfileError(f"--cue {','.join(movements)} --reps {repetitions}: nothing to do")
    for option, seconds in (("--hold", hold_s), ("--rest", rest_s)):
        if not TRIM_S + 0.4 <= seconds <= 60:
            raise ProfileError(f"{option} {seconds:g}: allowed is 1 to 60 s")
    cues: list[Cue] = []
    t_s = 0.0
    for repetition in range(repetitions):
        steps = [(REST, rest_s)] if not cues else []
        for movement in moves:
            steps += [(movement, hold_s), (REST, rest_s)]
        for movement, length_s in steps:
            cues.append(Cue(movement, t_s, t_s + length_s, repetition))
            t_s += length_s
    return cues
