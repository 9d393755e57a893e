"""The sources that the acquisition benchmarks read, each with the virtual device at its other end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InnervateError
from ..drivers.cyton.codec import microvolts_per_count
from ..drivers.otb import muovi, quattrocento, sessantaquattro
from ..drivers.settings import SourceSettings
from ..drivers.table import SOURCES
from ..sim.amplifier import AmplifierSettings
from ..sim.devices import DEVICES
from ..sim.faults import Fault
from ..sim.feed import pattern_counts
from ..sim.trigno import STEP_UV

Options = tuple[tuple[str, str], ...]
_BAUD = "921600"
"""Eight channels of text a thousand times a second need 40 000 bytes: more than 115200 baud carries."""
_LINES: Options = (("baud", _BAUD), ("zero", "2048"), ("full_scale", "4095"))
_STAMPS: Options = (("columns", ",".join(["t", *(f"ch{i}" for i in range(1, 9))])), ("time", "t"))


@dataclass(frozen=True, slots=True)
class BenchWire:
    """One source as it is measured.

    Attributes:
        name: what the report calls it.
        kind: key of the driver, and of the virtual device unless the source is a recording.
        channels, rate_hz: of the pattern that is sent.
        lsb, most: one count of it in the source's unit, and its largest count.
        device: options of the virtual device.
        reader: options of the driver.
        reader_rate_hz: rate that the driver is told; 0 lets it find out.
    """

    name: str
    kind: str
    channels: int
    rate_hz: float
    lsb: float = 1.0
    most: int = 2**15 - 1
    device: Options = ()
    reader: Options = ()
    reader_rate_hz: float = 0.0

    def amplifier(self, folder: Path, *, faults: tuple[Fault, ...] = (), **more: Any) -> AmplifierSettings:
        """The virtual device's settings; its serial port is a link in `folder`."""
        name = f"innervate-bench-{self.name}"
        return AmplifierSettings(
            device=self.kind,
            rate_hz=self.rate_hz,
            pattern_channels=self.channels,
            pattern_lsb=self.lsb,
            pattern_most=self.most,
            link=str(folder / "port"),
            stream=name,
            source_id=name,
            options=self.device,
            faults=faults,
            **more,
        )

    def source(self, facts: dict[str, Any]) -> SourceSettings:
        """The driver's settings for a virtual device that said `facts`."""
        options = dict(self.reader)
        options.update({name: str(value) for name, value in facts.get("options", {}).items()})
        return SourceSettings(
            self.kind,
            port=str(facts.get("port", "")),
            host=str(facts.get("host", "")),
            stream=str(facts.get("source_id", "")),
            rate_hz=self.reader_rate_hz,
            find_s=5.0,
            options=tuple(options.items()),
        )

    def expected(self, n: int) -> NDArray[np.float32]:
        """[n, channels] what the first `n` rows must read."""
        return (pattern_counts(0, n, self.channels, self.most) * self.lsb).astype(np.float32)


_CYTON_UV = microvolts_per_count(24)
_24_BITS = 2**23 - 1
ALL = (
    BenchWire("lsl", "lsl", 8, 1000.0, most=_24_BITS),
    BenchWire("lsl-64", "lsl", 64, 2000.0, most=_24_BITS),
    BenchWire("cyton", "cyton", 8, 250.0, _CYTON_UV, _24_BITS),
    BenchWire("cyton-daisy", "cyton-daisy", 16, 125.0, _CYTON_UV, _24_BITS),
    BenchWire("muovi", "muovi", 32, 2000.0, muovi.MICROVOLTS),
    BenchWire("muovi-plus", "muovi-plus", 64, 2000.0, muovi.MICROVOLTS),
    BenchWire("sessantaquattro", "sessantaquattro", 64, 2000.0, sessantaquattro.MICROVOLTS),
    BenchWire("quattrocento", "quattrocento", 96, 2048.0, quattrocento.MICROVOLTS, reader_rate_hz=2048.0),
    BenchWire("trigno", "trigno", 16, 2000.0, STEP_UV, 2**20 - 1),
    BenchWire("myo", "myo", 8, 200.0, most=127),
    BenchWire("umyo", "umyo", 3, 1116.0),
    BenchWire("spikershield", "spikershield", 2, 5000.0, most=511, reader=(("channels", "2"),)),
    BenchWire("ascii", "ascii", 8, 1000.0, 1.0, 2047, (("baud", _BAUD),), _LINES, 1000.0),
    BenchWire(
        "ascii-stamped",
        "ascii",
        8,
        1000.0,
        1.0,
        2047,
        (("baud", _BAUD), ("stamp", "us")),
        (*_LINES, *_STAMPS),
        1000.0,
    ),
    BenchWire("playback", "playback", 8, 1000.0),
)


def chosen(name: str, among: Iterable[BenchWire] = ALL) -> tuple[BenchWire, ...]:
    """One source, or all whose driver and virtual device there are.

    Raises:
        InnervateError: no such source.
    """
    there = tuple(w for w in among if w.kind in SOURCES and (w.kind in DEVICES or w.kind == "playback"))
    if name == "all":
        return there
    found = tuple(w for w in there if w.name == name)
    if not found:
        raise InnervateError(f"--source {name!r}: allowed: all, {', '.join(w.name for w in there)}")
    return found
