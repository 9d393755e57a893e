"""Which program stands in for which device of a limb, and the joints it then drives."""

from __future__ import annotations

import random
from dataclasses import dataclass
from importlib.util import find_spec

from ..core.errors import ProfileError
from ..firmware_bridge.devices import part_model
from ..firmware_bridge.limits import LimbModel
from ..firmware_bridge.settings import JointSettings, PartSettings


@dataclass(frozen=True, slots=True)
class VirtualDevice:
    """One stand-in.

    Attributes:
        module: its program (`python -m`); says its `port` when it is ready.
        args: what it is told beside --ring, --link, --instant and --seed.
        joints: of a device whose joints the limb decides; of a single drive, a gripper of one finger.
        options: of the device.
        baud: of its serial line; 0 where there is none, or it takes no time worth counting.
        duplex: its line has a wire for each direction, so that frames may overlap.
        linked: it lies on a pseudo-terminal, which may have a link.
        physics: what it is told for a body in MuJoCo; empty: it has none.
    """

    module: str
    args: tuple[str, ...] = ()
    joints: tuple[JointSettings, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    baud: int = 0
    duplex: bool = False
    linked: bool = True
    physics: tuple[str, ...] = ()

    def part(self, device: str, port: str) -> PartSettings:
        """The device as a guard opens it."""
        return PartSettings(device, port, 0, self.joints, self.options)


SERVO_HAND = tuple(
    JointSettings(name, id=number)
    for number, name in enumerate(("thumb", "thumb rotation", "index", "middle", "ring", "little"), 1)
)

GAIT_BOARD = "innervate.sim.gait_board"
"""A leg's load sensor; not a device of the limb."""
SEATED = ("--script", "0 stand, 4 sit")
"""What it is told of a person who sits down, foot lifted. A load cell is believed once it has felt weight."""
_MULTICAST = "udp_multicast:239.74.{}.{}"


def program(device: str, *, physics: bool = False) -> tuple[str, tuple[str, ...]]:
    """(module, arguments) of a device's stand-in; a CAN bus of its own each time.

    Args:
        physics: with a body that weighs something, where it has one and MuJoCo is installed.
    """
    stand_in = LIMBS[device]
    if device != "cubemars":
        weighs = physics and find_spec("mujoco") is not None
        return stand_in.module, (*stand_in.args, *(stand_in.physics if weighs else ()))
    bus = _MULTICAST.format(random.randrange(1, 255), random.randrange(1, 255))  # noqa: S311 - an address
    return stand_in.module, (*stand_in.args, "--bus", bus)


LIMBS: dict[str, VirtualDevice] = {
    "ability-hand": VirtualDevice("innervate.sim.hand", physics=("--physics",), baud=460_800, duplex=True),
    "moteus-ankle": VirtualDevice("innervate.sim.ankle", physics=("--physics",)),
    "moteus": VirtualDevice(
        "innervate.sim.moteus_joints",
        ("--ids", "1,2"),
        (JointSettings("index", id=1), JointSettings("wrist rotation", id=2)),
    ),
    "dynamixel": VirtualDevice(
        "innervate.sim.servos", ("--ids", "1,2,3,4,5,6", "--return-delay", "0"), SERVO_HAND, baud=1_000_000
    ),
    "inspire-rh56": VirtualDevice("innervate.sim.inspire_hand", physics=("--physics",), baud=115_200),
    "cubemars": VirtualDevice(
        "innervate.sim.ak_drive", ("--ids", "1"), (JointSettings("index", id=1),), (("model", "AK80-9"),)
    ),
    "covvi": VirtualDevice("innervate.sim.covvi_hand", physics=("--physics",), linked=False),
    "virtual-electrode": VirtualDevice(
        "innervate.sim.electrode_board", options=(("hand", "bebionic"),), baud=460_800
    ),
}
"""By the key of `firmware_bridge.devices.DEVICES`."""


def stand_in(device: str) -> LimbModel:
    """What the guard will know of a virtual limb.

    Raises:
        ProfileError: no such device.
    """
    if device not in LIMBS:
        raise ProfileError(f"--limb {device}: not known; allowed: {', '.join(LIMBS)}")
    return part_model(LIMBS[device].part(device, ""))
