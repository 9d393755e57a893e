"""EDF, EDF+, BDF and BDF+ read as they stand on the disk, whole data records only, whoever wrote them.

How much there is is what the file's length says, not its header: a recorder that was killed leaves a header
that counts a record too few, or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from . import edf_header, tal
from .edf_header import Header, Signal
from .tal import Annotation

Counts = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class EdfFile:
    """Attributes:
    path: of the file.
    header: what it says of itself.
    records: whole data records that are there.
    odd_bytes: after the last whole one.
    onsets_s: [records] start of each data record, seconds since `header.start`.
    annotations: all texts in it, in the file's order.
    """

    path: Path
    header: Header
    records: int
    odd_bytes: int
    onsets_s: NDArray[np.float64]
    annotations: tuple[Annotation, ...]

    def counts(self, signal: Signal) -> Counts:
        """[records * samples] counts of one signal, as stored."""
        header = self.header
        first = header.sample_bytes * sum(s.samples for s in header.signals[: header.signals.index(signal)])
        raw = _mapped(self.path, header, self.records)
        wide = np.zeros((self.records, signal.samples, 4), np.uint8)
        block = raw[:, first : first + header.sample_bytes * signal.samples]
        # Into the high bytes, so that shifting down again spreads the sign.
        wide[..., 4 - header.sample_bytes :] = block.reshape(self.records, signal.samples, -1)
        shifted: Counts = wide.view("<i4")[..., 0].reshape(-1) >> (8 * (4 - header.sample_bytes))
        return shifted

    def index(self, t_s: float, rate_hz: float, samples: int) -> int:
        """Sample at `t_s` seconds since the start, for a signal with `samples` in each data record."""
        if self.header.continuous:
            return round((t_s - float(self.onsets_s[0])) * rate_hz)
        record = max(0, int(np.searchsorted(self.onsets_s, t_s + 0.5 / rate_hz, side="right")) - 1)
        inside = round((t_s - float(self.onsets_s[record])) * rate_hz)
        return record * samples + min(max(inside, 0), samples)

    @property
    def breaks(self) -> tuple[int, ...]:
        """Data records before which time is missing."""
        late = np.diff(self.onsets_s) - self.header.record_s
        return tuple((np.flatnonzero(np.abs(late) > 1e-3) + 1).tolist())


def open_edf(path: Path) -> EdfFile:
    """Read the header and the annotations.

    Raises:
        RecordingError: no such file, not EDF or BDF, or not one whole data record in it.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(edf_header.MAIN_BYTES)
            many = int(start[252:256]) if start[252:256].strip().isdigit() else 0
            header = edf_header.parse(start + file.read(edf_header.SIGNAL_BYTES * many), str(path))
    except FileNotFoundError as error:
        raise RecordingError(f"{path}: no such recording", "is the path right?") from error
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
    records, odd = divmod(size - header.bytes, header.record_bytes)
    if records < 1:
        raise RecordingError(f"{path}: not one whole data record of {header.record_s:g} s is in it")
    onsets_s, annotations = _annotations(path, header, records)
    return EdfFile(path, header, records, odd, onsets_s, annotations)


def _annotations(
    path: Path, header: Header, records: int
) -> tuple[NDArray[np.float64], tuple[Annotation, ...]]:
    onsets_s = np.arange(records, dtype=np.float64) * header.record_s
    found: list[Annotation] = []
    raw = _mapped(path, header, records)
    at, timed = 0, False
    for signal in header.signals:
        end = at + signal.samples * header.sample_bytes
        if signal.annotations:
            for record in range(records):
                onset_s, texts = tal.decode(raw[record, at:end].tobytes())
                found += texts
                # The first annotation signal keeps the time of the data records.
                if onset_s is not None and not timed:
                    onsets_s[record] = onset_s
            timed = True
        at = end
    return onsets_s, tuple(found)


def _mapped(path: Path, header: Header, records: int) -> NDArray[np.uint8]:
    """[records, record_bytes] of the file, not read before they are used."""
    shape = (records, header.record_bytes)
    return np.memmap(path, np.uint8, "r", header.bytes, shape)
