"""What the limb did against what the person was asked to do, when a recording was played."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..controller.postures import reached_deg, targets
from ..core.movements import REST
from ..drivers.recordings.npz import Recording
from ..models.model import Model
from ..models.runtime import Runtime
from ..models.templates import NO_DECISION

Ints = NDArray[np.int64]


def offline_classes(model: Model, played: Recording, adapt: bool = False, outlier_limit: float = 0.0) -> Ints:
    """[increments] argmax at every increment of the whole recording, decided in one go: the batch answer.

    Args:
        model: that was played to.
        played: what.
        adapt: as the limb had it.
        outlier_limit: likewise; it decides what is learnt from.
    """
    runtime = Runtime(model, adapt, outlier_limit)
    return np.array([decided.class_index for decided in runtime.push(played.emg)], np.int64)


def whole_windows(model: Model, played: Recording) -> NDArray[np.bool_]:
    """[increments] True where the window that ends there holds one label, repetition and recording."""
    settings = model.settings
    step, span = settings.increment_samples, settings.window_samples
    changed = np.zeros(len(played.emg), np.bool_)
    for marks in (played.label, played.rep, played.cond, played.rec):
        changed[1:] |= np.diff(marks) != 0
    since = np.maximum.accumulate(np.where(changed, np.arange(len(changed)), 0))
    ends = np.arange(step - 1, len(played.emg), step)
    whole: NDArray[np.bool_] = (
        (played.label[ends] >= 0) & (since[ends] <= ends - span + 1) & (ends >= span - 1)
    )
    return whole


def active_recall(model: Model, played: Recording, classes: Ints, scored: NDArray[np.bool_]) -> float | None:
    """Mean recall of the movements that are not rest, before rejection, at the increments `scored`."""
    ends = np.arange(model.settings.increment_samples - 1, len(played.emg), model.settings.increment_samples)
    label = played.label[ends]
    recalls = []
    for number, name in enumerate(played.classes):
        asked = scored & (label == number)
        if name == REST or not asked.any():
            continue
        known = model.classes.index(name) if name in model.classes else NO_DECISION - 1
        recalls.append(float((classes[asked] == known).mean()))
    return round(float(np.mean(recalls)), 4) if recalls else None


def online_classes(telemetry: NDArray[Any], increments: int, increment_samples: int) -> Ints:
    """[increments] what the loop decided while it played; -2 where it decided nothing."""
    found: Ints = np.full(increments, NO_DECISION - 1, np.int64)
    at = (telemetry["sample_index"] + 1) // increment_samples - 1
    inside = (at >= 0) & (at < increments)
    found[at[inside]] = telemetry["class_index"][inside]
    return found


def recalls(
    model: Model, played: Recording, telemetry: NDArray[Any], meta: dict[str, Any]
) -> dict[str, dict[str, object]]:
    """`online` and `offline` of the report.

    Args:
        model: that decided.
        played: the recording.
        telemetry: records of the loop's ring.
        meta: its header, which says what the loop was told.
    """
    offline = offline_classes(model, played, bool(meta["adapt"]), float(meta["outlier_limit"]))
    online = online_classes(telemetry, len(offline), model.settings.increment_samples)
    scored = whole_windows(model, played)
    return {
        "online": {
            "active_recall": active_recall(model, played, online, scored),
            "identical": bool(np.array_equal(online, offline)),
            "increments": len(offline),
            "differing": int((online != offline).sum()),
        },
        "offline": {
            "active_recall": active_recall(model, played, offline, scored),
            "scored": int(scored.sum()),
        },
    }


def movements(
    device: str,
    joints: tuple[str, ...],
    played: Recording,
    guard: NDArray[Any],
    t_of_index: NDArray[np.float64],
) -> dict[str, object]:
    """What was asked, and whether the limb got there while it was asked.

    Args:
        device: of the limb.
        joints: of the limb, in its order.
        played: recording; its `cue` (or label) says what was asked.
        guard: records of `guard.ring`: measured joint angles over time.
        t_of_index: [samples] monotonic seconds at which each sample left the amplifier.
    """
    cue = played.label if played.cue is None else played.cue
    edges = np.flatnonzero((np.diff(cue) != 0) | (np.diff(played.rec) != 0)) + 1
    asked, reached, unmapped = 0, 0, []
    each = []
    for first, end in zip([0, *edges.tolist()], [*edges.tolist(), len(cue)], strict=True):
        name = played.classes[cue[first]] if cue[first] >= 0 else REST
        if name == REST:
            continue
        asked += 1
        goals = targets(device, joints, name)
        if not goals:
            unmapped.append(name)
            each.append({"movement": name, "reached": None})
            continue
        during = (guard["t_s"] >= t_of_index[first]) & (guard["t_s"] <= t_of_index[end - 1])
        position_deg = guard["position_deg"][during].reshape(-1, len(joints))
        of_goals = [joints.index(joint) for joint in goals]
        off_deg = np.abs(position_deg[:, of_goals] - np.array(list(goals.values()))).max(axis=1)
        # No frame: the demo was stopped before this movement was played.
        closest_deg = round(float(off_deg.min()), 1) if len(off_deg) else None
        got_there = closest_deg is not None and closest_deg <= min(map(reached_deg, goals))
        reached += got_there
        each.append({"movement": name, "reached": got_there, "closest_deg": closest_deg})
    return {
        "asked": asked,
        "reached": reached,
        "unmapped": len(unmapped),
        "unmapped_names": unmapped,
        "each": each,
    }
