"""EMG of a real person in the closed loop: what the simulated user means to do draws stretches of recordings.

The decoder is trained on some days of that person and meets another: no window is shared. What cannot be had
this way: the recorded person did not see this limb, so nobody answers an error by another contraction than
the one that was recorded; effort is chosen among what there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from ...core.movements import DOFS, REST, canonical
from ...drivers.recordings.npz import Recording

LEAST_S = 0.3
"""A shorter stretch is none."""
_NEAREST = 3
"""Of the stretches of a movement, one of so many whose level is nearest to the effort; of half of them where
there are few."""
_USUAL_EFFORT = 0.5
"""Effort that a movement's middle level stands for: the middle of the range in which people work."""
_SEAM_S = 0.05
"""A stretch begins within so long where the signal is nearest to where the last one ended."""
_MOST_TRAINING = 3
"""Conditions (days) that a decoder is trained on, at most."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Contiguous samples of one movement.

    Attributes:
        samples: [n, ch], each channel about 0.
        level: root mean square over all of it.
    """

    samples: NDArray[np.float32]
    level: float


class RealMuscles:
    """`loop.Muscles` that are told what the person means to do; see the module.

    Args:
        stretches: movement, "rest" among them -> what there is of it.
        rate_hz: of the amplifier.
        seed: of which stretch is taken.
    """

    def __init__(self, stretches: Mapping[str, Sequence[Stretch]], rate_hz: float, seed: int) -> None:
        self.rate_hz = rate_hz
        self._stretches = {name: sorted(found, key=lambda s: s.level) for name, found in stretches.items()}
        self._levels = {name: np.array([s.level for s in found]) for name, found in self._stretches.items()}
        self._rng = np.random.default_rng([seed, 53])
        self._movement, self._effort = REST, 0.0
        self._playing, self._at, self._plays = self._draw(None), 0, REST

    def intend(self, movement: str, effort: float) -> None:
        """What they mean to do in the next step; a movement that was never recorded is rest."""
        self._movement, self._effort = movement if movement in self._stretches else REST, effort

    def step(self, n: int, excitation: NDArray[np.float64]) -> NDArray[np.float32]:  # noqa: ARG002
        """The next `n` samples [n, ch]; nobody's excitation changes what was recorded."""
        if self._movement != self._plays or self._at + n > len(self._playing.samples):
            last = self._playing.samples[max(self._at - 1, 0)]
            self._playing, self._plays = self._draw(last), self._movement
        begin, self._at = self._at, self._at + n
        return self._playing.samples[begin : self._at]

    def _draw(self, last: NDArray[np.float32] | None) -> Stretch:
        """The next stretch, and where it begins: nowhere with a jump that need not be."""
        found, levels = self._stretches[self._movement], self._levels[self._movement]
        if self._movement == REST:
            chosen = found[int(self._rng.integers(len(found)))]
        else:
            wanted = self._effort / _USUAL_EFFORT * float(np.median(levels))
            few = min(_NEAREST, (len(levels) + 1) // 2)
            nearest = np.argsort(np.abs(levels - wanted), kind="stable")[:few]
            chosen = found[int(self._rng.choice(nearest))]
        self._at = 0
        if last is not None:
            seam = chosen.samples[: round(_SEAM_S * self.rate_hz)]
            self._at = int(np.argmin(np.abs(seam - last).sum(axis=1)))
        return chosen


@dataclass(frozen=True, slots=True)
class RealPerson:
    """A recording made ready.

    Attributes:
        training: to fit a decoder to.
        stretches: of what was held out.
        stands_for: movement -> the recording's own name for it.
        split: what was held out, in words.
    """

    training: Recording
    stretches: Mapping[str, tuple[Stretch, ...]]
    stands_for: Mapping[str, str]
    split: str


def real_person(recording: Recording, movements: Sequence[str]) -> RealPerson:
    """Split one person's recording into training and use.

    Args:
        recording: of at least two days (conditions), or of two repetitions.
        movements: that the limb makes and a test asks for, rest aside.

    Raises:
        RecordingError: no rest, too few movements, or nothing to hold out.
    """
    stands_for = matched(recording, movements)
    names = (REST, *stands_for)
    classes = [recording.classes.index(_rest(recording)), *map(recording.classes.index, stands_for.values())]
    label = np.full(len(recording.label), -1, np.int16)
    for k, index in enumerate(classes):
        label[recording.label == index] = k
    known = replace(recording, label=label, classes=names, cue=None)
    conds, reps = np.unique(known.cond).tolist(), np.unique(known.rep).tolist()
    if len(conds) > 1:
        day = min(_MOST_TRAINING, len(conds) - 1)
        held, split = known.cond == conds[day], f"trained on conditions {conds[:day]}, used on {conds[day]}"
        train = np.isin(known.cond, conds[:day])
    elif len(reps) > 1:
        held, split = known.rep == reps[-1], "trained on all repetitions but the last, used on that; same day"
        train = ~held
    else:
        raise RecordingError(
            f"{recording.name}: one condition and one repetition: nothing can be held out",
            "a recording of two days, or of two repetitions, is needed",
        )
    stretches = {name: _stretches(known, k, held) for k, name in enumerate(names)}
    for name, found in stretches.items():
        if not found:
            raise RecordingError(f"{recording.name}: no {LEAST_S:g} s of {name!r} in what was held out")
    return RealPerson(_where(known, train), stretches, stands_for, split)


def matched(recording: Recording, movements: Sequence[str]) -> dict[str, str]:
    """Movement -> the class of the recording that stands for it.

    Names that we know count, if both ways of at least one degree of freedom are among them. Else the
    recording's classes stand for the movements in their order: any set of contractions that a person can tell
    apart can drive a limb.

    Raises:
        RecordingError: too few classes.
    """
    rest = _rest(recording)
    known = {canonical(_bare(name)): name for name in recording.classes if name != rest}
    named = [
        name for pair in DOFS.values() if all(m in known and m in movements for m in pair) for name in pair
    ]
    if named:
        return {name: known[name] for name in movements if name in named}
    others = [name for name in recording.classes if name != rest]
    if len(others) < len(movements):
        raise RecordingError(
            f"{recording.name}: {len(others)} movements; this test needs {len(movements)}: "
            f"{', '.join(movements)}"
        )
    return dict(zip(movements, others, strict=False))


def _rest(recording: Recording) -> str:
    for name in recording.classes:
        if canonical(_bare(name)) == REST:
            return name
    raise RecordingError(f"{recording.name}: none of its movements is called rest")


def _bare(name: str) -> str:
    """'M2 wrist flexion' -> 'wrist flexion'."""
    number, _, words = name.partition(" ")
    return words if words and number[:1] in "mM" and number[1:].isdigit() else name


def _stretches(recording: Recording, index: int, held: NDArray[np.bool_]) -> tuple[Stretch, ...]:
    """Runs of one label in one contiguous piece of one repetition."""
    inside = held & (recording.label == index)
    change = (recording.rec[1:] != recording.rec[:-1]) | (recording.rep[1:] != recording.rep[:-1])
    edges = np.flatnonzero(change | (inside[1:] != inside[:-1])) + 1
    made = []
    for begin, end in zip([0, *edges], [*edges, len(inside)], strict=True):
        if inside[begin] and end - begin >= LEAST_S * recording.fs:
            part = recording.emg[begin:end].astype(np.float64)
            part -= part.mean(axis=0)
            made.append(Stretch(part.astype(np.float32), float(np.sqrt(np.mean(part**2)))))
    return tuple(made)


def _where(recording: Recording, chosen: NDArray[np.bool_]) -> Recording:
    """Those samples alone. Pieces that were apart stay apart: each run of them is a recording of its own."""
    rows = np.flatnonzero(chosen)
    apart = np.concatenate([[False], np.diff(rows) > 1]) | np.concatenate(
        [[False], np.diff(recording.rec[rows]) != 0]
    )
    return replace(
        recording,
        emg=recording.emg[rows],
        label=recording.label[rows],
        rep=recording.rep[rows],
        cond=recording.cond[rows],
        rec=np.cumsum(apart).astype(np.int16),
    )
