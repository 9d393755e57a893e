"""What every virtual limb shares: a process that answers on a pseudo-terminal and records what it did."""

from __future__ import annotations

import argparse
import select
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..core.child import say_ready
from ..core.clock import now
from ..core.realtime import DEVICE_PRIORITY, StopFlag, become_realtime, stop_collecting
from ..core.ring import Layout, RingWriter
from .wire import Line, PseudoTerminal

RECORD_S = 0.005
RETURN_DELAY_S = 0.0002
_CAPACITY = 32_768
_LATEST_S = 1.0


class Firmware(Protocol):
    """A device's own program: bytes in, bytes out, and a body that moves."""

    layout: Layout

    def receive(self, data: bytes, t_s: float) -> bytes:
        """What it answers to bytes that arrived at `t_s`."""
        ...

    def advance(self, t_s: float) -> None:
        """Let the body move on to `t_s`, and its own watchdog look at the time."""
        ...

    def record(self) -> bytes:
        """Packed by `layout`."""
        ...


class Recorded(Protocol):
    """A device's own program, as far as its body goes."""

    def record(self) -> bytes:
        """What it did, packed by its layout."""
        ...


class Turning(Protocol):
    """A device on its cable."""

    def turn(self) -> None:
        """Wait for the next thing to do, and do all that is due."""
        ...


class Closing(Protocol):
    """Its cable."""

    def close(self) -> None:
        """Pull it."""
        ...


@dataclass(frozen=True, slots=True)
class Plugged:
    """A device, its cable, where it writes down what it did, and what is said when it is ready."""

    device: Turning
    cable: Closing
    ring: RingWriter | None
    facts: dict[str, object]


class Diary:
    """Writes down what a device really did, as often as `RECORD_S`.

    Args:
        ring: None when nobody wants to know.
    """

    def __init__(self, firmware: Recorded, ring: RingWriter | None) -> None:
        self._firmware, self._ring = firmware, ring
        self.due_s = now()

    def turn(self, t_s: float) -> None:
        """Write, if it is due."""
        if t_s < self.due_s:
            return
        self.due_s = max(self.due_s + RECORD_S, t_s)
        if self._ring is not None:
            self._ring.publish(self._firmware.record())


class Limb:
    """Firmware on a cable. `turn` until told to stop.

    Args:
        baud: 0 for a cable that takes no time (and then the device answers at once).
        delay_s: from a question's last byte to its answer's first.
    """

    def __init__(
        self,
        firmware: Firmware,
        cable: PseudoTerminal,
        ring: RingWriter | None,
        baud: int,
        delay_s: float = RETURN_DELAY_S,
    ) -> None:
        self._firmware = firmware
        self._cable = cable
        self._diary = Diary(firmware, ring)
        self._delay_s = delay_s if baud else 0.0
        self._in, self._out = Line(baud), Line(baud)

    def turn(self) -> None:
        """Wait for the next thing to do (at most until the next record is due) and do all that is due."""
        due = [t for t in (self._diary.due_s, self._in.next_s, self._out.next_s) if t is not None]
        select.select([self._cable.fd], [], [], max(0.0, min(due) - now()))
        t_s = now()
        self._firmware.advance(t_s)
        arrived = self._cable.read()
        if arrived:
            self._in.put(arrived, t_s)
        answer = self._firmware.receive(self._in.take(t_s), t_s)
        if answer:
            self._out.put(answer, t_s, self._delay_s)
        leaving = self._out.take(t_s)
        if leaving:
            self._cable.write(leaving)
        self._diary.turn(t_s)


def arguments(what: str) -> argparse.ArgumentParser:
    """The options every virtual limb has."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--ring", type=Path, help="telemetry file of what the limb really did")
    parser.add_argument("--link", type=Path, help="symbolic link to the port")
    parser.add_argument(
        "--instant", action="store_true", help="no byte time, no inertia: for tests of codecs"
    )
    parser.add_argument("--seed", type=int, default=0, help="where the joints stand at first")
    return parser


def weighs_something(parser: argparse.ArgumentParser, what: str) -> None:
    """The options of a hand that may have a body in MuJoCo; `has_body` reads them."""
    parser.add_argument("--physics", action="store_true", help=f"{what} that weigh something, in MuJoCo")
    parser.add_argument("--hold", default="", help="with --physics: held in its grip, such as bottle")


def has_body(options: argparse.Namespace) -> bool:
    """Whether a hand weighs something: not at once, nor with an object at an angle (of simple fingers)."""
    return bool(options.physics and not options.instant and options.object is None)


def serve(
    firmware: Firmware, options: argparse.Namespace, baud: int, delay_s: float = RETURN_DELAY_S
) -> None:
    """Be a limb until SIGTERM. See `Limb`."""

    def plugged() -> Plugged:
        cable = PseudoTerminal(options.link)
        ring = ring_of(options, firmware.layout)
        limb = Limb(firmware, cable, ring, 0 if options.instant else baud, delay_s)
        return Plugged(limb, cable, ring, {"port": cable.port})

    be(plugged)


def ring_of(options: argparse.Namespace, layout: Layout) -> RingWriter | None:
    """Where it writes down what it really did, if anybody wants to know."""
    return RingWriter(options.ring, layout, _CAPACITY) if options.ring else None


def be(plug: Callable[[], Plugged]) -> None:
    """Plug the device in, say that it is ready, let it turn until SIGTERM, and let go of what it holds."""
    stop = StopFlag()
    granted = become_realtime(DEVICE_PRIORITY)
    plugged = plug()
    stop_collecting()
    say_ready(realtime=granted.fifo, **plugged.facts)
    try:
        while not stop:
            plugged.device.turn()
    finally:
        plugged.cable.close()
        if plugged.ring is not None:
            plugged.ring.close()


def due_steps(since_s: float, t_s: float, step_s: float) -> int:
    """Whole steps between two times; after a long hold-up a device catches up for 1 s at most."""
    return int(min(max(t_s - since_s, 0.0), _LATEST_S) / step_s)
