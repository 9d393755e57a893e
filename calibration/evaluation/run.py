"""One person in, figures out; and those of many people together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.clock import stopwatch
from ...core.errors import InnervateError, RecordingError
from ...drivers.recordings.formats import find, read
from ..recipes import recipe
from .bench import Bench, make_bench, person_id, rebench
from .faults import with_faults
from .measures import FIGURES, average, less
from .options import EvaluateOptions
from .resting import KEYS, rest_identifies
from .splits import by_condition, by_repetition, chronological, recalibrated
from .subjects import leave_out
from .transitions import joined_streams, score_stream
from .use import LOSING, adapted, don_check, don_figures

Progress = Callable[[str, float], None]
"""Called with what is being worked on and the share done, 0 to 1."""

_GAINS = ("gain", "rest_gain", "losing_share")
_NESTED = (
    *("beside", "gain_over_beside", "unadapted", "before"),
    *("intact", "difference", "notice", "recalibration_s"),
)
_SHORT = (*FIGURES, *_GAINS, "unadapted", "before", "intact", "difference", "groups", "don")

SPLIT: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "repetition": by_repetition,
    "condition": by_condition,
    "chronological": chronological,
    "recalibrated": recalibrated,
    "adapted": adapted,
    "don": don_check,
}


def evaluate_person(path: Path, options: EvaluateOptions, others: Sequence[Path] = ()) -> dict[str, Any]:
    """One person's figures: JSON values. The same arguments give the same values, times apart.

    Args:
        path: the recording to test on.
        options: what to do.
        others: recordings of other people, which split `subject` trains on.

    Returns:
        `id`, `classes`, `confusion`, `windows`, the figures of `measures.FIGURES`, and what the split adds
        (`pairs`, `groups`, `tested`, ...; for `repetition` those of `rest_identifies`); with `beside` that
        decoder's figures under it, and `gain_over_beside`; with `options.stream` what `score_stream` gives,
        as `stream`.

    Raises:
        RecordingError: it cannot be read, or has not what the split needs.
    """
    recording = read(path)
    bench = make_bench(recording, recipe(options.decoder), options)
    people = [read(other) for other in others] if options.split == "subject" else []

    def one(bench: Bench) -> dict[str, Any]:
        if options.split == "subject":
            return with_faults(bench, lambda b: leave_out(b, people))
        return with_faults(bench, SPLIT[options.split])

    found = {"id": person_id(recording), **one(bench)}
    if options.split == "repetition":
        found |= rest_identifies(bench)
    if options.stream:
        found["stream"] = score_stream(bench)
    if options.beside:
        reference = one(rebench(bench, recipe(options.beside)))
        found["beside"] = {"decoder": options.beside, **{k: reference[k] for k in _SHORT if k in reference}}
        found["gain_over_beside"] = less(found, reference)
        for name, group in found.get("groups", {}).items():
            group["gain_over_beside"] = less(group, reference["groups"][name])
    return found


def summarise(
    people: Sequence[dict[str, Any]], failed: Sequence[dict[str, str]], options: EvaluateOptions
) -> dict[str, Any]:
    """Figures of several people together: JSON values.

    Args:
        people: what `evaluate_person` gave; at least one.
        failed: `id` and `error` of those that could not be scored.
        options: of the evaluation.

    Returns:
        `mean` (each figure, and `gain` and the like where people have them), `worst` (id and active recall),
        `groups`, `don`, `people`, `failed` and `options`.

    Raises:
        RecordingError: nobody could be scored.
    """
    if not people:
        why = failed[0]["error"] if failed else "nothing was given"
        raise RecordingError(f"none of {len(failed)} recordings can be scored: {why}")
    mean = average(people, (*FIGURES, *(k for k in (*_GAINS, *KEYS) if any(k in p for p in people))))
    nested: dict[str, Any] = {
        key: _mean_of([p[key] for p in people if key in p])
        for key in _NESTED
        if any(key in p for p in people)
    }
    if options.stream:
        nested["stream"] = joined_streams([p["stream"] for p in people])
    scored = [p for p in people if p["active_recall"] is not None]
    worst = min(scored, key=lambda p: float(p["active_recall"]), default=None)
    found = {
        "split": options.split,
        "decoder": options.decoder,
        "title": recipe(options.decoder).title,
        "feature_set": recipe(options.decoder).feature_set,
        "window_ms": options.window_ms,
        "scored_every_ms": options.increment_ms,
        "options": options.to_dict(),
        "mean": {**mean, **nested},
        "worst": None if worst is None else {key: worst[key] for key in ("id", "active_recall")},
    }
    group_names = sorted({name for p in people for name in p.get("groups", {})})
    if group_names:
        found["groups"] = {
            name: _mean_of([p["groups"][name] for p in people if name in p.get("groups", {})])
            for name in group_names
        }
    if options.split == "adapted":
        gains = [pair["gain"] for p in people for pair in p["pairs"] if pair["gain"] is not None]
        found["person_days"] = {
            "pairs": len(gains),
            "losing_share": sum(gain < -LOSING for gain in gains) / len(gains) if gains else None,
        }
    if options.split == "don":
        found["don"] = don_figures([pair for p in people for pair in p["pairs"]])
    return {**found, "people": list(people), "failed": list(failed)}


def evaluate(
    path: Path, options: EvaluateOptions, people: Sequence[str] = (), progress: Progress | None = None
) -> dict[str, Any]:
    """Score a recording, or every one of a folder; one that cannot be scored does not stop the others.

    Args:
        path: file or folder.
        options: what to do.
        people: only these, by the names of their files without ending; empty for all.
        progress: told (file, share done).

    Returns:
        As `summarise`, with `path` and `seconds`.

    Raises:
        RecordingError: nothing to read, somebody is not there, or no file can be scored.
    """
    recipe(options.decoder)
    if options.beside:
        recipe(options.beside)
    files = chosen_files(path, people)
    begun = stopwatch()
    done, failed = score_each(
        path,
        files,
        lambda file: evaluate_person(file, options, [other for other in files if other != file]),
        progress,
    )
    if progress:
        progress("done", 1.0)
    return {"path": str(path), **summarise(done, failed, options), "seconds": stopwatch() - begun}


def sweep(
    path: Path,
    options: EvaluateOptions,
    windows_ms: Sequence[float],
    increments_ms: Sequence[float],
    people: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """`evaluate` for every window with every increment, in the order of `sweep_options`."""
    tries = sweep_options(options, windows_ms, increments_ms)
    return [evaluate(path, each, people, progress) for each in tries]


def sweep_options(
    options: EvaluateOptions, windows_ms: Sequence[float], increments_ms: Sequence[float]
) -> list[EvaluateOptions]:
    """Options of every window with every increment."""
    return [
        replace(options, window_ms=window, increment_ms=increment)
        for window in windows_ms
        for increment in increments_ms
    ]


def score_each(
    path: Path,
    files: Sequence[Path],
    score: Callable[[Path], dict[str, Any]],
    progress: Progress | None,
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Score every recording; of several, one that cannot be scored does not stop the others.

    Returns:
        Figures of each person, and id and error of each that failed.

    Raises:
        InnervateError: the only one there is cannot be scored, or none of several can.
    """
    done: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for i, file in enumerate(files):
        if progress:
            progress(file.name, i / len(files))
        try:
            done.append(score(file))
        except InnervateError as error:
            if len(files) == 1:
                raise
            failed.append({"id": file.stem, "error": str(error)})
    if not done:
        raise RecordingError(f"{path}: none of {len(files)} recordings can be scored: {failed[0]['error']}")
    return done, failed


def chosen_files(path: Path, people: Sequence[str] = ()) -> list[Path]:
    """The recordings of a file or folder, or those of some people.

    Raises:
        RecordingError: there is none, or somebody is not there.
    """
    if not path.exists():
        raise RecordingError(f"{path}: no such recording, and no such folder")
    files = find(path) if path.is_dir() else [path]
    if not files:
        raise RecordingError(f"{path}: no recording in this folder")
    missing = sorted(set(people) - {file.stem for file in files})
    if missing:
        raise RecordingError(
            f"{path}: nobody called {missing[0]!r}", f"there are {', '.join(file.stem for file in files)}"
        )
    return [file for file in files if not people or file.stem in people]


def _mean_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over people of nested figures: every key that holds numbers or more of the same."""
    found: dict[str, Any] = {}
    for key in rows[0]:
        values = [row[key] for row in rows if row.get(key) is not None]
        if values and all(isinstance(v, dict) for v in values):
            found[key] = _mean_of(values)
        elif values and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
            found[key] = sum(values) / len(values)
    return found
