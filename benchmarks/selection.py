"""How long a decoder takes to the right movement once it decides any: motion selection on recorded EMG.

While muscles rise they do not yet do what they will do when the movement is held. Kuiken et al. (JAMA 2009)
call the time from the onset of movement to the first right decision the motion selection time. Here the onset
is the first decision that is not rest, on streamed windows of 200 ms, each repetition by a decoder that has
not seen it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..calibration.evaluation.bench import Bench
from ..calibration.evaluation.transitions import stream_windows
from ..calibration.scores import repetition_folds

Floats = NDArray[np.float64]


def selection_s(bench: Bench) -> Floats:
    """[trials] seconds, infinite where the right movement never came; none without cues.

    A trial in which a movement was decided before the cue is left out.
    """
    recording = bench.recording
    if recording.cue is None:
        return np.zeros(0)
    streamed = stream_windows(recording, bench.settings)
    said = np.full(len(streamed), -1, np.int64)
    for train, held in repetition_folds(bench.windows):
        one = np.flatnonzero(held)[0]
        rows = (streamed.rep == bench.windows.rep[one]) & (streamed.cond == bench.windows.cond[one])
        said[rows] = bench.decided(bench.fit(train), streamed.where(rows)).said
    cue, rec = recording.cue[streamed.index], streamed.rec
    edges = np.flatnonzero((np.diff(cue) != 0) | (np.diff(rec) != 0)) + 1
    step_s = bench.settings.increment_samples / recording.fs
    found = []
    for first, end in zip(edges, [*edges[1:], len(cue)], strict=True):
        asked, before = cue[first], cue[first - 1]
        if asked in (-1, bench.rest) or before != bench.rest or rec[first] != rec[first - 1]:
            continue
        made = said[first:end]
        moves = np.flatnonzero(made != bench.rest)
        if (made < 0).any() or not len(moves) or moves[0] == 0:
            continue
        right = np.flatnonzero(made == asked)
        found.append((right[0] - moves[0]) * step_s if len(right) else np.inf)
    return np.array(found)
