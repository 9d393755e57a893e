"""What a calibration is worth: windows decided by a decoder that had not seen their repetition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from ...models.batch import Windows
from ...models.design import design_pipeline
from ..default_decoder import judged
from ..scores import confusion_matrix, rest_index, summary
from ..templates import penalties_of, statistics_of
from ..train import LEAST_WINDOWS, recording_windows
from .listen import Signal
from .plan import Plan
from .recorded import chosen, recording_of
from .repetition import Repetition

EVERY = 5
"""Each fifth increment is scored: windows 50 ms apart, as in ../shared/data/README.md."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """A calibration that was cut into windows and cross-validated over its repetitions.

    Attributes:
        signal: of the calibration.
        used: repetitions that are learnt from, in the order of the plan.
        classes: those that have windows; rest is one of them.
        windows: of these classes, with `label` an index into `classes`.
        rows: [m] numbers of the windows that could be held out.
        scores: [m, K] of the default decoder trained on the other repetitions.
    """

    signal: Signal
    used: tuple[Repetition, ...]
    classes: tuple[str, ...]
    windows: Windows
    rows: NDArray[np.int64]
    scores: Floats

    @cached_property
    def rest(self) -> int:
        """Index of rest."""
        return rest_index(self.classes, "calibration")

    @cached_property
    def right(self) -> NDArray[np.int64]:
        """[m] class of each held-out window."""
        return self.windows.label[self.rows]

    @cached_property
    def said(self) -> NDArray[np.int64]:
        """[m] what each was decided as."""
        made: NDArray[np.int64] = self.scores.argmax(axis=1) if len(self.rows) else np.empty(0, np.int64)
        return made

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """[K, K] counts: row the right class, column the decision."""
        return confusion_matrix(self.right, self.said, len(self.classes))

    @property
    def figures(self) -> dict[str, float | None]:
        """Active recall, rest recall and accuracy; None where nothing was held out."""
        if not len(self.rows):
            return {"active_recall": None, "rest_recall": None, "accuracy": None}
        return summary(self.confusion, self.rest)

    @cached_property
    def active_recall(self) -> float:
        """0 where nothing was held out."""
        return self.figures["active_recall"] or 0.0

    @cached_property
    def separability(self) -> Floats:
        """[K, K] how well two classes are told apart when only these two are asked for: balanced accuracy, .5
        is chance; 1 on the diagonal; NaN where nothing was held out."""
        many = len(self.classes)
        made = np.full((many, many), np.nan)
        np.fill_diagonal(made, 1.0)
        for a, b in combinations(range(many), 2):
            hits = []
            for own, other in ((a, b), (b, a)):
                mine = self.scores[self.right == own]
                if len(mine):
                    hits.append(float((mine[:, own] > mine[:, other]).mean()))
            if len(hits) == 2:
                made[a, b] = made[b, a] = sum(hits) / 2
        return made

    def recall_among(self, kept: Sequence[int]) -> tuple[float, float]:
        """(active recall, rest recall) with these classes only; rest is always one of them."""
        columns = sorted({*kept, self.rest})
        inside = np.isin(self.right, columns)
        said = np.array(columns)[self.scores[inside][:, columns].argmax(axis=1)]
        found = summary(confusion_matrix(self.right[inside], said, len(self.classes)), self.rest)
        return found["active_recall"] or 0.0, found["rest_recall"] or 0.0

    def recall_merged(self, a: int, b: int) -> float:
        """Active recall when two movements count as one."""
        right, said = self.right.copy(), self.said.copy()
        right[right == b], said[said == b] = a, a
        many = confusion_matrix(right, said, len(self.classes))
        keep = [k for k in range(len(self.classes)) if k != b]
        found = summary(many[np.ix_(keep, keep)], keep.index(self.rest))
        return found["active_recall"] or 0.0

    def recall_by_repetition(self, label: int) -> dict[int, float]:
        """Number of a repetition -> recall of this class in it."""
        rep = self.windows.rep[self.rows]
        mine = self.right == label
        return {
            int(number): float((self.said[mine & (rep == number)] == label).mean())
            for number in np.unique(rep[mine])
        }

    @cached_property
    def plane(self) -> tuple[Floats, Floats]:
        """([n, 2] windows, [K, 2] class means) in the plane in which the means lie furthest apart, in
        units of the spread within a class: for the class-space view."""
        features, label = self.windows.features, self.windows.label
        means = np.stack([features[label == k].mean(axis=0) for k in range(len(self.classes))])
        within = features - means[label]
        covariance = within.T @ within / max(1, len(within) - len(self.classes))
        covariance += 0.1 * float(np.trace(covariance)) / len(covariance) * np.eye(len(covariance))
        root = np.linalg.inv(np.linalg.cholesky(covariance))
        white = means @ root.T
        _, _, axes = np.linalg.svd(white - white.mean(axis=0), full_matrices=False)
        to_plane = root.T @ axes[:2].T
        shift = means.mean(axis=0)
        return (features - shift) @ to_plane, (means - shift) @ to_plane


def evidence_of(plan: Plan, signal: Signal, repetitions: Sequence[Repetition]) -> Evidence:
    """Cut into windows and cross-validate.

    Raises:
        RecordingError: there are not two classes to tell apart.
    """
    used = tuple(chosen(repetitions))
    recording = recording_of(plan, signal, used)
    settings = design_pipeline(
        signal.rate_hz,
        signal.channels,
        1000.0 * signal.increment_s,
        unit=signal.unit,
        mains_hz=signal.mains_hz,
        rail=signal.rail,
    )
    windows = recording_windows(recording, settings, EVERY, contact=False)
    counts = np.bincount(windows.label, minlength=len(recording.classes))
    kept = [k for k in range(len(recording.classes)) if counts[k] >= LEAST_WINDOWS]
    if 0 not in kept or len(kept) < 2:
        raise RecordingError(
            "this calibration holds no movement beside rest", "go on with it, or start it again"
        )
    windows = windows.where(np.isin(windows.label, kept))
    # Labels in order without gaps, as the classes that are left.
    windows.label[:] = np.searchsorted(kept, windows.label)
    rows, scores = held_out(windows)
    return Evidence(signal, used, tuple(recording.classes[k] for k in kept), windows, rows, scores)


def held_out(windows: Windows) -> tuple[NDArray[np.int64], Floats]:
    """([m] rows, [m, K] scores): each repetition decided by templates of the others."""
    labels = np.unique(windows.label)
    signal = windows.signal_features
    rows: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    scores: list[Floats] = [np.empty((0, len(labels)))]
    penalties = penalties_of(windows.rms.shape[1])
    for rep in np.unique(windows.rep):
        held = windows.rep == rep
        part = windows.where(~held)
        if signal is None or not np.array_equal(np.unique(part.label), labels):
            continue
        rows.append(np.flatnonzero(held))
        scores.append(judged(statistics_of(part, labels, signal.names), windows.features[held], penalties)[0])
    return np.concatenate(rows), np.concatenate(scores)
