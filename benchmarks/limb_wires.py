"""Every limb on a cable in memory: its real driver and codec, its virtual firmware, and time that is told.

A row of `LIMBS` is all it takes to add one.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from ..core.clock import VirtualClock
from ..core.errors import LimbLost
from ..core.ring import Layout
from ..firmware_bridge.ability_hand.device import AbilityHand
from ..firmware_bridge.covvi.device import CovviHand
from ..firmware_bridge.covvi.device import Options as CovviOptions
from ..firmware_bridge.cubemars.bus import CanBus
from ..firmware_bridge.cubemars.codec import RANGES
from ..firmware_bridge.cubemars.device import CubeMars
from ..firmware_bridge.cubemars.device import Options as CubeMarsOptions
from ..firmware_bridge.devices import DEVICES, part_model
from ..firmware_bridge.dynamixel.device import Dynamixels
from ..firmware_bridge.inspire.device import InspireHand
from ..firmware_bridge.inspire.device import Options as InspireOptions
from ..firmware_bridge.limb import Limb
from ..firmware_bridge.limits import LimbModel
from ..firmware_bridge.moteus.device import Moteus
from ..firmware_bridge.serialport import SerialPort
from ..firmware_bridge.settings import GuardSettings, JointSettings, PartSettings
from ..firmware_bridge.tcpport import TcpPort
from ..firmware_bridge.virtual_electrode.device import Options as ElectrodeOptions
from ..firmware_bridge.virtual_electrode.device import VirtualElectrode
from ..sim.ak_drive import AkDrive, AkDrives
from ..sim.ankle import AnkleFirmware
from ..sim.covvi_hand import CovviFirmware
from ..sim.electrode_board import ClinicalHand, ElectrodeFirmware
from ..sim.hand import HandFirmware
from ..sim.inspire_hand import InspireFirmware
from ..sim.limb import RETURN_DELAY_S
from ..sim.servos import ServosFirmware
from ..sim.wire import Line

RATE_DEG_S = 120.0
"""The patient's bound in scripts. A hand may go on for 60 ms after the last sample, and its fingers trail
behind by 10 ms: faster than about 130 deg/s that is more than the 10 degrees that issue 5 allows."""
CAN_FRAME_S = 0.00013
"""A frame of eight bytes at 1 Mbit/s, and the pause after it."""


class Firmware(Protocol):
    """As `sim.limb.Firmware`."""

    layout: Layout

    def advance(self, t_s: float) -> None: ...  # noqa: D102

    def record(self) -> bytes: ...  # noqa: D102


class Cable:
    """Both directions, byte time and return delay; and all that can be wrong with a cable. `step` moves time.

    Args:
        firmware: on its far end.
        baud: 0 where bytes take no time.
        answer: what it says to bytes that arrived whole at a time; None for `firmware.receive`.
    """

    def __init__(self, firmware: Firmware, baud: int, clock: VirtualClock, rng: random.Random) -> None:
        self.firmware, self._clock, self._rng = firmware, clock, rng
        self._hear = cast(Callable[[bytes, float], bytes], getattr(firmware, "receive"))  # noqa: B009 - of bytes; CAN has its own
        self._in, self._out = Line(baud), Line(baud)
        self._delay_s = RETURN_DELAY_S if baud else 0.0
        self._arrived = b""
        self.plugged = self.hears = self.talks = True
        self.noise = 0.0
        """Share of the answers of which a byte is damaged."""
        self.spoilt = 0

    def send(self, data: bytes) -> None:
        """From the driver."""
        if not self.plugged:
            raise LimbLost("memory: unplugged")
        if self.hears:
            self._in.put(data, self._clock.now())

    def read(self) -> bytes:
        """To the driver."""
        if not self.plugged:
            raise LimbLost("memory: unplugged")
        arrived, self._arrived = self._arrived, b""
        return arrived

    def step(self, t_s: float) -> None:
        """Let the limb live on to `t_s`, and bytes arrive."""
        self.firmware.advance(t_s)
        answer = self._hear(self._in.take(t_s), t_s)
        if answer:
            self._out.put(answer, t_s, self._delay_s)
        arrived = self._out.take(t_s)
        if arrived and self.talks and self.plugged:
            self._arrived += self._spoil(arrived)

    def pull(self) -> None:
        """What is under way is gone."""
        self.plugged = False
        self._in.take(float("inf"))
        self.forget()

    def forget(self) -> None:
        """Nobody has the port open any more: what nobody read is thrown away, as the kernel does."""
        self._arrived = b""

    def _spoil(self, data: bytes) -> bytes:
        if not self.noise or self._rng.random() >= self.noise:
            return data
        self.spoilt += 1
        damaged = bytearray(data)
        damaged[self._rng.randrange(len(damaged))] ^= 1 << self._rng.randrange(8)
        return bytes(damaged)


class _Ends:
    """What the driver's ends of all kinds share: nothing ever waits for room."""

    wants_to_write = False

    def fileno(self) -> int:
        raise AssertionError("nobody selects on a cable in memory")

    def close(self) -> None:
        pass


