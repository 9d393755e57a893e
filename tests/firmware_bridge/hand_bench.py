"""What tests of hands of six fingers share: driver and virtual hand on one clock, and as processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pytest
from innervate.core.child import Child
from innervate.core.command import LimbState, Setpoint
from innervate.core.state import Reason
from innervate.firmware_bridge.limb import Limb

from ..waiting import until
from .rig import Loop, Rig

CLOSED = (90.0,) * 6
REST = (0.0,) * 6


def at(*percent: float, rate: float = 0.0) -> Setpoint:
    """One number is for all fingers."""
    position = percent * 6 if len(percent) == 1 else percent
    return Setpoint(position, (rate,) * 6)


class Hand(Protocol):
    """A virtual one."""

    def advance(self, t_s: float) -> None: ...


class HandBench:
    """Driver and virtual hand on a clock of their own; what the wire does in between is the subclass's.

    Args:
        driver, body: of the hand.
    """

    def __init__(self, driver: Limb, body: Hand) -> None:
        self._driver, self._body = driver, body
        self.t_s = 100.0
        self.said: list[LimbState] = []
        self._beat_s = self.t_s

    def answer_due_s(self) -> float:
        """When the next answer is with the driver."""
        raise NotImplementedError

    def answer(self) -> None:
        """Let what is due be there."""
        raise NotImplementedError

    def hear(self) -> None:
        """Let the hand have what the driver has sent."""
        raise NotImplementedError

    def run(self, seconds: float, hold: Callable[[float], Setpoint] | None = None) -> None:
        """A heartbeat every 10 ms: `hold`, or only a question."""
        end_s = self.t_s + seconds
        while (due_s := min(self._beat_s, self.answer_due_s())) < end_s:
            self.t_s = due_s
            self._body.advance(self.t_s)
            self.answer()
            said = self._driver.poll(self.t_s)
            if said is not None:
                self.said.append(said)
            self.hear()
            if self.t_s >= self._beat_s:
                self._beat_s += 0.01
                if hold is None:
                    self._driver.ask()
                else:
                    self._driver.hold(hold(self.t_s))
                self.hear()
        self.t_s = end_s

    def beats_no_more(self) -> None:
        """Until all is answered."""
        self._beat_s = float("inf")
        self.run(0.1)


def close_as_far_as(
    rig: Rig, loop: Loop, finger: int, there: Callable[[], Any], rate: float
) -> dict[str, Any]:
    """Held until a person arms, then closing until `there`; and it stays there. The status by then."""
    before = rig.position()
    loop.go(0.15, rate=60.0, target=CLOSED)
    assert rig.position() == before  # nobody armed it
    rig.moving(loop)
    until(lambda: loop.go(0.05, rate=rate, target=CLOSED) or there())
    loop.go(0.3, rate=rate, target=CLOSED)
    status = rig.ask("status")
    assert status["state"] == "ACTIVE"
    loop.go(0.3, rate=rate, target=CLOSED)
    assert rig.ask("status")["setpoint_deg"][finger] == status["setpoint_deg"][finger]
    return status


def back_at_fault_without_moving(rig: Rig, again: Callable[[], Child]) -> dict[str, Any]:
    """It is unplugged while it moves; `again` starts it anew. The status by then."""
    loop = Loop(rig.run)
    rig.moving(loop)
    rig.limb.kill()
    until(lambda: rig.state() == ("FAULT", Reason.LIMB_LOST.name))
    with again() as plugged:
        plugged.wait_ready(10.0)
        until(lambda: rig.ask("status")["limb"]["answering"])
        loop.go(0.3, rate=60.0, target=CLOSED)
        status = rig.ask("status")
    loop.port.close()
    assert (status["state"], status["reason"]) == ("FAULT", "LIMB_LOST")
    assert status["setpoint_deg"] == pytest.approx(status["limb"]["position_deg"], abs=0.11)
    return status
