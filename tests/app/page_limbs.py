"""Limbs for the page's browser tests: real guards and virtual devices, each with a page of its own."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from innervate.app.page.settings import PageSettings
from innervate.app.people import Person
from innervate.app.rig import LIMB_RING, fit, virtual_amplifier
from innervate.app.run import guard_settings, loop_settings
from innervate.app.supervisor import Supervisor
from innervate.core.child import Child
from innervate.core.folders import private_folder
from innervate.core.ring import RingReader
from innervate.core.settings import write_settings
from innervate.drivers.lsl.config import machine_only
from innervate.drivers.recordings.npz import Recording
from innervate.firmware_bridge.settings import GaitSettings, GuardSettings, JointSettings, PartSettings
from innervate.models.model import Model
from innervate.sim.amplifier import AmplifierSettings

GRIPS = ("power", "pinch")
OBJECT_DEG = 45.0
MAX_GRIP_N = 4.0
_RATE_DEG_S = 60.0
_START_S = 30.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A limb and its page."""

    folder: Path
    url: str
    truth: RingReader
    """What the virtual limb really does."""
    devices: tuple[Child, ...] = ()
    control: Path | None = None
    """Of a leg: where its wearer is told what to do."""

    def does(self, what: str) -> None:
        """The wearer of a leg stands, lifts it, ..."""
        if self.control is not None:
            self.control.write_text(what + "\n")


@contextlib.contextmanager
def hand_with_grips(folder: Path, recording: Recording, model: Model) -> Iterator[Shown]:
    """Loop, guard and hand of a patient who closes and opens it without end, around an object."""
    run = private_folder(folder / "run")
    patient = AmplifierSettings(device="lsl", schedule="free", movements=("power", "open"))
    person = Person("rig", True, "ability-hand", "transradial", recording, (0, 1, 2), None, patient)
    env = machine_only(run, secrets.token_hex(8))
    ring = run / LIMB_RING
    with contextlib.ExitStack() as stack:
        hand = stack.enter_context(_device("innervate.sim.hand", ring, "--object", str(OBJECT_DEG)))
        amplifier = stack.enter_context(virtual_amplifier(person, run, env))
        profile, bundle = fit(person, model, run, str(hand.facts["port"]), amplifier.facts)
        profile = profile.model_copy(update={"grips": GRIPS})
        guard = replace(guard_settings(profile, run), max_rate_deg_s=_RATE_DEG_S, max_grip_n=MAX_GRIP_N)
        supervisor = Supervisor(guard, loop_settings(profile, bundle, run), env, leashed=True)
        stack.enter_context(supervisor).start()
        yield Shown(run, stack.enter_context(_page(run)), RingReader(ring))


@contextlib.contextmanager
def leg(folder: Path) -> Iterator[Shown]:
    """Guard, ankle, toe (a device of its own) and load cell of a person who stands; no loop."""
    run, control = private_folder(folder / "run"), folder / "wearer"
    with contextlib.ExitStack() as stack:
        ankle = stack.enter_context(_device("innervate.sim.ankle", run / LIMB_RING))
        toe = stack.enter_context(_device("innervate.sim.moteus_joints", run / "toe.ring", "--ids", "1"))
        board = stack.enter_context(
            _device("innervate.sim.gait_board", run / "gait.ring", "--control", str(control))
        )
        gait = GaitSettings(str(board.facts["port"]), body_weight_kg=80.0)
        parts = (
            PartSettings("moteus-ankle", str(ankle.facts["port"])),
            PartSettings("moteus", str(toe.facts["port"]), joints=(JointSettings("toe"),)),
        )
        stack.enter_context(_guard(run, GuardSettings(parts, str(run), gait=gait)))
        page = stack.enter_context(_page(run))
        yield Shown(run, page, RingReader(run / LIMB_RING), (ankle, toe), control)


@contextlib.contextmanager
def _page(run: Path) -> Iterator[str]:
    """The address of a page of the limb in that folder."""
    write_settings(run / "page.json", PageSettings(str(run)))
    with Child("innervate.app.page", str(run / "page.json"), log_path=run / "page.log") as page:
        yield str(page.wait_ready(_START_S)["url"])


def _device(module: str, ring: Path, *args: str) -> Child:
    log = ring.with_suffix(".log")
    made = Child(module, "--ring", str(ring), *args, log_path=log, leashed=True)
    made.wait_ready(_START_S)
    return made


def _guard(run: Path, settings: GuardSettings) -> Child:
    write_settings(run / "guard.json", settings)
    made = Child("innervate.firmware_bridge", str(run / "guard.json"), log_path=run / "log.txt", leashed=True)
    made.wait_ready(_START_S)
    return made
