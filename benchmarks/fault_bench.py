"""Any virtual device in this process, in real time, with what goes wrong on its wire written down."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.clock import now, sleep
from ..drivers.lsl.config import machine_only
from ..sim.amplifier import Amplifier, AmplifierSettings, Device, make_feed
from ..sim.devices import make_device
from ..sim.faults import Fault
from .wires import BenchWire

if TYPE_CHECKING:
    from ..sim.feed import Feed
    from ..sim.lsl_outlet import LslOutlet

_POLL_S = 0.02


class FaultBench:
    """A thread that streams the pattern until it is closed.

    Args:
        wire: which device.
        faults: what goes wrong, and when.
        folder: for its port.
    """

    def __init__(self, wire: BenchWire, faults: tuple[Fault, ...], folder: Path) -> None:
        settings = wire.amplifier(folder, faults=faults, instant=True)
        feed = make_feed(settings)
        self._faults = faults
        self._device: Device
        if wire.kind == "lsl":
            if "LSLAPICFG" not in os.environ:  # liblsl reads it once, when it is loaded
                os.environ.update(machine_only(folder, f"bench-{os.getpid()}"))
            self._device = FaultyOutlet(settings, feed)
        else:
            self._device = make_device(settings, feed)
        self.facts: dict[str, Any] = self._device.facts
        self._stop = _Stop()
        self._amplifier = Amplifier(feed, self._device, None, self._stop)  # type: ignore[arg-type] # as a StopFlag
        self._thread = threading.Thread(target=self._serve, name="virtual amplifier", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        self._amplifier.run()
        while not self._stop:
            self._device.wait_for_reader(_POLL_S)
            sleep(_POLL_S)

    @property
    def happened(self) -> list[Fault]:
        """Faults that have begun, in order."""
        device = self._device
        return device.happened if isinstance(device, FaultyOutlet) else device.cable.happened  # type: ignore[union-attr]

    @property
    def over(self) -> bool:
        """All have begun; the last may still last."""
        return len(self.happened) == len(self._faults)

    def close(self) -> None:
        """Stop the thread and pull the cable."""
        self._stop.is_set = True
        self._thread.join()
        self._device.close()


class _Stop:
    is_set = False

    def __bool__(self) -> bool:
        return self.is_set


class FaultyOutlet:
    """An LSL outlet that leaves blocks out, holds them up, or ends and comes again.

    liblsl's own connection is reliable: what goes wrong is what the amplifier's program does.
    """

    takes_time = False
    cable = None
    wanted = True

    def __init__(self, settings: AmplifierSettings, feed: Feed) -> None:
        self._settings = replace(settings, faults=())
        self._feed = feed
        self._coming = sorted(settings.faults, key=lambda fault: fault.at_sample)
        self.happened: list[Fault] = []
        self._outlet: LslOutlet | None = self._made()
        self.facts = self._outlet.facts
        self.block_samples = self._outlet.block_samples
        self._held: list[tuple[NDArray[np.float32], float]] = []
        self._doing, self._until_s, self._sent = "", 0.0, 0

    def _made(self) -> LslOutlet:
        made: LslOutlet = make_device(self._settings, self._feed)  # type: ignore[assignment] # it is one
        return made

    def wait_for_reader(self, timeout_s: float) -> bool:
        """See `Device`."""
        return self._outlet is not None and self._outlet.wait_for_reader(timeout_s)

    def start(self, samples: NDArray[np.float32], t_first_s: float, /) -> None:
        """Hand one block over, or do to it what is due."""
        if self._doing and now() >= self._until_s:
            if self._doing == "unplug":
                self._outlet = self._made()
            for held in self._held:
                self._push(*held)
            self._doing, self._held = "", []
        if not self._doing and self._coming and self._sent + len(samples) > self._coming[0].at_sample:
            fault = self._coming.pop(0)
            self.happened.append(fault)
            self._doing, self._until_s = fault.kind, now() + fault.seconds
            if fault.kind == "unplug" and self._outlet is not None:
                self._outlet.close()
                self._outlet = None
        self._sent += len(samples)
        if self._doing == "stall":
            self._held.append((samples, t_first_s))
        elif not self._doing:
            self._push(samples, t_first_s)

    def _push(self, samples: NDArray[np.float32], t_first_s: float) -> None:
        if self._outlet is not None:
            self._outlet.start(samples, t_first_s)

    def finish(self) -> float:
        """See `Device`."""
        return now()

    def close(self) -> None:
        """See `Device`."""
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None
