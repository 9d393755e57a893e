"""The guard's promises (issue 5), each an invariant over random faults; in words: docs/guard-promises.md."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from innervate.core.command import Ask
from innervate.core.state import Reason, State
from innervate.firmware_bridge.devices import part_model
from innervate.firmware_bridge.limits import LimbModel
from innervate.firmware_bridge.requests import Asked, Verb
from innervate.firmware_bridge.settings import JointSettings, PartSettings

from .guard_bench import MOVE, REST
from .made import ABILITY_HAND, MOTEUS_ANKLE
from .promise_bench import PromiseBench

ELBOW = part_model(PartSettings("moteus", "p", joints=(JointSettings("elbow"),)))
TURNS = st.integers(1, 30)
SHARE = st.floats(0.0, 1.0)
ASKABLE = st.sampled_from([verb for verb in Verb if verb not in (Verb.SHUTDOWN, Verb.GRIP)])
RUNNING = (State.ARMED, State.ACTIVE, State.HOLDING)
EPSILON = 1e-6


class Promises(RuleBasedStateMachine):
    """Whatever happens to a hand."""

    models: tuple[LimbModel, ...] = (ABILITY_HAND,)

    def __init__(self) -> None:
        super().__init__()
        self.bench = PromiseBench(self.models)

    def _begin(self, *, moving: bool = False) -> PromiseBench:
        """Half of what befalls it befalls a limb that is armed and moves."""
        self.bench.frames.clear()
        self.bench.states.clear()
        if moving:
            self._all_is_well(fresh=False)
        return self.bench

    def _device(self, share: float) -> Any:
        return self.bench.devices[min(int(share * len(self.bench.devices)), len(self.bench.devices) - 1)]

    # -- what the loop does ---------------------------------------------------------------------------------

    @rule()
    def a_loop_connects(self) -> None:
        """The first, one after a crash, or one with another model."""
        self._begin().connect()

    @rule()
    def the_loop_hangs_up(self) -> None:
        self._begin().wires.connected = False
        self.bench.turn()

    @precondition(lambda self: self.bench.wires.connected)
    @rule(turns=TURNS, rate=st.sampled_from([0.0, 0.0, 60.0, 500.0]))
    def the_decoder_is_stuck(self, turns: int, rate: float) -> None:
        self._begin().run(turns * 0.005, rate=rate)

    @precondition(lambda self: self.bench.wires.connected)
    @rule(
        moving=st.booleans(),
        turns=st.one_of(TURNS, st.just(130)),
        rate=st.sampled_from([0.0, 60.0]),
        reason=st.sampled_from(
            [
                *(Reason.EMG_STALE, Reason.EMG_LOST, Reason.CONTACT, Reason.EMG_RATE, Reason.LOOP_LATE),
                *(Reason.LOW_CONFIDENCE, Reason.UNFAMILIAR, Reason.WARMING_UP, Reason.UNMAPPED),
            ]
        ),
    )
    def the_input_cannot_be_used(self, moving: bool, turns: int, rate: float, reason: Reason) -> None:
        self._begin(moving=moving).run(turns * 0.005, rate=rate, reason=reason)

    @precondition(lambda self: self.bench.wires.connected)
    @rule(
        moving=st.booleans(),
        turns=TURNS,
        what=st.sampled_from(["nan", "inf", "negative", "expired", "old sample", "ahead", "sample ahead"]),
    )
    def the_loop_talks_nonsense(self, moving: bool, turns: int, what: str) -> None:
        bench = self._begin(moving=moving)
        n, t_s = len(bench.model.joints), bench.clock.now()
        changes: dict[str, dict[str, Any]] = {
            "nan": {"target_deg": (math.nan,) * n},
            "inf": {"rate_deg_s": (math.inf,) * n},
            "negative": {"rate_deg_s": (-60.0,) * n},
            "expired": {"expires_s": t_s - 0.001},
            "old sample": {"t_sample_s": t_s - 0.2},
            "ahead": {"t_made_s": t_s + 10.0},
            "sample ahead": {"t_sample_s": t_s + 10.0, "expires_s": t_s + 10.0},
        }
        bench.run(turns * 0.005, **{"rate": 60.0, **changes[what]})

    @precondition(lambda self: self.bench.wires.connected)
    @rule(
        moving=st.booleans(),
        share=SHARE,
        count=st.integers(1, 100),
        old_s=st.one_of(st.floats(0.0, 0.05), st.floats(0.0, 3.0)),
    )
    def a_backlog_arrives_out_of_order(self, moving: bool, share: float, count: int, old_s: float) -> None:
        bench = self._begin(moving=moving)
        bench.run(0.05, **REST)  # what the person wants now
        t_s, seq = bench.clock.now() - old_s, bench.seq
        for k in range(count):
            bench.command(
                60.0, t_made_s=t_s, expires_s=t_s + 0.05, t_sample_s=t_s, seq=max(0, seq - k + int(share * 4))
            )
        bench.seq = max(seq, bench.seq - count + 4)
        bench.turn()
        bench.run(0.02)

    @precondition(lambda self: self.bench.wires.connected)
    @rule(
        moving=st.booleans(),
        ask=st.sampled_from(list(Ask)),
        old_s=st.sampled_from([0.0, 0.0, 0.5]),
        reason=st.sampled_from([Reason.NONE, Reason.NONE, Reason.CONTACT]),
    )
    def the_wearer_contracts_both(self, moving: bool, ask: Ask, old_s: float, reason: Reason) -> None:
        bench = self._begin(moving=moving)
        t_s = bench.clock.now() - old_s
        bench.command(60.0, reason, ask=ask, t_made_s=t_s, expires_s=t_s + 0.05, t_sample_s=t_s)
        bench.turn()
        bench.run(0.03)

    @rule(noise=st.binary(max_size=80))
    def garbage_arrives(self, noise: bytes) -> None:
        self._begin().wires.inbox.append(noise)
        self.bench.run(0.02)

    @rule(turns=TURNS)
    def the_loop_is_stopped(self, turns: int) -> None:
        self._begin().run(turns * 0.005)

    # -- what the limb and its cable do ---------------------------------------------------------------------

    @rule(moving=st.booleans(), which=SHARE, turns=st.integers(1, 100), share=SHARE)
    def the_cable_is_pulled_and_comes_back(
        self, moving: bool, which: float, turns: int, share: float
    ) -> None:
        bench, device = self._begin(moving=moving), self._device(which)
        device.plugged = False
        bench.run(turns * 0.005, **(MOVE if bench.wires.connected else {}))
        if device.lapsed:
            device.push(share)
        device.plugged = True
        bench.run(0.1, **(MOVE if bench.wires.connected else {}))

    @rule(moving=st.booleans(), which=SHARE, turns=st.integers(1, 100))
    def its_answers_are_lost(self, moving: bool, which: float, turns: int) -> None:
        bench, device = self._begin(moving=moving), self._device(which)
        device.talks = False
        bench.run(turns * 0.005, **(MOVE if bench.wires.connected else {}))
        device.talks = True
        bench.run(0.05, **(MOVE if bench.wires.connected else {}))

    @rule(moving=st.booleans(), which=SHARE, turns=st.integers(1, 100), share=SHARE)
    def it_does_not_hear(self, moving: bool, which: float, turns: int, share: float) -> None:
        bench, device = self._begin(moving=moving), self._device(which)
        device.hears = False
        bench.run(turns * 0.005, **(MOVE if bench.wires.connected else {}))
        if device.lapsed:
            device.push(share)
        device.hears = True
        bench.run(0.1, **(MOVE if bench.wires.connected else {}))

    @rule(moving=st.booleans(), which=SHARE, share=SHARE)
    def it_faults_and_is_pushed(self, moving: bool, which: float, share: float) -> None:
        bench, device = self._begin(moving=moving), self._device(which)
        device.fault = 33
        bench.run(0.03, **(MOVE if bench.wires.connected else {}))
        device.push(share)
        bench.run(0.03)

    @rule(moving=st.booleans(), which=SHARE, celsius=st.sampled_from([31.0, 90.0]), limiting=st.booleans())
    def it_is_hot_or_touches_something(
        self, moving: bool, which: float, celsius: float, limiting: bool
    ) -> None:
        bench, device = self._begin(moving=moving), self._device(which)
        device.celsius, device.limiting = celsius, limiting
        bench.run(0.05, **(MOVE if bench.wires.connected else {}))

    @rule(
        moving=st.booleans(),
        seconds=st.one_of(st.floats(0.01, 0.3), st.floats(0.01, 3.0)),
        share=SHARE,
        backlog=st.integers(0, 30),
    )
    def the_guard_is_stopped_and_goes_on(
        self, moving: bool, seconds: float, share: float, backlog: int
    ) -> None:
        bench = self._begin(moving=moving)
        for _ in range(backlog):
            bench.command(60.0)
        t_s = bench.clock.now() + seconds - 0.003
        if bench.wires.connected:
            bench.command(
                60.0, t_made_s=t_s, expires_s=t_s + 0.05, t_sample_s=t_s
            )  # the loop was not held up
        for device in bench.devices:
            if seconds > device.model.device_watchdog_s:
                device.push(share)
                device.fault = device.fault or (255 if device.model.device.startswith("moteus") else 0)
        bench.turn(seconds)
        bench.run(0.1, **(MOVE if bench.wires.connected else {}))

    # -- what people do -------------------------------------------------------------------------------------

    @rule(
        moving=st.booleans(),
        verb=ASKABLE,
        by_button=st.booleans(),
        turns=TURNS,
        rate=st.sampled_from([0.0, 60.0]),
    )
    def somebody_asks(self, moving: bool, verb: Verb, by_button: bool, turns: int, rate: float) -> None:
        bench = self._begin(moving=moving)
        if by_button:
            bench.button.pressed.append(Asked(verb))
            bench.turn()
        else:
            bench.ask(verb)
        bench.run(turns * 0.005, **({"rate": rate} if bench.wires.connected else {}))

    @rule()
    def armed_and_asked_to_move_at_once(self) -> None:
        """Nobody rested in between."""
        bench = self._begin(moving=True)
        bench.ask(Verb.STOP)
        bench.run(0.02, **MOVE)
        bench.ask(Verb.ARM)
        bench.run(0.05, **MOVE)

    @precondition(lambda self: self.bench.wires.connected)
    @rule(share=SHARE, waits_s=st.sampled_from([1.0, 3.05]), turns=TURNS, rate=st.sampled_from([0.0, 60.0]))
    def the_limb_shows_a_movement(self, share: float, waits_s: float, turns: int, rate: float) -> None:
        """In a recalibration that the wearer began so; before the end of the countdown it is refused, and a
        leg refuses always."""
        bench = self._begin()
        begun = bench.ask(Verb.RECALIBRATE, "limb")
        bench.run(waits_s, rate=0.0)
        joints = bench.model.joints
        target = (j.least_deg + share * (j.most_deg - j.least_deg) for j in joints)
        answer = bench.ask(Verb.PROMPT, ",".join(f"{deg:.3f}" for deg in target))
        # One that was under way already has its countdown behind it, perhaps.
        counted = waits_s > 3.0 or "error" in begun
        assert "error" in answer or (counted and not bench.model.leg)
        bench.run(turns * 0.005, rate=rate)

    @rule(grip=st.sampled_from(["power", "pinch", "next"]))
    def another_grip(self, grip: str) -> None:
        bench = self._begin()
        bench.ask(Verb.GRIP, grip)
        bench.run(0.05, **(REST if bench.wires.connected else {}))

    def _all_is_well(self, *, fresh: bool = True) -> None:
        """Everything mended, a person arms: then, and only then, it follows again."""
        bench = self._begin() if fresh else self.bench
        for device in bench.devices:
            device.plugged = device.talks = device.hears = True
            device.celsius, device.limiting = 31.0, False
        bench.scale.reason, bench.scale.free_s = Reason.NONE, 0.2
        bench.wait(2.3, until="answering")
        if not bench.wires.connected:
            bench.connect()
        bench.ask(Verb.STOP)
        bench.run(0.05, **REST)
        assert "error" not in bench.ask(Verb.ARM)
        bench.run(0.1, **REST)
        assert bench.where == (State.ARMED, Reason.NONE)
        bench.run(0.06, **MOVE)
        assert bench.where == (State.ACTIVE, Reason.NONE)

    @rule()
    def all_is_mended_and_armed(self) -> None:
        self._all_is_well()

    @rule(rate=st.sampled_from([0.0, 60.0, 500.0]), by_button=st.booleans())
    def release_and_stop_work_with_a_decoder_stuck_on_any_class(self, rate: float, by_button: bool) -> None:
        self._all_is_well()
        bench = self.bench
        for verb, state in ((Verb.STOP, State.STOPPED), (Verb.RELEASE, State.PROMPTING)):
            bench.command(rate)
            if by_button:
                bench.button.pressed.append(Asked(verb))
            else:
                bench.wires.asked.append(Asked(verb))
            bench.turn()
            assert bench.guard.state is state
            bench.run(0.05, rate=rate)
            assert bench.guard.state is state
            if verb is Verb.STOP:
                bench.assert_still(0.1, rate=rate)
        bench.wait(9.9, until="stopped", rate=rate)
        assert bench.guard.state is State.STOPPED
        assert bench.setpoint == pytest.approx(bench.model.release_deg, abs=0.02)

    def teardown(self) -> None:
        """It ends at rest: every frame after the request brakes, and the device is left once."""
        bench = self._begin()
        open_ports = not bench.guard.status(bench.clock.now())["reason"].startswith("LIMB")
        bench.ask(Verb.SHUTDOWN)
        bench.wait(1.3, until="finished", **(MOVE if bench.wires.connected else {}))
        assert bench.guard.finished
        for device in bench.devices:
            assert device.left <= 1
            assert device.left or not open_ports
        for check in (self.finite, self.only_brakes_without_leave_to_move):
            check()
        assert all(frame.rate_deg_s == 0.0 for frame in bench.frames[-len(bench.model.joints) :])

    # -- the promises ---------------------------------------------------------------------------------------

    @invariant()
    def finite(self) -> None:
        for frame in self.bench.frames:
            assert math.isfinite(frame.at_deg)
            assert math.isfinite(frame.rate_deg_s)

    @invariant()
    def inside_joint_range(self) -> None:
        """Or, of a joint that was found outside, no farther out than it was."""
        for frame in self.bench.frames:
            least = min(frame.joint.least_deg, frame.was_deg)
            assert least - EPSILON <= frame.at_deg <= max(frame.joint.most_deg, frame.was_deg) + EPSILON

    @invariant()
    def rate_limit(self) -> None:
        for frame in self.bench.frames:
            assert abs(frame.rate_deg_s) <= frame.joint.max_rate_deg_s + EPSILON
            most_deg = frame.joint.max_rate_deg_s * frame.dt_s + EPSILON
            assert abs(frame.at_deg - frame.was_deg) <= most_deg
            if not frame.seated:
                gone_deg = abs(frame.rate_deg_s) * frame.dt_s
                assert abs(frame.at_deg - frame.was_deg) <= gone_deg + EPSILON

    @invariant()
    def acceleration_limit(self) -> None:
        for frame in self.bench.frames:
            faster = abs(frame.rate_deg_s) > abs(frame.was_rate_deg_s)
            bound = frame.joint.max_acceleration_deg_s2 if faster else frame.joint.max_braking_deg_s2
            assert abs(frame.rate_deg_s - frame.was_rate_deg_s) <= bound * frame.dt_s + EPSILON

    @invariant()
    def only_brakes_without_leave_to_move(self) -> None:
        """Nothing moves on input that is stale, missing, railed, unclear, expired, reordered or nonsense; nor
        at start, stop, reconnect, model swap or grip change; nor frozen; nor after a fault or a stall that
        nobody armed away; a leg not in stance. The exceptions are `prompting` and a leg's `return`."""
        for frame in self.bench.frames:
            brake_deg_s = frame.joint.max_braking_deg_s2 * frame.dt_s
            allowed = max(frame.cap_deg_s, abs(frame.was_rate_deg_s) - brake_deg_s)
            assert abs(frame.rate_deg_s) <= allowed + EPSILON, frame

    @invariant()
    def no_frame_makes_a_device_jump(self) -> None:
        """Whatever happened before it: a device that obeys goes no farther than one step; one that did not
        hear for a while, than the set-point went until the guard noticed that it says nothing."""
        for frame in self.bench.frames:
            ahead_s = 0.020 + (min(frame.quiet_s, 0.060) if frame.quiet_s > 0.0201 else 0.0)
            assert frame.jump_deg <= frame.joint.max_rate_deg_s * ahead_s + EPSILON, frame

    @invariant()
    def a_finger_that_presses_closes_no_further(self) -> None:
        for frame in self.bench.frames:
            if frame.pressing and frame.joint.closing:
                brake_deg_s = frame.joint.max_braking_deg_s2 * frame.dt_s
                closing_deg_s = frame.rate_deg_s * frame.joint.closing
                assert closing_deg_s <= max(0.0, abs(frame.was_rate_deg_s) - brake_deg_s) + EPSILON

    @invariant()
    def after_a_fault_a_person_arms(self) -> None:
        for before, after, armed in self.bench.states:
            if before in (State.FAULT, State.STOPPED, State.PROMPTING) and after in RUNNING:
                assert armed
            if after is State.PROMPTING:
                witness = self.bench.witness
                assert witness.released or witness.shown or before is State.PROMPTING

    @invariant()
    def what_was_sent_is_logged(self) -> None:
        for frame in self.bench.frames:
            assert frame.logged_deg == frame.at_deg


