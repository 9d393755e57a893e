"""Movements to joints: postures in two stages, two movements at once, velocities per degree of freedom."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.controller.mapping import BLOCKED_S, DEADBAND, Mapper
from innervate.controller.postures import LATER, MOVES, OPEN_HAND, POSTURES, known_movements, targets
from innervate.controller.settings import LimbPart
from innervate.core.errors import ProfileError
from innervate.core.movements import DOFS, canonical
from innervate.firmware_bridge.devices import part_model
from innervate.firmware_bridge.settings import JointSettings, PartSettings

CLASSES = (
    "rest",
    "open",
    "power",
    "key",
    "point",
    "wrist flexion",
    "wrist flexion+key",
    "power+pinch",
    "pinch",
)
REST, OPEN, POWER, KEY, POINT, FLEX, BOTH, CLASH, PINCH = range(len(CLASSES))
RATE = 100.0
DT_S = 0.010


def part(device: str, *joints: str) -> LimbPart:
    made = tuple(JointSettings(name, i + 1) for i, name in enumerate(joints))
    return LimbPart(device, part_model(PartSettings(device, "p", joints=made)).joint_names)


HANDS = {
    "ability-hand": (part("ability-hand"),),
    "inspire-rh56": (part("inspire-rh56"),),
    "covvi": (part("covvi"),),
    "open hand": (part("dynamixel", "thumb", "index", "middle", "ring", "little", "thumb rotation"),),
}
HAND_AND_WRIST = (part("ability-hand"), part("dynamixel", "wrist flexion", "wrist rotation"))


class Follower:
    """A set-point that follows what is asked of it, as the guard's does; joints can be blocked."""

    def __init__(self, parts: tuple[LimbPart, ...], at: tuple[float, ...] | None = None) -> None:
        self.mapper = Mapper(parts, CLASSES, RATE, ("power", "pinch", "key"))
        self.joints = tuple(joint for one in parts for joint in one.joints)
        self.position = list(at or (0.0,) * len(self.joints))
        self.now_s = 10.0
        self.blocked: set[str] = set()
        self.path: list[dict[str, float]] = [self.at]

    @property
    def at(self) -> dict[str, float]:
        return dict(zip(self.joints, self.position, strict=True))

    def makes(self, class_index: int, seconds: float, speed: float = 1.0) -> list[dict[str, float]]:
        """Where it was after each turn."""
        before = len(self.path)
        for _ in range(round(seconds / DT_S)):
            self.now_s += DT_S
            wish = self.mapper.command(class_index, speed, tuple(self.position), self.now_s)
            for i, (target, rate) in enumerate(zip(*wish, strict=True)):
                if self.joints[i] not in self.blocked:
                    way = target - self.position[i]
                    self.position[i] += math.copysign(min(abs(way), rate * DT_S), way)
            self.path.append(self.at)
        return self.path[before:]

    def thumb(self) -> str:
        return "thumb_flexor" if "thumb_flexor" in self.joints else "thumb"


def goal(device: str, joints: tuple[str, ...], movement: str) -> dict[str, float]:
    return targets(device, joints, movement)


@pytest.mark.parametrize("grip", [KEY, POINT])
@pytest.mark.parametrize("hand", HANDS)
def test_the_thumb_closes_after_the_fingers_and_opens_before_them(hand: str, grip: int) -> None:
    made = Follower(HANDS[hand])
    made.makes(OPEN, 2.0)
    opened = made.at
    end = goal(HANDS[hand][0].device, made.joints, CLASSES[grip])
    thumb, later = made.thumb(), LATER[CLASSES[grip]]
    others = [joint for joint in made.joints if joint != thumb]
    for at in made.makes(grip, 4.0):
        if abs(at[thumb] - opened[thumb]) > 1e-9:
            # A turn is 1 degree long.
            assert all(abs(at[joint] - end[joint]) <= later.closing_deg for joint in others)
    assert made.at == pytest.approx(end)
    closed = made.at
    for at in made.makes(OPEN, 4.0):
        if any(abs(at[joint] - closed[joint]) > 1e-9 for joint in others):
            assert abs(at[thumb] - opened[thumb]) <= later.opening_deg
    assert made.at == pytest.approx(opened)


