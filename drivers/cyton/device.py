"""OpenBCI Cyton through its USB dongle, alone or with a Daisy board, as a source of EMG."""

from __future__ import annotations

from ...core.chunk import MICROVOLT
from ...core.clock import now
from ...core.errors import ProfileError, SourceError, SourceNotFound
from ..framed import FramedSource
from ..frames import FrameDecoder
from ..montage import numbered, pick
from ..serialport import SerialPort, latency_timer_ms, open_port
from ..settings import SourceSettings
from ..source import SourceInfo
from ..wire import Wire
from . import codec

_RESET_S = 4.0
"""A board takes about one second to reset, and its dongle passes the answer on in radio packets."""
_ANSWER_S = 1.5
_QUIET_S, _DRAIN_S = 0.03, 0.3
"""Packets that were under way when the stream was stopped are over after this; garbage never is."""
_BAND_NOTE = (
    "250 Hz: sees only the lower, smaller half of the EMG band (below about 65 Hz). Movements are told "
    "apart less surely than with an amplifier of 1000 Hz."
)
_DAISY_NOTE = (
    "125 Hz, each value the mean of two: sees little of the EMG band (below about 60 Hz). Eight channels "
    "without the Daisy board decode better."
)


class CytonSource(FramedSource):
    """Eight bipolar channels at 250 Hz; three samples, 12 ms, are the increment next to 10 ms."""

    modulus, first_counter = codec.COUNTERS, 0
    _name, _note = "OpenBCI Cyton", _BAND_NOTE
    _channels, _rate_hz = codec.CHANNELS, codec.RATE_HZ

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        if settings.gain not in codec.GAINS:
            allowed = ", ".join(str(g) for g in codec.GAINS)
            raise ProfileError(f"source.gain = {settings.gain}; a Cyton has {allowed}")
        if settings.rate_hz not in (0.0, self._rate_hz):
            raise ProfileError(
                f"source.rate_hz = {settings.rate_hz:g}; "
                f"a {settings.kind}'s radio carries {self._rate_hz:g} Hz",
                f"set it to {self._rate_hz:g}",
            )
        if not settings.port:
            raise ProfileError("source.port is empty", "set the dongle's port, such as /dev/ttyUSB0")
        names = numbered(self._channels)
        self._picked = pick(names, settings.channels, "the Cyton")
        self._scale_uv = codec.microvolts_per_count(settings.gain)
        notes = [self._note]
        timer_ms = latency_timer_ms(settings.port)
        if timer_ms is not None and timer_ms > 1:
            notes.append(
                f"The dongle holds samples back for up to {timer_ms} ms. `innervate doctor` says how to set "
                "its latency timer to 1 ms."
            )
        self._info = SourceInfo(
            kind=settings.kind,
            name=self._name,
            serial="",
            channels=tuple(names[i] for i in self._picked),
            rate_hz=self._rate_hz,
            unit=MICROVOLT,
            railed=self._scale_uv * codec.MOST_COUNT,
            notes=tuple(notes),
        )

    def _decoder(self) -> FrameDecoder:
        return codec.BoardDecoder()

    def _scale(self) -> float:
        return self._scale_uv

    def _connect(self) -> Wire:
        """Take the port, reset the board, set every channel's gain."""
        return open_port(self._settings.port, codec.BAUD, self._set_up)

    def _set_up(self, port: SerialPort) -> None:
        port.write(codec.STOP)
        until_s = now() + _DRAIN_S
        while now() < until_s and port.read(now() + _QUIET_S):
            pass
        banner = self._ask(port, codec.RESET, _RESET_S)
        if b"OpenBCI" not in banner:
            said = banner[:60].decode("ascii", "replace").strip()
            raise SourceNotFound(
                f"{port.path}: this is not a Cyton, it says {said!r}",
                "switch the board on, near its dongle; check that this is the dongle's port",
            )
        self._set_board(port, banner)
        for channel in range(1, self._channels + 1):
            answer = self._ask(port, codec.channel_command(channel, self._settings.gain), _ANSWER_S)
            if b"Success" not in answer:
                said = answer[:60].decode("ascii", "replace").strip()
                raise SourceError(f"{port.path}: the Cyton refused gain {self._settings.gain}: {said!r}")

    def _set_board(self, port: SerialPort, banner: bytes) -> None:
        """Eight channels, whatever is plugged on."""
        if b"Daisy" in banner:
            self._ask(port, codec.EIGHT_CHANNELS, _ANSWER_S)

    def _begin(self, wire: Wire) -> None:
        wire.write(codec.START)

    def _farewell(self, wire: Wire) -> None:
        wire.write(codec.STOP)

    def _ask(self, port: SerialPort, command: bytes, timeout_s: float) -> bytes:
        """The answer to one command, without its end mark."""
        port.write(command)
        answer = bytearray()
        until_s = now() + timeout_s
        while codec.END not in answer:
            data = port.read(until_s)
            answer += data
            if codec.END not in answer and now() >= until_s:
                what = (
                    "nothing answers"
                    if not answer
                    else f"{len(answer)} bytes come, but no answer is among them"
                )
                raise SourceNotFound(
                    f"{port.path}: {what}; a Cyton speaks at {codec.BAUD} baud",
                    "switch the board to PC, near its dongle; check that this is the dongle's port",
                )
        return bytes(answer.partition(codec.END)[0])


class DaisySource(CytonSource):
    """Cyton with Daisy: sixteen channels at 125 Hz."""

    modulus, first_counter = codec.PAIRS, 1  # packet 0, which has no odd one before it, is not valid
    _name, _note = "OpenBCI Cyton with Daisy", _DAISY_NOTE
    _channels, _rate_hz = codec.DAISY_CHANNELS, codec.DAISY_RATE_HZ

    def _decoder(self) -> FrameDecoder:
        return codec.DaisyDecoder()

    def _set_board(self, port: SerialPort, banner: bytes) -> None:
        del banner  # the answer to the command says more
        answer = self._ask(port, codec.SIXTEEN_CHANNELS, _ANSWER_S)
        if b"16" not in answer:
            said = answer[:60].decode("ascii", "replace").strip()
            raise SourceError(
                f"{port.path}: no Daisy board is plugged on: {said!r}",
                'plug it on, or set source.kind = "cyton"',
            )
