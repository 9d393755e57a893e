"""A virtual microcontroller that prints a line per sample, on a pseudo-terminal. It sends all the time.

It reads a converter as an Arduino does: counts from 0 to `full_scale`, `zero` without a voltage. The
byte time of its baud rate and a USB latency of one millisecond are modelled unless `instant`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..core.clock import CLOCK, now
from ..drivers.options import read_options
from ..drivers.settings import SourceSettings
from .devices import refuse_channels
from .faults import Fault, FaultyCable
from .wire import Line, PseudoTerminal

if TYPE_CHECKING:
    from .amplifier import AmplifierSettings
    from .feed import Feed

MOST_CHANNELS = 16
LATENCY_TIMER_S = 0.001
_BLOCK_S = 0.001
_NOISE = b"GHJKQRUWXYZghjkqruwxyz!?$%&@~^"
"""What no number, label or separator is made of: noise in a text may otherwise be a good line."""
_BOOT = b"\x00\xfe\r\nets Jun  8 2016 00:22:57\r\nboot: ready\r\n# EMG, counts\r\n"
_COMMENT_EVERY = 100
_TURN = 1 << 32
_SEPARATORS = {"comma": ",", "tab": "\t", "space": " ", "semicolon": ";"}
_TICKS = {"none": 0.0, "us": 1e6, "ms": 1e3}
_LOAD_N, _LOAD_HZ = 400.0, 1.0


@dataclass(frozen=True, slots=True)
class SketchOptions:
    """What the sketch prints.

    Attributes:
        separator: between values.
        labels: `name:value`, as for the Arduino plotter.
        stamp: a first column `t` with micros() or millis().
        load: a last column `load`: a force in newtons, as one step a second.
        comments: a line of `#` now and then.
        baud: of the port.
        scale_uv, zero, full_scale: of the converter.
    """

    separator: Literal["comma", "tab", "space", "semicolon"] = "comma"
    labels: bool = False
    stamp: Literal["none", "us", "ms"] = "none"
    load: bool = False
    comments: bool = False
    baud: int = 115_200
    scale_uv: float = 1.0
    zero: int = 2048
    full_scale: int = 4095


class VirtualAscii:
    """The board and its cable.

    Args:
        channels: names of the EMG columns.
        rate_hz: lines a second.
        options: what it prints.
        link: where to put a link to the port; None for none.
        instant: bytes take no time.
        faults: what goes wrong on the cable.
    """

    takes_time = True
    wanted = True

    def __init__(
        self,
        channels: tuple[str, ...],
        rate_hz: float,
        options: SketchOptions,
        link: Path | None = None,
        *,
        instant: bool = False,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        self.terminal = PseudoTerminal(link)
        self.cable = FaultyCable(self.terminal, faults, noise=_NOISE)
        self.options = options
        self.block_samples = max(1, round(rate_hz * _BLOCK_S))
        self._channels = channels
        self._rate_hz = rate_hz
        self._line = Line(0 if instant else options.baud)
        self._latency_s = 0.0 if instant else LATENCY_TIMER_S
        self._sent = 0
        self._due_s = 0.0
        self.facts = self.cable.facts
        self.terminal.write(_BOOT)

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> VirtualAscii:
        """See `sim.devices`; options as `SketchOptions`."""
        refuse_channels(settings.device, MOST_CHANNELS, feed)
        options = read_options(SketchOptions, SourceSettings(settings.device, options=settings.options))
        link = Path(settings.link) if settings.link else None
        return cls(
            feed.channels,
            feed.rate_hz,
            options,
            link,
            instant=settings.instant,
            faults=settings.faults,
        )

    def wait_for_reader(self, _timeout_s: float) -> bool:
        """Nobody asks such a board to send."""
        return True

    def start(self, samples: NDArray[np.float32], t_first_s: float, /) -> None:
        """Print one block [n, channels] in microvolts."""
        o = self.options
        counts = np.rint(samples.astype(np.float64) / o.scale_uv).astype(np.int64) + o.zero
        data = "".join(self._text(row) for row in np.clip(counts, 0, o.full_scale).tolist())
        # A line goes out as soon as it is measured, whatever kept this program.
        self._due_s = self._line.put(data.encode("ascii"), t_first_s + (len(samples) - 1) / self._rate_hz)
        if self._latency_s:
            self._due_s = math.ceil(self._due_s / self._latency_s) * self._latency_s

    def _text(self, counts: list[int]) -> str:
        """One line, perhaps with a comment before it."""
        o = self.options
        t_s = self._sent / self._rate_hz
        values = dict(zip(self._channels, map(str, counts), strict=True))
        if o.stamp != "none":
            values = {"t": str(int(t_s * _TICKS[o.stamp] + 1e-6) % _TURN), **values}
        if o.load:
            values["load"] = f"{_LOAD_N * max(0.0, math.sin(2 * math.pi * _LOAD_HZ * t_s)):.1f}"
        said = _SEPARATORS[o.separator].join(
            f"{name}:{value}" if o.labels else value for name, value in values.items()
        )
        comment = "# still here\r\n" if o.comments and self._sent % _COMMENT_EVERY == 0 else ""
        self._sent += 1
        return f"{comment}{said}\r\n"

    def finish(self) -> float:
        """Wait for the block's time on the wire and hand it over."""
        CLOCK.sleep_until(self._due_s)
        data = self._line.take(self._due_s)
        t_handed_s = now()
        self.cable.write(data)
        self.cable.read()
        return t_handed_s

    def close(self) -> None:
        """Unplug it."""
        self.cable.close()
