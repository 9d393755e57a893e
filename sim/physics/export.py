"""The models' shapes and joints as plain data, for the page's 3D view: the same limb in the browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.extras import optional
from . import parts
from .arm import JOINTS as ARM_JOINTS
from .hand import JOINTS as HAND_JOINTS
from .leg import JOINTS as LEG_JOINTS
from .scene import WORDS, Scene, built

if TYPE_CHECKING:
    import mujoco

_SKINS: dict[tuple[float, ...], str] = {
    parts.SKIN: "skin",
    parts.SHELL: "shell",
    parts.METAL: "metal",
    parts.LIGHT: "light",
    parts.PAD: "pad",
    parts.ACCENT: "accent",
}
MODELS = {"arm": (*HAND_JOINTS, *ARM_JOINTS), "leg": LEG_JOINTS}
"""With all their joints; the page leaves out what a limb lacks."""


def shapes(joints: tuple[str, ...]) -> dict[str, Any]:
    """The tree of a limb's bodies, from its base.

    Each has `name`, `at` (m) and `turn` (w, x, y, z) in its parent, `shapes` (`kind`, `size`, `at`, `turn`,
    `skin`: its material), `bodies`, and where it turns a `joint` (`name`, `axis`, and of a coupled one
    `of`, `bent` (deg) and `per`).

    Raises:
        InnervateError: MuJoCo is not installed.
    """
    mujoco = optional("mujoco", WORDS, "sim")
    model = built(Scene(joints)).compile()
    coupled = {
        model.joint(int(one)).name: {
            "of": model.joint(int(other)).name,
            "bent": _short(np.degrees(data[0])),
            "per": _short(data[1]),
        }
        for one, other, data in zip(model.eq_obj1id, model.eq_obj2id, model.eq_data, strict=True)
        if other >= 0
    }
    return _body(mujoco, model, int(model.body("base").id), coupled)


def _body(library: Any, model: mujoco.MjModel, body: int, coupled: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": model.body(body).name,
        "at": _list(model.body_pos[body]),
        "turn": _list(model.body_quat[body]),
        "shapes": [
            _shape(library, model, geom) for geom in range(model.ngeom) if model.geom_bodyid[geom] == body
        ],
        "bodies": [
            _body(library, model, child, coupled)
            for child in range(1, model.nbody)
            if model.body_parentid[child] == body
        ],
    }
    if model.body_jntnum[body]:
        joint = model.joint(int(model.body_jntadr[body]))
        found["joint"] = {"name": joint.name, "axis": _list(joint.axis), **coupled.get(joint.name, {})}
    return found


def _shape(library: Any, model: mujoco.MjModel, geom: int) -> dict[str, Any]:
    kinds = library.mjtGeom
    names = {
        kinds.mjGEOM_BOX: "box",
        kinds.mjGEOM_CAPSULE: "capsule",
        kinds.mjGEOM_CYLINDER: "cylinder",
        kinds.mjGEOM_ELLIPSOID: "ellipsoid",
    }
    return {
        "kind": names[int(model.geom_type[geom])],
        "size": _list(model.geom_size[geom]),
        "at": _list(model.geom_pos[geom]),
        "turn": _list(model.geom_quat[geom]),
        "skin": _SKINS[tuple(_list(model.geom_rgba[geom], 2))],
    }


def _list(values: Any, digits: int = 4) -> list[float]:
    return [_short(value, digits) for value in values]


def _short(value: float, digits: int = 4) -> float:
    return round(float(value), digits) + 0.0  # no -0.0


def script() -> str:
    """The models as a module of JavaScript.

    Raises:
        InnervateError: MuJoCo is not installed.
    """
    lines = [f"  {name}: {json.dumps(shapes(joints))}," for name, joints in MODELS.items()]
    head = "// The virtual limbs' shapes and joints, metres. Made by docs/limb_model.py: do not edit.\n"
    return head + "export const MODELS = {\n" + "\n".join(lines) + "\n};\n"
