"""What a decoder is worth on windows it has not seen: recalls from one confusion matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError
from ..models.batch import Windows
from ..models.lda import ShrinkageLDA


def rest_index(classes: tuple[str, ...], where: str) -> int:
    """Which class is rest: the one that has the word in its name.

    Raises:
        RecordingError: none or several have.
    """
    found = [i for i, name in enumerate(classes) if "rest" in name.lower().replace("_", " ").split()]
    if len(found) != 1:
        raise RecordingError(
            f"{where}: {len(found)} classes are called rest, of {', '.join(classes)}",
            "name exactly one of them 'rest'",
        )
    return found[0]


def repetition_folds(windows: Windows) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """(train, test) masks that leave one repetition out, inside each condition.

    No window spans two repetitions, so none is shared; a fold needs another repetition to train on.
    """
    for cond in np.unique(windows.cond):
        inside = windows.cond == cond
        reps = np.unique(windows.rep[inside])
        if len(reps) > 1:
            for rep in reps:
                held = inside & (windows.rep == rep)
                yield inside & ~held, held


def held_out_scores(windows: Windows) -> tuple[NDArray[Any], ...]:
    """Scores of every window by a decoder that did not see its repetition.

    Returns:
        (row numbers [m], class scores [m, K] in the order of `np.unique(windows.label)`). A class absent from
        a fold's training scores -inf there. Empty when no condition has two repetitions.
    """
    classes = np.unique(windows.label)
    rows, scores = [np.empty(0, np.int64)], [np.empty((0, len(classes)))]
    for train, held in repetition_folds(windows):
        chosen = np.flatnonzero(held)
        if len(np.unique(windows.label[train])) < 2:
            continue
        lda = ShrinkageLDA().fit(windows.features[train], windows.label[train])
        fold = np.full((len(chosen), len(classes)), -np.inf)
        fold[:, np.searchsorted(classes, lda.classes_)] = (
            windows.features[chosen] @ lda.coef_.T + lda.intercept_
        )
        rows.append(chosen)
        scores.append(fold)
    return np.concatenate(rows), np.concatenate(scores)


def confusion_matrix(right: NDArray[np.int64], said: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    """[K, K] counts: row the right class, column the decision."""
    return np.bincount(right * n_classes + said, minlength=n_classes**2).reshape(n_classes, n_classes)


def summary(confusion: NDArray[np.int64], rest: int) -> dict[str, float | None]:
    """Active recall (mean over the classes that are not rest), rest recall and accuracy, as JSON values."""
    per_class = confusion.sum(axis=1)
    recall = np.divide(
        confusion.diagonal(), per_class, out=np.full(len(confusion), np.nan), where=per_class > 0
    )
    active = np.delete(recall, rest)
    return {
        "active_recall": float(np.nanmean(active)) if np.isfinite(active).any() else None,
        "rest_recall": float(recall[rest]) if per_class[rest] else None,
        "accuracy": float(confusion.trace() / max(1, confusion.sum())),
    }
