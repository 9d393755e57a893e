"""`innervate calibrate --source playback`: a recording plays, a model comes out, and a limb runs with it."""

from __future__ import annotations

import io
import json
import signal
from pathlib import Path

import numpy as np
import pytest
from innervate.app.guided import GuidedOptions, calibrate_by_playback
from innervate.app.guided_live import calibrate_live
from innervate.app.measure import RingHistory
from innervate.app.rig import LIMB_RING
from innervate.app.source_choice import Choice
from innervate.calibration.guided.plan import Timing
from innervate.calibration.guided.repetition import from_bytes
from innervate.calibration.guided.session import View
from innervate.core.child import Child
from innervate.core.errors import InnervateError
from innervate.core.profile import load_profile
from innervate.drivers.recordings.npz import read_recording, write_recording
from innervate.drivers.settings import SourceSettings
from innervate.models.bundle import read_bundle
from innervate.sim.anatomy import HAND
from innervate.sim.patient import Patient
from innervate.sim.schedule import calibration_schedule
from innervate.sim.simulate import simulate_recording
from rich.console import Console

from ..waiting import until
from .desk import make_desk
from .door import command, finish, start


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sim") / "somebody.npz"
    cues = calibration_schedule(("open", "power", "wrist flexion"), 3, 3.0, 3.0)
    write_recording(path, simulate_recording(Patient(HAND, 1000.0, 4), cues, 4))
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


def test_a_recording_plays_and_a_signed_model_comes_out(recording: Path, home: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "data")}
    args = ("calibrate", "--source", "playback", "--recording", str(recording), "--json")
    code, out, err = command(*args, **env)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert 0.5 < found["wearer_minutes"] < 5.0
    assert found["repetitions"] == 9
    assert found["repetitions_redone"] == 0
    assert found["active_recall"] > 0.9
    assert found["rest_recall"] > 0.9
    assert found["verdict"] == []
    assert found["simulated"] is True
    assert found["trusted"] is True
    profile = load_profile(Path(found["profile"]))
    assert profile.patient.simulated
    bundle = read_bundle(Path(found["bundle"]), profile.limb.trusted_keys, profile.safety_digest())
    assert set(bundle.model.classes) == set(profile.movements)
    learnt = read_recording(Path(found["recording"]))
    assert learnt.classes == ("rest", "open", "power", "wrist flexion")
    for file in Path(found["recording"]).parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_each_calibration_keeps_a_folder_of_its_own(recording: Path, home: Path) -> None:
    options = GuidedOptions(folder=home / "kept", repetitions=2)
    first = calibrate_by_playback(recording, options)
    second = calibrate_by_playback(recording, options)
    assert [first.folder.name, second.folder.name] == ["001", "002"]
    assert second.actions == ()  # compared with the first, which it resembles


def test_mistakes_are_one_line(recording: Path, home: Path) -> None:
    plays = ("--source", "playback", "--recording", str(recording))
    env = {"XDG_DATA_HOME": str(home / "d"), "XDG_CONFIG_HOME": str(home / "c")}
    commands = (
        (),
        ("--source", "playback"),
        ("--source", "telepathy"),
        ("--source", "live"),
        (*plays, "--movements", "fly"),
    )
    for process in [start("calibrate", *args, **env) for args in commands]:
        code, _, err = finish(process)
        assert code == 2, err
        assert err.startswith("innervate: ")
        assert err.count("\n") == 1
    for options in (GuidedOptions(own_words=("open",)), GuidedOptions(positions=("upside down",))):
        with pytest.raises(InnervateError):
            calibrate_by_playback(recording, options)


PROFILE = """
model = "model.imb"
movements = ["rest", "open", "power"]
[patient]
id = "somebody"
simulated = true
[limb]
level = "transradial"
side = "left"
device = "ability-hand"
port = "/dev/nowhere"
[source]
kind = "lsl"
"""


@pytest.mark.real_time
def test_at_an_amplifier_pain_ends_it_at_once_and_keeps_what_was_recorded(
    recording: Path, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(PROFILE + "".join(f'[[montage]]\nchannel = "ch{n}"\n' for n in range(1, 9)))
    timing = Timing(0.5, 1.0, 1.5, 2.0, 2.0)
    options = GuidedOptions(path, call="Dr. Stone, 555 0100", timing=timing)
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    choice = Choice(SourceSettings("playback", path=str(recording)), load_profile(path), run)
    shown: list[View] = []

    def hurts(view: View) -> None:
        shown.append(view)
        if view.number == 2:
            raise KeyboardInterrupt

    said = Console(file=io.StringIO(), width=200)
    assert calibrate_live(choice, options, said, on_shown=hurts) is None
    assert {view.phase for view in shown} == {"relax", "countdown", "hold"}
    assert "Dr. Stone, 555 0100" in said.file.getvalue()  # type: ignore[attr-defined]
    folder = tmp_path / "calibrations" / "001"
    kept = [from_bytes(file.read_bytes(), file.name) for file in sorted(folder.glob("[0-9]*.npz"))]
    assert kept[0].step.position == "sitting still"
    assert len(kept[0].samples) == 3500
    assert all(repetition.stopped for repetition in kept[1:])


@pytest.mark.slow
@pytest.mark.real_time
def test_the_model_that_came_out_moves_a_hand(recording: Path, tmp_path: Path, hand: Child) -> None:
    desk = make_desk(tmp_path, read_recording(recording))
    plays = ("--source", "playback", "--recording", str(recording))
    code, out, err = command("calibrate", *plays, "--folder", str(tmp_path / "kept"), "--json", **desk.env)
    assert (code, err) == (0, "")
    profile = Path(json.loads(out)["profile"])
    profile.write_text(profile.read_text().replace("/dev/ttyUSB0", str(hand.facts["port"])))
    played = start("play", str(recording), "--stream", "somebody", **desk.env)
    running = start("run", "--profile", str(profile), "--arm", "--no-page", **desk.env)
    try:
        truth = RingHistory(tmp_path / "hand" / LIMB_RING)

        def moved() -> bool:
            truth.poll()
            return float(np.ptp(truth.array()["position_deg"], axis=0).max()) > 15.0

        until(moved, 30.0)
    finally:
        running.send_signal(signal.SIGINT)
        code, _, err = finish(running, 30.0)
        played.send_signal(signal.SIGINT)
        finish(played, 30.0)
    assert (code, err) == (0, "")
