"""What changed in a limb, in words: state, reason, movement, link. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.link import SENTENCE as LINKS
from ..core.link import LinkState
from ..core.state import SENTENCE, Reason, State


@dataclass(frozen=True, slots=True)
class Change:
    """One change: when (monotonic seconds), and `state=ACTIVE` or `reason=CONTACT An electrode ...`."""

    t_s: float
    text: str


class LimbWords:
    """Records in, changes out; the first records tell how things are.

    The guard owns state and reason; where it has no reason, the loop's is told, as on the page. Without a
    guard (an acquisition alone) the loop's records tell both.
    """

    def __init__(self) -> None:
        self._told: dict[str, int] = {}
        self._guard: tuple[int, int] | None = None
        self._loop_reason = int(Reason.NONE)

    def changes(
        self, loop: NDArray[np.void], guard: NDArray[np.void], movements: Sequence[str]
    ) -> list[Change]:
        """What these records, oldest first, say anew.

        Args:
            loop: records of `telemetry.ring`.
            guard: records of `guard.ring`.
            movements: name of each number in `movement`.
        """
        turns = [(float(row["t_turn_s"]), row, False) for row in _turning(loop, _LOOP)]
        turns += [(float(row["t_s"]), row, True) for row in _turning(guard, _GUARD)]
        found: list[Change] = []
        for t_s, row, of_guard in sorted(turns, key=lambda turn: turn[0]):
            values = self._of_guard(row) if of_guard else self._of_loop(row)
            for what, number in values.items():
                if self._told.get(what) != number:
                    self._told[what] = number
                    text = _words(what, number, movements)
                    if text:
                        found.append(Change(t_s, f"{what}={text}"))
        return found

    def _of_guard(self, row: np.void) -> dict[str, int]:
        self._guard = int(row["state"]), int(row["reason"])
        return {"state": self._guard[0], "reason": self._guard[1] or self._loop_reason}

    def _of_loop(self, row: np.void) -> dict[str, int]:
        self._loop_reason = int(row["reason"])
        state, reason = self._guard or (int(row["state"]), self._loop_reason)
        return {
            "state": state,
            "reason": reason or self._loop_reason,
            "movement": int(row["movement"]),
            "link": int(row["link"]),
        }


_LOOP = ("state", "reason", "movement", "link")
_GUARD = ("state", "reason")


def _turning(records: NDArray[np.void], fields: tuple[str, ...]) -> NDArray[np.void]:
    """The first record, and each that differs from the one before it."""
    if len(records) < 2:
        return records
    differs = np.ones(len(records), bool)
    differs[1:] = False
    for name in fields:
        differs[1:] |= records[name][1:] != records[name][:-1]
    return records[differs]


def _words(what: str, number: int, movements: Sequence[str]) -> str:
    """Empty where there is nothing to say: no decoder, no movement."""
    if what == "movement":
        return movements[number] if 0 <= number < len(movements) else ""
    try:
        if what == "state":
            return State(number).name
        if what == "reason":
            return f"{Reason(number).name} {SENTENCE[Reason(number)]}" if number else "NONE"
        return f"{LinkState(number).name} {LINKS[LinkState(number)]}"
    except ValueError:
        return f"{number}"  # a newer loop's
