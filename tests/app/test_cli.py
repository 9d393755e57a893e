"""A user's mistake is one line that names the thing and what mends it, and a code that is not 0."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.app.measure import RingHistory
from innervate.app.people import Person
from innervate.app.rig import LIMB_RING, virtual_amplifier, virtual_limb
from innervate.core.child import Child
from innervate.core.ring import RingReader
from innervate.drivers.lsl.config import machine_only
from innervate.drivers.recordings.npz import Recording, write_recording
from innervate.sim.amplifier import AmplifierSettings
from innervate.sim.wire import PseudoTerminal

from .door import command, finish, start, until  # noqa: TID251 - ruff takes tests/app for app

PROFILE = """
model = "model.imb"
movements = ["rest", "power", "open"]
[patient]
id = "p1"
simulated = true
[limb]
level = "transradial"
side = "left"
device = "ability-hand"
port = "{port}"
trusted_keys = [{key}]
[source]
kind = "{kind}"
{source}
[control]
{control}
"""
CHANNELS = tuple(f"ch{i + 1}" for i in range(8))


@dataclass
class Desk:
    """One person's folder: profile, recording, keys, running limbs."""

    folder: Path
    env: dict[str, str]

    @property
    def profile(self) -> Path:
        return self.folder / "profile.toml"

    @property
    def recording(self) -> Path:
        return self.folder / "sim.npz"

    @property
    def bundle(self) -> Path:
        return self.folder / "model.imb"

    def write_profile(
        self,
        port: str = "/dev/nowhere",
        key: str = "",
        kind: str = "lsl",
        source: str = 'stream = "nobody"',
        control: str = "",
    ) -> Path:
        montage = "".join(f'[[montage]]\nchannel = "{name}"\n' for name in CHANNELS)
        key = f'"{key}"' if key else ""
        text = PROFILE.format(port=port, key=key, kind=kind, source=source, control=control)
        self.profile.write_text(text + montage)
        return self.profile

    def ask(self, *args: str | Path, **env: str) -> tuple[int, str, str]:
        return command(*map(str, args), **{**self.env, **env})

    def refused(self, *args: str | Path, **env: str) -> str:
        """The one line of a command that cannot be done."""
        return self.one_line(*self.ask(*args, **env))

    def all_refused(self, *commands: tuple[str | Path, ...]) -> list[str]:
        """The one line of each, run side by side to save time."""
        running = [start(*map(str, args), **self.env) for args in commands]
        return [self.one_line(*finish(process)) for process in running]

    @staticmethod
    def one_line(code: int, out: str, err: str) -> str:
        assert code == 2, (code, out, err)
        assert err.startswith("innervate: ")
        assert err.count("\n") == 1, err
        assert err.endswith("\n")
        assert "Traceback" not in out + err
        return err

    def calibrate(self, **env: str) -> dict[str, Any]:
        args = ("calibrate", "--profile", self.profile, "--recording", self.recording, "--json")
        code, out, err = self.ask(*args, **env)
        assert (code, err) == (0, "")
        found = json.loads(out)
        assert isinstance(found, dict)
        return found

    def run(self, *more: str) -> str:
        return self.refused("run", "--profile", self.profile, "--no-page", "--seconds", "5", *more)


def make_desk(folder: Path, recording: Recording) -> Desk:
    run = folder / "run"
    run.mkdir(mode=0o700)
    env = machine_only(folder, secrets.token_hex(8))
    env |= {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_RUNTIME_DIR": str(run)}
    found = Desk(folder, env)
    write_recording(found.recording, recording)
    found.write_profile()
    return found


@pytest.fixture
def desk(tmp_path: Path, hand_recording: Recording) -> Desk:
    return make_desk(tmp_path, hand_recording)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory, hand_recording: Recording) -> tuple[bytes, str]:
    """A bundle as the command writes it, and the key it is signed with."""
    desk = make_desk(tmp_path_factory.mktemp("clinic"), hand_recording)
    found = desk.calibrate()
    assert found["trusted"] is False
    assert found["active_recall"] > 0.8
    assert desk.bundle.stat().st_mode & 0o777 == 0o600
    return desk.bundle.read_bytes(), str(found["public_key"])


@pytest.fixture
def fitted(desk: Desk, calibrated: tuple[bytes, str]) -> tuple[Desk, str]:
    """A desk with that bundle, and the key that the profile must trust for it."""
    bundle, key = calibrated
    desk.bundle.write_bytes(bundle)
    desk.write_profile(key=key)
    return desk, key


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Child]:
    folder = tmp_path / "hand"
    folder.mkdir()
    with virtual_limb("ability-hand", folder) as found:
        yield found


# -- files -----------------------------------------------------------------------------------------


@pytest.fixture
def stream(fitted: tuple[Desk, str], hand: Child, hand_recording: Recording) -> Iterator[str]:
    """Line of a profile that names the running amplifier of a patient who opens and closes the hand."""
    desk, _ = fitted
    patient = AmplifierSettings(schedule="free", movements=("power", "open"))
    person = Person("p1", True, "ability-hand", "transradial", hand_recording, (0, 1, 2), None, patient)
    with virtual_amplifier(person, desk.folder / "hand", desk.env) as amplifier:
        yield f'stream = "{amplifier.facts["source_id"]}"'


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


