"""The header of an EDF+ or BDF+ file, both ways. Pure: bytes in, numbers out.

Fields and widths: "European data format 'plus'" (Kemp & Olivan 2003) and BioSemi's description of BDF:
EDF with samples of 24 bits and another first field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...core.errors import RecordingError

MAIN_BYTES = 256
SIGNAL_BYTES = 256
COUNT_AT, COUNT_BYTES = 236, 8
"""Where the number of data records stands: the only field that changes while a file grows."""
_BDF, _EDF = b"\xffBIOSEMI", b"0       "
_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MOST_SIGNALS = 9999


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal's fields.

    Attributes:
        label: at most 16 ASCII characters.
        transducer: at most 80.
        unit: at most 8.
        physical_min, physical_max: values of the two digital ones; 8 characters of text each.
        digital_min, digital_max: counts.
        prefilter: at most 80.
        samples: in each data record.
    """

    label: str
    transducer: str
    unit: str
    physical_min: float
    physical_max: float
    digital_min: int
    digital_max: int
    prefilter: str
    samples: int

    @property
    def annotations(self) -> bool:
        """It holds text, not samples."""
        return self.label in ("EDF Annotations", "BDF Annotations")

    @property
    def lsb(self) -> float:
        """Physical value of one count."""
        return (self.physical_max - self.physical_min) / (self.digital_max - self.digital_min)

    @property
    def offset(self) -> float:
        """Physical value of count 0; 0 within rounding for symmetric ranges."""
        return self.physical_max - self.digital_max * self.lsb


@dataclass(frozen=True, slots=True)
class Header:
    """A whole header.

    Attributes:
        sample_bytes: 3 (BDF) or 2 (EDF).
        patient, recording: text of at most 80 characters.
        start: wall time in whole seconds, as the clock of the computer showed it.
        reserved: "BDF+C", "EDF+D", ... or empty.
        records: what the header says; -1 while nobody knows.
        duration: of one data record, in seconds, as text.
        signals: in the file's order.
    """

    sample_bytes: int
    patient: str
    recording: str
    start: datetime
    reserved: str
    records: int
    duration: str
    signals: tuple[Signal, ...]

    @property
    def bytes(self) -> int:
        """Length of the header."""
        return MAIN_BYTES + SIGNAL_BYTES * len(self.signals)

    @property
    def record_bytes(self) -> int:
        """Length of one data record."""
        return self.sample_bytes * sum(signal.samples for signal in self.signals)

    @property
    def record_s(self) -> float:
        """Duration of one data record."""
        return float(self.duration)

    @property
    def continuous(self) -> bool:
        """No time is missing between data records."""
        return not self.reserved.endswith("+D")


def recording_text(start: datetime, device: str) -> str:
    """What EDF+ wants in the recording field."""
    date = f"{start.day:02d}-{_MONTHS[start.month - 1]}-{start.year:04d}"
    return f"Startdate {date} X X {code(device)}"


def code(text: str) -> str:
    """A subfield of EDF+: no spaces; X for nothing."""
    return "_".join(_ascii(text).split()) or "X"


def count_text(records: int) -> bytes:
    """The field of the number of records."""
    return _field(str(records), COUNT_BYTES)


def pack(header: Header) -> bytes:
    """The header as bytes. Text that is too long is cut; numbers are not."""
    signals = header.signals
    start = header.start
    main = (
        (_BDF if header.sample_bytes == 3 else _EDF)
        + _field(header.patient, 80)
        + _field(header.recording, 80)
        + _field(f"{start:%d.%m.%y}", 8)
        + _field(f"{start:%H.%M.%S}", 8)
        + _field(str(header.bytes), 8)
        + _field(header.reserved, 44)
        + count_text(header.records)
        + _field(header.duration, 8)
        + _field(str(len(signals)), 4)
    )
    columns: Sequence[Sequence[str]] = (
        [s.label for s in signals],
        [s.transducer for s in signals],
        [s.unit for s in signals],
        [number8(s.physical_min) for s in signals],
        [number8(s.physical_max) for s in signals],
        [str(s.digital_min) for s in signals],
        [str(s.digital_max) for s in signals],
        [s.prefilter for s in signals],
        [str(s.samples) for s in signals],
        ["" for _ in signals],
    )
    return main + b"".join(
        _field(text, width) for width, column in zip(_WIDTHS, columns, strict=True) for text in column
    )


