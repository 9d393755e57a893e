"""What a wearer is asked to do in a recalibration, and when; which samples then count as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.movements import REST

COUNTDOWN_S = 3.0
"""Before anything is asked, or moves by itself."""
HOLD_S, REST_S = 2.5, 1.2
"""Ours: six movements, each twice, and the countdown in 50 s; some 1.9 s of each hold and 0.5 s of each rest
are left once the muscles have followed."""
PASSES = 2
_FROM_S = {False: 0.6, True: 0.65}
"""Unlabelled after a prompt (of rest: True): reaction and rise, or fall, of effort (`sim.schedule`)."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to do.

    Attributes:
        movement: name of a class of the model, "rest" included.
        start_s: from the end of the countdown.
        duration_s: how long.
        rep: which pass, from 0.
    """

    movement: str
    start_s: float
    duration_s: float
    rep: int

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.duration_s


def prompts_for(classes: Sequence[str]) -> tuple[Prompt, ...]:
    """Two passes through all movements of the model, with rest before the first and after each.

    The second pass goes backwards: who follows every prompt one prompt late does not do the same twice.
    """
    moves = [name for name in classes if name != REST]
    made: list[Prompt] = []
    t_s = 0.0
    for rep in range(PASSES):
        order = moves if rep % 2 == 0 else moves[::-1]
        for name, duration_s in ((REST, REST_S), *((m, d) for n in order for m, d in _one(n))):
            made.append(Prompt(name, t_s, duration_s, rep))
            t_s += duration_s
    return tuple(made)


def _one(name: str) -> tuple[tuple[str, float], tuple[str, float]]:
    return (name, HOLD_S), (REST, REST_S)


def lasts_s(prompts: Sequence[Prompt]) -> float:
    """With the countdown."""
    return COUNTDOWN_S + prompts[-1].end_s


def labelled(
    t_s: NDArray[np.float64], prompts: Sequence[Prompt], classes: Sequence[str]
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """(class, pass) of samples; -1 where nothing can be said.

    Args:
        t_s: [n] of the samples, from the end of the countdown.
        prompts: in order.
        classes: of the model.
    """
    starts = np.array([prompt.start_s for prompt in prompts])
    which = np.clip(np.searchsorted(starts, t_s, side="right") - 1, 0, len(prompts) - 1)
    since_s = t_s - starts[which]
    lasts = np.array([prompt.duration_s for prompt in prompts])[which]
    late = np.array([_FROM_S[prompt.movement == REST] for prompt in prompts])[which]
    index = np.array([classes.index(prompt.movement) for prompt in prompts], np.int16)[which]
    rep = np.array([prompt.rep for prompt in prompts], np.int16)[which]
    label = np.where((since_s >= late) & (since_s < lasts), index, np.int16(-1))
    return label.astype(np.int16), rep
