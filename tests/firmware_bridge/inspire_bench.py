"""The Inspire driver and its virtual hand on one cable, on a clock of our own."""

from __future__ import annotations

import math
import select

from innervate.core.command import LimbState
from innervate.firmware_bridge.inspire.codec import (
    TO_HAND,
    Frames,
    Request,
    decode,
)
from innervate.firmware_bridge.inspire.device import (
    InspireHand,
    Options,
)
from innervate.sim.inspire_hand import InspireFirmware
from innervate.sim.wire import PseudoTerminal

from .hand_bench import HandBench

BAUD = 115_200


class Bench(HandBench):
    """The Inspire driver and its virtual hand on one cable; each byte takes its time."""

    def __init__(
        self, delay_s: float = 0.0002, object_percent: float | None = None, force_g: int = 500
    ) -> None:
        self.cable = PseudoTerminal()
        self.limb = InspireHand(self.cable.port, BAUD, Options(force_g=force_g))
        self.hand = InspireFirmware(object_percent=object_percent)
        super().__init__(self.limb, self.hand)
        self.delay_s = delay_s
        self.talks = True
        self.asked: list[tuple[float, Request]] = []
        self._frames = Frames(TO_HAND)
        self._answer_s = math.inf
        self._seen = 0

    def answer_due_s(self) -> float:
        return self._answer_s

    def answer(self) -> None:
        if self.t_s >= self._answer_s:
            self.answer_now()

    def answer_now(self) -> None:
        """Before it is due."""
        self._answer_s = math.inf
        self.cable.write(self.hand._answer(self._request, self.t_s))
        assert select.select([self.limb.fileno()], [], [], 5.0)[0]

    def hear(self) -> None:
        while self.limb.frames_sent > self._seen:
            assert select.select([self.cable.fd], [], [], 5.0)[0]
            for frame in self._frames.push(self.cable.read()):
                self._seen += 1
                request = decode(frame)
                assert request is not None
                assert self._answer_s == math.inf, "two questions on a bus of two wires"
                self.asked.append((self.t_s, request))
                bytes_s = request.bytes_both_ways * 10 / BAUD
                self._answer_s = self.t_s + bytes_s + self.delay_s if self.talks else math.inf
                self._request = request

    def times(self, register: int) -> list[float]:
        return [t_s for t_s, request in self.asked if request.address == register]

    def ready(self) -> LimbState:
        self.run(0.1)
        return self.said[-1]

    def close(self) -> None:
        self.limb.close()
        self.cable.close()
