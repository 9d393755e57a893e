"""One virtual person through one test: who they are, what they are fitted with, and their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from ...calibration.tasks.fitts import Fitts
from ...calibration.tasks.handling import Blocks, Clothespins
from ...calibration.tasks.motion import MotionTest
from ...calibration.tasks.stance import Stance
from ...calibration.tasks.tac import Tac
from ...calibration.tasks.task import Outcome, Task, figures_of
from ...calibration.tasks.tracking import Tracking
from ...controller.settings import LimbPart
from ...core.errors import ProfileError
from ...core.movements import OPEN
from ...firmware_bridge.limits import LEG_JOINTS
from ...sim.anatomy import PRESETS
from ...sim.disturbances.course import Course
from ...sim.disturbances.table import Setting, parse
from ...sim.plant import InstantPlant, Plant
from ...sim.user.traits import drawn
from .classic import DECODERS, DEFAULT
from .fitted import Worn, calibrated
from .limbs import LEVELS, driving, moves_of, space_of, worn_at
from .run import run_trials
from .walking import Walking

TESTS = ("motion", "tac", "fitts", "blocks", "clothespin", "tracking", "stance")
INSTANT, PHYSICS = "instant", "physics"
GRIP = "tripod"
"""What holds a small block, in physics."""
WALKS = 0.3
"""Excitation of shin and calf at the height of their bursts in an ordinary walk; ours."""
_MOST_DELAY_MS, _STEP_MS = 1000.0, 10.0


@dataclass(frozen=True, slots=True)
class AssessOptions:
    """What is asked of every person.

    Attributes:
        test: one of `TESTS`.
        patient: level of the amputation.
        trials: of each person.
        motions: degrees of freedom that a target involves (tac, fitts).
        seed: of the first person and of all trials; the next persons are the next numbers.
        decoder: see `classic.fit`.
        delay_ms: added between decision and limb; whole steps of 10 ms.
        limb: "instant" (no mass) or "physics".
        disturb: what befalls them in use, not in their calibration; see `sim.disturbances.table`.

    Raises:
        ProfileError: names the option, its value and what is allowed.
    """

    test: str = "tac"
    patient: str = "transradial"
    trials: int = 20
    motions: int = 1
    seed: int = 1
    decoder: str = DEFAULT
    delay_ms: float = 0.0
    limb: str = INSTANT
    disturb: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, allowed in (
            ("test", TESTS),
            ("patient", LEVELS),
            ("decoder", DECODERS),
            ("limb", (INSTANT, PHYSICS)),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise ProfileError(f"--{name} {value}: not known; allowed: {', '.join(allowed)}")
        for text in self.disturb:
            parse(text)
        steps = self.delay_ms / _STEP_MS
        if not 0.0 <= self.delay_ms <= _MOST_DELAY_MS or abs(steps - round(steps)) > 1e-9:
            raise ProfileError(
                f"--delay-ms {self.delay_ms:g}: allowed is 0 to {_MOST_DELAY_MS:g} in steps of {_STEP_MS:g}"
            )
        if not 1 <= self.trials <= 10_000:
            raise ProfileError(f"--trials {self.trials}: allowed is 1 to 10000")
        if self.seed < 0:
            raise ProfileError(f"--seed {self.seed}: allowed is 0 and more")
        if self.test not in ("tac", "fitts") and self.motions != 1:
            raise ProfileError(f"--motions {self.motions}: only tac and fitts have targets of several")
        parts, _ = worn_at(self.patient)
        task_of(self.test, self.motions, parts, movements_of(self.test, self.patient))  # does it fit?
        if self.in_box and not {OPEN, GRIP} <= PRESETS[self.patient].movements.keys():
            raise ProfileError(f"--test blocks --limb physics: {self.patient} people make no {GRIP} grip")

    @property
    def in_box(self) -> bool:
        """A block that weighs something, in a box."""
        return self.test == "blocks" and self.limb == PHYSICS

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "disturb": list(self.disturb)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> AssessOptions:
        """Inverse of `to_dict`."""
        known = {field.name: content[field.name] for field in fields(cls)}
        return cls(**{**known, "disturb": tuple(known["disturb"])})


def movements_of(test: str, patient: str) -> tuple[str, ...]:
    """What a person of that level is fitted with for a test: all that the limb makes, or both ways of its
    degrees of freedom."""
    parts, _ = worn_at(patient)
    known = tuple(PRESETS[patient].movements)
    return tuple(moves_of(parts, known)) if test == "motion" else driving(space_of(parts, known))


def task_of(test: str, motions: int, parts: tuple[LimbPart, ...], movements: Sequence[str]) -> Task:
    """The test, on a limb that these movements drive.

    Raises:
        ProfileError: the limb lacks what it needs.
    """
    space, moves = space_of(parts, tuple(movements)), moves_of(parts, tuple(movements))
    match test:
        case "motion":
            return MotionTest(moves, space.posture({}))
        case "tac":
            return Tac(space, motions)
        case "fitts":
            return Fitts(space, motions)
        case "blocks":
            return Blocks(space)
        case "clothespin":
            return Clothespins(space)
        case "tracking":
            return Tracking(space)
        case _:
            return Stance(space, moves, LEG_JOINTS)


def plant_of(limb: str, joints: tuple[str, ...]) -> Plant:
    """The limb's body.

    Raises:
        InnervateError: MuJoCo is not installed.
    """
    if limb == INSTANT:
        return InstantPlant(joints)
    from ...sim.physics.plant import PhysicsPlant

    return PhysicsPlant(joints)


def fitted_person(options: AssessOptions, person: int) -> Worn:
    """That person after their calibration."""
    movements = (OPEN, GRIP) if options.in_box else movements_of(options.test, options.patient)
    body = PRESETS[options.patient]
    return calibrated(body, options.patient, person, movements, decoder=options.decoder)


def assess_person(options: AssessOptions, person: int) -> dict[str, Any]:
    """Fit one person, let them do all trials, and say how it went. Same options and person, same answer.

    Returns:
        `person`, `held_out_active_recall` (of their calibration), `simulated_s`, `figures` (`figures_of`) and
        `trials`, one by one.
    """
    worn = fitted_person(options, person)
    task, plant = _setting(options, worn)
    loop, user = worn.closed_loop(
        drawn(person),
        plant=plant,
        delay_s=options.delay_ms / 1000.0,
        disturbances=befalls(options),
        gate=Walking(person) if options.test == "stance" else None,
    )
    begun_s = loop.t_s
    outcomes = run_trials(loop, user, task.trials(options.trials, options.seed), worn.model.classes)
    return told(person, worn, outcomes, loop.t_s - begun_s)


def _setting(options: AssessOptions, worn: Worn) -> tuple[Task, Plant]:
    """What is done, and with which body of the limb."""
    joints = worn.limb.joint_names
    if not options.in_box:
        task = task_of(options.test, options.motions, worn.parts, worn.model.classes)
        return task, plant_of(options.limb, joints)
    from .box import Box, box_world

    world = box_world(joints)
    return Box(world, worn.parts), world


def befalls(options: AssessOptions) -> tuple[Setting, ...]:
    """What befalls them in use: what was asked for, and whoever walks tenses shin and calf by that alone."""
    asked = tuple(parse(text) for text in options.disturb)
    if options.test == "stance" and options.patient == "transtibial":
        return (*asked, Setting("gait", Course(WALKS)))
    return asked


def told(person: int, worn: Worn, outcomes: Sequence[Outcome], simulated_s: float) -> dict[str, Any]:
    """See `assess_person`."""
    held_out = worn.model.metrics.get("held_out") or {}
    return {
        "person": person,
        "held_out_active_recall": held_out.get("active_recall"),
        "simulated_s": round(simulated_s, 6),
        "figures": figures_of(outcomes),
        "trials": [asdict(outcome) for outcome in outcomes],
    }


def together(people: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Over people, each of them counting once: name -> mean, sd (None for one), and people that have it."""
    names = dict.fromkeys(name for person in people for name in person["figures"])
    found: dict[str, Any] = {}
    for name in names:
        values = [p["figures"][name] for p in people if p["figures"].get(name) is not None]
        if values:
            sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
            found[name] = {"mean": float(np.mean(values)), "sd": sd, "people": len(values)}
    return found
