"""The flight log's file: what is written is read, after any death of its writer and any damage to it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.errors import RecordingError
from innervate.core.flight import Recorder, Strayed, Tape, entries, packed, packed_time, time_of
from innervate.core.flightlog import FlightLogError, FlightLogReader, FlightLogWriter, previous_log

FACTS = {"kind": "loop", "code": "abc"}
PAYLOADS = st.lists(st.binary(max_size=700), max_size=30)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def written(path: Path, payloads: list[bytes], size: int = 1 << 16, segments: int = 4) -> bytes:
    """The content of a log of these records."""
    with FlightLogWriter(path, FACTS, b"model", size, segments) as writer:
        writer.place()
        for payload in payloads:
            writer.append(payload)
    return path.read_bytes()


def read(path: Path) -> list[bytes]:
    return [record.payload for record in FlightLogReader(path).records()]


def test_a_log_brings_its_facts_and_its_model_and_belongs_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "loop.ilog"
    written(path, [b"one", b"", b"three"])
    reader = FlightLogReader(path)
    assert (reader.facts, reader.attached, reader.from_start) == (FACTS, b"model", True)
    assert [(record.seq, record.payload) for record in reader.records()] == [
        (1, b"one"),
        (2, b""),
        (3, b"three"),
    ]
    assert path.stat().st_mode & 0o777 == 0o600


@given(PAYLOADS, st.integers(2, 5))
def test_the_newest_records_are_there_in_order_whatever_their_lengths(
    payloads: list[bytes], segments: int
) -> None:
    with folder() as at:
        written(at / "a.ilog", payloads, 4096, segments)
        reader = FlightLogReader(at / "a.ilog")
        found = list(reader.records())
        assert [record.payload for record in found] == payloads[len(payloads) - len(found) :]
        assert [record.seq for record in found] == list(
            range(len(payloads) - len(found) + 1, len(payloads) + 1)
        )
        if reader.from_start:
            assert len(found) == len(payloads)
        else:
            # The oldest segment is lost as a whole, and the end of each is too short for a record.
            kept = sum(len(record.payload) + 16 for record in found)
            assert kept > (segments - 1) * (4096 - 28 - 716)


@given(PAYLOADS, st.floats(0.0, 1.0))
def test_any_cut_of_a_file_gives_its_first_records_or_says_that_it_is_none(
    payloads: list[bytes], share: float
) -> None:
    with folder() as at:
        content = written(at / "a.ilog", payloads)
        (at / "cut.ilog").write_bytes(content[: round(share * len(content))])
        try:
            found = read(at / "cut.ilog")
        except RecordingError:
            assert share * len(content) < 4097
            return
        assert found == payloads[: len(found)]


@given(PAYLOADS, st.data())
def test_a_damaged_byte_takes_records_away_and_never_changes_one(
    payloads: list[bytes], data: st.DataObject
) -> None:
    with folder() as at:
        content = bytearray(written(at / "a.ilog", payloads))
        k = data.draw(st.integers(4096, 4096 + sum(len(p) + 16 for p in payloads) + 40))
        content[k] ^= data.draw(st.integers(1, 255))
        (at / "a.ilog").write_bytes(content)
        rest = iter(payloads)
        assert all(any(found == payload for payload in rest) for found in read(at / "a.ilog"))


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"INVRING\x01" + bytes(5000), b"INVFLOG\x01" + b"\xff" * 200):
        (tmp_path / "a.ilog").write_bytes(content)
        with pytest.raises(RecordingError, match=r"a\.ilog"):
            FlightLogReader(tmp_path / "a.ilog")


WRITER = """
import sys, pathlib
from innervate.core.flightlog import FlightLogWriter
writer = FlightLogWriter(pathlib.Path(sys.argv[1]), {}, size=1 << 16, segments=4)
writer.place()
n = 0
while True:
    for _ in range(50):
        n += 1
        writer.append(n.to_bytes(8, "little") * (1 + n % 40))
    print(n, flush=True)
