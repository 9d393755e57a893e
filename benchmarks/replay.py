"""The flight recorder: what it adds to a turn of loop and guard, how large a minute of it is, what the copier
to the disk costs, and whether the log on the disk of a limb that ran replays to the bit, and how fast.

The limb runs in real time with the real processes between a virtual amplifier and a virtual hand. What the
recorder adds is measured apart, by turns with and without it, in turn, back to back and at their own pace,
with caches as cold as in a limb.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from ..app.flight_logs import find_logs
from ..app.people import simulated_person
from ..app.replay import replay_logs
from ..app.rig import fit, virtual_amplifier, virtual_limb
from ..app.run import copier_settings, guard_settings, loop_settings
from ..app.supervisor import Supervisor
from ..calibration.train import train
from ..controller import flight as loop_flight
from ..controller.telemetry import Telemetry
from ..core.child import usage
from ..core.chunk import Chunk
from ..core.clock import CLOCK, now, sleep
from ..core.command import Command, LimbState, Setpoint
from ..core.errors import InnervateError, RequestError
from ..core.flight import FLIGHT_FOLDER, Recorder, RecordingClock
from ..core.flightcopy import STATUS_FILE
from ..core.flightdisk import DiskLogReader, segment_files
from ..core.flightlog import FlightLogWriter
from ..core.folders import private_folder, runtime_root
from ..core.link import LinkState
from ..core.state import Reason, State
from ..drivers.lsl.config import machine_only
from ..drivers.source import SourceInfo
from ..firmware_bridge import flight as guard_flight
from ..firmware_bridge.devices import part_model
from ..firmware_bridge.flight_limb import RecordingLimb
from ..firmware_bridge.guard import Guard
from ..firmware_bridge.line import LimbLine
from ..firmware_bridge.messages import pack_command, pack_report
from ..firmware_bridge.port import GuardReport
from ..firmware_bridge.settings import PartSettings
from ..firmware_bridge.telemetry import open_ring
from ..models.design import design_pipeline
from .timing import quantiles_us, seconds_of

Report = dict[str, Any]

CHANNELS, CLASSES, ROWS, JOINTS, TOUCHES = 8, 7, 10, 6, 30
_CALLS, _PACED = 4000, 600
_PERIOD_S = 0.005
_LOG_BYTES = 16 << 20


def run(seconds: float = 310.0) -> Report:
    """Measure; takes `seconds` and about a minute.

    Returns:
        `added_us.{loop, guard}.{back_to_back, paced}` (medians), `mb_per_minute.{loop, guard}` in memory and
        `disk_mb_per_minute` as it is packed, `resident_mb.{loop, guard, copier}`, `copier_cpu_percent`,
        `lost` (records that the copier did not keep up with) and `replay`: see `app.replay.replay_logs`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="flight-", dir=runtime_root()) as name,
        tempfile.TemporaryDirectory(prefix="flight-") as disk,
    ):
        folder = private_folder(Path(name))
        added = {"loop": _added(_loop_turn, folder), "guard": _added(_guard_turn, folder)}
        place = Path(disk) / "limb"
        costs = fly(folder / "run", place, seconds)
        found = replay_logs(find_logs(place))
        sizes, packed = {}, {}
        for log in found["logs"]:
            path = Path(log.pop("log"))
            minutes = log["seconds"] / 60.0
            records = sum(len(record.payload) + 16 for record in DiskLogReader(path).records())
            sizes[log["kind"]] = round(records / minutes / 1e6, 2)
            packed[log["kind"]] = round(sum(file.bytes for file in segment_files(path)) / minutes / 1e6, 2)
    report = {"benchmark": "replay", "added_us": added, "mb_per_minute": sizes}
    return {**report, "disk_mb_per_minute": packed, **costs, "replay": found}


