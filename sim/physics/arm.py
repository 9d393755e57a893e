"""Elbow and wrist of primitives, with a hand at the end.

Masses are those of a prosthesis with its socket, ours: forearm 0.6 kg, wrist parts 0.08 each, hand 0.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .hand import add_hand
from .parts import ACCENT, LIGHT, METAL, SHELL, SKIN, Body, capsule, ellipsoid, geared

if TYPE_CHECKING:
    import mujoco

UPPER_M, FOREARM_M = 0.27, 0.20
JOINTS = ("wrist rotation", "wrist flexion", "wrist deviation", "elbow")
_HANGS = (0.7071068, 0.0, 0.7071068, 0.0)
"""Turns +x down: an extended forearm hangs, flexing lifts it towards +x."""


def add_arm(spec: mujoco.MjSpec, base: Body, joints: tuple[str, ...], *, torque: bool = False) -> None:
    """Those of elbow, wrist and hand that `joints` names, at a base that is the shoulder or the elbow.

    Args:
        torque: drives of elbow and wrist take torques.
    """
    forearm = base
    if "elbow" in joints:
        capsule(base, (0.0, 0.0, 0.02), (0.0, 0.0, -0.13), 0.048, 1.2, SKIN, touches=False)
        capsule(base, (0.0, 0.0, -0.10), (0.0, 0.0, -UPPER_M + 0.035), 0.043, 0.4, SHELL, touches=False)
        forearm = base.add_body(name="forearm", pos=[0.0, 0.0, -UPPER_M], quat=_HANGS)
        geared(spec, forearm, "elbow", (0.0, -1.0, 0.0), (0.0, 140.0), torque=torque)
        capsule(forearm, (0.0, -0.03, 0.0), (0.0, 0.03, 0.0), 0.030, 0.15, METAL, touches=False)
    else:
        capsule(forearm, (-0.10, 0.0, 0.0), (0.03, 0.0, 0.0), 0.044, 0.8, SKIN, touches=False)
    capsule(forearm, (0.02, 0.0, 0.0), (FOREARM_M - 0.035, 0.0, 0.0), 0.036, 0.45, SHELL, touches=False)
    ellipsoid(forearm, (0.10, 0.0, 0.0), (0.010, 0.0375, 0.0375), ACCENT)
    add_hand(spec, _add_wrist(spec, forearm, joints, torque=torque))


def _add_wrist(spec: mujoco.MjSpec, body: Body, joints: tuple[str, ...], *, torque: bool) -> Body:
    at = FOREARM_M
    if "wrist rotation" in joints:
        body = body.add_body(name="wrist rotator", pos=[at, 0.0, 0.0])
        # Supination (positive) turns the palm of this right hand from below to the thumb's side.
        geared(spec, body, "wrist rotation", (1.0, 0.0, 0.0), (-170.0, 170.0), torque=torque)
        capsule(body, (-0.008, 0.0, 0.0), (0.004, 0.0, 0.0), 0.030, 0.08, METAL, touches=False)
        at = 0.016
    if "wrist flexion" in joints:
        body = body.add_body(name="wrist flexor", pos=[at, 0.0, 0.0])
        # Flexion (positive) turns the palm, which looks towards -z, to the forearm.
        geared(spec, body, "wrist flexion", (0.0, 1.0, 0.0), (-70.0, 70.0), torque=torque)
        capsule(body, (0.0, -0.016, 0.0), (0.0, 0.016, 0.0), 0.017, 0.08, LIGHT, touches=False)
        at = 0.012
    if "wrist deviation" in joints:
        body = body.add_body(name="wrist deviator", pos=[at, 0.0, 0.0])
        # Radial (positive) turns the fingers to the thumb's side, +y.
        geared(spec, body, "wrist deviation", (0.0, 0.0, 1.0), (-30.0, 20.0), torque=torque)
        capsule(body, (0.0, 0.0, -0.012), (0.0, 0.0, 0.012), 0.016, 0.06, METAL, touches=False)
        at = 0.010
    return body.add_body(name="wrist", pos=[at + 0.012, 0.0, 0.0])