def parse(data: bytes, name: str) -> Header:
    """The header at the beginning of `data`.

    Raises:
        RecordingError: not EDF or BDF, cut short, or a field that is no number; `name` begins the line.
    """
    if data[:8] not in (_BDF, _EDF):
        raise RecordingError(f"{name}: neither EDF nor BDF: it begins with {data[:8]!r}")
    text = data.decode("latin-1")
    count = int(_number(name, "number of signals", text[252:256]))
    if not 0 < count <= _MOST_SIGNALS:
        raise RecordingError(f"{name}: {count} signals; at least 1 is needed")
    if len(data) < MAIN_BYTES + SIGNAL_BYTES * count:
        raise RecordingError(f"{name}: the file ends inside its header")
    columns: list[list[str]] = []
    at = MAIN_BYTES
    for width in _WIDTHS:
        columns.append([text[at + i * width : at + (i + 1) * width].strip() for i in range(count)])
        at += width * count
    signals = tuple(_signal(name, [column[i] for column in columns]) for i in range(count))
    header = Header(
        sample_bytes=3 if data[:8] == _BDF else 2,
        patient=text[8:88].strip(),
        recording=text[88:168].strip(),
        start=_start(name, text[168:184], text[88:168]),
        reserved=text[192:236].strip(),
        records=int(_number(name, "number of records", text[COUNT_AT : COUNT_AT + COUNT_BYTES])),
        duration=text[244:252].strip(),
        signals=signals,
    )
    _number(name, "duration of a record", header.duration)
    if header.record_bytes == 0:
        raise RecordingError(f"{name}: its data records are empty")
    return header


def number8(value: float) -> str:
    """A number in at most 8 characters, as exactly as they allow; never with an exponent."""
    for decimals in range(7, -1, -1):
        text = f"{value:.{decimals}f}"
        if decimals and "." in text:
            text = text.rstrip("0").rstrip(".")
        if len(text) <= 8:
            return "0" if text == "-0" else text
    raise RecordingError(f"a range of {value:g} does not fit an EDF header", "choose a larger unit")


def _signal(name: str, fields: list[str]) -> Signal:
    label, transducer, unit, low, high, digital_low, digital_high, prefilter, samples, _ = fields
    where = f"signal {label!r}"
    signal = Signal(
        label,
        transducer,
        unit,
        _number(name, f"{where}: physical minimum", low),
        _number(name, f"{where}: physical maximum", high),
        int(_number(name, f"{where}: digital minimum", digital_low)),
        int(_number(name, f"{where}: digital maximum", digital_high)),
        prefilter,
        int(_number(name, f"{where}: samples per record", samples)),
    )
    if signal.digital_min == signal.digital_max or signal.samples < 0:
        raise RecordingError(f"{name}: {where} has no range, or a negative number of samples")
    return signal


def _start(name: str, text: str, recording: str) -> datetime:
    """Date and time; the century from the EDF+ recording field where it is there."""
    try:
        start = datetime.strptime(text.replace(":", "."), "%d.%m.%y%H.%M.%S")  # noqa: DTZ007 - EDF has no zone
    except ValueError as error:
        raise RecordingError(f"{name}: starts on {text!r}, which is no date") from error
    words = recording.split()
    if len(words) > 1 and words[0] == "Startdate" and words[1][-4:].isdigit() and int(words[1][-4:]) > 1900:
        return start.replace(year=int(words[1][-4:]))
    return start.replace(year=start.year - 100) if start.year > 2084 else start  # EDF: 85 to 99 are 19xx


def _number(name: str, what: str, text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise RecordingError(f"{name}: {what} is {text.strip()!r}; it must be a number") from error


def _field(text: str, width: int) -> bytes:
    return _ascii(text)[:width].ljust(width).encode("ascii")


def _ascii(text: str) -> str:
    text = text.replace("\u00b5", "u").replace("\u03bc", "u")
    return "".join(c if " " <= c <= "~" else "?" for c in text)
