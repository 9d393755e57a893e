"""From what a person means to tense to what their muscles are told: rise, variation, noise, tiredness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Body
from .traits import Traits

Floats = NDArray[np.float64]
_NOISE = 512
"""Values of noise that are drawn at a time."""


class Muscles:
    """What the person's nerves do.

    Args:
        body: whose muscles.
        traits: of the person.
        rng: theirs.
        step_s: between two steps.
    """

    def __init__(self, body: Body, traits: Traits, rng: np.random.Generator, step_s: float) -> None:
        self._traits, self._rng, self._step_s = traits, rng, step_s
        self._patterns = {name: np.array(shares) for name, shares in body.movements.items()}
        n = len(body.muscles)
        self._still = np.zeros(n)
        self._excitation = np.zeros(n)
        self._shares = self._still
        self._effort = 0.0
        self._rise = step_s / traits.rise_s
        self._keeps = float(np.exp(-step_s / traits.wobble_s))
        self._deviation = np.zeros(n)
        self._noise = np.zeros((0, n))
        self._next = 0
        self.tired = 0.0
        """0 fresh to 1: nothing is left."""

    def contract(self, movement: str, effort: float) -> None:
        """Begin a contraction: never twice the same."""
        pattern = self._patterns[movement]
        self._shares = pattern * np.exp(self._rng.normal(0.0, self._traits.unlike, len(pattern)))
        self._effort = effort

    def hold(self, effort: float) -> None:
        """Go on with it, harder or more gently."""
        self._effort = effort

    def relax(self) -> None:
        """Let go."""
        self._effort = 0.0

    def step(self) -> Floats:
        """Excitation [muscles], 0 to 1, for the next step."""
        self._tire()
        goal = self._shares * (self._effort * (1.0 - self.tired))
        step = np.clip(goal - self._excitation, -self._rise, self._rise)
        self._excitation = self._excitation + step
        if self._next == len(self._noise):
            spread = self._traits.wobble * np.sqrt(1.0 - self._keeps**2)
            self._noise = self._rng.normal(0.0, spread, (_NOISE, len(self._still)))
            self._next = 0
        self._deviation = self._keeps * self._deviation + self._noise[self._next]
        self._next += 1
        excitation: Floats = np.minimum(np.maximum(self._excitation * (1.0 + self._deviation), 0.0), 1.0)
        return excitation

    def _tire(self) -> None:
        """Effort uses up what rest gives back, at a quarter of the pace. Ours."""
        pace = self._step_s / (2.0 * self._traits.tires_s)
        self.tired = min(max(self.tired + pace * (self._effort - (self._effort == 0.0) * 0.25), 0.0), 0.9)
