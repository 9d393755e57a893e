"""How fast virtual limbs with weight are: simulated time over processor time, one core, steps of 10 ms.

python -m innervate.benchmarks.physics [--json]
"""

from __future__ import annotations

import argparse
import json
import math
import time

from ..controller.postures import POSTURES, later_joints
from ..core.command import Setpoint
from ..sim.physics.grip import in_grip
from ..sim.physics.hand import JOINTS as HAND
from ..sim.physics.plant import PhysicsPlant
from ..sim.physics.scene import Scene
from ..sim.physics.walking import WalkingLeg
from ..sim.plant import InstantPlant, Plant

STEP_S = 0.010
_STEPS, _TIMES = 600, 3
_THERE_DEG = 8.0
"""As `controller.postures.REACHED_HAND_DEG`."""
_OPEN, _FIST = (5.0, 5.0, 5.0, 5.0, 5.0, -10.0), (85.0, 85.0, 85.0, 85.0, 55.0, -75.0)
_WRIST = ("wrist rotation", "wrist flexion")
_ANKLE = ("ankle", "ankle inversion")


def plants() -> dict[str, tuple[Plant, tuple[float, ...], tuple[float, ...]]]:
    """name -> (limb, and between which postures it goes)."""
    arm = (*HAND, *_WRIST, "elbow")
    bottle = in_grip("bottle", (0.0, 0.0, 0.3), (0.7071067811865476, 0.7071067811865476, 0.0, 0.0))
    held = Scene(HAND, (bottle,), at_m=(0.0, 0.0, 0.3), roll_deg=90.0)
    return {
        "instant hand": (InstantPlant(HAND), _OPEN, _FIST),
        "hand": (PhysicsPlant(HAND), _OPEN, _FIST),
        "hand and wrist": (PhysicsPlant((*HAND, *_WRIST)), (*_OPEN, 0.0, 0.0), (*_FIST, 60.0, 30.0)),
        "hand, wrist and elbow": (PhysicsPlant(arm), (*_OPEN, 0.0, 0.0, 20.0), (*_FIST, 60.0, 30.0, 90.0)),
        "hand that grips a bottle": (PhysicsPlant(HAND, held), _OPEN, _FIST),
        "seated ankle": (PhysicsPlant(_ANKLE), (0.0, 0.0), (-15.0, 8.0)),
        "walking ankle": (WalkingLeg(_ANKLE), (0.0, 0.0), (0.0, 0.0)),
    }


def x_realtime(plant: Plant, start: tuple[float, ...], end: tuple[float, ...]) -> float:
    """The best of a few runs, there and back about once in three seconds."""
    still = (0.0,) * len(start)
    asked = []
    for k in range(_STEPS):
        share = (1.0 - math.cos(math.tau * k * STEP_S / 3.0)) / 2.0
        asked.append(Setpoint(tuple(a + (b - a) * share for a, b in zip(start, end, strict=True)), still))
    best = math.inf
    for _ in range(_TIMES):
        plant.place(start)
        begun = time.process_time()
        for k, setpoint in enumerate(asked):
            plant.step(setpoint, k * STEP_S, STEP_S)
        best = min(best, time.process_time() - begun)
    return _STEPS * STEP_S / best


def ways() -> list[tuple[str, str, float]]:
    """(from, to, degrees that are missing at most) for each way from one posture of the hand to another.

    Straight: the joints of a posture arrive together, but for those that it closes later.
    """
    postures, found = POSTURES["ability-hand"], []
    plant = PhysicsPlant(HAND)
    for one, start in postures.items():
        for other, end in postures.items():
            if one == other:
                continue
            opening = later_joints(one, HAND)
            last = set(later_joints(other, HAND) or (set(HAND) - set(opening) if opening else ()))
            plant.place(start)
            state = plant.state(0.0)
            for k in range(260):
                shares = [min(max((k - 60 * (joint in last)) / 60, 0.0), 1.0) for joint in HAND]
                at = tuple(a + (b - a) * share for a, b, share in zip(start, end, shares, strict=True))
                state = plant.step(Setpoint(at, (0.0,) * len(HAND)), k * STEP_S, STEP_S)
            left = max(abs(a - b) for a, b in zip(state.position_deg, end, strict=True))
            found.append((one, other, left))
    return found


def main() -> None:
    """Print a line a limb, or JSON."""
    parser = argparse.ArgumentParser(description="Speed of virtual limbs with weight.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--ways", action="store_true")
    options = parser.parse_args()
    if options.ways:
        blocked = [way for way in ways() if way[2] > _THERE_DEG]
        for one, other, left in blocked:
            print(f"{one:8} to {other:8} {left:4.0f} degrees missing")
        print(f"{len(blocked)} of {len(ways())} ways")
        return
    found = {name: round(x_realtime(*row)) for name, row in plants().items()}
    if options.json:
        print(json.dumps(found))
        return
    for name, times in found.items():
        print(f"{name:26} {times:6} x real time")


if __name__ == "__main__":
    main()
