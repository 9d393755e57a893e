"""What a worn limb makes of other days: windows unlike training, which it does not act on, knocks and steps,
and turns about the limb, which it follows; by `Runtime`, as the loop runs it, on recorded EMG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ..calibration.evaluation.bench import Bench, make_bench, person_id
from ..calibration.evaluation.options import EvaluateOptions
from ..calibration.evaluation.run import chosen_files
from ..calibration.evaluation.splits import position_group
from ..calibration.evaluation.use import LOSING, use_pairs
from ..calibration.recipes import recipe
from ..calibration.train import train
from ..controller.intent import IntentShaper
from ..controller.settings import ShapingSettings
from ..core.errors import RecordingError
from ..core.movements import REST
from ..core.profile import Control
from ..core.state import Reason
from ..drivers.recordings.formats import read
from ..drivers.recordings.npz import Recording
from ..models.design import design_pipeline
from ..models.model import Model
from ..models.runtime import Runtime
from .disturbances import DISTURBANCES, Place
from .timing import one_thread, quantiles_us, seconds_of

INCREMENT_MS, FOLLOWED_EVERY_MS = 10.0, 50.0
"""Following a day takes long; decisions a fifth as often learn the same."""
LIMITS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
LIMIT = Control().outlier_limit
REST_S = 0.5
"""Of rest before each movement of a followed day, as nothing comes into force without."""
SWAPS = 1000

_COSTS = ("plain_us", "adapting_us", "swap_us")
_GROUPS = {
    "": "other condition",
    "same_position": "other day, same position",
    "other_position": "other position",
}

Rows = list[dict[str, Any]]
Ints = NDArray[np.int64]


def run(path: Path, progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Measure on recordings of several days.

    Args:
        path: a recording or a folder of them.
        progress: told what is being measured.

    Returns:
        JSON values: `limit` (in use by default), `days[].{person, group, windows, over, worst_day}` (share of
        windows over each of `LIMITS`; share over `limit` on the worst day), `disturbed[].{person,
        disturbance, held, right, wrong, right_unlimited, wrong_unlimited}` (share of increments held for the
        outlier score alone; mean speed of right and of wrong movements, of full speed, with the limit and
        without one), `followed[].{person, group, pairs, active_recall, unadapted, rest_recall,
        rest_unadapted, losing}`, `cost[].{person, channels, plain_us, adapting_us, swap_us}`, each
        `.{p50, p99}`: an increment through `Runtime`, back to back, without and with following, and what
        it takes to believe in another turn.

    Raises:
        RecordingError: nothing to read, or one condition only.
    """
    tell = progress or (lambda _what: None)
    days: Rows = []
    disturbed: Rows = []
    followed: Rows = []
    cost: Rows = []
    for file in chosen_files(path):
        bench = make_bench(read(file), recipe("default"), EvaluateOptions())
        person = person_id(bench.recording)
        parts = ((days, _days), (disturbed, _disturbed), (followed, _followed), (cost, _cost))
        for rows, measure in parts:
            tell(f"{person}: {measure.__name__.strip('_')}")
            rows += [{"person": person, **row} for row in measure(bench)]
    return {
        "benchmark": "use",
        "limit": LIMIT,
        "limits": list(LIMITS),
        "days": days,
        "disturbed": disturbed,
        "followed": followed,
        "cost": cost,
    }


def show(console: Console, report: dict[str, Any]) -> None:
    """Print what `run` found."""
    table = Table("windows above", "person", *(f"{limit:g}" for limit in report["limits"]), "worst day")
    for row in report["days"]:
        cells = (f"{share:.2%}" for share in (*row["over"], row["worst_day"]))
        table.add_row(row["group"], row["person"], *cells)
    console.print(table)
    table = Table("disturbance", "person", "unfamiliar", "right speed", "without", "wrong speed", "without")
    for row in report["disturbed"]:
        keys = ("held", "right", "right_unlimited", "wrong", "wrong_unlimited")
        table.add_row(row["disturbance"], row["person"], *(f"{row[key]:.1%}" for key in keys))
    console.print(table)
    table = Table(
        "followed in use", "person", "pairs", "active recall", "unadapted", "rest", "unadapted", "losing"
    )
    for row in report["followed"]:
        keys = ("active_recall", "unadapted", "rest_recall", "rest_unadapted", "losing")
        table.add_row(row["group"], row["person"], str(row["pairs"]), *(f"{row[key]:.3f}" for key in keys))
    console.print(table)
    for row in report["cost"]:
        words = (f"{key.removesuffix('_us')} {row[key]['p50']:.0f} / {row[key]['p99']:.0f}" for key in _COSTS)
        console.print(f"{row['person']}, {row['channels']} channels, p50 / p99 us: {', '.join(words)}")


