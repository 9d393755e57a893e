"""Any microcontroller that prints one line of numbers per sample, as a source of EMG."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ...core.chunk import ARBITRARY, MICROVOLT, Chunk
from ...core.clock import now
from ...core.errors import ProfileError, SourceError, SourceLost, SourceNotFound
from ..framed import FramedSource
from ..frames import FrameDecoder
from ..montage import pick
from ..options import read_options
from ..serialport import SerialPort, open_port
from ..settings import SourceSettings
from ..source import SourceInfo
from ..wire import Wire
from .codec import COUNTED, LineDecoder
from .layout import Layout, lay_out
from .lines import common_shape, is_comment, read_line
from .settings import AsciiOptions
from .stamps import TURN, StampWatch

LEAST_HZ = 200.0
"""Control needs at least this: the vendor's examples send ten lines a second."""
_LISTEN_S, _SETTLE_S = 1.0, 0.2
"""What came in the first fifth may have waited in a buffer."""
_OFF = 0.04
"""A second's measurement and the rate that was asked for may differ by so much."""
_TIDY = 0.01
_PER_S = {"us": 1e6, "ms": 1e3}
_FASTER = "load a faster sketch: no delay(), 500 to 1000 lines a second, and a baud rate that carries them"


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a second of listening has shown.

    Attributes:
        lines: whole ones, in order.
        rate_hz: lines a second; 0 when there were too few to say.
        heard_bytes: how many bytes came at all.
    """

    lines: list[bytes]
    rate_hz: float
    heard_bytes: int


class AsciiSource(FramedSource):
    """One row a line."""

    _integers = False

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self._options = read_options(AsciiOptions, settings)
        if not settings.port:
            raise ProfileError("source.port is empty", "set the board's port, such as /dev/ttyACM0")
        if 0 < settings.rate_hz < LEAST_HZ:
            raise ProfileError(
                f"source.rate_hz = {settings.rate_hz:g}; control needs at least {LEAST_HZ:g} Hz", _FASTER
            )
        self._rate_hz = 0.0
        self._layout: Layout | None = None
        self._period = 0.0

    def _connect(self) -> Wire:
        """Take the port, and find out what the lines look like and how fast they come."""
        return open_port(self._settings.port, self._options.baud, self._learn)

    def _learn(self, port: SerialPort) -> None:
        heard = _listen(port, self._settings.find_s)
        shape = common_shape(heard.lines)
        if shape is None:
            raise SourceNotFound(*_silence(port.path, heard, self._options.baud))
        if self._layout is not None and shape != self._layout.shape:
            raise SourceError(
                f"{port.path}: the board sends {shape} now; it sent {self._layout.shape}",
                "load the sketch that it had, or mend source.options and calibrate again",
            )
        self._layout = layout = lay_out(shape, self._options)
        measured_hz = heard.rate_hz
        if layout.time is not None:
            self._period = _period([each for each in map(read_line, heard.lines) if each], layout)
            measured_hz = _PER_S[self._options.time_unit] / self._period if self._period else measured_hz
        self._rate_hz = self._agreed_rate_hz(port.path, measured_hz)
        self._period = self._period or _PER_S[self._options.time_unit] / self._rate_hz
        self._picked = pick(layout.channels, self._settings.channels, f"the board on {port.path}")
        self._info = SourceInfo(
            kind=self._settings.kind,
            name="serial board",
            serial="",
            channels=tuple(layout.channels[i] for i in self._picked),
            rate_hz=self._rate_hz,
            unit=MICROVOLT if self._options.scale_uv else ARBITRARY,
            railed=self._options.railed,
            notes=self._notes(),
            envelope=self._options.kind_of_signal == "envelope",
        )

    def _agreed_rate_hz(self, path: str, measured_hz: float) -> float:
        """The rate that is asked for or was found before, or what was measured, as a round number.

        A model fits one rate: it must not change a little with every start.

        Raises:
            SourceError: it is too slow, or not what is asked for.
        """
        if measured_hz < LEAST_HZ:
            raise SourceError(
                f"{path}: the board sends {measured_hz:.0f} lines a second; "
                f"control needs at least {LEAST_HZ:g}",
                _FASTER,
            )
        asked_hz = self._settings.rate_hz
        if asked_hz and abs(measured_hz / asked_hz - 1) > _OFF:
            raise SourceError(
                f"{path}: the board sends {measured_hz:.0f} lines a second, not {asked_hz:g}",
                f"set source.rate_hz = {_tidy(measured_hz):g}, or mend the sketch",
            )
        if asked_hz:
            return asked_hz
        if self._rate_hz and abs(measured_hz / self._rate_hz - 1) <= _OFF:
            return self._rate_hz
        return _tidy(measured_hz)

    def _notes(self) -> tuple[str, ...]:
        notes = []
        if self._options.kind_of_signal == "envelope":
            notes.append(
                "The sensor sends an envelope, rectified and smoothed: only its amplitude says anything, and "
                "features of zero crossings, slopes and spectra do not."
            )
        if not self._options.scale_uv:
            notes.append("Nobody said how many microvolts a count is: values have an arbitrary unit.")
        if not self._options.time:
            notes.append(
                "The lines have no time of their own: a line that is missing whole is found by the clock, "
                "and only when more than a tenth of a second is missing."
            )
        return tuple(notes)

    def _begin(self, wire: Wire) -> None:
        """It sends all the time: forget what has piled up."""
        while wire.read(0.0):
            pass

    def _decoder(self) -> FrameDecoder:
        layout = self._layout
        if layout is None:
            raise SourceError("this ascii source is not connected", "call open() first")
        stamps = None
        if layout.time is not None:
            stamps = StampWatch(self._period, _PER_S[self._options.time_unit])
            self.modulus = COUNTED
        self._lines = LineDecoder(layout, stamps, self._options.full_scale, self._options.zero)
        return self._lines

    def _scale(self) -> float:
        return self._options.scale_uv or 1.0

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """As `EmgSource.read`; a board that was given another sketch is lost."""
        chunk = super().read(min_samples, deadline_s)
        if not len(chunk) and self._lines.changed is not None and self._layout is not None:
            raise SourceLost(
                f"{self._settings.port}: the board sends {self._lines.changed} now; "
                f"it sent {self._layout.shape}",
                "load the sketch that it had, or mend source.options and calibrate again",
            )
        return chunk


def _listen(port: SerialPort, find_s: float) -> _Heard:
    """Whole lines of about a second. Opening the port may have reset the board: its loader takes a while."""
    data, heard_bytes = b"", 0
    marks: list[tuple[float, int]] = []
    t_start_s, first_s = now(), 0.0
    until_s = t_start_s + find_s
    while now() < until_s:
        data += port.read(min(until_s, now() + 0.1))
        t_s = now()
        heard_bytes = len(data)
        if not first_s and common_shape(data.split(b"\n")[1:-1]) is not None:
            first_s, until_s = t_s, t_s + _SETTLE_S + _LISTEN_S
        if first_s and t_s - first_s >= _SETTLE_S and (not marks or marks[-1][1] != data.count(b"\n")):
            marks.append((t_s, data.count(b"\n")))
    lines = data.split(b"\n")[1:-1]
    if not marks or marks[-1][0] <= marks[0][0]:
        return _Heard(lines, 0.0, heard_bytes)
    (from_s, first), (to_s, last) = marks[0], marks[-1]
    share = sum(not is_comment(line) for line in lines) / len(lines)
    return _Heard(lines, share * (last - first) / (to_s - from_s), heard_bytes)


def _silence(path: str, heard: _Heard, baud: int) -> tuple[str, str]:
    """Why there are no lines of numbers, and what mends it."""
    if not heard.heard_bytes:
        return f"{path}: nothing is sent", "load the sketch into the board; check that this is its port"
    return (
        f"{path}: {heard.heard_bytes} bytes come at {baud} baud, but no lines of numbers",
        "set source.options.baud as the sketch's Serial.begin has it; one line per sample",
    )


def _period(lines: list[tuple[object, list[float]]], layout: Layout) -> float:
    """Time between lines by the board's own clock, in the stamp's unit; 0 when the stamps do not say."""
    at = layout.time
    stamps = [values[at] for shape, values in lines if shape == layout.shape and at is not None]
    steps = sorted((later - earlier) % TURN for earlier, later in pairwise(stamps))
    if not steps:
        return 0.0
    # The mean of steps without gaps: stamps of whole milliseconds say little one by one.
    usual = max(steps[len(steps) // 2], 1.0)
    whole = [step for step in steps if step < 1.5 * usual or step <= usual + 1]
    return sum(whole) / len(whole)


def _tidy(rate_hz: float) -> float:
    """The roundest number within one percent."""
    for step in (100, 50, 10, 5):
        round_hz = round(rate_hz / step) * step
        if abs(round_hz / rate_hz - 1) <= _TIDY:
            return float(round_hz)
    return float(round(rate_hz))
