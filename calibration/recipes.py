"""How labelled windows become something that decides: one contract for every decoder, so that evaluation,
comparison and calibration need to know none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError
from ..models.batch import Windows
from ..models.lda import ShrinkageLDA
from ..models.templates import log_softmax
from ..models.velocities import REGRESSOR
from .default_decoder import UNKNOWN_TEMPERATURE, FittedDefault
from .scores import held_out_scores
from .temperature import fit_temperature


class Follower(Protocol):
    """A decoder in use that learns from what it decides, without labels: bounded, and able to go back."""

    def decide(self, windows: Windows) -> NDArray[np.float64]:
        """[n, K] log posterior as it was before these windows were seen; afterwards they may be learnt from.

        Nothing but features, levels and contact of the windows may be looked at.
        """


class Fitted(Protocol):
    """A decoder that was fitted.

    Attributes:
        labels: [K] values of `Windows.label` in ascending order; the order of all outputs.
    """

    labels: NDArray[np.int64]

    def log_posterior(self, windows: Windows) -> NDArray[np.float64]:
        """[n, K], calibrated: the logarithm of how probable each class is."""

    def outlier(self, windows: Windows) -> NDArray[np.float64]:
        """[n] how unlike anything in training a window is; larger is stranger, 1 is the edge of what was seen
        (the 99th percentile of held-out training windows)."""

    def recalibrated(self, windows: Windows) -> Fitted:
        """The same decoder with a few labelled windows of today shrunk into it; itself is not changed."""

    def follow(self) -> Follower:
        """Begin to use it without labels; itself is not changed."""


@dataclass(frozen=True)
class Recipe:
    """A way to make a decoder.

    Attributes:
        name: as `--decoder` takes it.
        feature_set: what its windows hold.
        fit: labelled windows -> decoder. Deterministic: the same windows give the same decoder.
        title: one line for tables.
    """

    name: str
    feature_set: str
    fit: Callable[[Windows], Fitted]
    title: str


class FittedLDA:
    """Shrinkage LDA with one temperature, learnt on inner folds. It does not learn without labels."""

    def __init__(self, windows: Windows) -> None:
        lda = ShrinkageLDA().fit(windows.features, windows.label)
        self.labels: NDArray[np.int64] = lda.classes_
        self._weights, self._offsets = lda.coef_, lda.intercept_
        rows, scores = held_out_scores(windows)
        usable = np.isfinite(scores).all(axis=1)
        self._temperature = UNKNOWN_TEMPERATURE
        if usable.any():
            which = np.searchsorted(self.labels, windows.label[rows[usable]])
            self._temperature = fit_temperature(scores[usable], which)

    def log_posterior(self, windows: Windows) -> NDArray[np.float64]:
        """See `Fitted`."""
        return log_softmax((windows.features @ self._weights.T + self._offsets) / self._temperature)

    def outlier(self, windows: Windows) -> NDArray[np.float64]:
        """See `Fitted`."""
        return np.zeros(len(windows))

    def recalibrated(self, windows: Windows) -> FittedLDA:  # noqa: ARG002 - it learns at training only
        """See `Fitted`."""
        return self

    def follow(self) -> Follower:
        """See `Fitted`."""
        return Still(self)


class Still:
    """A follower that learns nothing: the decoder as it was fitted."""

    def __init__(self, fitted: Fitted) -> None:
        self._fitted = fitted

    def decide(self, windows: Windows) -> NDArray[np.float64]:
        """See `Follower`."""
        return self._fitted.log_posterior(windows)


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "default", "default", FittedDefault, "templates that may be turned, and a network from 5 days on"
        ),
        Recipe("lda", "reference", FittedLDA, "shrinkage LDA on the default features, ZC and SSC"),
        Recipe("hudgins", "hudgins", FittedLDA, "shrinkage LDA on Hudgins features (what most tools ship)"),
        Recipe("log_moments", "log_moments", FittedLDA, "shrinkage LDA on log moments, ZC, SSC"),
    )
}


def recipe(name: str) -> Recipe:
    """The recipe of this name.

    Raises:
        RecordingError: there is none.
    """
    if name == REGRESSOR:
        raise RecordingError(
            f"decoder {name!r} gives velocities, which cannot be scored as classes are",
            f"innervate evaluate --decoder {name} scores them as velocities; here: {', '.join(RECIPES)}",
        )
    if name not in RECIPES:
        raise RecordingError(f"decoder {name!r} is not known", f"allowed: {', '.join(RECIPES)}")
    return RECIPES[name]