class LegPromises(Promises):
    """Whatever happens to an ankle."""

    models = (MOTEUS_ANKLE,)

    @rule(
        moving=st.booleans(),
        reason=st.sampled_from([Reason.NONE, Reason.LOADED, Reason.LOAD_UNKNOWN]),
        free_s=st.floats(0.0, 8.0),
    )
    def weight_comes_and_goes(self, moving: bool, reason: Reason, free_s: float) -> None:
        bench = self._begin(moving=moving)
        bench.scale.reason, bench.scale.free_s = reason, free_s
        bench.run(0.1, **(MOVE if bench.wires.connected else {}))


class ArmPromises(Promises):
    """Whatever happens to a hand and an elbow that are one limb."""

    models = (ABILITY_HAND, ELBOW)

    @rule(which=SHARE, pulled=st.booleans(), back=st.booleans(), by_button=st.booleans())
    def a_release_opens_what_answers(self, which: float, pulled: bool, back: bool, by_button: bool) -> None:
        """And leaves what does not where it is, also when it answers again meanwhile."""
        self._all_is_well()
        bench, device = self.bench, self._device(which)
        bench.run(0.1, **MOVE)
        device.plugged, device.talks = not pulled, pulled
        bench.run(0.3, **REST)
        assert bench.guard.state is State.FAULT
        if by_button:
            bench.button.pressed.append(Asked(Verb.RELEASE))
            bench.turn()
        else:
            assert "error" not in bench.ask(Verb.RELEASE)
        assert bench.guard.state is State.PROMPTING
        away = slice(0, 6) if device is bench.devices[0] else slice(6, 7)
        assert bench.guard.status(bench.clock.now())["not_releasing"] == list(bench.model.joint_names[away])
        before = bench.setpoint
        if back:
            device.plugged = device.talks = True
        bench.wait(9.9, until="stopped")
        assert bench.guard.state is State.STOPPED
        for i, (was, at, home) in enumerate(
            zip(before, bench.setpoint, bench.model.release_deg, strict=True)
        ):
            expected = was if i in range(*away.indices(7)) else home
            assert at == pytest.approx(expected, abs=0.02)
        device.plugged = device.talks = True


