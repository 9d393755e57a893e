"""A guard and everything around it, without a wire, on a virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from innervate.core.clock import VirtualClock
from innervate.core.command import Command, LimbState, Setpoint
from innervate.core.errors import LimbLost, LimbNotFound, RequestError
from innervate.core.state import Reason, State
from innervate.firmware_bridge.guard import Guard
from innervate.firmware_bridge.leg import LegGate
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.limits import LimbModel
from innervate.firmware_bridge.line import LimbLine
from innervate.firmware_bridge.messages import pack_command
from innervate.firmware_bridge.requests import Asked, Verb

from .made import ABILITY_HAND

REST = {"rate": 0.0}
MOVE = {"rate": 60.0}


class Body:
    """A limb without a wire: it is where it was last asked to be, and can be cut off."""

    def __init__(self, joints: int, at_deg: float) -> None:
        self.position = (at_deg,) * joints
        self.talks = self.plugged = self.takes = True
        self.fault = 0
        self.held: list[tuple[float, ...]] = []
        self.asked = self.cleared = self.left = 0
        self._waiting = False

    frames_sent = frames_acked = frames_bad = 0
    wants_to_write = False

    def fileno(self) -> int:
        raise AssertionError("nobody selects here")

    def _hear(self) -> bool:
        if not self.plugged:
            raise LimbLost("unplugged")
        self._waiting = self.talks
        return True

    def hold(self, setpoint: Setpoint) -> bool:
        heard = self._hear()
        if not self.takes:
            return False
        self.held.append(setpoint.position_deg)
        self.position = setpoint.position_deg
        return heard

    def ask(self) -> bool:
        self.asked += 1
        return self._hear()

    def flush(self) -> None: ...

    def poll(self, now_s: float) -> LimbState | None:
        if not self.plugged:
            raise LimbLost("unplugged")
        waiting, self._waiting = self._waiting, False
        return LimbState(now_s, self.position, fault=self.fault) if waiting else None

    def clear(self) -> None:
        self.cleared += 1
        self.fault = 0

    def leave(self) -> None:
        self.left += 1

    def close(self) -> None: ...


class Scale:
    """A leg's load sensor: it says what the test says."""

    def __init__(self) -> None:
        self.seated = False
        self.reason = Reason.NONE
        self.free_s = 0.1  # too short for a return to neutral

    def files(self) -> list[int]:
        return []

    def listen(self, now_s: float) -> None: ...

    def closed(self, now_s: float) -> Reason:
        return self.reason

    def unloaded_s(self, now_s: float) -> float:
        return self.free_s if self.reason is Reason.NONE else 0.0

    def sit(self, now_s: float) -> None:
        self.seated = True

    def stand(self) -> None:
        self.seated = False


class Wires:
    """Both doors, in memory."""

    def __init__(self) -> None:
        self.connected = False
        self.visits = 0
        self.inbox: list[bytes] = []
        self.asked: list[Asked] = []
        self.answers: list[dict[str, Any]] = []
        self.reports: list[bytes] = []

    def receive(self, greeting: Callable[[], bytes]) -> list[bytes]:
        messages, self.inbox = self.inbox, []
        return messages

    def report(self, message: bytes) -> None:
        self.reports.append(message)

    def serve(self, obey: Callable[[Asked], dict[str, Any]]) -> int:
        asked, self.asked = self.asked, []
        for one in asked:
            try:
                self.answers.append(obey(one))
            except RequestError as error:
                self.answers.append({"error": str(error)})
        return len(asked)


class Bench:
    """A guard and everything around it; `run` lets time pass in turns of 5 ms with a command every 10 ms."""

    def __init__(
        self, model: LimbModel = ABILITY_HAND, at_deg: float | None = None, gate: LegGate | None = None
    ) -> None:
        self.model = model
        self.clock = VirtualClock(1000.0)
        self.body = Body(len(model.joints), 0.0 if at_deg is None else at_deg)
        self.wires = Wires()
        self.seq = 0
        first = LimbState(self.clock.now(), self.body.position)
        self.line = LimbLine(model, self.body, first, self._reopen)
        self.scale = Scale()
        grips = ("power", "pinch")
        self.guard = Guard(
            *(model, self.line, self.wires, self.wires, None, self.clock),
            gate=gate or self.scale,
            grips=grips,
        )
        self.run(0.03)
        self.body.held.clear()

    def _reopen(self) -> Limb:
        if not self.body.plugged:
            raise LimbNotFound("no such port")
        return self.body

    def connect(self) -> None:
        self.wires.connected = True
        self.wires.visits += 1
        self.seq = 0
        self.turn()  # as on a socket: the guard accepts first and hears in the turns after

    def command(self, rate: float = 0.0, reason: Reason = Reason.NONE, **change: Any) -> None:
        self.seq += 1
        t_s = self.clock.now()
        n = len(self.model.joints)
        fields: dict[str, Any] = {
            "seq": self.seq,
            "t_made_s": t_s,
            "expires_s": t_s + 0.05,
            "sample_index": self.seq,
            "t_sample_s": t_s,
            "target_deg": tuple(j.most_deg if j.most_deg > 0 else j.least_deg for j in self.model.joints),
            "rate_deg_s": (rate,) * n,
            "reason": reason,
        }
        self.wires.inbox.append(pack_command(Command(**{**fields, **change})))

    def run(self, seconds: float, **command: Any) -> None:
        for k in range(round(seconds / 0.005)):
            if self.guard.finished:
                return
            if command and k % 2 == 0:
                self.command(**command)
            self.turn()

    def turn(self, dt_s: float = 0.005) -> None:
        self.clock.advance(dt_s)
        self.guard.turn()

    def ask(self, verb: Verb, value: str = "") -> dict[str, Any]:
        self.wires.asked.append(Asked(verb, value))
        self.turn()
        return self.wires.answers[-1]

    def moving(self) -> None:
        self.connect()
        self.run(0.05, **REST)
        assert "error" not in self.ask(Verb.ARM)
        self.run(0.05, **REST)
        self.run(0.2, **MOVE)
        assert self.where == (State.ACTIVE, Reason.NONE)

    @property
    def where(self) -> tuple[State, Reason]:
        return self.guard.state, self.guard.reason

    @property
    def setpoint(self) -> tuple[float, ...]:
        return tuple(self.guard.status(self.clock.now())["setpoint_deg"])

    def assert_still(self, seconds: float = 1.0, **command: Any) -> None:
        before = self.setpoint
        self.run(seconds, **command)
        assert self.setpoint == before
