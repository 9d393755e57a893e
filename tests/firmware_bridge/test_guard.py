"""The guard on a virtual clock: every rule of its state, one by one."""

from __future__ import annotations

import math
from typing import Any

import pytest
from innervate.core.state import Reason, State
from innervate.firmware_bridge.messages import unpack_report
from innervate.firmware_bridge.requests import Verb

from .guard_bench import MOVE, REST, Bench


def test_streams_the_hold_in_every_state(bench: Bench) -> None:
    bench.run(0.5)
    assert len(bench.body.held) == 50
    assert set(bench.body.held) == {bench.setpoint}


def test_unarmed_obeys_nobody(bench: Bench) -> None:
    bench.connect()
    bench.assert_still(0.5, **MOVE)
    assert bench.where == (State.STOPPED, Reason.NOT_ARMED)


def test_rest_first_then_moves_then_rests(bench: Bench) -> None:
    bench.connect()
    bench.run(0.05, **MOVE)
    bench.ask(Verb.ARM)
    bench.assert_still(0.3, **MOVE)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)
    bench.assert_still(0.1, reason=Reason.LOW_CONFIDENCE)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)
    bench.run(0.02, **REST)
    assert bench.where == (State.ARMED, Reason.NONE)
    before = bench.setpoint
    bench.run(0.2, **MOVE)
    assert bench.where == (State.ACTIVE, Reason.NONE)
    assert bench.setpoint != before
    bench.run(0.1, **REST)
    assert bench.where == (State.ARMED, Reason.NONE)
    bench.assert_still(0.3, **REST)


def test_a_command_is_written_in_the_turn_it_arrives(bench: Bench) -> None:
    bench.connect()
    bench.run(0.05, **REST)
    frames = len(bench.body.held)
    bench.turn(0.002)
    bench.command(0.0)
    bench.turn(0.001)
    assert len(bench.body.held) == frames + 1
    report = unpack_report(bench.wires.reports[-1])
    assert report.last_seq == bench.seq
    assert report.t_s == bench.clock.now()


def test_arm_needs_a_living_loop(bench: Bench) -> None:
    assert "decoder" in bench.ask(Verb.ARM)["error"]
    bench.connect()
    assert "decoder" in bench.ask(Verb.ARM)["error"]
    assert bench.guard.state is State.STOPPED


def test_deadman(bench: Bench) -> None:
    bench.moving()
    bench.run(bench.model.deadman_s - 0.005)
    assert bench.guard.state is State.ACTIVE
    bench.run(0.015)
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    bench.run(0.05)
    bench.assert_still(1.0)
    bench.assert_still(1.0, **MOVE)
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    bench.ask(Verb.ARM)
    bench.assert_still(0.1, **MOVE)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)


def test_a_loop_that_hangs_up_is_lost_at_once(bench: Bench) -> None:
    bench.moving()
    bench.wires.connected = False
    bench.turn()
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)


def test_a_new_loop_starts_its_own_count_and_waits_for_arm(bench: Bench) -> None:
    bench.moving()
    bench.connect()
    bench.command(rate=60.0)
    bench.turn()
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    bench.run(0.1)
    bench.assert_still(0.3, **REST)
    assert "error" not in bench.ask(Verb.ARM)


@pytest.mark.parametrize("reason", [Reason.LOW_CONFIDENCE, Reason.UNFAMILIAR])
def test_what_is_not_acted_on_holds_and_goes_on_without_rest_or_a_person(
    bench: Bench, reason: Reason
) -> None:
    bench.moving()
    bench.run(0.1, reason=reason)
    bench.assert_still(1.0, reason=reason)
    assert bench.guard.state in (State.ACTIVE, State.ARMED)
    before = bench.setpoint
    bench.run(0.2, **MOVE)
    assert bench.where == (State.ACTIVE, Reason.NONE)
    assert bench.setpoint != before


@pytest.mark.parametrize("reason", [Reason.EMG_STALE, Reason.CONTACT, Reason.LOOP_LATE])
def test_distrust_holds_and_trust_starts_from_rest(bench: Bench, reason: Reason) -> None:
    bench.moving()
    bench.run(0.03, reason=reason)
    assert bench.where == (State.HOLDING, reason)
    bench.assert_still(0.2, reason=reason)
    bench.assert_still(0.2, **MOVE)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)
    bench.run(0.02, **REST)
    bench.run(0.02, **MOVE)
    assert bench.guard.state is State.ACTIVE


def test_distrust_never_moves_even_if_it_asks_to(bench: Bench) -> None:
    bench.moving()
    bench.run(0.05, rate=60.0, reason=Reason.EMG_STALE)
    bench.assert_still(0.3, rate=60.0, reason=Reason.EMG_STALE)


