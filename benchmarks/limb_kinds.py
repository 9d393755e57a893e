"""What goes wrong in the fault scripts: how each begins, how it is over, and what is promised meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..core.state import Reason
from ..firmware_bridge.requests import Asked, Verb
from .limb_world import World

EMG_SAFE_S, GATE_SAFE_S = 0.100, 0.060
"""DESIGN.md: EMG stale, 100 ms on any limb. A load sensor that says nothing counts as none within 60 ms."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that goes wrong.

    Attributes:
        begin, end: what it does to the world, and how it is over.
        holds: the limb must hold from it until a person arms (or, `heals`, until the input is right again).
        heals: it goes on by itself afterwards.
        safe_s: by when; None for the limb's own (leg 40 ms, hand 100 ms).
        guard_is_gone: nothing of ours holds the limb: what it does by itself is its watchdog's.
        longer_s: lasts so much longer than others: a stride.
        lies: the load sensor says what is not so; nobody can hold a stance that nobody knows of.
    """

    name: str
    begin: Callable[[World], None]
    end: Callable[[World], None]
    holds: bool = True
    heals: bool = False
    safe_s: float | None = None
    guard_is_gone: bool = False
    lies: bool = False
    longer_s: float = 0.0


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


def _board(*lines: str) -> Callable[[World], None]:
    def act(world: World) -> None:
        if world.gait is not None:
            world.gait.do(*lines)

    return act


def _walk(world: World) -> None:
    world.walks = True
    _board("walk 110")(world)


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


def _stop_walking(world: World) -> None:
    world.walks = False
    _board("lift")(world)


_MENDED = _board("fault none")
LEG_KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("weight", _board("load 0.6"), _board("lift"), True, True),
        Kind("walks", _walk, _stop_walking, False, longer_s=1.0),
        Kind("load sensor silent", _board("fault silent"), _MENDED, True, True, GATE_SAFE_S),
        Kind("load NaN", _board("fault nan"), _MENDED, True, True, GATE_SAFE_S),
        Kind("load frames damaged", _board("fault corrupt"), _MENDED, True, True, GATE_SAFE_S),
        Kind("gyroscope lost", _board("fault imu"), _MENDED, True, True, GATE_SAFE_S),
        Kind("gait board restarts", _board("fault restart"), _nothing),
        Kind("load sensor frozen", _board("fault frozen"), _MENDED, False, lies=True),
    )
}
"""Of what bears a person."""
_BY_WORD = frozenset({"railed electrode", "low confidence"})
"""What the stand-in says in so many words: a real loop finds it out by itself, and has its own tests."""


def kinds_of(world: World, *, muscles: bool) -> list[Kind]:
    """What can happen to this limb."""
    found = [kind for kind in KINDS.values() if not (muscles and kind.name in _BY_WORD)]
    return found + (list(LEG_KINDS.values()) if world.model.leg else [])
