"""A closed loop for three seconds; run by itself it prints the hash of all that it decided and did."""

from __future__ import annotations

import hashlib

import numpy as np
from innervate.app.closed.fitted import Worn, calibrated
from innervate.app.closed.loop import Tick
from innervate.core.goal import Goal
from innervate.sim.anatomy import HAND


def person() -> Worn:
    return calibrated(HAND, "transradial", 4)


def ticks(worn: Worn, n: int = 300, delay_s: float = 0.0) -> list[Tick]:
    """They make a power grip, whatever they see."""
    loop, user = worn.closed_loop(delay_s=delay_s)
    user.want(Goal({"index": 70.0}, {"index": 5.0}, "", "power"), loop.t_s)
    return [loop.step() for _ in range(n)]


def told(worn: Worn) -> str:
    """Every decision, command and joint angle, to the last bit."""
    said = hashlib.sha256()
    for tick in ticks(worn):
        said.update(np.array(tick.limb.position_deg).tobytes())
        said.update(np.array([*tick.command.target_deg, *tick.command.rate_deg_s]).tobytes())
        for step in tick.steps:
            said.update(step.decided.posterior.tobytes())
    return said.hexdigest()


if __name__ == "__main__":
    print(told(person()))
