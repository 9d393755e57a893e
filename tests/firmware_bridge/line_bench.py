"""A guard's line to one limb, without a guard: for times and bounds to the last bit."""

from __future__ import annotations

from dataclasses import replace

from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbNotFound
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.line import LimbLine

from .guard_bench import Body
from .made import ABILITY_HAND

HOT_C = 60.0
MODEL = replace(ABILITY_HAND, hot_c=HOT_C)
LAPSE_S = MODEL.lapse_s
THERE = Setpoint((0.0,) * 6, (0.0,) * 6)


class Says(Body):
    """A body that says what the test puts there, and counts its frames."""

    def __init__(self) -> None:
        super().__init__(6, 0.0)
        self.word: LimbState | None = None
        self.flushed = self.closed = 0

    def poll(self, now_s: float) -> LimbState | None:
        super().poll(now_s)
        word, self.word = self.word, None
        return word

    def flush(self) -> None:
        self.flushed += 1

    def close(self) -> None:
        self.closed += 1

    def fileno(self) -> int:
        return 7


def state(t_s: float = 0.0, deg: float = 0.0, **more: object) -> LimbState:
    return replace(LimbState(t_s, (deg,) * 6), **more)  # type: ignore[arg-type]


class LineBench:
    """A line, its limb, and how often somebody looked whether it is back."""

    def __init__(self) -> None:
        self.limb = Says()
        self.looked: list[float] = []
        self.now_s = 0.0
        self.back = False
        self.line = LimbLine(MODEL, self.limb, state(), self._reopen)

    def _reopen(self) -> Limb:
        self.looked.append(self.now_s)
        if not self.back:
            raise LimbNotFound("no such port")
        self.limb = Says()
        return self.limb

    def hear(self, t_s: float, said: LimbState | None = None) -> None:
        self.limb.word = said or state(t_s)
        self.line.listen(t_s)

    def speak(self, t_s: float) -> bool:
        self.now_s = t_s
        return self.line.speak(t_s, THERE)

    def seat(self, t_s: float = 0.0) -> None:
        """Ask, hear twice that it is there, and take it."""
        self.speak(t_s - 0.002)
        self.hear(t_s - 0.001)
        self.hear(t_s)
        assert self.line.measured() == (0.0,) * 6
        self.line.seated()
