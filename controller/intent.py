"""From a decision to what the person probably wants: rejection, velocity ramp, proportional speed; on request
a majority vote, an onset lock and hysteresis.

Pure state machine on decisions; knows no time but the increment, no limb and no wire.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import ProfileError
from ..core.movements import REST
from ..core.state import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .settings import ShapingSettings

_FALL = 2.0
"""Counters of the movements that were not decided fall this much faster than the decided one's rises, so a
short misclassification neither jerks the limb nor costs the running movement its speed (Simon et al. 2011,
PMC4269322, describe the counters; this factor is ours)."""

_SUREST = 0.95
"""The wearer's sensitivity asks for no more: a movement must stay possible. Ours."""


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
    """What is done about each decision.

    A movement starts when it is decided at or above its threshold, and its speed rises along the ramp while
    that lasts. Rest, decided, stops in the same increment whatever else is switched on. The three options:

    - **Vote** (Englehart and Hudgins 2003, doi 10.1109/TBME.2003.813539): of the decisions of the last
      `vote_s`, the movement that was accepted most often is acted on. Rejected ones count as rest.
    - **Lock** (onset locking, PMC5623687): another movement does not take over until rest was decided or the
      running one has not been decided for `lock_s`. Meanwhile the running one slows down along its ramp
      instead of running on, so that an intended change does not overshoot.
    - **Hysteresis**: the movement acted on in the last increment may be `hysteresis` less probable than its
      threshold and goes on (a Schmitt trigger), so that it does not stutter at the threshold.

    Args:
        classes: the decoder's classes in order; one of them is "rest".
        increment_s: time between decisions, s.
        settings: thresholds, speeds and lengths.
        thresholds: the model's, one per class; settings win over them.

    Raises:
        ProfileError: settings name a movement that the decoder does not know.
    """

    def __init__(
        self,
        classes: tuple[str, ...],
        increment_s: float,
        settings: ShapingSettings,
        thresholds: Sequence[float],
    ) -> None:
        self.rest_index = classes.index(REST)
        self.thresholds = thresholds_in_use(classes, settings, thresholds)
        self._keep = tuple(threshold - settings.hysteresis for threshold in self.thresholds)
        caps = _named("speeds", settings.speeds, classes)
        self._top = tuple(min(settings.speed, caps.get(k, 1.0)) for k in range(len(classes)))
        self._least = settings.min_speed
        self._step = 1.0 if settings.ramp_s <= 0 else min(1.0, increment_s / settings.ramp_s)
        self._lock = round(settings.lock_s / increment_s)
        self._votes: deque[int] = deque(maxlen=max(1, round(settings.vote_s / increment_s)))
        # Plain numbers: for a handful of classes the calls of numpy cost more than all this.
        self._ramp = [0.0] * len(classes)
        self._started = self._locked = self.rest_index
        self._absent = 0
        self._full = 0.0

    def reset(self) -> None:
        """Forget the past: no ramp wakes up loaded."""
        self._ramp = [0.0] * len(self._ramp)
        self._votes.clear()
        self._started = self._locked = self.rest_index
        self._absent = 0
        self._full = 0.0

    def hold(self, reason: Reason) -> Shaped:
        """Nothing can be decided now; the ramps start again."""
        self.reset()
        return Shaped(self.rest_index, 0.0, reason)

    def update(self, class_index: int, posterior: float, effort: float) -> Shaped:
        """Shape one decision.

        Args:
            class_index: the decoder's argmax.
            posterior: its calibrated probability.
            effort: of that class, 0 (as at rest) to 1 (as strong as when it was trained).
        """
        rest = self.rest_index
        least = self._keep if class_index == self._started else self.thresholds
        accepted = class_index == rest or posterior >= least[class_index]
        asked = class_index if accepted else rest
        if self._votes.maxlen != 1:
            asked = self._elect(asked)
        held = self._lock and self._holds_back(asked, class_index)
        fall = _FALL * self._step
        if held:
            self._ramp = [max(0.0, counter - fall) for counter in self._ramp]
            acted_on = self._locked
        else:
            acted_on, risen = asked, self._ramp[asked] + self._step
            self._ramp = [max(0.0, counter - fall) for counter in self._ramp]
            self._ramp[acted_on] = min(1.0, risen)
            # Written so that an effort that is no number is none.
            share = min(effort, 1.0) if effort > 0.0 else 0.0
            self._full = self._top[acted_on] * (self._least + (1.0 - self._least) * share)
        self._started = acted_on
        if acted_on == rest:
            return Shaped(rest, 0.0, Reason.NONE if accepted else Reason.LOW_CONFIDENCE)
        speed = self._full * self._ramp[acted_on]
        if held and speed <= 0.0:
            self._started = rest
            return Shaped(rest, 0.0, Reason.LOW_CONFIDENCE)
        return Shaped(acted_on, speed, Reason.NONE)

    def _elect(self, asked: int) -> int:
        """The class asked for most often lately; of several, the one of now. Rest needs no majority."""
        votes = self._votes
        votes.append(asked)
        if asked == self.rest_index:
            return asked
        winner = max(votes, key=votes.count)
        return asked if votes.count(asked) == votes.count(winner) else winner

    def _holds_back(self, asked: int, decided: int) -> bool:
        """Whether a running movement keeps `asked` from taking over."""
        rest = self.rest_index
        if decided == rest or self._locked == rest or asked == self._locked:
            # A movement that was rejected is no rest: it does not open the lock.
            self._locked, self._absent = (rest if decided == rest else asked), 0
            return False
        self._absent += 1
        if self._absent >= self._lock:
            self._locked, self._absent = asked, 0
            return False
        return asked != rest


def thresholds_in_use(
    classes: tuple[str, ...], settings: ShapingSettings, learnt: Sequence[float]
) -> tuple[float, ...]:
    """Per class the least posterior that starts it; 0 for rest.

    Args:
        classes: the decoder's, in order.
        settings: one for all movements and single ones win, in this order, over `learnt`.
        learnt: the model's, one per class.

    Raises:
        ProfileError: settings name a movement that the decoder does not know.
    """
    single = _named("thresholds", settings.thresholds, classes)
    for_all, more = settings.rejection_threshold, settings.more_sure
    wanted = [single.get(k, learnt[k] if for_all is None else for_all) for k in range(len(classes))]
    if more:
        wanted = [min(max(one + more, 0.0), max(one, _SUREST)) for one in wanted]
    return tuple(0.0 if name == REST else wanted[k] for k, name in enumerate(classes))


def _named(table: str, values: tuple[tuple[str, float], ...], classes: tuple[str, ...]) -> dict[int, float]:
    """By class index instead of by name."""
    for name, _ in values:
        if name not in classes:
            raise ProfileError(
                f"control.{table}: the model has no movement {name!r}; it has {', '.join(classes)}"
            )
    return {classes.index(name): value for name, value in values}
