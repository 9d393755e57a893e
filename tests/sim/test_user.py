"""A simulated person on a limb that obeys their muscles: what they can do, and what they cannot know."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.command import LimbState
from innervate.core.goal import Goal
from innervate.sim.anatomy import Body, Muscle
from innervate.sim.montage import over
from innervate.sim.user.person import SimulatedUser
from innervate.sim.user.traits import Traits, drawn

STEP_S = 0.010
BODY = Body(
    "two joints",
    "transradial",
    40.0,
    3.0,
    tuple(Muscle(name, "native", 10.0, 90.0 * k) for k, name in enumerate(("a", "b", "c", "d"))),
    {
        "rest": (0.0, 0.0, 0.0, 0.0),
        "wrist flexion": (0.8, 0.1, 0.0, 0.0),
        "wrist extension": (0.1, 0.8, 0.0, 0.0),
        "open": (0.0, 0.0, 0.8, 0.1),
        "power": (0.0, 0.0, 0.1, 0.8),
    },
    over((0.0, 0.0), (90.0, 0.0), (180.0, 0.0), (270.0, 0.0)),
)
JOINTS = ("wrist", "fingers")
MOVES = {
    "wrist flexion": {"wrist": 60.0},
    "wrist extension": {"wrist": -60.0},
    "open": {"fingers": 0.0},
    "power": {"fingers": 90.0},
}


@dataclass
class Obedient:
    """A limb whose joints follow two pairs of muscles, `lag_s` later, at `full_deg_s` for an effort of 1."""

    full_deg_s: float = 150.0
    lag_s: float = 0.15
    sign: float = 1.0
    at: np.ndarray = field(default_factory=lambda: np.array([0.0, 45.0]))
    under_way: list[np.ndarray] = field(default_factory=list)

    def step(self, excitation: np.ndarray) -> tuple[float, ...]:
        self.under_way.append(excitation)
        if len(self.under_way) > self.lag_s / STEP_S:
            e = self.under_way.pop(0)
            drive = np.array([e[0] - e[1], e[3] - e[2]]) / 0.7
            drive[np.abs(drive) < 0.05] = 0.0
            self.at = self.at + self.sign * drive * self.full_deg_s * STEP_S
            self.at = np.clip(self.at, [-60.0, 0.0], [60.0, 90.0])
        return tuple(self.at)


def goal(wrist: float, fingers: float, tolerance: float = 5.0) -> Goal:
    return Goal({"wrist": wrist, "fingers": fingers}, dict.fromkeys(JOINTS, tolerance))


def person(seed: int = 1, traits: Traits | None = None, *, sees: bool = True) -> SimulatedUser:
    return SimulatedUser(BODY, JOINTS, MOVES, traits or Traits(), seed, STEP_S, sees=sees)


def trial(user: SimulatedUser, limb: Obedient, wanted: Goal, from_s: float, limit_s: float = 15.0) -> float:
    """Seconds until the goal has been kept for one; the limit when it was not."""
    user.want(wanted, from_s)
    kept_s = 0.0
    for k in range(round(limit_s / STEP_S)):
        t_s = from_s + k * STEP_S
        limb.step(user.step(t_s, LimbState(t_s, tuple(limb.at))))
        kept_s = kept_s + STEP_S if wanted.reached(dict(zip(JOINTS, limb.at, strict=True))) else 0.0
        if kept_s >= 1.0:
            return k * STEP_S - 1.0
    return limit_s


def session(user: SimulatedUser, limb: Obedient, n: int, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    times, t_s = [], 10.0
    for _ in range(n):
        times.append(trial(user, limb, goal(rng.uniform(-50, 50), rng.uniform(10, 80)), t_s))
        t_s += 30.0
    return np.array(times)


def test_they_bring_an_obedient_limb_where_they_want_it() -> None:
    times = session(person(), Obedient(), 25)
    assert (times < 15.0).mean() >= 0.95
    assert 0.4 < np.median(times) < 5.0


def test_with_eyes_shut_they_rarely_do() -> None:
    """The ablation of everything that rests on seeing: they act on where the limb was when the goal came."""
    assert (session(person(sees=False), Obedient(), 12) < 15.0).mean() <= 0.5


@pytest.mark.parametrize(("full_deg_s", "lag_s"), [(60.0, 0.15), (300.0, 0.15), (150.0, 0.4)])
def test_another_limb_is_learned_by_using_it(full_deg_s: float, lag_s: float) -> None:
    """Nobody tells them its speed or its lag. On the quickest one a first guess does as well as knowing."""
    times = session(person(), Obedient(full_deg_s, lag_s), 40)
    assert (times[20:] < 15.0).mean() >= 0.85
    if full_deg_s < 300.0:
        assert np.mean(times[25:]) <= np.mean(times[:8])


def test_a_limb_that_goes_the_wrong_way_is_let_go() -> None:
    limb, user = Obedient(sign=-1.0), person()
    user.want(goal(40.0, 45.0), 10.0)
    farthest = 0.0
    for k in range(300):
        t_s = 10.0 + k * STEP_S
        limb.step(user.step(t_s, LimbState(t_s, tuple(limb.at))))
        if k < 130:
            farthest = max(farthest, -limb.at[0])
    assert 5.0 < farthest < 45.0


@settings(max_examples=20, deadline=None)
@given(at_step=st.integers(10, 200), jump_deg=st.floats(-40.0, 40.0), seed=st.integers(0, 50))
def test_nothing_that_they_have_not_seen_yet_moves_them(at_step: int, jump_deg: float, seed: int) -> None:
    """Two worlds that differ from one step on: their muscles differ a visual delay later at the earliest."""
    traits = drawn(seed)
    delay = round(traits.visual_delay_s / STEP_S + 0.499)
    made = []
    for jump in (0.0, jump_deg):
        user, limb, rows = person(seed, traits), Obedient(), []
        user.want(goal(35.0, 70.0), 10.0)
        for k in range(at_step + delay):
            if k == at_step:
                limb.at = limb.at + jump
            t_s = 10.0 + k * STEP_S
            excitation = user.step(t_s, LimbState(t_s, tuple(limb.at)))
            limb.step(excitation)
            rows.append(excitation)
        made.append(np.array(rows))
    np.testing.assert_array_equal(*made)


def test_a_seed_is_a_person_on_a_day() -> None:
    first, again, other = (session(person(seed), Obedient(), 4) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_they_give_up_a_limb_that_does_nothing() -> None:
    user, limb = person(traits=Traits(patience_s=4.0)), Obedient(full_deg_s=0.0)
    trial(user, limb, goal(40.0, 45.0), 10.0, limit_s=5.0)
    assert user.gave_up
    still = user.step(16.0, LimbState(16.0, tuple(limb.at)))
    assert still.max() < 0.1  # nobody relaxes all the way


def test_a_long_effort_tires_them_and_rest_mends_it() -> None:
    user, limb = person(traits=Traits(patience_s=1e6, unlike=0.0)), Obedient(full_deg_s=0.0)
    user.want(Goal({}, {}, "", "power"), 10.0)
    level = []
    for k in range(20_000):
        t_s = 10.0 + k * STEP_S
        level.append(user.step(t_s, LimbState(t_s, tuple(limb.at)))[3])
    assert np.mean(level[-2000:]) < 0.8 * np.mean(level[500:2500])
    user.want(None, 210.0)
    for k in range(60_000):
        t_s = 210.0 + k * STEP_S
        user.step(t_s, LimbState(t_s, tuple(limb.at)))
    user.want(Goal({}, {}, "", "power"), 810.0)
    rested = []
    for k in range(3000):
        t_s = 810.0 + k * STEP_S
        rested.append(user.step(t_s, LimbState(t_s, tuple(limb.at)))[3])
    assert np.mean(rested[500:2500]) > 0.95 * np.mean(level[500:2500])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_excitation_is_always_0_to_1(seed: int) -> None:
    user, limb = person(seed, drawn(seed)), Obedient()
    user.want(goal(-45.0, 85.0), 10.0)
    for k in range(200):
        t_s = 10.0 + k * STEP_S
        excitation = user.step(t_s, LimbState(t_s, tuple(limb.at)))
        assert ((excitation >= 0.0) & (excitation <= 1.0)).all()
        limb.step(excitation)
