"""The process that reads a source for `benchmarks.drivers`: `python -m innervate.benchmarks.driver_reader
SETTINGS.json`.

It reads as the loop does, an increment at a time, and looks at nothing: all rows go into a file when it is
done. Says when it is open, then `{"cpu_s", "seconds", ...}` on a line of its own.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.child import say_error, say_ready
from ..core.chunk import Chunk
from ..core.clock import cpu_s, now
from ..core.errors import InnervateError, SourceLost
from ..core.realtime import LOOP_PRIORITY, become_realtime, stop_collecting
from ..core.settings import read_settings
from ..drivers.settings import SourceSettings
from ..drivers.table import kept_source

_FIRST_S = 5.0
_WAIT_S = 0.2


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """What to read.

    Attributes:
        source: which.
        seconds: for how long, from the first row on.
        increment_s: rows of so much time are waited for.
        rows: file (.npz) for what was read.
    """

    source: SourceSettings
    seconds: float
    increment_s: float
    rows: str


def main(path: Path) -> None:
    """Read, then write down what was read."""
    settings = read_settings(path, ReaderSettings)
    fifo = become_realtime(LOOP_PRIORITY).fifo
    source = kept_source(settings.source)
    source.open()
    info = source.info
    at_once = max(1, round(settings.increment_s * info.rate_hz))
    say_ready(channels=len(info.channels), rate_hz=info.rate_hz, unit=info.unit, fifo=fifo)
    stop_collecting()
    chunks: list[Chunk] = []
    in_hand: list[float] = []
    until_s = now() + _FIRST_S
    while now() < until_s and not len(source.read(1, now() + _WAIT_S)):
        pass
    begun_s, cpu_begun_s = now(), cpu_s()
    waits = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    until_s = begun_s + settings.seconds
    try:
        while now() < until_s:
            chunk = source.read(at_once, now() + _WAIT_S)
            if len(chunk):
                in_hand.append(now())
                chunks.append(chunk)
    except SourceLost as error:
        print(str(error), file=sys.stderr)
    used_s, took_s = cpu_s() - cpu_begun_s, now() - begun_s
    waits = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - waits
    source.close()
    np.savez(
        settings.rows,
        samples=np.concatenate([c.samples for c in chunks]) if chunks else np.empty((0, 0), np.float32),
        valid=np.concatenate([c.valid for c in chunks]) if chunks else np.empty((0, 0), np.bool_),
        t_s=np.concatenate([c.t_s for c in chunks]) if chunks else np.empty(0),
        sizes=np.array([len(c) for c in chunks], np.int64),
        in_hand=np.array(in_hand),
    )
    said = {"cpu_s": used_s, "seconds": took_s, "waits": waits, "lost": sum(c.lost for c in chunks)}
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except InnervateError as error:
        say_error(error)
