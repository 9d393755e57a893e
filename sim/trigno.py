"""A virtual Delsys Trigno: base, sensors and the vendor's control program, which serves four TCP ports.

Answers the commands of protocol 3.6 (Delsys MAN-025, Trigno SDK User Guide) and sends frames every 13.5 ms,
26 samples a frame at 1926 Hz, 27 at 2000 Hz. How late the real program hands frames over is stated nowhere:
none is modelled but the wait after START.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.clock import CLOCK, now
from ..core.errors import ProfileError
from ..drivers.options import read_options
from ..drivers.settings import SourceSettings
from ..drivers.trigno import codec
from .cable import ListeningCable
from .faults import Fault, FaultyCable
from .trigno_base import FRAME_S, BaseFirmware, VirtualSensor, sensors_from

if TYPE_CHECKING:
    from .amplifier import AmplifierSettings
    from .feed import Feed

STEP_UV = 1e6 * 2.0**-27
"""The virtual sensors' resolution. Finer than the real ones' 16 bits (0.336 microvolts), and a power of two
of volts, which float32 carries exactly."""
RANGE_UV = 11_000.0
_START_DELAY_S = 1.0
"""Real bases take up to two seconds."""
_WHOLE = 1e-3
_ACCEL_G = (0.02, -0.01, 0.999)


@dataclass(frozen=True, slots=True)
class VirtualTrignoOptions:
    """Options of the virtual device.

    Attributes:
        sensors: numbers of the sensors that are on, with "x4" behind one that has four EMG channels; empty:
            one for each channel of the feed.
        asleep: numbers of sensors that are paired but off.
        odd_sensor: number of one that is set to another rate; 0 for none.
        big_endian: order of the bytes of its numbers.
        old: a base that knows no questions about sensors and rates, as before protocol 3.
        legacy: data goes out on the legacy ports.
    """

    sensors: tuple[str, ...] = ()
    asleep: tuple[str, ...] = ()
    odd_sensor: int = 0
    big_endian: bool = False
    old: bool = False
    legacy: bool = False


class _Port(ListeningCable):
    """One port; when it is unplugged, so are the others: they are one network cable."""

    def __init__(self, host: str, port: int, beside: tuple[_Port, ...] = (), greeting: bytes = b"") -> None:
        super().__init__(port, host)
        self._beside = beside
        self._greeting = greeting
        self.callers = 0
        """How many have called."""

    def _welcome(self, peer: socket.socket) -> None:
        super()._welcome(peer)
        self.callers += 1
        if self._greeting:
            self.write(self._greeting)

    def unplug(self) -> None:
        """See `Cable`."""
        super().unplug()
        for other in self._beside:
            other.unplug()

    def plug(self) -> None:
        """See `Cable`."""
        super().plug()
        for other in self._beside:
            other.plug()


class VirtualTrigno:
    """The base and its program.

    Args:
        sensors: as `sensors_from` makes them.
        rate_hz: of their EMG; a whole number of samples in 13.5 ms.
        host, first_port: the command port's address; EMG and AUX follow 3 and 4 above it (legacy: 1 and 2)
            as on the real one; 0: free ones.
        options: see `VirtualTrignoOptions`.
        instant: data begins at once after START.
        faults: what goes wrong on the EMG connection; `unplug` takes all of them.
    """

    takes_time = False

    def __init__(
        self,
        sensors: tuple[VirtualSensor, ...],
        rate_hz: float,
        host: str = "127.0.0.1",
        first_port: int = 0,
        options: VirtualTrignoOptions | None = None,
        *,
        instant: bool = False,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        self._options = options or VirtualTrignoOptions()
        self.block_samples = round(rate_hz * FRAME_S)
        if abs(self.block_samples - rate_hz * FRAME_S) > _WHOLE * self.block_samples:
            near_hz = self.block_samples / FRAME_S
            raise ProfileError(
                f"a Trigno sends whole samples in 13.5 ms: not {rate_hz:g} Hz, but {near_hz:.7g} Hz",
                "use 2000 Hz, or 1925.926 Hz",
            )
        self.firmware = BaseFirmware(
            sensors,
            rate_hz,
            self.block_samples,
            odd_sensor=self._options.odd_sensor,
            asleep=tuple(int(number) for number in self._options.asleep),
            big_endian=self._options.big_endian,
            old=self._options.old,
        )
        self._columns = [sensor.start - 1 + k for sensor in sensors for k in range(sensor.emg)]
        legacy = self._options.legacy
        offsets = (0, 1, 2) if legacy else (0, 3, 4)
        at = [first_port + offset if first_port else 0 for offset in offsets]
        self._aux_width = codec.LEGACY_AUX_WIDTH if legacy else codec.AUX_WIDTH
        self._command_port = _Port(host, at[0], greeting=self.firmware.greeting)
        self._aux_port = _Port(host, at[2])
        self._emg_port = _Port(host, at[1], beside=(self._command_port, self._aux_port))
        self.cable = FaultyCable(self._emg_port, faults)
        self._delay_s = 0.0 if instant else _START_DELAY_S
        self._commands = codec.TextReader()
        self._caller = 0
        self._begun, self._data_from_s = 0, 0.0
        ports = [cable.facts["tcp_port"] for cable in (self._command_port, self._emg_port, self._aux_port)]
        self.facts: dict[str, object] = {
            "host": host,
            "tcp_port": ports[0],
            "options": dict(zip(("command_port", "emg_port", "aux_port"), ports, strict=True)),
        }

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> VirtualTrigno:
        """See `sim.devices`."""
        options = read_options(
            VirtualTrignoOptions, SourceSettings(settings.device, options=settings.options)
        )
        return cls(
            sensors_from(options.sensors, len(feed.channels)),
            feed.rate_hz,
            settings.host,
            settings.tcp_port,
            options,
            instant=settings.instant,
            faults=settings.faults,
        )

    def wait_for_reader(self, timeout_s: float) -> bool:
        """Answer commands until the wait after START is over, or `timeout_s` is."""
        until_s = now() + timeout_s
        self.poll()
        while not (self.firmware.streaming and now() >= self._data_from_s):
            left_s = until_s - now()
            if left_s <= 0:
                return False
            if self.firmware.streaming:
                left_s = min(left_s, self._data_from_s - now())
            self._command_port.wait(left_s)
            self.poll()
        return True

    @property
    def wanted(self) -> bool:
        """False once STOP or QUIT has come, or the program has hung up."""
        return self.firmware.streaming

    def poll(self) -> None:
        """Take and answer commands that have arrived."""
        port = self._command_port
        data = port.read()
        self.cable.read()  # notices who has gone, and ends faults that are over
        self.firmware.has_reader = self._emg_port.connected
        self._aux_port.connected  # noqa: B018 - lets a caller in
        if port.callers != self._caller:
            self._caller = port.callers
            self._commands = codec.TextReader()
            self.firmware.streaming = False
        for text in self._commands.feed(data):
            port.write(codec.command(self.firmware.answer(text)))
            if self.firmware.quits:
                self.firmware.quits = False
                port.hang_up()
        if not port.connected:
            self.firmware.streaming = False
        if self.firmware.starts != self._begun:
            self._begun = self.firmware.starts
            self._data_from_s = now() + self._delay_s

    def start(self, samples: NDArray[np.float32], _t_first_s: float, /) -> None:
        """Measure one frame [n, channels] in microvolts and send it, with the AUX rows of the same time."""
        self.cable.write(self._frame(samples))
        self._aux_port.write(self._aux_frame())

    def _frame(self, samples: NDArray[np.float32]) -> bytes:
        steps = np.rint(np.clip(samples.astype(np.float64), -RANGE_UV, RANGE_UV) / STEP_UV)
        volts = np.zeros((len(samples), codec.SLOTS), np.float32)
        volts[:, self._columns[: samples.shape[1]]] = steps * (STEP_UV * 1e-6)
        return codec.encode(volts, big_endian=self.firmware.big_endian)

    def _aux_frame(self) -> bytes:
        """Sensors that lie still; x also tells the sensor's number, in thousandths of g."""
        rows = np.zeros((self.firmware.aux_samples, codec.SLOTS * self._aux_width), np.float32)
        for sensor in self.firmware.sensors:
            at = (sensor.start - 1) * self._aux_width
            rows[:, at : at + 3] = _ACCEL_G
            rows[:, at] += sensor.number / 1000
        return codec.encode(rows, big_endian=self.firmware.big_endian)

    def finish(self) -> float:
        """The frame was handed over; answer commands."""
        t_handed_s = CLOCK.now()
        self.poll()
        return t_handed_s

    def close(self) -> None:
        """Pull the cable."""
        for port in (self._command_port, self._emg_port, self._aux_port):
            port.close()
