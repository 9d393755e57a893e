"""Flight logs on a disk: all that was in memory, in order, through kills, cuts, full disks and restarts."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.child import Child
from innervate.core.clock import now
from innervate.core.errors import RecordingError
from innervate.core.flight import FLIGHT_FOLDER, GUARD_LOG, LOOP_LOG
from innervate.core.flightcopy import STATUS_FILE, Copier, CopierSettings
from innervate.core.flightdisk import DiskLogReader, cut_torn_tail, disk_logs, segment_files
from innervate.core.flightfollow import Follower
from innervate.core.flightlog import FlightLogReader, FlightLogWriter
from innervate.core.flightread import open_log
from innervate.core.folders import private_folder
from innervate.core.settings import write_settings

from ..waiting import until

MODEL = bytes(range(256))


class Limb:
    """What writes in memory, and where it is copied to."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder = folder
        self.flight = private_folder(folder / FLIGHT_FOLDER)
        self.place = folder / "disk"
        given_ = {"runtime_dir": str(folder), "place": str(self.place), "most_mb": 50.0, **changes}
        self.settings = CopierSettings(**given_)
        self.told: list[str] = []
        self.writers: dict[str, FlightLogWriter] = {}
        self.written: dict[str, int] = {}
        self.t_s = 0.0

    def start(self, kind: str, size: int = 1 << 18, segments: int = 4, t_start_s: float = 5.0) -> None:
        facts = {"kind": kind, "t_start_s": t_start_s, "unix_offset_s": 1.7e9, "settings": {}}
        writer = FlightLogWriter(self.flight / f"{kind}.ilog", facts, MODEL, size, segments)
        writer.place()
        self.writers[kind], self.written[kind] = writer, 0

    def write(self, kind: str, count: int, length: int = 100) -> None:
        for _ in range(count):
            self.written[kind] += 1
            self.writers[kind].append(payload(self.written[kind], length))

    def copier(self, **changes: Any) -> Copier:
        made = CopierSettings(
            **{**{n: getattr(self.settings, n) for n in self.settings.__slots__}, **changes}
        )
        return Copier(made, self.told.append)

    def turn(self, copier: Copier) -> None:
        self.t_s += 10.0
        copier.turn(self.t_s)

    def on_disk(self, kind: str) -> list[int]:
        """Numbers of the records of the newest run, each found to be what was written."""
        log = [log for log in disk_logs(self.place) if log.name.startswith(kind)][-1]
        return numbers(DiskLogReader(log))


def payload(number: int, length: int) -> bytes:
    return random.Random(number).randbytes(1 + number * 7919 % length) + number.to_bytes(4, "little")


def numbers(reader: Any) -> list[int]:
    found = []
    for record in reader.records():
        assert int.from_bytes(record.payload[-4:], "little") == record.seq
        found.append(record.seq)
    return found


@pytest.fixture
def limb(tmp_path: Path) -> Limb:
    return Limb(tmp_path)


def test_what_was_overwritten_in_memory_is_on_the_disk(limb: Limb) -> None:
    limb.start("loop")
    limb.start("guard")
    copier = limb.copier()
    for _ in range(30):
        limb.write("loop", 300, 400)
        limb.write("guard", 700, 60)
        limb.turn(copier)
    for kind in ("loop", "guard"):
        assert limb.on_disk(kind) == list(range(1, limb.written[kind] + 1))
    log = disk_logs(limb.place)[0]
    reader = DiskLogReader(log)
    assert (reader.facts["kind"], reader.attached, reader.from_start) == ("loop", MODEL, True)
    assert limb.told == []
    assert limb.place.stat().st_mode & 0o777 == log.stat().st_mode & 0o777 == 0o700
    assert {file.path.stat().st_mode & 0o777 for file in segment_files(log)} == {0o600}


def test_the_log_in_memory_is_read_together_with_its_older_part_on_the_disk(limb: Limb) -> None:
    limb.start("loop")
    copier = limb.copier()
    for _ in range(10):
        limb.write("loop", 400, 400)
        limb.turn(copier)
    limb.write("loop", 50)  # not copied yet
    reader = open_log(limb.flight / LOOP_LOG)
    assert numbers(reader) == list(range(1, 4051))
    assert reader.from_start
    assert limb.on_disk("loop") == list(range(1, 4001))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 120), st.booleans()), min_size=1, max_size=25), st.integers(2, 5))
