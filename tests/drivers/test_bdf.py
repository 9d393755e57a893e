"""Our BDF+ writer: exact, the same for any chunking, and readable whatever ends it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.benchmarks import recording_kill
from innervate.core.errors import RecordingError
from innervate.drivers.recordings import edf_header, tal
from innervate.drivers.recordings.bdf import BdfSignal, BdfWriter, labels
from innervate.drivers.recordings.edf_file import open_edf
from innervate.drivers.recordings.edf_read import read_edf
from innervate.drivers.recordings.record_time import record_time
from innervate.drivers.recordings.scale import find_lsb, header_range, live_lsb, lsb_of_range, whole_lsb

CYTON_UV = 4.5 / 24 / (2**23 - 1) * 1e6
START = datetime(2026, 2, 19, 10, 30, 5)  # noqa: DTZ001 - EDF has no zone
MOST = 2**23 - 1


def counts_to(lsb: float, counts: Any) -> Any:
    return (np.asarray(counts, np.float64) * lsb).astype(np.float32)


def write(path: Path, samples: Any, lsb: float, rate_hz: float = 1000.0, pieces: Any = None) -> BdfWriter:
    signals = [BdfSignal(f"ch{i + 1}", "uV", lsb) for i in range(samples.shape[1])]
    writer = BdfWriter(path, signals, rate_hz, START, "p 1", "Cyton")
    at = 0
    for n in pieces or [len(samples)]:
        writer.append(samples[at : at + n])
        at += n
    writer.close()
    return writer


@pytest.mark.parametrize("lsb", [CYTON_UV, 1.0, 0.5, 0.0112, 1e-6, 5000 / 2**15, 0.2861, 2.0**-20])
def test_every_count_of_24_bits_comes_back_to_the_last_bit(tmp_path: Path, lsb: float) -> None:
    counts = np.random.default_rng(1).integers(-MOST - 1, MOST + 1, (1300, 3))
    counts[0], counts[1], counts[2] = -MOST - 1, MOST, 0
    samples = counts_to(lsb, counts)
    done = write(tmp_path / "a.bdf", samples, lsb).written
    assert (done.clipped, done.rounded, done.not_finite) == ({}, {}, {})
    read = read_edf(tmp_path / "a.bdf")
    np.testing.assert_array_equal(read.emg, samples)
    theirs = edfio.read_bdf(tmp_path / "a.bdf")
    stored = np.stack([theirs.signals[i].digital for i in range(3)], axis=1)
    np.testing.assert_array_equal(stored[: len(counts)], counts)
    physical = np.stack([theirs.signals[i].data for i in range(3)], axis=1)[: len(counts)]
    np.testing.assert_allclose(physical, counts * lsb, rtol=1e-7, atol=lsb * 1e-3)


@settings(max_examples=15, deadline=None)
@given(pieces=st.lists(st.integers(0, 700), max_size=6), seed=st.integers(0, 3))
def test_any_chunking_gives_the_same_file(pieces: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).normal(0, 50, (sum(pieces) + 3, 2)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "whole.bdf"), samples, 0.01)
        write(Path(folder, "parts.bdf"), samples, 0.01, pieces=[*pieces, 3])
        assert Path(folder, "whole.bdf").read_bytes() == Path(folder, "parts.bdf").read_bytes()


@settings(max_examples=15, deadline=None)
@given(st.floats(1e-9, 1.0))
def test_a_header_says_nearly_any_count(lsb: float) -> None:
    count, value = header_range(lsb)
    assert len(edf_header.number8(-value)) <= 8
    assert float(edf_header.number8(value)) == value
    assert value / count == pytest.approx(lsb, rel=1e-7)


@pytest.mark.parametrize(
    "rate_hz", [50, 125, 200, 250, 512, 1000, 1116, 2000, 4370, 52000 / 27, 4000 / 27, 10_000]
)
def test_data_records_hold_whole_samples_of_the_exact_rate(rate_hz: float) -> None:
    found = record_time(rate_hz)
    assert found.samples / float(found.duration) == pytest.approx(rate_hz, rel=1e-12)
    assert 0.2 <= found.seconds <= 0.6
    assert len(found.duration) <= 8


def test_a_rate_that_no_header_can_say_is_near_and_exact_in_the_sidecar() -> None:
    for rate_hz in (1925.93, 148.148, 333.3, 1000.001):
        assert record_time(rate_hz).rate_hz == pytest.approx(rate_hz, rel=1e-6)


def test_annotations_outlive_a_crowded_record(tmp_path: Path) -> None:
    said = [(0.1 * i, 0.05 * (i % 3) or None, f"event {i} \u00e9") for i in range(40)] + [
        (0.0, None, "x" * 400)
    ]
    writer = BdfWriter(tmp_path / "a.bdf", [BdfSignal("a", "uV", 1.0)], 100, START)
    for onset_s, duration_s, text in said:
        writer.annotate(onset_s, duration_s, text)
    writer.append(np.zeros((130, 1), np.float32))
    assert writer.close().samples == 130
    ours = [a for a in open_edf(tmp_path / "a.bdf").annotations if a.text != "BAD_padding"]
    assert [(a.onset_s, a.text) for a in ours] == [
        (pytest.approx(onset_s), text[:180]) for onset_s, _, text in said
    ]
    theirs = [a for a in edfio.read_bdf(tmp_path / "a.bdf").annotations if a.text != "BAD_padding"]
    assert sorted((a.onset, a.duration, a.text) for a in theirs) == sorted(
        (a.onset_s, a.duration_s, a.text) for a in ours
    )
    assert len(read_edf(tmp_path / "a.bdf").emg) == 130  # the records that only carry text are no samples


@given(st.floats(0, 1e6), st.none() | st.floats(0.001, 1e4), st.text(min_size=1, max_size=44))
def test_any_text_is_read_back(onset_s: float, duration_s: float | None, text: str) -> None:
    written = tal.encode(tal.Annotation(onset_s, duration_s, text))
    onset, found = tal.decode(b"+3\x14\x14\x00" + written + b"\0" * 9)
    assert onset == 3
    assert [a.onset_s for a in found] == [pytest.approx(onset_s, abs=1e-6)]
    plain = re.sub(r"[\x00-\x1f]+", " ", text)
    assert found[0].text == plain.encode(errors="replace").decode()


def test_what_cannot_be_kept_exactly_is_counted(tmp_path: Path) -> None:
    signals = [BdfSignal("fine", "uV", 0.5), BdfSignal("far", "uV", 0.5), BdfSignal("nan", "uV", 0.5)]
    writer = BdfWriter(tmp_path / "a.bdf", signals, 100, START)
    writer.append(np.array([[1.0, 3e6, 2.0], [1.25, 5e6, np.nan], [2.0, -5e6, np.inf]], np.float32))
    done = writer.close()
    assert (done.rounded, done.clipped, done.not_finite) == ({"fine": 1}, {"far": 2}, {"nan": 2})
    emg = read_edf(tmp_path / "a.bdf").emg
    np.testing.assert_array_equal(emg[:, 2], [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(emg[:, 1], [3e6, MOST * 0.5, (-MOST - 1) * 0.5])


def test_lost_samples_keep_their_place(tmp_path: Path) -> None:
    writer = BdfWriter(tmp_path / "a.bdf", [BdfSignal("a", "uV", 1.0)], 1000, START)
    writer.append(np.full((700, 1), 7, np.float32))
    writer.append_lost(900)
    writer.append(np.full((400, 1), 9, np.float32))
    writer.close()
    found = read_edf(tmp_path / "a.bdf")
    assert len(found.emg) == 2000
    np.testing.assert_array_equal(found.emg[700:1600], 7)
    assert np.unique(found.rec[:700]).tolist() == [0]
    assert np.unique(found.rec[1600:]).tolist() == [2]


def test_signals_beside_emg_are_held_on_their_own_grid(tmp_path: Path) -> None:
    beside = [BdfSignal("accel x", "g", 1 / 4096, 25.0), BdfSignal("load", "N", 0.1, 1000.0)]
    writer = BdfWriter(tmp_path / "a.bdf", [BdfSignal("a", "uV", 1.0)], 1000, START, beside=beside)
    writer.hold(0, [1.0, -0.5], [0, 600])
    writer.hold(1, [10.0], [3])
    writer.append(np.zeros((1000, 1), np.float32))
    writer.hold(1, [20.0], [400])  # late: from the next record on
    writer.append(np.zeros((500, 1), np.float32))
    writer.close()
    file = edfio.read_bdf(tmp_path / "a.bdf")
    accel, load = file.get_signal("accel x"), file.get_signal("load")
    assert (accel.sampling_frequency, load.sampling_frequency) == (pytest.approx(24.0), 1000.0)
    np.testing.assert_allclose(accel.data, np.where(np.arange(36) / 24 * 1000 < 600, 1.0, -0.5), atol=1e-6)
    assert load.data.round(3).tolist() == [0.0] * 3 + [10.0] * 997 + [20.0] * 500
    assert read_edf(tmp_path / "a.bdf").channels == ("a",)


def test_counts_of_a_converter_are_found() -> None:
    rng = np.random.default_rng(2)
    for lsb in (CYTON_UV, 5.0 / 2**14, 1.0, 0.2861):
        counts = rng.integers(-(2**15), 2**15, 4000)
        counts[:100] = np.arange(100)
        samples = counts_to(lsb, counts)
        found = find_lsb(samples)
        assert found == pytest.approx(lsb, rel=1e-7)
        np.testing.assert_array_equal(counts_to(found, np.rint(samples / found)), samples)
    assert find_lsb(rng.normal(0, 50, 4000).astype(np.float32)) is None
    assert find_lsb(np.zeros(10, np.float32)) is None
    assert whole_lsb(np.zeros(10, np.float32)) > 0


def test_a_stream_whose_count_nobody_knows_gets_a_range() -> None:
    first = np.array([3.0, -12.0], np.float32)
    assert live_lsb(first, "uV", None) * MOST == 200_000
    assert live_lsb(first, "uV", 187_500.0) * MOST == pytest.approx(190_000)
    assert 1024 * 12 <= live_lsb(first, "a.u.", None) * MOST <= 1024 * 13.5
    assert lsb_of_range(0.0) > 0


def test_names_become_labels_that_differ() -> None:
    assert labels(
        ["ch1", "flexor digitorum superficialis 1", "flexor digitorum superficialis 2", "\u00b5V", "ch1"]
    ) == (
        "ch1",
        "flexor digitorum",
        "flexor digitor~2",
        "uV",
        "ch1~2",
    )


def test_no_recording_is_written_over_and_nothing_empty_is_left(tmp_path: Path) -> None:
    write(tmp_path / "a.bdf", np.zeros((10, 1), np.float32), 1.0)
    assert (tmp_path / "a.bdf").stat().st_mode & 0o077 == 0
    with pytest.raises(RecordingError, match="is there already"):
        write(tmp_path / "a.bdf", np.zeros((10, 1), np.float32), 1.0)
    BdfWriter(tmp_path / "b.bdf", [BdfSignal("a", "uV", 1.0)], 100, START).close()
    with pytest.raises(RecordingError, match=r"lsb 0\.0; it must be above 0"):
        BdfWriter(tmp_path / "c.bdf", [BdfSignal("a", "uV", 0.0)], 100, START)
    assert [p.name for p in tmp_path.iterdir()] == ["a.bdf"]


FULL = """
import json, resource, sys
from datetime import datetime
from pathlib import Path
import numpy as np
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.bdf import BdfSignal, BdfWriter
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
writer = BdfWriter(Path(sys.argv[1]), [BdfSignal("a", "uV", 1.0)], 1000, datetime(2026, 1, 1))
written = 0
try:
    while True:
        writer.append(np.arange(written, written + 100, dtype=np.float32)[:, None])
        written += 100
except RecordingError as error:
    print(json.dumps([str(error), writer.close().samples]))
"""


def test_a_full_disk_is_one_line_and_leaves_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "full.bdf"
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True)
    said, samples = json.loads(done.stdout)
    assert said.startswith(f"{path}: cannot be written any more: File too large; ")
    assert "MB are free there" in said
    assert "s were kept" in said
    assert "\n" not in said
    assert 12_000 < samples < 16_700
    assert samples % 500 == 0
    found = edfio.read_bdf(path)
    np.testing.assert_array_equal(found.signals[0].digital, np.arange(samples))
    assert found.num_data_records == samples // 500


def test_killed_inside_a_write_it_still_opens() -> None:
    found = recording_kill.run(3, fast=True)
    assert (found["unreadable"], found["wrong_values"]) == (0, 0)
    assert found["longest_loss_s"] < 1.0


@pytest.mark.slow
def test_killed_fifty_times_it_still_opens() -> None:
    found = recording_kill.run(50)
    assert (found["unreadable"], found["wrong_values"], found["mended"]) == (0, 0, 50)
    assert found["longest_loss_s"] < 1.0
