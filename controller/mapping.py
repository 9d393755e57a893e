"""From a movement to the joints of one limb.

A movement is a posture the limb goes towards for as long as the person wants it, at the speed the person
wants; at rest it stays where it is (sequential proportional control of posture). "wrist flexion+power" makes
both at once. `Mapper.drive` takes a speed for each degree of freedom instead (simultaneous proportional
control). What each movement does on each limb: docs/command-layer.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.errors import ProfileError
from ..core.movements import CLOSE, DOFS, OPEN, REST
from ..models.velocities import DEADBAND
from .postures import LATER, known_movements, later_joints, targets
from .settings import LimbPart

BLOCKED_S = 0.25
"""What has farthest to go in the first stage of a posture has not moved for so long although it was asked to:
something is in the hand, and the second stage no longer waits for it."""
_MOVED_DEG = 0.05
"""A set-point that moved by less stands still. The slowest movement there is, 15 % of 100 deg/s at the foot
of the ramp, makes nearly four times as much in `BLOCKED_S`."""

Wish = tuple[tuple[float, ...], tuple[float, ...]]
"""Targets and rates of every joint, degrees and degrees a second."""


@dataclass(frozen=True, slots=True)
class _Component:
    """What one movement does: joints that arrive together, and perhaps others that go after them.

    Attributes:
        first: (joint, degrees).
        then: (joint, degrees) of those that wait.
        wait_deg: until none of the first has farther to go than this.
    """

    first: tuple[tuple[int, float], ...]
    then: tuple[tuple[int, float], ...] = ()
    wait_deg: float = 0.0

    @property
    def joints(self) -> set[int]:
        """All that it moves."""
        return {i for i, _ in (*self.first, *self.then)}


@dataclass(frozen=True, slots=True)
class _Table:
    """What everything means while one grip is chosen and the hand is closed as it is.

    Attributes:
        components: of each class; empty for rest, and for what the limb cannot make.
        closes: of each class: the posture in two stages that it closes the hand to, "" for one in one stage;
            None when it does not close the hand.
        dofs: degree of freedom -> components at -1 and at +1.
        hand: as `closes`, of the degree of freedom of that name.
    """

    components: tuple[tuple[_Component, ...], ...]
    closes: tuple[str | None, ...]
    dofs: dict[str, tuple[tuple[_Component, ...], tuple[_Component, ...]]]
    hand: str | None


@dataclass(slots=True)
class Memory:
    """All that a mapper remembers; its tables never change.

    Attributes:
        grip: what closing means.
        staged: the posture in two stages that the hand was last closed to; opening it goes the other way
            round. "" for one in one stage.
        stood: the joint of the first stage that has farthest to go, and where it was when it last moved; None
            while no second stage waits.
        since_s: since when.
    """

    grip: str = CLOSE
    staged: str = ""
    stood: tuple[int, float] | None = None
    since_s: float = 0.0


class Mapper:
    """Turns (movement, speed) into targets and rates for one limb.

    Args:
        parts: the devices of the limb, in the order of its joints.
        classes: the decoder's classes; those that the limb cannot make are held and reported as unmapped.
        max_rate_deg_s: rate of the joint that travels furthest, at full speed.
        grips: postures that `close_to` may choose from.

    Raises:
        ProfileError: the limb can make none of the movements, or not one of the grips.
    """

    def __init__(
        self,
        parts: tuple[LimbPart, ...],
        classes: tuple[str, ...],
        max_rate_deg_s: float,
        grips: tuple[str, ...] = (),
    ) -> None:
        self._parts = parts
        self._joints = tuple(joint for part in parts for joint in part.joints)
        self._max_rate_deg_s = max_rate_deg_s
        self._still = (0.0,) * len(self._joints)
        self.memory = Memory()
        for name in grips:
            if not self._component(name):
                raise ProfileError(
                    f"grips: no hand of this limb can make {name!r}",
                    f"movements are {', '.join(known_movements())}",
                )
        # Made now, so that no turn of the loop has to.
        self._tables = {
            (grip, staged): self._set_out(classes, grip, staged)
            for grip in (CLOSE, *grips)
            for staged in ("", *LATER)
        }
        components = self._table.components
        self.unmapped = tuple(
            name for name, made in zip(classes, components, strict=True) if not made and name != REST
        )
        if not any(components):
            devices = ", ".join(part.device for part in parts)
            raise ProfileError(
                f"limb {devices} has no joint for any of the movements {', '.join(classes)}",
                f"movements are {', '.join(known_movements())}",
            )

    # -- which joints a movement means ----------------------------------------------------------------------

    def _set_out(self, classes: tuple[str, ...], grip: str, staged: str) -> _Table:
        def made_of(name: str) -> tuple[_Component, ...]:
            """Empty when the limb lacks a joint for any of it, or two of it want the same joint."""
            found: list[_Component] = []
            for one in movements(name):
                made = self._component(one, staged)
                if made is None or any(made.joints & other.joints for other in found):
                    return ()
                found.append(made)
            return tuple(found)

        def closing(name: str) -> str | None:
            opened = self._component(OPEN)
            for one in movements(name):
                made = self._component(one)
                if one != OPEN and made and opened and made.joints & opened.joints:
                    return one if one in LATER else ""
            return None

        def movements(name: str) -> list[str]:
            parts = [part.strip() for part in name.split("+")]
            return [grip if part == CLOSE else part for part in parts]

        ends = {dof: (made_of(least), made_of(most)) for dof, (least, most) in DOFS.items()}
        return _Table(
            tuple(map(made_of, classes)),
            tuple(map(closing, classes)),
            {dof: pair for dof, pair in ends.items() if any(pair)},
            closing(CLOSE),
        )

    def _component(self, movement: str, staged: str = "") -> _Component | None:
        for part in self._parts:
            made = targets(part.device, part.joints, movement)
            if not made:
                continue
            closed = staged if movement == OPEN else movement
            waiting = later_joints(closed, part.joints)
            pairs = {joint: (self._joints.index(joint), deg) for joint, deg in made.items()}
            last = tuple(pair for joint, pair in pairs.items() if joint in waiting)
            others = tuple(pair for joint, pair in pairs.items() if joint not in waiting)
            if not last or not others:
                return _Component(tuple(pairs.values()))
            if movement == OPEN:
                return _Component(last, others, LATER[closed].opening_deg)
            return _Component(others, last, LATER[closed].closing_deg)
        return None

    @property
    def _table(self) -> _Table:
        return self._tables[self.memory.grip, self.memory.staged]

    def close_to(self, grip: str) -> None:
        """Which posture closing the hand means from now on: one of `grips`. Nothing moves by that."""
        self.memory.grip = grip

    def is_mapped(self, class_index: int) -> bool:
        """False for rest, and for a movement this limb has no joint for."""
        return bool(self._table.components[class_index])

    @property
    def dofs(self) -> tuple[str, ...]:
        """Degrees of freedom that `drive` can move on this limb."""
        return tuple(self._table.dofs)

    # -- what is asked of them now --------------------------------------------------------------------------

    def command(
        self, class_index: int, speed: float, setpoint_deg: tuple[float, ...] | None, now_s: float = 0.0
    ) -> Wish:
        """(target_deg, rate_deg_s) for the guard.

        The joint that has furthest to go moves at speed x max_rate; the others of its posture at rates with
        which all arrive together, so a grip keeps its shape on the way. Of a posture in two stages (see
        `postures.LATER`) that is true within each. Joints that the movement does not name stay. Without a
        set-point (the guard has not spoken yet), and for rest and unmapped movements, everything holds.

        Args:
            class_index: of the decoder's classes.
            speed: 0 to 1.
            setpoint_deg: where the guard holds the joints now.
            now_s: of this turn; the second stage of a posture needs it.
        """
        if speed <= 0.0 or setpoint_deg is None or not self._table.components[class_index]:
            self.memory.stood = None  # nobody waits for a stage that nobody wants
            return setpoint_deg or self._still, self._still
        self._remember(self._table.closes[class_index])
        wanted = [(component, speed) for component in self._table.components[class_index]]
        return self._towards(wanted, setpoint_deg, now_s)

    def drive(
        self,
        velocities: Mapping[str, float],
        setpoint_deg: tuple[float, ...] | None,
        now_s: float = 0.0,
        deadband: float = DEADBAND,
    ) -> Wish:
        """The same from a velocity for each degree of freedom, all at once.

        Args:
            velocities: degree of freedom (a key of `movements.DOFS`) -> -1 to 1. What is no number, and a
                degree of freedom this limb lacks, moves nothing.
            setpoint_deg: where the guard holds the joints now.
            now_s: of this turn.
            deadband: 0 to below 1; see `models.velocities.DEADBAND`.
        """
        wanted: list[tuple[_Component, float]] = []
        if setpoint_deg is not None:
            for dof, velocity in velocities.items():
                size = min(abs(velocity), 1.0)
                # Written so that a velocity that is no number is none.
                if dof in self._table.dofs and size > deadband:
                    if dof == "hand" and velocity > 0.0:
                        self._remember(self._table.hand)
                    speed = (size - deadband) / (1.0 - deadband)
                    wanted += [(each, speed) for each in self._table.dofs[dof][velocity > 0.0]]
        if not wanted or setpoint_deg is None:
            self.memory.stood = None
            return setpoint_deg or self._still, self._still
        return self._towards(wanted, setpoint_deg, now_s)

    def _remember(self, staged: str | None) -> None:
        """How the hand is being closed decides how it opens; None: it is not being closed."""
        if staged is not None:
            self.memory.staged = staged

    def _towards(
        self, wanted: list[tuple[_Component, float]], setpoint_deg: tuple[float, ...], now_s: float
    ) -> Wish:
        target, rate = list(setpoint_deg), [0.0] * len(setpoint_deg)
        if not any(component.then for component, _ in wanted):
            self.memory.stood = None
        for component, speed in wanted:
            full = speed * self._max_rate_deg_s
            self._stage(component.first, full, setpoint_deg, target, rate)
            if component.then and self._first_is_there(component, setpoint_deg, now_s):
                self._stage(component.then, full, setpoint_deg, target, rate)
        return tuple(target), tuple(rate)

    @staticmethod
    def _stage(
        pairs: tuple[tuple[int, float], ...],
        full: float,
        setpoint_deg: tuple[float, ...],
        target: list[float],
        rate: list[float],
    ) -> None:
        """Set joints that arrive together."""
        furthest = max(abs(deg - setpoint_deg[i]) for i, deg in pairs)
        for i, deg in pairs:
            target[i] = deg
            # There already: rates of zero would tell the guard that the person rests, which they do not.
            share = abs(deg - setpoint_deg[i]) / furthest if furthest >= 1e-6 else 1.0
            rate[i] = full * share

    def _first_is_there(self, component: _Component, setpoint_deg: tuple[float, ...], now_s: float) -> bool:
        """The first stage is near enough its end, or what has farthest to go gets no farther."""
        left_deg, joint = max((abs(deg - setpoint_deg[i]), i) for i, deg in component.first)
        if left_deg <= component.wait_deg:
            return True
        memory, at_deg = self.memory, setpoint_deg[joint]
        stood = memory.stood
        if stood is None or stood[0] != joint or abs(at_deg - stood[1]) > _MOVED_DEG:
            memory.stood, memory.since_s = (joint, at_deg), now_s
            return False
        return now_s - memory.since_s >= BLOCKED_S
