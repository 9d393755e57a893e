"""BDF+ (or EDF+) written while it is recorded.

`docs/adr/0006-our-own-bdf-writer.md` says why no library writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import RecordingError
from ..rows import RowFiller
from . import edf_header, tal
from .events import LOST, PADDING
from .growing import GrowingFile
from .held import Held
from .record_time import record_time
from .scale import MOST_COUNT, header_range
from .tal import Annotation

_LSB = "lsb="
_LABEL_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class BdfSignal:
    """One signal to write.

    Attributes:
        name: its channel's; the header keeps 16 characters of it, told apart where they would be equal.
        unit: such as "uV".
        lsb: value of one count, above 0. Samples that are whole multiples of it come back to the last bit.
        rate_hz: of a signal beside EMG that is held between its values; 0 for the file's own.
        transducer: what it is measured with.
        prefilter: what was filtered before, such as "HP:20Hz LP:450Hz".
    """

    name: str
    unit: str
    lsb: float
    rate_hz: float = 0.0
    transducer: str = ""
    prefilter: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What a file holds so far.

    Attributes:
        samples: of each channel; padding is not counted.
        records: whole data records on the disk.
        clipped: channel -> samples that were beyond the largest count, and were held there.
        rounded: channel -> samples that were no multiple of its lsb, and were rounded to the nearest.
        not_finite: channel -> samples that were no number; the one before stands in their place.
        padding: samples after the last one that fill its data record, once the file is closed.
    """

    samples: int
    records: int
    clipped: dict[str, int]
    rounded: dict[str, int]
    not_finite: dict[str, int]
    padding: int = 0


