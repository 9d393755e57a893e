"""A virtual gait board on the virtual clock: its bytes, the real wire code, the real phase machine."""

from __future__ import annotations

from innervate.core.clock import VirtualClock
from innervate.core.state import Reason
from innervate.firmware_bridge.gait import GaitWire
from innervate.firmware_bridge.limits import LimbModel
from innervate.firmware_bridge.phase import GRAVITY_M_S2, LegPhase
from innervate.firmware_bridge.requests import Verb
from innervate.firmware_bridge.settings import GaitSettings
from innervate.sim.gait_board import GaitBoardFirmware

from .guard_bench import REST, Bench
from .made import MOTEUS_ANKLE

WEIGHT_KG = 80.0
GAIT = GaitSettings(port="p", body_weight_kg=WEIGHT_KG)
IMU_ONLY = GaitSettings(port="p", body_weight_kg=WEIGHT_KG, sensor="imu")
WEIGHT_N = WEIGHT_KG * GRAVITY_M_S2
UNLOADED, LOADED = GAIT.unloaded_share, GAIT.loaded_share


class VirtualBoard:
    """A leg's gate, without a port: the bytes are there when they are asked for."""

    def __init__(self, settings: GaitSettings = GAIT, seed: int = 1) -> None:
        self.firmware = GaitBoardFirmware(WEIGHT_KG, seed)
        self.phase = LegPhase(settings)
        self.wire = GaitWire(self.phase)

    def do(self, *lines: str) -> None:
        for line in lines:
            self.firmware.obey(line)

    @property
    def seated(self) -> bool:
        return self.phase.seated

    @property
    def share(self) -> float:
        """What the leg really bears."""
        return self.firmware.leg.share

    def files(self) -> list[int]:
        return []

    def listen(self, now_s: float) -> None:
        self.firmware.advance(now_s)
        self.wire.take(self.firmware.receive(b"", now_s), now_s)
        self.phase.look(now_s)

    def closed(self, now_s: float) -> Reason:
        return self.phase.closed(now_s)

    def unloaded_s(self, now_s: float) -> float:
        return self.phase.unloaded_s(now_s)

    def sit(self, now_s: float) -> None:
        self.phase.sit(now_s)

    def stand(self) -> None:
        self.phase.stand()


class Person:
    """A virtual board and a clock: `go` lets time pass, in the guard's turns."""

    def __init__(self, settings: GaitSettings = GAIT, seed: int = 1) -> None:
        self.board = VirtualBoard(settings, seed)
        self.clock = VirtualClock(1000.0)
        self.seen: list[tuple[Reason, float]] = []
        """Of each turn since the last `go` began: why it was closed, and the true load in body weights."""

    def go(self, seconds: float, *lines: str) -> None:
        self.board.do(*lines)
        self.seen = []
        for _ in range(round(seconds / 0.005)):
            self.clock.advance(0.005)
            self.board.listen(self.clock.now())
            self.seen.append((self.closed, self.board.share))

    @property
    def closed(self) -> Reason:
        return self.board.closed(self.clock.now())

    @property
    def unloaded_s(self) -> float:
        return self.board.unloaded_s(self.clock.now())

    def seconds(self, reason: Reason) -> float:
        """How long it was this, in the newest `go`."""
        return sum(0.005 for seen, _ in self.seen if seen is reason)

    def sit(self) -> None:
        self.board.sit(self.clock.now())

    def seat(self) -> None:
        """Stood on it once, then sat down."""
        self.go(0.3, "load 0.6")
        self.go(5.5, "sit")
        self.sit()
        assert self.board.seated


class LegBench(Bench):
    """A guard, an ankle without a wire, and a virtual gait board."""

    def __init__(
        self,
        settings: GaitSettings = GAIT,
        at_deg: float | None = None,
        seed: int = 1,
        model: LimbModel = MOTEUS_ANKLE,
    ) -> None:
        self.board = VirtualBoard(settings, seed)
        super().__init__(model, at_deg, gate=self.board)

    def stand_and_lift(self) -> None:
        """The cell has proved itself, and the foot is in the air."""
        self.board.do("load 0.6")
        self.run(0.3)
        self.board.do("lift")
        self.run(0.3)

    def armed(self) -> None:
        """On a lifted leg, rested."""
        self.stand_and_lift()
        self.connect()
        self.run(0.05, **REST)
        answer = self.ask(Verb.ARM)
        assert "error" not in answer, answer
        self.run(0.05, **REST)

    def at(self) -> float:
        return self.setpoint[0]
