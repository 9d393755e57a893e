"""The loop's flight log: whatever goes in, the same loop does the same again; what was changed is found."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.controller import flight
from innervate.controller.flight import Flight, decider_of
from innervate.controller.flight_replay import replay_loop
from innervate.controller.loop import Loop
from innervate.controller.telemetry import Telemetry
from innervate.core.chunk import AuxBlock, Chunk
from innervate.core.clock import VirtualClock
from innervate.core.command import Command
from innervate.core.errors import SourceLost
from innervate.core.flight import FLIGHT_FOLDER, TURN
from innervate.core.flightlog import FlightLogReader, FlightLogWriter
from innervate.core.link import LinkState
from innervate.core.replaying import Found
from innervate.core.state import State
from innervate.firmware_bridge.messages import pack_command
from innervate.firmware_bridge.port import GuardReport
from innervate.models.bundle import Wearer, write_bundle
from innervate.models.keys import make_key, public_hex
from innervate.models.model import Model

from .test_loop import CHANNELS, SETTINGS, ListeningPort, ScriptedAmplifier, loudness_model

MODEL = loudness_model()
DIGEST = "0" * 64


class Amplifier(ScriptedAmplifier):
    """Also what comes beside EMG, samples that were lost, and a jump of the clock."""

    def queue_aux(self, n: int, *names: str) -> None:
        blocks = tuple(
            AuxBlock(name, np.full((2, 3), k, np.float32), np.array([self._clock.now()] * 2), "g")
            for k, name in enumerate(names)
        )
        self.queue(np.full((n, len(CHANNELS)), 3.0))
        chunk = self._queue[-1]
        assert isinstance(chunk, Chunk)
        self._queue[-1] = replace(chunk, aux=blocks, lost=n // 2)


class Port(ListeningPort):
    """Reports when it is told to, and can hang up."""

    def __init__(self) -> None:
        super().__init__()
        self.alive = True
        self.said = self.heard = b""
        self.next_report: GuardReport | None = ListeningPort.report(self)

    def send(self, command: Command) -> None:
        super().send(command)
        self.said = pack_command(command)

    def report(self) -> GuardReport | None:
        found, self.next_report = self.next_report, None
        return found


class Recorded:
    """A loop with its recorder, and its ends in the test's hands."""

    def __init__(self, folder: Path, model: Model = MODEL, **change: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        key = make_key(folder / "key")
        wearer = Wearer("p", "ability-hand", "transradial", "left", True)
        write_bundle(folder / "model.imb", model, wearer, key, DIGEST)
        told: dict[str, Any] = {
            "runtime_dir": str(folder),
            "bundle": str(folder / "model.imb"),
            "trusted_keys": (public_hex(key),),
            "safety_digest": DIGEST,
            "flight_minutes": 0.1,
            "outlier_limit": 2.5,
        }
        self.settings = replace(SETTINGS, **{**told, **change})
        self.clock = VirtualClock(100.0)
        self.amplifier, self.port = Amplifier(self.clock), Port()
        self.telemetry = Telemetry(folder, 10, len(CHANNELS), {})
        self.flight = Flight(self.settings, self.amplifier.info, model)
        self.loop = Loop(
            self.flight.source(self.amplifier),  # type: ignore[arg-type]
            decider_of(self.settings, model),
            self.flight.port(self.port),  # type: ignore[arg-type]
            self.flight.telemetry(self.telemetry),
            self.flight.clock(self.clock),
            0.010,
        )
        self.flight.begin(self.loop)
        self.log = folder / FLIGHT_FOLDER / "loop.ilog"
        self._rng = np.random.default_rng(1)

    def turn(self) -> None:
        self.loop.turn()
        self.flight.commit()

    def turns(self, count: int, e1: float, e2: float, n: int = 10) -> None:
        for _ in range(count):
            self.amplifier.queue(self._rng.normal(0.0, 1.0, (n, 2)) * (e1, e2))
            self.turn()

    def use(self, count: int = 1) -> None:
        for _ in range(count):
            self.turns(20, 5.0, 5.0)
            self.turns(30, 5.0, 100.0)
            self.turns(30, 100.0, 5.0, 7)

    def close(self) -> None:
        self.telemetry.close()
        self.flight.close()


@contextmanager
def recorded(**change: Any) -> Iterator[Recorded]:
    with tempfile.TemporaryDirectory() as folder:
        made = Recorded(Path(folder), **change)
        yield made
        made.close()


def replayed(path: Path, from_s: float = 0.0) -> Found:
    return replay_loop(FlightLogReader(path), from_s)


def rewritten(log: Path, change: Callable[[int, bytes], bytes]) -> Path:
    """The same log with some records changed, and every check sum right."""
    reader = FlightLogReader(log)
    path = log.with_name("changed.ilog")
    with FlightLogWriter(path, reader.facts, reader.attached, 1 << 24) as writer:
        writer.place()
        for record in reader.records():
            writer.append(change(record.seq, record.payload))
    return path


def happen(rig: Recorded, what: str, n: int) -> None:
    amplifier, port = rig.amplifier, rig.port
    if what in ("rest", "power", "open"):
        rig.turns(n, *{"rest": (5.0, 5.0), "power": (5.0, 100.0), "open": (100.0, 5.0)}[what], n)
        return
    if what == "invalid":
        samples = np.full((n, 2), 40.0)
        samples[0, 1] = np.nan
        amplifier.queue(samples, valid=np.isfinite(samples))
    elif what == "old":
        amplifier.queue(np.ones((n, 2)), age_s=0.3)
    elif what == "aux":
        amplifier.queue_aux(n, "accel", "load")
    elif what == "link":
        amplifier.link = LinkState(n % len(LinkState))
    elif what == "lost":
        amplifier.unplug()
    elif what == "report":
        report = ListeningPort.report(port)
        assert report is not None
        port.next_report = replace(report, state=State.ACTIVE, setpoint_deg=(float(n),) * 6, grips_asked=n)
    elif what == "hang up":
        port.alive = False
    elif what == "clock jump":
        rig.clock.advance(n * 0.1)
    rig.turn()


HAPPENINGS = (
    "rest",
    "power",
    "open",
    "invalid",
    "old",
    "aux",
    "link",
    "lost",
    "report",
    "hang up",
    "clock jump",
    "",
)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(1, 25)), max_size=25))
def test_whatever_happens_to_the_loop_replays_to_the_bit(script: list[tuple[str, int]]) -> None:
    with recorded() as rig:
        rig.turns(25, 5.0, 5.0)
        for what, n in script:
            happen(rig, what, n)
        found = replayed(rig.log)
    assert (found.verdict, found.comparison.first) == ("identical", None)
    assert found.comparison.commands == found.comparison.turns == len(rig.port.commands)
    assert found.comparison.decisions == rig.loop.counters.decisions
    assert found.missing == found.not_replayed == 0
    assert found.elsewhere == []


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Recorded]:
    made = Recorded(tmp_path)
    yield made
    made.close()


