"""Units that systemd accepts, and settings that guard and loop start with."""

from __future__ import annotations

import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest
from innervate.app.service import write_service
from innervate.controller.settings import LoopSettings
from innervate.core.errors import BundleError, ProfileError
from innervate.core.flightcopy import CopierSettings
from innervate.core.sdnotify import Watchdog
from innervate.core.settings import read_settings
from innervate.firmware_bridge.settings import GuardSettings

PROFILE = """
movements = ["rest", "open", "power"]
model = "model.imb"

[patient]
id = "A-17"

[limb]
level = "transradial"
side = "left"
device = "ability-hand"
port = "/dev/serial/by-id/usb-hand"

[[limb.also]]
device = "dynamixel"
port = "/dev/serial/by-id/usb-wrist"
joints = [{ name = "wrist rotation", id = 7 }]

[source]
kind = "cyton"
port = "/dev/serial/by-id/usb-cyton"
rate_hz = 250
increment_ms = 12

[[montage]]
channel = "ch1"

[[buttons]]
path = "/dev/input/by-path/platform-button@18-event"
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    (tmp_path / "model.imb").write_bytes(b"not read here")
    path = tmp_path / "profile.toml"
    path.write_text(PROFILE)
    return path


def test_settings_are_those_of_the_profile_and_private(profile: Path, tmp_path: Path) -> None:
    write_service(profile, tmp_path / "out", "left-arm", "limb", 8420)
    folder = tmp_path / "out/etc/innervate/left-arm"
    guard = read_settings(folder / "guard.json", GuardSettings)
    assert [part.device for part in guard.parts] == ["ability-hand", "dynamixel"]
    assert guard.runtime_dir == "/run/innervate/left-arm"
    loop = read_settings(folder / "loop.json", LoopSettings)
    assert loop.parts[1].joints == ("wrist rotation",)
    assert loop.bundle == str(tmp_path / "model.imb")
    copier = read_settings(folder / "copier.json", CopierSettings)
    assert (copier.place, copier.most_mb) == ("/var/lib/innervate/left-arm/flight", 2000.0)
    assert guard.flight_minutes == loop.flight_minutes == 1.0
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_without_a_log_on_the_disk_there_is_no_copier(profile: Path, tmp_path: Path) -> None:
    profile.write_text(PROFILE + "\n[flight]\ndisk_mb = 0\n")
    write_service(profile, tmp_path / "out", "left-arm", "limb", 8420)
    written = [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [name for name in written if "copier" in name] == []
    target = tmp_path / "out/etc/systemd/system/innervate-left-arm.target"
    assert "copier" not in target.read_text()
    guard = read_settings(tmp_path / "out/etc/innervate/left-arm/guard.json", GuardSettings)
    assert guard.flight_minutes == 6.0


def test_each_process_gets_its_own_devices_and_no_others(profile: Path, tmp_path: Path) -> None:
    write_service(profile, tmp_path / "out", "left-arm", "limb", 8420)
    units = tmp_path / "out/etc/systemd/system"
    allowed = {
        who: [
            line.removeprefix("DeviceAllow=/dev/")
            for line in (units / f"innervate-left-arm-{who}.service").read_text().splitlines()
            if line.startswith("DeviceAllow=")
        ]
        for who in ("guard", "loop", "page", "copier")
    }
    by_id = "serial/by-id/usb"
    assert allowed == {
        "guard": [f"{by_id}-hand rw", f"{by_id}-wrist rw", "input/by-path/platform-button@18-event rw"],
        "loop": [f"{by_id}-cyton rw"],
        "page": [],
        "copier": [],
    }


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_accepts_them_and_calls_them_safe(profile: Path, tmp_path: Path) -> None:
    write_service(profile, tmp_path / "out", "left-arm", "root", 8420)
    units = sorted((tmp_path / "out/etc/systemd/system").iterdir())
    command = ["systemd-analyze", "verify", "--man=no", *map(str, units)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    ours = [line for line in verified.stderr.splitlines() if "innervate" in line]
    assert ours == []
    for unit in units:
        if unit.suffix == ".service":
            judged = subprocess.run(
                ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(unit)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert judged.returncode == 0, judged.stdout[-200:]


def test_a_mistake_is_named_before_anything_is_written(profile: Path, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"--name 'Left arm'"):
        write_service(profile, tmp_path / "out", "Left arm", "limb", 8420)
    (tmp_path / "model.imb").unlink()
    with pytest.raises(BundleError, match=r"model\.imb: no such bundle"):
        write_service(profile, tmp_path / "out", "left-arm", "limb", 8420)
    assert not (tmp_path / "out").exists()


def test_a_process_says_that_it_is_ready_and_alive(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path)
        systemd.settimeout(2.0)
        watchdog = Watchdog({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "500000"})
        watchdog.ready()
        watchdog.alive()
        watchdog.alive()  # too soon to say it again
        assert (systemd.recv(64), systemd.recv(64)) == (b"READY=1", b"WATCHDOG=1")
        systemd.setblocking(False)
        with pytest.raises(BlockingIOError):
            systemd.recv(64)
        watchdog.close()


def test_nobody_who_listens_is_no_trouble(tmp_path: Path) -> None:
    gone = Watchdog({"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "1000"})
    gone.ready()
    gone.alive()
    gone.close()
    Watchdog({}).ready()
