"""A guard, its driver and a virtual electrode board with a clinical hand on it, on one virtual clock."""

from __future__ import annotations

import select
from typing import Any

from innervate.core.clock import VirtualClock
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbLost, LimbNotFound
from innervate.core.state import Reason, State
from innervate.firmware_bridge.devices import limb_model, open_part, part_model
from innervate.firmware_bridge.guard import Guard
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.line import LimbLine
from innervate.firmware_bridge.lines import LimbLines
from innervate.firmware_bridge.requests import Verb
from innervate.firmware_bridge.settings import GuardSettings, JointSettings, PartSettings
from innervate.firmware_bridge.virtual_electrode.device import VirtualElectrode
from innervate.sim.electrode_board import ClinicalHand, ElectrodeFirmware
from innervate.sim.wire import PseudoTerminal

from .guard_bench import REST, Bench, Body, Wires

ELBOW = PartSettings("moteus", "p", joints=(JointSettings("elbow"),))


def part(port: str, grip_change: str = "co-contraction") -> PartSettings:
    return PartSettings(
        "virtual-electrode", port, options=(("hand", "bebionic"), ("grip_change", grip_change))
    )


class Board(Body):
    """The driver, and the virtual board and hand at the other end of its cable: each frame is answered."""

    def __init__(self, clock: VirtualClock, grip_change: str) -> None:
        super().__init__(1, 0.0)
        self._clock, self._part_of = clock, grip_change
        self.cable = PseudoTerminal()
        self.firmware = ElectrodeFirmware(ClinicalHand())
        self.levels: list[tuple[float, ...]] = []
        self.open()

    def open(self) -> None:
        opened = open_part(part(self.cable.port, self._part_of))
        assert isinstance(opened, VirtualElectrode)
        self.driver = opened

    def hold(self, setpoint: Setpoint) -> bool:
        self._hear()
        return self.driver.hold(setpoint) and self._answered()

    def ask(self) -> bool:
        self._hear()
        return self.driver.ask() and self._answered()

    def _answered(self) -> bool:
        assert select.select([self.cable.fd], [], [], 5.0)[0]
        answer = self.firmware.receive(self.cable.read(), self._clock.now())
        if self.talks:
            self.cable.write(answer)
            assert select.select([self.driver.fileno()], [], [], 5.0)[0]
        return True

    def poll(self, now_s: float) -> LimbState | None:
        if not self.plugged:
            raise LimbLost("unplugged")
        self.firmware.advance(now_s)
        self.levels.append(tuple(self.firmware.level_v))
        return self.driver.poll(now_s)

    def leave(self) -> None:
        self.driver.leave()

    def close(self) -> None:
        self.driver.close()


class HandBench(Bench):
    """A guard with this hand, and perhaps an elbow; armed when `arm` is done."""

    def __init__(self, grip_change: str = "co-contraction", *, elbow: bool = False) -> None:
        parts = (part("p", grip_change), *((ELBOW,) if elbow else ()))
        self.model = limb_model(GuardSettings(parts, "r"))
        self.clock, self.wires, self.seq = VirtualClock(1000.0), Wires(), 0
        self.board, self.elbow = Board(self.clock, grip_change), Body(1, 30.0)
        hand = LimbLine(part_model(parts[0]), self.board, self._first(0.0), self._open_again)
        if elbow:
            second = LimbLine(part_model(ELBOW), self.elbow, self._first(30.0), lambda: self.elbow)
            line: LimbLine | LimbLines = LimbLines((hand, second))
        else:
            line = hand
        self.guard = Guard(self.model, line, self.wires, self.wires, None, self.clock)
        self.run(0.05)

    def _first(self, at_deg: float) -> LimbState:
        return LimbState(self.clock.now(), (at_deg,))

    def _open_again(self) -> Limb:
        if not self.board.plugged:
            raise LimbNotFound("no such port")
        self.board.open()
        return self.board

    def arm(self) -> None:
        self.connect()
        self.run(0.05, **REST)
        assert "error" not in self.ask(Verb.ARM)
        self.run(0.05, **REST)
        assert self.where == (State.ARMED, Reason.NONE)

    def next_grip(self) -> dict[str, Any]:
        self.command()
        return self.ask(Verb.GRIP, "next")

    @property
    def state(self) -> State:
        return self.guard.state

    @property
    def hand(self) -> ClinicalHand:
        return self.board.firmware.hand

    def close(self) -> None:
        self.board.close()
        self.board.cable.close()
