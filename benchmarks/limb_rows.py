"""Every limb of the fault scripts: real driver and codec on a cable in memory, virtual firmware, told time.

A row of `LIMBS` is all it takes to add one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from ..core.clock import VirtualClock
from ..firmware_bridge.ability_hand.device import AbilityHand
from ..firmware_bridge.covvi.device import CovviHand
from ..firmware_bridge.covvi.device import Options as CovviOptions
from ..firmware_bridge.cubemars.codec import RANGES
from ..firmware_bridge.cubemars.device import CubeMars
from ..firmware_bridge.cubemars.device import Options as CubeMarsOptions
from ..firmware_bridge.devices import DEVICES, limb_model, part_model
from ..firmware_bridge.dynamixel.device import Dynamixels
from ..firmware_bridge.inspire.device import InspireHand
from ..firmware_bridge.inspire.device import Options as InspireOptions
from ..firmware_bridge.limb import Limb
from ..firmware_bridge.limits import LimbModel
from ..firmware_bridge.moteus.device import Moteus
from ..firmware_bridge.settings import GuardSettings, JointSettings, PartSettings
from ..firmware_bridge.virtual_electrode.device import Options as ElectrodeOptions
from ..firmware_bridge.virtual_electrode.device import VirtualElectrode
from ..sim.ak_drive import AkDrive, AkDrives
from ..sim.ankle import AnkleFirmware
from ..sim.covvi_hand import CovviFirmware
from ..sim.electrode_board import ClinicalHand, ElectrodeFirmware
from ..sim.hand import HandFirmware
from ..sim.inspire_hand import InspireFirmware
from ..sim.moteus_joints import JointsFirmware
from ..sim.servos import ServosFirmware
from .limb_wires import Cable, CanCable, Firmware, MemoryBus, MemorySerial, MemoryTcp

RATE_DEG_S = 120.0
"""The patient's bound in scripts. A hand may go on for 60 ms after the last sample, and its fingers trail
behind by 10 ms: faster than about 130 deg/s that is more than the 10 degrees that issue 5 allows."""
KNEE_DEG_S = 20.0
"""As an ankle: less than 2 degrees in the first 100 ms. Nothing here swings a leg."""


@dataclass(frozen=True, slots=True)
class VirtualDevice:
    """One device of a limb.

    Attributes:
        name: key of `firmware_bridge.devices.DEVICES`.
        firmware: made from a seed.
        driver: the real device on a cable.
        joints: of a device whose joints the limb decides.
        baud: of its line; 0: byte time does not matter beside the heartbeat.
        lapses: its own time-out moves it: unplugged or forsaken it is not held to stillness after that.
        percent: its joints count in percent of travel instead of degrees.
        lag_s: time that its own firmware lets pass between a target and the movement.
        rate_deg_s: the patient's bound.
        still_deg: a joint that holds stays within so much of where it came to rest.
        asked: field of the firmware's record: what it has understood that it is to do.
    """

    name: str
    firmware: Callable[[int], Firmware]
    driver: Callable[[Cable], Limb]
    joints: tuple[JointSettings, ...] = ()
    baud: int = 0
    lapses: bool = False
    percent: bool = False
    lag_s: float = 0.0
    rate_deg_s: float = RATE_DEG_S
    still_deg: float = 0.6
    asked: str = "setpoint_deg"

    @property
    def part(self) -> PartSettings:
        """As a guard's settings have it."""
        return PartSettings(self.name, "memory", 0, self.joints)

    @property
    def model(self) -> LimbModel:
        """What its line knows of it."""
        return part_model(self.part)

    def cable(self, seed: int, clock: VirtualClock, rng: random.Random) -> Cable:
        """Switched on."""
        firmware = self.firmware(seed)
        if isinstance(firmware, AkDrives):
            return CanCable(firmware, clock, rng)
        return Cable(firmware, self.baud, clock, rng)


@dataclass(frozen=True, slots=True)
class VirtualLimb:
    """One row: what the scripts call a limb.

    Attributes:
        devices: in the order of its joints.
        movements: two that a decoder of it knows, for scripts with muscles.
    """

    devices: tuple[VirtualDevice, ...]
    movements: tuple[str, str]

    @property
    def rate_deg_s(self) -> float:
        """The patient's bound: that of the slowest device."""
        return min(device.rate_deg_s for device in self.devices)

    @property
    def model(self) -> LimbModel:
        """What the guard knows of it, within this patient's bound."""
        parts = tuple(device.part for device in self.devices)
        return limb_model(GuardSettings(parts, "", max_rate_deg_s=self.rate_deg_s))

    @property
    def lag_s(self) -> float:
        """Of the slowest to act."""
        return max(device.lag_s for device in self.devices)

    @property
    def still_deg(self) -> float:
        """Of the least still."""
        return max(device.still_deg for device in self.devices)


