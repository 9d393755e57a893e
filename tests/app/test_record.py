"""`innervate record` and `scope` beside a virtual amplifier, as processes."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.child import Child
from innervate.core.clock import sleep
from innervate.core.ring import RingReader
from innervate.core.settings import write_settings
from innervate.drivers.cyton.codec import microvolts_per_count
from innervate.drivers.recordings import formats
from innervate.sim.amplifier import AmplifierSettings
from innervate.sim.faults import Fault
from innervate.sim.feed import pattern_counts

from ..waiting import until
from .door import command, finish, start

pytestmark = pytest.mark.real_time

LSB = microvolts_per_count(24)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Any]:
    """Starts a virtual Cyton that sends a pattern; its port is `tmp_path / "port"`."""
    made: list[Child] = []

    def make(**more: Any) -> str:
        path = tmp_path / "amplifier.json"
        link = str(tmp_path / "port")
        settings = {"device": "cyton", "pattern_channels": 8, "pattern_lsb": LSB, "realtime": False, **more}
        write_settings(path, AmplifierSettings(link=link, **settings))
        made.append(Child("innervate.sim.amplifier", str(path), log_path=tmp_path / "log.txt"))
        made[-1].wait_ready(20.0)
        return link

    yield make
    for child in made:
        child.stop()


def place(emg: np.ndarray) -> int:
    """Index in the pattern of a recording's first row; a single row may be an extreme, which comes again."""
    counts = np.rint(emg[:3].astype(np.float64) / LSB).astype(np.int64)
    pattern = pattern_counts(0, 5000, emg.shape[1], 2**23 - 1)
    rows = np.lib.stride_tricks.sliding_window_view(pattern, 3, axis=0).transpose(0, 2, 1)
    return int(np.flatnonzero((rows == counts).all(axis=(1, 2)))[0])


def recorded(root: Path) -> Path:
    return next(root.glob("sub-*/emg/*_emg.bdf"))


def test_a_recording_with_cues_is_exact_and_says_what_was_asked(board: Any, tmp_path: Path) -> None:
    port = board()
    root = tmp_path / "visit"
    code, out, err = command(
        *("record", "--kind", "cyton", "--port", port, "--out", str(root), "--patient", "A-17"),
        *("--cue", "open", "--reps", "1", "--hold", "1", "--rest", "1", "--json"),
    )
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["lost"], found["clipped"], found["rounded"]) == (0, {}, {})
    recording = formats.read(recorded(root))
    assert recording.fs == 250.0
    assert recording.unit == "uV"
    first = place(recording.emg)
    expected = pattern_counts(first, len(recording.emg), 8, 2**23 - 1) * LSB
    np.testing.assert_array_equal(recording.emg, expected.astype(np.float32))
    assert set(recording.classes) == {"rest", "open"}
    asked = recording.label == recording.classes.index("open")
    assert 0.3 <= asked.sum() / 250.0 <= 0.5  # 1 s, less what a person takes to react
    # The accelerometer of the board is kept beside it.
    assert (
        "accel.3"
        in recorded(root).with_name(recorded(root).name.replace("_emg.bdf", "_channels.tsv")).read_text()
    )
    code, out, _ = command("recordings", "check", str(root), "--json")
    assert code == 0


@pytest.mark.slow
def test_a_pulled_cable_is_a_gap_of_its_length_and_the_recording_goes_on(board: Any, tmp_path: Path) -> None:
    port = board(faults=(Fault("unplug", 300, 0.4),))
    root = tmp_path / "visit"
    process = start(
        *("record", "--kind", "cyton", "--port", port, "--out", str(root), "--patient", "A-17"),
        *("--seconds", "4", "--json"),
    )
    code, out, err = finish(process)
    assert (code, err) == (0, "")
    lost = json.loads(out)["lost"]
    assert 0.4 * 250 <= lost <= 3.5 * 250  # the board needs about a second to be set up again
    recording = formats.read(recorded(root))
    assert len(np.unique(recording.rec)) >= 2
    assert 3.5 <= len(recording.emg) / 250.0 <= 4.6


