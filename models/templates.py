"""The default decoder at run time: Fisher's discriminant whose class templates may be turned around the limb.

Every class has a template (its mean) for the montage as it was trained and for the same montage turned by
a quarter of an electrode, a half and a whole one, either way. A class's score is that of its best template;
a turned one pays a penalty, so that nothing changes for windows that look as at training (ADR 0007). One
matrix product.

For every single lost channel a second set of weights lies ready, made at training: going on without a
channel is choosing another matrix.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError
from .covariance import whitener
from .familiar import Familiar
from .network import Network

Floats = NDArray[np.float64]

NO_DECISION = -1
OWN = 0.1
"""Share of a class's own covariance. Chosen on sub01 of wearable30d, within days (docs/decoding.md)."""

WHOLE = 1 / 3
"""The say of the member that sees all electrodes; the others share the rest. Chosen on sub01 of wearable30d:
without it other positions lose .012 and BioPatRec's legs .004 of rest, with it alone other days lose .011."""


@dataclass(frozen=True)
class TemplateStatistics:
    """What templates are made from: enough to recalibrate by a small solve.

    Attributes:
        mean: [F] of all training features, and
        scale: [F] their deviation: what follows is standardised with both.
        templates: [R, K, F]; those of turn 0 first. Features of a lost channel are 0.
        covariance: [F, F] of windows about their class, shrunk and invertible.
        directions: [K, m, F] whitened directions in which a class varies most, as rows for standardised
            features, and
        variances: [K, m] its variance there, where all classes together have 1.
        within: [F, F] the same about the class's mean of that condition; `covariance` where there is but one.
        trial: [F, F] of trials about their class within a day.
        day: [F, F] of a class's mean on one day about its mean over days, without what all classes share.
        members: [G, F] bool: the features that each partial member of the committee goes by.
    """

    mean: Floats
    scale: Floats
    templates: Floats
    covariance: Floats
    directions: Floats
    variances: Floats
    within: Floats
    trial: Floats
    day: Floats
    members: NDArray[np.bool_]

    def standard(self, features: Floats) -> Floats:
        """Standardised features; 0, the mean of training, where a feature is NaN (a lost channel's)."""
        return np.nan_to_num((features - self.mean) / self.scale)

    def weights(self) -> Weights:
        """What decides: the mean of the members' discriminants, bent by the classes' own covariances.

        The members are linear, so their mean is too, and costs no more than one of them. All but one go
        without some electrodes, so that together they rely on none (random subspaces: Ho 1998,
        doi 10.1109/34.709601, with electrodes in place of chance).

        Class k has covariance (1 - OWN) S + OWN C_k (Friedman 1989, doi 10.1080/01621459.1989.10478752,
        regularised discriminant analysis without its second parameter, as S is shrunk already). C_k is kept
        in its largest directions only, so a class costs m products more, not F^2.
        """
        n_turns, _, size = self.templates.shape
        flat = self.templates.reshape(-1, size)
        linear = flat @ self._precision() / (1.0 - OWN)
        constant = -0.5 * np.einsum("kf,kf->k", linear, flat)
        ratio = OWN * self.variances / (1.0 - OWN)
        constant -= np.tile(0.5 * np.log1p(ratio).sum(axis=1), n_turns)
        bends = 0.5 * ratio / (1.0 + ratio) / (1.0 - OWN)
        rows = np.vstack([linear, self.directions.reshape(-1, size)])
        centres = np.einsum("kmf,rkf->rkm", self.directions, self.templates)
        matrix = rows / self.scale
        offsets = np.concatenate([constant, np.zeros(len(rows) - len(constant))]) - matrix @ self.mean
        return Weights(matrix, offsets, centres, bends)

    def _precision(self) -> Floats:
        """[F, F] mean of the inverses of what each member sees of the covariance."""
        made: Floats = np.multiply(WHOLE, np.linalg.inv(self.covariance), dtype=np.float64)
        for member in self.members:
            seen = np.ix_(member, member)
            made[seen] += (1.0 - WHOLE) / len(self.members) * np.linalg.inv(self.covariance[seen])
        return made

    def familiar(self, kept: NDArray[np.bool_]) -> Familiar:
        """How far windows are from these templates, going by the features [F] `kept`. Training only."""
        return Familiar.of(self.mean, self.scale, self.templates, self.covariance, kept)

    def whitener(self) -> Floats:
        """[F, F]: |whitener @ standardised features| is the Mahalanobis length."""
        return whitener(self.covariance)


