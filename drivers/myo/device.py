"""Thalmic Myo armband through its BLED112 dongle, as a source of EMG."""

from __future__ import annotations

import contextlib
import struct

from ...core.chunk import ARBITRARY
from ...core.clock import now
from ...core.errors import ProfileError, SourceError, SourceLost, SourceNotFound
from ..framed import FramedSource
from ..frames import FrameDecoder
from ..montage import numbered, pick
from ..options import read_options
from ..serialport import SerialPort, open_port
from ..settings import SourceSettings
from ..source import SourceInfo
from ..wire import Wire
from . import bgapi, codec
from .dongle import Dongle
from .settings import MyoOptions

_BAUD = 115_200
"""The dongle is a USB device: any rate will do."""
_OTHERS_S = 0.5
"""How long to look for a second armband once one is found."""
_FAREWELL_S = 0.3
_NOTES = (
    "200 Hz: sees the lower half of the EMG band (below about 90 Hz). An amplifier of 1000 Hz tells "
    "movements apart more surely.",
    "The armband does not say how many microvolts a count is: values have an arbitrary unit, 8 bits.",
    "Two samples always come together, by a radio link that is free for one every 7.5 ms.",
)


class MyoSource(FramedSource):
    """Eight channels at 200 Hz; two samples, 10 ms, are the increment."""

    modulus = codec.MODULUS

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self._options = read_options(MyoOptions, settings)
        if not settings.port:
            raise ProfileError("source.port is empty", "set the dongle's port, such as /dev/ttyACM0")
        if settings.rate_hz not in (0.0, codec.RATE_HZ):
            raise ProfileError(
                f"source.rate_hz = {settings.rate_hz:g}; a Myo measures at {codec.RATE_HZ:g} Hz",
                f"set it to {codec.RATE_HZ:g}",
            )
        self._picked = pick(numbered(codec.CHANNELS), settings.channels, "the Myo")
        self._dongle: Dongle | None = None
        self._connection = 0
        self._battery_percent = 0
        self._stream: codec.MyoDecoder | None = None

    def _connect(self) -> Wire:
        """Take the dongle, find the armband, connect, and subscribe to all it measures."""
        return open_port(self._settings.port, _BAUD, self._set_up)

    def _set_up(self, port: SerialPort) -> None:
        dongle = Dongle(port)
        dongle.quiet()
        address = self._find(port.path, dongle)
        connection = dongle.connect(address)
        version = struct.unpack("<4H", dongle.read(connection, codec.FIRMWARE)[:8])
        if version[0] == 0:
            raise SourceError(
                f"{port.path}: this Myo's firmware {'.'.join(map(str, version))} is too old",
                "update it with the vendor's program to 1.5",
            )
        name = dongle.read(connection, codec.NAME).decode("utf-8", "replace")
        self._battery_percent = dongle.read(connection, codec.BATTERY)[0]
        for handle in codec.SUBSCRIBE.values():
            dongle.write(connection, handle, codec.NOTIFY)
        # An armband that may sleep does, and ends the connection, in the middle of a movement.
        dongle.write(connection, codec.COMMAND, codec.NEVER_SLEEP)
        self._dongle, self._connection = dongle, connection
        self._info = SourceInfo(
            kind=self._settings.kind,
            name=f"Myo armband {name!r}",
            serial=bgapi.address_text(address),
            channels=tuple(numbered(codec.CHANNELS)[i] for i in self._picked),
            rate_hz=codec.RATE_HZ,
            unit=ARBITRARY,
            samples_per_packet=codec.ROWS,
            railed=float(codec.MOST_COUNT + 1),
            notes=_NOTES,
        )

    def _find(self, path: str, dongle: Dongle) -> bytes:
        """The armband that is asked for, or the only one in reach."""
        wanted = self._options.wanted
        found_s: list[float] = []

        def enough(found: dict[bytes, int]) -> bool:
            if wanted:
                return wanted in found
            if found and not found_s:
                found_s.append(now())
            return bool(found_s) and now() > found_s[0] + _OTHERS_S

        found = dongle.scan(codec.ADVERTISED, now() + self._settings.find_s, enough)
        seen = ", ".join(f"{bgapi.address_text(a)} ({dbm} dBm)" for a, dbm in sorted(found.items()))
        if len(found) > 1 and not wanted:
            raise SourceError(
                f"{path}: {len(found)} Myo armbands are in reach: {seen}",
                "set source.options.address to the one to use",
            )
        if found and (not wanted or wanted in found):
            return wanted or next(iter(found))
        who = f"Myo {self._options.address} is not" if wanted else "no Myo is"
        heard = f"; heard: {seen}" if seen else ""
        raise SourceNotFound(
            f"{path}: {who} in reach (listened {self._settings.find_s:g} s){heard}",
            "wake it by plugging it into its charger for a moment; end programs that have connected to it",
        )

    def _begin(self, wire: Wire) -> None:
        del wire  # the dongle has it
        mode = codec.set_mode(self._options.emg, codec.IMU_DATA)
        self._there().write(self._connection, codec.COMMAND, mode)

    def _there(self) -> Dongle:
        if self._dongle is None:
            raise SourceError("this myo is not connected", "call open() first")
        return self._dongle

    def _decoder(self) -> FrameDecoder:
        dongle = self._there()
        early = dongle.take_early()
        self._stream = codec.MyoDecoder(dongle.framing, early, self._connection, self._battery_percent)
        return self._stream

    def _fetch(self, wire: Wire, min_samples: int, deadline_s: float) -> float:
        t_arrival_s = super()._fetch(wire, min_samples, deadline_s)
        if self._stream is not None and self._stream.gone and self._lost is None:
            self._lost = SourceLost(
                f"the Myo on {wire.name} has gone: {self._stream.gone}", "is it charged, and near the dongle?"
            )
        return t_arrival_s

    def _farewell(self, wire: Wire) -> None:
        del wire
        dongle, gone = self._there(), self._stream is not None and bool(self._stream.gone)
        if gone:
            return
        for data in (codec.set_mode(codec.EMG_OFF, codec.IMU_OFF), codec.MAY_SLEEP):
            with contextlib.suppress(SourceError):
                dongle.write(self._connection, codec.COMMAND, data, _FAREWELL_S)
        dongle.disconnect(self._connection)

    def close(self) -> None:
        """See `EmgSource`."""
        super().close()
        self._dongle, self._stream = None, None
