"""A limb among things: its base is carried where a script says, its drives are those of the wearer.

    world = World(joints, (Thing("block", "block", (0.2, 0.0, 0.0125)),), pitch_deg=60.0)
    world.place(open_deg)
    world.carry_grip_to((0.2, 0.0, 0.02))        # where its grip comes to lie
    while ...: state = world.step(setpoint, t_s, 0.010)
    world.grasped("block"), world.lifted("block"), world.where("block")

The carrier stands for the arm that the wearer still has (or a person who leads it): it goes in a straight
line at a bounded speed, and the limb's own parts have no weight on it. What the hand holds has.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.command import LimbState, Setpoint
from ...core.errors import ProfileError
from ...core.extras import optional
from .hand import GRIP_M
from .plant import PhysicsPlant
from .scene import SLIDES, WORDS, Scene
from .things import Furniture, Thing

CARRY_M_S = 0.35
"""An unhurried reach; ours."""
_PRESSES_N = 0.05
_THUMB = ("thumb_tip", "thumb_base", "palm")


class World(PhysicsPlant):
    """See the module. A `Plant`.

    Args:
        joints: of the limb, in its order; an arm's or a hand's.
        things: to grip; their names tell them apart.
        furniture: that stands still.
        roll_deg, pitch_deg: how the base is turned (`Scene`).
        at_m: where the base is at first.

    Raises:
        ProfileError: a joint or a thing that no model has, or a leg.
        InnervateError: MuJoCo is not installed.
    """

    def __init__(
        self,
        joints: tuple[str, ...],
        things: tuple[Thing, ...] = (),
        furniture: tuple[Furniture, ...] = (),
        *,
        roll_deg: float = 0.0,
        pitch_deg: float = 0.0,
        at_m: tuple[float, float, float] = (0.0, 0.0, 0.35),
    ) -> None:
        scene = Scene(joints, things, furniture, at_m, roll_deg, pitch_deg, carried=True)
        if scene.is_leg:
            raise ProfileError(f"a world of things is for arms and hands, not for {', '.join(joints)}")
        super().__init__(joints, scene)
        self._contact_force = optional("mujoco", WORDS, "sim").mj_contactForce
        model = self.model
        self._slide_at = np.array([int(model.joint(name).qposadr[0]) for name in SLIDES])
        self._slide_ctrl = np.array([int(model.actuator(name).id) for name in SLIDES])
        self._start_m = np.array(at_m)
        self._goal_m = np.zeros(3)
        self._speed = CARRY_M_S
        self._palm = int(model.body("palm").id)
        self._bodies = {thing.name: self._of_thing(thing.name) for thing in things}
        self._names = [model.body(i).name for i in range(model.nbody)]
        self._thumb = {int(model.body(name).id) for name in _THUMB}
        self._fingers = {i for i, name in enumerate(self._names) if name.endswith(("_near", "_far"))}
        self.setpoint_m = np.zeros(3)

    def _of_thing(self, name: str) -> set[int]:
        """A thing's body and what hangs on it."""
        found = {int(self.model.body(name).id)}
        for i in range(self.model.nbody):
            if int(self.model.body_parentid[i]) in found:
                found.add(i)
        return found

    # -- carrying

    def place(self, position_deg: tuple[float, ...]) -> None:
        """Everything where it was at first, the joints there, at rest."""
        self.setpoint_m[:] = self._goal_m[:] = 0.0
        super().place(position_deg)

    @property
    def base_m(self) -> NDArray[np.float64]:
        """Where the base is."""
        found: NDArray[np.float64] = self._start_m + self.data.qpos[self._slide_at]
        return found

    @property
    def grip_m(self) -> NDArray[np.float64]:
        """Where the grip is: between the thumb and the fingers, before the palm."""
        turn = self.data.xmat[self._palm].reshape(3, 3)
        found: NDArray[np.float64] = self.data.xpos[self._palm] + turn @ np.array(GRIP_M)
        return found

    def carry_to(self, at_m: tuple[float, float, float], speed_m_s: float = CARRY_M_S) -> None:
        """From now on the base goes there."""
        self._goal_m = np.array(at_m) - self._start_m
        self._speed = speed_m_s

    def carry_grip_to(self, at_m: tuple[float, float, float], speed_m_s: float = CARRY_M_S) -> None:
        """From now on the base goes where the grip, as the wrist is now, comes to lie there."""
        by = np.array(at_m) - self.grip_m + self.base_m
        self.carry_to((float(by[0]), float(by[1]), float(by[2])), speed_m_s)

    @property
    def carried(self) -> bool:
        """The base has arrived."""
        return bool(np.abs(self.setpoint_m - self._goal_m).max() < 1e-6)

    def step(self, setpoint: Setpoint, t_s: float, dt_s: float) -> LimbState:
        """See `Plant`; the carrier goes on meanwhile."""
        way = self._goal_m - self.setpoint_m
        far = float(np.sqrt(way @ way))
        if far > 0.0:
            self.setpoint_m = self.setpoint_m + way * min(1.0, self._speed * dt_s / far)
            self.data.ctrl[self._slide_ctrl] = self.setpoint_m
        return super().step(setpoint, t_s, dt_s)

    # -- things

    def where(self, name: str) -> tuple[float, float, float]:
        """Middle of a thing."""
        x, y, z = self.data.xpos[self.model.body(name).id]
        return float(x), float(y), float(z)

    def put(
        self,
        name: str,
        at_m: tuple[float, float, float],
        turn: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0),
    ) -> None:
        """A thing is taken there and lies still."""
        joint = self.model.joint(name)
        at, speed = int(joint.qposadr[0]), int(joint.dofadr[0])
        self.data.qpos[at : at + 7] = [*at_m, *turn]
        self.data.qvel[speed : speed + 6] = 0.0
        self._forward(self.model, self.data)

    def presses_n(self, name: str) -> dict[str, float]:
        """Body -> normal force between it and a thing, for all that touches the thing."""
        mine, found = self._bodies[name], dict[str, float]()
        geoms = self.model.geom_bodyid
        wrench = np.zeros(6)
        for i in range(self.data.ncon):
            contact = self.data.contact[i]
            one, other = int(geoms[contact.geom1]), int(geoms[contact.geom2])
            if (one in mine) == (other in mine):
                continue
            self._contact_force(self.model, self.data, i, wrench)
            with_ = self._names[other if one in mine else one]
            found[with_] = found.get(with_, 0.0) + float(wrench[0])
        return found

    def grasped(self, name: str) -> bool:
        """Held between a finger and the thumb or the palm."""
        pressed = {body for body, force in self.presses_n(name).items() if force > _PRESSES_N}
        ids = {int(self.model.body(body).id) for body in pressed}
        return bool(ids & self._fingers) and bool(ids & self._thumb)

    def lifted(self, name: str) -> bool:
        """Grasped, and nothing but the hand bears it."""
        pressed = {body for body, force in self.presses_n(name).items() if force > _PRESSES_N}
        hand = {self._names[i] for i in self._fingers | self._thumb}
        return self.grasped(name) and pressed <= hand

    def opening_deg(self, pin: str) -> float:
        """How far a clothespin is open."""
        return float(np.degrees(self.data.qpos[int(self.model.joint(f"{pin} jaw").qposadr[0])]))
