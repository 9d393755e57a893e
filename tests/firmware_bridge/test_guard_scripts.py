"""The guard on a virtual clock, and fault scripts nobody would wait for."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.state import Reason, State
from innervate.firmware_bridge.guard import LEG_RETURN_DEG_S, RETURN_AFTER_S
from innervate.firmware_bridge.requests import Verb

from .guard_bench import REST, Bench
from .made import ABILITY_HAND, MOTEUS_ANKLE

COMMANDS = ("rest", "move", "stale", "contact", "nan", "old", "noise", "silence")
WORLD = ("connect", "hang up", "pull", "plug", "mute", "talk", "stall", "fault")
HAPPENINGS = st.sampled_from((*COMMANDS, *COMMANDS, *WORLD, *Verb))


@settings(max_examples=150, deadline=None)
@given(
    script=st.lists(st.tuples(HAPPENINGS, st.integers(1, 40)), max_size=25),
    leg=st.booleans(),
    moving=st.booleans(),
)
def test_whatever_happens(script: list[tuple[str, int]], leg: bool, moving: bool) -> None:
    """The set-point is finite, in range and never faster than allowed; nothing moves but in ACTIVE and
    PROMPTING; ACTIVE is only entered from ARMED."""
    bench = Bench(MOTEUS_ANKLE if leg else ABILITY_HAND)
    if moving:
        bench.moving()
    for what, turns in script:
        if what in COMMANDS:
            _send(bench, what, turns)
        elif what in list(Verb):
            if what != Verb.SHUTDOWN:
                bench.ask(Verb(what))
        else:
            _befall(bench, what, turns)


def _befall(bench: Bench, what: str, turns: int) -> None:
    body = bench.body
    {
        "connect": bench.connect,
        "hang up": lambda: setattr(bench.wires, "connected", False),
        "pull": lambda: setattr(body, "plugged", False),
        "plug": lambda: setattr(body, "plugged", True),
        "mute": lambda: setattr(body, "talks", False),
        "talk": lambda: setattr(body, "talks", True),
        "stall": lambda: bench.turn(turns * 0.05),
        "fault": lambda: setattr(body, "fault", 5),
    }[what]()


def _send(bench: Bench, what: str, turns: int) -> None:
    n = len(bench.model.joints)
    command: dict[str, Any] = {
        "rest": REST,
        "move": {"rate": 500.0},
        "stale": {"reason": Reason.EMG_STALE},
        "contact": {"rate": 60.0, "reason": Reason.CONTACT},
        "nan": {"rate": 60.0, "target_deg": (math.nan,) * n},
        "old": {"rate": 60.0, "expires_s": 1.0},
        "silence": {},
        "noise": {},
    }[what]
    for _ in range(turns):
        _checked_turn(bench, command if bench.wires.connected else {}, noise=what == "noise")


def _returns(bench: Bench, before: tuple[float, ...], after: tuple[float, ...]) -> bool:
    """The one safe state that moves: a leg at fault without weight, slowly and only towards its neutral."""
    unloaded = bench.model.leg and bench.scale.unloaded_s(bench.clock.now()) >= RETURN_AFTER_S
    there = zip(before, after, bench.model.release_deg, strict=True)
    return (
        bench.guard.state is State.FAULT
        and unloaded
        and all(
            abs(b - a) <= LEG_RETURN_DEG_S * 0.0155 and abs(home - b) <= abs(home - a) for a, b, home in there
        )
    )


def _checked_turn(bench: Bench, command: dict[str, Any], *, noise: bool) -> None:
    before, state, seated = bench.setpoint, bench.guard.state, bench.line.wants_seat
    if noise:
        bench.wires.inbox.append(b"\x01\x06" * 20)
    elif command:
        bench.command(**command)
    bench.turn()
    after = bench.setpoint
    for joint, a, b in zip(bench.model.joints, before, after, strict=True):
        assert math.isfinite(b)
        assert joint.least_deg <= b <= joint.most_deg
        if not seated and not bench.line.wants_seat:
            assert abs(b - a) <= joint.max_rate_deg_s * 0.0155  # three turns
    quiet = (State.STOPPED, State.ARMED, State.HOLDING, State.FAULT)
    if state in quiet and bench.guard.state in quiet and not seated:
        braking = max(j.max_rate_deg_s**2 / j.max_braking_deg_s2 for j in bench.model.joints)
        farthest = max(abs(b - a) for a, b in zip(before, after, strict=True))
        assert farthest <= braking or _returns(bench, before, after)
    if bench.guard.state is State.ACTIVE and state is not State.ACTIVE:
        assert state is State.ARMED