@dataclass(frozen=True)
class Weights:
    """One matrix product's worth of decisions.

    Attributes:
        matrix: [R K + K m, F]: discriminants of all templates, then projections onto the classes' own
            directions; 0 for features of a lost channel.
        offsets: [R K + K m].
        centres: [R, K, m] projections of the templates.
        bends: [K, m] what a squared distance from the centre adds to the discriminant.

    Raises:
        BundleError: shapes do not fit, or a number is not finite.
    """

    matrix: Floats
    offsets: Floats
    centres: Floats
    bends: Floats

    def __post_init__(self) -> None:
        parts = (self.matrix, self.offsets, self.centres, self.bends)
        rows = self.n_turns * self.n_classes + self.bends.size
        fits = self.matrix.ndim == 2 and self.centres.shape[1:] == self.bends.shape
        if not fits or len(self.matrix) != rows or self.offsets.shape != (rows,):
            raise BundleError(
                f"decoder weights of shapes {', '.join(str(p.shape) for p in parts)} do not fit"
            )
        if not all(np.isfinite(part).all() for part in parts):
            raise BundleError("the decoder holds numbers that are not finite")

    @cached_property
    def folded(self) -> tuple[Floats, Floats]:
        """(matrix, offsets): of b (o - c)^2 all but b o^2 is linear in the features, so it goes into the
        discriminants; what is left is the same for all turns."""
        own = self.matrix[self.n_turns * self.n_classes :].reshape(*self.bends.shape, self.matrix.shape[1])
        start = self.offsets[self.n_turns * self.n_classes :].reshape(self.bends.shape)
        matrix, offsets, linear = self.matrix.copy(), self.offsets.copy(), self.n_turns * self.n_classes
        bent = self.bends * self.centres
        matrix[:linear] -= 2.0 * np.einsum("rkm,kmf->rkf", bent, own).reshape(linear, -1)
        offsets[:linear] += np.einsum("rkm,rkm->rk", bent, self.centres - 2.0 * start).reshape(-1)
        return matrix, offsets

    @classmethod
    def linear(cls, weights: Floats, offsets: Floats) -> Weights:
        """A linear decoder's: scores = weights [K, F] @ features + offsets [K], without turns."""
        n_classes = len(offsets)
        centres, bends = np.zeros((1, n_classes, 0)), np.zeros((n_classes, 0))
        return cls(np.asarray(weights, np.float64), np.asarray(offsets, np.float64), centres, bends)

    @property
    def n_turns(self) -> int:
        """R."""
        return int(self.centres.shape[0])

    @property
    def n_classes(self) -> int:
        """K."""
        return int(self.centres.shape[1])

    def by_turn(self, features: Floats) -> Floats:
        """[n, R, K] discriminants of features [n, F] before any penalty; NaN, of a lost channel, count
        nothing."""
        rows = np.nan_to_num(features) @ self.matrix.T + self.offsets
        linear = self.n_turns * self.n_classes
        apart = rows[:, None, linear:].reshape(len(rows), 1, *self.bends.shape) - self.centres
        made: Floats = rows[:, :linear].reshape(len(rows), self.n_turns, self.n_classes)
        made += np.einsum("nrkm,nrkm,km->nrk", apart, apart, self.bends)
        return made


