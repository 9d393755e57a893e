from __future__ import annotations

import math

import pytest
from innervate.core.errors import ProfileError
from innervate.firmware_bridge.devices import DEVICES, limb_model, part_model
from innervate.firmware_bridge.limits import JOINTS, LimbModel, combined
from innervate.firmware_bridge.settings import JointSettings, PartSettings

from .made import ABILITY_HAND, MOTEUS_ANKLE, one_part

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
        ({**HAND, "range_deg": (*WHOLE, (0.0, 1.0))}, "lists 7 joints"),
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


CEILINGS = {
    # name: least, most (deg), rate (deg/s), acceleration, braking (deg/s^2), closing
    "elbow": (0, 140, 120, 600, 6000, 0),
    "wrist rotation": (-170, 170, 180, 1800, 9000, 0),
    "wrist flexion": (-70, 70, 120, 1200, 6000, 0),
    "wrist deviation": (-20, 20, 90, 900, 4500, 0),
    "ankle": (-20, 15, 20, 300, 3000, 0),
    "ankle inversion": (-10, 10, 20, 300, 2000, 0),
    "knee": (0, 110, 90, 600, 4500, 0),
    "toe": (-10, 40, 60, 600, 3000, 0),
    "thumb": (0, 100, 400, 4000, 40_000, 1),
    "index": (0, 100, 400, 4000, 40_000, 1),
    "middle": (0, 100, 400, 4000, 40_000, 1),
    "ring": (0, 100, 400, 4000, 40_000, 1),
    "little": (0, 100, 400, 4000, 40_000, 1),
    "thumb rotation": (0, 100, 250, 4000, 40_000, 0),
}
"""Written down a second time on purpose: a ceiling changes only where somebody meant it to."""


def test_every_ceiling_is_what_was_meant() -> None:
    found = {
        name: (
            *(j.least_deg, j.most_deg, j.max_rate_deg_s),
            *(j.max_acceleration_deg_s2, j.max_braking_deg_s2, j.closing),
        )
        for name, j in JOINTS.items()
    }
    assert found == CEILINGS


def test_a_gap_counts_from_four_fifths_of_the_devices_watchdog_or_as_the_hands() -> None:
    assert ABILITY_HAND.lapse_s == pytest.approx(0.240)
    assert MOTEUS_ANKLE.lapse_s == pytest.approx(0.080)
    assert part_model(PartSettings("inspire-rh56", "p")).lapse_s == pytest.approx(0.240)


def test_of_several_devices_the_shortest_watchdog_counts_and_none_if_one_has_none() -> None:
    hand, ankle, inspire = ABILITY_HAND, MOTEUS_ANKLE, part_model(PartSettings("inspire-rh56", "p"))
    assert combined((hand,)) is hand
    assert combined((hand, ankle)).device_watchdog_s == 0.100
    assert combined((hand, inspire)).device_watchdog_s == 0.0
    assert combined((hand, ankle)).release_rate_deg_s == 15.0


@pytest.mark.parametrize(
    ("least_deg", "most_deg", "says"),
    [
        (10.0, 10.0, "limb.joints"),
        (50.0, 10.0, "limb.joints"),
        (-1.0, 90.0, "0.0 to 140.0"),
        (0.0, 141.0, "140"),
    ],
)
def test_a_joints_own_range_is_within_its_ceilings(least_deg: float, most_deg: float, says: str) -> None:
    joint = JointSettings("elbow", least_deg=least_deg, most_deg=most_deg)
    with pytest.raises(ProfileError, match=says):
        part_model(PartSettings("moteus", "p", joints=(joint,)))


def test_without_a_range_a_joint_has_all_that_it_may_and_with_one_what_it_says() -> None:
    all_of_it, some = (
        part_model(PartSettings("moteus", "p", joints=(JointSettings("elbow", **given),))).joints[0]
        for given in ({}, {"least_deg": 0.0, "most_deg": 90.0})
    )
    assert (all_of_it.least_deg, all_of_it.most_deg) == (0.0, 140.0)
    assert (some.least_deg, some.most_deg) == (0.0, 90.0)


@pytest.mark.parametrize("neutral_deg", [-20.0, 15.0])
def test_a_neutral_at_either_end_of_the_range_is_one(neutral_deg: float) -> None:
    assert limb_model(one_part(**ANKLE, neutral_deg=neutral_deg)).release_deg == (neutral_deg,)


def test_a_slow_patient_may_be_slower_than_a_degree_a_second() -> None:
    assert limb_model(one_part(**HAND, max_rate_deg_s=0.5)).joints[0].max_rate_deg_s == 0.5
    with pytest.raises(ProfileError, match="max_rate_deg_s"):
        limb_model(one_part(**HAND, max_rate_deg_s=-1.0))
