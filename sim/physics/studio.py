"""Light, backdrop and floor for pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mujoco

_SKY, _HORIZON, _FLOOR = (0.60, 0.68, 0.75), (0.93, 0.95, 0.97), (0.80, 0.83, 0.86)


def add_studio(spec: mujoco.MjSpec) -> None:
    """A pale backdrop, a soft key light with a shadow, and two without."""
    import mujoco

    spec.visual.quality.shadowsize = 4096
    spec.visual.quality.offsamples = 4
    # Shadows are as fine as the part of the world that they are drawn for is small.
    spec.stat.extent, spec.visual.map.shadowclip = 0.8, 3.0
    spec.visual.headlight.ambient = [0.30, 0.31, 0.33]
    spec.visual.headlight.diffuse = [0.20, 0.20, 0.20]
    spec.visual.headlight.specular = [0.10, 0.10, 0.10]
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=_HORIZON,
        rgb2=_SKY,
        width=256,
        height=1536,
    )
    spec.add_material(name="floor", rgba=[*_FLOOR, 1.0], specular=0.2, shininess=0.2)
    world = spec.worldbody
    sun = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
    for way, light, shadow in (
        ([-0.25, 0.60, -1.0], [0.52, 0.51, 0.49], True),
        ([0.9, 0.4, -0.5], [0.16, 0.18, 0.22], False),
        ([-0.4, -0.9, -0.4], [0.24, 0.24, 0.23], False),
    ):
        world.add_light(
            type=sun,
            pos=[0.1 - way[0], -way[1], 0.2 - way[2]],
            dir=way,
            diffuse=light,
            specular=[0.25] * 3,
            castshadow=shadow,
        )
    world.add_geom(name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[6.0, 6.0, 0.1], material="floor")
