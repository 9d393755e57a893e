"""Virtual firmware whose joints weigh something: the same wire, another body."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from innervate.core.child import Child
from innervate.core.errors import ProfileError
from innervate.firmware_bridge.ability_hand.codec import (
    Control,
    Mode,
    Reply,
    Unstuffer,
    Variant,
    decode_reply,
)
from innervate.firmware_bridge.ability_hand.codec import encode as encode_hand
from innervate.firmware_bridge.ability_hand.touch import finger_newton
from innervate.firmware_bridge.covvi.codec import DigitBit, digit_move, hand_power, raw_position
from innervate.firmware_bridge.covvi.codec import encode as encode_covvi
from innervate.firmware_bridge.inspire.codec import Register, Status
from innervate.firmware_bridge.inspire.codec import Write as InspireWrite
from innervate.firmware_bridge.inspire.codec import encode as encode_inspire
from innervate.firmware_bridge.moteus.codec import PositionCommand, encode_position, encode_send
from innervate.sim.ankle import AnkleFirmware
from innervate.sim.covvi_hand import CovviFirmware
from innervate.sim.grips import MAX_DEG_S
from innervate.sim.hand import HandFirmware
from innervate.sim.inspire_hand import InspireFirmware
from innervate.sim.limbs import program
from innervate.sim.moteus_controller import STIFFNESS_NM_DEG
from innervate.sim.moteus_joints import JointsFirmware

pytest.importorskip("mujoco")

POWER = (85.0, 85.0, 85.0, 85.0, 55.0, -75.0)
OPEN = (5.0, 5.0, 5.0, 5.0, 5.0, -10.0)


def run(hand: HandFirmware, t0_s: float, t1_s: float, goal_deg: tuple[float, ...]) -> Reply:
    """Asked for it all the time; the set-points of all joints arrive after 0.6 s."""
    start = tuple(hand.position)
    answer = b""
    for k in range(1, round((t1_s - t0_s) / 0.01) + 1):
        share = min(k * 0.01 / 0.6, 1.0)
        at = tuple(a + (b - a) * share for a, b in zip(start, goal_deg, strict=True))
        hand.advance(t0_s + k * 0.01)
        answer = hand.receive(encode_hand(Control(Mode.POSITION, Variant(0), at)), t0_s + k * 0.01)
    (body,) = Unstuffer().push(answer)
    reply = decode_reply(body)
    assert reply is not None
    return reply


def test_the_hand_goes_where_it_is_asked() -> None:
    hand = HandFirmware(physics=True)
    hand.advance(0.0)
    before = list(hand.position)
    hand.receive(encode_hand(Control(Mode.POSITION, Variant(0), POWER)), 0.0)
    hand.advance(0.02)
    moved = [abs(a - b) for a, b in zip(hand.position, before, strict=True)]
    assert all(way <= most * 0.02 + 0.1 for way, most in zip(moved, MAX_DEG_S, strict=True))
    run(hand, 0.02, 0.8, OPEN)
    reply = run(hand, 0.8, 2.0, POWER)
    assert reply.position_deg == pytest.approx(POWER, abs=1.0)
    assert not any(reply.touch)


def test_a_bottle_in_the_grip_is_felt_and_halts_the_fingers() -> None:
    hand = HandFirmware(physics=True, thing="bottle")
    hand.advance(0.0)
    run(hand, 0.0, 0.6, OPEN)
    reply = run(hand, 0.6, 2.0, POWER)
    assert reply.limiting == (True,) * 5 + (False,)
    assert max(reply.position_deg[:4]) < 65.0
    felt = finger_newton(reply.touch)
    assert all(1.0 < newton < 6.5 for newton in felt[:5])
    assert min(reply.current_a[:4]) > 0.5
    freed = run(hand, 2.0, 3.0, OPEN)
    assert not any(freed.limiting)
    assert not any(freed.touch[:24])  # the thumb may lie against it


def test_velocities_drive_it_too() -> None:
    hand = HandFirmware(physics=True)
    hand.advance(0.0)
    before = list(hand.position)
    for k in range(1, 51):
        hand.receive(encode_hand(Control(Mode.VELOCITY, Variant(0), (40.0,) * 5 + (-40.0,))), k * 0.01)
        hand.advance(k * 0.01)
    moved = [abs(a - b) for a, b in zip(hand.position, before, strict=True)]
    assert all(12.0 < way < 22.0 for way in moved)


def test_same_seed_and_requests_same_record() -> None:
    def told() -> bytes:
        hand = HandFirmware(3, physics=True, thing="block")
        hand.advance(0.0)
        run(hand, 0.0, 0.7, POWER)
        return hand.record()

    assert told() == told()


def test_an_unknown_thing_is_named() -> None:
    with pytest.raises(ProfileError, match="anvil"):
        HandFirmware(physics=True, thing="anvil")


def held(ankle: JointsFirmware, t0_s: float, t1_s: float, deg: float) -> float:
    asked = encode_send(1, encode_position(PositionCommand(deg / 360, 0.0, 1.0, 1.0, 60.0, 0.1)), reply=True)
    for k in range(1, round((t1_s - t0_s) / 0.01) + 1):
        ankle.receive(asked, t0_s + k * 0.01)
        ankle.advance(t0_s + k * 0.01)
    return ankle.controllers[0].position_deg


def test_an_ankle_is_a_spring_under_weight() -> None:
    ankle = AnkleFirmware(load_nm=20.0, physics=True)
    ankle.advance(0.0)
    # Its own foot's weight bends it as well: a little under 1 N m.
    assert held(ankle, 0.0, 1.5, 5.0) == pytest.approx(5.0 + 20.0 / STIFFNESS_NM_DEG, abs=0.6)


def test_two_joints_of_a_leg_weigh_on_each_other() -> None:
    leg = JointsFirmware((("knee", 1), ("ankle", 2)), physics=True)
    leg.advance(0.0)
    start = leg.controllers[1].position_deg
    assert 61.0 < held(leg, 0.0, 1.5, 60.0) < 65.0  # the shank's weight pulls it down, to 90 degrees
    assert abs(leg.controllers[1].position_deg - start) > 1.0  # nobody holds the ankle


def test_the_program_starts_and_says_where_it_is(tmp_path: Path) -> None:
    module, args = program("ability-hand", physics=True)
    assert "--physics" in args
    assert "--physics" not in program("ability-hand")[1]
    with Child(module, *args, "--hold", "bottle", log_path=tmp_path / "log") as child:
        assert str(child.wait_ready(10.0)["port"]).startswith("/dev/")


def test_an_inspire_hand_bounds_its_force_at_a_bottle() -> None:
    hand = InspireFirmware(physics=True, thing="bottle")
    hand.advance(0.0)

    def six(register: Register, *raw: int) -> None:
        assert hand.receive(encode_inspire(InspireWrite(register, struct.pack("<6H", *raw))), 0.0)

    six(Register.SPEED_SET, *(400,) * 6)
    six(Register.FORCE_SET, *(300,) * 6)
    six(Register.ANGLE_SET, 950, 950, 950, 950, 950, 200)
    for k in range(1, 400):
        hand.advance(k * 0.005)
    assert hand.position == pytest.approx([950, 950, 950, 950, 950, 200], abs=10.0)
    six(Register.ANGLE_SET, 100, 100, 100, 100, 400, 200)
    for k in range(400, 1000):
        hand.advance(k * 0.005)
    assert min(hand.position[:4]) > 300.0
    assert all(200.0 < grams <= 300.0 for grams in hand.force_g[:4])
    assert Status.FORCE_REACHED in hand.status[:4]
    assert set(hand.status[:4]) <= {int(Status.FORCE_REACHED), int(Status.GRASPING)}


def test_a_covvi_hand_feels_that_it_grips_a_bottle() -> None:
    hand = CovviFirmware(physics=True, thing="bottle")
    hand.advance(0.0)
    hand.receive(encode_covvi(hand_power(on=True)), 0.0)

    def go(t0_s: float, t1_s: float, *percent: float) -> None:
        for digit, closed in enumerate(percent):
            hand.receive(encode_covvi(digit_move(digit, raw_position(closed), 60, 100)), t0_s)
        for k in range(round((t1_s - t0_s) / 0.01)):
            hand.advance(t0_s + k * 0.01)

    hand.advance(0.5)
    go(0.5, 2.5, 5.0, 5.0, 5.0, 5.0, 5.0, 80.0)
    assert not any(hand._pressed_s)
    go(2.5, 5.0, 60.0, 90.0, 90.0, 90.0, 90.0, 80.0)
    assert all(hand._bits(digit) & DigitBit.GRIPPING for digit in range(1, 5))
    assert all(position < raw_position(75.0) for position in hand.position[1:5])


def test_an_elbow_bears_forearm_and_hand() -> None:
    arm = JointsFirmware((("elbow", 1),), physics=True)
    arm.advance(0.0)
    sag_deg = 90.0 - held(arm, 0.0, 1.5, 90.0)
    # Forearm 0.45 kg at 9 cm, hand 0.43 kg at 26 cm.
    assert 1.3 < sag_deg * STIFFNESS_NM_DEG < 1.8


def test_a_joint_that_no_body_has_is_named() -> None:
    with pytest.raises(ProfileError, match="--physics: no body has a joint 'index'; allowed: wrist rotation"):
        JointsFirmware((("index", 1),), physics=True)
