"""Virtual amplifiers of OT Bioelettronica: Muovi, Muovi+ and Sessantaquattro dial in, Quattrocento listens.

Muovi probes send 18 (Muovi+: 10) rows at a time, as the real ones; the others in bursts of some milliseconds,
since how they do it is stated nowhere. Nor is Wi-Fi's delay, and none is modelled.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.clock import now
from ..core.errors import ProfileError
from ..drivers.options import read_options
from ..drivers.otb import muovi, quattrocento, sessantaquattro
from ..drivers.otb.words import encode
from ..drivers.settings import SourceSettings
from .cable import DialingCable, ListeningCable
from .devices import refuse_channels
from .faults import Fault, FaultyCable
from .otb_firmware import Firmware, MuoviFirmware, QuattrocentoFirmware, SessantaquattroFirmware
from .otb_rows import counts_of, rows_of

if TYPE_CHECKING:
    from .amplifier import AmplifierSettings
    from .feed import Feed

_BURST_S = 0.004
"""Of a Quattrocento; stated nowhere."""
_LEFT_BEHIND = 7
"""Bytes of a row that a program which left without a stop has had: the next one begins in its middle."""


class _ProbeCable(DialingCable):
    """Counts its calls: a new one has heard no command yet."""

    calls = 0

    def _welcome(self, peer: socket.socket) -> None:
        super()._welcome(peer)
        self.calls += 1

    @property
    def has_peer(self) -> bool:
        """As `connected`, without dialling."""
        return self._peer is not None


class _BoxCable(ListeningCable):
    """As `_ProbeCable` for a device that is called."""

    calls = 0

    def _welcome(self, peer: socket.socket) -> None:
        super()._welcome(peer)
        self.calls += 1

    @property
    def has_peer(self) -> bool:
        """As `connected`, without letting somebody in."""
        return self._peer is not None


class _VirtualOtb:
    """What the virtual devices share.

    Args:
        firmware: hears the commands.
        wire: the device's end of the connection.
        rate_hz: of the feed. A device that is told another rate still sends this one.
        instant: rows go out whole; otherwise they are cut into segments as on the real network.
        faults: what goes wrong on the connection.
    """

    takes_time = False

    def __init__(
        self,
        firmware: Firmware,
        wire: _ProbeCable | _BoxCable,
        rate_hz: float,
        *,
        instant: bool = False,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        self.firmware = firmware
        self._wire = wire
        self.cable = FaultyCable(wire, faults)
        self._rate_hz = rate_hz
        self._instant = instant
        self._call = 0
        self._begun = 0
        self._rows = self._bytes = 0
        self._handed_s = 0.0
        port = wire.facts["tcp_port"]
        self.facts: dict[str, object] = {**wire.facts, "options": {"port": port}}

    @property
    def block_samples(self) -> int:
        """Rows that go out together."""
        return max(1, muovi.SEGMENT_BYTES // self.firmware.layout.row_bytes)

    def wait_for_reader(self, timeout_s: float) -> bool:
        """Obey commands until one says go, or `timeout_s` is over."""
        until_s = now() + timeout_s
        self.poll()
        while not self.wanted:
            left_s = until_s - now()
            if left_s <= 0:
                return False
            self.cable.wait(left_s)
            self.poll()
        return True

    @property
    def wanted(self) -> bool:
        """False once it was told to stop, or nobody is there."""
        return self.firmware.streaming and self._wire.has_peer

    def poll(self) -> None:
        """Take and obey commands that have arrived."""
        data = self.cable.read()
        if self._wire.calls != self._call:
            self._call = self._wire.calls
            self._greet()
        answer = self.firmware.feed(data)
        if answer:
            self._wire.write(answer)
        if self.firmware.hangs_up:
            self._wire.hang_up()
        if not self._wire.has_peer:
            self._part()

    def _greet(self) -> None:
        """Somebody else is connected."""
        self.firmware.reset()

    def _part(self) -> None:
        """Nobody is connected any more."""
        self.firmware.reset()

    def start(self, samples: NDArray[np.float32], _t_first_s: float, /) -> None:
        """Measure a block [n, channels] in microvolts and send it."""
        firmware = self.firmware
        if firmware.starts != self._begun:
            self._begun, self._rows, self._bytes = firmware.starts, 0, 0
        layout = firmware.layout
        counts = counts_of(samples, firmware.microvolts, layout.emg, layout.width)
        if firmware.ramps:
            counts[:] = self._rows + np.arange(len(counts))[:, None]
        rows = rows_of(counts, layout, self._rows, self._rate_hz, recording=firmware.recording)
        self._rows += len(rows)
        data = encode(rows, layout)
        self._handed_s = now()
        self._send(data)

    def _send(self, data: bytes) -> None:
        """Segments end where the network ends them, not where rows do."""
        while data:
            room = len(data) if self._instant else muovi.SEGMENT_BYTES - self._bytes % muovi.SEGMENT_BYTES
            self.cable.write(data[:room])
            self._bytes += min(room, len(data))
            data = data[room:]

    def finish(self) -> float:
        """The block was handed over; obey commands."""
        self.poll()
        return self._handed_s

    def close(self) -> None:
        """Pull the cable."""
        self.cable.close()


class VirtualMuovi(_VirtualOtb):
    """A Muovi in reach of the computer's network; its feed has 2000 Hz, or 500 for 24 bits."""

    _channels = 32

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> VirtualMuovi:
        """See `sim.devices`."""
        refuse_channels(settings.device, cls._channels, feed)
        _refuse_rate(settings.device, tuple(muovi.RATES_HZ.values()), feed)
        return cls(
            MuoviFirmware(cls._channels),
            _ProbeCable(settings.host, settings.tcp_port or free_port(settings.host)),
            feed.rate_hz,
            instant=settings.instant,
            faults=settings.faults,
        )


