"""A user's mistake is one line that names the thing and what mends it, and a code that is not 0."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from innervate.drivers.recordings.npz import Recording, write_recording

from .desk import CHANNELS, Desk


def test_a_profile_that_is_wrong_or_not_there(desk: Desk) -> None:
    unknown, value, cut = (desk.folder / f"{name}.toml" for name in ("unknown", "value", "cut"))
    unknown.write_text(desk.write_profile(control="sped = 1.0").read_text())
    value.write_text(desk.write_profile(control="speed = 7.0").read_text())
    cut.write_text("model = ")
    args = ("calibrate", "--recording", desk.recording, "--profile")
    told = desk.all_refused(*((*args, path) for path in (desk.folder / "no.toml", unknown, value, cut)))
    assert "no.toml: no such profile" in told[0]
    assert f"{unknown}: unknown key 'control.sped'; allowed: " in told[1]
    assert "speed" in told[1]
    assert "control.speed = 7.0" in told[2]
    assert "not a readable TOML file" in told[3]


def test_a_recording_that_cannot_be_used(desk: Desk, hand_recording: Recording) -> None:
    text, damaged, fewer = (desk.folder / f"{name}.npz" for name in ("notes", "nan", "fewer"))
    text.write_text("not a recording")
    with np.load(desk.recording) as content:
        arrays = dict(content)
    arrays["emg"][1234, 3] = np.nan
    np.savez(damaged, **arrays)
    meta = {**hand_recording.meta, "channels": list(CHANNELS[:4])}
    write_recording(fewer, replace(hand_recording, emg=hand_recording.emg[:, :4], meta=meta))
    args = ("calibrate", "--profile", desk.profile, "--recording")
    told = desk.all_refused(
        *((*args, path) for path in (text, desk.folder / "absent.npz", damaged, fewer)),
        ("demo", "--headless", "--recording", "absent.npz"),
    )
    assert f"{text}: not a readable .npz recording (convert it again)" in told[0]
    assert "absent.npz: no such recording" in told[1]
    assert f"{damaged}: channel ch4 is nan at sample 1234 (1 such values)" in told[2]
    assert "its channels are ch1, ch2, ch3, ch4;" in told[3]
    assert "record with the same montage" in told[3]
    assert "absent.npz: no such recording" in told[4]


def test_a_file_that_could_not_be_written_is_refused_before_the_work(desk: Desk) -> None:
    nowhere = desk.folder / "absent" / "file"
    told = desk.all_refused(
        ("demo", "--headless", "--report", nowhere),
        ("evaluate", desk.recording, "--json", nowhere),
        ("calibrate", "--profile", desk.profile, "--recording", desk.recording, "--out", nowhere),
    )
    for option, line in zip(("--report", "--json", "--out"), told, strict=True):
        assert f"{option} {nowhere}: there is no folder" in line
        assert "(make it first)" in line


def test_a_word_that_is_not_known(desk: Desk) -> None:
    empty = desk.folder / "empty"
    empty.mkdir()
    told = desk.all_refused(
        ("evaluate", empty),
        ("evaluate", desk.recording, "--split", "day"),
        ("demo", "--headless", "--amplifier", "x"),
        ("bench", "nonsense"),
    )
    assert "no recording in this folder" in told[0]
    assert "'day'" in told[1]
    assert "repetition" in told[1]
    assert "--amplifier x" in told[2]
    assert "lsl, cyton" in told[2]
    assert "'nonsense'" in told[3]
    assert "latency" in told[3]


def test_a_request_to_no_limb(desk: Desk) -> None:
    assert "no limb is running (start one" in desk.refused("request", "stop")
    (Path(desk.env["XDG_RUNTIME_DIR"]) / "innervate" / "left-by-a-crash").mkdir(parents=True)
    assert "no limb is running (start one" in desk.refused("request", "stop")


def test_what_is_printed_for_programs_is_json(desk: Desk) -> None:
    code, out, err = desk.ask("doctor", "--json")
    assert code in (0, 1)  # 1: this machine lacks something
    assert err == ""
    findings = json.loads(out)
    assert {"name", "verdict", "found", "mend"} == set(findings[0])
    assert {"Python", "numpy", "real-time priority"} <= {finding["name"] for finding in findings}

    code, out, err = desk.ask("devices", "--json", "--wait", "0.2")
    assert (code, err) == (0, "")
    assert all({"kind", "address", "likely", "details"} <= set(device) for device in json.loads(out))

    path = desk.folder / "figures.json"
    code, _, err = desk.ask("evaluate", desk.recording, "--json", path)
    assert (code, err) == (0, "")
    figures = json.loads(path.read_text())
    assert figures["mean"]["active_recall"] > 0.8
    assert figures["mean"]["rest_recall"] > 0.8
    assert figures["split"] == "repetition"
    assert figures["people"][0]["id"] == "sim"
    assert "confusion" in figures["people"][0]
