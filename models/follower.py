"""Learning from use, without labels, that the montage lies turned about the limb.

While a person uses the limb, every hypothesis of a turn (see `templates`) is judged in the shadow of the
decoder in use, by how well its templates explain what was decided; the penalties of the turns move with
that evidence and nothing else does. So it is bounded, it forgets nothing that was trained, and it goes back
by itself when the evidence does. Evidence counts once per movement, not per repetition: a person who opens
the hand all day gives as much of it as one who opened it twice, and rest gives none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .templates import Floats, TemplateDecoder

EVIDENCE_TEMPERATURE = 5.0
"""Discriminants are too sure across days: 4.7 to 6.0 was learnt (shared/data/README.md)."""
MOST_OF_ONE = 0.5
"""Most that one movement may say for or against a turn, nats."""
SHRINK = 2.0
"""Trials without evidence that every movement begins with."""
SURE = 0.5
"""Least mean posterior of a trial that is learnt from."""
MOST_PENALTY = 60.0


class TurnFollower:
    """What use so far says about turns.

    Args:
        decoder: as trained.
        rest: index of rest, which says nothing about turns.
    """

    def __init__(self, decoder: TemplateDecoder, rest: int) -> None:
        self._trained = decoder.penalties
        self._rest = rest
        self._sum = np.zeros((decoder.n_classes, decoder.n_turns))
        self._count = np.zeros(decoder.n_classes)
        self.penalties = decoder.penalties.copy()
        """[R] as they are to be used now."""

    def learn(self, by_turn: Floats, log_posterior: NDArray[np.float64]) -> None:
        """Take one stretch of use that was decided as one movement: a trial, or a run of equal decisions.

        Args:
            by_turn: [n, R, K] discriminants of its windows, `Weights.by_turn`.
            log_posterior: [n, K] as it was decided.
        """
        mean = np.exp(log_posterior).mean(axis=0)
        said = int(mean.argmax())
        # One trial that is no number would stay in the sums for ever.
        if said == self._rest or not mean[said] > SURE or not np.isfinite(by_turn).all():
            return
        scores = by_turn / EVIDENCE_TEMPERATURE
        # The largest of each turn: beside that of another, all of a turn's might vanish.
        top = scores.max(axis=2, keepdims=True)
        evidence = (np.log(np.exp(scores - top).sum(axis=2)) + top[:, :, 0]).mean(axis=0)
        self._sum[said] += evidence - evidence[0]
        self._count[said] += 1.0
        each = self._sum / (self._count + SHRINK)[:, None]
        total = np.clip(each, -MOST_OF_ONE, MOST_OF_ONE).sum(axis=0)
        penalties = self._trained - EVIDENCE_TEMPERATURE * total
        self.penalties = np.minimum(penalties - penalties.min(), MOST_PENALTY)

    @property
    def turn(self) -> int:
        """Index of the turn that is believed in most."""
        return int(self.penalties.argmin())
