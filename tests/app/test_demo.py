"""`innervate demo` as a person starts it: a process, over real pseudo-terminals and LSL, and its report."""

from __future__ import annotations

import json
import math
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.drivers.recordings.npz import Recording, read_recording, write_recording

from ..waiting import until
from .door import alive, children, finish, start

pytestmark = pytest.mark.real_time

NUMBERS = {
    "channels": int,
    "rate_hz": float,
    "increment_ms": float,
    "decisions": int,
    "commands_sent": int,
    "commands_acked": int,
    "commands_refused": int,
    "startup_s": float,
    "discovery_s": float,
    "realtime_granted": bool,
}
OURS = {"innervate.sim.hand", "innervate.sim.amplifier", "innervate.controller", "innervate.firmware_bridge"}


def report_of(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def check_contract(found: dict[str, Any]) -> None:
    for key, kind in NUMBERS.items():
        assert type(found[key]) is kind, key
    assert found["samples"]["lost"] == 0
    assert found["samples"]["received"] >= found["decisions"] * found["increment_ms"] * found["rate_hz"] / 1e3
    latency = found["decision_latency_ms"]
    assert set(latency) == {"p50", "p99", "p99_9", "max"}
    assert latency["p50"] is not None
    assert 0.0 < latency["p50"] < 100.0
    assert math.isfinite(latency["p50"])
    for who in ("loop", "guard"):
        assert found[who]["cpu_percent"] > 0.0
        assert found[who]["rss_mb"] > 1.0
    assert isinstance(found["loop"]["overruns"], int)
    assert found["commands_sent"] >= found["decisions"] - 5
    assert 0.98 * found["commands_sent"] <= found["commands_acked"] <= found["commands_sent"]
    assert found["commands_refused"] == 0
    assert found["limb_watchdog"] == {"trips": 0, "after_last_frame_s": None}
    assert found["notices"] == []


@pytest.fixture(scope="module")
def both_wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Any, Path]]]:
    """Two demos side by side, which also must not see each other's stream. The one over Cyton runs on."""
    folder = tmp_path_factory.mktemp("wires")
    started = {}
    for wire, seconds in (("lsl", "4"), ("cyton", "0")):
        path = folder / f"{wire}.json"
        args = ("demo", "--headless", "--amplifier", wire, "--seconds", seconds, "--report", str(path))
        started[wire] = (start(*args), path)
    yield started
    for process, _ in started.values():
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10.0)


def test_over_lsl_the_report_keeps_its_contract(both_wires: dict[str, tuple[Any, Path]]) -> None:
    process, path = both_wires["lsl"]
    code, out, err = finish(process)
    assert (code, out, err) == (0, "", "")
    found = report_of(path)
    check_contract(found)
    assert (found["amplifier"], found["limb"], found["channels"]) == ("lsl", "ability-hand", 8)
    assert (found["rate_hz"], found["increment_ms"]) == (1000.0, 10.0)
    assert 300 <= found["decisions"] <= 600  # 100 a second for 4 s, and what was before and after
    assert found["simulated"] is True
    assert found["calibration"]["active_recall"] > 0.8
    assert found["followed"]["active_recall"] is not None


def test_over_a_cyton_interrupt_ends_it_in_order_with_a_report(
    both_wires: dict[str, tuple[Any, Path]],
) -> None:
    process, path = both_wires["cyton"]
    until(lambda: set(children(process.pid).values()) >= OURS, 40.0)
    started = set(children(process.pid))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=6.0)
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process, 15.0)
    assert (code, err) == (0, "")
    assert not [pid for pid in started if alive(pid)]
    found = report_of(path)
    check_contract(found)
    assert (found["amplifier"], found["rate_hz"], found["increment_ms"]) == ("cyton", 250.0, 12.0)
    assert 250 <= found["decisions"] <= 1500  # 83 a second
    assert found["followed"]["active_recall"] is not None


def play(path: Path, report: Path) -> subprocess.Popen[str]:
    return start("demo", "--headless", "--recording", str(path), "--report", str(report))


def played(process: subprocess.Popen[str], report: Path, timeout_s: float = 60.0) -> dict[str, Any]:
    code, _, err = finish(process, timeout_s)
    assert (code, err) == (0, "")
    return report_of(report)


