"""Faults with the real processes: amplifier, loop, guard and limb of a simulated patient, one at a time.

What counts is what the virtual limb really did: how long after the fault a joint still moved, how far in the
first 100 ms, and how late this machine's scheduler was meanwhile (a thread of the guard's priority that
sleeps a millisecond at a time). An excess is listed beside that lateness, never taken out.
"""

from __future__ import annotations

import contextlib
import secrets
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ..app.measure import RingHistory
from ..app.people import Person, simulated_person
from ..app.rig import LIMB_RING, fit, virtual_amplifier, virtual_gait_board, virtual_limb
from ..app.run import guard_settings, loop_settings
from ..app.supervisor import Supervisor
from ..calibration.train import train
from ..core.child import Child
from ..core.clock import now, sleep
from ..core.errors import InnervateError, RequestError
from ..core.folders import private_folder, runtime_root
from ..core.realtime import GUARD_PRIORITY, become_realtime
from ..drivers.lsl.config import machine_only
from ..models.design import design_pipeline
from ..models.model import Model
from ..sim.limbs import stand_in

Report = dict[str, Any]

DEVICES = ("ability-hand", "moteus-ankle")
LATEST_MS = 100.0
WATCH_S = 0.250
"""After the fault. Later on a hand without a guard is left to its own watchdog (docs/safe-states.md)."""
FIRST_S = 0.100
_MOVES_DEG_S = {False: 50.0, True: 12.0}
"""Of a hand and of a leg: a fault befalls it when it moves faster than this."""
STILL_DEG_S = {False: 2.0, True: 16.0}
"""Slower is safe: still, or a leg's return to neutral (15 deg/s at most)."""
_MOVING_S = 20.0
_SHOWN = ("safe_ms", "moved_deg", "late_ms")
_ARM_S = 20.0


@dataclass
class _Bench:
    """Everything that is worn, started and armed."""

    limb: Child
    amplifier: Child
    supervisor: Supervisor
    truth: RingHistory
    leg: bool
    extra: list[Child] = field(default_factory=list)


def _signal(who: str, number: int) -> Callable[[_Bench], None]:
    def do(bench: _Bench) -> None:
        child = getattr(bench.supervisor, who)
        child.signal(number)

    return do


def _stop(bench: _Bench) -> None:
    bench.supervisor.request("stop")


FAULTS: dict[str, Callable[[_Bench], None]] = {
    "loop killed": _signal("loop", signal.SIGKILL),
    "loop stopped": _signal("loop", signal.SIGSTOP),
    "guard killed": _signal("guard", signal.SIGKILL),
    "guard stopped": _signal("guard", signal.SIGSTOP),
    "amplifier unplugged": lambda bench: bench.amplifier.signal(signal.SIGKILL),
    "stop asked for": _stop,
}


def run(
    device: str, scripts: int, seed: int = 1, progress: Callable[[str], None] = lambda _: None
) -> list[Report]:
    """`scripts` runs, the faults in turn.

    Returns:
        An object a run: name, safe_ms (from the fault to the last movement that is not safe, `STILL_DEG_S`),
        moved_deg (farthest joint, first 100 ms), late_ms (the scheduler's worst while it was watched).

    Raises:
        InnervateError: the limb would not start, or never moved.
    """
    person = simulated_person(seed, "lsl", lambda *_: None, device)
    learnt = person.learnt
    settings = design_pipeline(learnt.fs, learnt.channels, person.increment_ms, unit=learnt.unit)
    model = train([learnt], settings, reps=person.reps)
    names = list(FAULTS)
    found = []
    for k in range(scripts):
        name = names[k % len(names)]
        progress(f"{device}, {name} ({k + 1} of {scripts})")
        with _worn(person, model) as bench:
            found.append({"name": name, **_befall(bench, FAULTS[name])})
    return found


def run_limbs(limb: str, scripts: int, progress: Callable[[str], None] = lambda _: None) -> list[Report]:
    """A row a limb: limb, scripts, worst_safe_ms, over (runs that were safe later than DESIGN's 100 ms, with
    the lateness that stood beside them), faults (each run).

    Raises:
        InnervateError: no such limb, or as `run`.
    """
    if limb != "all" and limb not in DEVICES:
        raise InnervateError(f"--limb {limb}: not known; allowed: all, {', '.join(DEVICES)}")
    found = []
    for device in DEVICES if limb == "all" else (limb,):
        faults = run(device, scripts, progress=progress)
        worst = max(fault["safe_ms"] for fault in faults)
        over = [fault for fault in faults if fault["safe_ms"] > LATEST_MS]
        found.append(
            {"limb": device, "scripts": scripts, "worst_safe_ms": worst, "over": over, "faults": faults}
        )
    return found


