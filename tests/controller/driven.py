"""A model whose velocities are the levels of two channels, and a loop of hand and wrist that it drives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from innervate.controller.decider import Decider
from innervate.controller.loop import Loop
from innervate.controller.settings import LimbPart, LoopSettings, ShapingSettings
from innervate.controller.telemetry import Telemetry
from innervate.core.clock import VirtualClock
from innervate.core.command import Command, LimbState
from innervate.core.ring import RingReader
from innervate.firmware_bridge.port import GuardReport
from innervate.models.model import Model
from innervate.models.runtime import Runtime
from innervate.models.velocities import VelocityRegressor, VelocityWeights
from numpy.typing import NDArray

from .test_loop import CHANNELS, HAND_JOINTS, SETTINGS, ListeningPort, ScriptedAmplifier, loudness_model

WRIST = 6
"""Index of the wrist's joint; the hand's come before it."""
HERE = (50.0, 50.0, 50.0, 50.0, 30.0, -40.0, 0.0)
DRIVEN = replace(
    SETTINGS,
    parts=(LimbPart("ability-hand", HAND_JOINTS), LimbPart("dynamixel", ("wrist flexion",))),
    shaping=ShapingSettings(ramp_s=0.1),
)


def regressor(features: int, dofs: tuple[str, ...] = ("hand", "wrist flexion")) -> VelocityRegressor:
    """E1 at 100: the first at full speed, in the direction of +1. E2: the second."""
    weights = VelocityWeights(np.zeros((2, features)), 0.01 * np.eye(2), np.zeros(2))
    return VelocityRegressor(dofs, -np.ones(2), np.ones(2), weights)


def velocity_model(dofs: tuple[str, ...] = ("hand", "wrist flexion")) -> Model:
    """Rest where both channels are quiet."""
    made = loudness_model()
    return replace(made, regressor=regressor(made.decoder.n_features, dofs))


class Port(ListeningPort):
    """The same of a limb with a wrist, and of grips that people ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.grip, self.grips_asked = 0, 0

    def report(self) -> GuardReport | None:
        report = super().report()
        assert report is not None
        limb = LimbState(0.0, HERE)
        return replace(report, setpoint_deg=HERE, limb=limb, grip=self.grip, grips_asked=self.grips_asked)


class Driven:
    """The loop on a virtual clock; its ends are in the test's hands."""

    def __init__(
        self, folder: Path, model: Model | None = None, settings: LoopSettings = DRIVEN, **runtime: Any
    ) -> None:
        self.clock = VirtualClock(100.0)
        self.amplifier = ScriptedAmplifier(self.clock)
        self.port = Port()
        self.telemetry = Telemetry(folder, 10, len(CHANNELS), {})
        self.ring = RingReader(folder / "telemetry.ring")
        self.decider = Decider(settings, Runtime(model or velocity_model(), **runtime))
        self.loop = Loop(self.amplifier, self.decider, self.port, self.telemetry, self.clock, 0.010)  # type: ignore[arg-type]
        self._rng = np.random.default_rng(1)

    def emg(self, e1: float, e2: float, n: int = 10) -> NDArray[np.float64]:
        return self._rng.normal(0.0, 1.0, (n, 2)) * (e1, e2)

    def turns(self, count: int, e1: float, e2: float, **queue: Any) -> Command:
        """So many increments of these levels; the last command."""
        for _ in range(count):
            self.amplifier.queue(self.emg(e1, e2), **queue)
            self.loop.turn()
        return self.port.commands[-1]

    def newest(self) -> dict[str, Any]:
        """The last record of the ring."""
        return dict(self.ring.new_records()[-1])
