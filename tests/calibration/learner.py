"""A small decoder that does all a recipe's may: nearest class mean of log levels, which it can move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from innervate.calibration.recipes import RECIPES, Recipe
from innervate.models.batch import Windows


def _levels(windows: Windows) -> np.ndarray:
    return np.log(windows.rms + 1e-3)


class Nearest:
    """Posterior from the distance to each class's mean level."""

    def __init__(self, labels: np.ndarray, means: np.ndarray) -> None:
        self.labels, self.means = labels, means

    @classmethod
    def fit(cls, windows: Windows) -> Nearest:
        labels = np.unique(windows.label)
        levels = _levels(windows)
        return cls(labels, np.stack([levels[windows.label == k].mean(axis=0) for k in labels]))

    def log_posterior(self, windows: Windows) -> np.ndarray:
        scores = -self._distances(windows)
        return (
            scores
            - np.log(np.exp(scores - scores.max(1, keepdims=True)).sum(1, keepdims=True))
            - (scores.max(1, keepdims=True))
        )

    def outlier(self, windows: Windows) -> np.ndarray:
        return self._distances(windows).min(axis=1)

    def recalibrated(self, windows: Windows) -> Nearest:
        return Nearest.fit(windows)

    def follow(self) -> Following:
        return Following(self)

    def _distances(self, windows: Windows) -> np.ndarray:
        return ((_levels(windows)[:, None] - self.means) ** 2).sum(axis=2)


class Following:
    """Moves the mean of the class it decided towards each trial, and remembers what it was shown."""

    def __init__(self, start: Nearest) -> None:
        self.model = Nearest(start.labels, start.means.copy())
        self.shown: list[Windows] = []
        LAST.append(self)

    def decide(self, windows: Windows) -> np.ndarray:
        self.shown.append(windows)
        said = self.model.log_posterior(windows)
        k = int(said.sum(axis=0).argmax())
        self.model.means[k] += 0.5 * (_levels(windows).mean(axis=0) - self.model.means[k])
        return said


LAST: list[Following] = []
NEAREST = Recipe("nearest", "hudgins", Nearest.fit, "nearest mean level")


def known(monkeypatch) -> str:
    """Make it a recipe for one test; gives its name."""
    monkeypatch.setitem(RECIPES, "nearest", replace(NEAREST))
    return "nearest"
