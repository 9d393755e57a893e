"""Random faults on the virtual clock, judged by what the virtual limb really did.

A script: a person arms, the limb moves, something goes wrong (sometimes two things), is mended, and again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from ..core.state import Reason, State
from ..firmware_bridge.requests import Asked, Verb
from .limb_wires import LIMBS
from .limb_world import TICK_S, Truth, World

LEG_SAFE_S, HAND_SAFE_S, EMG_SAFE_S = 0.040, 0.100, 0.100
"""DESIGN.md, safety rules; EMG stale: 100 ms on any limb."""
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
LAPSE_FROM_S = 0.250
"""An Ability Hand of which the guard is gone opens by itself after 300 ms; others do not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that goes wrong.

    Attributes:
        begin, end: what it does to the world, and how it is over.
        holds: the limb must hold from it until a person arms (or, `heals`, until the input is right again).
        heals: it goes on by itself afterwards.
        safe_s: by when; None for the limb's own (leg 40 ms, hand 100 ms).
        guard_is_gone: nothing of ours holds the limb: what it does by itself is its watchdog's.
    """

    name: str
    begin: Callable[[World], None]
    end: Callable[[World], None]
    holds: bool = True
    heals: bool = False
    safe_s: float | None = None
    guard_is_gone: bool = False


def _set(**changes: object) -> Callable[[World], None]:
    def act(world: World) -> None:
        for name, value in changes.items():
            setattr(world.loop, name, value)

    return act


def _cable(**changes: object) -> Callable[[World], None]:
    def act(world: World) -> None:
        for name, value in changes.items():
            setattr(world.cable, name, value)

    return act


def _kill_guard(world: World) -> None:
    world.guard = None


def _goes_dark(*, blind: bool) -> Callable[[World], None]:
    def act(world: World) -> None:
        if world.loop.t_dark_s is None:
            world.loop.t_dark_s = world.clock.now()
        world.loop.blind = blind

    return act


def _backlog(world: World) -> None:
    """All that a loop made while it was held up arrives at once."""
    world.loop.running = True
    now_s = world.clock.now()
    for k in range(50):
        world.loop.send(now_s - 0.5 + k * 0.010)


def _swap(world: World) -> None:
    world.loop.start()


def _nothing(world: World) -> None:
    """Nothing more to do."""


def _weigh(reason: Reason) -> Callable[[World], None]:
    def act(world: World) -> None:
        world.weight.reason = reason

    return act


def _garbage(world: World) -> None:
    world.loop.running = False
    world.doors.inbox.append(bytes(world.rng.randrange(256) for _ in range(world.rng.randrange(90))))


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("loop SIGKILL", lambda world: world.loop.kill(), lambda world: world.loop.start()),
        Kind("loop SIGSTOP", _set(running=False), _set(running=True)),
        Kind("guard SIGKILL", _kill_guard, lambda world: world.start_guard(), guard_is_gone=True),
        Kind(
            "guard SIGSTOP",
            lambda world: setattr(world, "guard_stopped", True),
            lambda world: setattr(world, "guard_stopped", False),
            guard_is_gone=True,
        ),
        Kind("unplugged limb", lambda world: world.cable.pull(), _cable(plugged=True), guard_is_gone=True),
        Kind("unplugged amplifier", _goes_dark(blind=False), _set(t_dark_s=None), True, True, EMG_SAFE_S),
        Kind("frozen samples", _goes_dark(blind=True), _set(t_dark_s=None, blind=False), safe_s=EMG_SAFE_S),
        Kind("NaN", _set(nan=True), _set(nan=False)),
        Kind("corrupted reply", _cable(noise=0.5), _cable(noise=0.0), False),
        Kind("swapped model", _swap, _nothing),
        Kind("clock jump", _set(skew_s=10.0), _set(skew_s=0.0)),
        Kind("clock jump back", _set(skew_s=-10.0), _set(skew_s=0.0)),
        Kind("backlog", _set(running=False), _backlog),
        Kind("railed electrode", _set(reason=Reason.CONTACT), _set(reason=Reason.NONE), True, True),
        Kind("low confidence", _set(reason=Reason.LOW_CONFIDENCE), _set(reason=Reason.NONE), True, True),
        Kind("garbage", _garbage, _set(running=True)),
        Kind("answers lost", _cable(talks=False), _cable(talks=True), False),
        Kind("limb deaf", _cable(hears=False), _cable(hears=True), False, guard_is_gone=True),
        Kind("stop", lambda world: world.doors.asked.append(Asked(Verb.STOP)), _nothing),
    )
}
WEIGHT = Kind("weight", _weigh(Reason.LOADED), _weigh(Reason.NONE), True, True)
"""A leg's only."""


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
    world.run(0.05)
    world.ask(Verb.STOP)
    world.run(0.03)
    if not world.ask(Verb.ARM):
        return False
    world.run(REST_S)
    rng = world.rng
    world.loop.target_deg = tuple(rng.uniform(j.least_deg, j.most_deg) for j in world.model.joints)
    if world.row.percent and len(world.model.joints) == 1:
        world.loop.target_deg = (rng.choice((-1000.0, 1000.0)),)
    world.loop.rate_deg_s = rng.choice((30.0, 90.0, 150.0))  # as fast as may be, and the guard bounds it
    world.run(rng.uniform(0.06, 0.25))
    return True


def befall(world: World, kinds: tuple[Kind, ...], lasts_s: float, after_s: float) -> Watch:
    """Let these happen, one 30 ms after the other, for so long; look on until `after_s` later."""
    watch = Watch()
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
            for kind in sorted(kinds, key=lambda kind: kind.name == "guard SIGKILL"):
                kind.end(world)
            before = world.truth()
        world.tick()
        passed_s = world.clock.now() - start_s
        now = world.truth()
        own_act = gone and world.row.lapses and passed_s > LAPSE_FROM_S
        if not all(map(math.isfinite, (*now.position_deg, *now.asked, *world.setpoint_deg))):
            watch.violations.append(f"{first.name}: not finite")
        watch.note(before, now, start if passed_s <= WITHIN_S + 1e-9 else None)
        if now.asked != before.asked and not over and not own_act:
            watch.safe_ms = 1e3 * passed_s
        before = now
        if held and not (over and heals) and anchor is not None:
            watch.violations += _still(world, kinds, now, passed_s, anchor)
        if passed_s >= max(safe_s, WITHIN_S) + SETTLE_S and anchor is None:
            anchor = now.position_deg
        if own_act:
            anchor = None  # its own watchdog may move it: docs/safe-states.md, residual risk
    if held:
        watch.violations += _judged(world, kinds, watch)
    return watch


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
        most_s = max(most_s, world.model.device_watchdog_s + (len(kinds) - 1) * SECOND_S + 0.010)
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
    world = World(limb, seed)
    rng = world.rng
    world.loop.start()
    kinds = [*KINDS.values(), *([WEIGHT] if world.model.leg else [])]
    script = Script([], [])
    for _ in range(faults):
        if not ready(world):
            script.violations.append(f"seed {seed}: cannot be armed: {world.doors.refusals[-1]}")
            break
        several = tuple(rng.sample(kinds, 1 if rng.random() < 0.7 else 2))
        watch = befall(world, several, rng.uniform(0.12, 0.6), 0.15)
        script.happened.append((several[0].name, watch))
        script.violations += [f"seed {seed}: {what}" for what in watch.violations[:1]]
    return script


def known(limb: str) -> bool:
    """There is a row for it."""
    return limb in LIMBS
