"""Somebody walks on the leg: a virtual gait board, its bytes, and the guard's own phase machine behind them.

It also knows the truth: whether the leg bears weight, whatever the board says.
"""

from __future__ import annotations

import math

from ...core.state import Reason
from ...firmware_bridge.gait import GaitWire
from ...firmware_bridge.phase import LegPhase
from ...firmware_bridge.settings import GaitSettings
from ...sim.gait_board import GaitBoardFirmware

WEIGHT_KG = 80.0
CADENCE = 100
"""Steps a minute: an ordinary walk."""


class Walking:
    """`loop.Gate`; see the module.

    Args:
        seed: of the sensors' noise.
        obeyed: False: the gate is open whatever the leg does; to see what it prevents.
    """

    def __init__(self, seed: int, *, obeyed: bool = True) -> None:
        settings = GaitSettings("memory", body_weight_kg=WEIGHT_KG)
        self._phase = LegPhase(settings)
        self._wire = GaitWire(self._phase)
        self._board = GaitBoardFirmware(WEIGHT_KG, seed)
        self._board.obey(f"walk {CADENCE}")
        self._heavy = settings.unloaded_share
        self._t_loaded_s = math.inf
        self._obeyed = obeyed

    def listen(self, now_s: float) -> None:
        """See `Gate`."""
        self._board.advance(now_s)
        self._wire.take(self._board.receive(b"", now_s), now_s)
        self._phase.look(now_s)
        loaded = self._board.leg.share >= self._heavy
        self._t_loaded_s = min(self._t_loaded_s, now_s) if loaded else math.inf

    def closed(self, now_s: float) -> Reason:
        """See `Gate`."""
        return self._phase.closed(now_s) if self._obeyed else Reason.NONE

    def truly_loaded_s(self, now_s: float) -> float:
        """See `Gate`; a leg that has just landed has borne weight for a little."""
        return now_s - self._t_loaded_s + 1e-6 if self._t_loaded_s < math.inf else 0.0