TestHand = Promises.TestCase
TestAnkle = LegPromises.TestCase
TestArm = ArmPromises.TestCase
for case in (TestHand, TestAnkle, TestArm):
    case.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
del case
TestArm.settings = settings(TestHand.settings, max_examples=12)  # more devices, and releases to their end


# -- what these machines found, one by one --------------------------------------------------------------


def made(*models: LimbModel, moving: bool = True) -> PromiseBench:
    bench = PromiseBench(models)
    if moving:
        bench.moving()
    return bench


@pytest.mark.parametrize("reason", [Reason.LOW_CONFIDENCE, Reason.UNFAMILIAR, Reason.WARMING_UP])
def test_a_command_that_says_why_nothing_moves_moves_nothing_whatever_its_rates(reason: Reason) -> None:
    bench = made(ABILITY_HAND)
    bench.run(0.05, **REST)
    bench.assert_still(0.3, rate=60.0, reason=reason)


def test_a_sample_of_the_future_is_refused() -> None:
    bench = made(ABILITY_HAND)
    bench.run(0.05, **REST)
    bench.assert_still(0.3, rate=60.0, t_sample_s=bench.clock.now() + 10.0)
    assert bench.guard.status(bench.clock.now())["refused_for"]["COMMAND_INVALID"] > 0


