"""From samples to a wish: decide, shape, map to joints. No amplifier, no guard, no telemetry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..core.command import Ask, Command, Intent
from ..core.state import Reason
from .cocontraction import Cocontraction
from .grips import Grips
from .intent import IntentShaper, Shaped
from .mapping import Mapper
from .settings import LoopSettings
from .velocity import VelocityShaper, check_settings

if TYPE_CHECKING:
    from ..core.chunk import Chunk
    from ..models.runtime import Decided, Runtime

_NO_SAMPLE = -1


@dataclass(frozen=True, slots=True)
class Step:
    """One decision and what it means.

    Attributes:
        decided: frame, raw samples, class and posterior.
        shaped: class acted on and speed.
        intent: the same for the limb, with the sample it rests on.
        grip: index of the grip that closing means; -1 when there is no choice.
        ask: what the wearer asks for by tensing two muscles at once.
        velocities: share of full speed that each of the model's degrees of freedom is driven at; zeros while
            nothing may move, empty where classes drive the limb.
    """

    decided: Decided
    shaped: Shaped
    intent: Intent
    grip: int = -1
    ask: Ask = Ask.NOTHING
    velocities: tuple[float, ...] = ()


class Decider:
    """What the loop knows of the person: the model at work, the ramps, the newest intent.

    A model with velocities drives all its degrees of freedom at once. Its classes then say when the person
    rests, what the page shows, and what opens twice; everything that holds the limb is the same.

    Args:
        settings: see `LoopSettings`.
        runtime: the model; its state is this object's alone.

    Raises:
        ProfileError: the settings do not fit the model or the limb.
    """

    def __init__(self, settings: LoopSettings, runtime: Runtime) -> None:
        self._command_life_s, self._stale_s = settings.command_life_s, settings.stale_s
        self._runtime = runtime
        shaping = settings.shaping
        self._shaper = IntentShaper(runtime.classes, runtime.increment_s, shaping, runtime.thresholds)
        grips = settings.grips
        self.dofs = runtime.dofs
        """Degrees of freedom that are driven at once; empty where classes drive the limb."""
        self._velocity: VelocityShaper | None = None
        self._velocities = self._still = (0.0,) * len(runtime.dofs)
        if runtime.dofs:
            check_settings(shaping, settings.adapt)
            self._velocity = VelocityShaper(runtime.dofs, runtime.increment_s, shaping)
        self._mapper = Mapper(settings.parts, runtime.classes, settings.max_rate_deg_s, grips)
        self._jointed = tuple(dof in self._mapper.dofs for dof in runtime.dofs)
        self._mapped = self._mapper.memory  # named for checkpoints, which leave the mapper's tables out
        rest = self._shaper.rest_index
        self.grips = Grips(grips, runtime.classes, rest, runtime.increment_s, settings.double_open_s)
        """Which grip closing means."""
        self._use_grip()
        watched = settings.cocontraction
        self._cocontraction = Cocontraction(watched, runtime.settings) if watched is not None else None
        self._shaped = self._shaper.hold(Reason.WARMING_UP)
        self._intent = Intent(_NO_SAMPLE, 0.0, runtime.classes[rest], 0.0, Reason.WARMING_UP)
        self._seq = 0

    @property
    def samples_to_next(self) -> int:
        """How many samples complete the next increment."""
        return self._runtime.samples_to_next

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Per class the least posterior that is acted on, the profile's wishes included; 0 for rest."""
        return self._shaper.thresholds

    @property
    def ask(self) -> Ask:
        """What the wearer asks for by tensing two muscles at once."""
        return self._cocontraction.ask if self._cocontraction is not None else Ask.NOTHING

    def hear(self, grip: int, asked: int) -> None:
        """What people have asked of the guard; see `Grips.hear`."""
        if self.grips.hear(grip, asked):
            self._use_grip()
            self._shaped = self.grips.held(self._shaped)
            self._intent = replace(self._intent, speed=self._shaped.speed, reason=self._shaped.reason)

    def _use_grip(self) -> None:
        if self.grips.names:
            self._mapper.close_to(self.grips.name)
            self._forget()

    def _forget(self) -> None:
        """No ramp wakes up loaded."""
        self._shaper.reset()
        if self._velocity is not None:
            self._velocity.reset()

    def _hold(self, reason: Reason) -> Shaped:
        """Nothing can be decided now."""
        self._forget()
        return self._shaper.hold(reason)

    def decide(self, chunk: Chunk, now_s: float) -> list[Step]:
        """Every decision that these samples complete, oldest first."""
        return [
            self._step(decided, chunk, now_s) for decided in self._runtime.push(chunk.samples, chunk.valid)
        ]

    def _step(self, decided: Decided, chunk: Chunk, now_s: float) -> Step:
        """Take one decision. Late samples have already updated the filters; they go no further."""
        frame = decided.frame
        # An increment ends inside the chunk that completed it, so its newest sample's time is there.
        t_sample_s = float(chunk.t_s[frame.end_index - chunk.first_index])
        fresh = now_s - t_sample_s <= self._stale_s
        if self._cocontraction is not None:
            self._cocontraction.step(decided.raw, frame.contact, frame.valid, fresh)
        wanted = self._still
        if not frame.ready:
            shaped = self._hold(Reason.WARMING_UP)
        elif not fresh:
            shaped = self._hold(Reason.EMG_STALE)
        elif not decided.trusted:
            shaped = self._hold(Reason.CONTACT)
        elif decided.unfamiliar:
            shaped = self._hold(Reason.UNFAMILIAR)
        elif self._velocity is not None:
            shaped, wanted = self._driven(decided, self._velocity)
        else:
            shaped = self._chosen(decided)
        if self.grips.names:
            shaped = self._regrip(shaped)
        self._shaped = shaped
        self._velocities = wanted if shaped.speed > 0.0 else self._still
        movement = self._runtime.classes[shaped.class_index]
        self._intent = Intent(frame.end_index, t_sample_s, movement, shaped.speed, shaped.reason)
        grip = self.grips.active if self.grips.names else -1
        return Step(decided, shaped, self._intent, grip, self.ask, self._velocities)

    def _chosen(self, decided: Decided) -> Shaped:
        """One class moves the limb."""
        posterior = float(decided.posterior[decided.class_index])
        effort = self._runtime.effort(decided, decided.class_index)
        shaped = self._shaper.update(decided.class_index, posterior, effort)
        if shaped.speed > 0.0 and not self._mapper.is_mapped(shaped.class_index):
            return Shaped(shaped.class_index, 0.0, Reason.UNMAPPED)
        return shaped

    def _driven(self, decided: Decided, shaper: VelocityShaper) -> tuple[Shaped, tuple[float, ...]]:
        """Velocities move the limb: what it comes to in one word and speed, and the velocities.

        The speed is that of the fastest degree of freedom that the limb has a joint for.
        """
        rest = self._shaper.rest_index
        wanted = shaper.update(decided.velocities, decided.class_index == rest)
        driven = tuple(each * has for each, has in zip(wanted, self._jointed, strict=True))
        speed = max(map(abs, driven))
        if speed > 0.0:
            return Shaped(decided.class_index, speed, Reason.NONE), driven
        if any(wanted):
            return Shaped(decided.class_index, 0.0, Reason.UNMAPPED), wanted
        return Shaped(rest, 0.0, Reason.NONE), wanted

    def _regrip(self, shaped: Shaped) -> Shaped:
        """Let the decision change the grip, and wait for rest while it has changed."""
        shaped, changed = self.grips.shape(shaped)
        if changed:
            self._use_grip()
        elif self.grips.waits:
            self._forget()
        return shaped

    def command(
        self, now_s: float, setpoint_deg: tuple[float, ...] | None, trouble: Reason = Reason.NONE
    ) -> Command:
        """The newest intent as a command, or a hold when it has grown old.

        Args:
            now_s: of this turn.
            setpoint_deg: where the guard last said it holds the joints; None before it spoke.
            trouble: why the amplifier cannot be believed, whatever was decided; NONE when it can.
        """
        intent = self._intent
        reason, speed = intent.reason, intent.speed
        if trouble is not Reason.NONE:
            reason, speed = trouble, 0.0
        elif reason is not Reason.WARMING_UP and now_s - intent.t_sample_s > self._stale_s:
            reason, speed = Reason.EMG_STALE, 0.0
        if trouble is not Reason.NONE or reason is Reason.EMG_STALE:
            self._forget()
            if self._cocontraction is not None:
                self._cocontraction.silence()
        if self._velocity is None:
            wish = self._mapper.command(self._shaped.class_index, speed, setpoint_deg, now_s)
        else:
            asked = zip(self.dofs, self._velocities, strict=True) if speed > 0.0 else ()
            wish = self._mapper.drive(dict(asked), setpoint_deg, now_s, deadband=0.0)
        target_deg, rate_deg_s = wish
        self._seq += 1
        return Command(
            self._seq,
            now_s,
            now_s + self._command_life_s,
            intent.sample_index,
            intent.t_sample_s,
            target_deg,
            rate_deg_s,
            reason,
            self.ask,
        )
