"""What a person chose, and what the limb feels: grip, freeze, force, heat, seat, devices. Pure.

Most of it stands in the guard's ring. What does not (joints that a device holds back, how long a leg has been
without weight, which of several devices answers) is in the guard's answer to `status`, see `news`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.state import SENTENCE, Reason, State
from ...firmware_bridge.limits import JOINTS
from ...firmware_bridge.standing import RUNNING
from .state import Care, Fact, Seat, Setup

_GRIPLESS = frozenset({"thumb_rotator", *(name for name, joint in JOINTS.items() if not joint.closing)})
"""Joints that press on nothing: of a limb of several devices their force reads 0, and means nothing."""
_SEATED = "You sit: the leg follows the muscles once it is armed."
_SWINGS = "No weight on the leg: it may follow the muscles once it is armed."


def read_care(
    setup: Setup, held: np.void | None, decided: np.void | None, said: Mapping[str, Any] | None
) -> Care:
    """The guard's newest record, the loop's, and the guard's last answer; each may be missing.

    Args:
        held: None when the guard is not known to live.
        said: what the guard answered to `status`; None when that is old.
    """
    grip = _chosen(setup, decided)
    if held is None:
        return Care(grip=grip)
    frozen, state = bool(_get(held, "frozen", False)), int(held["state"])
    limb = said.get("limb") if said is not None else None
    limb = limb if isinstance(limb, dict) else {}
    force_n = _forces(setup, held)
    return Care(
        grip=grip,
        frozen=frozen,
        may_freeze=not frozen and state in RUNNING,
        force_n=force_n,
        held=_held(setup, force_n, limb),
        facts=(*_heat(held), *_limits(setup, force_n), *_devices(setup, limb)),
        seat=_seat(held, said) if setup.leg else None,
    )


def is_frozen(held: np.void, state: State) -> bool:
    """The limb holds because a person wants it to."""
    return state is State.HOLDING and bool(_get(held, "frozen", False))


def _chosen(setup: Setup, decided: np.void | None) -> str:
    """Which grip is in force, as the loop says; what was asked for is in force only when it has heard."""
    index = -1 if decided is None else int(_get(decided, "grip", -1))
    return setup.grips[index] if 0 <= index < len(setup.grips) else ""


def _forces(setup: Setup, held: np.void) -> tuple[float | None, ...]:
    found = np.atleast_1d(_get(held, "force_n", ())).tolist()
    found = [*found, *[math.nan] * (len(setup.joints) - len(found))]
    return tuple(
        force if math.isfinite(force) and name not in _GRIPLESS else None
        for name, force in zip(setup.joints, found, strict=False)
    )


def _held(setup: Setup, force_n: tuple[float | None, ...], limb: Mapping[str, Any]) -> tuple[str, ...]:
    said = limb.get("limiting")
    limiting = said if isinstance(said, list) and len(said) == len(setup.joints) else [False] * len(force_n)
    return tuple(
        "force limit"
        if setup.max_grip_n and force is not None and force >= setup.max_grip_n
        else "held back"
        if limits
        else ""
        for force, limits in zip(force_n, limiting, strict=True)
    )


def _heat(held: np.void) -> tuple[Fact, ...]:
    hottest_c = float(_get(held, "hottest_c", math.nan))
    hot = int(held["reason"]) == Reason.LIMB_HOT
    if not math.isfinite(hottest_c):
        return (Fact("Too hot", "bad"),) if hot else ()
    degrees = f"{hottest_c:.0f} °C"
    return (Fact(f"Too hot: {degrees}", "bad") if hot else Fact(f"Warmest joint {degrees}"),)


def _limits(setup: Setup, force_n: tuple[float | None, ...]) -> tuple[Fact, ...]:
    if not setup.max_grip_n or all(force is None for force in force_n):
        return ()
    return (Fact(f"From {setup.max_grip_n:g} N on a finger closes no further"),)


def _devices(setup: Setup, limb: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Of a limb of several: which of them answers. A limb of one says it by its state."""
    said = limb.get("devices_answering")
    if len(setup.devices) < 2 or not isinstance(said, list) or len(said) != len(setup.devices):
        return ()
    return tuple(
        Fact(f"{name} answers") if answers else Fact(f"{name} does not answer: check its cable", "bad")
        for name, answers in zip(setup.devices, said, strict=True)
    )


def _seat(held: np.void, said: Mapping[str, Any] | None) -> Seat:
    seated, gate = bool(_get(held, "seated", False)), int(_get(held, "gate", Reason.NONE))
    unloaded = said.get("unloaded_s") if said is not None else None
    known = isinstance(unloaded, int | float) and math.isfinite(unloaded) and gate != Reason.LOAD_UNKNOWN
    try:
        shut = Reason(gate)
    except ValueError:
        shut = Reason.LOAD_UNKNOWN
    sentence = SENTENCE[shut] if shut is not Reason.NONE else _SEATED if seated else _SWINGS
    return Seat(seated, sentence, float(unloaded) if known and unloaded is not None else None)


def _get(record: np.void, field: str, default: Any) -> Any:
    """A field, or the default in a ring of an older version."""
    return record[field] if field in (record.dtype.names or ()) else default
