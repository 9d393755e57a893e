"""CubeMars AK drives: settings, and ports that are no bus."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from innervate.core.errors import LimbError, LimbNotFound, ProfileError
from innervate.core.profile import Profile
from innervate.firmware_bridge.cubemars.device import open_limb
from innervate.firmware_bridge.devices import open_part, part_model
from innervate.firmware_bridge.settings import JointSettings, PartSettings

from .cubemars_bench import ELBOW, MODEL, free_port, part

pytest.importorskip("can")

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("joint", "options", "named"),
    [
        ({"id": 0}, {}, "id = 0"),
        ({"stiffness_share": 0.01}, {}, "stiffness_share"),
        ({"damping_share": 0.05}, {}, "damping_share"),
        ({"max_torque_nm": 30.0}, {}, "max_torque_nm = 30: allowed 0.5 to 18"),
        ({"gear": 0.0}, {}, "gear"),
        ({"gear": 9.0}, {}, "at 140 deg the drive would be at 22.0 rad"),
        ({}, {"model": "AK1"}, "allowed: AK10-9"),
        ({}, {"torque_nm": "-3"}, "torque_nm"),
        ({}, {"at_end": "drop"}, "allowed: hold, damp, free"),
    ],
)
def test_settings_that_are_refused(joint: dict[str, Any], options: dict[str, str], named: str) -> None:
    given = PartSettings(
        "cubemars", free_port(), 0, (JointSettings("elbow", **joint),), (*{**dict(MODEL), **options}.items(),)
    )
    with pytest.raises(ProfileError, match=named):
        open_limb(given)


def test_a_model_must_be_named() -> None:
    with pytest.raises(ProfileError, match="model is missing"):
        open_limb(PartSettings("cubemars", free_port(), 0, (ELBOW,)))


def test_two_drives_of_one_id_are_refused() -> None:
    with pytest.raises(ProfileError, match="one id: 1, 1"):
        open_limb(part(free_port(), ELBOW, JointSettings("wrist rotation")))


@pytest.mark.parametrize(
    "port", ["can0", "telepathy:x", "udp_multicast:10.0.0.1", "udp_multicast:239.1.1.1:x", "udp_multicast:"]
)
def test_a_port_that_is_no_can_bus(port: str) -> None:
    with pytest.raises(ProfileError, match=r"limb\.port"):
        open_limb(part(port))


def test_a_bus_that_is_not_there() -> None:
    with pytest.raises(LimbNotFound, match="socketcan:can77"):
        open_limb(part("socketcan:can77"))


def test_a_bus_that_cannot_be_waited_for() -> None:
    with pytest.raises(LimbError, match="waited for"):
        open_limb(part("virtual:x"))


def test_without_python_can_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "can", None)
    with pytest.raises(LimbError, match=r"pip install 'innervate\[can\]'"):
        open_limb(part(free_port()))


@pytest.mark.parametrize("name", ["ankle", "knee"])
def test_no_watchdog_no_leg(name: str) -> None:
    with pytest.raises(ProfileError, match="may not drive a leg"):
        part_model(part("socketcan:can0", JointSettings(name)))


def test_ranges_of_other_firmware_are_settings() -> None:
    given = dict(part(free_port(), torque_nm="20", velocity_rad_s="30").options)
    limb = open_limb(PartSettings("cubemars", free_port(), 0, (ELBOW,), tuple(given.items())))
    assert (limb._ranges.torque_nm, limb._ranges.velocity_rad_s, limb._ranges.position_rad) == (
        20.0,
        30.0,
        12.5,
    )
    limb.close()


def test_the_profile_in_the_how_to_is_one() -> None:
    page = (ROOT / "docs/limbs/cubemars.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    limb = Profile.model_validate(tomllib.loads(example)).limb
    joints = tuple(JointSettings(**joint.model_dump()) for joint in limb.joints)
    given = PartSettings(limb.device, free_port(), limb.baud, joints, limb.option_texts)
    assert part_model(given).joint_names == ("elbow",)
    open_part(given).close()
