"""A leg's load sensor in the fault scripts: a virtual gait board, its bytes, the real phase machine.

It also knows the truth: what the leg really bears.
"""

from __future__ import annotations

import math

from ..core.state import Reason
from ..firmware_bridge.gait import GaitWire
from ..firmware_bridge.phase import LegPhase
from ..firmware_bridge.settings import GaitSettings
from ..sim.gait_board import GaitBoardFirmware

WEIGHT_KG = 80.0
GAIT = GaitSettings("memory", body_weight_kg=WEIGHT_KG)
KERNEL_BYTES = 4096
"""What a serial port keeps for a guard that does not read."""


class Gait:
    """`leg.LegGate`; see the module. `step` lets the leg live, whether anybody listens or not."""

    def __init__(self, seed: int) -> None:
        self.board = GaitBoardFirmware(WEIGHT_KG, seed)
        self.board.obey("fault restart")  # its clock begins at 0: a restart is then always a step back
        self._t_loaded_s = math.inf
        self._t_free_s = math.inf
        self.forget()

    def forget(self) -> None:
        """A new guard."""
        self._phase = LegPhase(GAIT)
        self._wire = GaitWire(self._phase)
        self._bytes = b""

    def do(self, *lines: str) -> None:
        """As `GaitBoardFirmware.obey`."""
        for line in lines:
            self.board.obey(line)

    def step(self, now_s: float) -> None:
        """What happens on the leg until now."""
        self.board.advance(now_s)
        self._bytes = (self._bytes + self.board.receive(b"", now_s))[:KERNEL_BYTES]
        loaded = self.board.leg.share >= GAIT.unloaded_share
        if loaded:
            self._t_free_s = math.inf
            self._t_loaded_s = min(self._t_loaded_s, now_s)
        else:
            self._t_loaded_s = math.inf
            self._t_free_s = min(self._t_free_s, now_s)

    def truly_loaded_s(self, now_s: float) -> float:
        """For how long there has been weight on the leg, whatever the board says; 0: there is none."""
        return max(0.0, now_s - self._t_loaded_s) if self._t_loaded_s < math.inf else 0.0

    def truly_free_s(self, now_s: float) -> float:
        """For how long there has been none; 0: there is."""
        return max(0.0, now_s - self._t_free_s) if self._t_free_s < math.inf else 0.0

    # -- leg.LegGate ----------------------------------------------------------------------------------------

    @property
    def seated(self) -> bool:
        """See `LegGate`, as all below."""
        return self._phase.seated

    def files(self) -> list[int]:  # noqa: D102
        return []

    def listen(self, now_s: float) -> None:  # noqa: D102
        said, self._bytes = self._bytes, b""
        self._wire.take(said, now_s)
        self._phase.look(now_s)

    def closed(self, now_s: float) -> Reason:  # noqa: D102
        return self._phase.closed(now_s)

    def unloaded_s(self, now_s: float) -> float:  # noqa: D102
        return self._phase.unloaded_s(now_s)

    def sit(self, now_s: float) -> None:  # noqa: D102
        self._phase.sit(now_s)

    def stand(self) -> None:  # noqa: D102
        self._phase.stand()
