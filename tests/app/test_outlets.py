"""The LSL streams of a limb, read by mne-lsl: another binding, another liblsl, another process."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.app.limb_words import LimbWords
from innervate.app.outlets import LimbOutlets
from innervate.app.outlets_process import OutletsProcess
from innervate.app.streams import StreamSpec
from innervate.controller.telemetry import Telemetry
from innervate.core.child import Child
from innervate.core.clock import now
from innervate.core.errors import InnervateError
from innervate.core.link import LinkState
from innervate.core.records import to_array
from innervate.core.ring import RingReader
from innervate.core.state import Reason, State
from innervate.drivers.lsl.config import machine_only
from innervate.firmware_bridge.telemetry import open_ring

from .ring_records import packed

pytestmark = pytest.mark.real_time

PEER = str(Path(__file__).parent.parent / "peer_mne_lsl.py")
CHANNELS, CLASSES, JOINTS = ["biceps", "triceps", "E3"], ["rest", "open", "power"], ["index", "thumb"]
INCREMENT, RATE_HZ = 10, 1000.0
ENTRIES = INCREMENT / RATE_HZ

needs_peer = pytest.mark.skipif(
    importlib.util.find_spec("mne_lsl") is None or importlib.util.find_spec("pylsl") is None,
    reason="needs pylsl and mne-lsl",
)


class Limb:
    """Both rings, written by the writers of loop and guard; remembers each row it wrote."""

    def __init__(self, folder: Path, channels: list[str] = CHANNELS, guard: bool = True) -> None:
        classes = CLASSES if guard else []
        meta: dict[str, object] = {"classes": classes, "channels": channels, "rate_hz": RATE_HZ}
        meta |= {"increment_samples": INCREMENT, "unit": "uV", "simulated": True, "source": "cyton board"}
        meta |= {"serial": "A7", "lsb": None, "notes": ["No counter."]}
        self.loop = Telemetry(folder, INCREMENT, len(channels), meta)
        facts: dict[str, object] = {"joints": JOINTS, "device": "ability-hand"}
        self.guard = open_ring(folder / "guard.ring", 2, facts) if guard else None
        self.random = np.random.default_rng(3)
        self.channels = len(channels)
        self.sent: dict[str, list[Any]] = {what: [] for what in ("emg", "decisions", "quality", "commands")}

    def decide(self, t_s: float, **more: int) -> None:
        record = self.loop.record
        emg = self.random.normal(0, 50, (INCREMENT, self.channels)).astype(np.float32)
        emg[3, 1] = np.nan  # not measured
        posterior = self.random.dirichlet(np.ones(3)).astype(np.float32)
        contact = self.random.integers(0, 256, self.channels)
        record.emg[:], record.posterior[:3], record.contact[: self.channels] = emg, posterior, contact
        numbers: dict[str, float] = dict.fromkeys(record._names, 0)
        numbers |= {"t_turn_s": t_s, "t_sample_s": t_s - 0.002, "n_samples": INCREMENT}
        record.set(**{**numbers, "class_index": 2, "speed": 0.25, **more})
        self.loop.publish()
        self.sent["emg"] += emg.tolist()
        self.sent["decisions"].append([2, 0.25, *posterior.tolist()])
        self.sent["quality"].append(contact.tolist())

    def hold(self, t_s: float, state: State = State.ARMED, reason: Reason = Reason.NONE) -> None:
        assert self.guard is not None
        joints = self.random.uniform(-90, 90, 4)
        self.guard.publish(
            packed(
                self.guard.layout,
                t_s=t_s,
                t_written_s=t_s,
                state=state,
                reason=reason,
                setpoint_deg=joints[:2].tolist(),
                position_deg=joints[2:].tolist(),
            )
        )
        self.sent["commands"].append(joints.tolist())

    def forget(self) -> None:
        self.sent = {what: [] for what in self.sent}

    def close(self) -> None:
        self.loop.close()
        if self.guard is not None:
            self.guard.close()


@pytest.fixture
def network(tmp_path: Path) -> dict[str, str]:
    return machine_only(tmp_path, secrets.token_hex(8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "hand-ttyUSB0"
    made.mkdir()
    return made


@contextmanager
def publishing(folder: Path, network: dict[str, str]) -> Iterator[OutletsProcess]:
    with OutletsProcess(folder, wanted=True, env=network) as process:
        assert process.told == "LSL: streams hand-ttyUSB0-..."
        yield process


class Peer:
    """mne-lsl, subscribed to streams of the limb."""

    def __init__(self, folder: Path, network: dict[str, str], rows: int, *contents: str) -> None:
        ids = [f"innervate-limb/{platform.node()}/{folder.name}/{content}" for content in contents]
        command = [sys.executable, PEER, "read", str(rows), *ids]
        self.contents = contents
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, **network}
        )

    def wait(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def heard(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return {content: json.loads(self.process.stdout.readline()) for content in self.contents}

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def same(heard: dict[str, Any], sent: list[Any]) -> None:
    np.testing.assert_array_equal(np.array(heard["values"], np.float32), np.array(sent, np.float32))


@needs_peer
def test_every_value_with_its_own_time_and_a_whole_description(folder: Path, network: dict[str, str]) -> None:
    contents = ("emg", "decisions", "commands", "quality")
    with publishing(folder, network), Peer(folder, network, 30, *contents) as peer:
        limb = Limb(folder)
        limb.decide(now())
        limb.hold(now())
        peer.wait()
        limb.forget()
        t0_s = now()
        for k in range(30):
            limb.decide(t0_s + ENTRIES * k)
            limb.hold(t0_s + ENTRIES * k + 0.001)
        heard = peer.heard()
    limb.close()
    assert [heard[c]["name"] for c in contents] == [f"hand-ttyUSB0-{c}" for c in contents]
    assert [heard[c]["type"] for c in contents] == [
        "EMG",
        "EMG-Decision",
        "Prosthesis-Command",
        "EMG-Quality",
    ]
    assert [heard[c]["rate_hz"] for c in contents] == [1000.0, 100.0, 0.0, 0.0]
    emg = heard["emg"]
    assert (emg["channels"], emg["units"], emg["types"]) == (CHANNELS, ["microvolts"] * 3, ["EMG"] * 3)
    for element in ("manufacturer>innervate", "model>cyton board", "serial_number>A7", "simulated>true"):
        assert f"<{element}</" in emg["xml"]
    same(emg, limb.sent["emg"][:30])
    newest_s = t0_s - 0.002
    np.testing.assert_allclose(emg["stamps"], newest_s + (np.arange(30) - 9) / RATE_HZ, atol=1e-6)
    decided = heard["decisions"]
    assert decided["channels"] == ["class_index", "speed", *(f"posterior {name}" for name in CLASSES)]
    assert "<classes>rest,open,power</classes>" in decided["xml"]
    same(decided, limb.sent["decisions"])
    np.testing.assert_allclose(decided["stamps"], newest_s + ENTRIES * np.arange(30), atol=1e-6)
    commands = heard["commands"]
    assert commands["channels"] == ["index setpoint", "thumb setpoint", "index measured", "thumb measured"]
    assert commands["units"] == ["degrees"] * 4
    same(commands, limb.sent["commands"])
    np.testing.assert_allclose(commands["stamps"], t0_s + 0.001 + ENTRIES * np.arange(30), atol=1e-6)
    assert heard["quality"]["values"] == limb.sent["quality"]
    assert "<bit_64>LIFTED: " in heard["quality"]["xml"]


@needs_peer
def test_markers_and_a_loop_that_starts_again(folder: Path, network: dict[str, str]) -> None:
    with publishing(folder, network), Peer(folder, network, 4, "markers") as words:
        limb = Limb(folder)
        limb.decide(now())
        limb.hold(now(), State.STOPPED, Reason.NOT_ARMED)
        words.wait()
        with Peer(folder, network, 400, "emg") as samples:
            samples.wait()
            limb.forget()
            t_s = now()
            limb.hold(t_s, State.ARMED, Reason.NONE)
            limb.hold(t_s + 0.001, State.ACTIVE)
            for k in range(20):
                limb.decide(t_s + 0.002 + ENTRIES * k, movement=2)
            said = words.heard()["markers"]
            assert [value for [value] in said["values"]] == [
                *("state=ARMED", "reason=NONE", "state=ACTIVE", "movement=power"),
            ]
            np.testing.assert_allclose(np.array(said["stamps"]) - t_s, [0, 0, 0.001, 0.002], atol=1e-6)
            limb.close()
            # The loop was started again: a new file, the same channels, so the same stream.
            again = Limb(folder)
            for k in range(20):
                again.decide(now() + ENTRIES * k)
            same(samples.heard()["emg"], limb.sent["emg"] + again.sent["emg"])
        again.close()


class Kept:
    """An outlet that sends nothing: which outlets are made is the question."""

    made: list[StreamSpec]

    def __init__(self, spec: StreamSpec) -> None:
        self.spec = spec
        self.made.append(spec)

    def send(self, *_: object) -> None:
        pass

    send_each = send


def test_new_outlets_only_for_other_channels_and_none_for_what_is_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[StreamSpec] = []
    monkeypatch.setattr(Kept, "made", made, raising=False)
    stale = Limb(folder)
    stale.decide(1.0)  # of an earlier run
    outlets = LimbOutlets(folder, 2.0, Kept)  # type: ignore[arg-type]
    outlets.turn(3.0)
    assert [spec.name for spec in made] == ["hand-ttyUSB0-markers"]
    for t_s, channels, guard, expected in (
        (4.0, CHANNELS, False, ["emg", "quality"]),  # an acquisition alone
        (5.0, CHANNELS, True, ["decisions", "commands"]),
        (6.0, CHANNELS, True, []),
        (7.0, ["A", "B"], True, ["emg", "quality"]),
    ):
        made.clear()
        limb = Limb(folder, channels, guard)
        limb.decide(t_s)
        if guard:
            limb.hold(t_s)
        outlets.turn(t_s)
        assert [spec.name for spec in made] == [f"hand-ttyUSB0-{what}" for what in expected]
        limb.close()
    outlets.close()
    stale.close()


def test_words_of_a_guard_that_has_no_reason_and_of_no_guard(folder: Path) -> None:
    limb = Limb(folder)
    words = LimbWords()
    limb.decide(1.0, reason=Reason.LOW_CONFIDENCE, state=State.STOPPED)
    limb.decide(3.0, reason=Reason.LOW_CONFIDENCE, state=State.STOPPED, link=LinkState.RECONNECTING)
    limb.hold(2.0, State.HOLDING, Reason.CONTACT)
    limb.hold(2.5, State.HOLDING, Reason.NONE)
    limb.close()
    found = words.changes(*(_records(folder / name) for name in ("telemetry.ring", "guard.ring")), CLASSES)
    assert [(each.t_s, each.text.split(" ")[0]) for each in found] == [
        *((1.0, "state=STOPPED"), (1.0, "reason=LOW_CONFIDENCE"), (1.0, "movement=rest")),
        *((1.0, "link=STREAMING"), (2.0, "state=HOLDING"), (2.0, "reason=CONTACT")),
        *((2.5, "reason=LOW_CONFIDENCE"), (3.0, "link=RECONNECTING")),
    ]
    assert found[-1].text.endswith("Check its cable, battery and radio.")


def _records(path: Path) -> Any:
    reader = RingReader(path)
    return to_array(reader.layout, reader.new_payloads())


def test_what_cannot_be_is_one_line_and_the_limb_runs_on(folder: Path, network: dict[str, str]) -> None:
    refused = pytest.raises(InnervateError, match="a limb's runtime folder is wanted")
    with Child("innervate.app.outlets", str(folder / "nowhere"), leashed=True) as child, refused:
        child.wait_ready(10.0)
    (folder / "pylsl.py").write_text("raise RuntimeError('LSL binary library file was not found.')\n")
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    with OutletsProcess(folder, wanted=True, env={**network, "PYTHONPATH": path}) as process:
        assert process.told.startswith("no LSL streams: LSL cannot be used: LSL binary library file")
        assert "\n" not in process.told
    with OutletsProcess(folder, wanted=False) as process:
        assert (process.child, process.told) == (None, "")
