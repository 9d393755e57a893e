"""The guard's process: `python -m innervate.firmware_bridge SETTINGS.json`.

Says `{"ready": true, ...}` once the limb has answered and both sockets are open, or why it cannot. Ends on
SIGTERM or on the request "shutdown", after braking and the device's explicit exit.
"""

from __future__ import annotations

import fcntl
import os
import select
import sys
from pathlib import Path

from ..core.child import log, say_error, say_ready
from ..core.clock import CLOCK
from ..core.command import LimbState
from ..core.errors import InnervateError, LimbBusy, LimbNotFound
from ..core.realtime import GUARD_PRIORITY, Granted, StopFlag, become_realtime, stop_collecting
from ..core.ring import GUARD_RING
from ..core.sdnotify import Watchdog
from ..core.settings import read_settings
from .devices import DEVICES, limb_model, open_part, part_models, with_default_baud
from .doors import LoopSocket, RequestSocket
from .evdev import EvdevInput
from .flight import Flight, guard_of
from .guard import Guard
from .inputs import ControlInput
from .leg import LegGate, NoSensor
from .limb import Limb
from .limits import LimbModel
from .line import LimbLine
from .lines import LimbLines, Line
from .local import prepare_runtime_dir
from .settings import GaitSettings, GuardSettings, PartSettings
from .telemetry import open_ring

_ANSWER_S = 0.5
_ASK_EVERY_S = 0.020
_LOCK_FILE = "guard.lock"


def main() -> None:
    """Read the settings, open the limb, guard it."""
    if len(sys.argv) != 2:
        say_error(InnervateError("usage: python -m innervate.firmware_bridge SETTINGS.json"))
    try:
        run(read_settings(Path(sys.argv[1]), GuardSettings))
    except InnervateError as error:
        log(str(error))
        say_error(error)


def run(settings: GuardSettings) -> None:
    """Guard one limb until told to end.

    Raises:
        InnervateError: it cannot start; nothing has moved.
    """
    stop = StopFlag()
    model = limb_model(settings)
    runtime_dir = Path(settings.runtime_dir)
    prepare_runtime_dir(runtime_dir)
    lock = _only_one(runtime_dir)
    granted = become_realtime(GUARD_PRIORITY)  # before the port is opened: its reader inherits it
    opened: list[Limb] = []
    flight = Flight(settings, model)
    try:
        line = open_line(settings, opened, flight)
        gate = open_gate(settings.gait)
        inputs: list[ControlInput] = [EvdevInput(button) for button in settings.inputs]
        loop, requests = LoopSocket(runtime_dir), RequestSocket(runtime_dir)
        facts: dict[str, object] = {
            "pid": os.getpid(),
            "realtime": _told(granted),
            "max_grip_n": settings.max_grip_n,
        }
        ports = ", ".join(part.port for part in settings.parts)
        meta = {**facts, "device": model.device, "joints": list(model.joint_names), "port": ports}
        ring = open_ring(runtime_dir / GUARD_RING, len(model.joints), meta)
        guard = guard_of(
            settings,
            model,
            line,
            flight.doors(loop, requests),
            flight.ring(ring),
            flight.clock(CLOCK),
            facts,
            flight.gate(gate),
            flight.inputs(inputs),
        )
        flight.begin(guard)
        attendance = Attendance(line, gate, *inputs, loop=loop, requests=requests, flight=flight)
    except BaseException:
        for limb in opened:
            limb.close()
        flight.close()
        raise
    stop_collecting()
    seat_s = CLOCK.now() + _ANSWER_S
    while not line.answering(CLOCK.now()) and CLOCK.now() < seat_s:
        attendance.turn(guard)
    if flight.trouble:
        log(flight.trouble)
    say_ready(device=model.device, joints=list(model.joint_names), realtime=_told(granted))
    systemd = Watchdog()
    systemd.ready()
    try:
        while not guard.finished:
            attendance.turn(guard)
            systemd.alive()
            if stop:
                flight.shut_down(guard)
    finally:
        loop.close()
        requests.close()
        ring.close()
        flight.close()
        os.close(lock)


def open_line(settings: GuardSettings, opened: list[Limb], flight: Flight) -> Line:
    """Open every device of the limb, and hear each of them; puts what it opens into `opened`.

    Raises:
        InnervateError: one cannot be opened or does not answer.
    """
    lines = []
    for device, (part, model) in enumerate(zip(settings.parts, part_models(settings), strict=True)):
        limb = open_part(part)
        opened.append(limb)
        lines.append(_line(device, part, model, limb, flight))
    return lines[0] if len(lines) == 1 else LimbLines(tuple(lines))


def _line(device: int, part: PartSettings, model: LimbModel, limb: Limb, flight: Flight) -> LimbLine:
    first = wait_for_answer(limb, part)
    recorded = flight.limb(device, limb, first)
    return LimbLine(model, recorded, first, flight.reopen(device, lambda: open_part(part)))


def open_gate(settings: GaitSettings) -> LegGate:
    """The load sensor of a leg, or none.

    Raises:
        InnervateError: it cannot be opened.
    """
    if not settings.port:
        return NoSensor()
    from .gait import GaitBoard  # only a leg needs it

    return GaitBoard(settings)


class Attendance:
    """Waits for what the guard hears: limb, loop, requests, load sensor and buttons."""

    def __init__(
        self, *of: Line | LegGate | ControlInput, loop: LoopSocket, requests: RequestSocket, flight: Flight
    ) -> None:
        self._of, self._doors, self._flight = of, (loop, requests), flight

    def turn(self, guard: Guard) -> None:
        """Wait until something arrives or the heartbeat is due, and take one turn."""
        files = [fd for one in (*self._of, *self._doors) for fd in one.files()]
        ready, _, _ = select.select(files, [], [], max(0.0, guard.due_s - CLOCK.now()))
        for door in self._doors:
            door.noticed(ready)
        guard.turn()
        self._flight.commit()


def wait_for_answer(limb: Limb, part: PartSettings) -> LimbState:
    """Ask how it is, without moving it, until it says so.

    Raises:
        LimbNotFound: nothing that makes sense came back.
    """
    until_s = CLOCK.now() + _ANSWER_S
    ask_s = 0.0
    while (now_s := CLOCK.now()) < until_s:
        if now_s >= ask_s:
            limb.ask()
            ask_s = now_s + _ASK_EVERY_S
        select.select([limb.fileno()], [], [], _ASK_EVERY_S)
        said = limb.poll(CLOCK.now())
        if said is not None:
            return said
    damaged = f"; {limb.frames_bad} damaged frames came back" if limb.frames_bad else ""
    baud = with_default_baud(part).baud
    speed = f" at {baud} baud" if baud else ""
    raise LimbNotFound(
        f"{part.port}: nothing answers like a {part.device}{speed}{damaged}", DEVICES[part.device].hint
    )


def _only_one(runtime_dir: Path) -> int:
    """Hold the folder's lock until we end, however we end."""
    fd = os.open(runtime_dir / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        raise LimbBusy(f"{runtime_dir}: another guard serves this limb", "stop it first") from error
    return fd


def _told(granted: Granted) -> dict[str, bool]:
    return {"fifo": granted.fifo, "memory_locked": granted.memory_locked}


if __name__ == "__main__":
    main()
