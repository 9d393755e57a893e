"""The guard's gates and times at their bounds, on the virtual clock; the rules themselves: test_guard*.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from innervate.core.command import LimbState
from innervate.core.state import Reason, State
from innervate.firmware_bridge import guard as story
from innervate.firmware_bridge.guard_changes import SEATED_S
from innervate.firmware_bridge.guard_loop import EMG_LOST_S
from innervate.firmware_bridge.guard_situation import DISTRUST
from innervate.firmware_bridge.requests import Verb

from .guard_bench import MOVE, REST, Bench
from .made import MOTEUS_ANKLE

SOON_S = 1e-6
NEUTRAL = {"rate": 0.0}


def test_the_numbers_of_the_design() -> None:
    assert (story.STALLED_S, story.RELEASE_S, story.GOODBYE_S) == (0.100, 10.0, 1.0)
    assert (story.RETURN_AFTER_S, story.LEG_RETURN_DEG_S) == (0.5, 15.0)
    assert (EMG_LOST_S, SEATED_S) == (0.5, 5.0)
    assert {
        Reason.EMG_STALE,
        Reason.EMG_LOST,
        Reason.EMG_RATE,
        Reason.CONTACT,
        Reason.LOOP_LATE,
    } == DISTRUST


def test_at_first_nothing_has_happened(bench: Bench) -> None:
    status = bench.guard.status(bench.clock.now())
    for name in ("refused", "starts", "recalibrations", "stops"):
        assert status[name] == 0
    assert status["refused_for"] == {}
    assert (status["last_seq"], status["grip"], status["loop_alive"]) == (-1, "", False)
    assert status["command_age_s"] is None
    counters = bench.guard.counters
    assert (counters.t_stop_s, counters.grips, counters.recalibrations) == (0.0, 0, 0)
    assert bench.guard.state is State.STOPPED
    assert not bench.guard.finished


def test_each_request_counts_by_one(bench: Bench) -> None:
    for count in (1, 2, 3):
        assert bench.ask(Verb.START)["starts"] == count
        assert bench.ask(Verb.STOP)["stops"] == count
        assert bench.guard.counters.t_stop_s == bench.clock.now()
        bench.ask(Verb.GRIP, "power")
        assert bench.guard.counters.grips == count
    if not bench.model.leg:
        assert bench.ask(Verb.RECALIBRATE)["recalibrations"] == 1
        assert "under way" in bench.ask(Verb.RECALIBRATE)["error"]
        bench.ask(Verb.CANCEL)
        assert bench.ask(Verb.RECALIBRATE)["recalibrations"] == 2


def test_refusals_are_counted_by_why(bench: Bench) -> None:
    bench.moving()
    for count in (1, 2, 3):
        bench.command(60.0, seq=1)
        bench.turn()
        assert bench.guard.status(bench.clock.now())["refused_for"] == {"COMMAND_OUT_OF_ORDER": count}
        assert bench.guard.counters.refused == count


# -- time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late_s", "stalled"), [(0.0999, False), (0.1001, True)])
def test_a_turn_that_is_a_tenth_of_a_second_late_is_a_stall(late_s: float, stalled: bool) -> None:
    bench = Bench()
    bench.turn(late_s)
    assert (bench.guard.reason is Reason.GUARD_STALLED) is stalled
    assert (bench.guard.state is State.FAULT) is stalled


@pytest.mark.parametrize("back_s", [0.001, 0.9, 5.0])
def test_a_clock_that_goes_back_is_a_stall_and_frames_go_on(bench: Bench, back_s: float) -> None:
    bench.moving()
    bench.turn(0.0)
    assert bench.guard.state is State.ACTIVE, "two turns at one time are none"
    bench.clock._now_s -= back_s  # a machine that was frozen and restored
    bench.guard.turn()
    assert bench.where == (State.FAULT, Reason.GUARD_STALLED)
    held = len(bench.body.held) + bench.body.asked
    bench.run(0.1)
    assert len(bench.body.held) + bench.body.asked >= held + 9


def test_the_deadman_by_the_microsecond(bench: Bench) -> None:
    bench.moving()
    bench.command(60.0)
    bench.turn()
    alone_s = bench.clock.now() + bench.model.deadman_s
    while bench.clock.now() + 0.005 < alone_s - SOON_S:
        bench.turn()
    bench.turn(alone_s - bench.clock.now() - SOON_S)
    assert bench.guard.state is State.ACTIVE
    bench.turn(2 * SOON_S)
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    assert not bench.guard._standing.rest_seen, "the second net: arming forgets it too"


def test_a_heartbeat_waits_2_ms_for_a_loop_that_is_on_time_and_for_no_other(bench: Bench) -> None:
    heartbeat_s = bench.model.heartbeat_s
    assert heartbeat_s == 0.010
    bench.run(0.1)

    def next_frame_s() -> float:
        """How long after the last frame the next goes out by itself."""
        frames = len(bench.wires.reports)
        while len(bench.wires.reports) == frames:
            bench.turn(0.0001)
        began_s, frames = bench.clock.now(), frames + 1
        while len(bench.wires.reports) == frames:
            bench.turn(0.0001)
        return bench.clock.now() - began_s

    assert next_frame_s() == pytest.approx(0.010, abs=2e-4)
    bench.connect()
    bench.command(0.0)
    assert next_frame_s() == pytest.approx(0.012, abs=2e-4)
    assert next_frame_s() == pytest.approx(0.010, abs=2e-4), "that one was late"


@pytest.mark.parametrize(("stale_s", "lost"), [(0.495, False), (0.51, True)])
def test_stale_for_half_a_second_is_lost(bench: Bench, stale_s: float, lost: bool) -> None:
    bench.moving()
    began_s = bench.clock.now() + 0.005
    while bench.clock.now() + 0.005 <= began_s + stale_s:
        bench.command(0.0, Reason.EMG_STALE)
        bench.turn()
    assert (bench.where == (State.FAULT, Reason.EMG_LOST)) is lost


def test_a_moment_of_sound_signal_begins_the_half_second_anew(bench: Bench) -> None:
    bench.moving()
    for _ in range(3):
        bench.run(0.4, reason=Reason.EMG_STALE)
        bench.run(0.02, **REST)
    assert bench.guard.state is State.ARMED


@pytest.mark.parametrize("reason", sorted(DISTRUST))
def test_whatever_the_loop_distrusts_holds_and_cannot_be_armed(bench: Bench, reason: Reason) -> None:
    bench.moving()
    bench.run(0.02, rate=60.0, reason=reason)
    assert bench.guard.state in (State.HOLDING, State.FAULT)
    assert bench.guard.reason is reason
    bench.ask(Verb.STOP)
    bench.run(0.02, rate=60.0, reason=reason)
    assert "cannot arm" in bench.ask(Verb.ARM)["error"]


# -- a release, a goodbye, a way home ------------------------------------------------------------------------


def test_a_release_that_does_not_arrive_ends_after_ten_seconds() -> None:
    bench = Bench(at_deg=40.0)
    assert "error" not in bench.ask(Verb.RELEASE)
    began_s = bench.clock.now()
    bench.body.takes = False
    while bench.clock.now() < began_s + 9.99:
        bench.turn()
    assert bench.guard.state is State.PROMPTING
    bench.run(0.05)
    assert bench.guard.state is State.STOPPED


def test_a_release_ends_where_it_goes_and_not_before(bench: Bench) -> None:
    bench.moving()
    bench.run(0.3, **MOVE)
    assert "error" not in bench.ask(Verb.RELEASE)
    while bench.guard.state is State.PROMPTING:
        before = bench.setpoint
        bench.turn()
    assert bench.setpoint == before
    assert bench.setpoint == pytest.approx(bench.model.release_deg, abs=0.01)
    assert bench.guard.state is State.STOPPED


def test_a_limb_that_does_not_come_to_rest_is_left_after_a_second(bench: Bench) -> None:
    bench.ask(Verb.SHUTDOWN)
    began_s = bench.clock.now()
    n = len(bench.model.joints)
    for k in range(300):
        bench.body.position = (float(k),) * n
        bench.turn()
        if bench.guard.finished:
            break
    assert 0.99 < bench.clock.now() - began_s < 1.03
    assert bench.body.left == 1


@pytest.mark.parametrize("off_deg", [0.5, 0.02])
def test_a_release_goes_the_last_half_degree(off_deg: float) -> None:
    bench = Bench(MOTEUS_ANKLE, at_deg=off_deg)
    assert "error" not in bench.ask(Verb.RELEASE)
    bench.run(1.0)
    assert bench.guard.state is State.STOPPED
    assert bench.setpoint == pytest.approx((0.0,), abs=0.01)


def test_a_release_that_weight_holds_half_a_degree_before_its_end_is_not_over() -> None:
    bench = Bench(MOTEUS_ANKLE, at_deg=0.5)
    assert "error" not in bench.ask(Verb.RELEASE)
    bench.scale.reason = Reason.LOADED
    bench.run(1.0)
    assert bench.guard.state is State.PROMPTING
    assert bench.setpoint[0] > 0.3
    bench.scale.reason = Reason.NONE
    bench.run(1.0)
    assert bench.guard.state is State.STOPPED
    assert bench.setpoint == pytest.approx((0.0,), abs=0.01)


def test_a_leg_that_is_left_does_not_go_home_whatever_happens_meanwhile() -> None:
    bench = leg()
    says, hot = bench.body.poll, False

    def poll(now_s: float) -> LimbState | None:
        said = says(now_s)
        return replace(said, temperature_c=(1000.0,)) if said is not None and hot else said

    bench.body.poll = poll  # type: ignore[method-assign]

    def tremble(turns: int) -> None:
        """It is at rest nowhere, and so it is not left yet."""
        for k in range(turns):
            bench.body.position = (-10.0 + 0.1 * k,)
            bench.turn()

    tremble(10)
    assert "error" not in bench.ask(Verb.SHUTDOWN)
    tremble(10)
    before = bench.setpoint
    bench.scale.free_s, hot = 9.0, True
    tremble(50)
    assert bench.where == (State.FAULT, Reason.LIMB_HOT)
    assert not bench.guard.finished
    assert bench.setpoint == before


def test_a_limb_at_rest_is_left_as_soon_as_it_is_known(bench: Bench) -> None:
    bench.run(0.2)
    bench.ask(Verb.SHUTDOWN)
    bench.run(0.02)
    assert bench.guard.finished
    for verb in (Verb.ARM, Verb.RELEASE):
        assert "Shutting down" in bench.ask(verb)["error"]


def leg(at_deg: float = -10.0) -> Bench:
    """An ankle off its neutral, armed; what the load sensor says is up to the test."""
    bench = Bench(MOTEUS_ANKLE, at_deg=at_deg)
    bench.connect()
    bench.run(0.05, **NEUTRAL)
    assert "error" not in bench.ask(Verb.ARM)
    bench.run(0.05, **NEUTRAL)
    bench.wires.connected = False
    bench.turn()
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    return bench


@pytest.mark.parametrize(("free_s", "goes"), [(0.4999, False), (0.5, True)])
def test_a_leg_at_fault_goes_home_after_half_a_second_without_weight(free_s: float, goes: bool) -> None:
    bench = leg()
    bench.scale.free_s = free_s
    before = bench.setpoint
    bench.run(0.3)
    assert (bench.setpoint != before) is goes
    bench.scale.reason = Reason.LOADED
    bench.run(0.1)
    bench.assert_still(0.5)


def test_a_way_home_has_its_own_rate_on_a_leg_and_needs_no_weight() -> None:
    bench = leg()
    bench.scale.free_s = 1.0
    bench.run(0.2)
    began = bench.setpoint[0]
    bench.run(0.2)
    assert abs(bench.setpoint[0] - began) == pytest.approx(
        0.2 * min(story.LEG_RETURN_DEG_S, bench.model.release_rate_deg_s), rel=0.1
    )


def test_no_hand_goes_home_by_itself() -> None:
    bench = Bench(at_deg=40.0)
    bench.connect()
    bench.run(0.05, **REST)
    bench.ask(Verb.ARM)
    bench.run(0.05, **REST)
    bench.wires.connected = False
    bench.assert_still(3.0)
    assert bench.guard.state is State.FAULT


@pytest.mark.parametrize("free_s", [0.0, 0.005])
def test_a_release_of_a_leg_needs_any_time_without_weight(free_s: float) -> None:
    bench = Bench(MOTEUS_ANKLE, at_deg=-10.0)
    bench.scale.free_s = free_s
    answer = bench.ask(Verb.RELEASE)
    assert ("error" in answer) is (free_s == 0.0)
    before = bench.setpoint
    bench.run(0.2)
    assert (bench.setpoint != before) is (free_s > 0.0)


@pytest.mark.parametrize(
    ("seated", "free_s", "taken"), [(True, 5.0, True), (True, 4.999, False), (False, 9.0, False)]
)
def test_a_leg_is_recalibrated_seated_and_five_seconds_without_weight(
    seated: bool, free_s: float, taken: bool
) -> None:
    bench = Bench(MOTEUS_ANKLE)
    bench.scale.seated, bench.scale.free_s = seated, free_s
    assert ("error" not in bench.ask(Verb.RECALIBRATE)) is taken
    assert bench.guard.counters.recalibrations == taken
