"""What goes wrong between a device and a computer, on purpose and at a sample that is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.clock import now
from .cable import Cable

KINDS = ("garbage", "garbage_inside", "cut", "drop", "pieces", "stall", "silence", "unplug")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: garbage: noise between two writes; garbage_inside: noise in the middle of one; cut: the second
            half of a write is missing; drop: a whole write is; pieces: it comes byte by byte; stall: nothing
            for `seconds`, then all of it at once; silence: nothing for `seconds`, and what was sent then is
            lost; unplug: the cable is out for `seconds`.
        at_sample: of the feed; the fault falls on the write that holds it.
        seconds: how long a stall, silence or unplugging lasts.
    """

    kind: str
    at_sample: int
    seconds: float = 0.5

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault {self.kind!r}: allowed: {', '.join(KINDS)}")


class FaultyCable:
    """A `Cable` around another one; devices write through it and know nothing.

    Args:
        cable: the good one.
        faults: in any order.
        seed: of the noise.
        noise: bytes that the noise may consist of: for a text protocol, what no number is made of.
    """

    def __init__(
        self, cable: Cable, faults: Sequence[Fault], seed: int = 1, noise: bytes = bytes(range(256))
    ) -> None:
        self._cable = cable
        self._coming = sorted(faults, key=lambda fault: fault.at_sample)
        self._random = np.random.default_rng(seed)
        self._noise = np.frombuffer(noise, np.uint8)
        self._held: bytearray | None = None
        self._until_s = 0.0
        self._doing = ""
        self.happened: list[Fault] = []
        self.facts = cable.facts

    def at(self, sample: int) -> None:
        """The next write begins with this sample of the feed. Called by the amplifier, block by block."""
        self._sample = sample

    _sample = 0

    @property
    def connected(self) -> bool:
        """See `Cable`."""
        return self._cable.connected

    def read(self) -> bytes:
        """See `Cable`."""
        self._pass()
        return self._cable.read()

    def wait(self, timeout_s: float) -> None:
        """See `Cable`."""
        self._pass()
        self._cable.wait(timeout_s)

    def _pass(self) -> None:
        """End what has lasted long enough."""
        if not self._doing or now() < self._until_s:
            return
        doing, self._doing = self._doing, ""
        if doing == "unplug":
            self._cable.plug()
        elif doing == "stall" and self._held:
            self._cable.write(bytes(self._held))
        self._held = None

    def write(self, data: bytes) -> int:
        """See `Cable`. Faults that are due fall on this write, one at a time."""
        self._pass()
        if self._doing == "stall" and self._held is not None:
            self._held += data
            return len(data)
        if self._doing:
            return len(data)
        if not self._coming or self._sample < self._coming[0].at_sample:
            return self._cable.write(data)
        fault = self._coming.pop(0)
        self.happened.append(fault)
        return self._do(fault, data)

    def _do(self, fault: Fault, data: bytes) -> int:
        half = len(data) // 2
        if fault.kind in ("stall", "silence", "unplug"):
            self._doing, self._until_s = fault.kind, now() + fault.seconds
            if fault.kind == "unplug":
                self._cable.unplug()
            self._held = bytearray(data) if fault.kind == "stall" else None
        elif fault.kind == "garbage":
            self._cable.write(self._garbage() + data)
        elif fault.kind == "garbage_inside":
            self._cable.write(data[:half] + self._garbage() + data[half:])
        elif fault.kind == "cut":
            self._cable.write(data[:half])
        elif fault.kind == "pieces":
            for byte in data:
                self._cable.write(bytes((byte,)))
        return len(data)

    def _garbage(self) -> bytes:
        return bytes(self._random.choice(self._noise, int(self._random.integers(5, 60))).tolist())

    def unplug(self) -> None:
        """See `Cable`."""
        self._cable.unplug()

    def plug(self) -> None:
        """See `Cable`."""
        self._cable.plug()

    def close(self) -> None:
        """See `Cable`."""
        self._cable.close()