def test_killed_it_loses_at_most_the_last_second(board: Any, tmp_path: Path) -> None:
    port = board()
    root = tmp_path / "visit"
    process = start(*("record", "--kind", "cyton", "--port", port, "--out", str(root), "--patient", "A-17"))
    until(lambda: list(root.glob("sub-*/emg/*_emg.bdf")), 20.0)
    size = recorded(root).stat().st_size
    until(lambda: recorded(root).stat().st_size > size + 250 * 8 * 3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    recording = formats.read(recorded(root))
    assert len(recording.emg) >= 250
    first = place(recording.emg)
    expected = pattern_counts(first, len(recording.emg), 8, 2**23 - 1) * LSB
    np.testing.assert_array_equal(recording.emg, expected.astype(np.float32))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_fifty_times_at_random_moments(board: Any, tmp_path: Path) -> None:
    """The whole chain, amplifier to disk: `innervate bench kill` kills the writer alone."""
    port = board(ring=str(tmp_path / "amplifier.ring"), wait_for_reader=True)
    truth = RingReader(tmp_path / "amplifier.ring")
    random = np.random.default_rng(7)
    longest_s = 0.0
    for k in range(50):
        root = tmp_path / f"visit{k}"
        arguments = ("--kind", "cyton", "--port", port, "--out", str(root), "--patient", "A-17")
        process = start("record", *arguments)
        until(lambda root=root: list(root.glob("sub-*/emg/*_emg.bdf")), 20.0)
        sleep(float(random.uniform(0.0, 2.0)))
        process.send_signal(signal.SIGKILL)
        newest = truth.latest() or {}
        process.communicate()
        emg = formats.read(recorded(root)).emg
        if not len(emg):
            continue
        first = int(str(newest["first_index"])) - 2000
        pattern = pattern_counts(first, 2500, 8, 2**23 - 1)
        counts = np.rint(emg[-1].astype(np.float64) / LSB).astype(np.int64)
        last = first + int(np.flatnonzero((pattern == counts).all(axis=1))[-1])
        longest_s = max(longest_s, (int(str(newest["first_index"])) - last) / 250.0)
    print(f"longest loss {longest_s:.2f} s")
    assert longest_s <= 1.0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--kind", "cyton", "--port", "/dev/ttyUSB99"), "no serial port '/dev/ttyUSB99'"),
        (("--kind", "yarn"), "source.kind = 'yarn'; allowed: lsl, cyton"),
        (("--set", "baud=9600"), "of which amplifier?"),
        (("--kind", "ascii", "--port", "/dev/null", "--set", "colour=red"), "a ascii has no such option"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path: Path, more: tuple[str, ...], said: str) -> None:
    code, out, err = command("record", "--out", str(tmp_path / "visit"), "--patient", "A-17", *more)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in out + err


def test_another_patients_folder_is_refused(board: Any, tmp_path: Path) -> None:
    port = board()
    root = tmp_path / "visit"
    options = ("--kind", "cyton", "--port", port, "--out", str(root), "--seconds", "0.5")
    assert command("record", "--patient", "A-17", *options)[0] == 0
    code, _, err = command("record", "--patient", "B-2", *options)
    assert code == 2
    assert "A-17" in err
    assert len(err.strip().splitlines()) == 1


def test_scope_shows_every_channel_in_words(board: Any) -> None:
    port = board()
    code, out, _ = command("scope", "--kind", "cyton", "--port", port, "--seconds", "1.5")
    assert code == 0
    assert "ch8" in out
    assert "OpenBCI Cyton" in out


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('kind = "yarn"', "source.kind = 'yarn'; allowed: lsl, cyton"),
        (
            'kind = "ascii"\nport = "/dev/ttyACM0"\noptions = { colour = "red" }',
            "source.options.colour = 'red'",
        ),
        ('kind = "cyton"\nport = "/dev/ttyUSB0"\nrate_hz = 500', "source.rate_hz = 500"),
    ],
)
def test_a_profiles_source_that_cannot_be_names_file_key_and_value(
    tmp_path: Path, source: str, said: str
) -> None:
    profile = tmp_path / "patient.toml"
    profile.write_text(
        'movements = ["rest", "open"]\nmodel = "model.imb"\n[patient]\nid = "A-17"\n'
        '[limb]\nlevel = "transradial"\nside = "left"\ndevice = "ability-hand"\nport = "/dev/ttyUSB9"\n'
        f'[source]\n{source}\n[[montage]]\nchannel = "ch1"\n'
    )
    for verb in (("run",), ("scope",), ("record", "--out", str(tmp_path / "visit"))):
        code, out, err = command(*verb, "--profile", str(profile))
        assert code == 2
        assert str(profile) in err
        assert said in err
        assert len(err.strip().splitlines()) == 1
        assert "Traceback" not in out + err
