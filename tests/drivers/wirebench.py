"""Puts any virtual amplifier on the bench in this process: a thread streams a pattern over its real wire."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from innervate.core.chunk import Chunk
from innervate.core.clock import now, sleep
from innervate.drivers.source import EmgSource
from innervate.sim.amplifier import Amplifier, AmplifierSettings, make_feed
from innervate.sim.devices import make_device
from innervate.sim.feed import pattern_counts
from numpy.typing import NDArray


class WireBench:
    """A virtual device that sends `pattern_counts` as fast as its reader reads, or in real time.

    Args:
        settings: `device`, `pattern_channels`, `pattern_lsb`, `pattern_most`, `faults`, `options`, ...
    """

    def __init__(self, settings: AmplifierSettings) -> None:
        self.settings = settings
        self.feed = make_feed(settings)
        self.device = make_device(settings, self.feed)
        self.facts: dict[str, Any] = self.device.facts
        self._stop = _Stop()
        self.amplifier = Amplifier(self.feed, self.device, None, self._stop)  # type: ignore[arg-type]
        self._thread = threading.Thread(target=self._serve, name="virtual amplifier")
        self._thread.start()

    def _serve(self) -> None:
        self.amplifier.run()
        while not self._stop:
            self.device.wait_for_reader(0.02)
            sleep(0.005)

    def expected(self, first: int, n: int) -> NDArray[np.float32]:
        """[n, ch] what rows `first` on must read, in microvolts."""
        s = self.settings
        counts = pattern_counts(first, n, s.pattern_channels, s.pattern_most)
        return (counts * s.pattern_lsb).astype(np.float32)

    def pull(self) -> None:
        """Pull the cable for good."""
        self.close()

    def close(self) -> None:
        self._stop.is_set = True
        self._thread.join()
        self.device.close()


class _Stop:
    is_set = False

    def __bool__(self) -> bool:
        return self.is_set


@contextlib.contextmanager
def on_the_bench(folder: Path, **settings: Any) -> Iterator[WireBench]:
    """A device that is instant and not real-time unless told; serial ones get a link `folder / "port"`."""
    made = WireBench(
        AmplifierSettings(**{"instant": True, "realtime": False, "link": str(folder / "port"), **settings})
    )
    try:
        yield made
    finally:
        made.close()


def read_rows(source: EmgSource, rows: int, at_once: int = 10, timeout_s: float = 10.0) -> list[Chunk]:
    """Chunks until `rows` rows have come, lost ones among them."""
    chunks: list[Chunk] = []
    got, until_s = 0, now() + timeout_s
    while got < rows and now() < until_s:
        chunks.append(source.read(at_once, now() + 0.5))
        got += len(chunks[-1])
    assert got >= rows, f"{got} rows of {rows} came"
    return chunks


def together(chunks: list[Chunk]) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float64]]:
    """samples, valid, t_s of all chunks; checks that their indices join."""
    assert [c.first_index for c in chunks if len(c)] == np.cumsum(
        [0, *[len(c) for c in chunks if len(c)][:-1]]
    ).tolist()
    return (
        np.concatenate([c.samples for c in chunks]),
        np.concatenate([c.valid for c in chunks]),
        np.concatenate([c.t_s for c in chunks]),
    )
