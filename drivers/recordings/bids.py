"""An EMG-BIDS recording that is written while it is made: samples, events and what describes them.

Layout and keys: Brain Imaging Data Structure 1.11, modality EMG.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.clock import now, wall_offset_s
from ...core.errors import RecordingError
from ...core.settings import write_private
from . import tsv
from .bdf import BdfSignal, BdfWriter, Written
from .bids_names import place_for
from .bids_set import claim, join_data_set
from .describe import About, Signals, channel_table, emg_json
from .events import LOST, PADDING, Event
from .sidecars import EVENT_COLUMNS, EVENTS_JSON, event_line, events_table, json_bytes, read_events
from .spans import Spans


class BidsRecording:
    """One run in a data set's folder; one thread uses it.

    Samples that were on the disk for half a second survive whatever happens; events at once.

    Args:
        root: the data set; made when it is not there.
        about: who and what.
        signals: the EMG channels.
        rate_hz: their rate.
        beside: accelerometers, loads, ...: MISC channels of the same file, held at their own rate.
        muscles: name of a channel -> what lies under it.
        start: wall time of the first sample; None: now.
        several: the data set may hold several patients.

    Raises:
        RecordingError: the folder belongs to another patient, or cannot be written.
    """

    def __init__(
        self,
        root: Path,
        about: About,
        signals: Sequence[BdfSignal],
        rate_hz: float,
        beside: Sequence[BdfSignal] = (),
        muscles: dict[str, str] | None = None,
        start: datetime | None = None,
        *,
        several: bool = False,
    ) -> None:
        self._about = about
        self._rate_hz = rate_hz
        self.place = place_for(root, about.patient, about.task, about.session)
        join_data_set(root, self.place.subject, about.patient, simulated=about.simulated, several=several)
        self.place = claim(self.place)
        self.path = self.place.file("_emg.bdf")
        """File of the samples."""
        if start is None:
            start = datetime.fromtimestamp(now() + wall_offset_s())  # noqa: DTZ006 - EDF has no zone
        try:
            bdf = BdfWriter(self.path, signals, rate_hz, start, about.patient, about.device, beside)
        except RecordingError:
            self.place.file("_emg.json").unlink(missing_ok=True)
            raise
        self._bdf = bdf
        self._signals = Signals(bdf.signals, bdf.beside, bdf.labels, rate_hz, muscles or {})
        self._spans = Spans([signal.name for signal in signals], rate_hz)
        self._events = -1
        try:
            self._write_sidecars()
            columns = tsv.line(EVENT_COLUMNS).encode()
            self._events = os.open(
                self.place.file("_events.tsv"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
            )
            os.write(self._events, columns)
        except OSError as error:
            self._remove()
            raise RecordingError(f"{self.path}: cannot be made: {error.strerror}") from error

    @property
    def position(self) -> int:
        """Index of the next sample."""
        return self._bdf.position

    @property
    def written(self) -> Written:
        """What has been taken so far."""
        return self._bdf.written

    def append(self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None = None) -> None:
        """Take rows [n, channels]; where `valid` is False an event says so.

        Raises:
            RecordingError: the disk is full or gone; what was written before stays readable.
        """
        first = self._bdf.position
        self._bdf.append(samples)
        if valid is not None:
            for event in self._spans.add(valid, first):
                self._say(event)

    def append_lost(self, samples: int) -> None:
        """Keep the place of samples that never came, and say so.

        Raises:
            RecordingError: as `append`.
        """
        event = Event(self.position / self._rate_hz, samples / self._rate_hz, LOST)
        self._bdf.append_lost(samples)
        self._log(event)

    def hold(self, index: int, values: ArrayLike, at: ArrayLike) -> None:
        """As `BdfWriter.hold`."""
        self._bdf.hold(index, values, at)

    def event(self, event: Event) -> None:
        """Say what happened; see `events` for the words. It is on the disk when this returns.

        Raises:
            RecordingError: the disk is full or gone.
        """
        self._say(event)

    def close(self) -> Written:
        """Finish the file and what describes it. Without one sample nothing is left. May be called twice.

        Raises:
            RecordingError: as `append`.
        """
        if self._events < 0:
            return self._bdf.written
        try:
            for event in self._spans.close(self.position):
                self._say(event)
            done = self._bdf.close()
            if done.padding:
                end_s = done.samples / self._rate_hz
                self._log(Event(end_s, done.padding / self._rate_hz, PADDING))
        finally:
            self._bdf.close()
            os.close(self._events)
            self._events = -1
        if not done.samples:
            self._remove()
            return done
        try:
            self._write_sidecars(done)
            self._sort_events()
        except OSError as error:
            raise RecordingError(
                f"{self.place.file('_emg.json')}: cannot be written: {error.strerror}",
                "the samples are whole; make room, then innervate recordings check --mend",
            ) from error
        return done

    def _say(self, event: Event) -> None:
        self._bdf.annotate(event.onset_s, event.duration_s, event.annotation)
        self._log(event)

    def _log(self, event: Event) -> None:
        try:
            os.write(self._events, event_line(event, self._rate_hz).encode())
            os.fdatasync(self._events)
        except OSError as error:
            raise RecordingError(
                f"{self.place.file('_events.tsv')}: cannot be written: {error.strerror}", "make room"
            ) from error

    def _write_sidecars(self, done: Written | None = None) -> None:
        write_private(self.place.file("_emg.json"), json_bytes(emg_json(self._about, self._signals, done)))
        write_private(self.place.file("_channels.tsv"), channel_table(self._signals))
        write_private(self.place.file("_events.json"), json_bytes(EVENTS_JSON))

    def _sort_events(self) -> None:
        """By onset, as BIDS wants them; they were written as they ended."""
        path = self.place.file("_events.tsv")
        write_private(path, events_table(read_events(path) or [], self._rate_hz))

    def _remove(self) -> None:
        """Nothing of this run stays."""
        self._bdf.close()
        if self._events >= 0:
            os.close(self._events)
            self._events = -1
        for ending in ("_emg.json", "_channels.tsv", "_events.tsv", "_events.json"):
            self.place.file(ending).unlink(missing_ok=True)
