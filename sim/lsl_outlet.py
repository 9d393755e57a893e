"""The amplifier's end of an LSL stream."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.chunk import MICROVOLT
from ..core.clock import CLOCK, now
from ..drivers.increment import natural_increment_ms
from ..drivers.lsl.find import load_pylsl

if TYPE_CHECKING:
    from .amplifier import AmplifierSettings
    from .feed import Feed

_SETTLE_S = 0.05
"""After a reader has subscribed: its first samples are already queued for it, this is for its own start."""
_BUFFER_S = 10
_AT_ONCE = ctypes.c_int(1)


class LslOutlet:
    """Sends blocks of 10 ms (or the whole samples nearest to it), sample k stamped t0 + k / rate.

    Args:
        name, source_id: what readers look for.
        channels: their labels.
        rate_hz: nominal rate.
        unit: of the values; readers are told only when it is microvolts.
    """

    takes_time = False
    cable = None

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> LslOutlet:
        """See `sim.devices`."""
        return cls(settings.stream, settings.source_id, feed.channels, feed.rate_hz, feed.unit)

    def __init__(
        self, name: str, source_id: str, channels: tuple[str, ...], rate_hz: float, unit: str
    ) -> None:
        pylsl = load_pylsl()
        info = pylsl.StreamInfo(name, "EMG", len(channels), rate_hz, pylsl.cf_float32, source_id)
        described = info.desc()
        described.append_child_value("manufacturer", "innervate virtual amplifier")
        rows = described.append_child("channels")
        for label in channels:
            row = rows.append_child("channel")
            row.append_child_value("label", label)
            row.append_child_value("unit", "microvolts" if unit == MICROVOLT else "")
            row.append_child_value("type", "EMG")
        self._outlet = pylsl.StreamOutlet(info, 0, _BUFFER_S)
        self._push = self._outlet.do_push_chunk
        self._rate_hz = rate_hz
        self._t_handed_s = 0.0
        self.block_samples = round(natural_increment_ms(rate_hz) * rate_hz / 1000)
        self.facts: dict[str, object] = {"stream": name, "source_id": source_id}

    def wait_for_reader(self, timeout_s: float) -> bool:
        """True once somebody has subscribed."""
        if not self._outlet.wait_for_consumers(timeout_s):
            return False
        CLOCK.sleep_until(now() + _SETTLE_S)
        return True

    @property
    def wanted(self) -> bool:
        """An LSL outlet sends whether anybody listens or not."""
        return True

    def start(self, samples: NDArray[np.float32], t_first_s: float, /) -> None:
        """Hand one block to liblsl, which sends it in a thread of its own."""
        t_last_s = t_first_s + (len(samples) - 1) / self._rate_hz
        # liblsl itself, not pylsl's `push_chunk`: what that does in Python would count as the latency of
        # whoever reads the stream.
        block = np.ascontiguousarray(samples, np.float32)
        address = ctypes.c_void_p(block.ctypes.data)
        values = ctypes.c_ulong(block.size)
        stamp = ctypes.c_double(t_last_s)
        self._t_handed_s = now()
        self._push(self._outlet.obj, address, values, stamp, _AT_ONCE)

    def finish(self) -> float:
        """Monotonic second just before the block was handed to liblsl."""
        return self._t_handed_s

    def close(self) -> None:
        """End the stream: readers hear it."""
        del self._outlet
