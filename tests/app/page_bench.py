"""A limb that is not there, stepped by hand, and the page's reader beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from innervate.app.page.reader import PageReader
from innervate.app.page.state import PageState

from .page_feeder import Feeder


class Bench:
    """A feeder that is stepped by hand, and a reader beside it."""

    def __init__(self, folder: Path, **limb: Any) -> None:
        self.feeder = Feeder(folder, **limb)
        self.reader = PageReader(folder)
        self.t_s = 100.0

    def run(self, steps: int = 60, *, said: bool = False) -> PageState:
        """Let it run; `said`: the guard has also answered to `status`."""
        for _ in range(steps):
            self.t_s += 0.01
            self.feeder.step(self.t_s)
        return self.reader.read(self.t_s, self.feeder.status() if said else None)


@contextlib.contextmanager
def bench_of(folder: Path, **limb: Any) -> Iterator[Bench]:
    bench = Bench(folder, **limb)
    yield bench
    bench.reader.close()
    bench.feeder.close()
