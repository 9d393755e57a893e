"""What a person has learned of their limb by using it: how fast it goes, when it starts, how far it coasts.

They begin with a guess and correct it by what they see (a share of each surprise), so a limb with other
settings, or a slower controller, is learned as people learn it. No setting is ever read.
"""

from __future__ import annotations

from dataclasses import dataclass

_FULL_DEG_S = 150.0
"""First guess: how fast a joint goes at effort 1. Ours; some trials of practice replace it."""
_COAST_S = 0.25
"""First guess: for how long a limb goes on at its speed after its wearer lets go. Ours."""
_ONSET_S = 0.30
"""First guess: from tensing to the limb's first movement. Ours."""
_LEAST_DEG_S, _MOST_DEG_S = 20.0, 800.0
_MOST_COAST_S = 1.0
_SEEN_DEG_S = 8.0
"""A limb that goes this fast is seen to move."""


@dataclass(slots=True)
class _Stop:
    """A movement that was let go: where, and how far it was meant to coast."""

    movement: str
    at_deg: float
    meant_deg: float
    speed_deg_s: float
    sign: float


class Beliefs:
    """See the module.

    Args:
        learning: share of a surprise that is believed.
    """

    def __init__(self, learning: float) -> None:
        self._learning = learning
        self._full: dict[str, float] = {}
        self._coast: dict[str, float] = {}
        self._stop: _Stop | None = None
        self._t_begun_s = 0.0
        self._onset_seen = False
        self.onset_s = _ONSET_S
        """From tensing to the limb's first movement."""

    @property
    def fade_s(self) -> float:
        """After letting go, the limb may go on for so long."""
        return max(self._coast.values(), default=_COAST_S)

    def speed_deg_s(self, movement: str) -> float:
        """Of the leading joint at effort 1."""
        return self._full.get(movement, _FULL_DEG_S)

    def coast_s(self, movement: str) -> float:
        """For how long it goes on at its speed after they let go."""
        return self._coast.get(movement, _COAST_S)

    def begin(self, movement: str, t_s: float) -> None:
        """They tense."""
        self._t_begun_s, self._onset_seen, self._stop = t_s, False, None
        self._full.setdefault(movement, _FULL_DEG_S)
        self._coast.setdefault(movement, _COAST_S)

    def moved_for_s(self, t_s: float) -> float:
        """For how long it should have been moving by now."""
        return max(t_s - self._t_begun_s - self.onset_s, 0.0)

    def expected_deg_s(self, movement: str, effort: float, t_s: float) -> float:
        """How fast it should go now."""
        return self.speed_deg_s(movement) * effort if self.moved_for_s(t_s) else 0.0

    def see(self, movement: str, speed_deg_s: float, effort: float, t_s: float, delay_s: float) -> None:
        """The limb as it was `delay_s` ago, while they tense."""
        since_s = t_s - delay_s - self._t_begun_s
        if since_s <= 0.0 or speed_deg_s < _SEEN_DEG_S:
            return
        if not self._onset_seen:
            self._onset_seen = True
            self.onset_s += self._learning * (since_s - self.onset_s)
        if effort > 0.0:
            # Small: it is corrected at each step of a movement, some dozens of times.
            gain = 0.1 * self._learning
            full = self._full[movement]
            full += gain * (speed_deg_s / effort - full)
            self._full[movement] = min(max(full, _LEAST_DEG_S), _MOST_DEG_S)

    def stop(self, movement: str, seen_deg: float, left_deg: float, speed_deg_s: float, sign: float) -> None:
        """They let go.

        Args:
            movement: that was under way.
            seen_deg: where its leading joint was seen.
            left_deg: how far from there it should go on.
            speed_deg_s: how fast it was believed to go.
            sign: of its way.
        """
        self._stop = _Stop(movement, seen_deg, left_deg, speed_deg_s, sign)

    def stopped(self, movement: str, at_deg: float) -> None:
        """It stands: it coasted farther than they thought, or less far."""
        stop, self._stop = self._stop, None
        if stop is None or stop.movement != movement or stop.speed_deg_s < _SEEN_DEG_S:
            return
        surprise_s = ((at_deg - stop.at_deg) * stop.sign - stop.meant_deg) / stop.speed_deg_s
        coast = self._coast[movement] + self._learning * surprise_s
        self._coast[movement] = min(max(coast, 0.0), _MOST_COAST_S)
