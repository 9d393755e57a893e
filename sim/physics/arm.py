"""Elbow and wrist of primitives, with a hand at the end. The stump is held still, as by a person who aims.

Masses are those of a prosthesis with its socket, ours: forearm 0.6 kg, wrist 0.15, hand 0.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .hand import add_hand
from .parts import METAL, SHELL, SKIN, Body, capsule, drive, hinge

if TYPE_CHECKING:
    import mujoco

_UPPER_M, _FOREARM_M, _WRIST_M = 0.26, 0.20, 0.05
_ELBOW_NM, _ROTATION_NM, _FLEXION_NM = 12.0, 2.0, 4.0
"""What powered elbows and wrists hold at most; about those of products. Ours."""


def add_arm(spec: mujoco.MjSpec, joints: tuple[str, ...]) -> None:
    """An arm with those of elbow, wrist rotation, wrist flexion and the hand that `joints` names."""
    shoulder = spec.worldbody.add_body(name="stump", pos=[0.0, 0.0, 0.45 if "elbow" in joints else 0.30])
    held = shoulder
    if "elbow" in joints:
        capsule(shoulder, (0.0, 0.0, 0.0), (0.0, 0.0, -_UPPER_M + 0.03), 0.045, 1.5, SKIN, touches=False)
        held = shoulder.add_body(name="forearm", pos=[0.0, 0.0, -_UPPER_M])
        # Extended the forearm hangs; flexing lifts it towards +x.
        held.quat = [0.7071068, 0.0, 0.7071068, 0.0]
        hinge(held, "elbow", (0.0, -1.0, 0.0), 0.0, 140.0, damping=0.2, armature=0.02)
        drive(spec, "elbow", 150.0, 6.0, _ELBOW_NM)
    capsule(held, (0.0, 0.0, 0.0), (_FOREARM_M, 0.0, 0.0), 0.035, 0.6, SHELL, touches=False)
    wrist = _add_wrist(spec, held, joints)
    add_hand(spec, wrist)


def _add_wrist(spec: mujoco.MjSpec, forearm: Body, joints: tuple[str, ...]) -> Body:
    at = [_FOREARM_M + 0.02, 0.0, 0.0]
    if "wrist rotation" in joints:
        forearm = forearm.add_body(name="wrist rotator", pos=at)
        hinge(forearm, "wrist rotation", (1.0, 0.0, 0.0), -170.0, 170.0, damping=0.02, armature=0.003)
        capsule(forearm, (0.0, 0.0, 0.0), (0.015, 0.0, 0.0), 0.028, 0.08, METAL, touches=False)
        drive(spec, "wrist rotation", 15.0, 0.5, _ROTATION_NM)
        at = [0.02, 0.0, 0.0]
    if "wrist flexion" in joints:
        forearm = forearm.add_body(name="wrist flexor", pos=at)
        # Flexion turns the palm side (-z) towards the forearm.
        hinge(forearm, "wrist flexion", (0.0, 1.0, 0.0), -70.0, 70.0, damping=0.02, armature=0.003)
        capsule(forearm, (0.0, 0.0, 0.0), (0.02, 0.0, 0.0), 0.026, 0.07, METAL, touches=False)
        drive(spec, "wrist flexion", 25.0, 0.8, _FLEXION_NM)
        at = [_WRIST_M - 0.01, 0.0, 0.0]
    return forearm.add_body(name="wrist", pos=at)
