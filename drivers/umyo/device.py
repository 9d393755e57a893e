"""uMyo sensors through their USB base station, as one source of EMG."""

from __future__ import annotations

from statistics import median

from ...core.chunk import ARBITRARY
from ...core.clock import now
from ...core.errors import ProfileError, SourceError, SourceNotFound
from ..framed import FramedSource
from ..frames import FrameDecoder
from ..montage import pick
from ..options import read_options
from ..serialport import SerialPort, open_port
from ..settings import SourceSettings
from ..source import SourceInfo
from ..wire import Wire
from . import codec
from .rows import RowDecoder, hex_name
from .settings import UmyoOptions, unit_id

NOMINAL_HZ = 1116.0
"""Firmware 3.1: (5 + 2) microseconds x 128 conversions a sample. Each sensor has a clock of its own."""
_LISTEN_S = 1.0
_FEWEST = 5
"""Packets until a sensor is believed to be there: without a checksum one may be chance."""
_OFF = 0.03
"""An own clock and a second's measurement differ by less."""
_NOTES = (
    "The sensors do not say how many microvolts a count is: values have an arbitrary unit.",
    "Each sensor has a clock of its own: channels are aligned within one packet (7 ms), and a faster one "
    "gives up eight samples now and then, which is marked.",
)


class UmyoSource(FramedSource):
    """One channel a sensor, about 1116 Hz; eight samples, 7 ms, always come together."""

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        options = read_options(UmyoOptions, settings)
        if not settings.port:
            raise ProfileError("source.port is empty", "set the base station's port, such as /dev/ttyUSB0")
        try:
            self._wanted = options.ids or tuple(unit_id(name) for name in settings.channels)
        except ValueError as error:
            raise ProfileError(f"source.channels: {error}", "name channels by their sensors' ids") from error
        self._units: tuple[int, ...] = ()
        self._rate_hz = 0.0

    def _connect(self) -> Wire:
        """Take the port, and listen who is there and how fast."""
        return open_port(self._settings.port, codec.BAUD, self._take_census)

    def _take_census(self, port: SerialPort) -> None:
        census = _Census(port, self._settings.find_s, self._units or self._wanted, bool(self._units))
        self._settle(port.path, census)

    def _settle(self, path: str, census: _Census) -> None:
        """Which sensors, in which order, at which rate."""
        rates = census.rates_hz
        if self._units:
            rates = {unit: rate_hz for unit, rate_hz in rates.items() if unit in self._units}
        else:
            self._units = self._wanted or tuple(sorted(rates))
            rates = {unit: rates[unit] for unit in self._units if unit in rates}
        self._rate_hz = self._agreed_rate_hz(median(rates.values()))
        for unit, rate_hz in rates.items():
            if abs(rate_hz / self._rate_hz - 1) > _OFF:
                raise SourceError(
                    f"{path}: sensor {hex_name(unit)} measures {rate_hz:.0f} Hz, not {self._rate_hz:g} Hz",
                    f"set source.rate_hz = {round(median(rates.values()))}; all sensors need one firmware",
                )
        names = tuple(hex_name(unit) for unit in self._units)
        wanted = tuple(hex_name(unit_id(name)) for name in self._settings.channels)
        self._picked = pick(names, wanted, "the uMyo base station")
        self._info = SourceInfo(
            kind=self._settings.kind,
            name="uMyo",
            serial="",
            channels=tuple(self._settings.channels) or names,
            rate_hz=self._rate_hz,
            unit=ARBITRARY,
            samples_per_packet=codec.SAMPLES,
            railed=32767.0,
            notes=_NOTES,
        )

    def _agreed_rate_hz(self, measured_hz: float) -> float:
        """The one that is asked for or was found before; the usual one; or what was measured, rounded.

        A model fits one rate: it must not change a little with every start.
        """
        if self._settings.rate_hz:
            return self._settings.rate_hz
        for known_hz in (self._rate_hz, NOMINAL_HZ):
            if known_hz and abs(measured_hz / known_hz - 1) <= _OFF:
                return known_hz
        return round(measured_hz, -1)

    def _begin(self, wire: Wire) -> None:
        """It sends all the time: forget what has piled up."""
        while wire.read(0.0):
            pass

    def _decoder(self) -> FrameDecoder:
        return RowDecoder(self._units)


class _Census:
    """Who is heard on a port within about a second.

    Args:
        port: listened to.
        find_s: how long to wait.
        wanted: who must be there; empty for anybody.
        any_will_do: one of them is enough.

    Raises:
        SourceNotFound: somebody is not there, or what comes is no uMyo.
    """

    def __init__(self, port: SerialPort, find_s: float, wanted: tuple[int, ...], any_will_do: bool) -> None:
        self._heard: dict[int, list[tuple[float, int]]] = {}
        self._listen(port, max(find_s, 2 * _LISTEN_S), wanted, any_will_do)
        there = sorted(self._there)
        missing = [hex_name(unit) for unit in wanted if unit not in there]
        if there and (not missing or (any_will_do and len(missing) < len(wanted))):
            return
        if self._bytes and not self._heard:
            raise SourceNotFound(
                f"{port.path}: {self._bytes} bytes come, but no uMyo packet is among them; "
                f"a base station speaks at {codec.BAUD} baud",
                "check that this is the base station's port",
            )
        who = f"uMyo {', '.join(missing)} is not heard" if missing else "no uMyo is heard"
        also = f"; heard: {', '.join(map(hex_name, there))}" if there else ""
        raise SourceNotFound(
            f"{port.path}: {who}{also}",
            "switch the sensors on, near the base station; source.options.units says which are used",
        )

    def _listen(self, port: SerialPort, give_up_s: float, wanted: tuple[int, ...], any_will_do: bool) -> None:
        decoder = codec.PacketDecoder()
        self._bytes = 0
        until_s, enough_s = now() + give_up_s, 0.0
        while now() < until_s:
            data = port.read(min(until_s, now() + 0.1))
            self._bytes += len(data)
            for packet in decoder.feed(data):
                self._count(now(), packet)
            there = self._there
            complete = there & set(wanted) if any_will_do else there >= set(wanted)
            if there and complete:
                enough_s = enough_s or now() + _LISTEN_S
                if now() >= enough_s:
                    return

    @property
    def _there(self) -> set[int]:
        return {unit for unit, packets in self._heard.items() if len(packets) >= _FEWEST}

    def _count(self, t_s: float, packet: codec.Packet) -> None:
        """Note when a packet came, and its data id counted on beyond 255."""
        heard = self._heard.setdefault(packet.unit, [])
        newest = heard[-1][1] if heard else packet.data_id
        heard.append((t_s, newest + (packet.data_id - newest) % codec.DATA_IDS))

    @property
    def rates_hz(self) -> dict[int, float]:
        """Samples a second of each sensor that is there."""
        rates = {}
        for unit in self._there:
            (from_s, first), (to_s, last) = self._heard[unit][0], self._heard[unit][-1]
            if to_s > from_s:
                rates[unit] = (last - first) * codec.SAMPLES / (to_s - from_s)
        return rates
