"""The loop on a virtual clock: a scripted amplifier at one end, a port that only listens at the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from innervate.controller.decider import Decider
from innervate.controller.loop import Loop
from innervate.controller.settings import LimbPart, LoopSettings
from innervate.controller.telemetry import Telemetry
from innervate.core.chunk import Chunk, empty_chunk
from innervate.core.clock import VirtualClock
from innervate.core.command import Command, LimbState
from innervate.core.errors import SourceLost
from innervate.core.link import LinkState
from innervate.core.ring import RingReader
from innervate.core.state import Reason, State
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import SourceInfo
from innervate.firmware_bridge.port import GuardReport
from innervate.models.design import design_pipeline
from innervate.models.model import Model
from innervate.models.proportional import ProportionalSpeed
from innervate.models.runtime import Runtime
from innervate.models.templates import TemplateDecoder, Weights
from numpy.typing import NDArray

RATE_HZ = 1000.0
CHANNELS = ("E1", "E2")
CLASSES = ("rest", "open", "power")
HERE = (50.0, 50.0, 50.0, 50.0, 30.0, -40.0)
HAND_JOINTS = ("index", "middle", "ring", "pinky", "thumb_flexor", "thumb_rotator")
SETTINGS = LoopSettings(
    runtime_dir="",
    source=SourceSettings(kind="playback"),
    bundle="",
    trusted_keys=(),
    safety_digest="",
    parts=(LimbPart("ability-hand", HAND_JOINTS),),
    max_rate_deg_s=100.0,
)


def loudness_model() -> Model:
    """E1 loud: open. E2 loud: power. Neither: rest. Decided on the mean absolute value of each channel."""
    pipeline = replace(design_pipeline(RATE_HZ, CHANNELS, 10.0, feature_set="hudgins"), unit="uV")
    names = list(pipeline_feature_names(pipeline))
    weights = np.zeros((3, len(names)))
    mav = [i for i, name in enumerate(names) if "mav" in name.lower()]
    assert len(mav) == 2
    weights[1, mav[0]] = weights[2, mav[1]] = 0.2
    decoder = TemplateDecoder(Weights.linear(weights, np.array([6.0, 0.0, 0.0])), (), np.zeros(1), 1.0)
    speed = ProportionalSpeed(np.array([5.0, 5.0]), np.array([[5.0, 5.0], [100.0, 5.0], [5.0, 100.0]]))
    return Model(pipeline, CLASSES, 0, decoder, None, speed, (0.0, 0.6, 0.6))


def pipeline_feature_names(pipeline: object) -> tuple[str, ...]:
    from innervate.models.pipeline import Pipeline, PipelineSettings

    assert isinstance(pipeline, PipelineSettings)
    return tuple(Pipeline(pipeline).feature_names)


class ScriptedAmplifier:
    """Hands out what the test queued; when nothing is queued, the deadline passes."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._queue: list[Chunk | SourceLost] = []
        self._index = 0
        self.link = LinkState.STREAMING
        self.info = SourceInfo("scripted", "amplifier", "", CHANNELS, RATE_HZ, "uV")

    def queue(
        self, samples: NDArray[np.float64], age_s: float = 0.0, valid: NDArray[np.bool_] | None = None
    ) -> None:
        n = len(samples)
        t_s = self._clock.now() + 0.010 - age_s + (np.arange(n) - n + 1) / RATE_HZ
        ok = np.ones((n, len(CHANNELS)), np.bool_) if valid is None else valid
        self._queue.append(Chunk(self._index, samples.astype(np.float32), ok, t_s, self._clock.now() + 0.010))
        self._index += n

    def unplug(self) -> None:
        self._queue.append(SourceLost("amplifier: unplugged"))

    def open(self) -> None: ...

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        self._clock.sleep_until(deadline_s)
        if not self._queue:
            return empty_chunk(self._index, len(CHANNELS), self._clock.now())
        item = self._queue.pop(0)
        if isinstance(item, SourceLost):
            raise item
        return item

    def close(self) -> None: ...

    def __enter__(self) -> ScriptedAmplifier:
        return self

    def __exit__(self, *_: object) -> None: ...


