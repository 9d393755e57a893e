"""Real processes for the tests: a virtual limb, a guard, and a loop of our own making."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.command import Command
from innervate.core.errors import RequestError
from innervate.core.ring import RingReader
from innervate.core.settings import write_settings
from innervate.core.state import Reason
from innervate.firmware_bridge.port import CommandPort, GuardReport
from innervate.firmware_bridge.requests import request
from innervate.firmware_bridge.settings import GaitSettings, GuardSettings, PartSettings

from ..waiting import until
from .made import one_part

HAND_REST = (0.0,) * 6
FIST = (90.0, 90.0, 90.0, 90.0, 60.0, -80.0)


def write_guard_settings(folder: Path, port: str, device: str = "ability-hand", **more: Any) -> Path:
    run = folder / "run"
    path = folder / "guard.json"
    write_settings(path, one_part(device, port, str(run), **more))
    return path


class Loop:
    """A scripted loop in this process: one command per `send`."""

    def __init__(self, run: Path) -> None:
        self.port = CommandPort.connect(run, 3.0)
        self.seq = 0
        self.last: GuardReport | None = None

    def command(
        self, rate: float = 0.0, reason: Reason = Reason.NONE, target: tuple[float, ...] = FIST
    ) -> Command:
        self.seq += 1
        t_s = now()
        rates = (rate,) * len(target)
        return Command(self.seq, t_s, t_s + 0.05, 10 * self.seq, t_s, target, rates, reason)

    def send(self, rate: float = 0.0, reason: Reason = Reason.NONE, **more: Any) -> None:
        self.port.send(self.command(rate, reason, **more))
        self.last = self.port.report() or self.last

    def go(self, seconds: float, rate: float = 0.0, reason: Reason = Reason.NONE, **more: Any) -> None:
        """A command every 10 ms."""
        end_s = now() + seconds
        while now() < end_s:
            self.send(rate, reason, **more)
            sleep(0.01)


@dataclass
class Rig:
    limb: Child
    guard: Child
    run: Path
    truth: RingReader
    ring: RingReader
    folder: Path
    gait: Child | None = None
    """The virtual gait board, of a leg that has one."""

    def leg(self, *lines: str) -> None:
        """What the person's leg does from now on, or what its board has: see `sim.gait_board`."""
        with (self.folder / "gait.control").open("w") as control:
            control.writelines(f"{line}\n" for line in lines)

    def stand_and_lift(self) -> None:
        """The load cell has shown that it works, and the foot is in the air."""
        self.leg("load 0.6")
        until(lambda: self.ask("status")["reason"] != "LOAD_UNKNOWN" and self.load_share() > 0.5)
        sleep(0.1)
        self.leg("lift")
        until(lambda: self.ask("status")["unloaded_s"] > 0.1)

    def load_share(self) -> float:
        """What the leg really bears, in body weights."""
        record = until(RingReader(self.folder / "gait.ring").latest)
        assert isinstance(record, dict)
        return float(record["share"])

    def ask(self, verb: str) -> dict[str, Any]:
        return request(self.run, verb, 2.0)

    def state(self) -> tuple[str, str]:
        status = self.ask("status")
        return status["state"], status["reason"]

    def body(self) -> dict[str, Any]:
        """What the limb really did, newest."""
        record = until(self.truth.latest)
        assert isinstance(record, dict)
        return record

    def position(self) -> tuple[float, ...]:
        found = self.body()["position_deg"]
        return found if isinstance(found, tuple) else (found,)

    def frames(self) -> dict[str, Any]:
        record = until(self.ring.latest)
        assert isinstance(record, dict)
        return record

    def moving(self, loop: Loop, target: tuple[float, ...] = FIST, seconds: float = 0.15) -> None:
        """Armed, rested, on its way. On a busy machine this process may miss the deadman: once more then."""
        for _ in range(10):
            loop.go(0.05, target=target)
            with contextlib.suppress(RequestError):
                self.ask("arm")
            loop.go(0.05, target=target)
            loop.go(seconds, rate=60.0, target=target)
            if self.state()[0] == "ACTIVE":
                return
        raise AssertionError(f"never active: {self.state()}")


@contextlib.contextmanager
def guarded(folder: Path, limb: Child, *parts: PartSettings, **settings: Any) -> Iterator[Rig]:
    """A guard for a virtual limb that runs, and that records to limb.ring."""
    run, path = folder / "run", folder / "guard.json"
    write_settings(path, GuardSettings(parts, str(run), **settings))
    with Child("innervate.firmware_bridge", str(path), log_path=folder / "guard.log") as guard:
        guard.wait_ready(10.0)
        yield Rig(limb, guard, run, RingReader(folder / "limb.ring"), RingReader(run / "guard.ring"), folder)


@contextlib.contextmanager
def rig(
    folder: Path, module: str = "innervate.sim.hand", *options: str, gait: bool = False, **settings: Any
) -> Iterator[Rig]:
    truth = folder / "limb.ring"
    link = folder / "port"
    with contextlib.ExitStack() as running:

        def start(name: str, log: str, *args: str) -> Child:
            child = running.enter_context(Child(name, *args, log_path=folder / log))
            child.wait_ready(10.0)
            return child

        board = None
        if gait:
            board = start("innervate.sim.gait_board", "gait.log", *_gait_options(folder))
            options = (*options, "--gait", str(folder / "gait.ring"))
            settings["gait"] = GaitSettings(port=str(folder / "gait"), body_weight_kg=80.0)
        limb = start(module, "limb.log", "--ring", str(truth), "--link", str(link), *options)
        path = write_guard_settings(folder, str(link), **settings)
        guard = start("innervate.firmware_bridge", "guard.log", str(path))
        run = folder / "run"
        yield Rig(limb, guard, run, RingReader(truth), RingReader(run / "guard.ring"), folder, board)


def _gait_options(folder: Path) -> tuple[str, ...]:
    ring, control = folder / "gait.ring", folder / "gait.control"
    # In the air at first: a controller that nobody has told to hold lets an ankle go under weight.
    options = ("--ring", str(ring), "--control", str(control), "--weight", "80", "--script", "0 lift")
    return "--link", str(folder / "gait"), *options
