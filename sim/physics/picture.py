"""Pictures of a virtual limb, without a screen."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import InnervateError
from ...core.extras import optional
from .scene import WORDS

if TYPE_CHECKING:
    from .plant import PhysicsPlant

_FINER = 2
"""Drawn so many times larger, then made smaller: smooth edges."""
_MOST_PIXELS = 2000
_SHADOW, _SMALL = 4096, 200
"""Pixels of the shadow's map; a picture no larger than the second is content with fewer."""


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera is.

    Attributes:
        azimuth_deg, elevation_deg: it looks this way; elevation negative: from above.
        margin: of the limb's extent, around it.
    """

    azimuth_deg: float
    elevation_deg: float
    margin: float = 0.10


def _without_a_screen(mujoco: Any) -> None:
    """Let MuJoCo draw without a display: it chose how when it was imported, whoever did that."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("MUJOCO_GL")):
        drawing = sys.modules[mujoco.Renderer.__module__].gl_context
        drawing.GLContext = import_module("mujoco.egl").GLContext


def check_drawing() -> None:
    """Import MuJoCo, which chooses then how to draw.

    Raises:
        InnervateError: it is not installed, or cannot draw as MUJOCO_GL has it.
    """
    try:
        optional("mujoco", WORDS, "sim")
    except (AttributeError, OSError, RuntimeError) as error:
        chosen = os.environ.get("MUJOCO_GL", "")
        raise InnervateError(f"MUJOCO_GL={chosen}: nothing here can draw so", "unset it, or egl") from error


def draw(plant: PhysicsPlant, view: View, width: int, height: int) -> NDArray[np.uint8]:
    """[height, width, 3].

    Raises:
        InnervateError: nothing here can draw without a screen.
    """
    mujoco = optional("mujoco", WORDS, "sim")
    image = optional("PIL.Image", "pictures need", "sim")
    if not (16 <= width <= _MOST_PIXELS and 16 <= height <= _MOST_PIXELS):
        raise InnervateError(f"--size {width}x{height}: allowed are 16x16 to {_MOST_PIXELS}x{_MOST_PIXELS}")
    model, data = plant.model, plant.data
    camera = mujoco.MjvCamera()
    camera.azimuth, camera.elevation = view.azimuth_deg, view.elevation_deg
    camera.lookat[:], camera.distance = _framed(plant, view, width / height)
    model.vis.quality.shadowsize = _SHADOW if max(width, height) > _SMALL else _SHADOW // 4
    model.vis.global_.offwidth, model.vis.global_.offheight = width * _FINER, height * _FINER
    try:
        _without_a_screen(mujoco)
        renderer = mujoco.Renderer(model, height * _FINER, width * _FINER)
    except Exception as error:  # each OpenGL library has its own
        raise InnervateError(
            "no picture without a screen: OpenGL did not start",
            "apt-get install libegl1 libegl-mesa0 libgl1-mesa-dri, or set MUJOCO_GL=osmesa",
        ) from error
    try:
        renderer.update_scene(data, camera)
        drawn = image.fromarray(renderer.render())
    finally:
        renderer.close()
    small = drawn.resize((width, height), image.Resampling.LANCZOS)
    found: NDArray[np.uint8] = np.asarray(small)
    return found


def save(pixels: NDArray[np.uint8], path: Path) -> None:
    """As PNG.

    Raises:
        InnervateError: it cannot be written.
    """
    image = optional("PIL.Image", "pictures need", "sim")
    try:
        image.fromarray(pixels).save(path, format="PNG", optimize=True)
    except OSError as error:
        raise InnervateError(f"{path}: cannot be written: {error.strerror or error}") from error


def _framed(plant: PhysicsPlant, view: View, aspect: float) -> tuple[NDArray[np.float64], float]:
    """(point to look at, distance) from which all of the limb and its things is seen."""
    model, data = plant.model, plant.data
    shown = [i for i in range(model.ngeom) if model.geom_bodyid[i] > 0]
    azimuth, elevation = np.radians(view.azimuth_deg), np.radians(view.elevation_deg)
    ahead = np.array(
        [np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)]
    )
    right = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
    up = np.cross(right, ahead)
    at = data.geom_xpos[shown]
    middle = np.zeros(3)
    halves = []
    for axis in (right, up, ahead):
        along = at @ axis
        reach = np.array([_reach(plant, i, axis) for i in shown])
        least, most = (along - reach).min(), (along + reach).max()
        middle += axis * (least + most) / 2.0
        halves.append((most - least) / 2.0 * (1.0 + view.margin))
    tangent = np.tan(np.radians(float(model.vis.global_.fovy)) / 2.0)
    distance = max(halves[1], halves[0] / aspect) / tangent + halves[2]
    return middle, float(distance)


def _reach(plant: PhysicsPlant, geom: int, way: NDArray[np.float64]) -> float:
    """How far a shape goes from its middle along a direction."""
    kind = plant.model.geom(geom).type[0]
    size = plant.model.geom_size[geom]
    x, y, z = plant.data.geom_xmat[geom].reshape(3, 3).T @ way
    shapes = optional("mujoco", WORDS, "sim").mjtGeom
    if kind == shapes.mjGEOM_BOX:
        return float(abs(x) * size[0] + abs(y) * size[1] + abs(z) * size[2])
    if kind == shapes.mjGEOM_CAPSULE:
        return float(size[0] + size[1] * abs(z))
    if kind == shapes.mjGEOM_CYLINDER:
        return float(size[0] * np.hypot(x, y) + size[1] * abs(z))
    return float(np.sqrt((x * size[0]) ** 2 + (y * size[1]) ** 2 + (z * size[2]) ** 2))