def test_stale_for_long_is_a_fault(bench: Bench) -> None:
    bench.moving()
    bench.run(0.45, reason=Reason.EMG_STALE)
    assert bench.guard.state is State.HOLDING
    bench.run(0.1, reason=Reason.EMG_STALE)
    assert bench.where == (State.FAULT, Reason.EMG_LOST)
    assert "late" in bench.ask(Verb.ARM)["error"]


def test_lost_emg_is_a_fault_at_once(bench: Bench) -> None:
    bench.moving()
    bench.run(0.01, reason=Reason.EMG_LOST)
    assert bench.where == (State.FAULT, Reason.EMG_LOST)


def test_old_samples_move_nothing_whatever_the_loop_says(bench: Bench) -> None:
    bench.moving()
    bench.run(0.05, **REST)
    before = bench.setpoint
    t_old_s = bench.clock.now() - 0.2
    bench.run(0.05, rate=60.0, t_sample_s=t_old_s)
    assert bench.setpoint == before
    assert bench.guard.status(bench.clock.now())["refused_for"]["COMMAND_EXPIRED"] > 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"target_deg": (math.nan,)}, "COMMAND_INVALID"),
        ({"rate_deg_s": (math.inf,)}, "COMMAND_INVALID"),
        ({"seq": 1}, "COMMAND_OUT_OF_ORDER"),
        ({"expires_s": 1.0}, "COMMAND_EXPIRED"),
    ],
)
def test_refuses_and_counts(bench: Bench, change: dict[str, Any], why: str) -> None:
    bench.moving()
    n = len(bench.model.joints)
    change = {k: v * n if isinstance(v, tuple) else v for k, v in change.items()}
    bench.command(60.0, **change)
    bench.run(0.015)
    status = bench.guard.status(bench.clock.now())
    assert status["refused_for"] == {why: 1}
    assert unpack_report(bench.wires.reports[-1]).refused == 1


def test_nonsense_brakes_at_once(bench: Bench) -> None:
    bench.moving()
    bench.wires.inbox.append(b"\x01garbage")
    bench.run(0.02)
    before = bench.setpoint
    bench.run(0.01)
    assert bench.setpoint == before


def test_stop_wins_over_a_command_of_the_same_turn(bench: Bench) -> None:
    bench.moving()
    before = bench.setpoint
    bench.command(60.0)
    bench.ask(Verb.STOP)
    bench.run(0.02, **MOVE)
    assert bench.where == (State.STOPPED, Reason.STOP_REQUESTED)
    rate = max(j.max_rate_deg_s for j in bench.model.joints)
    assert max(abs(a - b) for a, b in zip(bench.setpoint, before, strict=True)) < 0.02 * rate
    bench.assert_still(0.5, **MOVE)


def test_stop_does_not_hide_a_fault(bench: Bench) -> None:
    bench.moving()
    bench.run(0.2)
    bench.ask(Verb.STOP)
    assert bench.where == (State.STOPPED, Reason.LOOP_LOST)
    bench.ask(Verb.STOP)
    assert bench.where == (State.STOPPED, Reason.LOOP_LOST)


def test_release_is_slow_needs_no_loop_and_ends_stopped(bench: Bench) -> None:
    bench.moving()
    bench.run(0.5, **MOVE)
    bench.wires.connected = False
    bench.turn()
    bench.ask(Verb.RELEASE)
    assert bench.where == (State.PROMPTING, Reason.RELEASE_REQUESTED)
    before = bench.setpoint
    bench.run(0.1)
    travelled = max(abs(a - b) for a, b in zip(bench.setpoint, before, strict=True))
    assert 0 < travelled <= bench.model.release_rate_deg_s * 0.1 + 1e-6
    bench.run(8.0)
    assert bench.where == (State.STOPPED, Reason.LOOP_LOST)
    assert bench.setpoint == pytest.approx(bench.model.release_deg, abs=0.01)


def test_release_ignores_the_loop_and_can_be_stopped(bench: Bench) -> None:
    bench.moving()
    bench.run(0.5, **MOVE)
    bench.ask(Verb.RELEASE)
    top = bench.setpoint
    bench.run(0.2, **MOVE)
    assert bench.guard.state is State.PROMPTING
    assert "stop it first" in bench.ask(Verb.ARM)["error"]
    bench.ask(Verb.STOP)
    bench.run(0.03, **MOVE)
    assert bench.setpoint != top
    bench.assert_still(0.5, **MOVE)


def test_shutdown_brakes_before_it_leaves(bench: Bench) -> None:
    bench.moving()
    bench.ask(Verb.SHUTDOWN)
    assert bench.body.left == 0
    bench.run(0.2, **MOVE)
    assert bench.guard.finished
    assert bench.body.left == 1
    assert bench.body.held[-1] == bench.setpoint
    assert bench.body.held[-2] == bench.setpoint


def test_start_only_counts(bench: Bench) -> None:
    before = bench.where
    assert bench.ask(Verb.START)["starts"] == 1
    assert bench.where == before