def test_within_a_stage_all_arrive_together() -> None:
    made = Follower(HANDS["ability-hand"])
    start = tuple(made.position)
    target, rate = made.mapper.command(KEY, 0.5, start, 1.0)
    times = [abs(t - s) / r for t, s, r in zip(target, start, rate, strict=True) if r]
    assert len(times) == 5
    assert times == pytest.approx([times[0]] * 5)
    assert max(rate) == pytest.approx(50.0)


def test_after_another_grip_the_hand_opens_all_at_once_again() -> None:
    made = Follower(HANDS["ability-hand"])
    made.makes(KEY, 4.0)
    made.makes(POWER, 4.0)
    assert all(made.mapper.command(OPEN, 1.0, tuple(made.position), made.now_s)[1])


def test_something_in_the_fingers_does_not_keep_the_thumb_from_closing_on_it() -> None:
    made = Follower(HANDS["ability-hand"])
    made.makes(KEY, 0.3)
    made.blocked = {"index", "middle"}
    before = made.at["thumb_flexor"]
    assert made.makes(KEY, BLOCKED_S)[-1]["thumb_flexor"] == before
    assert made.makes(KEY, 0.1)[-1]["thumb_flexor"] > before
    made.makes(KEY, 2.0)
    assert made.at["thumb_flexor"] == pytest.approx(POSTURES["ability-hand"]["key"][4])


def test_a_pause_is_no_obstacle() -> None:
    made = Follower(HANDS["ability-hand"])
    made.makes(KEY, 0.3)
    before = made.at["thumb_flexor"]
    for pause in (REST, FLEX):
        made.makes(pause, 2.0)
        assert made.makes(KEY, 0.05)[-1]["thumb_flexor"] == before


@pytest.mark.parametrize("pause", [REST, FLEX])
def test_after_a_pause_an_obstacle_is_waited_for_anew(pause: int) -> None:
    made = Follower(HAND_AND_WRIST)
    made.makes(KEY, 0.3)
    made.blocked = {"index", "middle"}
    before = made.at["thumb_flexor"]
    for _ in range(3):
        assert made.makes(KEY, 0.2)[-1]["thumb_flexor"] == before
        made.makes(pause, 1.0)


def test_slow_is_no_obstacle() -> None:
    made = Follower(HANDS["ability-hand"])
    made.makes(KEY, 0.1)
    assert made.makes(KEY, 3.0, speed=0.0075)[-1]["thumb_flexor"] == 0.0


def test_the_hand_waits_for_its_thumb_while_the_wrist_goes_on() -> None:
    made = Follower(HAND_AND_WRIST)
    made.makes(BOTH, 0.4)
    assert made.at["thumb_flexor"] == 0.0
    assert made.at["wrist flexion"] == pytest.approx(40.0)
    made.makes(BOTH, 2.0)
    assert made.at["thumb_flexor"] == pytest.approx(POSTURES["ability-hand"]["key"][4])


def test_two_movements_of_the_same_joints_are_none() -> None:
    assert Mapper(HANDS["covvi"], CLASSES, RATE).unmapped == (
        "wrist flexion",
        "wrist flexion+key",
        "power+pinch",
    )


def test_a_hand_without_a_thumb_makes_a_grip_in_one_stage() -> None:
    mapper = Mapper((part("dynamixel", "index", "middle"),), CLASSES, RATE)
    assert all(mapper.command(KEY, 1.0, (0.0, 0.0), 1.0)[1])


def test_closing_means_the_grip_that_is_chosen_and_other_classes_mean_themselves() -> None:
    made = Follower(HANDS["ability-hand"])
    made.mapper.close_to("pinch")
    still = tuple(made.position)
    assert made.mapper.command(POWER, 1.0, still, 1.0) == made.mapper.command(PINCH, 1.0, still, 1.0)
    made.mapper.close_to("key")
    assert made.mapper.command(POWER, 1.0, still, 1.0) == made.mapper.command(KEY, 1.0, still, 1.0)
    made.makes(POWER, 4.0)
    opening = dict(
        zip(made.joints, made.mapper.command(OPEN, 1.0, tuple(made.position), 50.0)[1], strict=True)
    )
    assert [joint for joint, rate in opening.items() if rate] == ["thumb_flexor"]


def test_a_grip_that_no_hand_of_the_limb_can_make_is_named() -> None:
    with pytest.raises(ProfileError, match="grips: no hand of this limb can make 'claw'"):
        Mapper(HANDS["covvi"], CLASSES, RATE, ("power", "claw"))


# -- tables -----------------------------------------------------------------------------------------------


