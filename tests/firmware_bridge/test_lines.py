"""Several devices as one limb: what happens to one must not let go of the others."""

from __future__ import annotations

import math

import pytest
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbNotFound, ProfileError
from innervate.core.state import Reason, State
from innervate.firmware_bridge.devices import limb_model, part_model
from innervate.firmware_bridge.guard import Guard
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.limits import LimbModel, combined
from innervate.firmware_bridge.line import LimbLine
from innervate.firmware_bridge.lines import LimbLines
from innervate.firmware_bridge.requests import Asked, Verb
from innervate.firmware_bridge.settings import GuardSettings, JointSettings, PartSettings

from .guard_bench import MOVE, REST, Bench, Body
from .made import ABILITY_HAND

ELBOW = part_model(PartSettings("moteus", "e", joints=(JointSettings("elbow"),)))
WHOLE = combined((ABILITY_HAND, ELBOW))


class Arm(Bench):
    """A hand on an elbow behind one guard."""

    def __init__(self) -> None:
        self.elbow = Body(1, 30.0)
        super().__init__(WHOLE)
        first = LimbState(self.clock.now(), (0.0,) * 6)
        self.body = Body(6, 0.0)
        hand = LimbLine(ABILITY_HAND, self.body, first, lambda: self._found(self.body))
        there = LimbState(self.clock.now(), (30.0,))
        elbow = LimbLine(ELBOW, self.elbow, there, lambda: self._found(self.elbow))
        self.line = LimbLines((hand, elbow))  # type: ignore[assignment]
        self.guard = Guard(WHOLE, self.line, self.wires, self.wires, None, self.clock)
        self.run(0.03)
        self.body.held.clear()
        self.elbow.held.clear()

    @staticmethod
    def _found(body: Body) -> Limb:
        if not body.plugged:
            raise LimbNotFound("no such port")
        return body


@pytest.fixture
def arm() -> Arm:
    return Arm()


def test_the_joints_of_all_devices_are_one_limb_with_the_strictest_deadlines() -> None:
    ankle = part_model(PartSettings("moteus-ankle", "a"))
    assert WHOLE.joint_names == (*ABILITY_HAND.joint_names, "elbow")
    assert WHOLE.device == "ability-hand+moteus"
    assert (WHOLE.leg, WHOLE.deadman_s) == (False, 0.060)
    assert (combined((ankle, ELBOW)).leg, combined((ankle, ELBOW)).deadman_s) == (True, 0.025)


def test_a_joint_that_is_there_twice_is_named() -> None:
    twice = (PartSettings("moteus", "a", joints=(JointSettings("elbow"),)),) * 2
    with pytest.raises(ProfileError, match="'elbow' is there twice"):
        limb_model(GuardSettings(twice, "run"))
    with pytest.raises(ProfileError, match="no device"):
        limb_model(GuardSettings((), "run"))


@pytest.mark.parametrize("device", ["cubemars", "inspire-rh56", "covvi"])
def test_what_has_no_watchdog_drives_no_leg(device: str) -> None:
    joints = () if device != "cubemars" else (JointSettings("ankle"),)
    if joints:
        with pytest.raises(ProfileError, match="no watchdog of its own"):
            part_model(PartSettings(device, "p", joints=joints))
    else:
        assert not part_model(PartSettings(device, "p")).leg


def test_both_move_and_each_gets_its_own_joints(arm: Arm) -> None:
    arm.moving()
    assert all(len(held) == 6 for held in arm.body.held)
    assert all(len(held) == 1 for held in arm.elbow.held)
    assert arm.body.position[0] > 5.0
    assert arm.elbow.position[0] > 35.0


def test_an_unplugged_elbow_stops_all_and_the_hand_is_still_held(arm: Arm) -> None:
    arm.moving()
    arm.elbow.plugged = False
    arm.run(0.05, **MOVE)
    assert arm.where == (State.FAULT, Reason.LIMB_LOST)
    assert arm.ask(Verb.STATUS)["limb"]["devices_answering"] == [True, False]
    held, asked = len(arm.body.held), arm.body.asked
    arm.assert_still(0.5, **MOVE)
    assert len(arm.body.held) - held > 40
    assert arm.body.asked == asked


def test_plugged_in_again_the_elbow_is_taken_where_it_is_and_the_hand_stays(arm: Arm) -> None:
    arm.moving()
    arm.elbow.plugged = False
    arm.run(0.1, **MOVE)
    hand_deg = arm.setpoint[:6]
    arm.elbow.position = (77.0,)
    arm.elbow.plugged = True
    arm.run(3.0, **REST)
    assert arm.setpoint == (*hand_deg, 77.0)
    assert arm.where == (State.FAULT, Reason.LIMB_LOST)
    assert arm.line.reconnects == 1
    arm.elbow.held.clear()
    assert "error" not in arm.ask(Verb.ARM)
    arm.run(0.1, **REST)
    assert set(arm.elbow.held) == {(77.0,)}


