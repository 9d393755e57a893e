"""Joints of moteus controllers, for the tests."""

from __future__ import annotations

from innervate.firmware_bridge.settings import JointSettings, PartSettings

SIM = "innervate.sim.moteus_joints"

LEG = (JointSettings("knee", id=1), JointSettings("ankle", id=2))

ELBOW = (JointSettings("elbow", id=5),)


def part(port: str, joints: tuple[JointSettings, ...] = LEG, **options: str) -> PartSettings:
    return PartSettings("moteus", port, joints=joints, options=tuple(options.items()))
