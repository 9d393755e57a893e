"""A limb's LSL streams: `python -m innervate.app.outlets RUNTIME_DIR`.

Reads the rings of a running limb, or of an acquisition alone, and sends what is new. It only sends: nothing
that it could receive reaches the limb, and the loop does not know of it.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.child import say_error, say_ready
from ..core.clock import CLOCK, now
from ..core.errors import InnervateError
from ..core.realtime import StopFlag
from ..core.ring import GUARD_RING, TELEMETRY_RING
from ..drivers.lsl.find import load_pylsl
from . import streams
from .limb_words import LimbWords
from .page.tail import RingTail
from .stream_outlet import StreamOutlet

TURN_S = 0.020
_QUALITY_S = 1.0
_BACKLOG = 4096
_EMG, _DECISIONS, _COMMANDS, _QUALITY, _MARKERS = "emg", "decisions", "commands", "quality", "markers"
_Make = Callable[[streams.StreamSpec], StreamOutlet]


class LimbOutlets:
    """The streams of one runtime folder; one thread calls `turn` every `TURN_S`.

    An outlet is made when the first record for it has come. A loop that is started again goes on in the same
    outlets, unless its channels or rate are others.

    Args:
        folder: of the rings; its name begins the name of each stream.
        begin_s: monotonic seconds; records of before belong to an earlier run.
        make: makes an outlet.
    """

    def __init__(self, folder: Path, begin_s: float, make: _Make = StreamOutlet) -> None:
        self._limb, self._host = folder.name, platform.node()
        self._begin_s = begin_s
        self._make = make
        self._loop = RingTail(folder / TELEMETRY_RING, _BACKLOG)
        self._guard = RingTail(folder / GUARD_RING, _BACKLOG)
        self._seen = (0, 0)
        self._outlets = {_MARKERS: make(streams.marker_stream(self._limb, self._host))}
        self._words = LimbWords()
        self._flags: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._t_flags_s = 0.0

    def turn(self, now_s: float) -> None:
        """Send what is new at `now_s`, monotonic seconds."""
        loop, guard = _since(self._loop.poll(now_s), "t_turn_s", self._begin_s), self._guard.poll(now_s)
        guard = _since(guard, "t_s", self._begin_s)
        if len(loop):
            self._send_loop(loop)
        if len(guard):
            self._send_guard(guard)
        if len(loop) or len(guard):
            changes = self._words.changes(loop, guard, _names(self._loop.meta, "classes"))
            self._outlets[_MARKERS].send_each([each.text for each in changes], [each.t_s for each in changes])

    def close(self) -> None:
        """End the streams: readers hear it."""
        self._loop.close()
        self._guard.close()
        self._outlets.clear()

    def _send_loop(self, records: NDArray[np.void]) -> None:
        if self._seen[0] != self._loop.generation:
            self._seen = (self._loop.generation, self._seen[1])
            who = (self._limb, self._host, self._loop.meta)
            self._renew(_EMG, streams.emg_stream(*who))
            self._renew(_QUALITY, streams.quality_stream(*who))
            self._renew(_DECISIONS, streams.decision_stream(*who))
            self._flags = np.zeros(0, np.uint8)
        samples, decisions = self._outlets[_EMG], self._outlets.get(_DECISIONS)
        channels = len(samples.spec.channels)
        # A record at a time: each increment has a time of its own, and between two some may be missing.
        emg = records["emg"].reshape(len(records), -1, channels)
        stamps = zip(emg, records["n_samples"].tolist(), records["t_sample_s"].tolist(), strict=True)
        for rows, count, t_s in stamps:
            if count:
                samples.send(rows[:count], t_s)
        if decisions is not None:
            posterior = records["posterior"][:, : len(decisions.spec.channels) - 2]
            head = np.column_stack((records["class_index"], records["speed"]))
            decisions.send_each(np.hstack((head, posterior)), records["t_sample_s"].tolist())
        self._send_quality(records["contact"][:, :channels], records["t_sample_s"].tolist())

    def _send_quality(self, contact: NDArray[np.uint8], t_s: list[float]) -> None:
        """On a change, and once a second."""
        for flags, t_flags_s in zip(contact, t_s, strict=True):
            if t_flags_s - self._t_flags_s >= _QUALITY_S or not np.array_equal(flags, self._flags):
                self._outlets[_QUALITY].send_each(flags[np.newaxis].astype(np.int32), [t_flags_s])
                self._flags, self._t_flags_s = flags, t_flags_s

    def _send_guard(self, records: NDArray[np.void]) -> None:
        if self._seen[1] != self._guard.generation:
            self._seen = (self._seen[0], self._guard.generation)
            self._renew(_COMMANDS, streams.command_stream(self._limb, self._host, self._guard.meta))
        told, measured = (
            records[name].reshape(len(records), -1) for name in ("setpoint_deg", "position_deg")
        )
        self._outlets[_COMMANDS].send_each(np.hstack((told, measured)), records["t_s"].tolist())

    def _renew(self, what: str, spec: streams.StreamSpec | None) -> None:
        """Keep the outlet where it is the same stream; end the old one before the new one takes its place."""
        kept = self._outlets.get(what)
        if kept is not None and kept.spec == spec:
            return
        del kept
        self._outlets.pop(what, None)
        if spec is not None:
            self._outlets[what] = self._make(spec)


def _since(records: NDArray[np.void], field: str, begin_s: float) -> NDArray[np.void]:
    return records[records[field] >= begin_s] if len(records) else records


def _names(meta: dict[str, object], key: str) -> Sequence[str]:
    value: Any = meta.get(key)
    return [str(name) for name in value] if isinstance(value, list) else []


def main(arguments: list[str]) -> int:
    """Send until told to stop; returns the exit code."""
    stop = StopFlag()
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        raise InnervateError("a limb's runtime folder is wanted", "python -m innervate.app.outlets FOLDER")
    load_pylsl()
    outlets = LimbOutlets(Path(arguments[0]).resolve(), now())
    say_ready(limb=Path(arguments[0]).resolve().name)
    next_s = now()
    while not stop:
        outlets.turn(now())
        next_s = max(next_s + TURN_S, now())
        CLOCK.sleep_until(next_s)
    outlets.close()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except InnervateError as error:
        say_error(error)