def test_one_that_is_silent_is_asked_and_the_other_held(arm: Arm) -> None:
    arm.moving()
    arm.elbow.talks = False
    arm.run(0.4, **MOVE)
    assert arm.where == (State.FAULT, Reason.LIMB_SILENT)
    held, asked = len(arm.elbow.held), arm.elbow.asked
    arm.run(0.1, **MOVE)
    assert len(arm.elbow.held) == held
    assert arm.elbow.asked > asked


# -- a release while one device does not answer -------------------------------------------------------------


def lose(arm: Arm, how: str) -> None:
    """The elbow is away, or says nothing, or has a fault that does not go."""
    if how == "lost":
        arm.elbow.plugged = False
    elif how == "silent":
        arm.elbow.talks = False
    else:
        arm.elbow.fault, arm.elbow.clear = 33, lambda: None  # type: ignore[method-assign]
    arm.run(0.3, **REST)
    assert arm.guard.state is State.FAULT


@pytest.mark.parametrize("how", ["lost", "silent", "broken"])
def test_a_release_opens_the_hand_that_answers_and_says_what_does_not(arm: Arm, how: str) -> None:
    arm.moving()
    lose(arm, how)
    elbow_deg, reason = arm.setpoint[6], arm.guard.reason
    answer = arm.ask(Verb.RELEASE)
    assert "error" not in answer
    arm.run(0.1, **REST)  # a fault that does not go is known as that after 50 ms
    status = arm.guard.status(arm.clock.now())
    assert (status["state"], status["not_releasing"]) == ("PROMPTING", ["elbow"])
    assert "Except elbow" in status["sentence"]
    arm.run(9.0, **REST)
    assert arm.where == (State.STOPPED, reason)
    assert arm.setpoint[:6] == pytest.approx(WHOLE.release_deg[:6], abs=0.02)
    assert arm.setpoint[6] == elbow_deg
    assert arm.guard.status(arm.clock.now())["not_releasing"] == []


def test_nothing_is_asked_of_what_does_not_answer(arm: Arm) -> None:
    """Not to leave its fault either: nobody could see what it does then."""
    arm.moving()
    lose(arm, "silent")
    held, cleared = len(arm.elbow.held), arm.elbow.cleared
    assert "error" not in arm.ask(Verb.RELEASE)
    arm.run(2.0, **REST)
    assert (len(arm.elbow.held), arm.elbow.cleared) == (held, cleared)


def test_an_elbow_that_comes_back_during_a_release_stays_where_it_is(arm: Arm) -> None:
    arm.moving()
    arm.run(0.6, **MOVE)
    lose(arm, "lost")
    arm.elbow.position = (77.0,)
    assert "error" not in arm.ask(Verb.RELEASE)
    arm.elbow.plugged = True
    arm.run(0.8)
    assert arm.guard.state is State.PROMPTING
    assert arm.line.answering(arm.clock.now())
    assert arm.guard.status(arm.clock.now())["not_releasing"] == ["elbow"]
    arm.run(9.0)
    assert arm.guard.state is State.STOPPED
    assert arm.setpoint[6] == 77.0


def test_what_is_lost_during_a_release_stays_where_it_is_and_the_rest_goes_on(arm: Arm) -> None:
    arm.moving()
    arm.run(0.5, **MOVE)
    assert "error" not in arm.ask(Verb.RELEASE)
    arm.run(0.1)
    arm.elbow.plugged = False
    arm.run(0.1)
    assert arm.guard.state is State.PROMPTING
    elbow_deg = arm.setpoint[6]
    arm.run(0.05)
    assert arm.setpoint[6] == elbow_deg
    arm.run(9.0)
    assert arm.where == (State.STOPPED, Reason.LIMB_LOST)


def test_when_the_last_one_is_lost_during_a_release_it_is_over(arm: Arm) -> None:
    """It does not go on when it is plugged in again."""
    arm.moving()
    arm.run(0.5, **MOVE)
    lose(arm, "lost")
    assert "error" not in arm.ask(Verb.RELEASE)
    arm.run(0.1)
    arm.body.plugged = False
    arm.run(0.3)
    assert arm.guard.state is State.FAULT
    arm.body.plugged = True
    arm.run(1.0)
    arm.assert_still(1.0)
    assert arm.where == (State.FAULT, Reason.LIMB_LOST)


def test_with_nothing_left_a_release_is_refused_and_arming_with_one_lost_is(arm: Arm) -> None:
    arm.moving()
    lose(arm, "lost")
    assert "unplugged" in arm.ask(Verb.ARM)["error"]
    arm.body.plugged = False
    arm.run(0.1)
    assert "unplugged" in arm.ask(Verb.RELEASE)["error"]


def test_a_fault_of_the_hand_is_not_hidden_by_an_elbow_that_is_lost(arm: Arm) -> None:
    arm.moving()
    arm.run(0.5, **MOVE)
    lose(arm, "lost")
    assert "error" not in arm.ask(Verb.RELEASE)
    arm.run(0.1)
    arm.body.fault = 5
    arm.run(0.1)
    assert arm.guard.state is State.FAULT


