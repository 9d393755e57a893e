"""Box and blocks in physics: a block of 25 mm on a peg, a partition, a hand that is carried.

The wearer's shoulder (a carrier on a script) brings the hand to the block, over the partition and back; the
prosthesis must open, grip, hold on the way and let go. Whether the block is held, dropped or over is what the
physics says, never the hand's angles. Only a tripod grip holds a block this small (`sim.physics.grip`).
"""

from __future__ import annotations

from collections.abc import Mapping

from ...calibration.tasks.dofs import Dof
from ...calibration.tasks.task import Outcome, Sight, Trial
from ...controller.settings import LimbPart
from ...core.errors import ProfileError
from ...core.goal import Goal
from ...core.movements import OPEN
from ...sim.physics.things import Furniture, on_peg
from ...sim.physics.world import World
from .assessing import GRIP
from .limbs import moves_of

LIMIT_S = 60.0
_PEG = (0.25, 0.02, 0.15)
_PARTITION = Furniture((0.25, 0.17, 0.10), (0.15, 0.005, 0.10))
_OVER_M, _ACROSS_M, _LIFT_M = 0.10, 0.30, 0.15
"""Over the block before it is reached for; how far away it is let go; how high it is carried. Ours."""
_OPENED, _OPEN, _NEAR = 0.0, -0.5, 0.45
"""Of the grip, from -1 (open) to 1: at most so far closed it goes around a block; where they mean to open it
to, and how near is enough."""
_SURE_S, _LOST_S = 0.15, 0.10
"""Held for so long before it is lifted; no longer lifted for so long: dropped."""
_DOWN_M = 0.05


def grip_of(parts: tuple[LimbPart, ...]) -> Dof:
    """The hand from open to the grip.

    Raises:
        ProfileError: it does not make that grip.
    """
    moves = moves_of(parts, (OPEN, GRIP))
    if len(moves) < 2:
        raise ProfileError(f"--test blocks --limb physics: needs a hand that opens and makes a {GRIP} grip")
    return Dof("grip", moves[OPEN], moves[GRIP])


def box_world(joints: tuple[str, ...]) -> World:
    """Block, peg, partition, and the hand above.

    Raises:
        ProfileError: joints that no hand has.
        InnervateError: MuJoCo is not installed.
    """
    block, peg = on_peg("block", "block", *_PEG)
    return World(joints, (block,), (peg, _PARTITION), pitch_deg=30.0, at_m=(0.1, 0.0, 0.42))


class BoxTrial:
    """One minute.

    Args:
        world: in which it is done; also the loop's plant.
        grip: see `grip_of`.
        limit_s: for all of it.
    """

    moving = False

    def __init__(self, world: World, grip: Dof, limit_s: float = LIMIT_S) -> None:
        self._world, self._grip, self._limit_s = world, grip, limit_s
        self._joints = {joint: world.joints.index(joint) for joint in grip.least_deg}
        self._open = Goal(grip.posture(_OPEN), grip.width_deg(_NEAR), "open over the block")
        self._close = Goal(grip.posture(1.0), grip.width_deg(0.05), "close on the block")
        self._relax = Goal({}, {}, "keep it")
        self._release = Goal(grip.posture(_OPEN), grip.width_deg(_NEAR), "let go")
        self._moved = self._dropped = 0
        self._stage = ""
        self._since_s: float | None = None
        self._home = (0.0, 0.0, 0.0)
        self.start_deg: Mapping[str, float] = grip.posture(_OPEN)
        self.goal = self._open

    def see(self, sight: Sight) -> Outcome | None:
        """See `Trial`."""
        if not self._stage:
            self._begin()
        at = {joint: sight.limb.position_deg[i] for joint, i in self._joints.items()}
        self._go_on(self._grip.value(at), sight.t_s)
        if sight.t_s < self._limit_s:
            return None
        figures = {"moved": float(self._moved), "dropped": float(self._dropped)}
        return Outcome(self._moved > 0, self._limit_s, figures)

    def _begin(self) -> None:
        x, y, z = self._world.where("block")
        self._home = (x, y, z)
        self._world.carry_grip_to((x, y, z + _OVER_M))
        self._go("over", self._open)

    def _go(self, stage: str, goal: Goal) -> None:
        self._stage, self.goal, self._since_s = stage, goal, None

    def _for_s(self, true: bool, t_s: float) -> float:
        """For how long it has been so."""
        self._since_s = None if not true else t_s if self._since_s is None else self._since_s
        return 0.0 if self._since_s is None else t_s - self._since_s

    def _go_on(self, value: float, t_s: float) -> None:
        """What is next once this stage is over."""
        world, (x, y, z) = self._world, self._home
        match self._stage:
            case "over" if world.carried and value <= _OPENED:
                world.carry_grip_to(self._home)
                self._go("reach", self._open)
            case "reach" if world.carried:
                self._go("close", self._close)
            case "close" if self._for_s(world.grasped("block"), t_s) >= _SURE_S:
                world.carry_grip_to((x, y, z + _LIFT_M))
                self._go("lift", self._relax)
            case "lift" if self._keeps(t_s) and world.carried:
                at_x, at_y, at_z = world.base_m.tolist()
                world.carry_to((at_x, at_y + _ACROSS_M, at_z))
                self._go("carry", self._relax)
            case "carry" if self._keeps(t_s) and world.carried:
                self._go("release", self._release)
            case "release" if not world.grasped("block") and world.where("block")[2] < _DOWN_M:
                self._moved += world.where("block")[1] > _PARTITION.at_m[1]
                self._back()

    def _keeps(self, t_s: float) -> bool:
        """Still held; else it is dropped, and the next one is taken."""
        if self._for_s(not self._world.grasped("block"), t_s) < _LOST_S:
            return True
        self._dropped += 1
        self._back()
        return False

    def _back(self) -> None:
        """Over the next block, which stands where the last one stood."""
        x, y, z = self._home
        self._world.put("block", self._home)
        self._world.carry_grip_to((x, y, z + _OVER_M))
        self._go("over", self._open)


class Box:
    """Trials that are all alike.

    Args:
        world: see `box_world`.
        parts: of the limb.

    Raises:
        ProfileError: see `grip_of`.
    """

    name = "blocks"

    def __init__(self, world: World, parts: tuple[LimbPart, ...]) -> None:
        self._world, self._grip = world, grip_of(parts)

    def trials(self, n: int, seed: int) -> list[Trial]:  # noqa: ARG002 - nothing is drawn
        """`n` of them."""
        return [BoxTrial(self._world, self._grip) for _ in range(n)]
