"""A virtual limb in memory, for simulated time: set-point in, limb state out. No wire, no byte time.

`InstantPlant` is where it is asked to be; `sim.physics` has one that weighs something. Virtual firmware on a
real wire is built on the same physics.
"""

from __future__ import annotations

from typing import Protocol

from ..core.command import LimbState, Setpoint


class Plant(Protocol):
    """A limb's body."""

    joints: tuple[str, ...]
    """Names, in the limb's order."""

    def place(self, position_deg: tuple[float, ...]) -> None:
        """Be there at once, at rest: the start of a trial."""
        ...

    def step(self, setpoint: Setpoint, t_s: float, dt_s: float) -> LimbState:
        """Let `dt_s` pass while the drives are asked for `setpoint`; the state at `t_s`, its end."""
        ...


class InstantPlant:
    """Joints without mass that are where they are asked to be.

    Args:
        joints: names, in the limb's order.
    """

    def __init__(self, joints: tuple[str, ...]) -> None:
        self.joints = joints

    def place(self, position_deg: tuple[float, ...]) -> None:
        """Nothing to do: the next set-point says it again."""

    def step(self, setpoint: Setpoint, t_s: float, dt_s: float) -> LimbState:  # noqa: ARG002 - it takes none
        """See `Plant`."""
        return LimbState(t_s, setpoint.position_deg)