@pytest.mark.parametrize(
    "how",
    [
        {"reason": Reason.CONTACT},
        {"reason": Reason.EMG_STALE},
        {"t_sample_s": 999.0},
        {"expires_s": 999.0},
        {"seq": 1},
    ],
    ids=["railed", "stale", "old sample", "expired", "sent twice"],
)
def test_muscles_that_cannot_be_believed_ask_for_no_release(how: dict[str, Any]) -> None:
    bench = made(ABILITY_HAND)
    bench.run(0.05, **REST)
    bench.command(ask=Ask.RELEASE, **how)
    bench.turn()
    assert bench.where[0] is not State.PROMPTING
    bench.command(math.nan, ask=Ask.RELEASE)  # a decoder gone mad, beside muscles that are as they were
    bench.turn()
    assert bench.guard.state is State.PROMPTING


def test_a_stop_by_muscles_counts_however_old_it_is() -> None:
    bench = made(ABILITY_HAND)
    bench.command(ask=Ask.STOP, reason=Reason.CONTACT, expires_s=1.0, t_sample_s=1.0, seq=1)
    bench.turn()
    assert bench.guard.state is State.STOPPED


def test_a_hot_limb_is_not_armed_and_can_be_opened() -> None:
    bench = made(MOTEUS_ANKLE)
    bench.devices[0].celsius = 90.0
    bench.run(0.1, **REST)
    assert bench.where == (State.FAULT, Reason.LIMB_HOT)
    assert "hot" in bench.ask(Verb.ARM)["error"]
    assert "error" not in bench.ask(Verb.RELEASE)
    bench.ask(Verb.STOP)
    bench.devices[0].celsius = 40.0
    bench.run(0.1, **REST)
    assert "error" not in bench.ask(Verb.ARM)