def test_without_a_log_the_loop_gets_its_own_ends(tmp_path: Path) -> None:
    made = Recorded(tmp_path, flight_minutes=0.0)
    made.use()
    assert made.flight.source(made.amplifier) is made.amplifier  # type: ignore[arg-type, comparison-overlap]
    assert made.flight.clock(made.clock) is made.clock
    assert (made.flight.trouble, made.log.exists()) == ("", False)
    made.close()


def test_without_room_for_a_log_the_loop_runs_and_says_so(tmp_path: Path) -> None:
    (tmp_path / FLIGHT_FOLDER).write_text("in the way")
    made = Recorded(tmp_path)
    made.use()
    assert FLIGHT_FOLDER in made.flight.trouble
    assert len(made.port.commands) == 80
    made.close()


@pytest.mark.parametrize("turn", [40, 85])
def test_one_sample_changed_is_found_where_it_was_changed(rig: Recorded, turn: int) -> None:
    rig.use(2)
    at_sample = flight.CHUNK.size

    def change(seq: int, payload: bytes) -> bytes:
        if seq != turn:
            return payload
        chunk = payload.index(flight.packed(flight.T_CHUNK)[:1], 14) + 5 + at_sample
        # The highest bit of a mantissa: half more, or a third less.
        return payload[: chunk + 2] + bytes((payload[chunk + 2] ^ 0x40,)) + payload[chunk + 3 :]

    found = replayed(rewritten(rig.log, change))
    first = found.comparison.first
    assert first is not None
    assert found.verdict == "different"
    assert first.turn == turn
    assert (first.what, first.field) in (("decision", "posterior"), ("command", "rate_deg_s"))
    assert first.t_s == pytest.approx((turn - 2) * 0.010, abs=0.025)