def test_whenever_it_looks_and_dies_each_record_is_there_once_or_counted(
    looks: list[tuple[int, bool]], segments: int
) -> None:
    """A ring of a few thousand bytes: a copier that looks seldom is lapped."""
    with folder() as at:
        limb = Limb(at)
        limb.start("loop", 1 << 14, segments)
        copier = limb.copier()
        lost = 0
        for count, dies in looks:
            limb.write("loop", count, 700)
            limb.turn(copier)
            if dies:  # like SIGKILL: nothing is said, nothing closed but by the kernel
                lost += copier._logs[LOOP_LOG].lost
                os.close(copier._lock)
                copier._lock = -1
                copier = limb.copier()
        limb.turn(copier)
        lost += copier._logs[LOOP_LOG].lost
        if limb.written["loop"]:
            found = limb.on_disk("loop")
            assert found == sorted(set(found))
            assert found[-1] == limb.written["loop"]
            assert len(found) + lost == limb.written["loop"]
        copier.close()


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def test_what_it_could_not_keep_up_with_is_counted_and_said(limb: Limb) -> None:
    limb.start("loop", 1 << 14)
    copier = limb.copier()
    limb.write("loop", 10)
    limb.turn(copier)
    limb.write("loop", 5000, 100)
    limb.turn(copier)
    found = limb.on_disk("loop")
    lost = 5010 - len(found)
    assert lost > 4000
    assert limb.told == [f"{lost} records of the flight log are missing on the disk"]
    assert json.loads((limb.flight / STATUS_FILE).read_bytes())["lost"] == {"loop": lost, "guard": 0}


WRITER = """
import pathlib, sys
from innervate.core.flightlog import FlightLogWriter
facts = {"kind": "loop", "t_start_s": 5.0, "unix_offset_s": 1.7e9}
writer = FlightLogWriter(pathlib.Path(sys.argv[1]), facts, size=1 << 15, segments=4)
writer.place()
n = 0
while True:
    for _ in range(500):
        n += 1
        writer.append(bytes(n * 7919 % 300) + n.to_bytes(4, "little"))
    print(n, flush=True)
"""


def test_a_log_is_copied_while_it_is_written_faster_than_anybody_reads(limb: Limb) -> None:
    """The writer laps the copier again and again, in the middle of what it reads."""
    command = [sys.executable, "-c", WRITER, str(limb.flight / LOOP_LOG)]
    copier = limb.copier()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        try:
            assert writer.stdout is not None
            writer.stdout.readline()
            until_s = now() + 1.0
            while now() < until_s:
                limb.turn(copier)
                writer.stdout.readline()  # it does not wait for a full pipe
        finally:
            writer.kill()
    limb.turn(copier)
    newest = [record.seq for record in FlightLogReader(limb.flight / LOOP_LOG).records()][-1]
    found = limb.on_disk("loop")
    lost = copier._logs[LOOP_LOG].lost
    assert lost > 0
    assert len(found) > 300
    assert found == sorted(set(found))
    assert found[-1] == newest
    assert len(found) + lost == newest
    assert copier.trouble == ""


def test_a_restarted_process_gets_a_log_of_its_own_and_the_old_one_is_copied_to_its_end(limb: Limb) -> None:
    limb.start("loop")
    copier = limb.copier()
    limb.write("loop", 100)
    limb.turn(copier)
    limb.write("loop", 57)  # killed now
    limb.start("loop", t_start_s=99.0)
    limb.write("loop", 20)
    limb.turn(copier)
    logs = disk_logs(limb.place)
    assert [numbers(DiskLogReader(log))[-1] for log in logs] == [157, 20]
    assert limb.told == []


def test_what_was_not_copied_when_all_were_killed_is_copied_at_the_next_start(limb: Limb) -> None:
    limb.start("guard")
    copier = limb.copier()
    limb.write("guard", 100)
    limb.turn(copier)
    limb.write("guard", 31)
    copier.close()
    limb.start("guard", t_start_s=99.0)
    again = limb.copier()
    limb.write("guard", 5)
    limb.turn(again)
    assert [numbers(DiskLogReader(log))[-1] for log in disk_logs(limb.place)] == [131, 5]


