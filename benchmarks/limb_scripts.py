"""Random faults on the virtual clock, judged by what the virtual limb really did.

A script: a person arms, the limb moves, something goes wrong (sometimes two things), is mended, and again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..core.state import State
from ..firmware_bridge.guard import LEG_RETURN_DEG_S, RETURN_AFTER_S
from ..firmware_bridge.requests import Verb
from .limb_kinds import LEG_KINDS, Kind, kinds_of
from .limb_rows import LIMBS, VirtualDevice
from .limb_world import TICK_S, Truth, World

LEG_SAFE_S, HAND_SAFE_S = 0.040, 0.100
"""DESIGN.md, safety rules."""
HAND_MOVED_DEG, LEG_MOVED_DEG = 10.0, 2.0
"""Issue 5: at most so far within `WITHIN_S` of a fault."""
WITHIN_S = 0.100
REST_S = 0.200
"""Between arming and moving: servos take goals only 0.15 s after arming (docs/guard-promises.md)."""
_SLACK_S = TICK_S + 1e-6
"""Time passes in ticks."""
SETTLE_S = 0.250
SECOND_S = 0.030
"""A second fault comes so long after the first."""
STANCE_S = 0.040
"""With weight on a leg for so long, nothing that it is asked changes any more."""
SEAT_DEG = 0.1
MUSCLES_EVERY = 8
"""Each eighth script has the real loop behind two muscles."""
_FRAMES_S = 0.020
"""Two heartbeats may fall into one tick."""
LAPSE_FROM_S = 0.250
"""An Ability Hand of which the guard is gone opens by itself after 300 ms; others do not."""


@dataclass(slots=True)
class Watch:
    """What one fault led to.

    Attributes:
        safe_ms: when what the device had understood last changed: from then on it only holds.
        moved_deg: farthest that a joint went within 100 ms.
        torque_step_nm: greatest change of a drive's torque within 5 ms.
        violations: in words.
    """

    safe_ms: float = 0.0
    moved_deg: float = 0.0
    torque_step_nm: float = 0.0
    violations: list[str] = field(default_factory=list)

    def note(self, before: Truth, now: Truth, start_deg: tuple[float, ...] | None) -> None:
        """One tick; `start_deg` while the first 100 ms last."""
        steps = (abs(b - a) for a, b in zip(before.torque_nm, now.torque_nm, strict=True))
        self.torque_step_nm = max(self.torque_step_nm, *steps, 0.0)
        if start_deg is not None:
            moved = (abs(a - b) for a, b in zip(now.position_deg, start_deg, strict=True))
            self.moved_deg = max(self.moved_deg, *moved)


def ready(world: World) -> bool:
    """A person has seen to everything, arms, and the limb moves; False when it cannot be armed."""
    world.loop.rate_deg_s = 0.0
    if not world.loop.running:
        world.loop.start()
    for _ in range(60):
        if world.line.answering(world.clock.now()):
            break
        world.run(0.05)
    world.lift()
    world.run(0.05)
    world.ask(Verb.STOP)
    world.run(0.03)
    if not world.ask(Verb.ARM):
        return False
    world.run(REST_S)
    world.run(world.loop.aim(world.rng) + world.rng.uniform(0.06, 0.25))
    return True


def befall(world: World, kinds: tuple[Kind, ...], lasts_s: float, after_s: float) -> Watch:
    """Let these happen, one 30 ms after the other, for so long; look on until `after_s` later."""
    watch = Watch()
    lasts_s += max(kind.longer_s for kind in kinds)
    if len(world.cables) > 1:
        world.struck = world.rng.randrange(len(world.cables))
    kinds = tuple(sorted(kinds, key=lambda kind: not kind.holds))
    first = kinds[0]
    held = [kind for kind in kinds if kind.holds]
    heals, gone = all(k.heals for k in held), any(k.guard_is_gone for k in kinds)
    safe_s = _safe_s(world, first)
    now = world.truth()
    start, before, start_s = now.position_deg, now, world.clock.now()
    anchor: tuple[float, ...] | None = None
    first.begin(world)
    waiting, over = list(kinds[1:]), False
    while world.clock.now() < start_s + lasts_s + after_s:
        passed_s = world.clock.now() - start_s
        if waiting and passed_s >= SECOND_S:
            waiting.pop(0).begin(world)
        if not over and passed_s >= lasts_s:
            over = True
            _mend(world, kinds)
            before = world.truth()
        world.tick()
        passed_s = world.clock.now() - start_s
        now = world.truth()
        own_act = gone and passed_s > LAPSE_FROM_S and any(one.lapses for one in _left_alone(world, kinds))
        watch.note(before, now, start if passed_s <= WITHIN_S + 1e-9 else None)
        if not all(map(math.isfinite, (*now.position_deg, *now.asked, *world.setpoint_deg))):
            watch.violations.append(f"{first.name}: not finite")
        returns = _returns(world, before, now)
        if now.asked != before.asked and not (own_act or returns):
            watch.safe_ms = watch.safe_ms if over else 1e3 * passed_s
            if _in_stance(world, kinds) and not _seated(world, now):
                watch.violations.append(f"{first.name}: it was asked to move with weight on it")
        before = now
        if held and not (over and heals) and anchor is not None:
            watch.violations += _still(world, kinds, now, passed_s, anchor)
        if passed_s >= max(safe_s, WITHIN_S) + SETTLE_S and anchor is None:
            anchor = now.position_deg
        if own_act or returns:
            anchor = None  # its own watchdog may move it: docs/safe-states.md, residual risk
    if held:
        watch.violations += _judged(world, kinds, watch)
    return watch


def _mend(world: World, kinds: tuple[Kind, ...]) -> None:
    """All is over; a new guard finds the rest mended."""
    for kind in sorted(kinds, key=lambda kind: kind.name == "guard SIGKILL"):
        kind.end(world)


def _left_alone(world: World, kinds: tuple[Kind, ...]) -> list[VirtualDevice]:
    """Devices that nobody of ours holds meanwhile."""
    if any(kind.guard_is_gone and kind.name.startswith("guard") for kind in kinds):
        return list(world.row.devices)
    return [world.row.devices[world.struck]] if any(kind.guard_is_gone for kind in kinds) else []


def _returns(world: World, before: Truth, now: Truth) -> bool:
    """The one safe state that moves: a leg at fault, truly without weight, slowly, only towards neutral."""
    if world.gait is None or world.state is not State.FAULT:
        return False
    if world.gait.truly_free_s(world.clock.now()) < RETURN_AFTER_S - _FRAMES_S:
        return False
    each = list(zip(before.asked, now.asked, world.model.release_deg, strict=True))
    slow = all(abs(b - a) <= LEG_RETURN_DEG_S * _FRAMES_S + 1e-3 for a, b, _ in each)
    return slow and all(abs(home - b) <= abs(home - a) + 1e-3 for a, b, home in each)


def _in_stance(world: World, kinds: tuple[Kind, ...]) -> bool:
    """The leg bears weight, and has for longer than it may take until that is known."""
    if world.gait is None or any(kind.lies or kind.guard_is_gone for kind in kinds):
        return False
    return world.gait.truly_loaded_s(world.clock.now()) > STANCE_S


def _seated(world: World, now: Truth) -> bool:
    """After a silence the set-point was put where the limb is: no movement, see docs/guard-promises.md."""
    near = all(abs(a - b) <= SEAT_DEG for a, b in zip(now.asked, now.position_deg, strict=True))
    return near and world.state is State.FAULT


def _safe_s(world: World, kind: Kind) -> float:
    if kind.safe_s is not None:
        return kind.safe_s
    return LEG_SAFE_S if world.model.leg else HAND_SAFE_S


def _judged(world: World, kinds: tuple[Kind, ...], watch: Watch) -> list[str]:
    """What came too late or went too far."""
    found, kind = [], kinds[0]
    most_s = _safe_s(world, kind)
    if any(one.guard_is_gone for one in kinds):
        # Nothing of ours is left: then it is the device's own watchdog that counts.
        watchdog_s = max(one.model.device_watchdog_s for one in _left_alone(world, kinds))
        most_s = max(most_s, watchdog_s + (len(kinds) - 1) * SECOND_S + 0.010)
    if watch.safe_ms > 1e3 * (most_s + _SLACK_S + world.row.lag_s):
        found.append(f"{kind.name}: safe after {watch.safe_ms:.0f} ms")
    if watch.moved_deg > (LEG_MOVED_DEG if world.model.leg else HAND_MOVED_DEG):
        found.append(f"{kind.name}: moved {watch.moved_deg:.2f} in the first 100 ms")
    return found


def _still(
    world: World, kinds: tuple[Kind, ...], now: Truth, passed_s: float, anchor: tuple[float, ...]
) -> list[str]:
    """Whatever moves although it must hold."""
    named = f"{' + '.join(kind.name for kind in kinds)}: after {1e3 * passed_s:.0f} ms"
    moved_deg = max(abs(a - b) for a, b in zip(now.position_deg, anchor, strict=True))
    if moved_deg > world.row.still_deg:
        return [f"{named} {moved_deg:.2f} away from where it held"]
    if world.state in (State.ACTIVE, State.PROMPTING) and not world.guard_stopped:
        return [f"{named} {world.state.name} without a person"]
    return []


@dataclass(slots=True)
class Script:
    """What one script led to: its faults and all that broke a promise."""

    happened: list[tuple[str, Watch]]
    violations: list[str]


def run_script(limb: str, seed: int, faults: int = 2) -> Script:
    """One script.

    Args:
        limb: key of `LIMBS`.
        faults: how many, one after another.
    """
    muscles = seed % MUSCLES_EVERY == MUSCLES_EVERY - 1
    world = World(limb, seed, muscles=muscles)
    rng = world.rng
    world.loop.start()
    kinds = kinds_of(world, muscles=muscles)
    script = Script([], [])
    for _ in range(faults):
        if not ready(world):
            script.violations.append(f"seed {seed}: cannot be armed: {world.doors.refusals[-1]}")
            break
        several = tuple(rng.sample(kinds, 1 if rng.random() < 0.7 else 2))
        if all(kind.name in LEG_KINDS for kind in several):
            several = several[:1]  # a leg does one thing at a time
        watch = befall(world, several, rng.uniform(0.12, 0.6), 0.15)
        script.happened.append((several[0].name, watch))
        script.violations += [f"seed {seed}: {what}" for what in watch.violations[:1]]
    return script


def known(limb: str) -> bool:
    """There is a row for it."""
    return limb in LIMBS
