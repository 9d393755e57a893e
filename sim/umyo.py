"""A virtual uMyo base station with one sensor a channel, on a pseudo-terminal. It sends all the time.

The byte time of 921600 baud and a USB latency of one millisecond are modelled unless `instant`. The sensors
share one clock here; real ones do not.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.clock import CLOCK, now
from ..drivers.umyo import codec
from ..drivers.umyo.settings import unit_id
from .devices import refuse_channels
from .faults import Fault, FaultyCable
from .wire import Line, PseudoTerminal

if TYPE_CHECKING:
    from .amplifier import AmplifierSettings
    from .feed import Feed

RATE_HZ = 1116.0
MOST_SENSORS = 16
LATENCY_TIMER_S = 0.001
_FIRST_UNIT = 0x1A2B3C01
_BATTERY = (190, 32, 0)
"""3900 mV; a firmware version."""
_MOST = 32767
_QUATERNION, _ACCEL = (23170, 0, 23170, 0), (120, -80, 8192)


class VirtualUmyo:
    """The base station, its sensors and the cable.

    Args:
        units: ids of the sensors, one a channel.
        link: where to put a link to the port; None for none.
        instant: bytes take no time.
        faults: what goes wrong on the cable.
    """

    block_samples = codec.SAMPLES
    takes_time = True
    wanted = True

    def __init__(
        self,
        units: tuple[int, ...],
        link: Path | None = None,
        *,
        instant: bool = False,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        self.terminal = PseudoTerminal(link)
        self.cable = FaultyCable(self.terminal, faults)
        self.units = units
        self.silent: frozenset[int] = frozenset()
        """Sensors that are out of reach now."""
        self._line = Line(0 if instant else codec.BAUD)
        self._latency_s = 0.0 if instant else LATENCY_TIMER_S
        self._packets = 0
        self._due_s = 0.0
        self.facts = self.cable.facts

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> VirtualUmyo:
        """See `sim.devices`. Option `units`: the sensors' ids, comma between; missing ones are made up."""
        refuse_channels(settings.device, MOST_SENSORS, feed)
        given = [unit_id(text.strip()) for text in dict(settings.options).get("units", "").split(",") if text]
        made = range(_FIRST_UNIT + len(given), _FIRST_UNIT + len(feed.channels))
        link = Path(settings.link) if settings.link else None
        return cls((*given, *made), link, instant=settings.instant, faults=settings.faults)

    def wait_for_reader(self, _timeout_s: float) -> bool:
        """Nobody asks a base station to send."""
        return True

    def start(self, samples: NDArray[np.float32], t_first_s: float, /) -> None:
        """Put the packets of one block [8, channels] on the wire. One count stands for one microvolt here."""
        counts = np.clip(np.rint(samples), -_MOST - 1, _MOST).astype(np.int64)
        data = b""
        for unit, column in zip(self.units, counts.T.tolist(), strict=False):
            if unit not in self.silent and len(column) == codec.SAMPLES:
                data += codec.encode(self._packet(unit, tuple(column)))
        self._packets += 1
        self._due_s = self._line.put(data, t_first_s + (len(samples) - 1) / RATE_HZ)
        if self._latency_s:
            self._due_s = math.ceil(self._due_s / self._latency_s) * self._latency_s

    def _packet(self, unit: int, samples: tuple[int, ...]) -> codec.Packet:
        return codec.Packet(
            unit=unit,
            data_id=self._packets % codec.DATA_IDS,
            samples=samples,
            quaternion=_QUATERNION,
            accel=_ACCEL,
            mag=(300, -200, 100),
            param=bytes(_BATTERY),
            packet_id=self._packets % codec.PACKET_IDS,
        )

    def finish(self) -> float:
        """Wait for the packets' time on the wire and hand them over."""
        CLOCK.sleep_until(self._due_s)
        data = self._line.take(self._due_s)
        t_handed_s = now()
        self.cable.write(data)
        self.cable.read()
        return t_handed_s

    def close(self) -> None:
        """Unplug it."""
        self.cable.close()
