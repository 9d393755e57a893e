"""Learning from use, without labels, that the montage lies turned about the limb.

While a person uses the limb, every hypothesis of a turn (see `templates`) is judged in the shadow of the
decoder in use, by how well its templates explain what was decided; the penalties of the turns move with
that evidence and nothing else does. So it is bounded, it forgets nothing that was trained, and it goes back
by itself when the evidence does. Evidence counts once per movement, not per repetition: a person who opens
the hand all day gives as much of it as one who opened it twice, and rest gives none.
"""

from __future__ import annotations

import numpy as np

from .templates import Floats, TemplateDecoder

EVIDENCE_TEMPERATURE = 5.0
"""Discriminants are too sure across days: 4.7 to 6.0 was learnt (shared/data/README.md)."""
MOST_OF_ONE = 0.5
"""Most that one movement may say for or against a turn, nats."""
MOST_OF_A_STRETCH = 10.0
"""Most that one stretch may, before a movement's mean is taken: nothing wild stays in it for ever."""
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
        """[R] as they are to be used now; a new array whenever they change."""

    def learn(self, by_turn: Floats, log_posterior: Floats) -> None:
        """Take one stretch of use that was decided as one movement: a trial, or a run of equal decisions.

        Args:
            by_turn: [n, R, K] discriminants of its windows, `Weights.by_turn`.
            log_posterior: [n, K] as it was decided.
        """
        # Several infinite ones would be turned into a number that is not.
        if np.isfinite(by_turn).all():
            self.learn_means(evidence(by_turn).mean(axis=0), np.exp(log_posterior).mean(axis=0))

    def learn_means(self, told: Floats, posterior: Floats) -> None:
        """The same from means over its windows.

        Args:
            told: [R] `evidence`.
            posterior: [K].
        """
        said = int(posterior.argmax())
        # One stretch that is no number would stay in the sums for ever.
        if said == self._rest or not posterior[said] > SURE or not np.isfinite(told).all():
            return
        self._sum[said] += np.clip(told - told[0], -MOST_OF_A_STRETCH, MOST_OF_A_STRETCH)
        self._count[said] += 1.0
        each = self._sum / (self._count + SHRINK)[:, None]
        total = np.clip(each, -MOST_OF_ONE, MOST_OF_ONE).sum(axis=0)
        penalties = self._trained - EVIDENCE_TEMPERATURE * total
        self.penalties = np.minimum(penalties - penalties.min(), MOST_PENALTY)

    @property
    def turn(self) -> int:
        """Index of the turn that is believed in most."""
        return int(self.penalties.argmin())


def evidence(by_turn: Floats) -> Floats:
    """[..., R] how well the templates of each turn explain windows, whatever their class, up to what all
    turns share; nats.

    Args:
        by_turn: [..., R, K] discriminants.
    """
    scores = by_turn / EVIDENCE_TEMPERATURE
    # The largest of each turn: beside that of another, all of a turn's might vanish.
    top = scores.max(axis=-1)
    made: Floats = np.log(np.exp(scores - top[..., None]).sum(axis=-1)) + top
    return made
