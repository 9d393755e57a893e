"""The default decoder: class templates that may be turned, with a network beside them where the training
holds several days. `docs/decoding.md` says why, and what it does on recordings."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError
from ..models.batch import Windows
from ..models.familiar import Familiar
from ..models.follower import TurnFollower
from ..models.network import Network, fit_network
from ..models.signal.flags import UNTRUSTED
from ..models.templates import Floats, TemplateDecoder, TemplateStatistics, Weights
from .shift import moved, recalibrated, shift
from .temperature import fit_temperature
from .templates import Losses, penalties_of, spaced, statistics_of, turns_of

UNKNOWN_TEMPERATURE = 5.0
"""With a single repetition nothing is held out. Between days 4.7 to 6.0 were learnt
(shared/data/README.md)."""
NETWORK_CONDITIONS = 5
"""From so many conditions on a network is trained too: from one day it learns nothing that the templates do
not know, from many days it knows which changes do not matter."""
INNER_FOLDS = 5
LOSS_TRUST = 0.6
"""How far the templates without a channel go towards one trial of today."""
EDGE = 0.99
LEAST_MOVING = 10


@dataclass(frozen=True)
class HeldOut:
    """What was decided about training windows by templates that had not seen them.

    Attributes:
        rows: [m] of the training windows; empty where nothing could be held out.
        scores: [m, K] discriminants, not yet calibrated.
        edge: 99th percentile of the distance to the template that each was decided by.
    """

    rows: NDArray[np.intp]
    scores: Floats
    edge: float


class FittedDefault:
    """See `recipes.Fitted`.

    Args:
        windows: of training, with moments where a lost channel is to be gone without.
    """

    def __init__(self, windows: Windows) -> None:
        signal = windows.signal_features
        if signal is None:
            raise RecordingError("the default decoder needs windows that know their features")
        self._windows, self._names = windows, signal.names
        self.labels: NDArray[np.int64] = np.unique(windows.label)
        self.statistics = statistics_of(windows, self.labels, self._names)
        self.penalties = penalties_of(windows.rms.shape[1])
        self.held = self._held_out()
        self.temperature, self._edge = UNKNOWN_TEMPERATURE, self.held.edge
        which = np.searchsorted(self.labels, windows.label)
        if len(self.held.rows):
            self.temperature = fit_temperature(self.held.scores, which[self.held.rows])
        self.network: Network | None = None
        if len(np.unique(windows.cond)) >= NETWORK_CONDITIONS:
            self.network = fit_network(windows.features, which, len(self.labels))
        self._losses = Losses(windows, self.labels, self._names)
        self._lost: dict[int, tuple[Weights, Familiar]] = {}
        self._today: Windows | None = None
        apart = np.log(own_distances(self.statistics, windows.features, which))
        self.usual: Floats = np.array([apart[which == k].mean() for k in range(len(self.labels))])
        """[K] mean logarithm of how far training windows lie from their own template; see `fit_score`."""
        levels = [windows.rms[windows.label == label].mean() for label in self.labels]
        self.rest = int(np.argmin(levels))
        """Index of the quietest class: rest, to whoever is told no names."""

    def _held_out(self) -> HeldOut:
        """`spaced` windows decided by templates that were not made of their repetition, or their day."""
        rows, scores, strange, kept = [], [], [], spaced(self._windows)
        for train, held in inner_folds(self._windows):
            part = self._windows.where(train & kept)
            if not np.array_equal(np.unique(part.label), self.labels):
                continue
            statistics = statistics_of(part, self.labels, self._names)
            rows.append(np.flatnonzero(held & kept))
            best, far = judged(statistics, self._windows.features[rows[-1]], self.penalties)
            scores.append(best)
            strange.append(far)
        if not rows:
            _, far = judged(self.statistics, self._windows.features, self.penalties)
            nothing = np.empty(0, np.intp), np.empty((0, len(self.labels)))
            return HeldOut(*nothing, float(np.quantile(far, EDGE)))
        edge = float(np.quantile(np.concatenate(strange), EDGE))
        return HeldOut(np.concatenate(rows), np.concatenate(scores), edge)

    @cached_property
    def decoder(self) -> TemplateDecoder:
        """As it runs, without weights for lost channels; `complete` has them."""
        weights, familiar = made_of(self.statistics)
        return self._decoder(weights, familiar.with_edge(self._edge), {})

    def complete(self) -> TemplateDecoder:
        """As it runs, with weights for every single lost channel where windows can tell them."""
        many = self._windows.rms.shape[1] if self._windows.moments is not None else 0
        lost = {c: self._without(c) for c in range(many if many > 1 else 0)}
        return self._decoder(self.decoder.intact, self.decoder.familiar[0], lost)

    def _decoder(
        self, intact: Weights, familiar: Familiar, lost: dict[int, tuple[Weights, Familiar]]
    ) -> TemplateDecoder:
        return TemplateDecoder(
            intact,
            tuple(weights for weights, _ in lost.values()),
            self.penalties,
            self.temperature,
            self.network,
            (familiar, *(part for _, part in lost.values())),
            tuple(by * share for by, share in turns_of(self._windows.rms.shape[1])),
        )

    def without(self, channel: int) -> Weights:
        """Weights for when this channel is lost, made once."""
        return self._without(channel)[0]

    def _without(self, channel: int) -> tuple[Weights, Familiar]:
        if channel not in self._lost:
            statistics = self._losses.statistics(channel)
            if self._today is not None:
                which = np.searchsorted(self.labels, self._today.label)
                shown, apart = moved(statistics, which, self._today.without((channel,)))
                by = shift(shown, apart, LOSS_TRUST * np.eye(apart.shape[1]), len(self.labels))
                statistics = replace(statistics, templates=statistics.templates + by)
            weights, familiar = made_of(statistics)
            # Nobody held anything out without a channel: the edge per feature is that with all of them.
            self._lost[channel] = weights, familiar.with_edge(self._edge)
        return self._lost[channel]

    def log_posterior(self, windows: Windows) -> Floats:
        """See `Fitted`. One lost channel is gone without; with more, or where windows kept no moments, all
        classes are equal."""
        return self.decided(windows, self.decoder)

    def decided(
        self, windows: Windows, decoder: TemplateDecoder, follower: TurnFollower | None = None
    ) -> Floats:
        """[n, K] log posterior by this decoder of the same weights; a follower learns from it."""
        made = np.full((len(windows), len(self.labels)), -np.log(len(self.labels)))
        for rows, by_turn, features in self.scored(windows):
            made[rows] = decoder.log_posterior(by_turn, features)
            if follower is not None:
                follower.learn(by_turn, made[rows])
        return made

    def scored(self, windows: Windows) -> Iterator[tuple[NDArray[np.intp], Floats, Floats | None]]:
        """(rows, [n, R, K] discriminants, features while no channel is lost), per lost channel or none."""
        bad = (windows.contact & UNTRUSTED) != 0
        count = bad.sum(axis=1)
        whole = np.flatnonzero(count == 0)
        if len(whole):
            features = windows.features[whole]
            yield whole, self.decoder.intact.by_turn(features), features
        if windows.moments is None or self._windows.moments is None:
            return
        for channel in np.flatnonzero(bad[count == 1].any(axis=0)):
            rows = np.flatnonzero((count == 1) & bad[:, channel])
            chosen = windows.where(np.isin(np.arange(len(windows)), rows))
            weights = self.without(int(channel))
            yield rows, weights.by_turn(chosen.without((int(channel),))), None

    def outlier(self, windows: Windows) -> Floats:
        """See `Fitted`: distance to the best template, of any turn, of what a window is decided as. All
        channels count, whatever their contact."""
        table = self.decoder.intact.by_turn(windows.features)
        said = self.decoder.log_posterior(table, windows.features).argmax(axis=1)
        table -= self.penalties[:, None]
        return distances(self.decoder.familiar[0], windows.features, table, said)

    def fit_score(self, windows: Windows) -> float:
        """How little the limb seems to fit: how much further than in training windows lie from the template
        of what they are decided as, unturned; the mean logarithm over windows decided as movements.

        Rest says little of where electrodes are, so it counts only when fewer than `LEAST_MOVING` windows
        are anything else.
        """
        said = self.log_posterior(windows).argmax(axis=1)
        moving = said != self.rest
        rows = moving if moving.sum() >= LEAST_MOVING else np.ones(len(said), np.bool_)
        apart = own_distances(self.statistics, windows.features[rows], said[rows])
        return float((np.log(apart) - self.usual[said[rows]]).mean())

    def recalibrated(self, windows: Windows) -> FittedDefault:
        """See `Fitted`; what moves, and how far: `shift.recalibrated`."""
        mended = copy(self)
        mended.__dict__.pop("decoder", None)
        which = np.searchsorted(self.labels, windows.label)
        mended.statistics = recalibrated(self.statistics, which, windows.features)
        mended._lost = {}  # noqa: SLF001 - its own kind
        mended._today = windows if windows.moments is not None else None  # noqa: SLF001 - its own kind
        return mended

    def follow(self) -> Followed:
        """See `Fitted`."""
        return Followed(self)


class Deciding(Protocol):
    """What `Followed` follows."""

    @property
    def decoder(self) -> TemplateDecoder:
        """As it runs."""

    @property
    def rest(self) -> int:
        """Index of rest."""

    def decided(
        self, windows: Windows, decoder: TemplateDecoder, follower: TurnFollower | None = None
    ) -> Floats:
        """See `FittedDefault.decided`."""


class Followed:
    """See `recipes.Follower`."""

    def __init__(self, fitted: Deciding) -> None:
        self._fitted = fitted
        self.turns = TurnFollower(fitted.decoder, fitted.rest)

    def decide(self, windows: Windows) -> Floats:
        """See `Follower`."""
        decoder = self._fitted.decoder.turned(self.turns.penalties)
        return self._fitted.decided(windows, decoder, self.turns)


def inner_folds(windows: Windows) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """(train, held) masks: with three conditions or more, some of them are held out; else one repetition of
    each after the other. At most `INNER_FOLDS`."""
    conds = np.unique(windows.cond)
    several = len(conds) >= 3
    groups = conds if several else np.unique(windows.rep)
    column = windows.cond if several else windows.rep
    if len(groups) < 2:
        return
    for i in range(min(INNER_FOLDS, len(groups))):
        held = np.isin(column, groups[i::INNER_FOLDS])
        yield ~held, held


def own_distances(statistics: TemplateStatistics, features: Floats, which: NDArray[np.intp]) -> Floats:
    """[n] squared Mahalanobis distance to the unturned template of the given class, per feature."""
    root = statistics.whitener()
    white = (statistics.standard(features) - statistics.templates[0][which]) @ root.T
    made: Floats = (white**2).sum(axis=1) / features.shape[1] + 1e-12
    return made


def made_of(statistics: TemplateStatistics) -> tuple[Weights, Familiar]:
    """What decides, and what is familiar."""
    weights = statistics.weights()
    kept: NDArray[np.bool_] = np.any(weights.matrix, axis=0)
    return weights, statistics.familiar(kept)


def judged(statistics: TemplateStatistics, features: Floats, penalties: Floats) -> tuple[Floats, Floats]:
    """([n, K] discriminants of the best templates, [n] distances to what windows were decided as)."""
    weights, familiar = made_of(statistics)
    table = weights.by_turn(features) - penalties[:, None]
    scores = table.max(axis=1)
    return scores, distances(familiar, features, table, scores.argmax(axis=1))


def distances(familiar: Familiar, features: Floats, table: Floats, said: NDArray[np.intp]) -> Floats:
    """[n] how far windows are from the template that spoke for them.

    Args:
        familiar: the distance.
        features: [n, F].
        table: [n, R, K] discriminants, penalties paid.
        said: [n] what they were decided as.
    """
    turn = table[np.arange(len(said)), :, said].argmax(axis=1)
    return familiar.distances(features, turn, said)