def test_what_another_patient_left_in_memory_is_not_copied_to_this_one(limb: Limb, tmp_path: Path) -> None:
    """Both wore a hand on the same port."""
    limb.start("guard")
    first = limb.copier()
    limb.write("guard", 100)
    limb.turn(first)
    first.close()
    limb.start("guard", t_start_s=99.0)
    limb.write("guard", 5)
    second = limb.copier(place=str(tmp_path / "another"))
    limb.turn(second)
    (log,) = disk_logs(tmp_path / "another")
    assert numbers(DiskLogReader(log)) == [1, 2, 3, 4, 5]


def test_the_oldest_of_all_runs_make_room(limb: Limb) -> None:
    copier = limb.copier(most_mb=4.0)
    for run in range(6):
        limb.start("loop", t_start_s=float(10 - run))  # a clock that was set back
        for _ in range(40):
            limb.write("loop", 100, 600)
            limb.turn(copier)
    used = sum(file.bytes for log in disk_logs(limb.place) for file in segment_files(log))
    assert 2.0e6 < used < 4.2e6
    newest = limb.on_disk("loop")
    assert newest == list(range(1, 4001))
    oldest = disk_logs(limb.place)[0]
    assert len(disk_logs(limb.place)) < 6
    cut = numbers(DiskLogReader(oldest))
    assert cut == list(range(cut[0], 4001))
    assert limb.told == []


def test_a_full_disk_is_said_once_and_what_memory_still_has_is_copied_when_there_is_room(limb: Limb) -> None:
    limb.start("loop")
    full = limb.copier(spare_mb=1e9)
    for _ in range(3):
        limb.write("loop", 100)
        limb.turn(full)
    (said,) = limb.told
    assert said.startswith(
        f"{limb.place}: the flight log stays in memory only: less than 1000000000 MB are free"
    )
    assert json.loads((limb.flight / STATUS_FILE).read_bytes())["trouble"] == said
    assert numbers(open_log(limb.flight / LOOP_LOG)) == list(range(1, 301))
    full.close()
    again = limb.copier()
    limb.turn(again)
    assert limb.on_disk("loop") == list(range(1, 301))


def test_a_disk_that_comes_back_is_said(limb: Limb) -> None:
    limb.start("loop")
    limb.place.write_text("not a folder")
    copier = limb.copier()
    limb.write("loop", 100)
    limb.turn(copier)
    limb.turn(copier)
    limb.place.unlink()
    limb.turn(copier)
    assert len(limb.told) == 2
    assert "stays in memory only" in limb.told[0]
    assert limb.told[1] == "the flight log is copied to the disk again"
    assert limb.on_disk("loop") == list(range(1, 101))


def test_a_second_copier_does_not_write_to_the_same_place(limb: Limb) -> None:
    limb.start("loop")
    limb.write("loop", 10)
    first, second = limb.copier(), limb.copier()
    limb.turn(first)
    limb.turn(second)
    assert "another copier writes there" in second.trouble
    assert limb.on_disk("loop") == list(range(1, 11))


@settings(max_examples=40)
@given(st.floats(0.0, 1.0), st.binary(max_size=40))
def test_a_torn_tail_is_cut_off_at_the_last_whole_block(share: float, rubbish: bytes) -> None:
    """What a power cut leaves: a file that ends anywhere, perhaps in bytes that nobody wrote."""
    with folder() as at:
        limb = Limb(at)
        limb.start("loop")
        copier = limb.copier()
        for _ in range(6):
            limb.write("loop", 20)
            limb.turn(copier)
        copier.close()
        (log,) = disk_logs(limb.place)
        (file,) = segment_files(log)
        content = file.path.read_bytes()
        kept = content[: round(share * len(content))]
        file.path.write_bytes(kept + rubbish)
        try:
            found = numbers(DiskLogReader(log))
        except RecordingError:
            assert share < 0.5  # not even the head is whole
            return
        assert found == list(range(1, len(found) + 1))
        assert len(found) % 20 == 0
        assert len(found) >= 20 * int(6 * share - 1)
        cut_torn_tail(file.path)
        assert file.path.stat().st_size <= max(len(kept), 1)
        assert numbers(DiskLogReader(log)) == found
        # The next copier goes on behind it, with what memory still has.
        limb.turn(limb.copier())
        assert limb.on_disk("loop") == list(range(1, 121))


