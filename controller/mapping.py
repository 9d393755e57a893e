"""From a movement to the joints of one limb.

A movement is a posture the limb goes towards for as long as the person wants it, at the speed the person
wants; at rest it stays where it is (sequential proportional control of posture). "wrist flexion+power" makes
both at once.
"""

from __future__ import annotations

from ..core.errors import ProfileError
from ..core.movements import REST
from .postures import known_movements, targets
from .settings import LimbPart

_Component = tuple[tuple[int, float], ...]
"""(joint, degrees) of joints that arrive together."""


class Mapper:
    """Turns (movement, speed) into targets and rates for one limb.

    Args:
        parts: the devices of the limb, in the order of its joints.
        classes: the decoder's classes; those that the limb cannot make are held and reported as unmapped.
        max_rate_deg_s: rate of the joint that travels furthest, at full speed.

    Raises:
        ProfileError: the limb can make none of the movements.
    """

    def __init__(self, parts: tuple[LimbPart, ...], classes: tuple[str, ...], max_rate_deg_s: float) -> None:
        self._parts = parts
        self._joints = tuple(joint for part in parts for joint in part.joints)
        self._components = [self._made_of(name) for name in classes]
        self._max_rate_deg_s = max_rate_deg_s
        self._still = (0.0,) * len(self._joints)
        self.unmapped = tuple(
            name for name, made in zip(classes, self._components, strict=True) if not made and name != REST
        )
        if not any(self._components):
            devices = ", ".join(part.device for part in parts)
            raise ProfileError(
                f"limb {devices} has no joint for any of the movements {', '.join(classes)}",
                f"movements are {', '.join(known_movements())}",
            )

    def _made_of(self, name: str) -> tuple[_Component, ...]:
        """The components of a movement; empty when the limb lacks a joint for any of them."""
        found: list[_Component] = []
        for one in name.split("+"):
            made = self._component(one.strip())
            if not made:
                return ()
            found.append(made)
        return tuple(found)

    def _component(self, movement: str) -> _Component:
        for part in self._parts:
            made = targets(part.device, part.joints, movement)
            if made:
                return tuple((self._joints.index(joint), deg) for joint, deg in made.items())
        return ()

    def is_mapped(self, class_index: int) -> bool:
        """False for rest, and for a movement this limb has no joint for."""
        return bool(self._components[class_index])

    def command(
        self, class_index: int, speed: float, setpoint_deg: tuple[float, ...] | None
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """(target_deg, rate_deg_s) for the guard.

        The joint that has furthest to go moves at speed x max_rate; the others of its posture at rates with
        which all arrive together, so a grip keeps its shape on the way. Joints that the movement does not
        name stay. Without a set-point (the guard has not spoken yet), and for rest and unmapped movements,
        everything holds.
        """
        components = self._components[class_index]
        if not components or speed <= 0.0 or setpoint_deg is None:
            return setpoint_deg or self._still, self._still
        target, rate = list(setpoint_deg), [0.0] * len(setpoint_deg)
        full = speed * self._max_rate_deg_s
        for component in components:
            furthest = max(abs(deg - setpoint_deg[i]) for i, deg in component)
            for i, deg in component:
                target[i] = deg
                # There already: rates of zero would tell the guard that the person rests, which they do not.
                share = abs(deg - setpoint_deg[i]) / furthest if furthest >= 1e-6 else 1.0
                rate[i] = full * share
        return tuple(target), tuple(rate)
