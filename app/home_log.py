"""The home log's file, and the reader that fills it from the rings of a running limb: low in rank, bounded,
and never missed by anybody."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calibration.homelog import KEPT_DAYS, Day, UseCounter
from ..core.clock import now, wall_offset_s
from ..core.folders import private_folder
from ..core.ring import GUARD_RING, TELEMETRY_RING
from ..core.settings import write_private
from ..core.state import Reason, State
from ..models.signal.flags import UNTRUSTED
from .page.tail import RingTail

SAVE_S = 60.0
"""A power cut loses at most so much."""
_BACKLOG = 32_768
_HELD = (State.STOPPED, State.HOLDING, State.FAULT)
_QUIET = (Reason.NONE, Reason.NOT_ARMED, Reason.RECALIBRATING, Reason.MODEL_CHANGED)
"""What the wearer began, and is counted elsewhere."""
_WORN = 0.5
"""Share of electrodes that can be trusted from which on the limb counts as worn. Ours."""


class HomeLogFile:
    """Days of use in one JSON file, 0600, the newest `KEPT_DAYS`. Written whole and atomically.

    Args:
        path: in a folder that is made when it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.days = read_days(path)

    def today(self) -> Day:
        """The day it is now."""
        date = datetime.fromtimestamp(now() + wall_offset_s(), UTC).date().isoformat()
        if not self.days or self.days[-1].date != date:
            self.days = [*self.days[1 - KEPT_DAYS :], Day(date)]
        return self.days[-1]

    def save(self) -> None:
        """Raises:
        OSError: the disk refuses.
        """
        private_folder(self.path.parent)
        write_private(self.path, json.dumps({"days": [asdict(day) for day in self.days]}).encode())


def read_days(path: Path) -> list[Day]:
    """What is in the file; nothing where there is none, or none that can be read."""
    known = {field.name for field in fields(Day)}
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(path.read_bytes())
        return [Day(**{name: day[name] for name in known if name in day}) for day in content["days"]]
    return []


class UseReader:
    """Adds what the rings of one limb say to a log. Rings are made anew when loop or guard start again.

    Args:
        runtime_dir: of the limb.
        log: to add to.
    """

    def __init__(self, runtime_dir: Path, log: HomeLogFile) -> None:
        self._loop = RingTail(runtime_dir / TELEMETRY_RING, _BACKLOG)
        self._guard = RingTail(runtime_dir / GUARD_RING, _BACKLOG)
        for ring in (self._loop, self._guard):
            ring.poll(now())  # what was before we came, whoever wrote this log then has counted
        self._runs = self._loop.generation, self._guard.generation
        self._log = log
        self._counter: UseCounter | None = None
        self._held: tuple[int, int] | None = None

    def poll(self) -> None:
        """Take what is new."""
        decisions, frames = self._loop.poll(now()), self._guard.poll(now())
        runs, self._runs = self._runs, (self._loop.generation, self._guard.generation)
        meta = self._loop.meta
        if runs[0] != self._runs[0] or self._counter is None:
            self._counter = UseCounter([str(name) for name in _list(meta.get("movements"))])
        if runs[1] != self._runs[1]:
            self._held = None
        if len(decisions):
            self._use(decisions, meta, self._counter)
        if len(frames):
            self._stops(frames)

    def _use(self, decisions: NDArray[Any], meta: dict[str, object], counter: UseCounter) -> None:
        channels = len(_list(meta.get("channels")))
        rate_hz = float(str(meta.get("rate_hz", 0.0)))
        if not channels or rate_hz <= 0.0:
            return
        increment_s = float(str(meta.get("increment_samples", 0))) / rate_hz
        trusted = (decisions["contact"][:, :channels] & UNTRUSTED) == 0
        worn = (trusted.mean(axis=1) >= _WORN) & (decisions["ready"] != 0)
        armed = np.isin(decisions["state"], (State.ARMED, State.ACTIVE))
        day = self._log.today()
        day.wear_s += float(worn.sum()) * increment_s
        day.armed_s += float((worn & armed).sum()) * increment_s
        before = counter.movements, counter.reversals
        driven = (decisions["state"] == State.ACTIVE) & (decisions["speed"] > 0.0)
        counter.push(decisions["t_turn_s"], decisions["movement"], driven)
        day.movements += counter.movements - before[0]
        day.reversals += counter.reversals - before[1]

    def _stops(self, frames: NDArray[Any]) -> None:
        states = list(zip(frames["state"].tolist(), frames["reason"].tolist(), strict=True))
        for where in states:
            if where == self._held:
                continue
            before, self._held = self._held, where
            # What it held for when we came is not something that happened now.
            if before is not None and where[0] in _HELD and where[1] not in _QUIET:
                stops = self._log.today().stops
                name = Reason(where[1]).name
                stops[name] = stops.get(name, 0) + 1


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