class VirtualMuoviPlus(VirtualMuovi):
    """A Muovi+."""

    _channels = 64


@dataclass(frozen=True, slots=True)
class VirtualSessantaquattroOptions:
    """Options of the virtual device.

    Attributes:
        plus: it is a Sessantaquattro+, with eight accessory words; otherwise four.
    """

    plus: bool = True


class VirtualSessantaquattro(_VirtualOtb):
    """A Sessantaquattro in reach of the computer's network."""

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> VirtualSessantaquattro:
        """See `sim.devices`."""
        refuse_channels(settings.device, sessantaquattro.INPUTS[-1], feed)
        _refuse_rate(settings.device, sessantaquattro.RATES_HZ, feed)
        options = read_options(
            VirtualSessantaquattroOptions, SourceSettings(settings.device, options=settings.options)
        )
        return cls(
            SessantaquattroFirmware(plus=options.plus),
            _ProbeCable(settings.host, settings.tcp_port or free_port(settings.host)),
            feed.rate_hz,
            instant=settings.instant,
            faults=settings.faults,
        )


class VirtualQuattrocento(_VirtualOtb):
    """A Quattrocento on the network.

    A program that leaves without a stop leaves it running: the next one gets rows from their middle on.
    """

    firmware: QuattrocentoFirmware

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> VirtualQuattrocento:
        """See `sim.devices`."""
        refuse_channels(settings.device, quattrocento.CHANNELS[-1], feed)
        _refuse_rate(settings.device, quattrocento.RATES_HZ, feed)
        return cls(
            QuattrocentoFirmware(),
            _BoxCable(settings.tcp_port, settings.host),
            feed.rate_hz,
            instant=settings.instant,
            faults=settings.faults,
        )

    @property
    def block_samples(self) -> int:
        """Rows that go out together."""
        return max(1, round(self._rate_hz * _BURST_S))

    def _greet(self) -> None:
        self.firmware.forget()
        self._cut = _LEFT_BEHIND if self.firmware.streaming else 0

    _cut = 0

    def _part(self) -> None:
        """It goes on."""

    def _send(self, data: bytes) -> None:
        cut, self._cut = self._cut, 0
        super()._send(data[cut:])


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.create_server((host, 0)) as listener:
        return int(listener.getsockname()[1])


def _refuse_rate(device: str, allowed: tuple[float, ...], feed: Feed) -> None:
    """Raises ProfileError when the device cannot have the feed's rate."""
    if feed.rate_hz not in allowed:
        names = ", ".join(f"{hz:g}" for hz in sorted(allowed))
        raise ProfileError(f"a {device} sends {names} Hz, not {feed.rate_hz:g} Hz", "play it over LSL")
