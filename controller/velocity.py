"""From a regressor's velocities to what the person probably wants: rest, dead band, caps, ramp; on request a
mean over time. The counterpart of `intent` for simultaneous proportional control.

Pure state machine on decisions; knows no time but the increment, no limb and no wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ProfileError
from ..core.movements import DOFS
from ..models.velocities import DEADBAND

if TYPE_CHECKING:
    from .settings import ShapingSettings

_NOTHING_TO_DO = {
    "thresholds": "control.thresholds",
    "rejection_threshold": "control.rejection_threshold",
    "lock_s": "control.onset_lock_ms",
    "hysteresis": "control.hysteresis",
}
"""Settings that decide between classes. Ignored, they would promise what does not happen."""


class VelocityShaper:
    """What is done about the velocities of each decision, degree of freedom by degree of freedom.

    Rest, decided by the classifier, stops all of them in the same increment. Otherwise a velocity within the
    dead band is none; beyond it speed rises from nothing to the greatest that the settings allow that
    movement. It rises along the ramp, and falls at once. Turning round begins at nothing again. With
    `vote_s`, velocities are means over so long, rest excepted.

    Args:
        dofs: of the velocities.
        increment_s: time between decisions, s.
        settings: speeds and lengths.

    Raises:
        ProfileError: the settings limit a movement that is no end of these degrees of freedom.
    """

    def __init__(self, dofs: tuple[str, ...], increment_s: float, settings: ShapingSettings) -> None:
        ends = [end for dof in dofs for end in DOFS[dof]]
        speeds = dict(settings.speeds)
        for name in speeds:
            if name not in ends:
                raise ProfileError(
                    f"control.speeds: the model gives no velocity of {name!r}", f"it moves {', '.join(ends)}"
                )
        self._caps = tuple(
            (min(settings.speed, speeds.get(least, 1.0)), min(settings.speed, speeds.get(most, 1.0)))
            for least, most in (DOFS[dof] for dof in dofs)
        )
        self._step = 1.0 if settings.ramp_s <= 0 else min(1.0, increment_s / settings.ramp_s)
        self._still = (0.0,) * len(dofs)
        self._kept = max(1, round(settings.vote_s / increment_s))
        self._past: list[tuple[float, ...]] = []
        self._now = self._still

    def reset(self) -> None:
        """Forget the past: no ramp wakes up loaded."""
        self._now = self._still
        self._past = []

    def update(self, velocities: tuple[float, ...], rests: bool) -> tuple[float, ...]:
        """Share of full speed of each degree of freedom, -1 to 1.

        Args:
            velocities: of the regressor.
            rests: the classifier decided rest.
        """
        if rests or len(velocities) != len(self._still):
            self.reset()
            return self._still
        if self._kept > 1:
            self._past = [*self._past[1 - self._kept :], velocities]
            velocities = tuple(sum(column) / len(self._past) for column in zip(*self._past, strict=True))
        self._now = tuple(map(self._one, velocities, self._now, self._caps))
        return self._now

    def _one(self, velocity: float, now: float, caps: tuple[float, float]) -> float:
        size = min(abs(velocity), 1.0)
        # Written so that a velocity that is no number is none.
        if not size > DEADBAND:
            return 0.0
        forward = velocity > 0.0
        wanted = caps[forward] * (size - DEADBAND) / (1.0 - DEADBAND)
        before = abs(now) if (now > 0.0) == forward else 0.0
        made = min(wanted, before + self._step)
        return made if forward else -made


def check_settings(shaping: ShapingSettings, adapt: bool) -> None:
    """Do nothing where the settings can be kept with a model that gives velocities.

    Args:
        shaping: of the loop.
        adapt: likewise.

    Raises:
        ProfileError: one of them could not.
    """
    names = [key for field, key in _NOTHING_TO_DO.items() if getattr(shaping, field) not in (None, (), 0.0)]
    if adapt:
        names.append("control.adapt")
    if names:
        raise ProfileError(
            f"{', '.join(names)}: of no use with a model that gives velocities, which are not chosen among",
            "take it out, or calibrate with --decoder default",
        )
