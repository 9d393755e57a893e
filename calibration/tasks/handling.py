"""Take something, carry it, let it go: box and blocks, and clothespins that are turned from bar to bar.

The wearer's own shoulder carries the hand (a carrier with fixed times); the prosthesis must close on the
object, keep it on the way, turn with it where the task asks for that, and open in the right place. Without
physics an object is held while the hand is closed at least as far as its width lets it.

Box and Blocks counts blocks in 60 s (FACTS.md section 7, from memory there). The clothespin test moves three
pins from a horizontal to a vertical bar; able-bodied people need 4.1 s (FACTS.md section 7). All other
numbers here are ours, so results compare with each other and not with a clinic's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.errors import ProfileError
from ...core.goal import Goal
from .dofs import Space
from .task import Outcome, Sight, Trial

HAND, TURN = "hand", "wrist rotation"
HELD, OPENED = 0.10, -0.40
"""Values of the hand: at least so far closed it holds the object, at most so far it has let it go."""
_CLOSED, _OPEN, _NEAR = 0.40, -0.70, 0.25
"""Where the person means to bring it, and how near that is enough."""
TURNED, _TURN_NEAR, _TURN_ANY = 0.60, 0.15, 0.30
"""A pin's bar: the wrist's value at the vertical one; how near, and how near at the horizontal one."""
REACH_S, CARRY_S, BACK_S = 0.4, 1.0, 0.8
"""Of the carrier: down to the object or up from it, across, and back."""
BLOCKS_S, PINS_S, PINS = 60.0, 60.0, 3


@dataclass(frozen=True, slots=True)
class _Stage:
    """What comes next for one object.

    Attributes:
        name: of it.
        hand, turn: values that the person is shown; None: the wrist does not matter.
        near: of the wrist.
        lasts_s: it is over after so long; 0: once the hand, and the wrist where it matters, are there.
        holds: the object must stay held.
    """

    name: str
    hand: float
    turn: float | None = None
    near: float = 0.0
    lasts_s: float = 0.0
    holds: bool = False


_BLOCK = (
    _Stage("open over the block", _OPEN),
    _Stage("reach", _OPEN, lasts_s=REACH_S),
    _Stage("close", _CLOSED),
    _Stage("carry over the partition", _CLOSED, lasts_s=CARRY_S, holds=True),
    _Stage("let go", _OPEN),
    _Stage("back", _OPEN, lasts_s=BACK_S),
)
_PIN = (
    _Stage("open at the pin", _OPEN, 0.0, _TURN_ANY),
    _Stage("reach", _OPEN, 0.0, _TURN_ANY, REACH_S),
    _Stage("close", _CLOSED, 0.0, _TURN_ANY),
    _Stage("carry to the other bar", _CLOSED, TURNED, _TURN_NEAR, CARRY_S, holds=True),
    _Stage("turn", _CLOSED, TURNED, _TURN_NEAR, holds=True),
    _Stage("let go", _OPEN, TURNED, _TURN_NEAR),
    _Stage("back", _OPEN, 0.0, _TURN_ANY, BACK_S),
)


class HandlingTrial:
    """As many objects as possible, or a number of them.

    Args:
        space: of the limb.
        pins: clothespins instead of blocks.
        limit_s: for all of it.
        wanted: over after so many; 0: with the time.
    """

    moving = False

    def __init__(self, space: Space, *, pins: bool, limit_s: float, wanted: int) -> None:
        self._space, self._limit_s, self._wanted = space, limit_s, wanted
        self._stages = _PIN if pins else _BLOCK
        names = [dof.name for dof in space.dofs]
        self._hand = names.index(HAND)
        self._turn = names.index(TURN) if pins else -1
        self._goals = [self._goal(stage) for stage in self._stages]
        self._at = 0
        self._since_s = 0.0
        self._moved = self._dropped = 0
        self.start_deg: Mapping[str, float] = space.posture({HAND: 0.0})
        self.goal = self._goals[0]

    @property
    def stage(self) -> str:
        """What is to be done now."""
        return self._stages[self._at].name

    def _goal(self, stage: _Stage) -> Goal:
        posture: dict[str, float] = {}
        tolerance: dict[str, float] = {}
        for dof in self._space.dofs:
            value, near = {HAND: (stage.hand, _NEAR), TURN: (stage.turn, stage.near)}.get(
                dof.name, (None, 0.0)
            )
            if value is not None:
                posture |= dof.posture(value)
                tolerance |= dof.width_deg(near)
        return Goal(posture, tolerance, stage.name)

    def see(self, sight: Sight) -> Outcome | None:
        """See `Trial`."""
        at = self._space.values(sight.limb.position_deg)
        stage = self._stages[self._at]
        if stage.holds and at[self._hand] < HELD:
            self._dropped += 1
            self._go(0, sight.t_s)
        elif self._over(stage, at, sight.t_s):
            if stage.name == "let go":
                self._moved += 1
            self._go((self._at + 1) % len(self._stages), sight.t_s)
        if self._wanted and self._moved >= self._wanted:
            return self._outcome(True, sight.t_s)
        if sight.t_s < self._limit_s:
            return None
        return self._outcome(not self._wanted and self._moved > 0, self._limit_s)

    def _over(self, stage: _Stage, at: tuple[float, ...], t_s: float) -> bool:
        if stage.lasts_s:
            return t_s - self._since_s >= stage.lasts_s - 1e-9
        there = at[self._hand] >= HELD if stage.hand > 0.0 else at[self._hand] <= OPENED
        if self._turn >= 0 and stage.turn is not None and stage.name != "let go":
            there = there and abs(at[self._turn] - stage.turn) <= stage.near + 1e-9
        return there

    def _go(self, at: int, t_s: float) -> None:
        self._at, self._since_s, self.goal = at, t_s, self._goals[at]

    def _outcome(self, completed: bool, time_s: float) -> Outcome:
        figures = {"moved": float(self._moved), "dropped": float(self._dropped)}
        return Outcome(completed, time_s, figures)


class _Handling:
    """Trials that are all alike.

    Args:
        space: of the limb.

    Raises:
        ProfileError: the limb has no hand, or no wrist that turns.
    """

    name = ""
    _pins = False

    def __init__(self, space: Space) -> None:
        names = [dof.name for dof in space.dofs]
        for needed in (HAND, TURN) if self._pins else (HAND,):
            if needed not in names:
                raise ProfileError(
                    f"--test {self.name}: needs a {needed} that moves both ways; this limb moves "
                    f"{', '.join(names) or 'nothing'}"
                )
        self._space = space

    def trials(self, n: int, seed: int) -> list[Trial]:  # noqa: ARG002 - nothing is drawn
        """`n` of them."""
        limit_s, wanted = (PINS_S, PINS) if self._pins else (BLOCKS_S, 0)
        return [HandlingTrial(self._space, pins=self._pins, limit_s=limit_s, wanted=wanted) for _ in range(n)]


class Blocks(_Handling):
    """Box and blocks: as many as one can in a minute."""

    name = "blocks"


class Clothespins(_Handling):
    """Three clothespins, turned from the horizontal to the vertical bar."""

    name, _pins = "clothespin", True
