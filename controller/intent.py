"""From a decision to what the person probably wants: rejection, velocity ramp, proportional speed.

Pure state machine on decisions; knows no time but the increment, no limb and no wire.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.movements import REST
from ..core.state import Reason
from .settings import ShapingSettings

_FALL = 2.0
"""Counters of the movements that were not decided fall this much faster than the decided one's rises, so a
short misclassification neither jerks the limb nor costs the running movement its speed (Simon et al. 2011,
PMC4269322, describe the counters; this factor is ours)."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """One decision after shaping.

    Attributes:
        class_index: the class acted on; that of rest when nothing is.
        speed: 0 to 1.
        reason: why the speed is zero although a movement was decided.
    """

    class_index: int
    speed: float
    reason: Reason


class IntentShaper:
    """Rejection, decision-based velocity ramp, and speed in proportion to effort.

    Args:
        classes: the decoder's classes in order; one of them is "rest".
        increment_s: time between decisions, s.
        settings: thresholds and lengths.
    """

    def __init__(self, classes: tuple[str, ...], increment_s: float, settings: ShapingSettings) -> None:
        self._settings = settings
        self.rest_index = classes.index(REST)
        self._step = 1.0 if settings.ramp_s <= 0 else min(1.0, increment_s / settings.ramp_s)
        # Plain numbers: for a handful of classes the calls of numpy cost more than all this.
        self._ramp = [0.0] * len(classes)

    def reset(self) -> None:
        """Forget the past: no ramp wakes up loaded."""
        self._ramp = [0.0] * len(self._ramp)

    def hold(self, reason: Reason) -> Shaped:
        """Nothing can be decided now; the ramps start again."""
        self.reset()
        return Shaped(self.rest_index, 0.0, reason)

    def update(self, class_index: int, posterior: float, effort: float) -> Shaped:
        """Shape one decision.

        Args:
            class_index: the decoder's argmax.
            posterior: its calibrated probability.
            effort: 0 (as at rest) to 1 (as strong as when that class was trained).
        """
        settings = self._settings
        accepted = class_index == self.rest_index or posterior >= settings.rejection_threshold
        acted_on = class_index if accepted else self.rest_index
        fall, risen = _FALL * self._step, self._ramp[acted_on] + self._step
        self._ramp = [max(0.0, counter - fall) for counter in self._ramp]
        self._ramp[acted_on] = min(1.0, risen)
        if acted_on == self.rest_index:
            return Shaped(acted_on, 0.0, Reason.NONE if accepted else Reason.LOW_CONFIDENCE)
        proportional = settings.min_speed + (1.0 - settings.min_speed) * min(max(effort, 0.0), 1.0)
        return Shaped(acted_on, settings.speed * proportional * self._ramp[acted_on], Reason.NONE)