@given(st.data())
@settings(max_examples=40)
def test_a_damaged_byte_takes_records_away_and_never_changes_one(data: st.DataObject) -> None:
    with folder() as at:
        limb = Limb(at)
        limb.start("loop")
        copier = limb.copier()
        for _ in range(4):
            limb.write("loop", 10)
            limb.turn(copier)
        copier.close()
        (log,) = disk_logs(limb.place)
        (file,) = segment_files(log)
        content = bytearray(file.path.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        file.path.write_bytes(content)
        try:
            found = numbers(DiskLogReader(log))
        except RecordingError:
            return
        assert found == list(range(1, len(found) + 1))


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"IFB1" + bytes(30), b"nonsense" * 10):
        (tmp_path / "00000001.iseg").write_bytes(content)
        with pytest.raises(RecordingError, match="no flight log"):
            DiskLogReader(tmp_path)
        (tmp_path / "a.ilog").write_bytes(content)
        with pytest.raises(RecordingError, match=r"a\.ilog"):
            Follower(tmp_path / "a.ilog")


def test_the_process_is_killed_and_its_successor_goes_on_without_a_gap(limb: Limb) -> None:
    limb.start("loop", 1 << 20)
    limb.start("guard", 1 << 20)
    path = limb.folder / "settings.json"
    write_settings(path, limb.settings)
    for number in (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM):
        with Child("innervate.app.flight_copier", str(path), leashed=True) as child:
            child.wait_ready(10.0)
            for kind in ("loop", "guard"):
                limb.write(kind, 500)
            since_s = now()
            until(lambda since_s=since_s: copied_at(limb) > since_s, 10.0)
            for kind in ("loop", "guard"):
                limb.write(kind, 40)
            child.signal(number)
            until(lambda child=child: not child.running)
    for name in (LOOP_LOG, GUARD_LOG):
        assert limb.on_disk(name.partition(".")[0]) == list(range(1, 1621))  # SIGTERM: to the last one
    assert json.loads((limb.flight / STATUS_FILE).read_bytes())["lost"] == {"loop": 0, "guard": 0}


def test_a_disk_that_takes_no_more_harms_nobody_and_loses_nothing_that_memory_has(limb: Limb) -> None:
    """The kernel itself refuses to write, in the middle of a block."""
    limb.start("loop", 1 << 20)
    path = limb.folder / "settings.json"
    write_settings(path, limb.settings)
    said: list[str] = []
    with Child("innervate.app.flight_copier", str(path), leashed=True) as child:
        child.wait_ready(10.0)
        limb.write("loop", 100)
        until(lambda: copied_at(limb) > 0.0 and any(map(readable, disk_logs(limb.place))), 10.0)
        until(lambda: limb.on_disk("loop") == list(range(1, 101)), 10.0)
        (file,) = segment_files(disk_logs(limb.place)[0])
        forever = resource.RLIM_INFINITY
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (file.bytes + 1000, forever))
        limb.write("loop", 300)
        until(lambda: said.append(child.notice()) or said[-1] != "", 10.0)
        assert "the flight log stays in memory only: File too large" in said[-1]
        assert limb.on_disk("loop") == list(range(1, 101))
        limb.write("loop", 300)
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (forever, forever))
        until(lambda: said.append(child.notice()) or said[-1] != "", 10.0)
        assert said[-1] == "the flight log is copied to the disk again"
    assert limb.on_disk("loop") == list(range(1, 701))
    assert len([line for line in said if line]) == 2


def readable(log: Path) -> bool:
    """False in the moment in which its first file is made."""
    try:
        return bool(numbers(DiskLogReader(log)))
    except RecordingError:
        return False


def copied_at(limb: Limb) -> float:
    try:
        return float(json.loads((limb.flight / STATUS_FILE).read_bytes())["t_s"])
    except OSError:
        return 0.0
