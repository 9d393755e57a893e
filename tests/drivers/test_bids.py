"""The EMG-BIDS folder: what is in it, whose it is, what MNE reads of it, and mending it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.bdf import BdfSignal
from innervate.drivers.recordings.bids import BidsRecording
from innervate.drivers.recordings.check import check, check_file
from innervate.drivers.recordings.describe import About
from innervate.drivers.recordings.events import Event
from innervate.drivers.recordings.formats import read
from innervate.drivers.recordings.mend import mend
from innervate.drivers.recordings.signals import live_signals
from innervate.drivers.recordings.spans import Spans

LSB = 4.5 / 24 / (2**23 - 1) * 1e6
PEER = Path(__file__).with_name("peer_mne.py")
START = datetime(2026, 2, 19, 10, 30, 5)  # noqa: DTZ001 - EDF has no zone
SIGNALS = tuple(BdfSignal(f"ch{i + 1}", "uV", LSB) for i in range(3))


def rows(samples: int = 4321) -> Any:
    counts = np.random.default_rng(7).integers(-(2**23), 2**23, (samples, 3))
    return (counts * LSB).astype(np.float32)


def begin(root: Path, patient: str = "p-1", task: str = "wrist flexion", **more: Any) -> BidsRecording:
    about = About(
        patient, task, "day 1", device="Cyton", manufacturer="OpenBCI", classes=("rest", "power", "open")
    )
    beside = [BdfSignal("load", "N", 0.1, 50.0)]
    return BidsRecording(root, about, SIGNALS, 1000.0, beside, {"ch1": "biceps"}, START, **more)


def record(root: Path, close: bool = True, **more: Any) -> BidsRecording:
    made = begin(root, **more)
    samples = rows()
    valid = np.ones(samples.shape, np.bool_)
    valid[1000:1100] = False
    valid[2000:2300, 1] = False
    made.event(Event(0.5, 0.4, "power", repetition=0))
    made.event(Event(2.5, None, "open", repetition=1))
    made.event(Event(0.2, 0.1, "BAD_flat", "ch3"))
    for first in range(0, len(samples), 50):
        made.append(samples[first : first + 50], valid[first : first + 50])
    if close:
        made.close()
    return made


EXPECTED = [
    (0.2, 0.1, "BAD_flat", "ch3"),
    (0.5, 0.4, "power", ""),
    (1.0, 0.1, "BAD_lost", ""),
    (2.0, 0.3, "BAD_invalid", "ch2"),
    (2.5, 0.0, "open", ""),
    (4.321, 0.179, "BAD_padding", ""),
]


def test_mne_and_mne_bids_and_edfio_read_what_we_write(tmp_path: Path) -> None:
    made = record(tmp_path / "set")
    done = subprocess.run(
        [sys.executable, str(PEER), str(made.path), str(tmp_path / "set")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for name in ("bdf", "bids"):
        said = found[name]
        assert (said["channels"], said["rate_hz"]) == (["ch1", "ch2", "ch3", "load"], 1000.0)
        samples = np.frombuffer(bytes.fromhex(said["samples"]), np.float32).reshape(-1, 3)
        np.testing.assert_array_equal(samples[:4321], rows())
        annotations = sorted(
            (round(on, 6), round(long, 6), what) for on, long, what, _ in said["annotations"]
        )
        assert annotations == [each[:3] for each in EXPECTED]
        assert said["date"].startswith("2026-02-19 10:30:05")
    assert found["bids"]["types"] == ["emg", "emg", "emg", "misc"]
    assert [a[3] for a in sorted(found["bdf"]["annotations"])] == [[c] if c else [] for *_, c in EXPECTED]
    theirs = edfio.read_bdf(made.path)
    assert theirs.local_patient_identification == "p-1 X X X"
    np.testing.assert_array_equal(theirs.signals[0].data[:4321].astype(np.float32), rows()[:, 0])


def test_what_lies_in_the_folder(tmp_path: Path) -> None:
    made = record(tmp_path / "set")
    assert made.path.relative_to(tmp_path).as_posix() == (
        "set/sub-p1/ses-day1/emg/sub-p1_ses-day1_task-wristFlexion_run-1_emg.bdf"
    )
    assert {p.name.rpartition("run-1_")[2] for p in made.place.folder.iterdir()} == {
        "emg.bdf", "emg.json", "channels.tsv", "events.tsv", "events.json"
    }  # fmt: skip
    for path in (tmp_path / "set").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    about = json.loads(made.place.file("_emg.json").read_text())
    required = (
        "EMGPlacementScheme EMGReference SamplingFrequency PowerLineFrequency RecordingType SoftwareFilters"
    )
    assert {*required.split(), "TaskName", "EMGPlacementSchemeDescription"} <= about.keys()
    assert (about["RecordingDuration"], about["Innervate"]["lsb"]["ch1"]) == (4.321, LSB)
    table = made.place.file("_channels.tsv").read_text().splitlines()
    assert table[0].split("\t")[:3] == ["name", "type", "units"]
    assert table[1].split("\t") == ["ch1", "EMG", "uV", "ch1", "1000.0", "biceps"]
    assert table[4].split("\t")[:3] == ["load", "MISC", "N"]
    events = made.place.file("_events.tsv").read_text().splitlines()
    assert events[0].split("\t")[:3] == ["onset", "duration", "trial_type"]
    assert events[2].split("\t") == ["0.5", "0.4", "power", "n/a", "500", "0", "n/a"]
    found = read(tmp_path / "set")
    assert (found.patient, found.classes, found.unit) == ("p-1", ("rest", "power", "open"), "uV")
    np.testing.assert_array_equal(found.emg, rows())
    assert found.label[[450, 500, 899, 900, 2499, 2500, 4320]].tolist() == [-1, 1, 1, -1, -1, 2, 2]
    assert found.rep[[600, 3000]].tolist() == [0, 1]
    assert np.flatnonzero(np.diff(found.rec)).tolist() == [999, 1099]


def test_the_bids_validator_finds_no_error() -> None:
    validator = shutil.which("bids-validator-deno") or shutil.which("bids-validator")
    if validator is None:
        pytest.skip(
            "no bids-validator is installed (pip install bids-validator-deno, in another environment)"
        )
    with tempfile.TemporaryDirectory() as folder:  # not in shared memory: the validator's sandbox refuses it
        record(Path(folder, "set"))
        done = subprocess.run([validator, f"{folder}/set", "--json"], capture_output=True, text=True)
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []


def test_events_are_on_the_disk_at_once_and_a_run_never_replaces_another(tmp_path: Path) -> None:
    first, second = begin(tmp_path), begin(tmp_path)
    assert (first.place.run, second.place.run) == (1, 2)
    first.event(Event(0.0, None, "power"))
    assert first.place.file("_events.tsv").read_text().splitlines()[1].startswith("0\tn/a\tpower")
    first.close()
    assert not list(first.place.folder.glob("*run-1*"))  # nothing was recorded, nothing is left
    second.append(rows(10))
    second.close()
    assert begin(tmp_path).place.run == 1


def test_another_patient_is_refused_in_one_line(tmp_path: Path) -> None:
    record(tmp_path)
    with pytest.raises(RecordingError, match=r"holds recordings of patient 'p-1', not of 'p2'"):
        begin(tmp_path, "p2")
    assert sorted(p.name for p in tmp_path.glob("sub-*")) == ["sub-p1"]
    shared = tmp_path / "shared"
    begin(shared, "p-1", several=True)
    begin(shared, "q", several=True)
    with pytest.raises(RecordingError, match=r"sub-p1 is patient 'p-1', not 'p 1'"):
        begin(shared, "p 1", several=True)
    with pytest.raises(RecordingError, match="the patient's id '---' cannot stand in a file's name"):
        begin(shared, "---")


def test_a_whole_recording_is_ok(tmp_path: Path) -> None:
    record(tmp_path)
    (found,) = check(tmp_path)
    assert (found.verdict, found.problems) == ("ok", [])
    assert (found.seconds, found.channels, found.rate_hz, found.gaps, found.lost_s) == (
        4.321,
        3,
        1000,
        1,
        0.1,
    )
    assert (found.records, found.header_records, found.patient) == (9, 9, "p-1")
    assert found.quality["ch2"]["bad_s"] == pytest.approx(0.3)


def test_what_a_crash_leaves_is_found_and_mended(tmp_path: Path) -> None:
    made = record(tmp_path, close=False)
    data = made.path.read_bytes()
    made.path.write_bytes(data[:236] + b"3       " + data[244:] + b"\x01" * 77)
    with made.place.file("_events.tsv").open("a") as out:
        out.write("3.0\t0.")
    made.place.file("_channels.tsv").unlink()
    (found,) = check(tmp_path)
    assert found.verdict == "mend"
    assert [problem.partition("_run-1")[0] for problem in found.problems] == [
        "the header counts 3 data records, 8 are there",
        "77 bytes of a data record that is not whole are at its end",
        "sub-p1_ses-day1_task-wristFlexion",
        "was not closed: it ended with a crash or without power",
        "sub-p1_ses-day1_task-wristFlexion",
    ]
    after = mend(made.path)
    assert (after.verdict, after.problems, after.seconds) == ("ok", [], 4.0)
    assert any("77 bytes cut; as it was: " in each for each in after.mended)
    assert made.path.read_bytes() == data
    assert made.path.with_name(made.path.name + ".before-mend").stat().st_size == len(data) + 77
    np.testing.assert_array_equal(read(made.path).emg, rows()[:4000])
    assert edfio.read_bdf(made.path).num_data_records == 8
    assert mend(made.path).mended == []


def test_lost_sidecars_are_made_again_from_the_samples_file(tmp_path: Path) -> None:
    made = record(tmp_path)
    was = read(made.path)
    for path in [*made.place.folder.iterdir(), tmp_path / "dataset_description.json"]:
        if path.suffix != ".bdf":
            path.unlink()
    alone = read(made.path)
    np.testing.assert_array_equal(alone.emg, was.emg)
    np.testing.assert_array_equal(alone.label >= 0, was.label >= 0)
    assert check_file(made.path).verdict == "mend"
    assert mend(made.path).verdict == "ok"
    back = read(made.path)
    np.testing.assert_array_equal(back.emg, was.emg)
    assert (back.patient, back.channels, back.meta["left_out"]) == ("p-1", was.channels, ["load"])
    types = [line.split("\t")[1] for line in made.place.file("_channels.tsv").read_text().splitlines()]
    assert types == ["type", "EMG", "EMG", "EMG", "MISC"]


def test_a_damaged_sidecar_is_set_aside(tmp_path: Path) -> None:
    made = record(tmp_path)
    made.place.file("_emg.json").write_text('{"half":')
    with pytest.raises(RecordingError, match=r"emg\.json: not readable JSON"):
        read(made.path)
    assert check_file(made.path).verdict == "mend"
    assert mend(made.path).verdict == "ok"
    assert made.place.file("_emg.json.before-mend").read_text() == '{"half":'


def test_a_file_that_got_no_name_and_one_that_nobody_can_read(tmp_path: Path) -> None:
    made = begin(tmp_path)
    made.append(rows(100))
    (found,) = check(tmp_path)
    assert (found.verdict, found.path) == ("mend", str(made.path) + ".new")
    assert mend(Path(found.path)).mended == [
        f"set aside as {made.path.name}.new.before-mend: nothing is in it"
    ]
    (tmp_path / "junk.bdf").write_bytes(b"junk")
    assert check_file(tmp_path / "junk.bdf").verdict == "unreadable"
    with pytest.raises(RecordingError, match="no such recording"):
        check(tmp_path / "nothing")


def test_stretches_that_are_not_valid_are_said_whatever_the_chunks() -> None:
    valid = np.ones((900, 2), np.bool_)
    valid[100:150] = False
    valid[300:301, 0] = False
    valid[880:, 1] = False
    for size in (1, 7, 100, 900):
        spans = Spans(("a", "b"), 1000.0)
        found = [e for first in range(0, 900, size) for e in spans.add(valid[first : first + size], first)]
        found += spans.close(900)
        assert [(e.text, e.channel, round(e.onset_s, 3), round(e.duration_s or 0, 3)) for e in found] == [
            ("BAD_lost", "", 0.1, 0.05),
            ("BAD_invalid", "a", 0.3, 0.001),
            ("BAD_invalid", "b", 0.88, 0.02),
        ]


def test_a_live_recording_finds_its_counts() -> None:
    first = (np.random.default_rng(1).integers(-900, 900, (1000, 2)) * 0.25).astype(np.float32)
    first[:, 1] = np.repeat(np.arange(4), 250)  # too few values to tell
    known = live_signals(("a", "b"), "uV", LSB, None, first)
    assert [(s.name, s.unit, s.lsb) for s in known] == [("a", "uV", LSB), ("b", "uV", LSB)]
    guessed = live_signals(("a", "b"), "a.u.", None, 100.0, first)
    assert [s.unit for s in guessed] == ["", ""]
    assert guessed[0].lsb == 0.25
    assert guessed[1].lsb * (2**23 - 1) == pytest.approx(100.0)
