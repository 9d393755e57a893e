"""Cables in memory, and the driver's ends of them: byte time, return delay, and all that can be wrong."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from ..core.clock import VirtualClock
from ..core.errors import LimbLost
from ..core.ring import Layout
from ..firmware_bridge.cubemars.bus import CanBus
from ..firmware_bridge.serialport import SerialPort
from ..firmware_bridge.tcpport import TcpPort
from ..sim.ak_drive import AkDrives
from ..sim.limb import RETURN_DELAY_S
from ..sim.wire import Line

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
