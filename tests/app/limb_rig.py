"""The real loop and guard between a virtual hand and amplifier; the patient opens and closes it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from innervate.app.measure import RingHistory
from innervate.app.people import Person
from innervate.app.rig import LIMB_RING, amplifier_again, fit, virtual_amplifier, virtual_limb
from innervate.app.run import copier_settings, guard_settings, loop_settings, wearer_settings
from innervate.app.supervisor import Supervisor
from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.errors import RequestError
from innervate.core.folders import private_folder
from innervate.drivers.lsl.config import machine_only
from innervate.drivers.recordings.npz import Recording
from innervate.models.model import Model
from innervate.sim.amplifier import AmplifierSettings
from numpy.typing import NDArray

from ..waiting import until

MOVING_DEG_S = 5.0
_RATE_DEG_S = 60.0
"""Slower than a hand is, so that a movement lasts long enough to be interrupted in the middle."""


@dataclass
class LimbRig:
    hand: Child
    amplifier: Child
    supervisor: Supervisor
    folder: Path
    truth: RingHistory
    env: dict[str, str]

    def replug(self) -> None:
        """The same amplifier again."""
        self.amplifier = amplifier_again(self.folder, self.env)

    def state(self) -> tuple[str, str]:
        status = self.supervisor.request("status")
        return str(status["state"]), str(status["reason"])

    def body(self) -> dict[str, Any]:
        self.truth.poll()
        return dict(self.truth.newest or {})

    def path(self, since_s: float = 0.0) -> NDArray[Any]:
        """[n] what the hand did since then: records of its ring."""
        self.truth.poll()
        found = self.truth.array()
        return found[found["t_s"] >= since_s]

    def speed(self) -> float:
        return float(np.abs(self.body()["velocity_deg_s"]).max())

    def travel(self, since_s: float) -> float:
        """Degrees that the joint that moved most has moved since then."""
        position = self.path(since_s)["position_deg"]
        return float((position.max(axis=0) - position.min(axis=0)).max())

    def arm(self) -> None:
        def armed() -> bool:
            with contextlib.suppress(RequestError):
                self.supervisor.request("arm")
            return self.state()[0] in ("ARMED", "ACTIVE")

        until(armed)

    def moving(self) -> float:
        """Armed and on its way; returns the time at which that was seen.

        The patient rests between movements; only after that does the limb follow (REST_FIRST).
        """
        self.arm()
        until(lambda: self.moves(2 * MOVING_DEG_S), 15.0, 0.005)
        return now()

    def moves(self, deg_s: float) -> bool:
        """Faster than that now, and armed so that it will be."""
        self.arm_again()
        return self.speed() > deg_s

    def arm_again(self) -> None:
        """A busy machine may let the guard's deadman act, as it must: then a person arms once more."""
        if self.state() == ("FAULT", "LOOP_LOST"):
            self.arm()

    def watch(self, seconds: float) -> None:
        """Let time pass, fetching what the hand does before it is overwritten."""
        until_s = now() + seconds
        while now() < until_s:
            self.truth.poll()
            sleep(0.02)


@contextlib.contextmanager
def limb_rig(
    folder: Path,
    recording: Recording,
    model: Model,
    wire: str = "lsl",
    place: Path | None = None,
    *,
    wearer: bool = False,
) -> Iterator[LimbRig]:
    """Started and not armed; its flight logs are copied to `place`. `wearer`: with recalibration and home
    log, kept in `folder / "kept"`."""
    run = private_folder(folder / "run")
    patient = AmplifierSettings(device=wire, schedule="free", movements=("power", "open"))
    person = Person("rig", True, "ability-hand", "transradial", recording, (0, 1, 2), None, patient)
    env = machine_only(run, secrets.token_hex(8))
    with contextlib.ExitStack() as stack:
        hand = stack.enter_context(virtual_limb(person.device, run))
        amplifier = stack.enter_context(virtual_amplifier(person, run, env))
        profile, bundle = fit(person, model, run, str(hand.facts["port"]), amplifier.facts)
        guard = replace(guard_settings(profile, run), max_rate_deg_s=_RATE_DEG_S)
        listens = None
        if wearer:
            listens = wearer_settings(profile, bundle, run, folder / "kept")
            listens = replace(listens, key=str(run / "signing.key"))
        supervisor = stack.enter_context(
            Supervisor(
                guard,
                loop_settings(profile, bundle, run),
                env,
                leashed=True,
                copier=copier_settings(profile, run, place) if place is not None else None,
                wearer=listens,
            )
        )
        supervisor.start()
        yield LimbRig(hand, amplifier, supervisor, run, RingHistory(run / LIMB_RING), env)
