"""What wearers set for themselves, within what their prosthetist set: how sensitive, and how fast."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..controller.settings import LoopSettings
from ..core.errors import ProfileError
from ..core.settings import read_settings, write_settings

LEAST_SENSITIVE, MOST_SENSITIVE = -2, 2
SURER_A_STEP = 0.07
"""Of a movement's threshold, per step less sensitive. Ours: two steps are about what the learnt thresholds of
one person's movements differ by."""
SLOWEST, FASTEST = 1, 5
_SHARE = (0.4, 0.55, 0.7, 0.85, 1.0)
"""Of the prosthetist's speed; never above it. Ours."""


@dataclass(frozen=True, slots=True)
class Choices:
    """See the module.

    Attributes:
        sensitivity: -2 (must be surest) to 2 (acts soonest); 0 as fitted.
        speed: 1 (slowest) to 5, as fitted.

    Raises:
        ValueError: names the value and what is allowed.
    """

    sensitivity: int = 0
    speed: int = FASTEST

    def __post_init__(self) -> None:
        if not LEAST_SENSITIVE <= self.sensitivity <= MOST_SENSITIVE:
            raise ValueError(
                f"sensitivity {self.sensitivity}: allowed is {LEAST_SENSITIVE} to {MOST_SENSITIVE}"
            )
        if not SLOWEST <= self.speed <= FASTEST:
            raise ValueError(f"speed {self.speed}: allowed is {SLOWEST} to {FASTEST}")

    def applied(self, settings: LoopSettings) -> LoopSettings:
        """The loop's settings with them.

        Args:
            settings: as the profile has them.
        """
        shaping = replace(
            settings.shaping,
            more_sure=-SURER_A_STEP * self.sensitivity,
            speed=settings.shaping.speed * _SHARE[self.speed - SLOWEST],
        )
        return replace(settings, shaping=shaping)


def read_choices(path: Path | None) -> Choices:
    """What was chosen last; as fitted where nothing was, or nothing that makes sense: a limb starts all the
    same."""
    if path is None or not path.exists():
        return Choices()
    try:
        return read_settings(path, Choices)
    except ProfileError:
        return Choices()


def write_choices(path: Path, choices: Choices) -> None:
    """Keep them."""
    write_settings(path, choices)