def show(console: Console, found: list[Report]) -> None:
    """A row a limb and fault: the worst of its runs."""
    table = Table(
        "limb", "fault", "runs", "safe ms, worst", "moved in 100 ms", "scheduler late ms", box=SIMPLE
    )
    for row in found:
        for name in FAULTS:
            runs = [fault for fault in row["faults"] if fault["name"] == name]
            worst = [max((one[key] for one in runs), default=0.0) for key in _SHOWN]
            table.add_row(row["limb"], name, str(len(runs)), *(f"{value:.1f}" for value in worst))
    console.print(table)


def _befall(bench: _Bench, fault: Callable[[_Bench], None]) -> Report:
    """Wait until it moves, let it happen, and look at what the limb did."""
    _until_moving(bench)
    with _lateness() as late:
        t_s = now()
        fault(bench)
        sleep(WATCH_S + 0.05)
    bench.truth.poll()
    path = bench.truth.array()
    during = path[(path["t_s"] >= t_s - 0.02) & (path["t_s"] <= t_s + WATCH_S)]
    times = during["t_s"]
    position = during["position_deg"].reshape(len(during), -1)
    safe_s, moved_deg = judge(times, position, t_s, STILL_DEG_S[bench.leg])
    return {
        "safe_ms": round(1e3 * safe_s, 1),
        "moved_deg": round(moved_deg, 2),
        "late_ms": round(1e3 * max(late, default=0.0), 2),
    }


def judge(
    times: NDArray[np.float64], position: NDArray[np.float64], t_s: float, still_deg_s: float
) -> tuple[float, float]:
    """(seconds from `t_s` to the last movement, degrees of the farthest joint in the first `FIRST_S`).

    Args:
        times: [n] of the records, from shortly before the fault on.
        position: [n, joints] degrees.
        still_deg_s: slower is no movement.
    """
    if len(times) < 2:
        return 0.0, 0.0
    speed = np.abs(np.diff(position, axis=0)).max(axis=1) / np.maximum(np.diff(times), 1e-6)
    moving = times[1:][(speed > still_deg_s) & (times[1:] > t_s)]
    first = position[(times >= t_s) & (times <= t_s + FIRST_S)]
    moved = float((first.max(axis=0) - first.min(axis=0)).max()) if len(first) else 0.0
    return (float(moving[-1]) - t_s if len(moving) else 0.0), moved


def _until_moving(bench: _Bench) -> None:
    until_s = now() + _MOVING_S
    while now() < until_s:
        sleep(0.01)
        bench.truth.poll()
        recent = bench.truth.array()[-8:]
        if len(recent) < 8:
            continue
        position = recent["position_deg"].reshape(len(recent), -1)
        took_s = float(recent["t_s"][-1] - recent["t_s"][0])
        if np.abs(position[-1] - position[0]).max() / max(took_s, 1e-6) > _MOVES_DEG_S[bench.leg]:
            return
        if bench.supervisor.request("status")["state"] == "FAULT":
            _arm(bench)  # a busy machine let the deadman act, as it must
    raise InnervateError("the limb never moved: is this machine very busy?")


def _arm(bench: _Bench) -> None:
    until_s = now() + _ARM_S
    while True:
        try:
            if bench.leg:
                bench.supervisor.request("sit")
            bench.supervisor.request("arm")
        except RequestError:
            if now() > until_s:
                raise
            sleep(0.1)
        else:
            return


@contextlib.contextmanager
def _worn(person: Person, model: Model) -> Iterator[_Bench]:
    leg = stand_in(person.device).leg
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=runtime_root()) as folder,
        contextlib.ExitStack() as stack,
    ):
        run_dir = private_folder(Path(folder))
        env = machine_only(run_dir, secrets.token_hex(8))
        limb = stack.enter_context(virtual_limb(person.device, run_dir))
        gait = stack.enter_context(virtual_gait_board(run_dir)) if leg else None
        amplifier = stack.enter_context(virtual_amplifier(person, run_dir, env))
        port = str(gait.facts["port"]) if gait is not None else ""
        profile, bundle = fit(
            person, model, run_dir, str(limb.facts["port"]), amplifier.facts, gait_port=port
        )
        supervisor = stack.enter_context(
            Supervisor(
                guard_settings(profile, run_dir), loop_settings(profile, bundle, run_dir), env, leashed=True
            )
        )
        supervisor.start()
        bench = _Bench(limb, amplifier, supervisor, RingHistory(run_dir / LIMB_RING), leg)
        _arm(bench)
        try:
            yield bench
        finally:
            for child in (supervisor.loop, supervisor.guard):
                if child is not None:
                    child.signal(signal.SIGCONT)


@contextlib.contextmanager
def _lateness() -> Iterator[list[float]]:
    """How late a millisecond's sleep ends, seconds, while this lasts."""
    found: list[float] = []
    over = threading.Event()

    def look() -> None:
        become_realtime(GUARD_PRIORITY)
        while not over.is_set():
            until_s = now() + 0.001
            sleep(0.001)
            found.append(now() - until_s)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
