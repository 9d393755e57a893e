"""The virtual leg in MuJoCo: seated it turns freely, walking it bears the body by published curves."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.core.command import Setpoint
from innervate.core.errors import ProfileError
from innervate.sim.physics.gait import GRAVITY_M_S2, STANCE, Gait, load_curve
from innervate.sim.physics.plant import PhysicsPlant
from innervate.sim.physics.walking import WalkingLeg

pytest.importorskip("mujoco")

STEP_S = 0.010
ANKLE = ("ankle", "ankle inversion")


@pytest.mark.parametrize(
    ("joints", "start_deg", "goal_deg"),
    [
        (ANKLE, (0.0, 0.0), (-25.0, 8.0)),
        (ANKLE, (0.0, 0.0), (18.0, -8.0)),
        ((*ANKLE, "knee"), (0.0, 0.0, 90.0), (-20.0, 5.0, 60.0)),
        (("ankle", "toe"), (0.0, 0.0), (10.0, 20.0)),
    ],
)
def test_a_seated_foot_turns_freely(
    joints: tuple[str, ...], start_deg: tuple[float, ...], goal_deg: tuple[float, ...]
) -> None:
    leg = PhysicsPlant(joints)
    leg.place(start_deg)
    state = leg.state(0.0)
    for k in range(120):
        state = leg.step(Setpoint(goal_deg, (0.0,) * len(joints)), k * STEP_S, STEP_S)
    assert state.position_deg == pytest.approx(goal_deg, abs=1.5)
    assert leg.data.ncon == 0


def test_two_legs_carry_one_body() -> None:
    """Nothing was set so that this holds: the two loads of a stride add up to the body's weight."""
    load = load_curve(np.arange(1000) / 1000.0)
    assert 2.0 * load.mean() == pytest.approx(1.0, abs=0.03)
    stance = load[: round(STANCE * 1000)]
    assert stance.max() == pytest.approx(1.1, abs=0.01)
    assert stance[round(0.47 * STANCE * 1000)] == pytest.approx(0.8, abs=0.01)
    assert not load[round(STANCE * 1000) + 1 :].any()


def test_the_shank_rolls_over_the_foot_and_swings_forward() -> None:
    gait = Gait(80.0, 100.0)
    at = np.arange(0.0, 1.0, 0.01)
    pitch = np.array([gait.at(float(s)).pitch_deg for s in at])
    rate = np.array([gait.rate_deg_s(float(s)) for s in at])
    assert pitch[0] > 5.0
    assert pitch.argmin() == pytest.approx(STANCE * 100, abs=4)
    assert 60.0 < np.ptp(pitch) < 90.0
    assert 200.0 < rate[at > STANCE].max() < 400.0


def walked(setpoint_deg: tuple[float, ...], gait: Gait | None = None) -> dict[str, np.ndarray]:
    """The second stride."""
    leg = WalkingLeg(ANKLE, gait)
    leg.place((0.0, 0.0))
    rows: list[tuple[float, ...]] = []
    stride = round(leg.gait.stride_s / STEP_S)
    for k in range(2 * stride):
        state = leg.step(Setpoint(setpoint_deg, (0.0, 0.0)), k * STEP_S, STEP_S)
        if k >= stride:
            rows.append((leg.stride, leg.load_n, leg.moment_nm, leg.torque_nm, *state.position_deg))
    names = ("stride", "load_n", "moment_nm", "torque_nm", "ankle_deg", "inversion_deg")
    return dict(zip(names, np.array(rows).T, strict=True))


def test_the_ankle_bears_the_body_and_gives_way_as_a_spring() -> None:
    leg = walked((0.0, 0.0))
    assert leg["load_n"].max() == pytest.approx(1.1 * 80.0 * GRAVITY_M_S2, rel=0.02)
    peak = leg["moment_nm"].argmax()
    assert 1.3 * 80.0 < leg["moment_nm"][peak] < 1.7 * 80.0
    assert 0.40 < leg["stride"][peak] < 0.55
    assert 10.0 < leg["ankle_deg"].max() < 25.0
    # The drive bears what the ground does; only the foot's own inertia and weight are between them.
    assert leg["torque_nm"][peak] == pytest.approx(-leg["moment_nm"][peak], rel=0.1)
    assert np.abs(leg["inversion_deg"]).max() < 0.5
    swing = (leg["stride"] > 0.95) | (leg["stride"] < 0.02)
    assert np.abs(leg["ankle_deg"][swing]).max() < 2.0


def test_a_heavier_person_bends_it_farther() -> None:
    light, heavy = (walked((0.0, 0.0), Gait(weight))["ankle_deg"].max() for weight in (50.0, 100.0))
    assert heavy > 1.5 * light


def test_a_push_while_loaded_is_seen_in_the_angle() -> None:
    """A drive that is asked for 10 degrees of plantarflexion moves the loaded ankle: as a decoder could."""
    held, pushed = walked((0.0, 0.0)), walked((-10.0, 0.0))
    stance = (held["stride"] > 0.15) & (held["stride"] < 0.55)
    assert (held["ankle_deg"] - pushed["ankle_deg"])[stance] == pytest.approx(10.0, abs=3.0)


def test_mistakes_are_named() -> None:
    with pytest.raises(ProfileError, match="not for ankle, knee"):
        WalkingLeg(("ankle", "knee"))
    with pytest.raises(ProfileError, match="500"):
        Gait(weight_kg=500.0)
    with pytest.raises(ProfileError, match="cadence 5 "):
        Gait(cadence=5.0)
