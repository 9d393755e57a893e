"""Trials of a task in a closed loop, one after another."""

from __future__ import annotations

from collections.abc import Sequence

from ...calibration.tasks.task import Outcome, Sight, Trial
from ...sim.user.person import SimulatedUser
from .loop import ClosedLoop

PAUSE_S = 1.0
"""Between two trials the person relaxes: what was decided before has died away."""


def run_trials(
    loop: ClosedLoop, user: SimulatedUser, trials: Sequence[Trial], classes: Sequence[str]
) -> list[Outcome]:
    """Each trial from its own start; one that the person gives up is over with what its task says of it.

    Args:
        classes: the decider's, for the names of what it acted on.
    """
    return [_run(loop, user, trial, classes) for trial in trials]


def _run(loop: ClosedLoop, user: SimulatedUser, trial: Trial, classes: Sequence[str]) -> Outcome:
    user.want(None, loop.t_s)
    rested_s = loop.t_s + PAUSE_S
    while loop.t_s < rested_s:
        loop.step()
    joints = loop.joints
    loop.place(
        tuple(
            trial.start_deg.get(name, deg) for name, deg in zip(joints, loop.limb.position_deg, strict=True)
        )
    )
    shown = trial.goal
    user.want(shown, loop.t_s)
    start_s = loop.t_s
    movement, speed = "rest", 0.0
    while True:
        if trial.goal is not shown:
            shown = trial.goal
            (user.aim if trial.moving else user.want)(shown, loop.t_s)
        tick = loop.step()
        if tick.steps:
            newest = tick.steps[-1].shaped
            movement, speed = classes[newest.class_index], newest.speed
        outcome = trial.see(Sight(tick.t_s - start_s, tick.limb, movement, speed, tick.loaded_s))
        if outcome is not None:
            return outcome
