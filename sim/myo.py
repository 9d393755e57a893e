"""A virtual BLED112 dongle on a pseudo-terminal, with Myo armbands in reach of it.

Notifications go out when the radio is next free (every 7.5 ms, the interval that hosts ask for) unless
`instant`; USB takes no time that matters beside that. Sources: Silicon Labs BGAPI reference; Thalmic Labs
myohw.h.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.clock import CLOCK, now
from ..drivers.myo import codec
from ..drivers.options import read_options
from ..drivers.settings import SourceSettings
from .devices import refuse_channels
from .faults import Fault, FaultyCable
from .myo_dongle import DongleFirmware
from .wire import PseudoTerminal

if TYPE_CHECKING:
    from .amplifier import AmplifierSettings
    from .feed import Feed

COUNT_UV = 8.0
"""Of a patient's EMG a count. Nobody has published the real one: this uses the range without leaving it."""
_INTERVAL_S = 0.0075
_ADVERTISE_S = 0.05
_IMU_EVERY = 2
"""EMG notifications, 10 ms apart, between two of the IMU: 50 Hz."""
_QUATERNION, _ACCEL, _GYRO = (16384, 0, 0, 0), (41, -20, 2046), (16, 0, -32)
"""An arm that lies nearly level: 0.02, -0.01, 0.999 g; 1, 0, -2 degrees a second."""


@dataclass(frozen=True, slots=True)
class VirtualMyoOptions:
    """Options of the virtual device.

    Attributes:
        armbands: how many are in reach, 0 to 3; the last one is worn.
        old: their firmware is one from before notifications of raw EMG.
    """

    armbands: int = 1
    old: bool = False


class VirtualMyo:
    """Dongle, radio and armband.

    Args:
        link: where to put a link to the port; None for none.
        options: see `VirtualMyoOptions`.
        count: of the feed's unit.
        instant: the radio is always free.
        faults: what goes wrong on the USB cable.
    """

    block_samples = codec.ROWS
    takes_time = True

    def __init__(
        self,
        link: Path | None = None,
        options: VirtualMyoOptions | None = None,
        count: float = 1.0,
        *,
        instant: bool = False,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        options = options or VirtualMyoOptions()
        self.terminal = PseudoTerminal(link)
        self.cable = FaultyCable(self.terminal, faults)
        self.firmware = DongleFirmware(options.armbands, old=options.old)
        self._count = count
        self._interval_s = 0.0 if instant else _INTERVAL_S
        self._sent = 0
        self._due_s = 0.0
        self._advertised_s = 0.0
        self._going = b""
        self.facts = self.cable.facts

    @classmethod
    def serve(cls, settings: AmplifierSettings, feed: Feed) -> VirtualMyo:
        """See `sim.devices`."""
        refuse_channels(settings.device, codec.CHANNELS, feed)
        given = SourceSettings(settings.device, options=settings.options)
        return cls(
            Path(settings.link) if settings.link else None,
            read_options(VirtualMyoOptions, given),
            1.0 if settings.pattern_channels else COUNT_UV,
            instant=settings.instant,
            faults=settings.faults,
        )

    def wait_for_reader(self, timeout_s: float) -> bool:
        """Answer the host and advertise until EMG is wanted or `timeout_s` is over."""
        until_s = now() + timeout_s
        self.poll()
        while not self.firmware.streaming:
            left_s = until_s - now()
            if left_s <= 0:
                return False
            self.cable.wait(min(left_s, _ADVERTISE_S) if self.firmware.scanning else left_s)
            self.poll()
        return True

    @property
    def wanted(self) -> bool:
        """False once the host has switched EMG off, or the connection has ended."""
        return self.firmware.streaming

    def poll(self) -> None:
        """Take and answer what has arrived; advertise when it is time."""
        answers = self.firmware.feed(self.cable.read())
        if self.firmware.scanning and now() >= self._advertised_s + _ADVERTISE_S:
            self._advertised_s = now()
            answers += self.firmware.advertisements()
        if answers:
            self.terminal.write(answers)

    def hang_up(self) -> None:
        """The armband goes out of reach: the dongle says so."""
        self.terminal.write(self.firmware.lose())

    def start(self, samples: NDArray[np.float32], _t_first_s: float, /) -> None:
        """Measure two rows [2, channels] and give them to the radio."""
        rows = np.zeros((codec.ROWS, codec.CHANNELS))
        rows[: len(samples), : samples.shape[1]] = samples.astype(np.float64) / self._count
        counts = np.clip(np.rint(rows), -codec.MOST_COUNT - 1, codec.MOST_COUNT).astype(np.int8)
        handle = codec.EMG[self._sent % len(codec.EMG)]
        self._going = b""
        if self._sent % _IMU_EVERY == 0:
            self._going += self.firmware.notify(codec.IMU, codec.encode_imu(_QUATERNION, _ACCEL, _GYRO))
        self._going += self.firmware.notify(handle, codec.encode_emg(counts))
        self._sent += 1
        self._due_s = now()
        if self._interval_s:
            self._due_s = math.ceil(self._due_s / self._interval_s) * self._interval_s

    def finish(self) -> float:
        """Wait for the radio, hand it over; then answer the host."""
        CLOCK.sleep_until(self._due_s)
        t_handed_s = now()
        self.cable.write(self._going)
        self.poll()
        return t_handed_s

    def close(self) -> None:
        """Unplug the dongle."""
        self.cable.close()
