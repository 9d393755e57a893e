"""Rings in, plain words out: what the page says in each situation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.app.page.frame import frame_json, status
from innervate.app.page.reader import PageReader
from innervate.app.page.setup import read_setup
from innervate.core.link import LinkState
from innervate.core.ring import Field, Layout, RingWriter
from innervate.core.state import SENTENCE, Reason, State

from .page_bench import Bench, bench_of
from .page_feeder import CHANNELS, JOINTS, Feeder


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_of(tmp_path) as bench:
        yield bench


def test_before_the_limb_starts_the_page_says_so(tmp_path: Path) -> None:
    state = PageReader(tmp_path).read(1.0)
    assert state.banner.sentence == "Waiting for the limb to start."
    assert not state.may_arm
    assert not state.alarms
    json.loads(frame_json(state))


def test_a_moving_limb_in_plain_words(bench: Bench) -> None:
    bench.feeder.movement = "power"
    state = bench.run()
    assert (state.banner.headline, state.banner.sentence) == ("Moving", "Moving as decoded.")
    assert state.decoded.name == "Power grip"
    assert state.decoded.confidence > 0.8
    assert "Power grip at 55 % speed" in state.decoded.acting
    assert [j.name for j in state.joints] == JOINTS
    assert state.joints[0].position_deg is not None
    assert state.joints[0].position_deg > 20
    assert state.latency.count > 30
    assert state.link.frames_sent == 60
    assert state.link.samples_received == 600


@pytest.mark.parametrize("reason", [Reason.CONTACT, Reason.LIMB_LOST, Reason.REST_FIRST])
def test_the_guards_reason_is_shown_as_its_sentence(bench: Bench, reason: Reason) -> None:
    bench.feeder.state, bench.feeder.reason = State.HOLDING, reason
    assert bench.run().banner.sentence == SENTENCE[reason]


@pytest.mark.parametrize("state", list(State))
def test_arm_is_offered_when_stopped_or_at_fault_only(bench: Bench, state: State) -> None:
    bench.feeder.state = state
    assert bench.run().may_arm == (state in (State.STOPPED, State.FAULT))


def test_a_dead_decoder_is_an_alarm(bench: Bench) -> None:
    bench.run()
    bench.feeder.decoder_runs = False
    assert "The decoder has stopped" in bench.run(60).alarms[0]
    bench.feeder.decoder_runs = True
    assert not bench.run(60).alarms


def test_a_lost_amplifier_is_an_alarm_with_what_to_do(bench: Bench) -> None:
    bench.feeder.link = LinkState.RECONNECTING
    (alarm,) = bench.run().alarms
    assert "looked for" in alarm
    assert "cable" in alarm


def test_a_dead_guard_means_that_nothing_is_known(bench: Bench) -> None:
    bench.run()
    bench.feeder.guard_runs = False
    state = bench.run(60)
    assert state.banner.state is None
    assert state.banner.tone == "fault"
    assert "safety process has stopped" in state.banner.sentence
    assert not state.may_arm


def test_late_decisions_are_an_alarm_that_names_the_budget(bench: Bench) -> None:
    bench.feeder.latency_s = 0.006
    state = bench.run(100)
    assert state.latency.late
    assert "budget is 4 ms" in state.alarms[0]


def test_a_bad_electrode_is_named_with_what_to_do(bench: Bench) -> None:
    bench.feeder.contact[2] = 4
    electrodes = bench.run().electrodes
    assert "reference" in electrodes[2].complaint
    assert not electrodes[1].complaint


def test_a_heartbeat_is_a_warning_and_no_complaint(bench: Bench) -> None:
    bench.feeder.contact[2] = 128
    bench.feeder.contact[3] = 128 + 64
    electrodes = bench.run().electrodes
    assert not electrodes[2].complaint
    assert "heartbeat" in electrodes[2].warning
    assert "off the skin" in electrodes[3].complaint


def test_unclear_decisions_are_said_to_be_unclear(bench: Bench) -> None:
    bench.feeder.movement, bench.feeder.confidence = "pinch", 0.5
    assert bench.run(100).decoded.acting == "Too unclear to act on"


def test_the_signal_comes_whole_and_without_its_offset(bench: Bench) -> None:
    first, second = bench.run(50).emg, bench.run(50).emg
    assert first is not None
    assert second is not None
    assert first.first_bin + len(first.low) == second.first_bin
    assert second.low.shape[1] == CHANNELS
    assert np.nanmax(np.abs(second.high)) < 1000  # offsets are 1500 and more


def test_a_new_run_of_both_processes_is_followed(bench: Bench, tmp_path: Path) -> None:
    before = bench.run()
    bench.feeder.close()
    (tmp_path / "limb.sock").unlink()
    bench.feeder = Feeder(tmp_path, simulated=False)
    bench.t_s += 1.0
    after = bench.run()
    assert after.setup_version > before.setup_version
    assert not after.setup.simulated
    assert after.link.frames_sent == 60
    assert after.latency.skipped == 0


def test_a_page_that_nobody_watched_starts_at_the_newest(bench: Bench) -> None:
    bench.run(10)
    for _ in range(5000):
        bench.t_s += 0.01
        bench.feeder.step(bench.t_s)
    state = bench.reader.read(bench.t_s)
    assert state.latency.skipped == 0
    assert state.emg is not None
    assert len(state.emg.low) <= 1100


def test_a_file_that_is_no_ring_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "telemetry.ring").write_bytes(b"garbage" * 20)
    (tmp_path / "guard.ring").write_bytes(b"")
    assert PageReader(tmp_path).read(1.0).banner.headline == "Waiting"


def test_a_limb_with_one_joint_and_strange_headers(tmp_path: Path) -> None:
    fields = (Field("t_s", "d"), Field("t_written_s", "d"), Field("sample_index", "q"), Field("state", "B"))
    more = (Field("reason", "B"), Field("position_deg", "d"), Field("setpoint_deg", "d"))
    layout = Layout((*fields, *more), {"device": "moteus-ankle", "joints": ["ankle"], "unknown": [1]})
    with RingWriter(tmp_path / "guard.ring", layout, 16) as ring:
        ring.publish(layout.pack(5.0, 5.0, -1, State.ARMED, 99, 7.5, float("nan")))
        state = PageReader(tmp_path).read(5.1)
    assert state.setup.kind == "ankle"
    assert state.joints[0].position_deg == 7.5
    assert "Reason 99" in state.banner.sentence
    json.loads(frame_json(state))


@pytest.mark.parametrize(
    ("loop", "guard", "shown"),
    [
        ({"realtime": True}, {"realtime": {"fifo": True, "memory_locked": False}}, True),
        ({"realtime": True}, {"realtime": {"fifo": False}}, False),
        ({"realtime": False}, {}, False),
        ({"realtime": "perhaps"}, {}, None),
    ],
)
def test_real_time_priority_is_granted_when_both_have_it(
    loop: dict[str, object], guard: dict[str, object], shown: bool | None
) -> None:
    assert read_setup(loop, guard).realtime is shown


def test_the_sources_own_notes_are_shown() -> None:
    assert (
        read_setup({"source": "cyton A", "notes": ["ends at 125 Hz"]}, {}).source == "cyton A; ends at 125 Hz"
    )


def test_the_frame_is_small_and_holds_no_infinity(bench: Bench) -> None:
    bench.run(50)
    state = bench.run(8)
    text = frame_json(state)
    assert len(text) < 4000
    endless = replace(state, latency=replace(state.latency, p99_ms=float("inf")))
    assert json.loads(frame_json(endless))["latency"]["p99_ms"] is None
    assert "emg" not in status(state)