def _grouped(bench: Bench) -> dict[str, list[tuple[int, int]]]:
    """Pairs (trained, tested) of conditions by how they differ."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for pair in use_pairs(bench, other_position=False):
        groups.setdefault(_GROUPS[position_group(bench, *pair)], []).append(pair)
    return dict(sorted(groups.items()))


def _trained(bench: Bench) -> list[int]:
    """Conditions that are trained on, each once."""
    return list(dict.fromkeys(trained for trained, _ in use_pairs(bench, other_position=False)))


def _days(bench: Bench) -> Iterator[dict[str, Any]]:
    """Windows that hold one class, by the evaluation's score."""
    within = []
    for trained in _trained(bench):
        rows = bench.condition(trained)
        last = bench.windows.rep == bench.windows.rep[rows].max()
        within.append(bench.fit(rows & ~last).outlier(bench.windows.where(rows & last & bench.scored)))
    yield _over("within a day", within)
    for group, pairs in _grouped(bench).items():
        scores = [
            bench.fit(bench.condition(a)).outlier(bench.windows.where(bench.condition(b) & bench.scored))
            for a, b in pairs
        ]
        yield _over(group, scores)


def _over(group: str, scores: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    together = np.concatenate(scores)
    return {
        "group": group,
        "windows": len(together),
        "over": [float((together > limit).mean()) for limit in LIMITS],
        "worst_day": max(float((day > LIMIT).mean()) for day in scores),
    }


def _model(recording: Recording, increment_ms: float) -> Model:
    return train(
        [recording], design_pipeline(recording.fs, recording.channels, increment_ms, unit=recording.unit)
    )


def _disturbed(bench: Bench) -> Iterator[dict[str, Any]]:
    """The last repetition of a day, trial after trial without a break, by a model of the others."""
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in DISTURBANCES}
    for trained in _trained(bench):
        day = bench.recording.select(cond=trained)
        last = day.rep == day.rep.max()
        model, played = _model(day.rows(~last), INCREMENT_MS), day.rows(last & (day.label >= 0))
        strongest = np.array(model.settings.active_rms)
        for name, disturb in DISTURBANCES.items():
            at = Place(day.fs, strongest, np.random.default_rng(trained))
            emg = disturb(played.emg.astype(np.float64), at).astype(np.float32)
            damaged = replace(played, emg=emg)
            parts = [_driven(model, damaged, LIMIT), _driven(model, damaged, 0.0)[1:]]
            found[name].append(np.concatenate(parts))
    keys = ("held", "right", "wrong", "right_unlimited", "wrong_unlimited")
    for name, rows in found.items():
        yield {"disturbance": name, **dict(zip(keys, np.mean(rows, axis=0).tolist(), strict=True))}


def _driven(model: Model, played: Recording, limit: float) -> NDArray[np.float64]:
    """[3]: share of increments held as unfamiliar; mean speed of right movements and of wrong ones, of full
    speed, after rejection and ramp: what the limb gets."""
    runtime = Runtime(model, outlier_limit=limit)
    # Recordings of others call rest what they like.
    names = tuple(REST if k == model.rest_class else name for k, name in enumerate(model.classes))
    shaper = IntentShaper(names, runtime.increment_s, ShapingSettings(), model.thresholds)
    asked, found = _asked(model, played), []
    for decided in runtime.push(played.emg):
        if not decided.frame.ready:
            continue
        best, odd = decided.class_index, decided.trusted and decided.unfamiliar
        if decided.trusted and not odd:
            effort = runtime.effort(decided, best)
            shaped = shaper.update(best, float(decided.posterior[best]), effort)
        else:
            shaped = shaper.hold(Reason.UNFAMILIAR if odd else Reason.CONTACT)
        right = shaped.class_index == asked[decided.frame.end_index]
        found.append((odd, shaped.speed * right, shaped.speed * (not right)))
    made: NDArray[np.float64] = np.mean(np.array(found, np.float64), axis=0)
    return made