class BdfWriter:
    """Appends samples and annotations; one thread uses it.

    Args:
        path: must not exist; `.edf` makes an EDF+ of 16 bits.
        signals: the channels that `append` takes.
        rate_hz: their rate.
        start: wall time of sample 0, rounded down to a second (EDF knows no finer one).
        patient: the person's id.
        device: what recorded.
        beside: signals of other rates, fed with `hold`.

    Raises:
        RecordingError: the file exists or cannot be made, or a signal does not fit the format.
    """

    def __init__(
        self,
        path: Path,
        signals: Sequence[BdfSignal],
        rate_hz: float,
        start: datetime,
        patient: str = "",
        device: str = "",
        beside: Sequence[BdfSignal] = (),
    ) -> None:
        self.path = path
        self.rate_hz = rate_hz
        self.signals, self.beside = tuple(signals), tuple(beside)
        every = (*self.signals, *self.beside)
        self.labels = labels([signal.name for signal in every])
        """What the header calls each signal."""
        time = record_time(rate_hz)
        self._record_s = time.seconds
        self._held_samples = [
            max(1, min(time.samples, round((s.rate_hz or rate_hz) * time.seconds))) for s in beside
        ]
        self._bytes = 2 if path.suffix.lower() == ".edf" else 3
        self._most = MOST_COUNT[self._bytes]
        samples = [time.samples] * len(self.signals) + self._held_samples
        header = edf_header.Header(
            self._bytes,
            f"{edf_header.code(patient)} X X X",
            edf_header.recording_text(start, device),
            start.replace(microsecond=0),
            "BDF+C" if self._bytes == 3 else "EDF+C",
            0,
            time.duration,
            (*map(self._signal, every, self.labels, samples), self._annotation_signal()),
        )
        self._lsb = np.array([signal.lsb for signal in self.signals], np.float64)
        self._filler = RowFiller(len(self.signals))
        self._last = np.zeros(len(self.signals), np.float32)
        self._record = np.zeros((time.samples, len(self.signals)), np.int32)
        self._filled = 0
        self._end: int | None = None
        self._held = [Held() for _ in beside]
        self._annotations = tal.Queue()
        self._clipped, self._rounded, self._not_finite = np.zeros((3, len(self.signals)), np.int64)
        self._file = GrowingFile(path, header, time.seconds)

    def _signal(self, signal: BdfSignal, label: str, samples: int) -> edf_header.Signal:
        if not 0 < signal.lsb < np.inf:
            raise RecordingError(f"{self.path}: channel {signal.name}: lsb {signal.lsb}; it must be above 0")
        count, value = header_range(signal.lsb, self._bytes)
        about = f"{signal.transducer} {_LSB}{signal.lsb!r}".strip()
        return edf_header.Signal(
            label, about, signal.unit, -value, value, -count, count, signal.prefilter, samples
        )

    def _annotation_signal(self) -> edf_header.Signal:
        label = "BDF Annotations" if self._bytes == 3 else "EDF Annotations"
        samples = tal.SIGNAL_BYTES // self._bytes
        return edf_header.Signal(label, "", "", -1, 1, -self._most - 1, self._most, "", samples)

    @property
    def position(self) -> int:
        """Index of the next sample."""
        return self._file.records * len(self._record) + self._filled

    @property
    def written(self) -> Written:
        """What has been taken so far."""
        names = [signal.name for signal in self.signals]
        clipped, rounded, not_finite = (
            {name: int(n) for name, n in zip(names, row, strict=True) if n}
            for row in (self._clipped, self._rounded, self._not_finite)
        )
        return Written(self.position, self._file.records, clipped, rounded, not_finite)

    def append(self, samples: NDArray[np.float32]) -> None:
        """Take rows [n, channels]; any chunking gives the same file. Full records go to the disk at once.

        Raises:
            RecordingError: the disk is full or gone; the file is closed and holds the records before.
        """
        counts = self._counts(samples)
        while len(counts):
            n = min(len(counts), len(self._record) - self._filled)
            self._record[self._filled : self._filled + n] = counts[:n]
            self._filled += n
            counts = counts[n:]
            if self._filled == len(self._record):
                self._put_record()

    def append_lost(self, samples: int) -> None:
        """Keep the place of `samples` that never came: the last value repeats, and an annotation says so.

        Raises:
            RecordingError: as `append`.
        """
        self.annotate(self.position / self.rate_hz, samples / self.rate_hz, LOST)
        while samples > 0:
            n = min(samples, len(self._record))
            self.append(np.repeat(self._last[None, :], n, axis=0))
            samples -= n

    def hold(self, index: int, values: ArrayLike, at: ArrayLike) -> None:
        """Signal `index` of `beside` has these values from these positions on (counted in samples of EMG).

        Values for a data record that is already written begin with the next one.
        """
        self._held[index].add(np.atleast_1d(values).astype(float), np.atleast_1d(at).astype(float))

    def annotate(self, onset_s: float, duration_s: float | None, text: str) -> None:
        """Say what happened; it goes into the next data record with room."""
        self._annotations.add(Annotation(onset_s, duration_s, text))

    def close(self) -> Written:
        """Fill the last data record, say where, and close; may be called twice.

        Raises:
            RecordingError: as `append`.
        """
        if self._file.open:
            self._end = samples = self.position
            if self._filled:
                self._pad()
            while len(self._annotations) and samples:
                self._pad()
            self._file.close()
        done = self.written
        end = done.samples if self._end is None else self._end
        return replace(done, samples=end, padding=done.samples - end)

    def _pad(self) -> None:
        """To the end of a data record, with the last values."""
        left_s = (len(self._record) - self._filled) / self.rate_hz
        self.annotate(self.position / self.rate_hz, left_s, PADDING)
        self._record[self._filled :] = self._record[self._filled - 1]
        self._put_record()

    def _counts(self, samples: NDArray[np.float32]) -> NDArray[np.int32]:
        if samples.ndim != 2 or samples.shape[1] != len(self.signals):
            raise RecordingError(
                f"{self.path}: rows of {list(samples.shape)}; it has {len(self.signals)} channels"
            )
        if not len(samples):
            return np.empty(samples.shape, np.int32)
        filled, finite = self._filler.fill(samples.astype(np.float32, copy=False), None)
        self._last = filled[-1].copy()
        counts = np.rint(filled / self._lsb)
        limited = np.clip(counts, -self._most - 1, self._most)
        beyond = limited != counts
        self._not_finite += (~finite).sum(axis=0)
        self._clipped += beyond.sum(axis=0)
        self._rounded += (((limited * self._lsb).astype(np.float32) != filled) & ~beyond).sum(axis=0)
        return limited.astype(np.int32)

    def _put_record(self) -> None:
        first = self._file.records * len(self._record)
        data = [_packed(self._record.T, self._bytes)]
        for signal, held, samples in zip(self.beside, self._held, self._held_samples, strict=True):
            values = held.on(first + np.arange(samples, dtype=np.float64) * (len(self._record) / samples))
            counts = np.clip(np.rint(values / signal.lsb), -self._most - 1, self._most)
            data.append(_packed(counts.astype(np.int32), self._bytes))
        data.append(self._annotations.signal(self._file.records * self._record_s))
        self._filled = 0  # whatever happens: what did not reach the disk is not there
        self._file.put(b"".join(data))


def lsb_said(transducer: str) -> float | None:
    """The exact lsb that a file of ours keeps in a signal's transducer field."""
    _, found, text = transducer.rpartition(_LSB)
    try:
        return float(text) if found else None
    except ValueError:
        return None


def labels(names: Sequence[str]) -> tuple[str, ...]:
    """Names as 16 ASCII characters, no two alike."""
    found: list[str] = []
    for name in names:
        plain = "".join(c if " " <= c <= "~" else "_" for c in name.replace("\u00b5", "u")).strip() or "x"
        label, number = plain[:_LABEL_CHARACTERS], 2
        while label in found or label.endswith("Annotations"):
            ending = f"~{number}"
            label, number = plain[: _LABEL_CHARACTERS - len(ending)] + ending, number + 1
        found.append(label)
    return tuple(found)


def _packed(counts: NDArray[np.int32], sample_bytes: int) -> bytes:
    """Little-endian, the low bytes of each."""
    whole = np.ascontiguousarray(counts, "<i4")
    return whole.view(np.uint8).reshape(*whole.shape, 4)[..., :sample_bytes].tobytes()