def test_an_actuator_that_was_latched_is_held_where_it_is_when_a_person_arms() -> None:
    bench = made(MOTEUS_ANKLE)
    ankle = bench.devices[0]
    ankle.fault = 255
    bench.run(0.05, **REST)
    ankle.position = (-17.0,)
    bench.scale.free_s = 3.0
    bench.run(1.0, **REST)  # at fault and unloaded: the set-point goes to neutral, the ankle does not follow
    assert "error" not in bench.ask(Verb.ARM)
    bench.run(0.05, **REST)
    assert ankle.position == bench.setpoint == (-17.0,)


def test_an_answer_from_before_a_hold_up_does_not_say_where_the_limb_is_now() -> None:
    bench = PromiseBench((ABILITY_HAND,))
    hand = bench.devices[0]
    hand.plugged = False
    bench.turn()
    bench.run(0.1)
    hand.plugged = True
    while not hand.asked:
        bench.turn()  # opened again, asked how it is, and then held up before the answer was read
    hand.position = (40.0,) * 5 + (-40.0,)
    bench.turn(1.0)
    late = hand.poll

    def poll(now_s: float) -> Any:
        said = late(now_s)
        hand.position = (0.0,) * 6  # it went on opening
        hand.poll = late  # type: ignore[method-assign]
        return said

    hand.asked, hand._waiting, hand.poll = 0, True, poll  # type: ignore[method-assign]
    bench.turn(1.0)
    bench.run(0.1)
    assert bench.setpoint == (0.0,) * 6


