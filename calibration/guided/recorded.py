"""From the repetitions of a sitting to a labelled recording: what a decoder may learn from, and what not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from ...core.movements import REST
from ...drivers.recordings.npz import Recording
from .listen import Signal
from .plan import Plan
from .repetition import Repetition

RISE_S = 0.35
"""After the onset: effort is still rising. Not learnt from. With a reaction of 0.25 s that makes the 0.6 s
that `app.cues.TRIM_S` leaves out after a cue."""
EASE_S = 0.1
"""Before the contraction's end: it is ebbing away."""
FALL_S = 0.6
"""Of relaxing: the contraction before is still ebbing away."""
WARY_S = 0.4
"""Before the cue: some begin early."""


def chosen(repetitions: Iterable[Repetition]) -> list[Repetition]:
    """Of each step the attempt that is learnt from: the last that was as asked; else the one whose
    contraction lasted longest. Stopped ones never."""
    best: dict[int, Repetition] = {}
    for repetition in repetitions:
        if repetition.stopped:
            continue
        before = best.get(repetition.index)
        if before is None or _rank(repetition) >= _rank(before):
            best[repetition.index] = repetition
    return [best[index] for index in sorted(best)]


def _rank(repetition: Repetition) -> tuple[bool, float]:
    heard = repetition.judgement
    held = 0.0 if heard.onset_s is None or heard.end_s is None else heard.end_s - max(heard.onset_s, 0.0)
    return repetition.ok, held


def labels(repetition: Repetition, signal: Signal, label: int, rest: int) -> NDArray[np.int16]:
    """[n] class of each sample; -1 where nothing may be learnt.

    A contraction counts from its own onset to its own end, so that one that began late is not learnt as rest.
    Where nothing could be told from rest, it counts as asked: then that is what this movement looks like.

    Args:
        repetition: what was recorded.
        signal: of it.
        label, rest: numbers of its class and of rest.
    """
    rate_hz, n, cue = signal.rate_hz, len(repetition.samples), repetition.cue
    made = np.full(n, -1, np.int16)
    heard = repetition.judgement
    begun = n if heard.onset_s is None else cue + round(heard.onset_s * rate_hz)
    until = min(cue - round(WARY_S * rate_hz), begun - round(WARY_S * rate_hz))
    made[round(FALL_S * rate_hz) : max(until, 0)] = rest
    if repetition.step.is_rest:
        made[cue:] = rest
        return made
    if heard.onset_s is None or heard.end_s is None:
        first, end = cue + round((0.25 + RISE_S) * rate_hz), n
    else:
        first = max(cue + round(heard.onset_s * rate_hz), cue) + round(RISE_S * rate_hz)
        held_to_end = cue + round(heard.end_s * rate_hz) >= n - signal.increment
        end = n if held_to_end else cue + round((heard.end_s - EASE_S) * rate_hz)
    made[first : max(first, end)] = label
    return made


def recording_of(
    plan: Plan,
    signal: Signal,
    repetitions: Sequence[Repetition],
    name: str = "calibration.npz",
    *,
    patient: str = "",
    simulated: bool = False,
) -> Recording:
    """The chosen attempts, one contiguous recording each; conditions are positions of the arm.

    Classes are rest and the plan's movements, whether or not they were reached. Rest that was recorded while
    the body did something belongs to the first condition, spread over the repetitions.

    Raises:
        RecordingError: nothing that could be learnt from.
    """
    used = chosen(repetitions)
    if not used:
        raise RecordingError(f"{name}: no repetition was finished", "start the calibration again")
    classes = (REST, *plan.movements)
    positions = list(dict.fromkeys(step.position for step in plan.steps if not step.is_rest))
    many = max(step.repetition for step in plan.steps if not step.is_rest) + 1
    efforts = list(dict.fromkeys(step.effort for step in plan.steps if not step.is_rest))
    columns: dict[str, list[NDArray[np.int16]]] = {key: [] for key in ("label", "rep", "cond", "rec", "cue")}
    for number, repetition in enumerate(used):
        step, n = repetition.step, len(repetition.samples)
        label = classes.index(step.movement)
        asked = np.zeros(n, np.int16)
        asked[repetition.cue :] = label
        where = 0 if step.is_rest else positions.index(step.position)
        rep = step.repetition % many if step.is_rest else step.repetition + many * efforts.index(step.effort)
        columns["label"].append(labels(repetition, signal, label, 0))
        columns["cue"].append(asked)
        for key, value in (("rep", rep), ("cond", where), ("rec", number)):
            columns[key].append(np.full(n, value, np.int16))
    joined = {key: np.concatenate(parts) for key, parts in columns.items()}
    meta = {
        "source": "innervate calibrate",
        "units": signal.unit,
        "classes": list(classes),
        "channels": list(signal.channels),
        "positions": positions,
        "efforts": efforts,
        "rests": [r.step.position for r in used if r.step.is_rest],
        **({"patient": patient} if patient else {}),
        **({"simulated": True} if simulated else {}),
    }
    return Recording(
        name=name,
        emg=np.concatenate([repetition.samples for repetition in used]),
        label=joined["label"],
        rep=joined["rep"],
        cond=joined["cond"],
        rec=joined["rec"],
        cue=joined["cue"],
        fs=signal.rate_hz,
        classes=classes,
        meta=meta,
    )
