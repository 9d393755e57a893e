"""A virtual moteus behind a virtual fdcanusb, driving one ankle joint that may feel a person's weight.

    python -m innervate.sim.ankle --ring ankle.ring [--link PATH] [--instant] [--seed N]
                                  [--load NM | --gait RING [--lever M]] [--physics]

The controller: `moteus_controller`. With --physics the joint is the ankle in MuJoCo (`physics.body`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..core.ring import RingReader
from .limb import arguments, serve
from .moteus_controller import Controller
from .moteus_joints import BAUD, JointsFirmware


class AnkleFirmware(JointsFirmware):
    """See the module.

    Args:
        load_nm: constant outside torque.
        feels: torque of the body's weight now (N m), instead.
        instant: the joint is where it is asked to be at once.
        physics: an ankle that weighs something (extra `sim`).

    Raises:
        InnervateError: with physics, MuJoCo is not installed.
    """

    def __init__(
        self,
        seed: int = 0,
        load_nm: float = 0.0,
        *,
        instant: bool = False,
        feels: Callable[[], float] | None = None,
        physics: bool = False,
    ) -> None:
        super().__init__(
            (("ankle", 1),), seed, load_nm, device="moteus-ankle", instant=instant, physics=physics
        )
        self._feels = feels

    @property
    def joint(self) -> Controller:
        """The only one."""
        return self.controllers[0]

    def advance(self, t_s: float) -> None:
        """As any joint, under the weight that there is now."""
        if self._feels is not None:
            self.joint.load_nm = self._feels()
        super().advance(t_s)


def weight_of(ring: RingReader, lever_m: float) -> Callable[[], float]:
    """What a virtual gait board's load does to the ankle: it stands so far in front of the joint."""

    newest_n = 0.0

    def torque_nm() -> float:
        nonlocal newest_n
        load_n = (ring.latest() or {}).get("load_n")
        if isinstance(load_n, float):  # else its writer is at it just now
            newest_n = load_n
        return max(0.0, newest_n) * lever_m  # a foot in the air pulls at its pylon, not at its ankle

    return torque_nm


def main() -> None:
    """Be an ankle until SIGTERM."""
    parser = arguments("A virtual moteus ankle on a pseudo-terminal.")
    parser.add_argument("--load", type=float, default=0.0, help="outside torque on the joint (N m)")
    parser.add_argument("--gait", type=Path, help="ring of a virtual gait board: feel the weight it measures")
    parser.add_argument(
        "--lever", type=float, default=0.02, help="how far before the joint the weight stands (m)"
    )
    parser.add_argument("--physics", action="store_true", help="an ankle that weighs something, in MuJoCo")
    options = parser.parse_args()
    feels = weight_of(RingReader(options.gait), options.lever) if options.gait is not None else None
    ankle = AnkleFirmware(
        options.seed, options.load, instant=options.instant, feels=feels, physics=options.physics
    )
    serve(ankle, options, BAUD)


if __name__ == "__main__":
    main()
