"""A model on the limb, judged and recalibrated there: without the recordings that it was trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError
from ..models.batch import Windows
from ..models.familiar import Familiar
from ..models.follower import TurnFollower
from ..models.model import Model
from ..models.proportional import ProportionalSpeed
from ..models.signal.flags import UNTRUSTED
from ..models.templates import Floats, TemplateDecoder, TemplateStatistics, Weights
from .default_decoder import LEAST_MOVING, Followed, made_of, own_distances
from .shift import recalibrated


class InUse:
    """What `don.don_check` asks of a decoder, of a model from a bundle.

    Args:
        model: with statistics.

    Raises:
        BundleError: it was made without.
    """

    def __init__(self, model: Model) -> None:
        self.statistics = statistics_in(model)
        self.decoder, self.rest, self._classes = model.decoder, model.rest_class, len(model.classes)
        usual = model.metrics.get("usual")
        fits = isinstance(usual, list) and len(usual) == self._classes
        self._usual: Floats = np.array(usual if fits else [0.0] * self._classes, np.float64)

    def log_posterior(self, windows: Windows) -> Floats:
        """[n, K] of windows whose electrodes can all be trusted; of others all classes are equal."""
        return self.decided(windows, self.decoder)

    def decided(
        self, windows: Windows, decoder: TemplateDecoder, follower: TurnFollower | None = None
    ) -> Floats:
        """As `FittedDefault.decided`."""
        made = np.full((len(windows), self._classes), -np.log(self._classes))
        rows = np.flatnonzero(((windows.contact & UNTRUSTED) == 0).all(axis=1))
        if len(rows):
            features = windows.features[rows]
            by_turn = decoder.intact.by_turn(features)
            made[rows] = decoder.log_posterior(by_turn, features)
            if follower is not None:
                follower.learn(by_turn, made[rows])
        return made

    def fit_score(self, windows: Windows) -> float:
        """As `FittedDefault.fit_score`."""
        said = self.log_posterior(windows).argmax(axis=1)
        moving = said != self.rest
        rows = moving if moving.sum() >= LEAST_MOVING else np.ones(len(said), np.bool_)
        apart = own_distances(self.statistics, windows.features[rows], said[rows])
        return float((np.log(apart) - self._usual[said[rows]]).mean())

    def follow(self) -> Followed:
        """Begin to use it without labels."""
        return Followed(self)


def statistics_in(model: Model) -> TemplateStatistics:
    """What the model was made from.

    Raises:
        BundleError: it cannot be recalibrated on the limb.
    """
    if model.statistics is None:
        raise BundleError("this model was made without what a recalibration needs", "calibrate again")
    if model.regressor is not None:
        raise BundleError(
            "this model drives by velocities; it is recalibrated by a new calibration", "ask your prosthetist"
        )
    return model.statistics


def recalibrated_model(model: Model, windows: Windows) -> Model:
    """The model with today in it; pipeline, classes, thresholds and temperature stay.

    How strong a movement is meant to be is that of today. Weights for lost channels are made of today's
    statistics without the features that the channel takes with it, and without the classes' own directions.

    Args:
        model: in use.
        windows: of today; `label` is the index of the class in the model.

    Raises:
        BundleError: see `statistics_in`.
    """
    old, which = statistics_in(model), windows.label.astype(np.intp)
    new = recalibrated(old, which, windows.features)
    weights, familiar = made_of(new)
    decoder, edge = model.decoder, _edge(model, old)
    parts, known = [], [familiar.with_edge(edge)]
    for without in decoder.lost:
        kept = np.asarray(without.matrix.any(axis=0), np.bool_)
        small, near = _goes_without(new, kept)
        parts.append(small)
        known.append(near.with_edge(edge))
    made = TemplateDecoder(
        weights,
        tuple(parts),
        decoder.penalties,
        decoder.temperature,
        decoder.network,
        tuple(known) if decoder.familiar else (),
        decoder.turns,
    )
    apart = np.log(own_distances(new, windows.features, which))
    usual = [float(apart[which == k].mean()) if (which == k).any() else 0.0 for k in range(made.n_classes)]
    return replace(
        model,
        decoder=made,
        statistics=new,
        proportional=_levels(model, windows),
        metrics={**model.metrics, "usual": usual},
    )


def _edge(model: Model, statistics: TemplateStatistics) -> float:
    """The distance that was the edge of training: bundles hold it as the unit of what is familiar."""
    if not model.decoder.familiar:
        return 1.0
    raw, used = made_of(statistics)[1].weights, model.decoder.familiar[0].weights
    some = int(np.argmax(used))
    return float((raw[some] / used[some]) ** 2)


def _goes_without(statistics: TemplateStatistics, kept: NDArray[np.bool_]) -> tuple[Weights, Familiar]:
    """What decides by the features [F] `kept` alone."""
    both = np.outer(kept, kept).astype(np.bool_)
    covariance = np.where(both, statistics.covariance, np.eye(len(kept)))
    small = replace(
        statistics,
        templates=np.where(kept, statistics.templates, 0.0),
        covariance=covariance,
        directions=np.zeros_like(statistics.directions),
        variances=np.zeros_like(statistics.variances),
        members=statistics.members & kept,
    )
    return small.weights(), small.familiar(kept)


def _levels(model: Model, windows: Windows) -> ProportionalSpeed:
    """Levels of today where there are windows of today."""
    old = model.proportional
    levels, rest = old.class_rms.copy(), old.rest_rms
    for k in range(len(levels)):
        rows = windows.label == k
        if rows.any():
            levels[k] = windows.rms[rows].mean(axis=0)
            if k == model.rest_class:
                rest = np.median(windows.rms[rows], axis=0)
    return ProportionalSpeed(rest, levels)