def test_what_is_made_in_stages_is_a_posture() -> None:
    assert set(LATER) <= set(OPEN_HAND)
    assert all(set(LATER) <= set(postures) for device, postures in POSTURES.items() if len(postures) > 2)


@pytest.mark.parametrize("dof", [dof for dof in DOFS if dof != "hand"])
def test_the_two_ends_of_a_degree_of_freedom_are_opposite_movements_of_one_joint(dof: str) -> None:
    (joint, least), (same, most) = (MOVES[movement] for movement in DOFS[dof])
    assert joint == same == dof
    assert least != most


def test_every_movement_of_a_joint_belongs_to_a_degree_of_freedom() -> None:
    ends = {movement for pair in DOFS.values() for movement in pair}
    assert set(MOVES) <= ends <= set(known_movements())


# -- velocities -------------------------------------------------------------------------------------------

ARM = (part("ability-hand"), part("dynamixel", "wrist flexion", "wrist rotation", "elbow"))
HERE = (30.0,) * 5 + (-30.0, 0.0, 0.0, 60.0)


def arm() -> Mapper:
    return Mapper(ARM, ("rest", "open", "power"), RATE, ("power", "pinch"))


def test_all_degrees_of_freedom_move_at_once_each_at_its_own_speed() -> None:
    target, rate = arm().drive({"hand": 1.0, "wrist rotation": -0.55, "elbow": 0.0}, HERE)
    assert target[:6] == POSTURES["ability-hand"]["power"]
    assert max(rate[:6]) == pytest.approx(100.0)
    assert (target[7], rate[7]) == (-80.0, pytest.approx(50.0))
    assert (target[6], rate[6], target[8], rate[8]) == (0.0, 0.0, 60.0, 0.0)


def test_speed_rises_from_nothing_at_the_deadband_to_all_at_one() -> None:
    mapper, speeds = arm(), [0.0, 0.1, 0.1001, 0.55, 1.0, 7.0]
    rates = [mapper.drive({"elbow": -speed}, HERE)[1][8] for speed in speeds]
    assert DEADBAND == 0.1
    assert rates == pytest.approx([0.0, 0.0, 0.011, 50.0, 100.0, 100.0], abs=0.002)


@pytest.mark.parametrize(
    "velocities", [{}, {"elbow": math.nan}, {"toe": 1.0}, {"tail": 1.0}, {"hand": -0.05}]
)
def test_what_says_nothing_moves_nothing(velocities: dict[str, float]) -> None:
    assert arm().drive(velocities, HERE) == (HERE, (0.0,) * 9)


def test_without_a_setpoint_no_velocity_moves_anything() -> None:
    assert arm().drive({"elbow": 1.0}, None)[1] == (0.0,) * 9


def test_the_hands_velocity_closes_to_the_grip_that_is_chosen() -> None:
    mapper = arm()
    mapper.close_to("pinch")
    assert mapper.drive({"hand": 1.0}, HERE)[0][:6] == POSTURES["ability-hand"]["pinch"]
    assert mapper.drive({"hand": -1.0}, HERE)[0][:6] == POSTURES["ability-hand"]["open"]


def test_a_limb_names_the_degrees_of_freedom_it_has() -> None:
    assert arm().dofs == ("hand", "elbow", "wrist rotation", "wrist flexion")
    assert Mapper((part("moteus-ankle"),), ("rest", "dorsiflexion"), RATE).dofs == ("ankle",)


@given(st.dictionaries(st.sampled_from([*DOFS, "tail"]), st.floats(), max_size=6))
def test_whatever_a_regressor_says_the_wish_is_finite_and_within_the_rate(
    velocities: dict[str, float],
) -> None:
    target, rate = arm().drive(velocities, HERE)
    assert all(map(math.isfinite, (*target, *rate)))
    assert all(0.0 <= each <= RATE + 1e-9 for each in rate)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Wrist Pronation", "pronation"),
        ("forearm_supination", "supination"),
        ("Flex Elbow", "elbow flexion"),
        ("Wrist Ulnar Deviation", "ulnar deviation"),
        ("Ankle Eversion", "eversion"),
        ("Foot Dorsiflexion", "dorsiflexion"),
        ("Toes Extension", "toe extension"),
        ("Flex Wrist + Close Hand", "wrist flexion+power"),
    ],
)
def test_other_names_of_wrist_elbow_and_ankle_movements_are_ours(theirs: str, ours: str) -> None:
    assert canonical(theirs) == ours
