"""The rings and the guard of a running limb, as a recalibration and a don check hear them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..controller.mapping import Mapper
from ..core.clock import now
from ..core.ring import GUARD_RING, TELEMETRY_RING
from ..core.state import Reason
from ..firmware_bridge.requests import Verb, request
from .page.tail import RingTail
from .recalibrating import Stretch

_BACKLOG = 4096


class Samples:
    """The loop's samples, from now on.

    Args:
        runtime_dir: of the limb.
    """

    def __init__(self, runtime_dir: Path) -> None:
        self._ring = RingTail(runtime_dir / TELEMETRY_RING, _BACKLOG)
        self._ring.poll(now())
        self._next = -1

    @property
    def channels(self) -> tuple[str, ...]:
        """Their names; empty where no loop has run."""
        found = self._ring.meta.get("channels")
        return tuple(map(str, found)) if isinstance(found, list) else ()

    def new(self) -> list[Stretch]:
        """All that came since the last call."""
        records = self._ring.poll(now())
        if not len(records):
            return []
        meta = self._ring.meta
        rate_hz, length = float(str(meta["rate_hz"])), int(str(meta["increment_samples"]))
        since = (np.arange(length) - (length - 1)) / rate_hz
        made = []
        for record in records:
            end = int(record["sample_index"])
            emg = np.array(record["emg"], np.float32).reshape(length, -1)
            made.append(Stretch(float(record["t_sample_s"]) + since, emg, end == self._next))
            self._next = end + length
        return made


class LimbDoor:
    """`recalibrating.Door` of a running limb.

    Args:
        runtime_dir: of the limb.
        mapper: of its joints, to show movements by; it is this object's alone.
        classes: of the model.
    """

    def __init__(self, runtime_dir: Path, mapper: Mapper, classes: tuple[str, ...]) -> None:
        self._runtime_dir, self._mapper, self._classes = runtime_dir, mapper, classes
        self._samples = Samples(runtime_dir)
        self._guard = RingTail(runtime_dir / GUARD_RING, _BACKLOG)
        self._holds, self._why = False, Reason.NONE
        self._setpoint_deg: tuple[float, ...] = ()

    def samples(self) -> list[Stretch]:
        """See `Door`."""
        return self._samples.new()

    def guard(self) -> tuple[bool, Reason]:
        """See `Door`."""
        frames = self._guard.poll(now())
        if len(frames):
            newest = frames[-1]
            self._holds = bool(newest["recalibrating"])
            self._why = Reason(int(newest["recalibration_ended"]))
            self._setpoint_deg = tuple(np.atleast_1d(newest["setpoint_deg"]).tolist())
        return self._holds, self._why

    def show(self, movement: str) -> None:
        """See `Door`; a movement that the limb cannot make is not shown."""
        index = self._classes.index(movement)
        if self._mapper.is_mapped(index) and self._setpoint_deg:
            at = self._setpoint_deg
            for _ in range(2):  # a grip in two stages names its last joints once the first are there
                at, _rates = self._mapper.command(index, 1.0, at, now())
            request(self._runtime_dir, Verb.PROMPT, value=",".join(f"{deg:.3f}" for deg in at))
