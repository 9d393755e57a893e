"""What is plugged in or streams is named within two seconds, and nothing is opened to find it out."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from innervate.app.devices import Device, find_devices, serial_ports
from innervate.app.kinds import KINDS
from innervate.app.port_use import locks, user_of, users
from innervate.app.usb_ids import guess
from innervate.app.watch_devices import CHANGED, PLUGGED, PRESENT, SETTLE_S, UNPLUGGED, Watch
from innervate.core.clock import now
from innervate.core.errors import SourceError
from innervate.drivers.lsl.config import machine_only
from innervate.drivers.serialport import SerialPort
from innervate.drivers.table import SOURCES
from innervate.sim.wire import PseudoTerminal
from serial.tools.list_ports_common import ListPortInfo

from ..waiting import until
from .door import command, finish, start

pytestmark = pytest.mark.real_time

OUTLETS = """
import sys, pylsl
emg = pylsl.StreamInfo("Amp", "EMG", 2, 1000.0, pylsl.cf_float32, "amp-1")
rows = emg.desc().append_child("channels")
for label in ("a", "b"):
    row = rows.append_child("channel")
    row.append_child_value("label", label)
    row.append_child_value("unit", "microvolts")
    row.append_child_value("type", "EMG")
marks = pylsl.StreamInfo("Marks", "Markers", 1, 0.0, pylsl.cf_string, "marks-1")
kept = [pylsl.StreamOutlet(emg), pylsl.StreamOutlet(marks)]
print("there", flush=True)
sys.stdin.read()
"""
HOLDER = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
print("there", flush=True)
sys.stdin.read()
"""


def held(*args: str, **env: str) -> subprocess.Popen[str]:
    """A Python process that has said a word and now waits for its standard input to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip()
    return process


def port(
    path: str, vid: int | None = None, pid: int | None = None, product: str | None = None
) -> ListPortInfo:
    info = ListPortInfo(path)
    info.vid, info.pid, info.product = vid, pid, product
    return info


@pytest.fixture
def cable() -> Iterator[PseudoTerminal]:
    """A serial cable whose device's side nobody has open."""
    made = PseudoTerminal()
    os.close(made._other)
    made._other = os.dup(made.fd)
    yield made
    made.close()


@pytest.fixture
def network(tmp_path) -> dict[str, str]:
    """Environment of an LSL network of this test's own."""
    return machine_only(tmp_path, f"devices-{os.getpid()}-{tmp_path.name}")


@pytest.mark.parametrize(
    ("vid", "pid", "name", "likely", "kind"),
    [
        (0x2458, 0x0001, "", "BLED112", "myo"),
        (0x0403, 0x6015, "FT231X USB UART", "OpenBCI", "cyton"),
        (0x2341, 0x0043, "", "Arduino Uno", "ascii"),
        (0x2341, 0xBEEF, "", "Arduino", "ascii"),
        (0x1A86, 0x7523, "USB Serial", "CH340", "ascii"),
        (0x10C4, 0xEA60, "CP2102", "CP210x", ""),
        (0x0483, 0x5740, "fdcanusb", "fdcanusb (moteus)", ""),
        (0xFFFF, 0x0001, "fdcanusb", "fdcanusb (moteus)", ""),
        (0xFFFF, 0x0001, "", "serial device", ""),
        (None, None, "", "serial device", ""),
    ],
)
def test_a_ports_numbers_say_what_it_probably_is(vid, pid, name, likely, kind):
    found = guess(vid, pid, name)
    assert likely in found.likely
    assert found.source_kind == kind
    assert kind == "" or kind in SOURCES


def test_a_port_has_its_lasting_name_for_the_profile(cable, tmp_path):
    link = tmp_path / "usb-OpenBCI_FT231X_DN00-if00-port0"
    link.symlink_to(cable.device)
    (found,) = serial_ports(lambda: [port(cable.device, 0x0403, 0x6015)], tmp_path)
    assert found.stable == str(link)
    assert (found.address, found.source_kind, found.details) == (cable.device, "cyton", "0403:6015")
    assert (found.busy, found.permitted, found.state) == ("", True, "")
    (found,) = serial_ports(lambda: [port(cable.device)], tmp_path / "none")
    assert found.stable == cable.device


def test_who_uses_a_port_is_named_without_opening_it(cable):
    holder = held(HOLDER, cable.device)
    (found,) = serial_ports(lambda: [port(cable.device)])
    assert found.busy.endswith(f"({holder.pid})")
    assert found.state.startswith("in use by ")
    assert holder.communicate("")[0] == ""
    assert serial_ports(lambda: [port(cable.device)])[0].busy == ""
    assert not any(name.endswith(f"({os.getpid()})") for at, name in users().items() if at == cable.device)


def test_another_persons_program_is_seen_by_its_lock(cable):
    nobody_known: dict[str, str] = {}
    assert user_of(cable.device, nobody_known, locks()) == ""
    wire = SerialPort(cable.device, 115_200)
    assert user_of(cable.device, nobody_known, locks()) == "another program"
    wire.close()
    assert user_of(cable.device, nobody_known, locks()) == ""
    assert user_of("/dev/no-such-port", nobody_known, locks()) == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open any port")
def test_a_port_that_may_not_be_opened_says_how_to_mend_it(cable):
    Path(cable.device).chmod(0)
    (found,) = serial_ports(lambda: [port(cable.device)])
    assert not found.permitted
    assert "dialout" in found.state


