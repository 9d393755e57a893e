"""Does a recalibration help, and is a wrong one refused? Virtual people, a minute of prompts, and the TAC
test before and after: after a drift of their electrodes, after none, and when prompts were not followed.

`python -m innervate.benchmarks.recalibration --people 20`. Every person has one model and one minute per
case; the same tests, with the same noise, go before and after. The bounds in `calibration.recalibration` were
looked at on people 1 to 8, so these begin at 101.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..app.closed.assessing import movements_of, task_of
from ..app.closed.fitted import Worn, calibrated
from ..app.closed.run import run_trials
from ..calibration.prompts import Prompt, labelled, prompts_for
from ..calibration.recalibration import Verdict, judge, passes_of
from ..calibration.tasks.task import figures_of
from ..core.movements import REST
from ..sim.anatomy import PRESETS
from ..sim.disturbances.disturbed import Disturbed
from ..sim.disturbances.table import Setting, parse
from ..sim.schedule import Cue
from ..sim.simulate import simulate_recording
from ..sim.user.traits import drawn

DRIFTS = ("shift=15mm", "rotation=20deg", "day={day}", "shift=-15mm", "rotation=-20deg")
"""What befell the electrodes, in turn; a person's day is one of theirs."""
WRONG = ("shuffled", "exchanged", "late", "one movement", "nothing")
_LEVEL = "transradial"
_EFFORT = 0.6
_LATE_S = 1.5
_MINUTE, _TEST = 5, 6
"""Sessions: of the recalibration, and of the tests."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Case:
    """One minute of one person."""

    name: str
    how: str
    drift: str


def cues_of(prompts: Sequence[Prompt], how: str, seed: int) -> list[Cue]:
    """What a person makes of the prompts.

    Args:
        prompts: of the minute.
        how: "right", or one of `WRONG`. shuffled: another movement by chance each time; exchanged: two have
            changed places all the time; late: 1.5 s; one movement: always the same; nothing: rest.
        seed: of what is by chance.
    """
    rng = np.random.default_rng([seed, 41])
    moves = list(dict.fromkeys(prompt.movement for prompt in prompts if prompt.movement != REST))
    one, other = rng.permutation(len(moves))[:2].tolist()
    swapped = {moves[one]: moves[other], moves[other]: moves[one]}
    made = []
    for prompt in prompts:
        rests = prompt.movement == REST
        cue = Cue(prompt.movement, prompt.start_s, prompt.duration_s, 0.0 if rests else _EFFORT, prompt.rep)
        if not rests:
            match how:
                case "shuffled":
                    cue = replace(cue, made=moves[int(rng.integers(len(moves)))])
                case "exchanged":
                    cue = replace(cue, made=swapped.get(prompt.movement, ""))
                case "late":
                    cue = replace(cue, late_s=_LATE_S)
                case "one movement":
                    cue = replace(cue, made=moves[one])
                case "nothing":
                    cue = replace(cue, level=0.0)
        made.append(cue)
    return made


def minute(worn: Worn, how: str, drift: Sequence[Setting]) -> Verdict:
    """One recalibration of one person."""
    prompts = prompts_for(worn.model.classes)
    patient = Disturbed(worn.body, worn.rate_hz, worn.seed, disturbances=drift, use=_MINUTE)
    cues = cues_of(prompts, how, worn.seed)
    emg = simulate_recording(patient, cues, worn.seed * 1000 + _MINUTE).emg
    label, rep = labelled(np.arange(len(emg)) / worn.rate_hz, prompts, worn.model.classes)
    return judge(worn.model, passes_of(worn.model, emg, label, rep, np.zeros(len(emg), np.int16)))


def tac(worn: Worn, drift: Sequence[Setting], trials: int, seed: int) -> float:
    """Share of postures that the person reaches in time."""
    muscles = Disturbed(worn.body, worn.rate_hz, worn.seed, disturbances=drift, use=_TEST)
    loop, user = worn.closed_loop(drawn(worn.seed), use=_TEST, muscles=muscles)
    task = task_of("tac", 1, worn.parts, worn.model.classes)
    outcomes = run_trials(loop, user, task.trials(trials, seed), worn.model.classes)
    return float(figures_of(outcomes)["completed"] or 0.0)


def person(seed: int, trials: int) -> list[dict[str, Any]]:
    """All cases of one person: name, how, drift, outcome, why, TAC before and after."""
    movements = movements_of("tac", _LEVEL)
    worn = calibrated(PRESETS[_LEVEL], _LEVEL, seed, movements)
    drift = DRIFTS[seed % len(DRIFTS)].format(day=1 + seed)
    cases = [_Case("drift", "right", drift), _Case("none", "right", "")]
    # Half of the wrong ones after a drift: then the old model is of less help in telling them.
    cases += [_Case("wrong", how, drift if (seed + number) % 2 else "") for number, how in enumerate(WRONG)]
    before: dict[str, float] = {}
    found = []
    for case in cases:
        settings = (parse(case.drift),) if case.drift else ()
        if case.drift not in before:
            before[case.drift] = tac(worn, settings, trials, seed)
        verdict = minute(worn, case.how, settings)
        after = before[case.drift]
        if verdict.model is not None:
            after = tac(replace(worn, model=verdict.model), settings, trials, seed)
        found.append(
            {
                "case": case.name,
                "how": case.how,
                "drift": case.drift,
                "outcome": verdict.outcome,
                "why": verdict.why,
                "tac_before": before[case.drift],
                "tac_after": after,
            }
        )
    return found


def run(
    people: int = 20, trials: int = 8, seed: int = 101, progress: Progress | None = None
) -> dict[str, Any]:
    """The recalibration part of `innervate bench calibration`, JSON values.

    Args:
        people: virtual ones, numbered from `seed` on.
        trials: postures of each test.
        seed: of the first.
        progress: told after each person.

    Returns:
        `drift`, `none`, `wrong`: `tac_before` and `tac_after` (mean share of postures reached), what came of
        them, and of those that were taken the same two figures; `wrong_refused`: share of the wrong ones
        that were refused, and `wrong_taken`; by how they were wrong too.
    """
    rows: list[dict[str, Any]] = []
    for number in range(people):
        rows += person(seed + number, trials)
        if progress is not None:
            progress(number + 1, people)
    wrong = [row for row in rows if row["case"] == "wrong"]
    return {
        "simulated": True,
        "people": people,
        "trials": trials,
        **{
            name: _together([row for row in rows if row["case"] == name])
            for name in ("drift", "none", "wrong")
        },
        "wrong_refused": _share(wrong, "refused"),
        "wrong_taken": _share(wrong, "taken"),
        "wrong_refused_by_how": {
            how: _share([r for r in wrong if r["how"] == how], "refused") for how in WRONG
        },
        "rows": rows,
    }


def _share(rows: Sequence[dict[str, Any]], outcome: str) -> float:
    return float(np.mean([row["outcome"] == outcome for row in rows]))


def _together(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    taken = [row for row in rows if row["outcome"] == "taken"]
    return {
        **_means(rows),
        "outcomes": dict(sorted(Counter(f"{row['outcome']}: {row['why']}" for row in rows).items())),
        "taken": {"n": len(taken), **_means(taken)},
    }


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    return {
        name: round(float(np.mean([row[name] for row in rows])), 4) if rows else None
        for name in ("tac_before", "tac_after")
    }


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--seed", type=int, default=101)
    asked = parser.parse_args()
    print(json.dumps(run(asked.people, asked.trials, asked.seed), indent=1))


if __name__ == "__main__":
    main()