_ANKLE = (JointSettings("ankle"),)
_ELBOW, _KNEE = (JointSettings("elbow", id=1),), (JointSettings("knee", id=1),)
_SERVOS = tuple(JointSettings(name, id=k + 1) for k, name in enumerate(("index", "wrist rotation")))
_ARM = tuple(JointSettings(name, id=k + 1) for k, name in enumerate(("wrist rotation", "elbow")))


def _elbow(seed: int) -> AkDrives:
    drive = AkDrive(1, RANGES["AK80-9"])
    drive.position_rad = 0.3 + 0.1 * random.Random(seed).random()
    return AkDrives((drive,))


def _servos(joints: tuple[JointSettings, ...]) -> VirtualDevice:
    return VirtualDevice(
        "dynamixel",
        lambda seed: ServosFirmware([joint.id for joint in joints], seed, return_delay=0),
        lambda cable: Dynamixels(MemorySerial(cable), DEVICES["dynamixel"].baud, joints),
        joints=joints,
        baud=1_000_000,
        rate_deg_s=100.0,  # servos trail behind by 2 degrees, and their line by a turn
        asked="goal_deg",
    )


def _moteus(joints: tuple[JointSettings, ...], rate_deg_s: float) -> VirtualDevice:
    return VirtualDevice(
        "moteus",
        lambda seed: JointsFirmware(tuple((joint.name, joint.id) for joint in joints), seed),
        lambda cable: Moteus(MemorySerial(cable), 0, joints),
        joints=joints,
        rate_deg_s=rate_deg_s,
    )


_ABILITY_HAND = VirtualDevice(
    "ability-hand",
    HandFirmware,
    lambda cable: AbilityHand(MemorySerial(cable), 460_800),
    baud=460_800,
    lapses=True,
)
_MOTEUS_ANKLE = VirtualDevice(
    "moteus-ankle", AnkleFirmware, lambda cable: Moteus(MemorySerial(cable), 0, _ANKLE), joints=_ANKLE
)
_INSPIRE = VirtualDevice(
    "inspire-rh56",
    InspireFirmware,
    lambda cable: InspireHand(MemorySerial(cable), 115_200, InspireOptions()),
    baud=115_200,
    percent=True,
    lag_s=0.150,  # it acts 66 ms late (its page), and its requests take turns on the line
    rate_deg_s=60.0,  # it goes on meanwhile: only a slower bound keeps it within 10
    still_deg=3.5,  # a finger that trails behind goes on to its last target at the speed it was told
    asked="target_deg",
)
_CUBEMARS = VirtualDevice(
    "cubemars",
    _elbow,
    lambda cable: CubeMars(MemoryBus(cast(CanCable, cable)), _ELBOW, CubeMarsOptions("AK80-9")),
    joints=_ELBOW,
    rate_deg_s=90.0,  # a forearm trails behind by 4 degrees and goes on
    asked="command_deg",
)
_COVVI = VirtualDevice(
    "covvi",
    CovviFirmware,
    lambda cable: CovviHand(MemoryTcp(cable), CovviOptions()),
    percent=True,
    asked="target_deg",
)
_ELECTRODE = VirtualDevice(
    "virtual-electrode",
    lambda seed: ElectrodeFirmware(ClinicalHand()),  # noqa: ARG005
    lambda cable: VirtualElectrode(MemorySerial(cable), 460_800, ElectrodeOptions("bebionic")),
    baud=460_800,
    percent=True,
    asked="level_v",
)
_HAND = ("open", "power")
_BENDS = ("elbow flexion", "elbow extension")
LIMBS: dict[str, VirtualLimb] = {
    "ability-hand": VirtualLimb((_ABILITY_HAND,), _HAND),
    "moteus-ankle": VirtualLimb((_MOTEUS_ANKLE,), ("dorsiflexion", "plantarflexion")),
    "moteus": VirtualLimb((_moteus(_ELBOW, 90.0),), _BENDS),
    "moteus-knee": VirtualLimb((_moteus(_KNEE, KNEE_DEG_S),), ("knee flexion", "knee extension")),
    "dynamixel": VirtualLimb((_servos(_SERVOS),), ("pronation", "supination")),
    "inspire-rh56": VirtualLimb((_INSPIRE,), _HAND),
    "cubemars": VirtualLimb((_CUBEMARS,), _BENDS),
    "covvi": VirtualLimb((_COVVI,), _HAND),
    "virtual-electrode": VirtualLimb((_ELECTRODE,), _HAND),
    "ability-hand+dynamixel": VirtualLimb((_ABILITY_HAND, _servos(_ARM)), ("open", "power + supination")),
}
"""By the name that `innervate bench faults --limb` takes."""
