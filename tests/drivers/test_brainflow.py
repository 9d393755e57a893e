"""BrainFlow's own boards through our source, against the files that BrainFlow writes itself."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.chunk import Chunk
from innervate.core.clock import now, wall_offset_s
from innervate.core.errors import InnervateError, ProfileError, SourceBusy, SourceError, SourceNotFound
from innervate.drivers.brainflow import boards
from innervate.drivers.brainflow.device import BrainFlowSource
from innervate.drivers.brainflow.library import load_brainflow, refusal
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import source_for
from numpy.typing import NDArray

if importlib.util.find_spec("brainflow") is None:
    pytest.skip("needs innervate[brainflow]", allow_module_level=True)
SYNTHETIC_WIDTH, CYTON_WIDTH = 32, 24


def made(board: str = "synthetic", **more: Any) -> BrainFlowSource:
    options = tuple((name, str(value)) for name, value in {"board": board, **more.pop("options", {})}.items())
    source = source_for(SourceSettings("brainflow", options=options, **more))
    assert isinstance(source, BrainFlowSource)
    return source


def read_rows(source: BrainFlowSource, rows: int, at_once: int = 3) -> list[Chunk]:
    chunks, until_s = [], now() + 5
    while sum(map(len, chunks)) < rows and now() < until_s:
        chunks.append(source.read(at_once, now() + 0.1))
    assert sum(map(len, chunks)) >= rows
    return chunks


def joined(chunks: list[Chunk]) -> NDArray[np.float32]:
    return np.concatenate([c.samples for c in chunks])


def recording(path: Path, table: NDArray[np.float64]) -> Path:
    """As BrainFlow writes one: a row a line, tabs between, six decimals."""
    np.savetxt(path, table, fmt="%.6f", delimiter="\t")
    return path


def cyton_table(rows: int) -> NDArray[np.float64]:
    """Rows as a Cyton's, with the extremes of 24 bits at gain 24."""
    table = np.random.default_rng(4).normal(0, 100, (rows, CYTON_WIDTH))
    table[:, 0] = np.arange(rows) % 256
    table[0, 1:9], table[1, 1:9] = 187500.0, -187500.022352
    table[:, 22] = 1.7e9 + np.arange(rows) / 250
    return table


def test_the_synthetic_board_is_what_brainflow_writes_down_itself(tmp_path: Path) -> None:
    source = made(channels=("ch5", "ch16"))
    assert (source.info.kind, source.info.rate_hz, source.info.unit) == ("brainflow", 250.0, "uV")
    assert source.info.channels == ("ch5", "ch16")
    with source:
        assert source._session is not None
        path = tmp_path / "truth.csv"
        source._session.shim_board.add_streamer(f"file://{path}:w")
        chunks = read_rows(source, 60)
    truth = np.loadtxt(path, delimiter="\t")
    assert truth.shape[1] == SYNTHETIC_WIDTH
    samples = joined(chunks)
    t_s = np.concatenate([c.t_s for c in chunks])
    # The file begins a sample or two after us.
    same = [k for k in range(10) if np.allclose(samples[k : k + 5], truth[:5, [5, 16]], atol=1e-4)]
    assert len(same) == 1
    skipped = same[0]
    both = min(len(samples) - skipped, len(truth))
    assert both >= 50
    np.testing.assert_allclose(samples[skipped:][:both], truth[:both, [5, 16]], atol=1e-4, rtol=1e-7)
    assert sum(c.lost for c in chunks) == 0
    # Our times are BrainFlow's arrival times without their jitter.
    arrived_s = truth[:both, 30] - wall_offset_s()
    assert np.abs(np.median(t_s[skipped:][:both] - arrived_s)) < 0.004
    np.testing.assert_allclose(np.diff(t_s), 0.004, atol=0.002)
    names = [block.name for block in chunks[-1].aux]
    assert names[:6] == ["accel", "gyro", "eda", "ppg", "temperature", "battery"]
    assert "accel 2" in names  # of the board's auxiliary table
    second = next(block for block in chunks[-1].aux if block.name == "accel 2")
    assert abs(float(second.t_s[-1]) - chunks[-1].t_arrival_s) < 0.2


def test_a_recording_played_by_brainflow_is_exact_and_its_gaps_are_counted(tmp_path: Path) -> None:
    table = cyton_table(110)
    kept = np.ones(110, np.bool_)
    kept[[20, 21, 22, 60]] = False
    path = recording(tmp_path / "cyton.csv", table[kept])
    options = {"file": path, "master_board": "cyton"}
    with made("playback-file", options=options) as source:
        assert source.info.name == "Cyton by BrainFlow"
        assert any("just stop" in note for note in source.info.notes)
        chunks = read_rows(source, 110)
        nothing = source.read(3, now() + 0.02)
        assert len(nothing) == 0
    samples, written = joined(chunks), np.loadtxt(path, delimiter="\t")
    valid = np.concatenate([c.valid for c in chunks])
    assert sum(c.lost for c in chunks) == 4
    np.testing.assert_array_equal(valid.all(axis=1), kept)
    np.testing.assert_array_equal(samples[kept], written[:, 1:9].astype(np.float32))
    np.testing.assert_array_equal(samples[20:23], np.repeat(samples[19:20], 3, axis=0))
    accel = [block for c in chunks for block in c.aux if block.name == "accel"]
    np.testing.assert_array_equal(accel[-1].values[-1], written[-1, 9:12].astype(np.float32))


