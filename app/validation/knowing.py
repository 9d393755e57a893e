"""A decoder without mistakes: it is told what the person means, once muscles do it. For ablations only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...core.command import LimbState
from ...core.movements import REST
from ...models.model import Model
from ...models.runtime import Decided, Runtime
from ...sim.user.person import SimulatedUser

Floats = NDArray[np.float64]

LEAST_EXCITATION = 0.05
"""Below this nobody moves. Ours."""


class Overheard(SimulatedUser):
    """A simulated person whose nerves are listened to."""

    excitation: Floats = np.zeros(0)

    def step(self, t_s: float, limb: LimbState) -> Floats:
        """As everybody's; kept."""
        self.excitation = super().step(t_s, limb)
        return self.excitation


class Meant:
    """Which movement an excitation stands for: the one whose shares it resembles most.

    Args:
        movements: movement -> excitation of each muscle.
    """

    def __init__(self, movements: Mapping[str, tuple[float, ...]]) -> None:
        self._names = [name for name in movements if name != REST]
        shares = np.array([movements[name] for name in self._names])
        self._shares = shares / np.linalg.norm(shares, axis=1, keepdims=True)

    def __call__(self, excitation: Floats) -> str:
        """Its name; rest where next to nothing is tensed."""
        if excitation.max(initial=0.0) < LEAST_EXCITATION:
            return REST
        return self._names[int(np.argmax(self._shares @ excitation))]


class Knowing(Runtime):
    """As any decoder's runtime, but the class is what the person means now.

    Args:
        model: for its classes, thresholds and levels of effort.
        user: whose nerves are listened to. Not by their pattern: muscles do not begin all at once.
    """

    def __init__(self, model: Model, user: Overheard) -> None:
        super().__init__(model)
        self._user = user

    def push(self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None = None) -> list[Decided]:
        """See `Runtime.push`."""
        begun = self._user.excitation.max(initial=0.0) >= LEAST_EXCITATION
        right = self.classes.index(self._user.movement if begun else REST)
        sure = np.zeros(len(self.classes))
        sure[right] = 1.0
        return [
            replace(decided, class_index=right, posterior=sure, unfamiliar=False)
            if decided.frame.ready
            else decided
            for decided in super().push(samples, valid)
        ]
