"""How far reversals within a second, which need no labels, say how often a limb does what was not meant.

`python -m innervate.benchmarks.home_log --people 20`. Virtual people do the TAC test with their own model,
each without and with something that befell their electrodes. Beside the home log's count stands the truth,
which only a simulation knows: the share of decisions that drove the limb otherwise than the person meant
within the last 0.4 s. The correlations are over people and conditions, and over conditions within people.
"""

from __future__ import annotations

import argparse
import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..app.closed.assessing import movements_of, task_of
from ..app.closed.fitted import Worn, calibrated
from ..app.closed.loop import ClosedLoop, Tick
from ..app.closed.run import run_trials
from ..calibration.homelog import UseCounter
from ..sim.anatomy import PRESETS
from ..sim.disturbances.disturbed import Disturbed
from ..sim.disturbances.table import parse
from ..sim.user.person import SimulatedUser
from ..sim.user.traits import drawn

BEFELL = ("", "rotation={deg:.0f}deg", "shift={mm:.0f}mm")
LABEL_FREE = ("reversals_a_movement", "reversals_an_hour", "reversals_a_minute_driven", "movements_an_hour")
"""What a home log can know."""
_MOST_DEG, _MOST_MM = 30.0, 20.0
_LEVEL = "transradial"
_MEANT_S = 0.4
"""Window, hop and reaction of the decoder: what was meant until so long ago is not wrong. Ours."""
_STEP_S = 0.010
_USE = 7
_RESAMPLED = 2000

Progress = Callable[[int, int], None]


class Heard:
    """A closed loop whose decisions are taken down beside what the person means."""

    def __init__(self, loop: ClosedLoop, user: SimulatedUser, classes: Sequence[str]) -> None:
        self._loop, self._user, self._classes = loop, user, list(classes)
        self._meant: deque[str] = deque(maxlen=round(_MEANT_S / _STEP_S))
        self._counter = UseCounter(classes)
        self.driven = self.wrong = self.steps = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    @property
    def movements(self) -> int:
        """As the home log counts them."""
        return self._counter.movements

    @property
    def reversals(self) -> int:
        """As the home log counts them."""
        return self._counter.reversals

    def step(self) -> Tick:
        """As the loop's."""
        tick = self._loop.step()
        self.steps += 1
        self._meant.append(self._user.movement)
        for step in tick.steps:
            driven = step.shaped.speed > 0.0
            index = step.shaped.class_index
            self._counter.push(np.array([tick.t_s]), np.array([index]), np.array([driven]))
            if driven:
                self.driven += 1
                self.wrong += self._classes[index] not in self._meant
        return tick


def used(worn: Worn, befell: str, trials: int, seed: int) -> dict[str, Any]:
    """One person in one condition."""
    settings = (parse(befell),) if befell else ()
    muscles = Disturbed(worn.body, worn.rate_hz, worn.seed, disturbances=settings, use=_USE)
    loop, user = worn.closed_loop(drawn(worn.seed), use=_USE, muscles=muscles)
    heard = Heard(loop, user, worn.model.classes)
    task = task_of("tac", 1, worn.parts, worn.model.classes)
    outcomes = run_trials(cast(ClosedLoop, heard), user, task.trials(trials, seed), worn.model.classes)
    return {
        "person": worn.seed,
        "befell": befell,
        "completed": float(np.mean([outcome.completed for outcome in outcomes])),
        "movements": heard.movements,
        "reversals": heard.reversals,
        "reversals_a_movement": heard.reversals / max(heard.movements, 1),
        "reversals_an_hour": heard.reversals / (heard.steps * _STEP_S) * 3600.0,
        "reversals_a_minute_driven": heard.reversals / max(heard.driven * _STEP_S / 60.0, _STEP_S),
        "movements_an_hour": heard.movements / (heard.steps * _STEP_S) * 3600.0,
        "true_error": heard.wrong / max(heard.driven, 1),
    }


def run(
    people: int = 20, trials: int = 12, seed: int = 201, *, progress: Progress | None = None
) -> dict[str, Any]:
    """The whole report, JSON values.

    Args:
        people: virtual ones, numbered from `seed` on.
        trials: postures in each condition.
        seed: of the first.
        progress: told after each person.
    """
    rows = []
    for number in range(people):
        who = seed + number
        rng = np.random.default_rng([who, 43])
        amounts = {"deg": rng.uniform(-_MOST_DEG, _MOST_DEG), "mm": rng.uniform(-_MOST_MM, _MOST_MM)}
        worn = calibrated(PRESETS[_LEVEL], _LEVEL, who, movements_of("tac", _LEVEL))
        rows += [used(worn, form.format(**amounts), trials, who) for form in BEFELL]
        if progress is not None:
            progress(number + 1, people)
    names = (*LABEL_FREE, "true_error", "completed")
    columns = {name: np.array([row[name] for row in rows]) for name in names}
    truth, done = columns["true_error"], columns["completed"]
    return {
        "simulated": True,
        "people": people,
        "trials": trials,
        **{name: _spread(columns[name]) for name in (*LABEL_FREE, "true_error")},
        "with_true_error": {name: _together(columns[name], truth, people) for name in LABEL_FREE},
        "with_completion": {name: _together(columns[name], done, people) for name in LABEL_FREE},
        "rows": rows,
    }


def _together(told: NDArray[np.float64], truth: NDArray[np.float64], people: int) -> dict[str, Any]:
    """Over all, and of each person's conditions about their own mean."""
    inside = [one.reshape(people, -1) for one in (told, truth)]
    own = [(one - one.mean(axis=1, keepdims=True)).ravel() for one in inside]
    return {
        "pearson": _with_interval(told, truth, people),
        "spearman": _with_interval(_ranks(told), _ranks(truth), people),
        "within_people": _with_interval(own[0], own[1], people),
    }


def _spread(values: NDArray[np.float64]) -> dict[str, float]:
    quarters = np.quantile(values, (0.0, 0.25, 0.5, 0.75, 1.0))
    names = ("least", "quarter", "median", "three_quarters", "most")
    return {name: round(float(value), 4) for name, value in zip(names, quarters, strict=True)}


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean ranks, ties shared."""
    _, where, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    made: NDArray[np.float64] = (last - (count - 1) / 2.0)[where]
    return made


def _with_interval(a: NDArray[np.float64], b: NDArray[np.float64], people: int) -> dict[str, float]:
    """Correlation, and its 95 % interval over people drawn anew with all their conditions."""
    rng = np.random.default_rng(47)
    rows = np.arange(len(a)).reshape(people, -1)
    again = [rows[who].ravel() for who in rng.integers(people, size=(_RESAMPLED, people))]
    low, high = np.nanquantile([_correlation(a[which], b[which]) for which in again], (0.025, 0.975))
    return {"r": round(_correlation(a, b), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if a.std() == 0.0 or b.std() == 0.0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--seed", type=int, default=201)
    asked = parser.parse_args()
    print(json.dumps(run(asked.people, asked.trials, asked.seed), indent=1))


if __name__ == "__main__":
    main()
