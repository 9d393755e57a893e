"""Muscles and the real loop in the fault scripts: `controller.loop.Loop`, its decider and mapper, on the
virtual clock. Two channels of made EMG, and a small decoder that was made, not trained."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..controller.decider import Decider
from ..controller.loop import Loop
from ..controller.settings import LEG_STALE_S, STALE_S, LimbPart, LoopSettings
from ..core.chunk import Chunk, empty_chunk
from ..core.clock import VirtualClock
from ..core.command import Command
from ..core.link import LinkState
from ..core.state import Reason
from ..drivers.settings import SourceSettings
from ..drivers.source import SourceInfo
from ..firmware_bridge.messages import GuardReport, pack_command, unpack_report
from ..models.design import design_pipeline
from ..models.model import Model
from ..models.pipeline import Pipeline
from ..models.proportional import ProportionalSpeed
from ..models.runtime import Runtime
from ..models.templates import TemplateDecoder, Weights
from .limb_rows import VirtualLimb

if TYPE_CHECKING:
    from .limb_world import Doors

RATE_HZ = 1000.0
CHANNELS = ("E1", "E2")
TURN_S = 0.010
REST_UV, TENSE_UV = 3.0, 60.0
LONGEST_QUIET_S = 0.5
"""A window of muscle signal, the ramp, and some movement: so long until a limb is at speed."""


@lru_cache
def loudness_model(movements: tuple[str, str]) -> Model:
    """E1 loud: the first; E2 loud: the second; neither: rest. By the mean absolute value of each channel."""
    pipeline = replace(design_pipeline(RATE_HZ, CHANNELS, 1e3 * TURN_S, feature_set="hudgins"), unit="uV")
    names = list(Pipeline(pipeline).feature_names)
    weights = np.zeros((3, len(names)))
    mav = [i for i, name in enumerate(names) if "mav" in name.lower()]
    weights[1, mav[0]] = weights[2, mav[1]] = 0.2
    decoder = TemplateDecoder(Weights.linear(weights, np.array([6.0, 0.0, 0.0])), (), np.zeros(1), 1.0)
    speed = ProportionalSpeed(np.array([5.0, 5.0]), np.array([[5.0, 5.0], [100.0, 5.0], [5.0, 100.0]]))
    return Model(pipeline, ("rest", *movements), 0, decoder, None, speed, (0.0, 0.6, 0.6))


class Skewed(VirtualClock):
    """The world's clock as a loop whose own is ahead of it sees it."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock, self.skew_s = clock, 0.0

    def now(self) -> float:
        """See `Clock`."""
        return self._clock.now() + self.skew_s

    def sleep_until(self, t_s: float) -> None:
        """Nobody waits here: the world moves time."""


