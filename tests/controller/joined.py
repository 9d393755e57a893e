"""The real loop and the real guard, without a wire, on one clock; muscles in the test's hands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from innervate.controller.decider import Decider
from innervate.controller.loop import Loop
from innervate.controller.settings import LoopSettings
from innervate.controller.telemetry import Telemetry
from innervate.core.command import Command
from innervate.core.state import Reason, State
from innervate.firmware_bridge.messages import GuardReport, pack_command, unpack_report
from innervate.firmware_bridge.requests import Verb
from innervate.models.model import Model
from innervate.models.runtime import Runtime
from numpy.typing import NDArray

from ..firmware_bridge.guard_bench import Bench as GuardBench
from .test_loop import ScriptedAmplifier, loudness_model

RATE_HZ, STEP = 1000.0, 10
REST_UV, STRONGEST_UV = 3.0, 60.0


def model() -> Model:
    """E1 loud: open. E2 loud: power. It knows how strong both can be."""
    made = loudness_model()
    levels = {"rest_rms": (REST_UV,) * 2, "active_rms": (STRONGEST_UV,) * 2}
    return replace(made, settings=replace(made.settings, **levels))


def emg(rng: np.random.Generator, seconds: float, e1: float, e2: float) -> NDArray[np.float32]:
    """Two channels at these levels above rest, microvolts."""
    n = round(seconds * RATE_HZ)
    return (rng.normal(0.0, 1.0, (n, 2)) * (e1 + REST_UV, e2 + REST_UV)).astype(np.float32)


class Joined:
    """See the module. The hand stands half closed and is armed by `arm`."""

    def __init__(self, folder: Path, settings: LoopSettings) -> None:
        self.bench = GuardBench(at_deg=40.0)
        clock = self.bench.clock
        self.amplifier = ScriptedAmplifier(clock)
        self._telemetry = Telemetry(folder, STEP, 2, {})
        self.runtime = Runtime(model())
        self.decider = Decider(settings, self.runtime)
        self.loop = Loop(self.amplifier, self.decider, self, self._telemetry, clock, 0.010)  # type: ignore[arg-type]
        self.rng = np.random.default_rng(5)
        self.bench.wires.connected = True
        self.bench.wires.visits += 1
        self.bench.guard.turn()

    def send(self, command: Command) -> None:
        """The loop's port."""
        self.bench.wires.inbox.append(pack_command(command))

    def report(self) -> GuardReport | None:
        """The loop's port."""
        reports = self.bench.wires.reports
        return unpack_report(reports[-1]) if reports else None

    def lives(self, seconds: float, e1: float = 0.0, e2: float = 0.0) -> list[tuple[float, ...]]:
        """The set-point after each 10 ms in which the muscles are so tense."""
        found = []
        for _ in range(round(seconds / 0.010)):
            self.amplifier.queue(emg(self.rng, 0.010, e1, e2).astype(np.float64))
            self.loop.turn()
            self.bench.guard.turn()
            found.append(self.bench.setpoint)
        return found

    def arm(self) -> None:
        """At rest."""
        self.lives(0.5)
        assert "error" not in self.bench.ask(Verb.ARM)
        self.lives(0.2)

    @property
    def where(self) -> tuple[State, Reason]:
        """State and reason of the guard."""
        return self.bench.where

    def close(self) -> None:
        """Let the ring go."""
        self._telemetry.close()
