"""A virtual OpenBCI Cyton behind its USB dongle, on a pseudo-terminal.

Answers the commands of the vendor's firmware 3.1 (docs.openbci.com, Cyton SDK) and streams real packets. The
byte time of 115200 baud and the dongle's USB latency timer are modelled unless `instant`.
"""

from __future__ import annotations

import math
import select
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.clock import CLOCK, now
from ..drivers.cyton import codec
from .wire import Line, PseudoTerminal

_BANNER = (
    b"OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\nFirmware: v3.1.2\n"
)
_DEFAULT_GAIN = 24
_DEFAULT_SETTINGS = b"060110"
_CHANNEL_KEYS = b"12345678"
_SINGLE = {
    ord("V"): b"v3.1.2",
    ord("d"): b"updating channel settings to default",
    ord("D"): _DEFAULT_SETTINGS,
    ord("c"): b"daisy removed",
    ord("C"): b"no daisy to attach!8",
    ord("?"): b"Board ADS Registers\nADS_ID, 00, 3E, 0, 0, 1, 1, 1, 1, 1, 0\n",
}
"""Commands of one byte that are answered when the board does not stream."""
_TEST_SIGNALS = b"0-=p[]"
_ACCEL_EVERY = 10
"""Samples between accelerometer readings: 25 Hz."""
_ACCEL = (160, -80, 7998)
"""A board that lies nearly level: 0.02, -0.01, 0.99975 g. BrainFlow takes x = 0 for no reading at all."""
LATENCY_TIMER_S = 0.001
"""What a well set-up host uses; FTDI's default is 16 ms."""


class CytonFirmware:
    """Command bytes in, answers out; knows whether it streams and at which gains. Pure: no port, no clock."""

    def __init__(self) -> None:
        self._partial = bytearray()
        self.starts = 0
        """How often a stream was started; its packets count from 0 each time."""
        self.reset()

    def reset(self) -> None:
        """As `v` does."""
        self.streaming = False
        self.gains = [_DEFAULT_GAIN] * codec.CHANNELS
        self.on = [True] * codec.CHANNELS

    def feed(self, data: bytes) -> bytes:
        """Everything that is answered to `data`."""
        answers = bytearray()
        for byte in data:
            answer = self._byte(byte)
            # While it streams a board keeps quiet: an answer would fall between packets.
            if answer is not None and not self.streaming:
                answers += answer + codec.END
        return bytes(answers)

    def _byte(self, byte: int) -> bytes | None:
        if self._partial:
            return self._longer(byte)
        if byte in b"x~/":
            self._partial.append(byte)
            return None
        if byte == ord("v"):
            self.reset()
            return _BANNER
        if byte in b"bs":
            self.streaming = byte == ord("b")
            self.starts += self.streaming
            return None
        if byte == ord("d"):
            self.gains = [_DEFAULT_GAIN] * codec.CHANNELS
        for keys, on in ((_CHANNEL_KEYS, False), (b"!@#$%^&*", True)):
            if byte in keys:
                self.on[keys.index(byte)] = on
        if byte in _TEST_SIGNALS:
            return b"Success: Configured internal test signal."
        return _SINGLE.get(byte)

    def _longer(self, byte: int) -> bytes | None:
        """The next byte of a command of several bytes."""
        self._partial.append(byte)
        kind = self._partial[0]
        if len(self._partial) < (9 if kind == ord("x") else 2):
            return None
        command = bytes(self._partial)
        self._partial.clear()
        if kind == ord("x"):
            return self._set_channel(command)
        if kind == ord("~"):
            # Only 250 Hz fits the dongle's radio.
            return b"Sample rate is 250Hz" if command in (b"~~", b"~6") else b"Failure: sample rate"
        return b"Board mode set to default" if command == b"/0" else b"Failure: board mode"

    def _set_channel(self, command: bytes) -> bytes:
        key, power_down, gain = command[1:2], command[2:3], command[3:4]
        if key not in _CHANNEL_KEYS or command[8:] != b"X" or gain not in b"0123456":
            return b"Failure: invalid channel setting"
        index = _CHANNEL_KEYS.index(key)
        self.gains[index] = codec.GAINS[int(gain)]
        self.on[index] = power_down == b"0"
        return b"Success: Channel set for " + key


class VirtualCyton:
    """The board, its dongle and the cable.

    Args:
        link: where to put a link to the port; None for none.
        instant: bytes take no time.
    """

    block_samples = 1
    takes_time = True

    def __init__(self, link: Path | None = None, *, instant: bool = False) -> None:
        self.terminal = PseudoTerminal(link)
        self.firmware = CytonFirmware()
        self._line = Line(0 if instant else codec.BAUD)
        self._latency_s = 0.0 if instant else LATENCY_TIMER_S
        self._counter = 0
        self._due_s = 0.0
        self.facts: dict[str, object] = {"port": self.terminal.port}

    def wait_for_reader(self, timeout_s: float) -> bool:
        """Answer commands until `b` has come or `timeout_s` is over."""
        until_s = now() + timeout_s
        self.poll()
        while not self.firmware.streaming:
            left_s = until_s - now()
            if left_s <= 0:
                return False
            select.select([self.terminal.fd], [], [], left_s)
            self.poll()
        return True

    @property
    def wanted(self) -> bool:
        """False once `s` or `v` has come."""
        return self.firmware.streaming

    def poll(self) -> None:
        """Take and answer commands that have arrived."""
        starts = self.firmware.starts
        answer = self.firmware.feed(self.terminal.read())
        if self.firmware.starts != starts:
            self._counter = 0
        if answer:
            self.terminal.write(answer)

    def start(self, samples: NDArray[np.float32], _t_first_s: float, /) -> None:
        """Measure one row [1, channels] in microvolts and put its packet on the wire."""
        self.start_counts(self.counts(samples[0]))

    def counts(self, row_uv: NDArray[np.float32]) -> tuple[int, ...]:
        """What the converter makes of eight voltages; channels that nothing is wired to read 0."""
        counts = [0] * codec.CHANNELS
        for channel, value_uv in enumerate(row_uv.tolist()):
            if self.firmware.on[channel]:
                exact = value_uv / codec.microvolts_per_count(self.firmware.gains[channel])
                counts[channel] = max(-codec.MOST_COUNT - 1, min(codec.MOST_COUNT, round(exact)))
        return tuple(counts)

    def start_counts(self, counts: tuple[int, ...]) -> None:
        """Put one packet of readings on the wire."""
        accel = _ACCEL if self._counter % _ACCEL_EVERY == 0 else None
        packet = codec.encode(codec.Packet(self._counter, counts, accel))
        self._counter = (self._counter + 1) % 256
        self._due_s = self._line.put(packet, now())
        if self._latency_s:
            # The dongle hands over what it has when its timer ticks.
            self._due_s = math.ceil(self._due_s / self._latency_s) * self._latency_s

    def finish(self) -> float:
        """Wait for the packet's time on the wire and hand it over; then answer commands."""
        CLOCK.sleep_until(self._due_s)
        data = self._line.take(self._due_s)
        t_handed_s = now()
        self.terminal.write(data)
        self.poll()
        return t_handed_s

    def close(self) -> None:
        """Unplug it."""
        self.terminal.close()