# -- words -----------------------------------------------------------------------------------------


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


# -- bundles ---------------------------------------------------------------------------------------


def test_a_bundle_that_is_damaged_or_foreign_moves_nothing(fitted: tuple[Desk, str], hand: Child) -> None:
    desk, key = fitted
    desk.write_profile(port=str(hand.facts["port"]), key=key)
    whole = desk.bundle.read_bytes()
    flipped = bytearray(whole)
    flipped[len(flipped) // 2] ^= 1
    desk.bundle.write_bytes(flipped)
    told = desk.run()
    assert str(desk.bundle) in told
    assert told.endswith(")\n")  # and how to mend it

    desk.calibrate(XDG_CONFIG_HOME=str(desk.folder / "another-clinic"))
    told = desk.run()
    assert "which this limb does not trust" in told
    assert "trusted_keys" in told

    desk.bundle.unlink()
    assert str(desk.bundle) in desk.run()
    truth = RingReader(desk.folder / "hand" / LIMB_RING)
    positions = np.array([record["position_deg"] for record in truth.new_records()])
    assert float(np.ptp(positions, axis=0).max()) <= 0.5


def test_an_increment_that_is_not_the_models_moves_nothing(
    fitted: tuple[Desk, str], hand: Child, stream: str
) -> None:
    desk, key = fitted
    port = str(hand.facts["port"])
    desk.write_profile(port=port, key=key, source=f"{stream}\nincrement_ms = 20")
    told = desk.run()
    assert "source.increment_ms = 20" in told
    assert "set it to 10" in told
    desk.write_profile(port=port, key=key, source=f"{stream}\nincrement_ms = 10.4")
    assert "it must be whole (set it to 10 ms" in desk.run()


# -- ports -----------------------------------------------------------------------------------------


def test_a_limb_that_is_not_there_or_does_not_answer(fitted: tuple[Desk, str]) -> None:
    desk, key = fitted
    told = desk.run()
    assert "/dev/nowhere: no such port" in told
    assert "limb.port" in told
    nobody = PseudoTerminal(None)
    try:
        desk.write_profile(port=nobody.port, key=key)
        told = desk.run()
    finally:
        nobody.close()
    assert f"{nobody.port}: nothing answers like a ability-hand" in told
    assert "(is it on" in told


def test_an_amplifier_that_is_not_there_or_talks_garbage(fitted: tuple[Desk, str], hand: Child) -> None:
    desk, key = fitted
    port = str(hand.facts["port"])
    desk.write_profile(port=port, key=key)
    told = desk.run()
    assert "no LSL stream 'nobody' answered" in told
    assert "source.stream" in told

    desk.write_profile(port, key, "cyton", 'port = "/dev/nowhere"\nrate_hz = 250\nincrement_ms = 12')
    told = desk.run()
    assert "no serial port '/dev/nowhere'" in told
    assert "plug the amplifier in" in told

    with Babbler() as babbler:
        source = f'port = "{babbler.port}"\nrate_hz = 250\nincrement_ms = 12'
        desk.write_profile(port, key, "cyton", source)
        told = desk.run()
    assert babbler.port in told
    assert "Cyton" in told


class Babbler:
    """A serial port on which somebody talks at another baud rate."""

    def __init__(self) -> None:
        self._cable = PseudoTerminal(None)
        self.port = self._cable.port
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._babble)

    def _babble(self) -> None:
        rng = np.random.default_rng(3)
        while not self._over.wait(0.01):
            self._cable.read()
            self._cable.write(rng.bytes(200))

    def __enter__(self) -> Babbler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._cable.close()


# -- all is well -----------------------------------------------------------------------------------


def test_from_a_recording_to_a_moving_hand_that_nobody_else_may_drive(
    fitted: tuple[Desk, str], hand: Child, stream: str
) -> None:
    desk, key = fitted
    port = str(hand.facts["port"])
    desk.write_profile(port=port, key=key, source=stream)
    args = ("run", "--profile", str(desk.profile), "--seconds", "9", "--arm", "--no-page")
    running = start(*args, **desk.env)
    try:
        truth = RingHistory(desk.folder / "hand" / LIMB_RING)

        def moved() -> bool:
            truth.poll()
            return float(np.ptp(truth.array()["position_deg"], axis=0).max()) > 15.0

        until(moved, 15.0)
        code, out, err = desk.ask("request", "status")
        assert (code, err) == (0, "")
        assert json.loads(out)["device"] == "ability-hand"
        assert "another guard serves this limb" in desk.run()
        told = desk.refused(
            *("run", "--profile", desk.profile, "--no-page"), XDG_RUNTIME_DIR=str(desk.folder / "other")
        )
        assert f"{port}: another controller drives this limb (stop it first)" in told
        assert "no such request: 'jump'; allowed: stop" in desk.refused("request", "jump")
        code, out, _ = desk.ask("request", "stop")
        assert code == 0
        assert json.loads(out)["state"] == "STOPPED"
    finally:
        code, out, err = finish(running, 30.0)
    assert (code, err) == (0, "")
    truth.poll()
    assert truth.newest is not None
    assert truth.newest["watchdog_trips"] == 0
    assert truth.newest["exits"] == 1  # it was left in its own way, at rest


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
