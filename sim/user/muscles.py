"""From what a person means to tense to what their muscles are told: rise, variation, noise, tiredness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Body
from .traits import Traits

Floats = NDArray[np.float64]
_NOISE = 512
"""Values of noise that are drawn at a time."""
_ALL_BEGUN = 1.0
"""Seconds after which no muscle of a contraction is still to come."""


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
        self._late_s, self._since_s = self._still, 0.0
        self._tone = traits.tone * np.exp(rng.normal(0.0, traits.tone_spread, n))
        self._goal = np.zeros(n)
        self._wander = np.zeros((0, n))
        self._next = 0
        self.tired = 0.0
        """0 fresh to 1: nothing is left."""

    def contract(self, movement: str, effort: float) -> None:
        """Begin a contraction: never twice the same."""
        pattern = self._patterns[movement]
        unlike = self._rng.normal(0.0, self._traits.unlike, len(pattern))
        self._shares = pattern * np.exp(unlike + self._rng.normal(0.0, self._traits.effort_unlike))
        self._late_s = self._traits.apart_s * np.abs(self._rng.standard_normal(len(pattern)))
        self._effort, self._since_s = effort, 0.0

    def hold(self, effort: float) -> None:
        """Go on with it, harder or more gently."""
        self._effort = effort

    def relax(self) -> None:
        """Let go."""
        self._effort = 0.0

    def step(self) -> Floats:
        """Excitation [muscles], 0 to 1, for the next step."""
        self._tire()
        goal = np.multiply(self._shares, self._effort * (1.0 - self.tired), out=self._goal)
        if self._since_s < _ALL_BEGUN:
            goal[self._since_s < self._late_s] = 0.0
        self._since_s += self._step_s
        goal -= self._excitation
        np.minimum(goal, self._rise, out=goal)
        np.maximum(goal, -self._rise, out=goal)
        self._excitation += goal
        if self._next == len(self._wander):
            self._wander, self._next = self._drawn(), 0
        excitation: Floats = self._excitation + self._tone
        excitation *= self._wander[self._next]
        self._next += 1
        np.minimum(excitation, 1.0, out=excitation)
        return excitation

    def _drawn(self) -> Floats:
        """[steps, muscles] factors by which excitation wanders in the steps to come."""
        own, common = self._rng.standard_normal((_NOISE, len(self._still))), self._rng.standard_normal
        spread = self._traits.wobble_own * own + self._traits.wobble * common((_NOISE, 1))
        made: Floats = spread * np.sqrt(1.0 - self._keeps**2)
        for row in made:
            self._deviation *= self._keeps
            row += self._deviation
            self._deviation[:] = row
        return np.exp(made, out=made)

    def _tire(self) -> None:
        """Effort uses up what rest gives back, at a quarter of the pace. Ours."""
        pace = self._step_s / (2.0 * self._traits.tires_s)
        self.tired = min(max(self.tired + pace * (self._effort - (self._effort == 0.0) * 0.25), 0.0), 0.9)
