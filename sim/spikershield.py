"""A virtual SpikerShield on an Arduino, on a pseudo-terminal, as the vendor's program SpikeRecorder 1.1.

It sends one channel at mid-scale until it is told how many channels to send; the feed starts then. The byte
time of 230400 baud and a USB latency of one millisecond are modelled unless `instant`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.clock import CLOCK, now
from ..core.errors import ProfileError
from ..drivers.spikershield import codec
from .devices import refuse_channels
from .faults import Fault, FaultyCable
from .wire import Line, PseudoTerminal

if TYPE_CHECKING:
    from .amplifier import AmplifierSettings
    from .feed import Feed

LATENCY_TIMER_S = 0.001
_BLOCK_S = 0.001
"""The Arduino's USB bridge hands over what it has once a millisecond."""
_IDLE_S = 0.01
_GREETING = b"StartUp!\r\n"


class ShieldFirmware:
    """Command bytes in; knows how many channels are wanted. Pure: no port, no clock."""

    def __init__(self) -> None:
        self._line = b""
        self.channels = 1
        self.commands = 0
        """How often the number of channels was set."""

    def feed(self, data: bytes) -> None:
        """Carry out commands: `c:` channels; `s:` and `p:` change nothing that is sent."""
        *lines, self._line = (self._line + data).split(b"\n")
        for command in b";".join(lines).split(b";"):
            name, _, value = command.strip().partition(b":")
            if name == b"c" and value.isdigit():
                self.channels = min(max(int(value), 1), codec.MOST_CHANNELS)
                self.commands += 1


class VirtualSpikerShield:
    """The shield, its Arduino and the cable.

    Args:
        channels: of the feed.
        link: where to put a link to the port; None for none.
        instant: bytes take no time.
        faults: what goes wrong on the cable.
    """

    takes_time = True

    def __init__(
        self,
        channels: int,
        link: Path | None = None,
        *,
        instant: bool = False,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        self.terminal = PseudoTerminal(link)
        self.cable = FaultyCable(self.terminal, faults)
        self.firmware = ShieldFirmware()
        self.block_samples = max(1, round(codec.TOTAL_HZ / channels * _BLOCK_S))
        self._channels = channels
        self._line = Line(0 if instant else codec.BAUD)
        self._latency_s = 0.0 if instant else LATENCY_TIMER_S
        self._due_s = 0.0
        self.facts = self.cable.facts
        self.terminal.write(_GREETING)

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> VirtualSpikerShield:
        """See `sim.devices`."""
        refuse_channels(settings.device, codec.MOST_CHANNELS, feed)
        channels = len(feed.channels)
        rate_hz = codec.TOTAL_HZ / channels
        if abs(feed.rate_hz - rate_hz) > 0.5:
            raise ProfileError(f"a spikershield sends {channels} channels at {rate_hz:g} Hz")
        link = Path(settings.link) if settings.link else None
        return cls(channels, link, instant=settings.instant, faults=settings.faults)

    def wait_for_reader(self, timeout_s: float) -> bool:
        """Send mid-scale until the feed's number of channels is asked for or `timeout_s` is over."""
        until_s = now() + timeout_s
        while not self._asked():
            left_s = until_s - now()
            if left_s <= 0:
                return False
            self.cable.wait(min(left_s, _IDLE_S))
            rows = round(codec.TOTAL_HZ / self.firmware.channels * _IDLE_S)
            self.terminal.write(codec.encode(np.full((rows, self.firmware.channels), codec.MIDDLE)))
        return True

    def _asked(self) -> bool:
        self.firmware.feed(self.cable.read())
        return self.firmware.commands > 0 and self.firmware.channels == self._channels

    @property
    def wanted(self) -> bool:
        """False once another number of channels was asked for."""
        return self._asked()

    def start(self, samples: NDArray[np.float32], t_first_s: float, /) -> None:
        """Put one block [n, channels] on the wire. One count stands for one microvolt here."""
        readings = np.clip(np.rint(samples).astype(np.int64) + codec.MIDDLE, 0, codec.MOST)
        # Each row goes out as soon as it is measured: at the end of a block only the last is on its way.
        last_s = t_first_s + (len(samples) - 1) * self._channels / codec.TOTAL_HZ
        self._line.put(codec.encode(readings[:-1]), t_first_s)
        self._due_s = self._line.put(codec.encode(readings[-1:]), last_s)
        if self._latency_s:
            self._due_s = math.ceil(self._due_s / self._latency_s) * self._latency_s

    def finish(self) -> float:
        """Wait for the block's time on the wire and hand it over."""
        CLOCK.sleep_until(self._due_s)
        data = self._line.take(self._due_s)
        t_handed_s = now()
        self.cable.write(data)
        return t_handed_s

    def close(self) -> None:
        """Unplug it."""
        self.cable.close()
