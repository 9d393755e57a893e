"""Things in the grip of a carried hand: taken, lifted, held, let go."""

from __future__ import annotations

import pytest
from innervate.controller.postures import POSTURES
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import ProfileError
from innervate.sim.physics.hand import GRIP_M, JOINTS
from innervate.sim.physics.plant import PhysicsPlant
from innervate.sim.physics.scene import Scene
from innervate.sim.physics.things import Furniture, Thing, on_peg
from innervate.sim.physics.world import World

pytest.importorskip("mujoco")

STEP_S = 0.010
OPEN, TRIPOD, POWER = (POSTURES["ability-hand"][name] for name in ("open", "tripod", "power"))
READY = (25.0, 25.0, 5.0, 5.0, 10.0, -80.0)
"""Open enough for a block, the thumb already in front of the palm."""
RATE_DEG_S = 150.0


class Reach:
    """A world, and the set-point that its hand has."""

    def __init__(self, world: World, at_deg: tuple[float, ...]) -> None:
        self.world, self.at_deg = world, at_deg
        world.place(at_deg)

    def go(self, goal_deg: tuple[float, ...], seconds: float) -> LimbState:
        """As a governor would move the set-point."""
        most = RATE_DEG_S * STEP_S
        state = self.world.state(0.0)
        for k in range(round(seconds / STEP_S)):
            self.at_deg = tuple(
                a + min(max(b - a, -most), most) for a, b in zip(self.at_deg, goal_deg, strict=True)
            )
            state = self.world.step(Setpoint(self.at_deg, (0.0,) * len(self.at_deg)), k * STEP_S, STEP_S)
        return state


def at_the_block() -> Reach:
    """The grip around a block on a peg."""
    block, peg = on_peg("block", "block", 0.25, 0.02, 0.15)
    reach = Reach(World(JOINTS, (block,), (peg,), pitch_deg=30.0, at_m=(0.1, 0.0, 0.42)), READY)
    x, y, z = block.at_m
    for height in (0.10, 0.0):
        reach.world.carry_grip_to((x, y, z + height), 0.5)
        reach.go(READY, 0.7)
    assert reach.world.carried
    return reach


def test_a_block_is_taken_lifted_held_and_let_go() -> None:
    reach = at_the_block()
    world = reach.world
    assert not world.grasped("block")
    reach.go(TRIPOD, 0.8)
    assert world.grasped("block")
    assert not world.lifted("block")
    x, y, z = world.where("block")
    world.carry_grip_to((x - 0.05, y, z + 0.12), 0.3)
    reach.go(TRIPOD, 0.8)
    assert world.lifted("block")
    high = world.where("block")[2]
    assert high > z + 0.10
    reach.go(TRIPOD, 2.0)
    assert world.lifted("block")
    assert world.where("block")[2] == pytest.approx(high, abs=0.003)
    reach.go(READY, 0.8)
    assert not world.grasped("block")
    assert world.where("block")[2] < 0.05


def test_halted_fingers_stay_halted_when_the_block_is_gone() -> None:
    """As the device has it: until they are asked to go back."""
    reach = at_the_block()
    reach.go(TRIPOD, 0.8)
    held = reach.world.state(0.0)
    assert held.limiting[0]
    reach.world.put("block", (0.6, 0.4, 0.05))
    gone = reach.go(TRIPOD, 0.3)
    assert gone.limiting[0]
    assert gone.position_deg[0] == pytest.approx(held.position_deg[0], abs=1.0)
    reach.world.carry_grip_to((0.25, 0.02, 0.35), 0.5)  # away from the peg
    assert not any(reach.go(READY, 0.6).limiting)
    assert reach.go((58.0, *READY[1:]), 0.6).position_deg[0] == pytest.approx(58.0, abs=1.0)


def test_what_is_not_gripped_stays_where_it_is() -> None:
    reach = at_the_block()
    before = reach.world.where("block")
    reach.world.carry_grip_to((0.2, 0.02, 0.3))
    reach.go(READY, 0.6)
    assert reach.world.where("block") == pytest.approx(before, abs=0.002)
    assert not reach.world.lifted("block")


def test_a_bottle_is_lifted_in_a_fist() -> None:
    bottle, peg = on_peg("bottle", "bottle", 0.25, 0.0, 0.12)
    x, y, z = bottle.at_m
    above = (x - 0.075, y - 0.042, z + 0.16)
    around = (*OPEN[:5], -75.0)
    reach = Reach(World(JOINTS, (bottle,), (peg,), roll_deg=90.0, at_m=above), around)
    reach.world.carry_to((x - 0.075, y - 0.042, z), 0.3)
    reach.go(around, 0.8)
    reach.go(POWER, 0.9)
    assert reach.world.grasped("bottle")
    pressed = reach.world.presses_n("bottle")
    assert pressed["thumb_tip"] > 0.5
    assert {"palm", "index_far"} <= set(pressed)
    reach.world.carry_to((x - 0.075, y - 0.042, z + 0.1), 0.3)
    reach.go(POWER, 1.2)
    assert reach.world.lifted("bottle")
    assert reach.world.where("bottle")[2] > z + 0.09


def test_a_thing_can_be_put_somewhere() -> None:
    world = World(JOINTS, (Thing("block", "block", (0.4, 0.0, 0.0125)),))
    world.place(OPEN)
    world.put("block", (0.3, 0.1, 0.5))
    assert world.where("block") == pytest.approx((0.3, 0.1, 0.5))
    for k in range(60):
        world.step(Setpoint(OPEN, (0.0,) * 6), k * STEP_S, STEP_S)
    assert world.where("block")[2] == pytest.approx(0.0125, abs=0.001)


def test_things_stop_at_furniture_and_the_carrier_is_no_press() -> None:
    world = World(JOINTS, (), (Furniture((0.2, 0.0, 0.1), (0.2, 0.2, 0.1)),))
    world.place(OPEN)
    world.carry_to((0.0, 0.0, 0.05), 0.5)
    for k in range(100):
        world.step(Setpoint(OPEN, (0.0,) * 6), k * STEP_S, STEP_S)
    assert world.base_m[2] > 0.18


def test_a_pinch_opens_a_clothespin() -> None:
    x, y, z = GRIP_M
    pin = Thing("pin", "clothespin", (x, y, z + 0.30 - 0.022), (0.7071068, 0.0, 0.7071068, 0.0), fixed=True)
    plant = PhysicsPlant(JOINTS, Scene(JOINTS, (pin,), at_m=(0.0, 0.0, 0.30)))
    plant.place(READY)

    def opened() -> float:
        return float(plant.data.joint("pin jaw").qpos[0]) * 57.3

    for k in range(30):
        plant.step(Setpoint(READY, (0.0,) * 6), k * STEP_S, STEP_S)
    assert opened() < 1.0
    for k in range(100):
        plant.step(Setpoint(TRIPOD, (0.0,) * 6), k * STEP_S, STEP_S)
    assert opened() > 4.0


def test_a_mistake_is_named() -> None:
    with pytest.raises(ProfileError, match=r"anvil.*allowed: block, bottle, clothespin, card"):
        World(JOINTS, (Thing("anvil", "anvil", (0.0, 0.0, 0.0)),))
    with pytest.raises(ProfileError, match="not for ankle"):
        World(("ankle",))
    with pytest.raises(ProfileError, match="card cannot stand"):
        on_peg("card", "card", 0.0, 0.0, 0.1)
