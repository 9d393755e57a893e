"""Target achievement control (TAC): bring a virtual limb from rest into a posture of 1 to 3 DOFs.

Simon, Hargrove, Lock and Kuiken, J Rehabil Res Dev 2011 (FACTS.md section 1: PMC4232230). Their rules, from
memory: 75 degrees of travel a DOF, each DOF within +-5 degrees, kept for 2 s, 15 s at most.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np

from ...core.errors import ProfileError
from .dofs import Space
from .posture import PostureTrial
from .task import Trial

LIMIT_S, DWELL_S = 15.0, 2.0
TRAVEL = 0.75
"""Of a DOF from its middle: 75 of 100 %."""
WIDTH = 5.0 / 75.0 * TRAVEL
"""Half the width of the target: 5 of 75 degrees."""


class Tac:
    """TAC with `motions` DOFs at once.

    Args:
        space: of the limb.
        motions: 1 to 3.

    Raises:
        ProfileError: the limb has fewer DOFs than that, or none at all is asked for.
    """

    name = "tac"

    def __init__(self, space: Space, motions: int = 1) -> None:
        if not 1 <= motions <= min(3, len(space.dofs)):
            raise ProfileError(
                f"--motions {motions}: this limb has {len(space.dofs)} degrees of freedom; "
                f"allowed: 1 to {min(3, len(space.dofs))}"
            )
        self._space, self._motions = space, motions

    def trials(self, n: int, seed: int) -> list[Trial]:
        """Every combination of DOFs and directions as often as any other, in a drawn order."""
        names = [dof.name for dof in self._space.dofs]
        kinds = [
            dict(zip(which, signs, strict=True))
            for which in combinations(names, self._motions)
            for signs in product((-TRAVEL, TRAVEL), repeat=self._motions)
        ]
        rng = np.random.default_rng([seed, 31])
        order: list[dict[str, float]] = []
        while len(order) < n:
            order += [kinds[i] for i in rng.permutation(len(kinds))]
        return [
            PostureTrial(self._space, target, WIDTH, LIMIT_S, DWELL_S, text=_words(target))
            for target in order[:n]
        ]


def _words(target: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:+.2f}" for name, value in target.items())
