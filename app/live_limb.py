"""A running limb as a test of control sees it: what its rings say, in the words of tasks. Reads only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..calibration.tasks.dofs import Space
from ..controller.postures import POSTURES
from ..controller.settings import LimbPart
from ..core.movements import REST
from ..core.ring import GUARD_RING, TELEMETRY_RING
from ..core.state import State
from .closed.limbs import moves_of, space_of
from .page.tail import RingTail

_BACKLOG = 50
"""Half a second of records: a test that looks away longer than that has missed it."""
_OLD_S = 0.5
_FOLLOWS = (State.ARMED, State.ACTIVE)
"""States in which a limb does what its wearer's muscles say."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame to the limb.

    Attributes:
        t_s: monotonic.
        position_deg: measured; the set-point where the limb does not say.
        movement: class that was acted on last.
        speed: 0 to 1.
        running: the limb is armed or moves: it follows muscles.
    """

    t_s: float
    position_deg: tuple[float, ...]
    movement: str
    speed: float
    running: bool


class LiveLimb:
    """Follows the rings of one limb.

    Args:
        runtime_dir: of the limb.
    """

    def __init__(self, runtime_dir: Path) -> None:
        self._loop = RingTail(runtime_dir / TELEMETRY_RING, _BACKLOG)
        self._guard = RingTail(runtime_dir / GUARD_RING, _BACKLOG)
        self._movement, self._speed = REST, 0.0
        self._t_decided_s = -1e9

    @property
    def classes(self) -> tuple[str, ...]:
        """The decoder's."""
        found = self._loop.meta.get("classes")
        return tuple(map(str, found)) if isinstance(found, list) else ()

    @property
    def parts(self) -> tuple[LimbPart, ...]:
        """Devices and their joints."""
        joints = self._guard.meta.get("joints")
        names = [name for name in str(self._guard.meta.get("device", "")).split("+") if name]
        return parts_of(names, tuple(map(str, joints)) if isinstance(joints, list) else ())

    @property
    def space(self) -> Space:
        """The degrees of freedom that this decoder can drive both ways on this limb."""
        return space_of(self.parts, self.classes)

    @property
    def moves(self) -> dict[str, dict[str, float]]:
        """Movement -> joint -> where it leads."""
        return moves_of(self.parts, self.classes)

    @property
    def simulated(self) -> bool:
        """No person is at the other end."""
        return bool(self._loop.meta.get("simulated", False))

    @property
    def there(self) -> bool:
        """Loop and guard have begun."""
        return bool(self._loop.generation and self._guard.generation)

    def look(self, now_s: float) -> list[Seen]:
        """Every frame since the last look, oldest first."""
        decided = self._loop.poll(now_s)
        held = self._guard.poll(now_s)
        if len(decided):
            record = decided[-1]
            self._t_decided_s = float(record["t_turn_s"])
            wished = self._loop.meta.get("movements") or self._loop.meta.get("classes")
            index = int(record["movement"])
            known = isinstance(wished, list) and 0 <= index < len(wished)
            self._movement = str(wished[index]) if known and isinstance(wished, list) else REST
            self._speed = float(record["speed"])
        alive = now_s - self._t_decided_s <= _OLD_S
        return [self._seen(record, alive) for record in held]

    def _seen(self, record: Any, alive: bool) -> Seen:
        measured, asked = (record[name].reshape(-1).tolist() for name in ("position_deg", "setpoint_deg"))
        position = tuple(m if math.isfinite(m) else a for m, a in zip(measured, asked, strict=True))
        running = alive and int(record["state"]) in _FOLLOWS and not bool(record["frozen"])
        movement, speed = (self._movement, self._speed) if running else (REST, 0.0)
        return Seen(float(record["t_s"]), position, movement, speed, running)

    def close(self) -> None:
        """Let go of the rings."""
        self._loop.close()
        self._guard.close()


def parts_of(devices: list[str], joints: tuple[str, ...]) -> tuple[LimbPart, ...]:
    """Which device has which joints: a hand has as many as its postures, servos have the rest between them.

    Which of several servos' devices has a joint does not matter here: each joint has its movements by name.
    """
    made: list[LimbPart] = []
    rest = len(joints) - sum(_seats(device) for device in devices)
    at = 0
    for device in devices:
        seats = _seats(device)
        if not seats:
            seats, rest = rest, 0
        made.append(LimbPart(device, joints[at : at + seats]))
        at += seats
    return tuple(part for part in made if part.joints)


def _seats(device: str) -> int:
    return len(next(iter(POSTURES[device].values()))) if device in POSTURES else 0
