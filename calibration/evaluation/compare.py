"""Decoders side by side on the same people, each against the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.clock import stopwatch
from ...core.errors import InnervateError, RecordingError
from ..recipes import recipe
from .options import EvaluateOptions
from .paired import paired
from .run import chosen_files, evaluate_person, summarise


def compare(
    path: Path,
    decoders: Sequence[str],
    options: EvaluateOptions,
    people: Sequence[str] = (),
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, Any]:
    """Evaluate several decoders; somebody whom one of them cannot score is left out of all.

    Args:
        path: file or folder.
        decoders: at least two keys of `RECIPES`; the first is what the others are compared with.
        options: of the evaluation; its `decoder` is not looked at.
        people: only these, by the names of their files without ending; empty for all.
        progress: told (what is evaluated, share done).

    Returns:
        `decoders`: per decoder as `summarise`, and for all but the first `against_first`: active and rest
        recall by `paired.paired`; `people` ids, `failed`, `seconds`.

    Raises:
        RecordingError: fewer than two decoders, one that is not known or named twice, or nobody to score.
    """
    if len(decoders) < 2 or len(set(decoders)) != len(decoders):
        raise RecordingError(f"decoders {', '.join(decoders) or 'none'}", "give at least two, each once")
    for name in decoders:
        recipe(name)
    begun = stopwatch()
    files = chosen_files(path, people)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in decoders}
    failed: list[dict[str, str]] = []
    for i, file in enumerate(files):
        others = [other for other in files if other != file]
        row = []
        try:
            for k, name in enumerate(decoders):
                if progress:
                    progress(f"{file.name}: {name}", (i + k / len(decoders)) / len(files))
                row.append(evaluate_person(file, replace(options, decoder=name, beside=""), others))
        except InnervateError as error:
            failed.append({"id": file.stem, "error": str(error)})
            continue
        for name, one in zip(decoders, row, strict=True):
            found[name].append(one)
    reports: dict[str, Any] = {
        name: summarise(found[name], failed, replace(options, decoder=name, beside="")) for name in decoders
    }
    first = decoders[0]
    for name in decoders[1:]:
        reports[name]["against_first"] = {
            key: _against(found[name], found[first], key) for key in ("active_recall", "rest_recall")
        }
    return {
        "path": str(path),
        "split": options.split,
        "first": first,
        "decoders": reports,
        "people": [one["id"] for one in found[first]],
        "failed": failed,
        "seconds": stopwatch() - begun,
    }


def _against(
    people: Sequence[dict[str, Any]], first: Sequence[dict[str, Any]], key: str
) -> dict[str, Any] | None:
    ours, theirs = {}, {}
    for a, b in zip(people, first, strict=True):
        one, other = day_scores(a, key), day_scores(b, key)
        days = sorted(one.keys() & other.keys())
        if days:
            ours[a["id"]], theirs[a["id"]] = [one[d] for d in days], [other[d] for d in days]
    return paired(ours, theirs) if ours else None


def day_scores(person: dict[str, Any], key: str) -> dict[int, float]:
    """A person's score on each tested day; one score of everything where the split tells no days apart.

    Days trained on are averaged over: what is tested on one afternoon hangs together.
    """
    days: dict[int, list[float]] = {}
    for row in person.get("pairs") or person.get("tested") or [{**person, "test": 0}]:
        if row[key] is not None:
            days.setdefault(row["test"], []).append(row[key])
    return {day: sum(values) / len(values) for day, values in days.items()}