class ListeningPort:
    """Keeps every command, and reports a limb that stands at `HERE`."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def send(self, command: Command) -> None:
        self.commands.append(command)

    def report(self) -> GuardReport | None:
        return GuardReport(
            t_s=0.0,
            state=State.ARMED,
            reason=Reason.NONE,
            last_seq=0,
            refused=0,
            setpoint_deg=HERE,
            limb=LimbState(0.0, HERE),
            t_written_s=0.0,
        )


class Bench:
    """A loop with its ends in the test's hands; an outlier limit of 0 is none."""

    def __init__(self, folder: Path, model: Model | None = None, outlier_limit: float = 0.0) -> None:
        self.clock = VirtualClock(100.0)
        self.amplifier = ScriptedAmplifier(self.clock)
        self.port = ListeningPort()
        self.telemetry = Telemetry(folder, 10, len(CHANNELS), {"classes": list(CLASSES)})
        self.ring = RingReader(folder / "telemetry.ring")
        decider = Decider(SETTINGS, Runtime(model or loudness_model(), outlier_limit=outlier_limit))
        self.loop = Loop(self.amplifier, decider, self.port, self.telemetry, self.clock, 0.010)  # type: ignore[arg-type]
        self._rng = np.random.default_rng(1)

    def emg(self, e1: float, e2: float, n: int = 10) -> NDArray[np.float64]:
        return self._rng.normal(0.0, 1.0, (n, 2)) * (e1, e2)

    def turns(self, count: int, e1: float, e2: float) -> Command:
        for _ in range(count):
            self.amplifier.queue(self.emg(e1, e2))
            self.loop.turn()
        return self.port.commands[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.telemetry.close()


def test_nothing_moves_before_the_first_full_window(bench: Bench) -> None:
    command = bench.turns(19, 100.0, 5.0)
    assert command.reason is Reason.WARMING_UP
    assert set(command.rate_deg_s) == {0.0}


def test_a_contraction_becomes_a_movement_and_rest_holds(bench: Bench) -> None:
    moving = bench.turns(60, 5.0, 100.0)
    assert moving.reason is Reason.NONE
    assert moving.target_deg[0] > 80
    assert 50.0 < max(moving.rate_deg_s) <= 100.0
    resting = bench.turns(40, 5.0, 5.0)
    assert (set(resting.rate_deg_s), resting.reason) == ({0.0}, Reason.NONE)


def test_the_other_muscle_opens(bench: Bench) -> None:
    assert bench.turns(60, 100.0, 5.0).target_deg[0] < 10


def test_without_samples_the_heartbeat_goes_on_and_then_the_limb_holds(bench: Bench) -> None:
    bench.turns(60, 5.0, 100.0)
    sent = len(bench.port.commands)
    for _ in range(10):
        bench.loop.turn()
    later = bench.port.commands[sent:]
    assert len(later) == 10
    assert max(later[2].rate_deg_s) > 0.0
    silent = [c for c in later if c.t_made_s - c.t_sample_s > 0.060]
    assert silent
    assert all(c.reason is Reason.EMG_STALE and set(c.rate_deg_s) == {0.0} for c in silent)


def test_old_samples_update_the_filters_but_never_move_the_limb(bench: Bench) -> None:
    bench.turns(60, 5.0, 5.0)
    for _ in range(40):
        bench.amplifier.queue(bench.emg(5.0, 100.0), age_s=0.2)
        bench.loop.turn()
    late = bench.port.commands[-40:]
    assert all(set(c.rate_deg_s) == {0.0} and c.reason is Reason.EMG_STALE for c in late)
    last = bench.ring.new_records()[-1]
    assert CLASSES[int(str(last["class_index"]))] == "power"


def test_after_a_stall_movement_ramps_up_again(bench: Bench) -> None:
    full = max(bench.turns(60, 5.0, 100.0).rate_deg_s)
    for _ in range(8):
        bench.loop.turn()
    assert max(bench.turns(1, 5.0, 100.0).rate_deg_s) < 0.2 * full


def test_a_lost_amplifier_is_said_to_the_guard_for_as_long_as_it_is_gone(bench: Bench) -> None:
    bench.turns(60, 5.0, 100.0)
    bench.amplifier.unplug()
    sent = len(bench.port.commands)
    for _ in range(5):
        bench.loop.turn()
    assert bench.loop.lost is not None
    assert all(c.reason is Reason.EMG_LOST and set(c.rate_deg_s) == {0.0} for c in bench.port.commands[sent:])
    assert len(bench.port.commands) == sent + 5


def test_samples_that_are_not_numbers_hold_the_limb(bench: Bench) -> None:
    bench.turns(60, 5.0, 100.0)
    samples = bench.emg(5.0, 100.0)
    samples[3, 1] = np.nan
    bench.amplifier.queue(samples, valid=np.isfinite(samples))
    bench.loop.turn()
    command = bench.port.commands[-1]
    assert (command.reason, set(command.rate_deg_s)) == (Reason.CONTACT, {0.0})


def test_a_backlog_is_decided_whole_and_commanded_once(bench: Bench) -> None:
    bench.turns(60, 5.0, 5.0)
    bench.ring.new_records()
    sent = len(bench.port.commands)
    bench.amplifier.queue(bench.emg(5.0, 100.0, n=50))
    bench.loop.turn()
    records = bench.ring.new_records()
    assert len(bench.port.commands) == sent + 1
    assert len(records) == 5
    assert [r["t_sent_s"] for r in records[:4]] == [0.0] * 4
    assert records[-1]["overruns"] == 4


def test_telemetry_tells_what_was_measured_and_decided(bench: Bench) -> None:
    bench.turns(30, 100.0, 5.0)
    record = bench.ring.new_records()[-1]
    assert record["sample_index"] == 299
    assert record["samples_received"] == 300
    assert CLASSES[int(str(record["class_index"]))] == "open"
    posterior = record["posterior"]
    assert isinstance(posterior, tuple)
    assert math.isclose(sum(posterior[:3]), 1.0, rel_tol=1e-5)


def test_sequence_numbers_rise_by_one_and_commands_expire(bench: Bench) -> None:
    bench.turns(30, 5.0, 100.0)
    commands = bench.port.commands
    assert [c.seq for c in commands] == list(range(1, len(commands) + 1))
    assert all(0.0 < c.expires_s - c.t_made_s <= 0.06 for c in commands)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 3, 10, 23]),
            st.sampled_from([0.0, 5.0, 100.0, 1e30, math.nan, math.inf]),
            st.floats(0.0, 0.3),
        ),
        max_size=60,
    )
)
def test_whatever_the_amplifier_sends_commands_are_finite_and_the_loop_lives(
    tmp_path: Path, script: list[tuple[int, float, float]]
) -> None:
    made = Bench(tmp_path)
    for n, level, age_s in script:
        if n:
            samples = made.emg(5.0, level, n)
            made.amplifier.queue(samples, age_s, np.isfinite(samples))
        made.loop.turn()
    made.telemetry.close()
    for command in made.port.commands:
        assert all(math.isfinite(v) for v in (*command.target_deg, *command.rate_deg_s, command.expires_s))
        assert all(0.0 <= rate <= 100.0 for rate in command.rate_deg_s)
