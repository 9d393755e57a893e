"""Geared motors as they are: a torque that falls with speed, bounded voltage, gears that hold by themselves.

A motor offers a torque proportional to its voltage and loses it in proportion to its speed:

    torque = stall * voltage / supply - slope * speed,   slope = stall / free speed

Its position loop asks for `gain` times the angle that is missing, as far as the supply goes. In the model
that is a position actuator with a bounded force on a joint with damping `slope` and the rotor's inertia.

Gears that hold by themselves let the motor turn the joint and never the joint the motor. In the model the
joint is locked while it meets something and its motor does not drive it, or is pushed the other way
(`plant`).

Numbers of the Ability Hand: 8.4 V, 1.49 mN m/A, gear 649:1 (ICD v1.8, protocols/psyonic-ability-hand.md).
From these follows a free speed of 498 deg/s at a knuckle. The supply's peak of 14 A shared by six motors
gives 2.3 A each, hence 3.6 ohm; 30 % of a gear's torque arrives (gears that hold by themselves let less
than half through): ours. The rotator (162.45:1) is held to 300 deg/s by its controller: ours, as in
`sim.hand`. Wrist and elbow: stall torque and free speed of XM430-W350 and XM540-W270 servos at 12 V, their
maker's, from memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SUPPLY_V = 8.4
V_STALL_V = 3.0
"""Halt on collision (ICD): driven with this or more, and it does not move."""
_TORQUE_NM_A = 1.49e-3
_STALL_A = 14.0 / 6.0
_EFFICIENCY = 0.30
_ROTOR_KG_M2 = 2e-9
"""Of a coreless motor of 10 mm; ours."""


@dataclass(frozen=True, slots=True)
class Motor:
    """One geared motor, seen from its joint.

    Attributes:
        stall_nm: torque at standstill and full voltage.
        free_rad_s: speed without load at full voltage.
        stall_a: current at standstill.
        inertia_kg_m2: of the rotor, times the gear squared.
        gain_1_s: position loop, speed asked per angle that is missing.
        holds: its gears hold by themselves.
        contact: share of its voltage that it uses once its finger touches (halt on collision); 1.0: no such.
    """

    stall_nm: float
    free_rad_s: float
    stall_a: float
    inertia_kg_m2: float
    gain_1_s: float = 60.0
    holds: bool = False
    contact: float = 1.0

    @property
    def slope(self) -> float:
        """Torque that a rad/s costs, N m s/rad."""
        return self.stall_nm / self.free_rad_s

    @property
    def stiffness_nm_rad(self) -> float:
        """Torque per angle that is missing."""
        return self.slope * self.gain_1_s


def _finger(gear: float, most_deg_s: float, contact: float) -> Motor:
    return Motor(
        stall_nm=_STALL_A * _TORQUE_NM_A * gear * _EFFICIENCY,
        free_rad_s=min(SUPPLY_V / (_TORQUE_NM_A * gear), math.radians(most_deg_s)),
        stall_a=_STALL_A,
        inertia_kg_m2=_ROTOR_KG_M2 * gear * gear,
        holds=True,
        contact=contact,
    )


def _servo(stall_nm: float, free_rev_min: float, inertia_kg_m2: float) -> Motor:
    return Motor(stall_nm, free_rev_min * math.tau / 60.0, 2.3, inertia_kg_m2)


_BENDS, _TURNS = _finger(649.0, 500.0, V_STALL_V / SUPPLY_V), _finger(162.45, 300.0, 1.0)
MOTORS: dict[str, Motor] = {
    **dict.fromkeys(("index", "middle", "ring", "pinky", "thumb_flexor"), _BENDS),
    "thumb_rotator": _TURNS,
    "wrist rotation": _servo(4.1, 46.0, 0.005),
    "wrist flexion": _servo(4.1, 46.0, 0.005),
    "wrist deviation": _servo(4.1, 46.0, 0.005),
    "elbow": _servo(10.6, 30.0, 0.03),
}
"""By joint. Inertias and gains are ours."""
