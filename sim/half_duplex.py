"""A half-duplex line with an adapter: one wire for both directions, answers one behind the other."""

from __future__ import annotations

import argparse
import random
import select
from collections import deque
from typing import Protocol

from ..core.clock import now
from ..core.ring import RingWriter
from .limb import Diary, Firmware, Plugged, be, ring_of
from .wire import Line, PseudoTerminal


class Bus(Firmware, Protocol):
    """Devices on one line: each answer has its own return delay."""

    collisions: int

    def answers(self, data: bytes, t_s: float) -> list[tuple[float, bytes]]:
        """(return delay, packet) of each answer, in order."""
        ...


class HalfDuplex:
    """Devices on a cable. `turn` until told to stop.

    Args:
        baud: 0 for a cable that takes no time.
        latency_s: an adapter hands over what has arrived at the ticks of a timer of so long.
    """

    def __init__(
        self, bus: Bus, cable: PseudoTerminal, ring: RingWriter | None, baud: int, latency_s: float
    ) -> None:
        self._bus, self._cable, self._diary = bus, cable, Diary(bus, ring)
        self._in = Line(baud)
        self._latency_s = latency_s if baud else 0.0
        self._rng = random.Random(0)  # noqa: S311 - a delay, not a secret
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._t_quiet_s = 0.0

    def turn(self) -> None:
        """Wait for the next thing to do (at most until the next record is due) and do all that is due."""
        due = [t for t in (self._diary.due_s, self._in.next_s) if t is not None]
        if self._waiting:
            due.append(self._waiting[0][0])
        select.select([self._cable.fd], [], [], max(0.0, min(due) - now()))
        t_s = now()
        self._bus.advance(t_s)
        arrived = self._cable.read()
        if arrived:
            if t_s < self._t_quiet_s:
                self._bus.collisions += 1
            self._in.put(arrived, t_s)
        for delay_s, answer in self._bus.answers(self._in.take(t_s), t_s):
            takes_s = delay_s + len(answer) * self._in.byte_s
            self._t_quiet_s = max(t_s, self._t_quiet_s) + takes_s
            seen_s = self._t_quiet_s + self._rng.uniform(0.0, self._latency_s)
            self._waiting.append((max(seen_s, self._waiting[-1][0] if self._waiting else 0.0), answer))
        while self._waiting and self._waiting[0][0] <= t_s:
            self._cable.write(self._waiting.popleft()[1])
        self._diary.turn(t_s)


def serve(bus: Bus, options: argparse.Namespace, baud: int, latency_s: float) -> None:
    """Be devices on a half-duplex line until SIGTERM."""

    def plugged() -> Plugged:
        cable = PseudoTerminal(options.link)
        ring = ring_of(options, bus.layout)
        line = HalfDuplex(bus, cable, ring, 0 if options.instant else baud, latency_s)
        return Plugged(line, cable, ring, {"port": cable.port})

    be(plugged)
