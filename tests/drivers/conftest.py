"""Makes LSL streams, and puts a Cyton on the bench."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from innervate.core.clock import now, sleep
from innervate.sim.cyton import VirtualCyton

from .lslbench import Sender


class Bench:
    """A virtual Cyton that a thread serves: it answers, and sends rows of readings once it is started.

    Args:
        rows: readings of each packet, eight each; None skips one (lost on the radio).
        pause_s: between packets; 0 for as fast as they can be read.
    """

    def __init__(self, rows: list[tuple[int, ...] | None], pause_s: float = 0.0) -> None:
        self.board = VirtualCyton(instant=True)
        self.port = self.board.terminal.port
        self._rows = rows
        self._pause_s = pause_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set() and not self.board.wait_for_reader(0.02):
            pass
        for row in self._rows:
            if self._stop.is_set():
                return
            if row is None:
                self.board._counter = (self.board._counter + 1) % 256
                continue
            self.board.start_counts(row)
            self.board.finish()
            sleep(self._pause_s)
        while not self._stop.is_set():
            self.board.wait_for_reader(0.02)
            sleep(0.005)

    def unplug(self) -> None:
        self._stop.set()
        self._thread.join()
        self.board.close()

    def wait_sent(self, timeout_s: float = 5.0) -> None:
        until_s = now() + timeout_s
        while now() < until_s and not self.board.firmware.streaming:
            sleep(0.005)


@pytest.fixture
def bench() -> Iterator[type[Bench]]:
    made: list[Bench] = []

    class Kept(Bench):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)  # type: ignore[arg-type]
            made.append(self)

    yield Kept
    for each in made:
        if not each._stop.is_set():
            each.unplug()


@pytest.fixture
def sender() -> Iterator[Callable[..., Sender]]:
    made: list[Sender] = []

    def make(*args: Any, **kwargs: Any) -> Sender:
        made.append(Sender(*args, **kwargs))
        return made[-1]

    yield make
    for each in made:
        each.outlet = None
