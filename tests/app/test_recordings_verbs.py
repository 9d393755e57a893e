"""`innervate recordings check`, `import`, `export`, `play`, as a person types them."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.app.calibrate import refuse_other_patient
from innervate.app.convert import convert
from innervate.app.play import play
from innervate.app.recordings import check_and_show
from innervate.core.clock import now
from innervate.core.errors import InnervateError, RecordingError
from innervate.core.link import LinkState
from innervate.drivers.recordings.formats import read
from innervate.drivers.recordings.npz import Recording, write_recording
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import open_source
from innervate.sim.amplifier import AmplifierSettings

from .door import command, finish, start

LSB = 4.5 / 24 / (2**23 - 1) * 1e6


def recording(samples: int = 300, rate_hz: float = 250.0) -> Recording:
    counts = np.random.default_rng(8).integers(-40_000, 40_000, (samples, 8))
    zeros = np.zeros(samples, np.int16)
    label = np.repeat(np.array([0, 1, 0], np.int16), samples // 3)
    emg = (counts * LSB).astype(np.float32)
    meta = {"units": "uV", "simulated": True}
    return Recording("r.npz", emg, label, zeros, zeros, zeros, None, rate_hz, ("rest", "power"), meta)


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    write_recording(tmp_path / "r.npz", recording())
    return tmp_path / "r.npz"


def test_import_check_export_and_back(npz: Path, tmp_path: Path) -> None:
    code, out, err = command("import", str(npz), str(tmp_path / "set"), "--patient", "p1", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["exact"], found["marks_exact"], found["largest_error"]) == (True, True, 0.0)
    code, out, _ = command("recordings", "check", str(tmp_path / "set"), "--json")
    assert code == 0
    (each,) = json.loads(out)
    assert (each["verdict"], each["seconds"], each["patient"]) == ("ok", 1.2, "p1")
    code, out, err = command("export", str(tmp_path / "set"), str(tmp_path / "back"), "--to", "npz")
    assert (code, err) == (0, "")
    assert "every sample is the same to the last bit" in out
    np.testing.assert_array_equal(read(tmp_path / "back.npz").emg, recording().emg)
    found = convert(npz, tmp_path / "a.edf")
    assert not found["exact"]
    assert 0 < found["largest_error"] <= np.abs(recording().emg).max() / 2**15


def test_check_says_by_its_code_what_is_needed(
    npz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    convert(npz, tmp_path / "a.bdf")
    whole = (tmp_path / "a.bdf").read_bytes()
    (tmp_path / "a.bdf").write_bytes(whole[:-100])
    assert check_and_show(tmp_path / "a.bdf", mending=False, as_json=False) == 1
    said = capsys.readouterr().out
    assert said.startswith("mend ")
    assert "the header counts 3 data records, 2 are there" in said
    assert check_and_show(tmp_path / "a.bdf", mending=True, as_json=False) == 0
    assert "as it was: a.bdf.before-mend" in capsys.readouterr().out
    (tmp_path / "junk.npz").write_bytes(b"junk")
    assert command("recordings", "check", str(tmp_path / "junk.npz"))[0] == 2


def test_mistakes_are_one_line(npz: Path, tmp_path: Path) -> None:
    code, out, err = command("import", str(npz), str(tmp_path / "set"))
    assert (code, out) == (2, "")
    assert err == f"innervate: {npz}: does not say whose it is (add --patient)\n"

    def played(device: str, speed: float = 1.0) -> int:
        return play(npz, AmplifierSettings(device), speed, -1, -1, lambda _: None)

    for mistake, said in (
        (lambda: convert(npz, npz), "is there already"),
        (lambda: convert(npz, tmp_path / "a.wav"), "cannot be written in that format"),
        (lambda: convert(npz, tmp_path / "a", "wav"), "--to wav: not known"),
        (lambda: convert(npz, tmp_path / "a.npz", stream="x"), "only XDF files have streams"),
        (lambda: check_and_show(tmp_path / "x", mending=False, as_json=True), "no such recording"),
        (lambda: played("yarn"), "--to yarn: not known"),
        (lambda: played("lsl", 1000), "--speed 1000: allowed"),
        (lambda: played("myo"), "a myo sends 200 Hz"),
    ):
        with pytest.raises(InnervateError, match=said):
            mistake()


def test_a_recording_from_another_patient_is_refused(npz: Path, tmp_path: Path) -> None:
    convert(npz, tmp_path / "set", patient="p1")
    with pytest.raises(RecordingError, match="holds recordings of patient 'p1', not of 'p2'"):
        convert(npz, tmp_path / "set", patient="p2")
    with pytest.raises(RecordingError, match="is a recording of patient 'p1', not of 'p2'"):
        convert(tmp_path / "set", tmp_path / "other", patient="p2")
    theirs = read(tmp_path / "set")
    with pytest.raises(RecordingError, match="is a recording of patient 'p1'; the profile's is 'p2'"):
        refuse_other_patient(theirs, tmp_path, "p2")
    refuse_other_patient(theirs, tmp_path, "p1")
    refuse_other_patient(replace(theirs, meta={}), tmp_path, "p2")


@pytest.mark.parametrize("to", ["lsl", "cyton"])
def test_play_streams_every_sample(npz: Path, tmp_path: Path, to: str) -> None:
    process = start("play", str(npz), "--to", to, "--link", str(tmp_path / "port"), "--json")
    assert process.stdout is not None
    facts = json.loads(process.stdout.readline())
    assert (facts["rate_hz"], facts["seconds"], len(facts["channels"])) == (250.0, 1.2, 8)
    port, stream = str(facts.get("port", "")), str(facts.get("source_id", ""))
    rows: list[np.ndarray] = []
    with open_source(SourceSettings(to, port=port, stream=stream)) as source:
        assert source.link is LinkState.STREAMING
        until_s = now() + 10.0
        while sum(map(len, rows)) < 300 and now() < until_s:
            rows.append(source.read(25, now() + 0.2).samples)
    np.testing.assert_array_equal(np.concatenate(rows), recording().emg)
    code, out, _ = finish(process)
    assert code == 0
    assert json.loads(out) == {"done": True, "samples": 300}


def test_play_ends_when_a_person_says_so(npz: Path) -> None:
    process = start("play", str(npz))
    assert process.stdout is not None
    assert "8 channels, 250 Hz, 1.2 s" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    code, out, _ = finish(process, 5.0)
    assert code in (0, 130)
    assert "Traceback" not in out
