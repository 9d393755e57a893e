"""A loop's decisions, cut into the stretches that a `TurnFollower` learns from, and when it may act."""

from __future__ import annotations

import numpy as np

from .follower import TurnFollower, evidence
from .templates import NO_DECISION, Floats, TemplateDecoder

EVERY_S = 0.050
"""Between the windows of a stretch, as in the evaluation that chose what the follower goes by."""
STRETCH_S = 1.35
"""Between the first and the last window of a stretch: those of the evaluation's trials of 1.5 s."""
LEAST_S = 0.2
"""A decision that did not stand for so long teaches nothing, and rest that did not is none."""


class Following:
    """What the loop of one limb has learnt about turns since it started.

    A stretch is a run of equal decisions on windows that are to be trusted. Its windows are those that hold
    nothing from before the decision, one every `EVERY_S`; after `STRETCH_S` the next stretch begins. What was
    learnt comes into force only while rest has been decided for `LEAST_S`: a limb that moves does not change.
    All of it goes by increments, so a replay learns what the limb did.

    Args:
        decoder: as trained; stays as it is.
        rest: index of rest.
        increment_s: between decisions.
        window_s: what a decision looks at.
    """

    def __init__(self, decoder: TemplateDecoder, rest: int, increment_s: float, window_s: float) -> None:
        self._follower = TurnFollower(decoder, rest)
        self._rest = rest
        self._every = max(1, round(EVERY_S / increment_s))
        self._whole = round(max(window_s, LEAST_S) / increment_s)
        self._most = 1 + round(STRETCH_S / (self._every * increment_s))
        self._said, self._age, self._count = NO_DECISION, 0, 0
        self._evidence, self._posterior = np.zeros(decoder.n_turns), np.zeros(decoder.n_classes)
        self._in_force = self._follower.penalties

    def after(
        self, decoder: TemplateDecoder, class_index: int, posterior: Floats, trusted: bool
    ) -> TemplateDecoder:
        """Take one decision in; the decoder for the next.

        Args:
            decoder: that has just decided.
            class_index: what.
            posterior: [K] as decided.
            trusted: every sample was measured, every channel has contact, and it is no outlier.
        """
        said = class_index if trusted else NO_DECISION
        if said != self._said:
            self._end()
            self._said, self._age = said, 0
        self._age += 1
        if said == NO_DECISION or self._age < self._whole:
            return decoder
        if said == self._rest:
            return self._act(decoder)
        if (self._age - self._whole) % self._every == 0:
            self._evidence += evidence(decoder.by_turn())
            self._posterior += posterior
            self._count += 1
            if self._count == self._most:
                self._end()
        return decoder

    def _act(self, decoder: TemplateDecoder) -> TemplateDecoder:
        if self._follower.penalties is self._in_force:
            return decoder
        self._in_force = self._follower.penalties
        return decoder.turned(self._in_force)

    def _end(self) -> None:
        if self._count:
            self._follower.learn_means(self._evidence / self._count, self._posterior / self._count)
            self._evidence[:], self._posterior[:], self._count = 0.0, 0.0, 0
