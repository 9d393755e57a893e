"""A simulated patient closes the hand and bends the wrist at once, and the limb does both; rest is still.

Calibrated on single movements only, as a person would be in a minute and a half.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.benchmarks.velocities import two_dof_body
from innervate.calibration.train import train
from innervate.controller.decider import Decider
from innervate.controller.loop import Loop
from innervate.controller.telemetry import Telemetry
from innervate.core.chunk import Chunk
from innervate.core.clock import VirtualClock
from innervate.core.command import Command
from innervate.core.link import LinkState
from innervate.drivers.source import SourceInfo
from innervate.firmware_bridge.port import GuardReport
from innervate.models.design import design_pipeline
from innervate.models.model import Model
from innervate.models.runtime import Runtime
from innervate.sim.patient import Patient
from innervate.sim.schedule import Cue, Timeline, calibration_schedule
from innervate.sim.simulate import simulate_recording

from .driven import DRIVEN, HERE, WRIST, Port

RATE_HZ, STEP, SEED = 1000.0, 10, 3
BODY = two_dof_body()
SINGLE = tuple(name for name in BODY.movements if "+" not in name)


@pytest.fixture(scope="module")
def model() -> Model:
    cues = calibration_schedule(SINGLE, 3, hold_s=2.0, rest_s=1.2)
    recording = simulate_recording(Patient(BODY, RATE_HZ, SEED), cues, SEED)
    settings = design_pipeline(RATE_HZ, recording.channels, 10.0, unit=recording.unit)
    return train([recording], settings, velocities=True)


class Muscles:
    """The patient under an amplifier, a chunk a turn."""

    link = LinkState.STREAMING

    def __init__(self, clock: VirtualClock, cues: list[Cue]) -> None:
        self._clock, self._index = clock, 0
        self._timeline = Timeline(BODY, cues, tuple(BODY.movements), RATE_HZ, SEED + 1)
        self._patient = Patient(BODY, RATE_HZ, SEED)
        self.info = SourceInfo("patient", "amplifier", "", self._patient.channels, RATE_HZ, "uV")

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        self._clock.sleep_until(deadline_s)
        samples = self._patient.step(STEP, self._timeline.step(STEP).excitation)
        t_s = self._clock.now() + (np.arange(STEP) - STEP + 1) / RATE_HZ
        first, self._index = self._index, self._index + STEP
        return Chunk(first, samples, np.ones(samples.shape, np.bool_), t_s, self._clock.now())


class Limb(Port):
    """Follows every command, as the guard would let it."""

    def __init__(self) -> None:
        super().__init__()
        self.at_deg = list(HERE)
        self.path: list[tuple[float, ...]] = []

    def send(self, command: Command) -> None:
        super().send(command)
        for i, (target, rate) in enumerate(zip(command.target_deg, command.rate_deg_s, strict=True)):
            left = target - self.at_deg[i]
            self.at_deg[i] += float(np.clip(left, -0.01 * rate, 0.01 * rate))
        self.path.append(tuple(self.at_deg))

    def report(self) -> GuardReport | None:
        found = super().report()
        return replace(found, setpoint_deg=tuple(self.at_deg)) if found is not None else None


def worn(folder: Path, model: Model, *cues: tuple[str, float]) -> np.ndarray:
    """[turns, joints] where the limb went while the patient did this, each for so many seconds."""
    clock, asked, t_s = VirtualClock(100.0), [], 0.0
    for movement, seconds in cues:
        asked.append(Cue(movement, t_s, seconds, 0.0 if movement == "rest" else 0.6))
        t_s += seconds
    limb, muscles = Limb(), Muscles(clock, asked)
    telemetry = Telemetry(folder, STEP, len(muscles.info.channels), {})
    decider = Decider(DRIVEN, Runtime(model, outlier_limit=2.5))
    loop = Loop(muscles, decider, limb, telemetry, clock, 0.010)  # type: ignore[arg-type]
    for _ in range(round(t_s * RATE_HZ / STEP)):
        loop.turn()
    telemetry.close()
    return np.array(limb.path)


def test_two_degrees_of_freedom_at_once_move_two_joints_at_once(tmp_path: Path, model: Model) -> None:
    path = worn(tmp_path, model, ("rest", 1.0), ("wrist flexion+power", 1.6), ("rest", 1.0))
    index, wrist = path[:, 0], path[:, WRIST]
    assert index[-1] > HERE[0] + 15.0
    assert wrist[-1] > 15.0
    together = (np.diff(index) > 0) & (np.diff(wrist) > 0)
    assert together.sum() >= 30
    # What was asked is over, and nothing goes on.
    assert np.ptp(path[-30:], axis=0).max() == 0.0


def test_the_other_ways_round_too(tmp_path: Path, model: Model) -> None:
    path = worn(tmp_path, model, ("rest", 1.0), ("wrist extension+open", 1.6))
    assert path[-1, 0] < HERE[0] - 10.0
    assert path[-1, WRIST] < -15.0


def test_one_alone_moves_its_own_joint_far_more_than_the_other(tmp_path: Path, model: Model) -> None:
    path = worn(tmp_path, model, ("rest", 1.0), ("wrist flexion", 1.6))
    assert path[-1, WRIST] > 25.0
    assert abs(path[-1, 0] - HERE[0]) < 0.3 * path[-1, WRIST]


def test_rest_is_still(tmp_path: Path, model: Model) -> None:
    path = worn(tmp_path, model, ("rest", 10.0))
    assert np.ptp(path, axis=0).max() == 0.0
