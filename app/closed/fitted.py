"""A virtual person with a decoder of their own: who they are, what they were trained on, what they wear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...controller.decider import Decider
from ...controller.settings import LimbPart, LoopSettings, ShapingSettings
from ...core.movements import REST
from ...drivers.settings import SourceSettings
from ...firmware_bridge.limits import LimbModel
from ...models.model import Model
from ...models.runtime import Runtime
from ...sim.anatomy import Body
from ...sim.disturbances.disturbed import Disturbed, befallen
from ...sim.disturbances.table import Setting
from ...sim.person import individual
from ...sim.plant import InstantPlant, Plant
from ...sim.schedule import Cue, calibration_schedule
from ...sim.simulate import simulate_recording
from ...sim.user.person import SimulatedUser
from ...sim.user.traits import Traits
from .classic import DEFAULT, fit
from .limbs import moves_of, worn_at
from .loop import ClosedLoop, Gate, Muscles

INCREMENT_MS = 10.0


@dataclass(frozen=True, slots=True)
class Worn:
    """One virtual person, calibrated.

    Attributes:
        body: whose muscles.
        seed: of the person.
        rate_hz: of the amplifier.
        model: trained on `seed`'s own calibration.
        parts, limb: what they wear.
    """

    body: Body
    seed: int
    rate_hz: float
    model: Model
    parts: tuple[LimbPart, ...]
    limb: LimbModel

    def decider(self, shaping: ShapingSettings | None = None, runtime: Runtime | None = None) -> Decider:
        """A new stream through the model, or through a runtime of it that is somebody else's."""
        settings = LoopSettings(
            runtime_dir="",
            source=SourceSettings("simulated"),
            bundle="",
            trusted_keys=(),
            safety_digest="",
            parts=self.parts,
            max_rate_deg_s=max(joint.max_rate_deg_s for joint in self.limb.joints),
            increment_ms=INCREMENT_MS,
            shaping=shaping or ShapingSettings(),
            simulated=True,
        )
        return Decider(settings, runtime or Runtime(self.model))

    def closed_loop(
        self,
        traits: Traits | None = None,
        *,
        use: int = 1,
        shaping: ShapingSettings | None = None,
        plant: Plant | None = None,
        delay_s: float = 0.0,
        muscles: Muscles | None = None,
        gate: Gate | None = None,
        disturbances: Sequence[Setting] = (),
    ) -> tuple[ClosedLoop, SimulatedUser]:
        """This person at their limb.

        Args:
            traits: what kind of person; None: an ordinary one.
            use: which session: seeds noise, firing and effort, never who they are.
            shaping: None: the profile's defaults.
            plant: None: a limb without mass.
            delay_s, gate: see `ClosedLoop`.
            muscles: None: this person's own; else recordings of a real person, in the model's unit and rate.
            disturbances: what befalls them in this session, unless `muscles` are somebody else's; those of
                following cues befall nobody who has a goal.
        """
        joints = self.limb.joint_names
        moves = moves_of(self.parts, tuple(self.body.movements))
        user = SimulatedUser(self.body, joints, moves, traits or Traits(), self.seed * 1000 + use)
        loop = ClosedLoop(
            muscles or befallen(self.body, self.rate_hz, self.seed, disturbances, use=use),
            user,
            self.decider(shaping),
            self.limb,
            plant or InstantPlant(joints),
            delay_s=delay_s,
            gate=gate,
        )
        return loop, user


def calibrated(
    body: Body,
    level: str,
    seed: int,
    movements: tuple[str, ...] = (),
    *,
    rate_hz: float = 1000.0,
    reps: int = 3,
    decoder: str = DEFAULT,
    disturbances: Sequence[Setting] = (),
) -> Worn:
    """A person after their first calibration.

    Args:
        body: a preset, of which `seed` makes a person, or somebody's own.
        level: decides what they wear.
        seed: who it is, and how they carry their calibration out.
        movements: that they calibrate and use, rest aside; empty for all of the body.
        rate_hz: of the amplifier.
        reps: repetitions of each movement.
        decoder: see `classic.fit`.
        disturbances: what befalls them during the calibration.

    Raises:
        ProfileError: no such level, or a disturbance that this person cannot have.
        RecordingError: no such decoder.
    """
    parts, limb = worn_at(level)
    body = individual(body, seed)
    if movements:
        kept = (REST, *movements)
        body = replace(body, movements={name: body.movements[name] for name in kept})
    patient = befallen(body, rate_hz, seed, disturbances)
    cues: Iterable[Cue] = calibration_schedule(tuple(body.movements), reps)
    if isinstance(patient, Disturbed):
        cues = patient.cues(cues)
    recording = simulate_recording(patient, cues, seed)
    return Worn(body, seed, rate_hz, fit(recording, INCREMENT_MS, decoder), parts, limb)