def test_without_lsl_the_ports_are_still_listed(cable, monkeypatch):
    def absent() -> Any:
        raise SourceError("LSL cannot be used: no liblsl", "install pylsl")

    monkeypatch.setattr("innervate.drivers.lsl.find.load_pylsl", absent)
    found = find_devices(0.1, lambda: [port(cable.device)])
    assert [device.address for device in found.devices] == [cable.device]
    assert "no liblsl" in found.trouble[0]


def test_streams_are_found_with_their_facts_within_two_seconds(network):
    outlets = held(OUTLETS, **network)
    code, out, err = command("devices", "--json", **network)
    assert (code, err) == (0, "")
    found = {device["address"]: device for device in json.loads(out) if device["kind"] == "lsl"}
    assert set(found) == {"amp-1", "marks-1"}
    amp, marks = found["amp-1"], found["marks-1"]
    told = {
        "name": "Amp",
        "type": "EMG",
        "channels": 2,
        "rate_hz": 1000.0,
        "unit": "uV",
        "source_kind": "lsl",
    }
    assert told.items() <= amp.items()
    assert amp["stable"] == "amp-1"
    assert amp["host"]
    assert "2 channels at 1000 Hz in uV" in amp["details"]
    assert (marks["type"], marks["unit"], marks["source_kind"], marks["rate_hz"]) == ("Markers", "", "", 0.0)
    assert max(amp["found_s"], marks["found_s"]) < 2.0
    outlets.communicate("")


def told(process: subprocess.Popen[str]) -> tuple[queue.Queue[dict[str, Any]], threading.Thread]:
    """The JSON lines of a process, as they come; and what fills them, until the process ends."""
    lines: queue.Queue[dict[str, Any]] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(json.loads(line))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    return lines, reader


@pytest.mark.slow
def test_watch_says_what_comes_and_goes_until_ctrl_c(network):
    before = held(OUTLETS.replace("amp-1", "amp-0").replace("marks-1", "marks-0"), **network)
    watch = start("devices", "--watch", "--json", **network)
    lines, reader = told(watch)

    def next_of(address: str) -> dict[str, Any]:
        end_s = now() + 15.0
        while now() < end_s:
            line = lines.get(timeout=15.0)
            if line["address"] == address:
                return line
        raise AssertionError(address)

    first = next_of("amp-0")
    assert (first["change"], first["unit"]) == (PRESENT, "uV")
    got_s = now()
    until(lambda: first["t_s"] + now() - got_s > SETTLE_S)
    outlets = held(OUTLETS, **network)
    came = next_of("amp-1")
    assert (came["change"], came["channels"], came["source_kind"]) == (PLUGGED, 2, "lsl")
    assert came["t_s"] > first["t_s"]
    assert len(came["time"].split(":")) == 3
    outlets.communicate("")
    assert next_of("amp-1")["change"] == UNPLUGGED
    watch.send_signal(signal.SIGINT)
    reader.join(10.0)
    assert watch.communicate(timeout=10.0)[1] == ""
    assert watch.returncode == 0
    before.communicate("")


def test_watch_on_a_terminal_is_a_live_table(network):
    outlets = held(OUTLETS, **network)
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "innervate.app", "devices", "--watch"],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**os.environ, **network, "TERM": "xterm", "COLUMNS": "160", "LINES": "40"},
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    shown = b""

    def seen() -> bool:
        nonlocal shown
        try:
            shown += os.read(ours, 65_536)
        except BlockingIOError:
            return False
        return b"amp-1" in shown and b"Ctrl-C ends this" in shown

    until(seen)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10.0)[1] == b""
    assert process.returncode == 0
    os.close(ours)
    outlets.communicate("")


def test_a_port_that_is_plugged_taken_and_pulled_is_told_once_each(cable):
    ports: list[ListPortInfo] = []
    watch = Watch(lambda: serial_ports(lambda: ports), settle_s=0.0)
    assert watch.turn() == []
    ports.append(port(cable.device, 0x0403, 0x6015))
    (change,) = watch.turn()
    assert (change.change, change.device.address) == (PLUGGED, cable.device)
    assert "plugged in: " + cable.device in change.to_text()
    assert watch.turn() == []
    holder = held(HOLDER, cable.device)
    (change,) = watch.turn()
    assert change.change == CHANGED
    assert str(holder.pid) in change.to_text()
    holder.communicate("")
    (change,) = watch.turn()
    assert "(free)" in change.to_text()
    ports.clear()
    (change,) = watch.turn()
    assert (change.change, change.device.source_kind) == (UNPLUGGED, "cyton")
    assert json.loads(change.to_json())["change"] == UNPLUGGED
    assert watch.devices == {}


def test_what_is_there_at_the_start_is_present():
    device = Device("serial", "/dev/ttyX", "", "")
    (change,) = Watch(lambda: [device]).turn()
    assert change.change == PRESENT


def test_every_kind_of_source_has_its_line():
    assert set(KINDS) == set(SOURCES)
    assert all(link and note for link, note in KINDS.values())
    code, out, err = finish(start("devices", "--kinds", "--json"))
    assert (code, err) == (0, "")
    assert [line["kind"] for line in json.loads(out)] == list(SOURCES)
