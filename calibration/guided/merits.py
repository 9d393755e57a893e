"""What mending something would bring, estimated from the calibration itself."""

from __future__ import annotations

import numpy as np

from ...models.lda import ShrinkageLDA
from .evidence import Evidence, Floats
from .repetition import Repetition

_TRIED = 4
"""Other electrodes that are left out in turn to tell what one is worth. Ours: four say it well enough."""


def of_an_electrode(evidence: Evidence, channel: int) -> float:
    """Active recall that an electrode of this montage is worth on average: what is lost when one of the
    others is left out. 0 where windows kept no moments (more than 16 channels), or nothing was held out.

    Shrinkage LDA stands in for the default decoder: it is a tenth of the work, and only differences count.
    """
    windows = evidence.windows
    if windows.moments is None or not len(evidence.rows):
        return 0.0
    whole = _recall(evidence, windows.features)
    others = [c for c in range(windows.rms.shape[1]) if c != channel]
    tried = others[:: max(1, len(others) // _TRIED)][:_TRIED]
    lost = [whole - _recall(evidence, windows.without((other,))) for other in tried]
    return max(0.0, float(np.mean(lost))) if lost else 0.0


def of_another_try(evidence: Evidence, repetition: Repetition) -> float:
    """Active recall that is won when this repetition is decided as well as the others of its movement."""
    name = repetition.step.movement
    if name not in evidence.classes:
        return 0.0
    by_repetition = evidence.recall_by_repetition(evidence.classes.index(name))
    own = by_repetition.pop(repetition.step.repetition, 0.0)
    if not by_repetition:
        return 0.0
    share = 1.0 / (len(by_repetition) + 1)
    moves = max(1, len(evidence.classes) - 1)
    return max(0.0, float(np.mean(list(by_repetition.values()))) - own) * share / moves


def _recall(evidence: Evidence, features: Floats) -> float:
    """Active recall of an LDA, each repetition decided by the others."""
    windows = evidence.windows
    # What needs the channel that is left out is not a number.
    features = features[:, np.isfinite(features).all(axis=0)]
    hits: dict[int, list[float]] = {}
    for rep in np.unique(windows.rep):
        held = windows.rep == rep
        if len(np.unique(windows.label[~held])) < len(evidence.classes):
            continue
        lda = ShrinkageLDA().fit(features[~held], windows.label[~held])
        said = lda.classes_[(features[held] @ lda.coef_.T + lda.intercept_).argmax(axis=1)]
        for k in np.unique(windows.label[held]):
            mine = windows.label[held] == k
            hits.setdefault(int(k), []).append(float((said[mine] == k).mean()))
    active = [float(np.mean(each)) for k, each in hits.items() if k != evidence.rest]
    return float(np.mean(active)) if active else 0.0