class TemplateDecoder:
    """Decides; see the module.

    Args:
        intact: weights with every channel.
        lost: per channel the weights without it; empty when there are none.
        penalties: [R] what a template of each turn pays, in units of the discriminant; 0 for turn 0.
        temperature: learnt on training folds.
        network: its log posterior is averaged with the templates' while no channel is lost; None without.
        familiar: of `intact`, then of each of `lost`; empty where nothing is known of what was trained.
        turns: by how many electrodes the templates of each turn are turned; empty where nobody said.

    Raises:
        BundleError: shapes do not fit, or a number is not finite.
    """

    def __init__(
        self,
        intact: Weights,
        lost: tuple[Weights, ...],
        penalties: Floats,
        temperature: float,
        network: Network | None = None,
        familiar: tuple[Familiar, ...] = (),
        turns: tuple[float, ...] = (),
    ) -> None:
        self.n_turns, self.n_classes = intact.n_turns, intact.n_classes
        self.n_features = intact.matrix.shape[1]
        if any(part.matrix.shape != intact.matrix.shape for part in lost):
            raise BundleError("the decoder's weights for lost channels are not those of its features")
        if not (math.isfinite(temperature) and temperature > 0):
            raise BundleError(f"decoder temperature {temperature}: must be above 0")
        asked = (self.n_features, self.n_classes)
        if network is not None and (network.n_features, network.n_classes) != asked:
            raise BundleError("the decoder's network is not for its features and classes")
        shape = (self.n_turns, self.n_classes, self.n_features)
        if len(familiar) not in (0, 1 + len(lost)) or any(f.centres.shape != shape for f in familiar):
            raise BundleError("what is familiar is not for the decoder's templates")
        if len(turns) not in (0, self.n_turns) or not all(map(math.isfinite, turns)):
            raise BundleError(f"decoder turns {turns}: one number for each of {self.n_turns}, or none")
        self.intact, self.lost, self.network = intact, lost, network
        self.familiar, self.turns, self.temperature = familiar, turns, float(temperature)
        self._ones = np.ones(intact.bends.shape[1])
        self._gone = [~part.matrix.any(axis=0) for part in lost]
        self._linear = self.n_turns * self.n_classes
        self._believe(penalties)

    def _believe(self, penalties: Floats) -> None:
        if self.n_classes < 2 or penalties.shape != (self.n_turns,):
            raise BundleError(f"{self.n_classes} classes and penalties of shape {penalties.shape} cannot be")
        if not (np.isfinite(penalties).all() and penalties.min() >= 0):
            raise BundleError("the decoder's penalties must be 0 or more")
        self.penalties = np.array(penalties, np.float64)
        self.turn = int(self.penalties.argmin())
        """Index of the turn whose templates pay least."""
        pay = np.zeros(len(self.intact.matrix))
        pay[: self._linear] = np.repeat(self.penalties, self.n_classes)
        self.products = [(part.folded[0], part.folded[1] - pay) for part in (self.intact, *self.lost)]
        """(matrix, offsets) that decide, penalties included: with every channel, then without each."""
        self._rows = np.zeros(len(pay))
        self._own = self._rows[self._linear :].reshape(self.intact.bends.shape)
        self._table = self._rows[: self._linear].reshape(self.n_turns, self.n_classes)

    def turned(self, penalties: Floats) -> TemplateDecoder:
        """The same with other penalties: the montage is believed to be turned. No matrix is made anew, so a
        limb at rest can do it between two decisions.

        Args:
            penalties: [R], 0 or more.
        """
        made = copy(self)
        made._believe(penalties)  # noqa: SLF001 - its own kind
        return made

    def decide(self, features: Floats, lost: int = -1) -> tuple[int, Floats]:
        """(class index, posterior [K]); (`NO_DECISION`, zeros) when a feature is not a finite number.

        Args:
            features: [F], as `Frame.features`, with `lost` those without that channel.
            lost: the channel to go without; -1 for none.
        """
        matrix, offsets = self.products[lost + 1]
        bends = self.intact.bends
        if lost >= 0:
            bends = self.lost[lost].bends
            features = np.where(self._gone[lost], 0.0, features)
        own, table = self._own, self._table
        matrix.dot(features, out=self._rows)
        self._rows += offsets
        own *= own
        own *= bends
        table += own.dot(self._ones)
        best_turn = np.maximum.reduce(table, axis=0)
        top = float(np.maximum.reduce(best_turn))
        if not math.isfinite(top):
            return NO_DECISION, np.zeros(self.n_classes)
        logs = best_turn
        logs -= top
        logs /= self.temperature
        if self.network is not None and lost < 0:
            # Half of each log posterior: the normalisers are shared by all classes and drop out.
            logs += self.network.logits(features)
            logs *= 0.5
            logs -= np.maximum.reduce(logs)
        posterior: Floats = np.exp(logs, out=logs)
        posterior /= np.add.reduce(posterior)
        return int(posterior.argmax()), posterior

    def outlier(self, features: Floats, class_index: int, lost: int = -1) -> float:
        """How unlike training the window is that was decided last: its distance to the best template, of any
        turn, of what it was decided as; 1 is the edge of what was held out. 0 where nothing is known.

        Args:
            features: [F] that were decided.
            class_index: what they were decided as.
            lost: the channel that was gone without; -1 for none.
        """
        if not self.familiar or class_index == NO_DECISION:
            return 0.0
        if lost >= 0:
            features = np.where(self._gone[lost], 0.0, features)
        turn = int(self._table[:, class_index].argmax())
        return self.familiar[lost + 1].distance(features, turn, class_index)

    def by_turn(self) -> Floats:
        """[R, K] discriminants of the window decided last, before any penalty, as `Weights.by_turn`."""
        made: Floats = self._table + self.penalties[:, None]
        return made

    def log_posterior(self, by_turn: Floats, features: Floats | None) -> Floats:
        """[n, K] as `decide`, for many windows.

        Args:
            by_turn: [n, R, K] from `Weights.by_turn`.
            features: [n, F] for the network; None when a channel is lost.
        """
        logs = (by_turn - self.penalties[:, None]).max(axis=1) / self.temperature
        if self.network is not None and features is not None:
            logs = 0.5 * (log_softmax(logs) + log_softmax(self.network.many(features)))
        return log_softmax(logs)


def log_softmax(scores: Floats) -> Floats:
    """Logarithm of the softmax along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    made: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return made
