"""Limbs as the guard knows them, for the tests."""

from __future__ import annotations

from typing import Any

from innervate.firmware_bridge.devices import part_model
from innervate.firmware_bridge.settings import GuardSettings, PartSettings

ABILITY_HAND = part_model(PartSettings("ability-hand", "p"))
MOTEUS_ANKLE = part_model(PartSettings("moteus-ankle", "p"))


def one_part(device: str, port: str, run: str, baud: int = 0, **more: Any) -> GuardSettings:
    """A limb of one device."""
    return GuardSettings((PartSettings(device, port, baud),), run, **more)