class MemorySerial(_Ends, SerialPort):
    """A serial port whose cable is in memory."""

    def __init__(self, cable: Cable) -> None:
        self.port, self.frames, self._cable = "memory", 0, cable

    def send(self, frame: bytes) -> bool:
        """At once."""
        self._cable.send(frame)
        self.frames += 1
        return True

    def flush(self) -> bool:
        """Nothing waits."""
        return True

    def read(self) -> bytes:
        """All that has arrived."""
        return self._cable.read()


class MemoryTcp(_Ends, TcpPort):
    """A connection in memory."""

    def __init__(self, cable: Cable) -> None:
        self.name, self.first, self.frames, self._cable = "memory", False, 0, cable

    def send(self, frame: bytes) -> bool:
        """At once."""
        self._cable.send(frame)
        self.frames += 1
        return True

    def flush(self) -> bool:
        """Nothing waits."""
        return True

    def read(self) -> bytes:
        """All that has arrived."""
        return self._cable.read()


class CanCable(Cable):
    """The same for frames with an identifier: each is carried as identifier, length and bytes."""

    def __init__(self, firmware: AkDrives, clock: VirtualClock, rng: random.Random) -> None:
        super().__init__(firmware, 0, clock, rng)
        self._drives = firmware
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._leaving: deque[tuple[float, int, bytes]] = deque()
        self.frames: list[tuple[int, bytes]] = []

    def put(self, number: int, data: bytes) -> None:
        """From the driver."""
        if not self.plugged:
            raise LimbLost("memory: the bus is gone")
        if self.hears:
            self._waiting.append((number, data))

    def take(self) -> list[tuple[int, bytes]]:
        """To the driver."""
        if not self.plugged:
            raise LimbLost("memory: the bus is gone")
        frames, self.frames = self.frames, []
        return frames

    def step(self, t_s: float) -> None:
        """As `Cable.step`. CAN drops damaged frames itself, so one that is spoilt is not there."""
        self.firmware.advance(t_s)
        while self._leaving and self._leaving[0][0] <= t_s:
            _, number, answer = self._leaving.popleft()
            if self.talks and self.plugged and self._rng.random() >= self.noise:
                self.frames.append((number, answer))
        while self._waiting:
            number, data = self._waiting.popleft()
            reply = self._drives.receive(number, data, t_s)
            if reply is not None:
                self._leaving.append((t_s + 2 * CAN_FRAME_S, number, reply))

    def pull(self) -> None:
        """See `Cable`."""
        self.plugged = False
        self._waiting.clear()
        self.forget()

    def forget(self) -> None:
        """See `Cable`."""
        self.frames.clear()


