"""Fitts' law test: targets of several distances and widths in one or two DOFs (ISO 9241-411).

Index of difficulty log2(D / W + 1), throughput = difficulty / time, completion, path efficiency, overshoots.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from ...core.errors import ProfileError
from .dofs import Space
from .posture import PostureTrial
from .task import Trial

LIMIT_S, DWELL_S = 10.0, 1.0
DISTANCES, WIDTHS = (0.4, 0.8), (0.10, 0.20)
"""Of a DOF's half range: where the target lies, and half of how wide it is. Ours: 1 to 2.3 bit."""


class Fitts:
    """Targets from the middle, in `motions` DOFs.

    Args:
        space: of the limb.
        motions: how many DOFs a target involves.

    Raises:
        ProfileError: the limb has fewer.
    """

    name = "fitts"

    def __init__(self, space: Space, motions: int = 1) -> None:
        if not 1 <= motions <= min(2, len(space.dofs)):
            raise ProfileError(
                f"--motions {motions}: this limb has {len(space.dofs)} degrees of freedom; "
                f"allowed: 1 to {min(2, len(space.dofs))}"
            )
        self._space, self._motions = space, motions

    def trials(self, n: int, seed: int) -> list[Trial]:
        """Every distance and width as often as any other, directions drawn."""
        rng = np.random.default_rng([seed, 37])
        names = [dof.name for dof in self._space.dofs]
        kinds = list(product(DISTANCES, WIDTHS))
        order: list[tuple[float, float]] = []
        while len(order) < n:
            order += [kinds[i] for i in rng.permutation(len(kinds))]
        made: list[Trial] = []
        for distance, width in order[:n]:
            which = rng.choice(len(names), self._motions, replace=False)
            along = distance / np.sqrt(self._motions)
            target = {names[i]: float(along * rng.choice((-1.0, 1.0))) for i in which}
            made.append(PostureTrial(self._space, target, width, LIMIT_S, DWELL_S))
        return made
