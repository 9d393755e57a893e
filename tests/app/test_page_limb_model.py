"""The page draws the very limbs that MuJoCo simulates."""

from __future__ import annotations

from typing import Any

import pytest
from innervate.app.page.api import STATIC
from innervate.sim.physics.export import MODELS, script, shapes

pytest.importorskip("mujoco")


def joints_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    mine = [body["joint"]] if "joint" in body else []
    return mine + [joint for child in body["bodies"] for joint in joints_of(child)]


def test_the_page_has_the_shapes_of_today() -> None:
    """After a change to `sim/physics`: python docs/limb_model.py."""
    assert (STATIC / "limb-model.js").read_text() == script()


@pytest.mark.parametrize("model", MODELS)
def test_every_joint_can_be_turned(model: str) -> None:
    joints = joints_of(shapes(MODELS[model]))
    assert {joint["name"] for joint in joints if "of" not in joint} == set(MODELS[model])
    coupled = {joint["name"]: joint["of"] for joint in joints if "of" in joint}
    fingers = ("index", "middle", "ring", "pinky") if model == "arm" else ()
    assert coupled == {f"{name} middle": name for name in fingers}
    assert all(sum(part**2 for part in joint["axis"]) == pytest.approx(1.0, abs=0.01) for joint in joints)
