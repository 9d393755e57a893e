"""Which grip closing the hand means, and how the wearer changes that.

Pure state machine on shaped decisions and on what the guard heard of buttons and pages.
"""

from __future__ import annotations

from ..core.errors import ProfileError
from ..core.movements import CLOSE, OPEN
from ..core.state import Reason
from .intent import Shaped

NEXT = -1
"""As in a guard's report: the one after the one that is chosen."""
_COUNTS = 0x10000
"""Requests are counted modulo this in a report."""


class Grips:
    """The grip that is chosen. A change moves nothing: after it, nothing moves until the person has rested.

    It changes by

    - two short openings (`double_s` from the start of one to the start of the other, each at most half of
      that long, rest decided between and after them): the next one. Openings do open the hand;
    - a button or a page (`hear`): the next one, or one by name.

    A class that bears a grip's own name is made as decoded, whatever is chosen.

    Args:
        names: in the order "next" goes through; the first is chosen at the start.
        classes: the decoder's.
        rest_class: index of rest.
        increment_s: time between decisions.
        double_s: see above; 0: two openings are two openings.

    Raises:
        ProfileError: there are grips, and no class that closes.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        classes: tuple[str, ...],
        rest_class: int,
        increment_s: float,
        double_s: float,
    ) -> None:
        if names and not any(CLOSE in _parts(name) for name in classes):
            raise ProfileError(
                f"grips: the model has no movement {CLOSE!r} that would close to them; it has "
                + ", ".join(classes),
                "calibrate one, or leave grips out",
            )
        self.names = names
        self.active = 0
        """Index of the grip that is chosen."""
        self.waits = False
        """It changed, and the person has not rested since."""
        self._rest = rest_class
        self._open = classes.index(OPEN) if OPEN in classes and names and double_s > 0.0 else NEXT
        self._double = round(double_s / increment_s)
        self._heard: int | None = None
        self._now = 0
        self._began = 0
        self._opening = False
        self._before = NEXT
        """Decision at which the short opening before this one began; `NEXT` for none."""

    @property
    def name(self) -> str:
        """Of the grip that is chosen; "" when there are none."""
        return self.names[self.active] if self.names else ""

    def hear(self, grip: int, asked: int) -> bool:
        """What people have asked for; True when that changed the grip.

        Args:
            grip: what was asked for last: its index, or `NEXT`.
            asked: how often something was asked for, modulo 65536.
        """
        before, self._heard = self._heard, asked
        if before == asked or not self.names:
            return False
        if before is None:
            # A loop that starts again takes up what was named; how often "next" was meant it cannot know.
            return self._choose(grip) if asked and grip != NEXT else False
        times = (asked - before) % _COUNTS
        return self._choose(self.active + times if grip == NEXT else grip)

    def _choose(self, grip: int) -> bool:
        grip %= len(self.names)
        changed = grip != self.active
        self.active, self.waits = grip, self.waits or changed
        return changed

    def shape(self, shaped: Shaped) -> tuple[Shaped, bool]:
        """Take one decision in; what is to be done about it, and whether it changed the grip."""
        rests = shaped.class_index == self._rest and shaped.reason is Reason.NONE
        changed = self._open >= 0 and self._count(shaped, rests)
        if rests:
            self.waits = False
        return self.held(shaped), changed

    def held(self, shaped: Shaped) -> Shaped:
        """The decision, or nothing while the person has not rested since the last change."""
        if self.waits and shaped.speed > 0.0:
            return Shaped(shaped.class_index, 0.0, Reason.REST_FIRST)
        return shaped

    def _count(self, shaped: Shaped, rests: bool) -> bool:
        """Follow openings; True when the second of two short ones has ended in another grip."""
        self._now += 1
        if shaped.class_index == self._open:
            if not self._opening:
                self._opening, self._began = True, self._now
            return False
        if not rests:
            if shaped.reason is not Reason.LOW_CONFIDENCE:
                # Another movement, or nothing to be known: what came before belongs to no gesture.
                self._opening, self._before = False, NEXT
            return False  # unsure for a moment: neither the end of an opening nor the beginning of one
        if not self._opening:
            return False
        self._opening = False
        if self._now - self._began > self._double // 2:
            self._before = NEXT
        elif self._before != NEXT and self._began - self._before <= self._double:
            self._before = NEXT
            return self._choose(self.active + 1)
        else:
            self._before = self._began
        return False


def _parts(name: str) -> list[str]:
    return [part.strip() for part in name.split("+")]