def fly(run_dir: Path, place: Path, seconds: float) -> dict[str, Any]:
    """Run a limb for so long, moved by a simulated patient, and copy its flight logs to `place`.

    Returns:
        What it cost: see `run`.

    Raises:
        InnervateError: what could not be started.
    """
    run_dir = private_folder(run_dir)
    person = simulated_person(1, "lsl", lambda *_: None)
    learnt = person.learnt
    model = train(
        [learnt], design_pipeline(learnt.fs, learnt.channels, person.increment_ms, unit=learnt.unit)
    )
    env = machine_only(run_dir, secrets.token_hex(8))
    with ExitStack() as stack:
        limb = stack.enter_context(virtual_limb(person.device, run_dir))
        amplifier = stack.enter_context(virtual_amplifier(person, run_dir, env))
        profile, bundle = fit(person, model, run_dir, str(limb.facts["port"]), amplifier.facts)
        settings = guard_settings(profile, run_dir), loop_settings(profile, bundle, run_dir)
        copier = copier_settings(profile, run_dir, place)
        supervisor = stack.enter_context(Supervisor(*settings, env, leashed=True, copier=copier))
        supervisor.start()
        t_start_s = now()
        until_s = t_start_s + seconds
        while now() < until_s:
            with suppress(RequestError):
                supervisor.request("arm")  # a busy machine may let the deadman act
            sleep(min(5.0, max(0.0, until_s - now())))
            notice = supervisor.watch()
            if notice:
                raise InnervateError(notice)
        return _costs(supervisor, now() - t_start_s)


def _costs(supervisor: Supervisor, seconds: float) -> dict[str, Any]:
    children = {"loop": supervisor.loop, "guard": supervisor.guard, "copier": supervisor.copier.child}
    used = {name: usage(child.pid) if child is not None else (0.0, 0.0) for name, child in children.items()}
    status = json.loads((supervisor.runtime_dir / FLIGHT_FOLDER / STATUS_FILE).read_bytes())
    return {
        "resident_mb": {name: round(resident, 1) for name, (_, resident) in used.items()},
        "copier_cpu_percent": round(used["copier"][0] / seconds * 100.0, 2),
        "lost": status["lost"],
    }


def _added(turn: Callable[[Path, Recorder], Callable[[int], None]], folder: Path) -> dict[str, float]:
    """Microseconds that recording adds to a turn."""
    with FlightLogWriter(folder / f"{turn.__name__}.ilog", {}, size=_LOG_BYTES) as writer:
        turns = turn(folder, Recorder(None)), turn(folder, Recorder(writer))
        found = {}
        for name, calls, period_s in (("back_to_back", _CALLS, 0.0), ("paced", _PACED, _PERIOD_S)):
            times: tuple[list[float], list[float]] = ([], [])
            due_s = now()
            for k in range(2 * calls):
                due_s += period_s
                if period_s:
                    sleep(max(0.0, due_s - now()))
                times[k % 2].append(seconds_of(turns[k % 2], k))
            plain, recorded = (quantiles_us(each)["p50"] for each in times)
            found[name] = round(recorded - plain, 1)
            found[f"turn_{name}"] = round(plain, 1)
    return found


class _Source:
    """An amplifier that has always just measured."""

    def __init__(self) -> None:
        names = tuple(f"E{k}" for k in range(CHANNELS))
        self.info = SourceInfo("virtual", "amplifier", "", names, 1000.0, "uV")
        self.link = LinkState.STREAMING
        samples = np.random.default_rng(1).normal(size=(ROWS, CHANNELS)).astype(np.float32)
        whole = np.ones((ROWS, CHANNELS), np.bool_)
        self._chunk = Chunk(0, samples, whole, np.arange(ROWS) / 1000.0, 0.0)

    def read(self, min_samples: int, deadline_s: float) -> Chunk:  # noqa: ARG002
        return self._chunk


class _Port:
    """A guard that answers every command."""

    alive = True

    def __init__(self) -> None:
        here = (1.5,) * JOINTS
        limb = LimbState(0.0, here, here, (False,) * JOINTS, (2.0,) * TOUCHES)
        self._report = GuardReport(1.0, State.ACTIVE, Reason.NONE, 1, 0, here, limb, 1.0)
        self.heard, self.said = pack_report(self._report), b""

    def send(self, command: Command) -> None:
        self.said = pack_command(command)

    def report(self) -> GuardReport:
        return self._report


