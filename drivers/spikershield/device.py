"""A Backyard Brains SpikerShield on an Arduino as a source of EMG."""

from __future__ import annotations

from ...core.chunk import ARBITRARY
from ...core.clock import now
from ...core.errors import ProfileError, SourceNotFound
from ..framed import FramedSource
from ..frames import FrameDecoder
from ..montage import numbered, pick
from ..options import read_options
from ..serialport import SerialPort, open_port
from ..settings import SourceSettings
from ..source import SourceInfo
from ..wire import Wire
from . import codec
from .settings import ShieldOptions

_ANSWER_S, _ATTEMPTS = 0.4, 3
"""An Arduino that was just reset loses the first command to its loader."""
_FEWEST = 20
_NOTES = (
    "The shield does not say how many microvolts a count is: values have an arbitrary unit, 0 is mid-scale.",
    "It does not count its samples: a gap is found by broken frames, or by the clock when it is longer "
    "than a tenth of a second.",
)


class SpikerShieldSource(FramedSource):
    """One to six channels, 10 bits, 10 kHz shared between them."""

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self._channels = read_options(ShieldOptions, settings).channels
        rate_hz = codec.TOTAL_HZ / self._channels
        if settings.rate_hz and abs(settings.rate_hz - rate_hz) > 0.5:
            raise ProfileError(
                f"source.rate_hz = {settings.rate_hz:g}; a SpikerShield with "
                f"{self._channels} channels has {rate_hz:g} Hz",
                f"set it to {rate_hz:g}",
            )
        if not settings.port:
            raise ProfileError("source.port is empty", "set the Arduino's port, such as /dev/ttyACM0")
        names = numbered(self._channels)
        self._picked = pick(names, settings.channels, "the SpikerShield")
        self._info = SourceInfo(
            kind=settings.kind,
            name="SpikerShield",
            serial="",
            channels=tuple(names[i] for i in self._picked),
            rate_hz=rate_hz,
            unit=ARBITRARY,
            railed=float(codec.MOST - codec.MIDDLE),
            notes=_NOTES,
        )

    def _connect(self) -> Wire:
        """Take the port, wait until the Arduino has started, set the number of channels."""
        return open_port(self._settings.port, codec.BAUD, self._set_up)

    def _set_up(self, port: SerialPort) -> None:
        # Opening the port resets an Arduino: its loader runs for a second or two before the program does.
        if not port.read(now() + self._settings.find_s):
            raise SourceNotFound(
                f"{port.path}: nothing is sent; a SpikerShield speaks at {codec.BAUD} baud",
                "load the SpikeRecorder program into the Arduino; check that this is its port",
            )
        for _ in range(_ATTEMPTS):
            port.write(codec.channels_command(self._channels))
            if self._obeyed(port):
                return
        raise SourceNotFound(
            f"{port.path}: what comes is no SpikerShield with {self._channels} channels",
            "check that this is its port, and that it runs the SpikeRecorder program",
        )

    def _obeyed(self, port: SerialPort) -> bool:
        """Frames of so many channels come, one after the other."""
        decoder, in_a_row = codec.ShieldDecoder(self._channels), 0
        until_s = now() + _ANSWER_S
        while now() < until_s:
            skipped = decoder.skipped
            rows = len(decoder.feed(port.read(until_s, decoder.missing(_FEWEST))))
            in_a_row = rows if decoder.skipped != skipped else in_a_row + rows
            if in_a_row >= _FEWEST:
                return True
        return False

    def _begin(self, wire: Wire) -> None:
        """It sends all the time: forget what has piled up."""
        while wire.read(0.0):
            pass

    def _decoder(self) -> FrameDecoder:
        return codec.ShieldDecoder(self._channels)