def test_goodbye_waits_for_the_hand_although_the_elbow_is_lost(arm: Arm) -> None:
    arm.moving()
    lose(arm, "lost")
    arm.body._waiting = True
    arm.body.position = tuple(deg + 1.0 for deg in arm.body.position)
    arm.turn()
    arm.body.hold = lambda setpoint: arm.body._hear()  # type: ignore[method-assign]
    arm.wires.asked.append(Asked(Verb.SHUTDOWN))
    for _ in range(20):  # fingers that go on closing
        arm.body.position = tuple(deg + 1.0 for deg in arm.body.position)
        arm.turn()
        assert not arm.guard.finished
    arm.run(0.2)
    assert arm.guard.finished


KNEE = part_model(PartSettings("moteus", "k", joints=(JointSettings("knee"),)))
ANKLE = part_model(PartSettings("moteus-ankle", "a"))


class Leg(Bench):
    """Knee and ankle, each on its own adapter."""

    def __init__(self) -> None:
        self.knee, ankle = Body(1, 10.0), Body(1, 5.0)
        super().__init__(combined((KNEE, ANKLE)))
        t_s = self.clock.now()
        lines = (
            LimbLine(KNEE, self.knee, LimbState(t_s, (10.0,)), lambda: Arm._found(self.knee)),
            LimbLine(ANKLE, ankle, LimbState(t_s, (5.0,)), lambda: ankle),
        )
        self.line = LimbLines(lines)  # type: ignore[assignment]
        self.guard = Guard(self.model, self.line, self.wires, self.wires, None, self.clock, gate=self.scale)
        self.run(0.03)


def test_a_leg_with_a_part_lost_moves_no_part_with_weight_on_it() -> None:
    leg = Leg()
    leg.knee.plugged = False
    leg.run(0.1)
    leg.scale.reason = Reason.LOADED
    assert "weight" in leg.ask(Verb.RELEASE)["error"]
    leg.assert_still(1.0)
    leg.scale.reason = Reason.LOAD_UNKNOWN
    assert "weight" in leg.ask(Verb.RELEASE)["error"]
    leg.assert_still(1.0)


@pytest.mark.parametrize("by_a_person", [True, False], ids=["release", "safe state"])
def test_a_leg_with_a_part_lost_returns_the_other_without_weight_and_slowly(by_a_person: bool) -> None:
    leg = Leg()
    leg.knee.plugged = False
    leg.run(0.1)
    if by_a_person:
        assert "error" not in leg.ask(Verb.RELEASE)
    else:
        leg.scale.free_s = 2.0
    before = leg.setpoint
    leg.run(0.2)
    assert 1.0 < abs(leg.setpoint[1] - before[1]) <= 15.0 * 0.2 + 0.01
    leg.scale.reason = Reason.LOADED
    leg.run(0.05)
    leg.assert_still(0.3)
    leg.scale.reason = Reason.NONE
    leg.run(2.0)
    assert leg.setpoint == (before[0], pytest.approx(0.0, abs=0.02))


def test_what_one_does_not_say_is_nothing_for_its_joints_and_a_fault_of_any_is_the_limbs() -> None:
    hand = LimbState(2.0, (1.0,) * 6, current_a=(0.5,) * 6, limiting=(True,) * 6, force_n=(3.0,) * 6)
    elbow = LimbState(1.0, (9.0,), temperature_c=(41.0,), fault=7)
    lines = LimbLines((_said(ABILITY_HAND, hand), _said(ELBOW, elbow)))
    said = lines.newest
    assert (said.t_s, said.fault, said.temperature_c) == (1.0, 7, (41.0,))
    assert said.position_deg == (*(1.0,) * 6, 9.0)
    assert said.current_a == (*(0.5,) * 6, 0.0)
    assert said.limiting == (*(True,) * 6, False)
    assert said.force_n == (*(3.0,) * 6, 0.0)


def test_a_hot_device_is_a_hot_limb_by_its_own_limit() -> None:
    cool, hot = (LimbState(0.0, (0.0,), temperature_c=(c,)) for c in (74.0, 76.0))
    assert not LimbLines((_said(ELBOW, cool),)).hot
    assert LimbLines((_said(ELBOW, cool), _said(ELBOW, hot))).hot


def test_a_frame_counts_as_written_only_when_all_are(arm: Arm) -> None:
    at = Setpoint((0.0,) * 6 + (30.0,), (0.0,) * 7)
    assert arm.line.speak(arm.clock.now(), at)
    arm.elbow.plugged = False
    assert not arm.line.speak(arm.clock.now(), at)
    assert math.isfinite(arm.line.newest.t_s)


def _said(model: LimbModel, said: LimbState) -> LimbLine:
    def never() -> Limb:
        raise LimbNotFound("nothing there")

    return LimbLine(model, Body(len(model.joints), 0.0), said, never)