def _loop_turn(folder: Path, recorder: Recorder) -> Callable[[int], None]:
    """What a turn of the loop asks of its ends, without deciding anything."""
    source: Any = _Source()
    port: Any = _Port()
    telemetry: Any = Telemetry(folder, ROWS, CHANNELS, {})
    clock: Any = CLOCK
    if recorder.on:
        clock = RecordingClock(CLOCK, recorder)
        telemetry = loop_flight.RecordingTelemetry(telemetry, recorder, CLASSES)
        source = loop_flight.RecordingSource(source, recorder)
        port = loop_flight.RecordingPort(port, recorder)
    target = (45.0,) * JOINTS

    def turn(seq: int) -> None:
        deadline_s = clock.now() + 0.01
        source.read(ROWS, deadline_s)
        t_s = clock.now()
        _ = source.link
        port.send(Command(seq, t_s, t_s + 0.05, seq, t_s, target, target, Reason.NONE))
        clock.now()
        _ = source.link
        telemetry.publish()
        port.report()
        recorder.commit()

    return turn


class _Body:
    """A hand that says at once that it is where it was asked to be."""

    frames_sent = frames_acked = frames_bad = 0
    wants_to_write = False

    def __init__(self) -> None:
        self._at = (10.0,) * JOINTS
        self._current = (0.2,) * JOINTS
        self._touch = (3.0,) * TOUCHES
        self._asked = False

    def hold(self, setpoint: Setpoint) -> bool:
        self._at, self._asked = setpoint.position_deg, True
        return True

    def ask(self) -> bool:
        self._asked = True
        return True

    def poll(self, now_s: float) -> LimbState | None:
        asked, self._asked = self._asked, False
        return LimbState(now_s, self._at, self._current, (False,) * JOINTS, self._touch) if asked else None


class _Doors:
    """A loop that sends a command in every second turn."""

    connected = True
    visits = 1

    def __init__(self) -> None:
        self.inbox: list[bytes] = []

    def receive(self, greeting: Callable[[], bytes]) -> list[bytes]:  # noqa: ARG002
        found, self.inbox = self.inbox, []
        return found

    def report(self, message: bytes) -> None:
        """Heard by nobody."""

    def serve(self, obey: Callable[[Any], dict[str, Any]]) -> int:  # noqa: ARG002
        return 0


def _guard_turn(folder: Path, recorder: Recorder) -> Callable[[int], None]:
    """Whole turns of the guard: every one with a command, a frame and a reply."""
    model = part_model(PartSettings("ability-hand", "p"))
    body: Any = _Body()
    doors = _Doors()
    loop: Any = doors
    requests: Any = doors
    clock: Any = CLOCK
    ring: Any = open_ring(folder / "guard.ring", JOINTS, {})
    if recorder.on:
        clock = RecordingClock(CLOCK, recorder)
        body = RecordingLimb(0, body, recorder)
        loop = guard_flight.RecordingLoopDoor(doors, recorder)
        requests = guard_flight.RecordingRequestDoor(doors, recorder)
        ring = guard_flight.RecordingRing(ring, recorder)
    line = LimbLine(model, body, LimbState(now(), (10.0,) * JOINTS), lambda: body)
    guard = Guard(model, line, loop, requests, ring, clock)
    still = (0.0,) * JOINTS

    def turn(seq: int) -> None:
        t_s = now()
        doors.inbox.append(pack_command(Command(seq, t_s, t_s + 0.05, seq, t_s, still, still, Reason.NONE)))
        guard.turn()
        recorder.commit()

    return turn


def show(console: Console, found: Report) -> None:
    """As tables."""
    heads = ("adds, paced", "adds, back to back", "a minute", "replay", "length", "x real time")
    table = Table("flight log", *heads)
    for log in found["replay"]["logs"]:
        kind = log["kind"]
        added = found["added_us"][kind]
        size = f"{found['mb_per_minute'][kind]} MB, {found['disk_mb_per_minute'][kind]} on the disk"
        cells = (f"{added['paced']} us", f"{added['back_to_back']} us", size)
        length = f"{log['seconds']:.0f} s"
        table.add_row(kind, *cells, log["verdict"], length, str(log["times_real_time"]))
    console.print(table)
    resident = ", ".join(f"{name} {mb} MB" for name, mb in found["resident_mb"].items())
    console.print(f"in memory: {resident}; the copier takes {found['copier_cpu_percent']} % of a processor")
    console.print(f"records that it did not keep up with: {found['lost']}")
