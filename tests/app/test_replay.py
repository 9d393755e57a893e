"""`innervate replay` on the log of a limb that ran: real loop and guard, virtual hand and amplifier."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from innervate.controller.flight import CHUNK, T_CHUNK
from innervate.core.flight import FLIGHT_FOLDER, packed
from innervate.core.flightdisk import disk_logs, segment_files
from innervate.core.flightlog import FlightLogReader, FlightLogWriter
from innervate.drivers.recordings.npz import Recording
from innervate.models.model import Model

from ..waiting import until
from .door import command
from .limb_rig import limb_rig

pytestmark = pytest.mark.real_time


@pytest.fixture(scope="module")
def flown(
    tmp_path_factory: pytest.TempPathFactory, hand_recording: Recording, hand_model: Model
) -> Iterator[Path]:
    """The logs of a limb that moved, was stopped, and whose processes were then killed in a movement.

    The copier had been killed before and was started again.
    """
    kept = tmp_path_factory.mktemp("flown")
    with limb_rig(
        tmp_path_factory.mktemp("rig"), hand_recording, hand_model, place=kept / "disk" / "p1-left"
    ) as rig:
        copier = rig.supervisor.copier
        rig.moving()
        rig.watch(0.5)
        assert copier.child is not None
        os.kill(copier.child.pid, signal.SIGKILL)
        notices: list[str] = []
        until(lambda: notices.append(rig.supervisor.watch()) or copier.restarts == 1)
        assert [line for line in notices if line] == [
            "the flight log's copier ended with code -9; it is started again"
        ]
        rig.supervisor.request("stop")
        until(lambda: rig.state()[0] == "STOPPED")
        rig.moving()
        rig.watch(1.5)
        for child in (rig.supervisor.loop, rig.supervisor.guard, copier.child):
            assert child is not None
            os.kill(child.pid, signal.SIGKILL)
        shutil.copytree(rig.folder / FLIGHT_FOLDER, kept / FLIGHT_FOLDER)
    yield kept
    shutil.rmtree(kept)


def replay(*args: str) -> tuple[int, dict[str, Any]]:
    code, out, err = command("replay", *args, "--json")
    assert err == ""
    found = json.loads(out)
    return code, found


def test_after_both_were_killed_their_logs_replay_to_the_bit(flown: Path) -> None:
    code, found = replay(str(flown))
    assert (code, found["verdict"]) == (0, "identical")
    loop, guard = found["logs"]
    assert [(log["kind"], log["verdict"], log["differences"]) for log in (loop, guard)] == [
        ("loop", "identical", 0),
        ("guard", "identical", 0),
    ]
    for log in (loop, guard):
        assert log["from_start"] is True
        assert log["missing"] == log["not_replayed"] == 0
        assert log["first_difference"] is None
        assert log["turns"] >= log["commands"] > 200
        assert log["decisions"] > 200
        assert 2.0 < log["seconds"] < 60.0
        assert log["times_real_time"] > 2.0
    assert loop["commands"] == pytest.approx(guard["decisions"], rel=0.2)


def test_what_was_on_the_disk_when_the_power_went_replays_to_the_bit(flown: Path, tmp_path: Path) -> None:
    """All processes were killed; the last block of each file is torn."""
    place = tmp_path / "p1-left"
    shutil.copytree(flown / "disk" / "p1-left", place)
    for log in disk_logs(place):
        os.truncate(segment_files(log)[-1].path, segment_files(log)[-1].bytes - 7)
    code, found = replay(str(place))
    assert (code, found["verdict"]) == (0, "identical")
    assert [log["kind"] for log in found["logs"]] == ["loop", "guard"]
    _, in_memory = replay(str(flown))
    for log, whole in zip(found["logs"], in_memory["logs"], strict=True):
        assert log["from_start"] is True
        assert log["missing"] == log["not_replayed"] == 0
        assert whole["seconds"] - 4.0 < log["seconds"] < whole["seconds"]
    code, _, err = command("replay", str(place), "--text")
    assert (code, err) == (0, "")


def test_the_logs_are_listed(flown: Path) -> None:
    code, out, err = command("replay", str(flown / "disk" / "p1-left"), "--list", "--json")
    assert (code, err) == (0, "")
    listed = json.loads(out)
    assert sorted((log["kind"], log["where"], log["from_start"]) for log in listed) == [
        ("guard", "disk", True),
        ("loop", "disk", True),
    ]
    code, out, _ = command("replay", str(flown), "--list")
    lines = out.splitlines()
    assert code == 0
    assert len(lines) == 2
    assert all("memory" in line and ".ilog" in line for line in lines)


def test_the_log_is_told_in_words(flown: Path) -> None:
    code, out, err = command("replay", str(flown), "--text")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    told = [line.split(" s  ", 1)[1] for line in lines]
    assert told[0] == "guard  STOPPED, NOT_ARMED: Stopped. Press Arm to let the limb move."
    assert "guard  asked: arm" in told
    assert "loop   movement: power" in told or "loop   movement: open" in told
    stop = told.index("guard  asked: stop")
    assert told[stop + 1] == "guard  STOPPED, STOP_REQUESTED: Stopped by a person. Press Arm to go on."
    times = [float(line.split()[1]) for line in lines]
    assert times == sorted(times)
    code, out, _ = command("replay", str(flown), "--text", "--json", "--from", "1")
    assert min(event["t_s"] for event in json.loads(out)) >= 1.0


def test_one_changed_sample_is_found(flown: Path, tmp_path: Path) -> None:
    reader = FlightLogReader(flown / FLIGHT_FOLDER / "loop.ilog")
    path = tmp_path / "changed.ilog"
    with FlightLogWriter(path, reader.facts, reader.attached, 1 << 25) as writer:
        writer.place()
        for record in reader.records():
            payload = record.payload
            if record.seq == 120:
                at = payload.index(packed(T_CHUNK)[:1], 14) + 5 + CHUNK.size
                payload = payload[: at + 2] + bytes((payload[at + 2] ^ 0x40,)) + payload[at + 3 :]
            writer.append(payload)
    code, found = replay(str(path))
    assert (code, found["verdict"]) == (1, "different")
    first = found["logs"][0]["first_difference"]
    assert first["turn"] == 120
    assert first["what"] in ("decision", "command")
    assert 0.8 < first["t_s"] < 1.6
    code, out, _ = command("replay", str(path))
    assert code == 1
    assert f"first difference {first['t_s']:.3f} s after the start (record 120)" in out


def test_what_cannot_be_replayed_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.ilog").write_bytes(b"nonsense")
    for path, said in ((tmp_path / "a.ilog", "not a flight log"), (tmp_path / "none", "no flight log there")):
        code, out, err = command("replay", str(path))
        assert (code, out) == (2, "")
        assert said in err
        assert err.count("\n") == 1