def _asked(model: Model, played: Recording) -> Ints:
    """[samples] the model's class of each label; -1 for one it does not know."""
    known = [model.classes.index(name) if name in model.classes else -1 for name in played.classes]
    return np.array(known, np.int64)[played.label]


def _followed(bench: Bench) -> Iterator[dict[str, Any]]:
    """Days in equal use: every trial once in an order by chance, and rest before each."""
    for group, pairs in _grouped(bench).items():
        rows = []
        models: dict[int, Model] = {}
        for trained, tested in pairs:
            if trained not in models:
                models[trained] = _model(bench.recording.select(cond=trained), FOLLOWED_EVERY_MS)
            day = _day_of_use(bench, tested, np.random.default_rng([trained, tested]))
            figures = [_recalls(models[trained], day, adapt) for adapt in (True, False)]
            rows.append(np.concatenate(figures))
        active, rest, before, rest_before = np.mean(rows, axis=0).tolist()
        yield {
            "group": group,
            "pairs": len(rows),
            "active_recall": active,
            "unadapted": before,
            "rest_recall": rest,
            "rest_unadapted": rest_before,
            "losing": float(np.mean([row[0] < row[2] - LOSING for row in rows])),
        }


def _day_of_use(bench: Bench, cond: int, rng: np.random.Generator) -> Recording:
    day = bench.recording.select(cond=cond)
    day = day.rows(day.label >= 0)
    edges = np.flatnonzero(np.diff(day.label) | np.diff(day.rep) | np.diff(day.rec)) + 1
    trials = np.split(np.arange(len(day.label)), edges)
    rests = [trial[: round(REST_S * day.fs)] for trial in trials if day.label[trial[0]] == bench.rest]
    if not rests:
        raise RecordingError(f"{bench.recording.name}: condition {cond} has no rest to begin movements from")
    order: list[NDArray[np.intp]] = []
    for number in rng.permutation(len(trials)):
        order += [rests[int(rng.integers(len(rests)))], trials[number]]
    rows = np.concatenate(order)
    return replace(
        day, **{name: getattr(day, name)[rows] for name in ("emg", "label", "rep", "cond", "rec")}, cue=None
    )


def _recalls(model: Model, day: Recording, adapt: bool) -> NDArray[np.float64]:
    """[2] active recall and rest recall over windows that hold one class."""
    decided = Runtime(model, adapt, LIMIT).push(day.emg)
    asked = _asked(model, day)
    since = np.maximum.accumulate(np.where(np.diff(asked, prepend=-2) != 0, np.arange(len(asked)), 0))
    ends = np.array([d.frame.end_index for d in decided])
    whole = since[ends] <= ends - model.settings.window_samples + 1
    said, right = np.array([d.class_index for d in decided]), asked[ends]
    recalls = {
        int(k): float((said[whole & (right == k)] == k).mean()) for k in np.unique(right[whole]) if k >= 0
    }
    rest = recalls.pop(model.rest_class)
    return np.array([np.mean(list(recalls.values())), rest])


def _cost(bench: Bench) -> Iterator[dict[str, Any]]:
    """Of the first condition, played to a model of its own, with one thread."""
    day = bench.recording.select(cond=bench.conditions[0])
    model = _model(day, INCREMENT_MS)
    step, found = model.settings.increment_samples, {}
    with one_thread():
        for key, adapt in (("plain_us", False), ("adapting_us", True)):
            runtime = Runtime(model, adapt, LIMIT)

            def increment(i: int, runtime: Runtime = runtime) -> None:
                runtime.push(day.emg[i * step : (i + 1) * step])

            found[key] = quantiles_us([seconds_of(increment, i) for i in range(len(day.emg) // step)])
        turn = np.roll(model.decoder.penalties, 1)
        found["swap_us"] = quantiles_us(
            [seconds_of(lambda _i: model.decoder.turned(turn), i) for i in range(SWAPS)]
        )
    yield {"channels": day.emg.shape[1], **found}
