"""What people and muscles ask of a guard, at the bounds of what counts; on the virtual clock."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from innervate.core.command import Ask, LimbState
from innervate.core.state import Reason, State
from innervate.firmware_bridge.messages import unpack_report
from innervate.firmware_bridge.requests import Asked, Verb

from .guard_bench import MOVE, REST, Bench


@pytest.mark.parametrize("verb", [Verb.ARM, Verb.RELEASE])
def test_a_stop_wins_over_what_else_is_asked_in_its_turn(bench: Bench, verb: Verb) -> None:
    bench.connect()
    bench.run(0.05, **REST)
    bench.wires.asked.extend([Asked(Verb.STOP), Asked(verb)])
    bench.turn()
    assert "Stopped by a person" in bench.wires.answers[-1]["error"]
    assert bench.guard.state is State.STOPPED
    assert "error" not in bench.ask(verb), "in the next turn it counts"


@pytest.mark.parametrize(("verb", "at_once"), [(Verb.STOP, 1), (Verb.STATUS, 0)])
def test_a_stop_goes_out_in_its_own_turn_and_waits_for_no_heartbeat(
    bench: Bench, verb: Verb, at_once: int
) -> None:
    bench.moving()
    frames = len(bench.wires.reports)
    while len(bench.wires.reports) == frames:
        bench.turn(0.001)
    bench.wires.asked.append(Asked(verb))
    bench.turn(0.001)
    assert len(bench.wires.reports) == frames + 1 + at_once


def test_a_limb_that_is_too_hot_is_not_armed() -> None:
    bench = Bench(replace(Bench().model, hot_c=60.0))
    bench.connect()
    bench.run(0.05, **REST)
    cool = bench.line.newest
    bench.line.newest = replace(cool, temperature_c=(60.1,))
    assert "too hot" in bench.ask(Verb.ARM)["error"]


@pytest.mark.parametrize("reason", [Reason.LOW_CONFIDENCE, Reason.UNFAMILIAR, Reason.WARMING_UP])
def test_a_loop_that_is_only_not_sure_can_be_armed(bench: Bench, reason: Reason) -> None:
    bench.connect()
    bench.run(0.05, reason=reason)
    assert "error" not in bench.ask(Verb.ARM)


def test_a_loop_whose_last_word_was_nonsense_can_be_armed_and_moves_nothing(bench: Bench) -> None:
    bench.connect()
    bench.run(0.05, **REST)
    bench.wires.inbox.append(b"\x01garbage")
    bench.turn()
    assert "error" not in bench.ask(Verb.ARM)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)


def test_of_two_obstacles_the_limbs_own_is_told(bench: Bench) -> None:
    bench.connect()
    bench.run(0.05, reason=Reason.CONTACT)
    assert "electrode" in bench.ask(Verb.ARM)["error"]
    bench.line.newest = replace(bench.line.newest, temperature_c=(1000.0,))
    told = bench.ask(Verb.ARM)["error"]
    assert ("too hot" in told) is math.isfinite(bench.model.hot_c)


def test_seats_are_for_legs(bench: Bench) -> None:
    for verb, seated in ((Verb.SIT, True), (Verb.STAND, False)):
        answer = bench.ask(verb)
        if bench.model.leg:
            assert answer["seated"] is seated
        else:
            assert f"cannot {verb}: this limb is not a leg" in answer["error"]


def test_freezing_needs_an_armed_limb_and_unfreezing_a_frozen_one(bench: Bench) -> None:
    assert "not armed" in bench.ask(Verb.FREEZE)["error"]
    bench.ask(Verb.UNFREEZE)
    assert bench.where == (State.STOPPED, Reason.NOT_ARMED)
    bench.moving()
    bench.ask(Verb.UNFREEZE)
    assert bench.guard.state is State.ACTIVE
    bench.ask(Verb.FREEZE)
    bench.run(0.05, **MOVE)
    bench.assert_still(0.5, **MOVE)
    assert bench.where == (State.HOLDING, Reason.FROZEN)
    bench.run(0.05, reason=Reason.CONTACT)
    bench.run(0.05, **MOVE)
    assert bench.where == (State.HOLDING, Reason.FROZEN)
    bench.ask(Verb.UNFREEZE)
    bench.assert_still(0.2, **MOVE)
    bench.run(0.05, **REST)
    bench.run(0.05, **MOVE)
    assert bench.guard.state is State.ACTIVE


def test_grips_by_name_and_by_next(bench: Bench) -> None:
    for wrong in ("hook", "zoom", "nexu", ""):
        assert "allowed: power, pinch, next" in bench.ask(Verb.GRIP, wrong)["error"]
    for name, told in (("power", 0), ("pinch", 1), ("next", -1)):
        assert bench.ask(Verb.GRIP, name)["grip"] == ("" if name == "next" else name)
        bench.run(0.02)
        assert unpack_report(bench.wires.reports[-1]).grip == told
    assert unpack_report(bench.wires.reports[-1]).grips_asked == 3


def asked(bench: Bench, ask: Ask, **change: Any) -> None:
    bench.command(0.0, ask=ask, **change)
    bench.turn()


def test_a_stop_by_muscles_counts_once_for_as_long_as_it_lasts(bench: Bench) -> None:
    bench.moving()
    asked(bench, Ask.STOP)
    assert bench.where == (State.STOPPED, Reason.STOP_REQUESTED)
    asked(bench, Ask.STOP)
    assert bench.guard.counters.stops == 1
    asked(bench, Ask.NOTHING)
    assert bench.where == (State.STOPPED, Reason.STOP_REQUESTED), "and its end asks for nothing"
    asked(bench, Ask.STOP, reason=Reason.EMG_STALE, seq=0)
    assert bench.guard.counters.stops == 2, "even in a command that is refused"


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 1},
        {"reason": Reason.CONTACT},
        {"reason": Reason.EMG_STALE},
        {"expires_s": 1000.0},
        {"t_sample_s": 1000.0},
    ],
)
def test_a_release_by_muscles_needs_muscles_of_now(bench: Bench, change: dict[str, Any]) -> None:
    bench.moving()
    asked(bench, Ask.RELEASE, **change)
    assert bench.guard.state is not State.PROMPTING
    asked(bench, Ask.RELEASE)
    assert bench.guard.state is State.PROMPTING


def test_a_release_by_muscles_that_a_person_stops_does_not_begin_again(bench: Bench) -> None:
    bench.moving()
    asked(bench, Ask.RELEASE)
    assert bench.guard.state is State.PROMPTING
    bench.ask(Verb.STOP)
    for _ in range(5):
        asked(bench, Ask.RELEASE)
        assert bench.guard.state is State.STOPPED
    asked(bench, Ask.NOTHING)
    assert bench.guard.state is State.STOPPED
    asked(bench, Ask.RELEASE)
    assert bench.guard.state is State.PROMPTING


@pytest.mark.parametrize("first", ["garbage", "old", "late"])
def test_what_comes_behind_a_refused_message_in_one_turn_is_heard(bench: Bench, first: str) -> None:
    bench.moving()
    if first == "garbage":
        bench.wires.inbox.append(b"\x01garbage")
    else:
        bench.command(0.0, **({"seq": 0} if first == "old" else {"expires_s": 1.0}))
    bench.command(0.0, ask=Ask.STOP)
    bench.turn()
    assert bench.where == (State.STOPPED, Reason.STOP_REQUESTED)
    assert bench.guard.counters.refused == 1
    assert bench.guard.status(bench.clock.now())["last_seq"] == bench.seq


def test_a_new_loop_has_sent_nothing_yet(bench: Bench) -> None:
    bench.moving()
    bench.connect()
    assert bench.guard.status(bench.clock.now())["last_seq"] == -1
    bench.command(0.0, seq=0)
    bench.turn()
    assert bench.guard.status(bench.clock.now())["last_seq"] == 0


def test_a_release_by_muscles_does_not_come_out_of_a_command_that_was_sent_twice(bench: Bench) -> None:
    bench.moving()
    bench.command(0.0)
    bench.turn()
    asked(bench, Ask.RELEASE, seq=bench.seq)
    assert bench.guard.state is not State.PROMPTING


@pytest.mark.parametrize(("age_s", "opens"), [(0.0649, True), (0.0651, False)])
def test_a_release_by_muscles_needs_samples_of_the_last_65_ms(
    bench: Bench, age_s: float, opens: bool
) -> None:
    bench.moving()
    asked(bench, Ask.RELEASE, t_sample_s=bench.clock.now() + 0.005 - age_s)
    assert (bench.guard.state is State.PROMPTING) is opens


def test_a_device_may_take_50_ms_to_leave_its_fault(bench: Bench) -> None:
    bench.connect()
    bench.body.fault = 9
    bench.body.clear = lambda: None  # type: ignore[method-assign]
    bench.run(0.05, **REST)
    assert bench.where == (State.FAULT, Reason.LIMB_FAULT)
    bench.ask(Verb.ARM)
    cleared_s = bench.clock.now()
    bench.run(0.045, **REST)
    assert bench.clock.now() - cleared_s < 0.050
    assert bench.guard.state is State.ARMED
    bench.run(0.02, **REST)
    assert bench.where == (State.FAULT, Reason.LIMB_FAULT)


def test_a_frame_that_did_not_go_out_was_not_written(bench: Bench) -> None:
    bench.run(0.02)
    report = unpack_report(bench.wires.reports[-1])
    assert report.t_written_s == pytest.approx(bench.clock.now(), abs=0.011)
    bench.body.takes = False
    bench.run(0.02)
    assert unpack_report(bench.wires.reports[-1]).t_written_s == 0.0
    assert math.isfinite(bench.clock.now())


def test_without_a_bound_of_force_a_finger_closes_however_much_it_meets() -> None:
    bench = Bench()
    says = bench.body.poll

    def poll(now_s: float) -> LimbState | None:
        said = says(now_s)
        return replace(said, force_n=(5.0,) * 6) if said is not None else None

    bench.body.poll = poll  # type: ignore[method-assign]
    bench.moving()
    before = bench.setpoint
    bench.run(0.1, **MOVE)
    assert bench.setpoint[0] > before[0] + 1.0


class Button:
    """Pressed as often as the test says."""

    def __init__(self, *verbs: Verb) -> None:
        self.pressed = [Asked(verb) for verb in verbs]

    def files(self) -> list[int]:
        return []

    def read(self, now_s: float) -> list[Asked]:
        pressed, self.pressed = self.pressed, []
        return pressed


def test_every_press_of_every_button_counts_and_what_is_refused_breaks_nothing(bench: Bench) -> None:
    bench.moving()
    buttons = (Button(Verb.START), Button(Verb.FREEZE, Verb.SIT, Verb.STOP))
    bench.guard._inputs = buttons
    bench.turn()
    assert bench.where == (State.STOPPED, Reason.STOP_REQUESTED)
    assert (bench.guard.counters.starts, bench.guard.counters.stops) == (1, 1)
    buttons[0].pressed = [Asked(Verb.ARM), Asked(Verb.STOP)]
    bench.run(0.02, **REST)
    assert bench.guard.state is State.STOPPED
