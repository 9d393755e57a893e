"""The guard on a virtual clock, and a limb that is silent, unplugged, faulty or not heard in time."""

from __future__ import annotations

from innervate.core.state import Reason, State
from innervate.firmware_bridge.requests import Verb

from .guard_bench import MOVE, REST, Bench


def test_silent_limb_faults_and_is_only_asked(bench: Bench) -> None:
    bench.moving()
    bench.body.talks = False
    bench.run(0.8 * bench.model.device_watchdog_s + 0.02, **MOVE)
    assert bench.where == (State.FAULT, Reason.LIMB_SILENT)
    held = len(bench.body.held)
    bench.run(0.3, **REST)
    assert len(bench.body.held) == held
    assert "answer" in bench.ask(Verb.ARM)["error"]
    assert "answer" in bench.ask(Verb.RELEASE)["error"]
    bench.body.position = (-3.0,) * len(bench.model.joints)  # it went elsewhere meanwhile
    bench.body.talks = True
    bench.run(0.05, **REST)
    assert bench.setpoint == (-3.0,) * len(bench.model.joints)
    assert bench.where == (State.FAULT, Reason.LIMB_SILENT)
    assert "error" not in bench.ask(Verb.ARM)


def test_short_silence_keeps_the_grip() -> None:
    """100 to 240 ms: API mode was kept alive, so the set-point (and the force on an object) stays."""
    bench = Bench()
    bench.moving()
    bench.body.talks = False
    bench.run(0.15, **REST)
    before = bench.setpoint
    bench.body.position = (2.0,) * 6
    bench.body.talks = True
    bench.run(0.05, **REST)
    assert bench.setpoint == before


def test_unplugged_and_back(bench: Bench) -> None:
    bench.moving()
    bench.body.plugged = False
    bench.turn()
    bench.run(0.02)
    assert bench.where == (State.FAULT, Reason.LIMB_LOST)
    bench.run(1.0, **REST)
    bench.body.position = (1.0,) * len(bench.model.joints)
    bench.body.plugged = True
    bench.run(2.5, **MOVE)
    assert bench.setpoint == (1.0,) * len(bench.model.joints)
    assert bench.where == (State.FAULT, Reason.LIMB_LOST)
    bench.run(0.05, **REST)
    assert "error" not in bench.ask(Verb.ARM)


def test_held_up_guard_faults_and_reads_the_position_again(bench: Bench) -> None:
    bench.moving()
    bench.body.held.clear()
    for _ in range(200):  # commands of the stall: all old by the time they are read
        bench.command(60.0)
    bench.body.position = (-2.0,) * len(bench.model.joints)
    bench.turn(3.0)
    assert bench.where == (State.FAULT, Reason.GUARD_STALLED)
    assert bench.body.held == []
    bench.run(0.05)
    assert set(bench.body.held) == {(-2.0,) * len(bench.model.joints)}


def test_a_fault_of_the_device(bench: Bench) -> None:
    bench.moving()
    bench.body.cleared = 0
    bench.body.fault = 33
    bench.run(0.02, **MOVE)
    assert bench.where == (State.FAULT, Reason.LIMB_FAULT)
    bench.run(0.1, **REST)
    assert "error" not in bench.ask(Verb.ARM)
    assert bench.body.cleared == 1
    bench.run(0.1, **REST)
    assert bench.guard.state is State.ARMED
    bench.body.fault = 33
    bench.run(0.02, **REST)
    assert bench.where == (State.FAULT, Reason.LIMB_FAULT)


def test_a_fault_that_was_not_cleared_comes_back(bench: Bench) -> None:
    bench.moving()
    bench.body.fault = 33
    bench.body.clear = lambda: None  # type: ignore[method-assign]
    bench.run(0.02, **REST)
    bench.ask(Verb.ARM)
    bench.run(0.1, **REST)
    assert bench.where == (State.FAULT, Reason.LIMB_FAULT)


def test_no_set_point_runs_ahead_of_a_limb_that_answers_and_takes_none(bench: Bench) -> None:
    """A servo on its way back from a fault answers before it follows: no far set-point may wait for it."""
    bench.moving()
    bench.body.takes = False
    bench.run(0.05, **MOVE)
    before = bench.setpoint
    bench.run(0.3, **MOVE)
    assert bench.setpoint == before
    bench.body.takes = True
    bench.run(0.1, **MOVE)
    assert bench.setpoint != before
