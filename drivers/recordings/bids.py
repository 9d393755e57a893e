"""An EMG-BIDS recording that is written while it is made: samples, events and what describes them.

Layout and keys: Brain Imaging Data Structure 1.11, modality EMG.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.clock import now, wall_offset_s
from ...core.errors import RecordingError
from ...core.settings import write_private
from . import tsv
from .bdf import BdfSignal, BdfWriter, Written
from .bids_names import place_for
from .bids_set import claim, join_data_set, made_by
from .events import LOST, PADDING, Event
from .sidecars import CHANNEL_COLUMNS, EVENT_COLUMNS, EVENTS_JSON, OURS, event_line, json_bytes, read_events
from .spans import Spans


@dataclass(frozen=True, slots=True)
class About:
    """Who and what is recorded.

    Attributes:
        patient: exact id, as in the profile.
        task: what the person does, such as "calibration" or "daily use".
        session: day or visit; may be empty.
        simulated: nobody real.
        device: what a person calls the amplifier.
        manufacturer: of it; empty where nobody said.
        serial: of it.
        mains_hz: frequency of the power line there.
        placement: how the electrodes were placed, in words.
        reference: what the channels are measured against, in words.
        hardware_filters, software_filters: in words; "n/a" for none.
        classes: movements in the order of a decoder's indices; empty: as events name them.
        meta: anything else worth keeping; JSON values.
    """

    patient: str
    task: str
    session: str = ""
    simulated: bool = False
    device: str = ""
    manufacturer: str = ""
    serial: str = ""
    mains_hz: int = 50
    placement: str = "Over the residual limb's muscles, as the montage of the patient's profile names them"
    reference: str = "As the amplifier has it"
    hardware_filters: str = tsv.NOTHING
    software_filters: str = tsv.NOTHING
    classes: tuple[str, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)


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
        self._muscles = muscles or {}
        self._rate_hz = rate_hz
        self.place = place_for(root, about.patient, about.task, about.session)
        join_data_set(root, self.place.subject, about.patient, simulated=about.simulated, several=several)
        self.place = claim(self.place)
        self.path = self.place.file("_emg.bdf")
        """File of the samples."""
        if start is None:
            start = datetime.fromtimestamp(now() + wall_offset_s())  # noqa: DTZ006 - EDF has no zone
        self._bdf = BdfWriter(self.path, signals, rate_hz, start, about.patient, about.device, beside)
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
        write_private(self.place.file("_emg.json"), json_bytes(self._json(done)))
        write_private(self.place.file("_channels.tsv"), tsv.table(CHANNEL_COLUMNS, self._channel_rows()))
        write_private(self.place.file("_events.json"), json_bytes(EVENTS_JSON))

    def _sort_events(self) -> None:
        """By onset, as BIDS wants them; they were written as they ended."""
        path = self.place.file("_events.tsv")
        found = sorted(read_events(path) or [], key=lambda event: event.onset_s)
        lines = (event_line(event, self._rate_hz) for event in found)
        write_private(path, (tsv.line(EVENT_COLUMNS) + "".join(lines)).encode())

    def _channel_rows(self) -> list[tuple[object, ...]]:
        bdf = self._bdf
        emg = len(bdf.signals)
        return [
            (
                label,
                "EMG" if i < emg else "MISC",
                signal.unit,
                signal.name,
                signal.rate_hz or self._rate_hz,
                self._muscles.get(signal.name, ""),
            )
            for i, (label, signal) in enumerate(zip(bdf.labels, (*bdf.signals, *bdf.beside), strict=True))
        ]

    def _json(self, done: Written | None) -> dict[str, Any]:
        about, bdf = self._about, self._bdf
        every = (*bdf.signals, *bdf.beside)
        found: dict[str, Any] = {
            "TaskName": about.task,
            "EMGPlacementScheme": "Other",
            "EMGPlacementSchemeDescription": about.placement,
            "EMGReference": about.reference,
            "SamplingFrequency": self._rate_hz,
            "PowerLineFrequency": about.mains_hz,
            "RecordingType": "continuous",
            "SoftwareFilters": about.software_filters,
            "HardwareFilters": about.hardware_filters,
            "EMGChannelCount": len(bdf.signals),
            "MiscChannelCount": len(bdf.beside),
            "SoftwareVersions": made_by()["Version"],
            OURS: {
                "patient": about.patient,
                "simulated": about.simulated,
                "classes": list(about.classes),
                "names": dict(zip(bdf.labels, [signal.name for signal in every], strict=True)),
                "lsb": dict(zip(bdf.labels, [signal.lsb for signal in every], strict=True)),
                "meta": about.meta,
            },
        }
        known = {
            "Manufacturer": about.manufacturer,
            "ManufacturersModelName": about.device,
            "DeviceSerialNumber": about.serial,
        }
        found |= {key: value for key, value in known.items() if value}
        if done is not None:
            found["RecordingDuration"] = done.samples / self._rate_hz
            found[OURS] |= {
                "samples": done.samples,
                "clipped": done.clipped,
                "rounded": done.rounded,
                "not_finite": done.not_finite,
            }
        return found

    def _remove(self) -> None:
        """Nothing of this run stays."""
        self._bdf.close()
        if self._events >= 0:
            os.close(self._events)
            self._events = -1
        for ending in ("_emg.json", "_channels.tsv", "_events.tsv", "_events.json"):
            self.place.file(ending).unlink(missing_ok=True)
