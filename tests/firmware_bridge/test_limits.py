from __future__ import annotations

import math

import pytest
from innervate.core.errors import ProfileError
from innervate.firmware_bridge.devices import DEVICES, limb_model, part_model
from innervate.firmware_bridge.limits import LimbModel
from innervate.firmware_bridge.settings import JointSettings, PartSettings

from .made import ABILITY_HAND, one_part

HAND = {"device": "ability-hand", "port": "p", "run": "r"}
ANKLE = {"device": "moteus-ankle", "port": "p", "run": "r"}
WHOLE = ((0.0, 100.0),) * 5 + ((-100.0, 0.0),)


def test_a_profile_tightens() -> None:
    model = limb_model(one_part(**HAND, max_rate_deg_s=40.0, range_deg=((10.0, 50.0), *WHOLE[1:])))
    assert (model.joints[0].least_deg, model.joints[0].most_deg) == (10.0, 50.0)
    assert {j.max_rate_deg_s for j in model.joints} == {40.0}
    assert model.release_rate_deg_s == 40.0
    assert model.release_deg[0] == 10.0  # opens as far as this patient's range allows


def test_a_profile_never_widens() -> None:
    fast = limb_model(one_part(**HAND, max_rate_deg_s=1e6))
    assert [j.max_rate_deg_s for j in fast.joints] == [j.max_rate_deg_s for j in ABILITY_HAND.joints]
    with pytest.raises(ProfileError, match="thumb_rotator"):
        limb_model(one_part(**HAND, range_deg=(*WHOLE[:5], (-120.0, 0.0))))


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({**HAND, "max_rate_deg_s": 0.0}, "max_rate_deg_s"),
        ({**HAND, "max_rate_deg_s": math.nan}, "max_rate_deg_s"),
        ({**HAND, "range_deg": WHOLE[:2]}, "index, middle"),
        ({**HAND, "range_deg": ((50.0, 10.0), *WHOLE[1:])}, "index"),
        ({**HAND, "range_deg": ((math.nan, 10.0), *WHOLE[1:])}, "index"),
        ({**HAND, "baud": 9600}, "baud"),
        ({**HAND, "device": "hook"}, "ability-hand, moteus-ankle"),
        ({**ANKLE, "neutral_deg": 20.0}, "neutral_deg"),
        ({**ANKLE, "neutral_deg": math.nan}, "neutral_deg"),
    ],
)
def test_bad_bounds_are_named(settings: dict[str, object], names: str) -> None:
    with pytest.raises(ProfileError, match=names):
        limb_model(one_part(**settings))  # type: ignore[arg-type]


def test_an_ankle_returns_to_the_patients_neutral() -> None:
    assert limb_model(one_part(**ANKLE, neutral_deg=-3.0)).release_deg == (-3.0,)


def every_device() -> list[LimbModel]:
    return [
        part_model(PartSettings(name, "p", joints=() if device.joints or device.default_joints else ELBOW))
        for name, device in DEVICES.items()
    ]


ELBOW = (JointSettings("elbow"),)


@pytest.mark.parametrize("model", every_device(), ids=lambda model: model.device)
def test_deadlines_stand_in_order(model: LimbModel) -> None:
    """Heartbeat, then our deadman, then the device's own watchdog: each net is under the one before."""
    assert model.heartbeat_s < model.deadman_s < (model.device_watchdog_s or math.inf)
    assert model.deadman_s == (0.025 if model.leg else 0.060)


@pytest.mark.parametrize("model", every_device(), ids=lambda model: model.device)
def test_any_joint_stops_within_two_heartbeats(model: LimbModel) -> None:
    assert all(j.max_rate_deg_s / j.max_braking_deg_s2 <= 2 * model.heartbeat_s for j in model.joints)
