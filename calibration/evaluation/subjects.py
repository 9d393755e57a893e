"""Leave one person out: a decoder of everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...core.errors import RecordingError
from ...drivers.recordings.npz import Recording
from ...models.batch import joined
from .bench import Bench, make_bench
from .splits import pooled


def leave_out(bench: Bench, others: Sequence[Recording]) -> dict[str, Any]:
    """Train on the scored windows of all `others`, test on everything of this person.

    Many people's windows on the grid of scoring are enough to train on; the finer grid is left out.

    Raises:
        RecordingError: nobody else is there, or somebody's channels, rate or movements differ.
    """
    if not others:
        raise RecordingError(
            f"{bench.recording.name}: nobody else to train on", "split subject needs a folder of people"
        )
    for other in others:
        check_alike(bench.recording, other)
    parts = []
    for i, other in enumerate(others):
        theirs = make_bench(other, bench.recipe, bench.options)
        chosen = theirs.windows.where(theirs.scored)
        # A condition of its own for everybody: folds inside the decoder never mix people.
        spread = int(chosen.cond.max()) + 1
        parts.append(replace(chosen, cond=chosen.cond + i * max(1000, spread)))
    trained = joined(parts)
    tested = bench.tested(np.ones(len(bench.windows), np.bool_), trained)
    if "others" not in bench.fits:
        bench.fits["others"] = bench.fitted(trained)
    return pooled(bench, [bench.decided(bench.fits["others"], tested)])


def check_alike(one: Recording, other: Recording) -> None:
    """Both have the same channels, rate and movements.

    Raises:
        RecordingError: names what differs.
    """
    for what, a, b in (
        ("channels", one.emg.shape[1], other.emg.shape[1]),
        ("rate in Hz", one.fs, other.fs),
        ("movements", ", ".join(one.classes), ", ".join(other.classes)),
        ("unit", one.unit, other.unit),
    ):
        if a != b:
            raise RecordingError(f"{other.name}: its {what} are {b}, those of {one.name} {a}")