def test_a_command_that_was_not_what_the_loop_makes_is_found_with_its_field(rig: Recorded) -> None:
    rig.use()

    def change(seq: int, payload: bytes) -> bytes:
        command = rig.port.commands[44]
        sent = pack_command(command)
        return payload.replace(sent, pack_command(replace(command, rate_deg_s=(77.0,) * 6)))

    first = replayed(rewritten(rig.log, change)).comparison.first
    assert first is not None
    assert (first.what, first.field, first.turn) == ("command", "rate_deg_s", 46)
    assert first.logged == [77.0] * 6
    assert first.replayed == list(rig.port.commands[44].rate_deg_s)


def test_another_program_that_decides_the_same_classes_is_told_from_one_that_does_not(
    rig: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on another machine, whose last bits differ."""
    rig.use()
    from innervate.models.runtime import Runtime

    decide = Runtime._decide
    for factor, verdict in ((1.0 + 1e-6, "same classes"), (-1.0, "different")):

        def almost(self: Runtime, frame: Any, raw: Any, factor: float = factor) -> Any:
            return decide(self, replace(frame, features=frame.features * factor), raw)

        monkeypatch.setattr(Runtime, "_decide", almost)
        here = rewritten(rig.log, lambda _, payload: payload)
        reader = FlightLogReader(here)
        assert replay_loop(reader).verdict == "different"
        reader.facts["machine"]["processor"] = "another"
        found = replay_loop(reader)
        assert found.verdict == verdict
        assert found.elsewhere[0].startswith("processor (another then")


@pytest.fixture(scope="module")
def rolled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """So long in use that the beginning of its log is gone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flight, "_LEAST_BYTES", 1 << 20)
        made = Recorded(tmp_path_factory.mktemp("rolled"), flight_minutes=0.001)
    made.use(36)
    yield made
    made.close()


def test_a_log_whose_beginning_is_gone_replays_from_its_first_checkpoint(rolled: Recorded) -> None:
    found = replayed(rolled.log)
    assert not found.from_start
    assert (found.verdict, found.missing) == ("identical", 0)
    assert found.not_replayed < 5
    assert 500 < found.comparison.turns < 2900


def test_a_replay_may_begin_later(rolled: Recorded) -> None:
    whole, late = replayed(rolled.log), replayed(rolled.log, 4.0)
    assert late.verdict == "identical"
    assert late.seconds == pytest.approx(whole.seconds - 4.0, abs=0.05)
    assert late.comparison.turns == pytest.approx(whole.comparison.turns - 400, abs=5)


def test_behind_damage_a_replay_goes_on_at_the_next_checkpoint(rolled: Recorded) -> None:
    content = bytearray(rolled.log.read_bytes())
    records = list(FlightLogReader(rolled.log).records())
    content[content.index(records[len(records) // 2].payload) + 40] ^= 1
    damaged = rolled.log.with_name("damaged.ilog")
    damaged.write_bytes(content)
    found = replayed(damaged)
    assert (found.verdict, found.missing > 0) == ("identical", True)
    assert 200 < found.comparison.turns < replayed(rolled.log).comparison.turns


def test_with_a_model_that_learns_in_use_only_a_whole_log_replays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flight, "_LEAST_BYTES", 1 << 18)
    made = Recorded(tmp_path, adapt=True, flight_minutes=0.001)
    made.use(2)
    assert replayed(made.log).verdict == "identical"
    made.use(20)
    found = replayed(made.log)
    assert (found.verdict, found.comparison.turns) == ("nothing to replay", 0)
    assert found.not_replayed > 100
    made.close()


def test_each_turn_is_one_record(rig: Recorded) -> None:
    rig.use()
    records = list(FlightLogReader(rig.log).records())
    assert [record.payload[0] for record in records[1:]] == [TURN] * len(rig.port.commands)


def test_a_lost_amplifier_ends_up_in_the_log_in_words(rig: Recorded) -> None:
    rig.use()
    rig.amplifier._queue.append(SourceLost("E1: unplugged", "plug it in"))
    rig.turn()
    from innervate.app.flight_words import events

    told = [event["what"] for event in events([rig.log])]
    assert "amplifier lost: E1: unplugged (plug it in)" in told
    assert {"movement: power", "movement: open", "movement: rest"} <= set(told)