def check_played(found: dict[str, Any], asked: int) -> None:
    assert found["samples"]["lost"] == 0
    assert (found["online"]["identical"], found["online"]["differing"]) == (True, 0)
    assert found["online"]["active_recall"] == found["offline"]["active_recall"]
    assert found["online"]["active_recall"] is not None
    assert found["offline"]["scored"] > 0
    moved = found["movements"]
    assert moved["asked"] == asked == len(moved["each"])
    assert moved["unmapped"] == len(moved["unmapped_names"])
    assert moved["unmapped"] == sum(each["reached"] is None for each in moved["each"])
    assert moved["reached"] == sum(each["reached"] is True for each in moved["each"])


@pytest.mark.slow
def test_recordings_on_hand_and_ankle_are_decided_as_in_batch(
    hand_recording: Recording, ankle_recording: Recording, tmp_path: Path
) -> None:
    """Side by side, to save time."""
    running = {}
    for device, recording in (("ability-hand", hand_recording), ("moteus-ankle", ankle_recording)):
        path, report = tmp_path / f"{device}.npz", tmp_path / f"{device}.json"
        write_recording(path, recording)
        running[device] = (play(path, report), report)
    for device, (process, report) in running.items():
        found = played(process, report)
        check_played(found, asked=2)
        assert found["limb"] == device
        assert found["movements"]["unmapped"] == 0
        assert found["movements"]["reached"] >= 1
        assert found["online"]["active_recall"] > 0.8


@pytest.mark.slow
def test_a_real_persons_recording_cut_short(shared: Path, tmp_path: Path) -> None:
    """Two seconds of a movement, and of one that this hand has no joint for."""
    recording = read_recording(shared / "data" / "biopatrec10" / "sub03.npz")
    assert recording.cue is not None
    last, second = recording.rep == recording.rep.max(), int(recording.fs)
    keep = np.zeros(len(recording.cue), np.bool_)
    for name in ("Open Hand", "Flex Hand"):
        at = recording.cue == recording.classes.index(name)
        # To learn from: also two seconds of the rest after it, which is labelled from its second one on.
        keep |= (at & ~np.roll(at & last, 2 * second)) | (np.roll(at, 2 * second) & ~last)
    path, report = tmp_path / "cut.npz", tmp_path / "r.json"
    write_recording(path, recording.rows(keep))
    found = played(play(path, report), report)
    check_played(found, asked=2)
    assert found["movements"]["unmapped_names"] == ["wrist flexion"]
    assert found["simulated"] is False


@pytest.fixture
def long_demo(hand_recording: Recording, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    path = tmp_path / "sim.npz"
    write_recording(path, hand_recording)
    process = play(path, tmp_path / "r.json")
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=10.0)


def pid_of(process: subprocess.Popen[str], module: str) -> int:
    found: int = until(
        lambda: next((pid for pid, name in children(process.pid).items() if name == module), 0), 40.0
    )
    return found


def test_a_killed_demo_leaves_nothing_running(long_demo: subprocess.Popen[str]) -> None:
    until(lambda: set(children(long_demo.pid).values()) >= OURS, 40.0)
    started = set(children(long_demo.pid))
    long_demo.kill()
    long_demo.wait()
    until(lambda: not [pid for pid in started if alive(pid)], 2.0)


@pytest.mark.slow
def test_with_loop_and_guard_killed_the_report_says_when_the_hand_acted_by_itself(
    long_demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    loop, guard = (pid_of(long_demo, name) for name in ("innervate.controller", "innervate.firmware_bridge"))
    with pytest.raises(subprocess.TimeoutExpired):
        long_demo.wait(timeout=2.5)  # well after arming
    for pid in (loop, guard):
        subprocess.run(["kill", "-KILL", str(pid)], check=True)
    code, _, err = finish(long_demo, 20.0)
    assert code == 2, err
    assert err.count("\n") == 1
    assert "guard" in err
    found = report_of(tmp_path / "r.json")
    assert found["limb_watchdog"]["trips"] == 1
    assert 0.25 <= found["limb_watchdog"]["after_last_frame_s"] <= 0.6


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("data", "limb"), [("biopatrec10", "ability-hand"), ("biopatrec_leg", "moteus-ankle")]
)
def test_every_shared_recording_is_decided_as_in_batch(
    shared: Path, tmp_path: Path, data: str, limb: str
) -> None:
    different = []
    files = sorted((shared / "data" / data).glob("*.npz"))
    assert files
    for path in files:
        report = tmp_path / f"{path.stem}.json"
        found = played(play(path, report), report, 200.0)
        assert found["limb"] == limb
        if not found["online"]["identical"] or found["samples"]["lost"]:
            different.append((path.name, found["online"]["differing"], found["samples"]["lost"]))
    assert different == []