class MemoryBus(_Ends, CanBus):
    """A CAN bus in memory."""

    def __init__(self, cable: CanCable) -> None:
        self.port, self.bad, self._cable = "memory", 0, cable

    def send(self, number: int, data: bytes) -> bool:
        """At once."""
        self._cable.put(number, data)
        return True

    def receive(self) -> list[tuple[int, bytes]]:
        """All that has arrived."""
        return self._cable.take()


@dataclass(frozen=True, slots=True)
class VirtualLimb:
    """One row.

    Attributes:
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

    def part(self, device: str) -> PartSettings:
        """As a guard's settings have it."""
        return PartSettings(device, "memory", 0, self.joints)

    def model(self, device: str) -> LimbModel:
        """What the guard knows of it, within this patient's bound."""
        settings = GuardSettings((self.part(device),), "", max_rate_deg_s=self.rate_deg_s)
        return part_model(self.part(device)).tightened(settings)

    def cable(self, seed: int, clock: VirtualClock, rng: random.Random) -> Cable:
        """Switched on."""
        firmware = self.firmware(seed)
        if isinstance(firmware, AkDrives):
            return CanCable(firmware, clock, rng)
        return Cable(firmware, self.baud, clock, rng)


_ANKLE = (JointSettings("ankle"),)
_ELBOW = (JointSettings("elbow", id=1),)
_SERVOS = tuple(JointSettings(name, id=k + 1) for k, name in enumerate(("index", "wrist rotation")))


def _elbow(seed: int) -> AkDrives:
    drive = AkDrive(1, RANGES["AK80-9"])
    drive.position_rad = 0.3 + 0.1 * random.Random(seed).random()
    return AkDrives((drive,))


LIMBS: dict[str, VirtualLimb] = {
    "ability-hand": VirtualLimb(
        HandFirmware, lambda cable: AbilityHand(MemorySerial(cable), 460_800), baud=460_800, lapses=True
    ),
    "moteus-ankle": VirtualLimb(
        AnkleFirmware, lambda cable: Moteus(MemorySerial(cable), 0, _ANKLE), joints=_ANKLE
    ),
    "dynamixel": VirtualLimb(
        lambda seed: ServosFirmware([joint.id for joint in _SERVOS], seed, return_delay=0),
        lambda cable: Dynamixels(MemorySerial(cable), DEVICES["dynamixel"].baud, _SERVOS),
        joints=_SERVOS,
        baud=1_000_000,
        rate_deg_s=100.0,  # servos trail behind by 2 degrees, and their line by a turn
        asked="goal_deg",
    ),
    "inspire-rh56": VirtualLimb(
        InspireFirmware,
        lambda cable: InspireHand(MemorySerial(cable), 115_200, InspireOptions()),
        baud=115_200,
        percent=True,
        lag_s=0.150,  # it acts 66 ms late (its page), and its requests take turns on the line
        rate_deg_s=60.0,  # it goes on meanwhile: only a slower bound keeps it within 10
        still_deg=3.5,  # a finger that trails behind goes on to its last target at the speed it was told
        asked="target_deg",
    ),
    "cubemars": VirtualLimb(
        _elbow,
        lambda cable: CubeMars(MemoryBus(cast(CanCable, cable)), _ELBOW, CubeMarsOptions("AK80-9")),
        joints=_ELBOW,
        rate_deg_s=90.0,  # a forearm trails behind by 4 degrees and goes on
        asked="command_deg",
    ),
    "covvi": VirtualLimb(
        CovviFirmware,
        lambda cable: CovviHand(MemoryTcp(cable), CovviOptions()),
        percent=True,
        asked="target_deg",
    ),
    "virtual-electrode": VirtualLimb(
        lambda seed: ElectrodeFirmware(ClinicalHand()),  # noqa: ARG005
        lambda cable: VirtualElectrode(MemorySerial(cable), 460_800, ElectrodeOptions("bebionic")),
        baud=460_800,
        percent=True,
        asked="level_v",
    ),
}
"""By the key of `firmware_bridge.devices.DEVICES`."""
