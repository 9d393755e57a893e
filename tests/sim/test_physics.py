"""The virtual hand and arm in MuJoCo: postures, limits of the motors, coupled joints, objects, same bits."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys

import numpy as np
import pytest
from innervate.controller.postures import POSTURES, later_joints
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import ProfileError
from innervate.sim.physics.hand import BENT_DEG, COUPLING, FINGERS, JOINTS
from innervate.sim.physics.motors import MOTORS
from innervate.sim.physics.plant import PhysicsPlant
from innervate.sim.physics.scene import KNOWN_JOINTS, Scene
from innervate.sim.physics.things import Thing

pytest.importorskip("mujoco")

STEP_S = 0.010
OPEN = POSTURES["ability-hand"]["open"]
BOTTLE = Thing("bottle", "bottle", (0.075, 0.042, 0.30), fixed=True)
"""In the grip of a hand that is rolled until its thumb is up."""


def asked(*position_deg: float) -> Setpoint:
    return Setpoint(position_deg, (0.0,) * len(position_deg))


def go(plant: PhysicsPlant, position_deg: tuple[float, ...], seconds: float) -> LimbState:
    state = plant.state(0.0)
    for k in range(round(seconds / STEP_S)):
        state = plant.step(asked(*position_deg), k * STEP_S, STEP_S)
    return state


def made(posture: str) -> LimbState:
    """From open to a posture as the mapper leads it: the thumb of some last."""
    plant = PhysicsPlant(JOINTS)
    plant.place(OPEN)
    goal, last = POSTURES["ability-hand"][posture], later_joints(posture, JOINTS)
    for k in range(100):
        share = {True: min(max(k - 60, 0) / 30, 1.0), False: min(k / 60, 1.0)}
        at = (a + (b - a) * share[name in last] for name, a, b in zip(JOINTS, OPEN, goal, strict=True))
        plant.step(asked(*at), k * STEP_S, STEP_S)
    return go(plant, goal, 0.5)


@pytest.mark.parametrize("posture", POSTURES["ability-hand"])
def test_makes_every_posture(posture: str) -> None:
    assert made(posture).position_deg == pytest.approx(POSTURES["ability-hand"][posture], abs=1.0)


@pytest.mark.parametrize(
    ("posture", "meets"), [("pinch", {0, 4}), ("tripod", {0, 1, 4}), ("power", set()), ("point", set())]
)
def test_fingers_and_thumb_meet_where_they_should(posture: str, meets: set[int]) -> None:
    """The thumb touches the index in a pinch, index and middle in a tripod, and lies clear in a fist."""
    force_n = made(posture).force_n
    assert {i for i, force in enumerate(force_n) if force > 0.0} == meets
    assert max(force_n) < 3.0


def test_a_finger_is_as_fast_as_its_motor_and_no_faster() -> None:
    plant = PhysicsPlant(JOINTS)
    plant.place(OPEN)
    fastest = 0.0
    before = OPEN[0]
    for _ in range(100):
        at = plant.step(asked(95.0, *OPEN[1:]), 0.0, 0.002).position_deg[0]
        fastest, before = max(fastest, (at - before) / 0.002), at
    free = math.degrees(MOTORS["index"].free_rad_s)
    assert 0.85 * free < fastest < 1.02 * free


def test_a_slow_motor_turns_the_wrist() -> None:
    plant = PhysicsPlant((*JOINTS, "wrist rotation"))
    plant.place((*OPEN, 0.0))
    state = go(plant, (*OPEN, 90.0), 0.2)
    assert 20.0 < state.position_deg[6] < 0.2 * math.degrees(MOTORS["wrist rotation"].free_rad_s)
    assert go(plant, (*OPEN, 90.0), 0.8).position_deg[6] == pytest.approx(90.0, abs=1.0)


def test_an_end_stop_is_an_end_stop() -> None:
    plant = PhysicsPlant(JOINTS)
    plant.place(OPEN)
    state = go(plant, (-50.0, 300.0, 5.0, 5.0, 5.0, -10.0), 0.6)
    assert state.position_deg[0] == pytest.approx(0.0, abs=0.5)
    assert state.position_deg[1] == pytest.approx(100.0, abs=0.5)


def test_middle_joints_follow_their_knuckles() -> None:
    plant = PhysicsPlant(JOINTS)
    plant.place(OPEN)
    for _ in range(60):
        plant.step(asked(70.0, 40.0, 20.0, 60.0, 5.0, -10.0), 0.0, STEP_S)
        for name in FINGERS:
            knuckle, middle = (float(plant.data.joint(joint).qpos[0]) for joint in (name, f"{name} middle"))
            assert math.degrees(middle) == pytest.approx(BENT_DEG + COUPLING * math.degrees(knuckle), abs=2.0)


def gripping(seconds: float = 1.2) -> tuple[PhysicsPlant, LimbState]:
    plant = PhysicsPlant(JOINTS, Scene(JOINTS, (BOTTLE,), at_m=(0.0, 0.0, 0.30), roll_deg=90.0))
    plant.place(OPEN)
    return plant, go(plant, POSTURES["ability-hand"]["power"], seconds)


def test_an_object_stops_the_fingers_with_a_bounded_force() -> None:
    plant, state = gripping()
    assert max(state.position_deg[:4]) < 65.0
    # What V_stall holds at the knuckle, at a contact 4 to 10 cm from it.
    most_n = MOTORS["index"].stall_nm * MOTORS["index"].contact / 0.04
    assert all(1.0 < force < most_n for force in state.force_n[:5])
    assert state.limiting == (True,) * 5 + (False,)
    assert all(
        current == pytest.approx(3.0 / 8.4 * MOTORS["index"].stall_a, abs=0.1)
        for current in state.current_a[:4]
    )
    freed = go(plant, OPEN, 0.8)
    assert freed.force_n[:4] == (0.0,) * 4
    assert not any(freed.limiting)
    assert freed.position_deg[0] == pytest.approx(OPEN[0], abs=1.0)


def test_gears_hold_what_the_motor_could_not() -> None:
    """Pulled open by twice the torque of its motor a halted finger stays; a wrist gives way."""
    plant, held = gripping()
    dof = int(plant.model.joint("index").dofadr[0])
    plant.data.qfrc_applied[dof] = -2.0 * MOTORS["index"].stall_nm
    pulled = go(plant, POSTURES["ability-hand"]["power"], 0.5)
    assert pulled.position_deg[0] == pytest.approx(held.position_deg[0], abs=2.0)
    arm = PhysicsPlant((*JOINTS, "wrist flexion"))
    arm.place((*OPEN, 0.0))
    arm.data.qfrc_applied[int(arm.model.joint("wrist flexion").dofadr[0])] = (
        -2.0 * MOTORS["wrist flexion"].stall_nm
    )
    assert go(arm, (*OPEN, 0.0), 0.5).position_deg[6] < -30.0


def test_the_elbow_carries_forearm_and_hand() -> None:
    joints = (*JOINTS, "wrist rotation", "wrist flexion", "wrist deviation", "elbow")
    arm = PhysicsPlant(joints)
    arm.place((*OPEN, 0.0, 0.0, 0.0, 20.0))
    state = go(arm, (*OPEN, -60.0, 30.0, 10.0, 90.0), 1.5)
    assert state.position_deg[6:] == pytest.approx((-60.0, 30.0, 10.0, 90.0), abs=1.5)
    assert state.current_a[9] > 0.1


def test_a_joint_that_no_model_has_is_named() -> None:
    with pytest.raises(ProfileError, match=r"tail.*allowed: index.*toe"):
        PhysicsPlant(("tail",))
    assert {"elbow", "knee", "wrist deviation"} <= set(KNOWN_JOINTS)


def grip_bits() -> str:
    """Everything a grip of a bottle does, as a digest."""
    plant, state = gripping(0.6)
    digest = hashlib.sha256(repr(state).encode())
    for array in (plant.data.qpos, plant.data.qvel, plant.data.sensordata):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def test_same_bits_again_and_in_another_process() -> None:
    here = grip_bits()
    assert here == grip_bits()
    program = "from tests.sim.test_physics import grip_bits; print(grip_bits())"
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here
