"""Walking with an ankle that muscles drive: while there is weight on the leg, its set-point must not move.

The figure is how far the set-point moved in stance. A foot that swings may still be on its way when it
lands, and the load sensor takes samples, so the first `CLOSES_S` of each stance are counted apart: the guard
promises to be closed by then (`firmware_bridge.shank.STALE_S` and one heartbeat).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ProfileError
from ...core.goal import Goal
from .dofs import Space
from .task import Outcome, Sight, Trial

CLOSES_S = 0.060
LASTS_S = 20.0
HOLDS_S = (0.3, 1.2)
"""They tense, and rest, for so long; ours: every moment of a stride is met by either."""
MOVED_DEG = 1e-9
"""More than this is a movement."""


class StanceTrial:
    """One walk, while the person tenses for a movement now and again, whatever the leg does.

    Args:
        joints: indices of the leg's joints.
        movement: they tense for.
        start_deg: before it.
        changes_s: [n] when they begin and end, ascending; the first begins.
    """

    moving = False

    def __init__(
        self,
        joints: tuple[int, ...],
        movement: str,
        start_deg: Mapping[str, float],
        changes_s: NDArray[np.float64],
    ) -> None:
        self._makes = Goal({}, {}, f"walk, and make: {movement}", movement)
        self._rests = Goal({}, {}, "walk, and rest")
        self.goal, self._changes_s = self._rests, deque(changes_s.tolist())
        self.start_deg = start_deg
        self._joints = joints
        self._before: tuple[float, ...] | None = None
        self._stance_deg = self._landing_deg = self._swing_deg = 0.0
        self._worst_deg = 0.0
        self._strides, self._loaded = 0, True

    def see(self, sight: Sight) -> Outcome | None:
        """See `Trial`."""
        while self._changes_s and sight.t_s >= self._changes_s[0]:
            self._changes_s.popleft()
            self.goal = self._rests if self.goal is self._makes else self._makes
        at = tuple(sight.limb.position_deg[i] for i in self._joints)
        moved = max(abs(a - b) for a, b in zip(at, self._before, strict=True)) if self._before else 0.0
        self._before = at
        if sight.loaded_s > CLOSES_S:
            self._stance_deg += moved
            self._worst_deg = max(self._worst_deg, moved)
        elif sight.loaded_s > 0.0:
            self._landing_deg += moved
        else:
            self._swing_deg += moved
        loaded = sight.loaded_s > 0.0
        self._strides += loaded and not self._loaded
        self._loaded = loaded
        if sight.t_s < LASTS_S:
            return None
        figures = {
            "stance_deg": self._stance_deg,
            "landing_deg": self._landing_deg,
            "swing_deg": self._swing_deg,
            "strides": float(self._strides),
        }
        return Outcome(self._worst_deg <= MOVED_DEG, LASTS_S, figures)


class Stance:
    """Walks, one movement of the leg after another.

    Args:
        space: of the limb.
        moves: movement -> joint -> where it leads.
        leg: joints at which a fall is the hazard.

    Raises:
        ProfileError: it has none.
    """

    name = "stance"

    def __init__(self, space: Space, moves: Mapping[str, Mapping[str, float]], leg: frozenset[str]) -> None:
        self._moves = [name for name, ends in moves.items() if leg & ends.keys()]
        self._joints = tuple(i for i, joint in enumerate(space.joints) if joint in leg)
        if not self._moves:
            raise ProfileError("--test stance: needs a leg; this limb has no joint at which somebody falls")
        self._start_deg = space.posture({})

    def trials(self, n: int, seed: int) -> list[Trial]:
        """Every movement as often as any other, in a drawn order."""
        rng = np.random.default_rng([seed, 47])
        names: list[str] = []
        while len(names) < n:
            names += rng.permutation(np.array(self._moves)).tolist()
        made: list[Trial] = []
        for name in names[:n]:
            changes_s = np.cumsum(rng.uniform(*HOLDS_S, round(LASTS_S / HOLDS_S[0])))
            made.append(StanceTrial(self._joints, name, self._start_deg, changes_s))
        return made
