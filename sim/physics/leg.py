"""Shank and foot of primitives with an ankle of two axes, and a knee above it where the limb has one.

The thigh or the socket is held still, as of a person who sits: the foot hangs free. Masses and sizes are
those of a powered ankle with a shoe, ours: foot 0.9 kg and 26 cm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parts import METAL, SHELL, SKIN, box, capsule, drive, hinge

if TYPE_CHECKING:
    import mujoco

_SHANK_M, _THIGH_M = 0.40, 0.30
_ANKLE_NM, _INVERSION_NM, _KNEE_NM = 40.0, 15.0, 60.0


def add_leg(spec: mujoco.MjSpec, joints: tuple[str, ...]) -> None:
    """A leg with those of knee, ankle and ankle inversion that `joints` names; seated, the thigh forward."""
    socket = spec.worldbody.add_body(name="socket", pos=[0.0, 0.0, _SHANK_M + 0.12])
    shank = socket
    if "knee" in joints:
        capsule(socket, (-_THIGH_M, 0.0, 0.0), (0.0, 0.0, 0.0), 0.06, 3.0, SKIN, touches=False)
        shank = socket.add_body(name="shank", pos=[0.0, 0.0, 0.0])
        # At 90 degrees of flexion the shank hangs; the body's own frame has it hanging.
        hinge(shank, "knee", (0.0, 1.0, 0.0), 0.0, 110.0, damping=0.5, armature=0.05, at=(0.0, 0.0, 0.0))
        shank.quat = [0.7071068, 0.0, -0.7071068, 0.0]
        drive(spec, "knee", 200.0, 12.0, _KNEE_NM)
    else:
        capsule(socket, (0.0, 0.0, 0.10), (0.0, 0.0, 0.0), 0.055, 1.0, SKIN, touches=False)
    capsule(shank, (0.0, 0.0, 0.0), (0.0, 0.0, -_SHANK_M + 0.06), 0.03, 1.2, SHELL, touches=False)
    ankle = shank.add_body(name="ankle", pos=[0.0, 0.0, -_SHANK_M])
    # Dorsiflexion lifts the toes (+x): about -y.
    hinge(ankle, "ankle", (0.0, -1.0, 0.0), -30.0, 25.0, damping=0.2, armature=0.02)
    capsule(ankle, (0.0, -0.02, 0.0), (0.0, 0.02, 0.0), 0.03, 0.2, METAL, touches=False)
    foot = ankle.add_body(name="foot", pos=[0.0, 0.0, 0.0])
    if "ankle inversion" in joints:
        hinge(foot, "ankle inversion", (1.0, 0.0, 0.0), -15.0, 15.0, damping=0.1, armature=0.01)
        drive(spec, "ankle inversion", 120.0, 4.0, _INVERSION_NM)
    box(foot, (0.06, 0.0, -0.06), (0.13, 0.045, 0.018), 0.7, SHELL)
    drive(spec, "ankle", 300.0, 10.0, _ANKLE_NM)
