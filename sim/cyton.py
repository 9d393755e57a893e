"""A virtual OpenBCI Cyton behind its USB dongle, on a pseudo-terminal.

Answers the commands of the vendor's firmware 3.1 (docs.openbci.com, Cyton SDK) and streams real packets. The
byte time of 115200 baud and the dongle's USB latency timer are modelled unless `instant`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.clock import CLOCK, now
from ..drivers.cyton import codec
from .devices import refuse_channels
from .faults import Fault, FaultyCable
from .wire import Line, PseudoTerminal

if TYPE_CHECKING:
    from .amplifier import AmplifierSettings
    from .feed import Feed

_BANNER = (
    b"OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\nFirmware: v3.1.2\n"
)
_DAISY_BANNER = b"On Daisy ADS1299 Device ID: 0x3E\n"
_DEFAULT_GAIN = 24
_DEFAULT_SETTINGS = b"060110"
_CHANNEL_KEYS = b"12345678QWERTYUI"
_OFF_KEYS, _ON_KEYS = b"12345678qwertyui", b"!@#$%^&*QWERTYUI"
_SINGLE = {
    ord("V"): b"v3.1.2",
    ord("d"): b"updating channel settings to default",
    ord("D"): _DEFAULT_SETTINGS,
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
    """Command bytes in, answers out; knows whether it streams and at which gains. Pure: no port, no clock.

    Args:
        daisy: a second board is plugged on.
    """

    def __init__(self, *, daisy: bool = False) -> None:
        self._daisy = daisy
        self._keys = _CHANNEL_KEYS[: codec.DAISY_CHANNELS if daisy else codec.CHANNELS]
        self._partial = bytearray()
        self.starts = 0
        """How often a stream was started; its packets count from 0 each time."""
        self.reset()

    def reset(self) -> None:
        """As `v` does."""
        self.streaming = False
        self.sixteen = self._daisy
        self.gains = [_DEFAULT_GAIN] * len(self._keys)
        self.on = [True] * len(self._keys)

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
            return _BANNER + _DAISY_BANNER if self._daisy else _BANNER
        if byte in b"bs":
            self.streaming = byte == ord("b")
            self.starts += self.streaming
            return None
        if byte == ord("d"):
            self.gains = [_DEFAULT_GAIN] * len(self._keys)
        if byte in b"cC":
            return self._count_boards(byte)
        for keys, on in ((_OFF_KEYS, False), (_ON_KEYS, True)):
            if byte in keys[: len(self._keys)]:
                self.on[keys.index(byte)] = on
        if byte in _TEST_SIGNALS:
            return b"Success: Configured internal test signal."
        return _SINGLE.get(byte)

    def _count_boards(self, byte: int) -> bytes:
        """`c`: eight channels; `C`: sixteen."""
        if byte == ord("c"):
            self.sixteen = False
            return b"daisy removed"
        self.sixteen = self._daisy
        return b"16" if self._daisy else b"no daisy to attach!8"

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
        if key not in self._keys or command[8:] != b"X" or gain not in b"0123456":
            return b"Failure: invalid channel setting"
        index = self._keys.index(key)
        self.gains[index] = codec.GAINS[int(gain)]
        self.on[index] = power_down == b"0"
        return b"Success: Channel set for " + key


class VirtualCyton:
    """The board, its dongle and the cable.

    Args:
        link: where to put a link to the port; None for none.
        instant: bytes take no time.
        faults: what goes wrong on the cable.
    """

    block_samples = 1
    takes_time = True
    _daisy = False

    def __init__(
        self, link: Path | None = None, *, instant: bool = False, faults: tuple[Fault, ...] = ()
    ) -> None:
        self.terminal = PseudoTerminal(link)
        self.cable = FaultyCable(self.terminal, faults)
        self.firmware = CytonFirmware(daisy=self._daisy)
        self._line = Line(0 if instant else codec.BAUD)
        self._latency_s = 0.0 if instant else LATENCY_TIMER_S
        self._counter = 0
        self._due_s = 0.0
        self.facts = self.cable.facts

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> VirtualCyton:
        """See `sim.devices`."""
        refuse_channels(settings.device, codec.DAISY_CHANNELS if cls._daisy else codec.CHANNELS, feed)
        link = Path(settings.link) if settings.link else None
        return cls(link, instant=settings.instant, faults=settings.faults)

    def wait_for_reader(self, timeout_s: float) -> bool:
        """Answer commands until `b` has come or `timeout_s` is over."""
        until_s = now() + timeout_s
        self.poll()
        while not self.firmware.streaming:
            left_s = until_s - now()
            if left_s <= 0:
                return False
            self.cable.wait(left_s)
            self.poll()
        return True

    @property
    def wanted(self) -> bool:
        """False once `s` or `v` has come."""
        return self.firmware.streaming

    def poll(self) -> None:
        """Take and answer commands that have arrived."""
        starts = self.firmware.starts
        answer = self.firmware.feed(self.cable.read())
        if self.firmware.starts != starts:
            self._counter = 0
        if answer:
            self.terminal.write(answer)

    def start(self, samples: NDArray[np.float32], _t_first_s: float, /) -> None:
        """Measure one row [1, channels] in microvolts and put its packet on the wire."""
        self.start_counts(self.counts(samples[0]))

    def counts(self, row_uv: NDArray[np.float32]) -> tuple[int, ...]:
        """What the converters make of the voltages; channels that nothing is wired to read 0."""
        counts = [0] * (codec.DAISY_CHANNELS if self._daisy else codec.CHANNELS)
        for channel, value_uv in enumerate(row_uv.tolist()):
            if self.firmware.on[channel]:
                exact = value_uv / codec.microvolts_per_count(self.firmware.gains[channel])
                counts[channel] = max(-codec.MOST_COUNT - 1, min(codec.MOST_COUNT, round(exact)))
        return tuple(counts)

    def start_counts(self, counts: tuple[int, ...]) -> None:
        """Put one packet of readings on the wire."""
        self._put(self._packet(counts))

    def _packet(self, counts: tuple[int, ...]) -> bytes:
        accel = _ACCEL if self._counter % _ACCEL_EVERY == 0 else None
        packet = codec.encode(codec.Packet(self._counter, counts, accel))
        self._counter = (self._counter + 1) % codec.COUNTERS
        return packet

    def _put(self, data: bytes) -> None:
        self._due_s = self._line.put(data, now())
        if self._latency_s:
            # The dongle hands over what it has when its timer ticks.
            self._due_s = math.ceil(self._due_s / self._latency_s) * self._latency_s

    def finish(self) -> float:
        """Wait for the packet's time on the wire and hand it over; then answer commands."""
        CLOCK.sleep_until(self._due_s)
        data = self._line.take(self._due_s)
        t_handed_s = now()
        self.cable.write(data)
        self.poll()
        return t_handed_s

    def close(self) -> None:
        """Unplug it."""
        self.cable.close()


class VirtualDaisy(VirtualCyton):
    """A Cyton with Daisy: each row of sixteen goes out as two packets, the board's own channels first.

    A real pair is 4 ms apart; here it goes out together when the second is due. Packet 0 is not valid on the
    device: it is sent before the first pair.
    """

    _daisy = True

    def start_counts(self, counts: tuple[int, ...]) -> None:
        """Put one pair on the wire."""
        own, daisy = counts[: codec.CHANNELS], counts[codec.CHANNELS :]
        packets = b""
        if self._counter == 0 and self.firmware.starts != self._begun:
            self._begun = self.firmware.starts
            packets = self._packet((0,) * codec.CHANNELS)
        packets += self._packet(own) + self._packet(daisy)
        self._put(packets)

    _begun = 0