def test_a_daisys_numbers_go_up_by_two(tmp_path: Path) -> None:
    table = np.random.default_rng(6).normal(0, 100, (70, 32))
    table[:, 0] = (np.arange(70) * 2 + 201) % 256
    table[:, 30] = 1.7e9 + np.arange(70) / 250  # twice as fast as it is, for the sake of the test
    kept = np.arange(70) != 40
    path = recording(tmp_path / "daisy.csv", table[kept])
    with made("playback_file", options={"file": path, "master_board": "2"}) as source:
        chunks = read_rows(source, 70)
    assert sum(c.lost for c in chunks) == 1
    np.testing.assert_array_equal(joined(chunks)[kept], np.loadtxt(path)[:, 1:17].astype(np.float32))


def test_reading_again_after_closing_and_two_at_once() -> None:
    source = made()
    for _ in range(2):
        source.open()
        source.open()
        chunks = read_rows(source, 6)
        assert chunks[0].first_index == 0
        other = made()
        with pytest.raises(SourceError, match="BrainFlow cannot open Synthetic: ANOTHER_BOARD_IS_CREATED"):
            other.open()
        source.close()
        source.close()
        with pytest.raises(SourceError, match="not open"):
            source.read(1, now())


def test_it_asks_when_samples_are_due_and_no_oftener() -> None:
    with made() as source:
        read_rows(source, 3)
        session = source._session
        assert session is not None
        asked = 0
        count = session.shim_board.get_board_data_count

        def counting(*args: Any) -> int:
            nonlocal asked
            asked += 1
            return int(count(*args))

        session.shim_board.get_board_data_count = counting
        t_s = now()
        source.read(50, t_s + 5)
        assert now() - t_s > 0.15
        assert asked < 20
        t_s = now()
        source.read(50, t_s - 1)
        assert now() - t_s < 0.02
        assert len(source.read(10_000, now() + 0.05)) < 20


@pytest.mark.parametrize(
    ("board", "more", "kind", "said"),
    [
        (
            "cytn",
            {},
            ProfileError,
            r"source\.options\.board = 'cytn': .* no such board \(perhaps .*cyton_board",
        ),
        (
            "cyton",
            {"port": "/dev/nowhere"},
            SourceNotFound,
            "BrainFlow cannot open Cyton: UNABLE_TO_OPEN_PORT",
        ),
        ("cyton", {}, ProfileError, "BrainFlow cannot open Cyton: INVALID_ARGUMENTS"),
        ("callibri-emg", {}, InnervateError, "BrainFlow cannot open Callibri"),
        ("synthetic", {"rate_hz": 500.0}, ProfileError, r"rate_hz = 500; BrainFlow's Synthetic has 250 Hz"),
        ("synthetic", {"channels": ("ch17",)}, SourceError, "no channel 'ch17'"),
        ("callibri_ecg", {}, ProfileError, "has no channel of EMG"),
        ("playback-file", {}, ProfileError, r"source\.options\.master_board = ''"),
        (
            "playback-file",
            {"options": {"file": "/nowhere.csv", "master_board": "cyton"}},
            ProfileError,
            "cannot open Cyton: INVALID_ARGUMENTS",
        ),
        ("synthetic", {"options": {"mac": "1"}}, ProfileError, "no such option; allowed: board, mac_address"),
        ("synthetic", {"options": {"ip_port": "70000"}}, ProfileError, "must be from 0 to 65535"),
    ],
)
def test_what_cannot_be_is_one_line(
    board: str, more: dict[str, Any], kind: type[InnervateError], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(kind, match=said) as caught:
        made(board, **more).open()
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")  # BrainFlow's log is silent


def test_a_port_that_is_there_and_cannot_be_opened_is_busy(tmp_path: Path) -> None:
    error = load_brainflow().BrainFlowError("unable to prepare streaming session", 2)
    port = tmp_path / "ttyUSB0"
    assert isinstance(refusal(error, "Cyton", str(port)), SourceNotFound)
    port.touch()
    assert isinstance(refusal(error, "Cyton", str(port)), SourceBusy)


def test_without_brainflow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "brainflow.board_shim", None)
    with pytest.raises(
        SourceError, match=r"BrainFlow cannot be used: .*\(pip install 'innervate\[brainflow\]'\)"
    ):
        made()


def test_every_board_that_brainflow_describes_is_a_source_or_says_why_not() -> None:
    """Names, tables and rates of all its boards: none is a surprise at the patient's."""
    usable = 0
    shim = load_brainflow()
    for each in shim.BoardIds:
        if each.value in (-100, -3, -2):
            continue
        try:
            source = made(each.name.lower())
        except ProfileError as error:
            if "has no channel of EMG" in error.what:
                continue
            raise
        usable += 1
        info = source.info
        assert len(info.channels) >= 1
        assert math.isfinite(info.rate_hz)
        assert info.rate_hz > 0
        assert info.unit == ("a.u." if each.value in boards.ARBITRARY_BOARDS else "uV")
        counted = not any("not counted" in note for note in info.notes)
        assert counted == (each.value in boards.COUNTED)
        assert any("are taken as EMG" in note for note in info.notes) == (not shim_has_emg(shim, each.value))
    assert usable > 40


def shim_has_emg(shim: Any, number: int) -> bool:
    return "emg_channels" in shim.BoardShim.get_board_descr(number)