def test_a_hand_is_held_again_before_the_elbow_is_back() -> None:
    bench = made(ABILITY_HAND, ELBOW)
    hand, elbow = bench.devices
    elbow.plugged = False
    bench.turn(0.5)  # held up for longer than the hand's watchdog, too
    bench.run(0.1, **REST)
    assert bench.where == (State.FAULT, Reason.LIMB_LOST)
    hand.held.clear()
    bench.run(0.1, **REST)
    assert len(hand.held) > 8


def test_an_ankle_does_not_set_out_for_neutral_while_it_is_left() -> None:
    bench = made(MOTEUS_ANKLE)
    bench.run(0.5, **MOVE)
    bench.scale.free_s = 5.0
    bench.ask(Verb.SHUTDOWN)
    bench.wires.connected = False
    before = bench.setpoint
    bench.run(1.3)
    assert bench.guard.finished
    assert bench.setpoint == pytest.approx(before, abs=0.2)


def test_no_set_point_runs_ahead_of_a_limb_that_says_nothing() -> None:
    bench = made(ABILITY_HAND)
    bench.devices[0].hears = False
    bench.run(0.06, **MOVE)
    bench.assert_still(0.15, **MOVE)
    assert bench.guard.state is State.ACTIVE
    bench.devices[0].hears = True
    before = bench.setpoint
    bench.run(0.05, **MOVE)
    assert bench.setpoint != before