"""


def test_a_killed_writer_leaves_all_that_it_had_written(tmp_path: Path) -> None:
    """Killed at any moment, while old records are being overwritten."""
    path = tmp_path / "a.ilog"
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    for _ in range(random.Random(os.getpid()).randrange(50, 150)):
        said = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    said = max([said, *map(int, child.stdout.read().split())])
    child.stdout.close()
    child.wait()
    numbers = [int.from_bytes(payload[:8], "little") for payload in read(path)]
    assert numbers[-1] >= said
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert len(numbers) > 100


def test_a_log_is_read_while_it_is_written(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "a.ilog")], stdout=subprocess.PIPE)
    assert child.stdout is not None
    try:
        for _ in range(40):
            child.stdout.readline()
            numbers = [int.from_bytes(payload[:8], "little") for payload in read(tmp_path / "a.ilog")]
            assert numbers == sorted(set(numbers))
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


def test_a_full_disk_is_met_at_the_start_and_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import resource, sys, pathlib\n"
        "from innervate.core.flightlog import *\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: FlightLogWriter(pathlib.Path(sys.argv[1]), {})\n"
        "except FlightLogError as error: print(error)\n"
    )
    path = tmp_path / "a.ilog"
    said = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, check=True, text=True
    )
    assert "File too large" in said.stdout
    assert "the limb runs without it" in said.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_log_takes_no_more_than_half_of_what_is_free_and_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FlightLogError, match="more than half of what is free"):
        FlightLogWriter(tmp_path / "a.ilog", {}, size=1 << 50)
    with pytest.raises(FlightLogError, match="No such file"):
        FlightLogWriter(tmp_path / "nowhere" / "a.ilog", {})
    assert list(tmp_path.iterdir()) == []


def test_the_log_of_the_run_before_stays_until_the_next_run_has_begun(tmp_path: Path) -> None:
    path = tmp_path / "a.ilog"
    written(path, [b"first run"])
    FlightLogWriter(path, {}).close()  # a run that could not start
    assert read(path) == [b"first run"]
    written(path, [b"second run"])
    assert (read(path), read(previous_log(path))) == ([b"second run"], [b"first run"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.ilog", "a.previous.ilog"]


def test_a_record_longer_than_a_segment_leaves_a_gap_that_is_seen(tmp_path: Path) -> None:
    written(tmp_path / "a.ilog", [b"a", bytes(9000), b"c"], 16384, 4)
    found = list(FlightLogReader(tmp_path / "a.ilog").records())
    assert [(record.seq, record.payload) for record in found] == [(1, b"a"), (3, b"c")]


@given(st.lists(st.tuples(st.integers(2, 255), st.binary(max_size=40)), max_size=20), st.floats())
def test_entries_come_back_in_order(turn: list[tuple[int, bytes]], t_s: float) -> None:
    payload = b"\2" + packed_time(t_s) + b"".join(packed(tag, body) for tag, body in turn)
    assert entries(payload)[1:] == turn
    found = time_of(payload)
    assert found == t_s or t_s != t_s
    tape = Tape(payload, {})
    assert tape.maybe(200 if tape.next_tag != 200 else 201) is None
    tape.take(1)
    for tag, body in turn:
        assert tape.take(tag) == body
    tape.end()


def test_a_tape_says_what_was_asked_for_and_what_is_there() -> None:
    tape = Tape(b"\2" + packed(7, b"x"), {7: "samples", 9: "a command"})
    with pytest.raises(Strayed, match="a command where the log has samples"):
        tape.take(9)
    with pytest.raises(Strayed, match="the end of the turn where the log has samples"):
        tape.end()
    tape.take(7)
    with pytest.raises(Strayed, match="samples where the log has the end of the turn"):
        tape.take(7)


@settings(max_examples=20)
@given(st.integers(0, 400))
def test_a_recorder_whose_file_is_taken_away_ends_and_says_so(turns: int) -> None:
    """Its process goes on as if nothing had happened."""
    with folder() as at:
        writer = FlightLogWriter(at / "a.ilog", {}, size=1 << 14, segments=2)
        recorder = Recorder(writer)
        for _ in range(turns):
            recorder.put(packed(5, bytes(100)))
            recorder.commit()
        assert recorder.failed == ""
        writer.close()
        for _ in range(3):
            recorder.put(packed(5, bytes(100)))
            recorder.commit()
        assert "flight recorder stopped" in recorder.failed
        assert not recorder.on
