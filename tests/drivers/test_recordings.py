import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import VirtualClock
from innervate.core.errors import ProfileError, RecordingError, SourceError, SourceLost
from innervate.drivers.recordings.npz import Recording, read_recording, write_recording
from innervate.drivers.recordings.playback import PlaybackSource
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import open_source, source_for


def small(samples: int = 60) -> Recording:
    rng = np.random.default_rng(3)
    zeros = np.zeros(samples, np.int16)
    label = np.repeat(np.array([-1, 0, 1], np.int16), samples // 3)
    return Recording(
        name="small.npz",
        emg=rng.normal(0, 50, (samples, 3)).astype(np.float32),
        label=label,
        rep=np.repeat(np.array([0, 1], np.int16), samples // 2),
        cond=zeros,
        rec=zeros,
        cue=np.maximum(label, 0).astype(np.int16),
        fs=1000.0,
        classes=("rest", "open"),
        meta={"units": "uV", "source": "test"},
    )


def arrays(**changed: Any) -> dict[str, Any]:
    r = small()
    meta = json.dumps({"classes": ["rest", "open"]})
    found = {
        "emg": r.emg,
        "label": r.label,
        "rep": r.rep,
        "cond": r.cond,
        "rec": r.rec,
        "fs": np.float64(1000),
    }
    return {**found, "meta": np.array(meta), **changed}


def saved(path: Path, content: dict[str, Any]) -> Path:
    np.savez(path, **{key: value for key, value in content.items() if value is not None})
    return path


def test_what_is_written_is_read_exactly(tmp_path: Path) -> None:
    path = tmp_path / "small.npz"
    write_recording(path, small())
    back = read_recording(path)
    for key in ("emg", "label", "rep", "cond", "rec", "cue"):
        np.testing.assert_array_equal(getattr(back, key), getattr(small(), key))
        assert getattr(back, key).dtype == getattr(small(), key).dtype
    assert (back.fs, back.classes, back.unit, back.channels) == (
        1000.0,
        ("rest", "open"),
        "uV",
        ("ch1", "ch2", "ch3"),
    )
    assert back.meta["source"] == "test"
    assert path.stat().st_mode & 0o077 == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.npz"]


def test_a_file_without_cue_has_none(tmp_path: Path) -> None:
    assert read_recording(saved(tmp_path / "a.npz", arrays())).cue is None


BAD_NAN = small().emg.copy()
BAD_NAN[17, 1] = np.nan
LABEL_9 = small().label.copy()
LABEL_9[5] = 9


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"emg": BAD_NAN}, r"channel ch2 is nan at sample 17 \(1 such values\)"),
        ({"emg": None}, "'emg' is missing"),
        ({"meta": None}, "'meta' is missing"),
        ({"emg": np.zeros(60, np.float32)}, r"emg is float32 \[60\]"),
        ({"emg": np.zeros((0, 3), np.float32)}, r"emg is float32 \[0, 3\]"),
        ({"emg": np.full((60, 3), "x")}, "must be numbers"),
        ({"label": np.zeros(59, np.int16)}, r"label is int16 \[59\]; it must be integers \[60\]"),
        ({"label": np.zeros(60)}, "label is float64"),
        ({"label": LABEL_9}, "label 9 at sample 5; allowed: -1 to 1"),
        ({"rep": np.full(60, 99999)}, "rep does not fit"),
        ({"fs": np.array([1000.0, 2.0])}, "it must be one rate"),
        ({"fs": np.float64("nan")}, "it must be one rate"),
        ({"meta": np.array("{oops")}, "meta is not JSON"),
        ({"meta": np.array("{}")}, "no 'classes'"),
        ({"meta": np.array('{"classes": ["a", "a"]}')}, "one movement twice"),
        ({"meta": np.array('{"classes": ["a", "b"], "n_channels": 4}')}, "emg has 3 channels, meta says 4"),
        ({"meta": np.array('{"classes": ["a", "b"], "channels": ["x"]}')}, "emg has 3 columns"),
        ({"cue": np.full(60, 2, np.int16)}, "cue 2 at sample 0"),
    ],
)
def test_a_bad_recording_is_one_line_that_names_it(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    path = saved(tmp_path / "bad.npz", arrays(**changed))
    with pytest.raises(RecordingError, match=said) as caught:
        read_recording(path)
    assert "\n" not in str(caught.value)
    assert "bad.npz" in str(caught.value)


def test_files_that_are_no_recording(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("hello")
    np.save(tmp_path / "bare.npy", np.zeros(3))
    whole = io.BytesIO()
    np.savez(whole, **arrays())
    (tmp_path / "half.npz").write_bytes(whole.getvalue()[:900])
    flipped = bytearray(whole.getvalue())
    flipped[300] ^= 0xFF
    (tmp_path / "flipped.npz").write_bytes(bytes(flipped))
    np.savez(tmp_path / "object.npz", **{**arrays(), "emg": np.array([{"a": 1}], object)})
    for name in ("text.npz", "bare.npy", "half.npz", "flipped.npz", "object.npz", "absent.npz"):
        with pytest.raises(RecordingError, match=name):
            read_recording(tmp_path / name)


def test_a_recording_with_nan_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="sample 17"):
        write_recording(tmp_path / "a.npz", replace(small(), emg=BAD_NAN))
    assert list(tmp_path.iterdir()) == []


def test_select(tmp_path: Path) -> None:
    assert len(small().select(rep=1).emg) == 30
    with pytest.raises(RecordingError, match=r"small\.npz: no repetition 7; it has 0, 1"):
        small().select(rep=7)


@pytest.mark.parametrize("at_once", [1, 7, 60, 100])
def test_playback_is_exact_as_fast_as_possible(at_once: int) -> None:
    clock = VirtualClock(100.0)
    source = PlaybackSource(SourceSettings("playback", realtime=False), small(), clock)
    chunks = []
    with source:
        chunks += [source.read(at_once, clock.now() + 1) for _ in range(-(-60 // at_once))]
        with pytest.raises(SourceLost, match=r"small\.npz has ended"):
            source.read(at_once, clock.now() + 1)
        assert clock.now() == 100.0
    np.testing.assert_array_equal(np.concatenate([c.samples for c in chunks]), small().emg)
    np.testing.assert_allclose(np.concatenate([c.t_s for c in chunks]), 100 + np.arange(60) / 1000)


def test_playback_in_real_time_waits_for_each_sample() -> None:
    clock = VirtualClock(5.0)
    with PlaybackSource(SourceSettings("playback"), small(), clock) as source:
        first = source.read(10, 6.0)
        assert (len(first), clock.now()) == (10, pytest.approx(5.009))
        clock.advance(0.005)
        assert len(source.read(1, 6.0)) == 5  # everything that has been measured meanwhile
        assert len(source.read(20, clock.now() + 0.003)) == 3  # the deadline came first
        assert len(source.read(20, clock.now())) == 0
        rest = source.read(1000, 10.0)
        np.testing.assert_array_equal(rest.samples, small().emg[18:])
        with pytest.raises(SourceLost):
            source.read(1, 10.0)


def test_playback_through_the_table(tmp_path: Path) -> None:
    path = tmp_path / "small.npz"
    write_recording(path, small())
    settings = SourceSettings("playback", path=str(path), channels=("ch3", "ch1"), realtime=False, rep=1)
    with open_source(settings) as source:
        assert source.info.channels == ("ch3", "ch1")
        np.testing.assert_array_equal(source.read(30, 0.0).samples, small().emg[30:, [2, 0]])
    with pytest.raises(SourceError, match="no channel 'biceps'"):
        source_for(replace(settings, channels=("biceps",)))
    with pytest.raises(SourceError, match=r"1000 Hz; source\.rate_hz = 2000"):
        source_for(replace(settings, rate_hz=2000.0))
    with pytest.raises(ProfileError, match="kind = 'yarn'; allowed: lsl, cyton, "):
        source_for(SourceSettings("yarn"))


def test_the_founders_recordings_are_read(shared: Path) -> None:
    for name, fs, channels, unit in (
        ("biopatrec10/sub03", 2000, 4, "a.u."),
        ("biopatrec_leg/sub01", 2000, 8, "a.u."),
        ("wearable30d/sub01", 200, 8, "a.u."),
    ):
        recording = read_recording(shared / "data" / f"{name}.npz")
        assert (recording.fs, recording.emg.shape[1], recording.unit) == (fs, channels, unit)