class Muscles:
    """The twin of the stand-in `limb_world.Loop`: a person's two muscles, and the real loop behind them.

    Attributes:
        rate_deg_s: above 0: the person tenses, more for more.
        running, blind, nan, skew_s, t_dark_s: see `limb_world.Loop`.
    """

    reason = Reason.NONE

    def __init__(self, doors: Doors, row: VirtualLimb, clock: VirtualClock, seed: int) -> None:
        self._doors, self._row, self._clock = doors, row, clock
        self._rng = np.random.default_rng(seed)
        self.info = SourceInfo("scripted", "amplifier", "", CHANNELS, RATE_HZ, "uV")
        self.link = LinkState.STREAMING
        self.target_deg: tuple[float, ...] = ()
        self.rate_deg_s = 0.0
        self._channel = 0
        self.running, self.blind, self.nan = False, False, False
        self.t_dark_s: float | None = None
        self._seen = Skewed(clock)
        self._index = 0
        self._chunk: Chunk | None = None
        self._t_next_s = 0.0
        self._loop = self._made()

    @property
    def skew_s(self) -> float:
        """See `limb_world.Loop`."""
        return self._seen.skew_s

    @skew_s.setter
    def skew_s(self, skew_s: float) -> None:
        self._seen.skew_s = skew_s

    def _made(self) -> Loop:
        model, row = self._row.model, self._row
        settings = LoopSettings(
            runtime_dir="",
            source=SourceSettings(kind="playback"),
            bundle="",
            trusted_keys=(),
            safety_digest="",
            parts=tuple(LimbPart(device.name, device.model.joint_names) for device in row.devices),
            max_rate_deg_s=row.rate_deg_s,
            stale_s=LEG_STALE_S if model.leg else STALE_S,
        )
        decider = Decider(settings, Runtime(loudness_model(row.movements)))
        port, telemetry = cast(Any, _Port(self, self._doors)), cast(Any, _Void())
        return Loop(cast(Any, self), decider, port, telemetry, self._seen, TURN_S)

    # -- what scripts do ------------------------------------------------------------------------------------

    def start(self) -> None:
        """A new process connects, with another model. It counts samples from its own start."""
        self._loop, self._index, self._chunk = self._made(), 0, None
        self._doors.connected, self.running = True, True
        self._doors.visits += 1

    def kill(self) -> None:
        """Its socket closes."""
        self._doors.connected = self.running = False

    def aim(self, rng: random.Random) -> float:
        """The person tenses one of the muscles. Returns how long it takes until the limb is at speed."""
        self._channel = rng.randrange(2)
        self.rate_deg_s = rng.choice((30.0, 90.0, 150.0))
        return LONGEST_QUIET_S

    def turn(self, now_s: float) -> None:
        """One of the loop's, when it is due."""
        if self.running and now_s >= self._t_next_s:
            self._t_next_s = now_s + TURN_S - 1e-6
            self.send(now_s)

    def send(self, now_s: float) -> None:
        """Ten milliseconds of muscle signal that ended at `now_s`, and what the loop makes of them."""
        dark = self.t_dark_s is not None
        if not dark or self.blind:
            self._chunk = self._measured(min(now_s, self.t_dark_s) if self.t_dark_s is not None else now_s)
        self._loop.turn()

    def _measured(self, now_s: float) -> Chunk:
        n = round(RATE_HZ * TURN_S)
        level = np.full(2, REST_UV)
        level[self._channel] += TENSE_UV * min(1.0, self.rate_deg_s / 90.0)
        samples = (self._rng.normal(0.0, 1.0, (n, 2)) * level).astype(np.float32)
        t_s = now_s - 0.0005 - np.arange(n - 1, -1, -1) / RATE_HZ
        first, self._index = self._index, self._index + n
        return Chunk(first, samples, np.ones((n, 2), np.bool_), t_s, now_s)

    def read(self, min_samples: int, deadline_s: float) -> Chunk:  # noqa: ARG002
        """As `drivers.source.EmgSource`."""
        chunk, self._chunk = self._chunk, None
        return chunk if chunk is not None else empty_chunk(self._index, 2, self._clock.now())


class _Port:
    """As `firmware_bridge.port.CommandPort`, to the guard's socket in memory."""

    def __init__(self, muscles: Muscles, doors: Doors) -> None:
        self._muscles, self._doors = muscles, doors

    def send(self, command: Command) -> None:
        """See `CommandPort`."""
        if self._muscles.nan:
            command = replace(command, target_deg=(float("nan"),) * len(command.target_deg))
        self._doors.put(pack_command(command))

    def report(self) -> GuardReport | None:
        """See `CommandPort`."""
        return unpack_report(self._doors.report_bytes) if self._doors.report_bytes else None


class _Void:
    """In place of the telemetry ring."""

    def __init__(self) -> None:
        self.record = self
        self.velocity = self.posterior = self.rms = self.contact = self.emg = self

    def __setitem__(self, at: object, value: object) -> None:
        """Nobody reads it."""

    def set(self, **values: object) -> None:
        """As `Record.set`."""

    def publish(self) -> None:
        """As `Telemetry.publish`."""
