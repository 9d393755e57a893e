"""Recordings of anybody: XDF, EDF and BDF written by edfio, folders, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import edfio
import numpy as np
import pytest
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.formats import find, read
from innervate.drivers.recordings.playback import PlaybackSource
from innervate.drivers.recordings.write import write
from innervate.drivers.settings import SourceSettings

from .test_recordings import small
from .xdf_file import header, labels, numbers, texts, write_xdf

RATE = 500.0


def xdf_values(samples: int = 900) -> np.ndarray:
    return np.random.default_rng(4).normal(0, 1, (samples, 2)).astype(np.float32)


def xdf_chunks(
    values: np.ndarray, name: str = "amp", unit: str = "millivolts", stream: int = 1
) -> list[bytes]:
    t_s = 100.0 + np.arange(len(values)) / RATE
    t_s[600:] += 2.0  # the amplifier was away for two seconds
    return [
        header(stream, name, "EMG", 2, RATE, "float32", labels(("a", "b"), unit)),
        numbers(stream, values[:400], t_s[:400]),
        numbers(stream, values[400:], t_s[400:]),
    ]


MARKERS = [
    header(9, "cues", "Markers", 1, 0.0, "string"),
    texts(9, [(100.2, "rest"), (100.6, "power"), (101.0, "rest"), (103.4, "power")]),
]


def test_xdf_is_read_with_its_markers_and_gaps(tmp_path: Path) -> None:
    values = xdf_values()
    write_xdf(tmp_path / "a.xdf", [*xdf_chunks(values), *MARKERS])
    found = read(tmp_path / "a.xdf")
    np.testing.assert_array_equal(found.emg, (values * 1000.0).astype(np.float32))
    assert (found.fs, found.unit, found.channels, found.classes) == (
        RATE,
        "uV",
        ("a", "b"),
        ("rest", "power"),
    )
    assert np.flatnonzero(np.diff(found.rec)).tolist() == [599]
    asked = [-1] * 100 + [0] * 200 + [1] * 200 + [0] * 200 + [1] * 200
    np.testing.assert_array_equal(found.label, asked)
    assert found.rep[[150, 350, 650, 850]].tolist() == [0, 0, 1, 1]


def test_xdf_with_two_amplifiers_or_none_is_refused_in_one_line(tmp_path: Path) -> None:
    values = xdf_values(600)
    two = [*xdf_chunks(values), *xdf_chunks(values, "other", "", 2)]
    write_xdf(tmp_path / "two.xdf", two)
    with pytest.raises(RecordingError, match="more than one EMG stream: 'amp', 'other'"):
        read(tmp_path / "two.xdf")
    from innervate.drivers.recordings.xdf import read_xdf

    assert read_xdf(tmp_path / "two.xdf", "other").unit == "a.u."
    write_xdf(tmp_path / "none.xdf", MARKERS)
    (tmp_path / "junk.xdf").write_bytes(b"hello")
    for name, said in (
        ("none", "no stream"),
        ("junk", "not a readable XDF"),
        ("absent", "no such recording"),
    ):
        with pytest.raises(RecordingError, match=said):
            read(tmp_path / f"{name}.xdf")


@pytest.mark.parametrize("kind", ["edf", "bdf"])
def test_files_of_other_programs(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(5)
    volts = rng.uniform(-1, 1, (2, 2000))
    signal = edfio.EdfSignal if kind == "edf" else edfio.BdfSignal
    file = edfio.Edf if kind == "edf" else edfio.Bdf
    signals = [
        signal(volts[0], 1000, label="biceps", physical_dimension="mV", physical_range=(-1, 1.5)),
        signal(volts[1], 1000, label="triceps", physical_dimension="mV", physical_range=(-2, 2)),
        signal(rng.normal(0, 1, 100), 50, label="load", physical_dimension="N"),
    ]
    said = [
        edfio.EdfAnnotation(0.25, 0.5, "open"),
        edfio.EdfAnnotation(0.75, None, "rest"),
        edfio.EdfAnnotation(1.5, 0.2, "BAD_motion"),
        edfio.EdfAnnotation(1.2, None, "open"),
    ]
    made = file(signals, annotations=said)
    made.write(tmp_path / f"a.{kind}")
    found = read(tmp_path / f"a.{kind}")
    theirs = np.stack([made.signals[i].data for i in range(2)], axis=1) * 1000
    np.testing.assert_allclose(found.emg, theirs, rtol=1e-6, atol=1e-3)
    assert (found.channels, found.unit, found.fs) == (("biceps", "triceps"), "uV", 1000.0)
    assert found.classes == ("rest", "open")
    assert found.label[[100, 300, 800, 1300, 1600, 1900]].tolist() == [-1, 1, 0, 1, -1, 1]
    assert found.meta["left_out"] == ["load"]
    assert np.flatnonzero(np.diff(found.rec)).tolist() == [1499, 1699]


@pytest.mark.parametrize("ending", [".npz", ".bdf"])
def test_a_recording_survives_the_way_through_each_format(tmp_path: Path, ending: str) -> None:
    counts = np.random.default_rng(6).integers(-2000, 2000, (2500, 3))
    base = small(2520).rows(np.arange(2520) < 2500)
    was = replace(base, emg=(counts * 0.0298).astype(np.float32), rec=base.rep, cond=base.rep)
    path = write(was, tmp_path / f"a{ending}")
    back = read(path)
    for key in ("emg", "label", "rep", "cond", "rec", "cue"):
        np.testing.assert_array_equal(getattr(back, key), getattr(was, key), err_msg=key)
    assert (back.fs, back.unit, back.classes, back.channels) == (was.fs, was.unit, was.classes, was.channels)
    with pytest.raises(RecordingError, match="is there already"):
        write(was, path)


def test_edf_of_16_bits_is_as_exact_as_it_can_be(tmp_path: Path) -> None:
    write(small(6000), tmp_path / "a.edf")
    was, back = small(6000), read(tmp_path / "a.edf")
    peak = np.abs(was.emg).max()
    assert np.abs(was.emg - back.emg).max() <= 1.1 * peak / 2**15
    np.testing.assert_array_equal(was.label, back.label)
    whole = replace(was, emg=np.rint(was.emg))
    write(whole, tmp_path / "b.edf")
    np.testing.assert_array_equal(read(tmp_path / "b.edf").emg, whole.emg)


def test_csv_holds_every_digit(tmp_path: Path) -> None:
    write(small(), tmp_path / "a.csv")
    lines = [line.split(",") for line in (tmp_path / "a.csv").read_text().splitlines()]
    assert lines[0] == ["t_s", "ch1", "ch2", "ch3", "label", "rep", "cond", "rec"]
    assert lines[59][4:] == ["open", "1", "0", "0"]
    np.testing.assert_array_equal(np.array([row[1:4] for row in lines[1:]], np.float32), small().emg)


def test_a_folder_is_its_only_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no recording in this folder"):
        read(tmp_path)
    write(small(), tmp_path / "a.npz")
    assert read(tmp_path).name == "a.npz"
    write(small(), tmp_path / "b.bdf")
    assert [path.name for path in find(tmp_path)] == ["a.npz", "b.bdf"]
    with pytest.raises(RecordingError, match=r"holds 2 recordings: a\.npz, b\.bdf"):
        read(tmp_path)
    with pytest.raises(RecordingError, match=r"wav: not a format that is known"):
        read(tmp_path / "a.wav")


def test_files_that_are_no_edf(tmp_path: Path) -> None:
    write(small(3000), tmp_path / "a.bdf")
    whole = (tmp_path / "a.bdf").read_bytes()
    for name, content, said in (
        ("text.bdf", b"hello", "neither EDF nor BDF"),
        ("half.bdf", whole[:700], "ends inside its header"),
        ("bare.bdf", whole[: 256 * 5 + 20], "not one whole data record"),
        ("odd.bdf", whole[:236] + b"many    " + whole[244:], "number of records is 'many'"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RecordingError, match=said) as caught:
            read(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_playback_takes_any_format_and_brings_no_reader_of_others_into_the_loop(tmp_path: Path) -> None:
    counts = np.random.default_rng(6).integers(-2000, 2000, (60, 3))
    was = replace(small(), emg=counts.astype(np.float32))
    path = write(was, tmp_path / "a.bdf")
    with PlaybackSource(SourceSettings("playback", path=str(path), realtime=False)) as source:
        np.testing.assert_array_equal(source.read(60, 0.0).samples, was.emg)
    code = (
        "import sys; from innervate.drivers.settings import SourceSettings; "
        "from innervate.drivers.table import open_source; "
        f"open_source(SourceSettings('playback', path={str(path)!r}, realtime=False)).read(60, 0.0); "
        "print({'edfio', 'pyxdf', 'scipy', 'pandas', 'mne'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_missing_pyxdf_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyxdf", None)
    with pytest.raises(RecordingError, match=r"needs pyxdf, .* \(pip install 'innervate\[formats\]'\)"):
        read(tmp_path / "a.xdf")
