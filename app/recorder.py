"""From the rings of whoever measures to a recording on the disk, while it is measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.chunk import MICROVOLT
from ..core.clock import wall_offset_s
from ..core.ring import AUX_RING, TELEMETRY_RING
from ..drivers.recordings.bdf import BdfSignal, Written
from ..drivers.recordings.bids import BidsRecording
from ..drivers.recordings.describe import About
from ..drivers.recordings.events import NOTE, Event
from ..models.signal.flags import UNTRUSTED, Contact
from .live import items
from .page.tail import RingTail

_BACKLOG = 4096
FLOAT_LSB_UV = 2.0**-6
"""Of microvolts that come as floats: +-131 mV in steps of a sixty-fourth of a microvolt."""
FLOAT_LSB = 2.0**-20
"""Of arbitrary units that come as floats: +-8."""
_BAD_CONTACT = "BAD_contact"


@dataclass(frozen=True, slots=True)
class Beside:
    """One value measured beside EMG: which reading, which of its numbers, and how it is kept."""

    name: str
    column: int
    signal: BdfSignal


class Recorder:
    """Follows the rings of a folder into one recording; one thread calls `poll` a few times a second.

    What is missing in the rings is kept as a gap of its true length: rows that the source marked, records
    that were overwritten before they were read, the time in which a loop was started again.

    Args:
        folder: of the rings.
        root: the EMG-BIDS data set.
        about: who and what.
        muscles: name of a channel -> what lies under it.
    """

    def __init__(self, folder: Path, root: Path, about: About, muscles: dict[str, str] | None = None) -> None:
        self._emg = RingTail(folder / TELEMETRY_RING, _BACKLOG)
        self._aux = RingTail(folder / AUX_RING, _BACKLOG)
        self._root, self._about, self._muscles = root, about, muscles or {}
        self._aux_waiting: list[NDArray[np.void]] = []
        self._beside: list[Beside] = []
        self._recording: BidsRecording | None = None
        self._generation = 0
        self._next_index = 0
        self._t_next_s = 0.0
        self._flags: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._flagged_s: dict[int, float] = {}
        self._state: tuple[int, ...] = ()
        self.rate_hz = 1.0
        """Of the source; known once something was recorded."""
        self.lost = 0
        """Samples that are gaps in the recording."""
        self.newest: np.void | None = None
        """The newest record."""

    @property
    def meta(self) -> dict[str, object]:
        """What the rings say of the source."""
        return self._emg.meta

    @property
    def path(self) -> Path | None:
        """The file of samples; None before the first."""
        return None if self._recording is None else self._recording.path

    @property
    def seconds(self) -> float:
        """Length of the recording so far."""
        return 0.0 if self._recording is None else self._recording.position / self.rate_hz

    def watch(self, now_s: float) -> None:
        """Look at the rings without recording: to see what there is beside EMG, and whether EMG comes."""
        self._aux_waiting.append(self._aux.poll(now_s))
        records = self._emg.poll(now_s)
        if len(records):
            self.newest = records[-1]

    def age_s(self, now_s: float) -> float:
        """Seconds since the newest record; 0 before the first."""
        return 0.0 if self.newest is None else now_s - float(self.newest["t_turn_s"])

    def about(self, about: About) -> None:
        """Say better who and what is recorded, before the first `poll`."""
        self._about = about

    def poll(self, now_s: float) -> None:
        """Write what is new.

        Raises:
            RecordingError: the disk is full or gone; what was written before stays readable.
        """
        records = self._emg.poll(now_s)
        if len(records):
            self.newest = records[-1]
            if self._recording is None:
                self._begin(records[0])
            self._write(records)
        self._write_aux(self._aux.poll(now_s))

    def event(self, event: Event) -> None:
        """Say what happened.

        Raises:
            RecordingError: as `poll`.
        """
        if self._recording is not None:
            self._recording.event(event)

    def close(self) -> Written | None:
        """Finish; None when nothing was recorded.

        Raises:
            RecordingError: as `poll`.
        """
        self._emg.close()
        self._aux.close()
        if self._recording is None:
            return None
        for channel in list(self._flagged_s):
            self._unflag(channel, self.seconds)
        return self._recording.close()

    def _begin(self, first: np.void) -> None:
        meta = self.meta
        self._channels = [str(name) for name in items(meta.get("channels"))]
        self.rate_hz = float(str(meta["rate_hz"]))
        unit, lsb = str(meta.get("unit", "")), meta.get("lsb")
        if not isinstance(lsb, int | float):
            lsb = FLOAT_LSB_UV if unit == MICROVOLT else FLOAT_LSB
        signals = [BdfSignal(name, unit, float(lsb)) for name in self._channels]
        self._beside = _beside([rows for rows in self._aux_waiting if len(rows)])
        t_first_s = float(first["t_sample_s"]) - (int(first["n_samples"]) - 1) / self.rate_hz
        self._recording = BidsRecording(
            self._root,
            self._about,
            signals,
            self.rate_hz,
            [each.signal for each in self._beside],
            self._muscles,
            datetime.fromtimestamp(t_first_s + wall_offset_s()),  # noqa: DTZ006 - EDF has no zone
        )
        self._generation = self._emg.generation
        self._next_index = int(first["sample_index"]) - int(first["n_samples"]) + 1
        self._t_next_s = t_first_s
        self._flags = np.zeros(len(self._channels), np.uint8)
        for rows in self._aux_waiting:
            self._write_aux(rows)
        self._aux_waiting.clear()

    def _write(self, records: NDArray[np.void]) -> None:
        channels = len(self._channels)
        if self._emg.generation != self._generation:
            self._generation = self._emg.generation
            first = records[0]
            t_first_s = float(first["t_sample_s"]) - (int(first["n_samples"]) - 1) / self.rate_hz
            self._lose(round((t_first_s - self._t_next_s) * self.rate_hz))
            self._next_index = int(first["sample_index"]) - int(first["n_samples"]) + 1
        waiting: list[NDArray[np.float32]] = []
        for record in records:
            n = int(record["n_samples"])
            gap = int(record["sample_index"]) - n + 1 - self._next_index
            if gap > 0:
                self._append(waiting)
                waiting = []
                self._lose(gap)
            self._next_index = int(record["sample_index"]) + 1
            self._t_next_s = float(record["t_sample_s"]) + 1 / self.rate_hz
            waiting.append(np.asarray(record["emg"], np.float32).reshape(-1, channels)[:n])
            self._notice(record, self.seconds + sum(map(len, waiting)) / self.rate_hz)
        self._append(waiting)

    def _append(self, waiting: list[NDArray[np.float32]]) -> None:
        if waiting and self._recording is not None:
            rows = np.concatenate(waiting)
            valid = np.isfinite(rows)
            self.lost += int((~valid.any(axis=1)).sum())
            self._recording.append(rows, valid)

    def _lose(self, samples: int) -> None:
        if samples > 0 and self._recording is not None:
            self.lost += samples
            self._recording.append_lost(samples)

    def _notice(self, record: np.void, t_s: float) -> None:
        """Say what has changed with this record: the electrodes, and what the limb does."""
        flags = record["contact"][: len(self._channels)] & np.uint8(UNTRUSTED & 0xFF)
        if (flags != self._flags).any():
            for channel in np.flatnonzero(flags != self._flags).tolist():
                if channel in self._flagged_s:
                    self._unflag(channel, t_s)
                if flags[channel]:
                    self._flagged_s[channel] = t_s
                    names = "+".join(str(flag.name).lower() for flag in Contact(int(flags[channel])))
                    self.event(Event(t_s, None, f"{NOTE}contact {names}", self._channels[channel]))
            self._flags = flags
        state = tuple(int(record[key]) for key in ("state", "reason", "link", "movement"))
        if state != self._state:
            words = ("state", "reason", "link", "movement")
            text = " ".join(f"{word}={value}" for word, value in zip(words, state, strict=True))
            self.event(Event(t_s, None, f"{NOTE}{text}"))
            self._state = state

    def _unflag(self, channel: int, t_s: float) -> None:
        since_s = self._flagged_s.pop(channel)
        self.event(Event(since_s, t_s - since_s, _BAD_CONTACT, self._channels[channel]))

    def _write_aux(self, rows: NDArray[np.void]) -> None:
        if self._recording is None or not len(rows):
            return
        position = self._recording.position
        at = position + (rows["t_s"] - self._t_next_s) * self.rate_hz
        names = [_text(name) for name in rows["name"]]
        for index, each in enumerate(self._beside):
            mine = np.array([name == each.name for name in names])
            if mine.any():
                self._recording.hold(index, rows["values"][mine, each.column], at[mine])


def _beside(waiting: list[NDArray[np.void]]) -> list[Beside]:
    """A signal for each number of each reading that was seen, at about the rate it was seen at."""
    if not waiting:
        return []
    rows = np.concatenate(waiting)
    names = np.array([_text(name) for name in rows["name"]])
    found = []
    for name in dict.fromkeys(names.tolist()):
        mine = rows[names == name]
        span_s = float(mine["t_s"][-1] - mine["t_s"][0])
        rate_hz = max(1.0, round((len(mine) - 1) / span_s)) if span_s > 0 else 1.0
        largest = float(np.abs(mine["values"]).max())
        # Room for 64 times what was seen, in steps that are a power of two.
        lsb = 2.0 ** (math.ceil(math.log2(max(largest, 1.0))) + 6 - 23)
        count = int(mine["n"].max())
        for column in range(count):
            label = name if count == 1 else f"{name}.{column + 1}"
            found.append(Beside(name, column, BdfSignal(label, _text(mine["unit"][0]), lsb, rate_hz)))
    return found


def _text(packed: NDArray[np.uint8]) -> str:
    return bytes(packed.tolist()).rstrip(b"\0").decode("utf-8", "replace")
