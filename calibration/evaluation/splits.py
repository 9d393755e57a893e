"""What is trained on and what is tested: repetitions, conditions, days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...core.clock import stopwatch
from ...core.errors import RecordingError
from ...models.batch import Windows
from ..scores import repetition_folds
from .bench import Bench
from .measures import Decided, average, confusion_of, figures, join
from .risk import risk_coverage

RECALIBRATION_S = 1.5
"""Most that is taken of one trial of a class."""


def by_repetition(bench: Bench) -> dict[str, Any]:
    """Leave one repetition out, inside each condition.

    Raises:
        RecordingError: no condition holds two repetitions.
    """
    parts = []
    for train, held in repetition_folds(bench.windows):
        if len(np.unique(bench.windows.label[train])) < 2:
            continue
        tested = bench.tested(held, bench.windows.where(train))
        if len(tested):
            parts.append(bench.decided(bench.fit(train), tested))
    if not parts:
        raise RecordingError(
            f"{bench.recording.name}: no condition holds two repetitions",
            "record each movement at least twice",
        )
    return pooled(bench, parts)


def by_condition(bench: Bench) -> dict[str, Any]:
    """Train on one condition, test on every other; a person's figures are the mean over pairs."""
    pairs, parts = [], []
    for train, test in condition_pairs(bench, bench.options.train_conditions or tuple(bench.conditions)):
        rows = bench.condition(train)
        tested = bench.tested(bench.condition(test), bench.windows.where(rows))
        if not len(tested):
            continue
        decided = bench.decided(bench.fit(rows), tested)
        parts.append(decided)
        pairs.append({**named(bench, train, test), **score(bench, decided)})
    if not pairs:
        raise RecordingError(f"{bench.recording.name}: nothing to test on in another condition")
    return {**pooled(bench, parts), **average(pairs), "groups": groups(bench, pairs), "pairs": pairs}


def chronological(bench: Bench) -> dict[str, Any]:
    """Train on the first conditions, test on the rest; with `curve`, also every k on the next one."""
    learnt, later = days(bench)
    rows = bench.condition(*learnt)
    trained = bench.windows.where(rows)
    parts, tested = [], []
    for cond in later:
        decided = bench.decided(bench.fit(rows), bench.tested(bench.condition(cond), trained))
        parts.append(decided)
        tested.append({"test": cond, "test_name": bench.condition_name(cond), **score(bench, decided)})
    found = {**pooled(bench, parts), "trained": learnt, "tested": tested}
    if bench.options.curve:
        found["steps"] = list(_curve(bench))
    return found


def recalibrated(bench: Bench) -> dict[str, Any]:
    """As `chronological`, and one trial of each class of the tested day goes into the decoder first.

    Each repetition takes its turn as that trial; the other repetitions of the day are scored.

    Raises:
        RecordingError: no tested condition holds two repetitions.
    """
    learnt, later = days(bench)
    rows = bench.condition(*learnt)
    fitted, trained = bench.fit(rows), bench.windows.where(rows)
    parts, before, tested, seconds = [], [], [], []
    for cond in later:
        today = bench.condition(cond)
        reps = np.unique(bench.windows.rep[today])
        of_day: list[Decided] = []
        for rep in reps if len(reps) > 1 else ():
            shown = today & (bench.windows.rep == rep)
            windows = bench.tested(today & ~shown, trained)
            if not len(windows):
                continue
            begun = stopwatch()
            mended = fitted.recalibrated(first_trials(bench, bench.windows.where(shown)))
            seconds.append(stopwatch() - begun)
            of_day.append(bench.decided(mended, windows))
            before.append(bench.decided(fitted, windows))
        if of_day:
            parts += of_day
            name = bench.condition_name(cond)
            tested.append({"test": cond, "test_name": name, **score(bench, join(of_day))})
    if not parts:
        raise RecordingError(f"{bench.recording.name}: no day to test on holds two repetitions")
    found, plain = pooled(bench, parts), score(bench, join(before))
    return {
        **found,
        "before": plain,
        "gain": found["active_recall"] - plain["active_recall"],
        "trained": learnt,
        "tested": tested,
        "recalibration_s": {"median": float(np.median(seconds)), "most": float(np.max(seconds))},
    }


def first_trials(bench: Bench, windows: Windows) -> Windows:
    """Of each class its first trial, at most `RECALIBRATION_S` of it."""
    number = windows.trials()
    keep = np.zeros(len(windows), np.bool_)
    most = RECALIBRATION_S * bench.settings.rate_hz
    for label in np.unique(windows.label):
        rows = np.flatnonzero(number == number[np.argmax(windows.label == label)])
        begins = windows.index[rows[0]] - bench.settings.window_samples
        keep[rows[windows.index[rows] - begins <= most]] = True
    return windows.where(keep)


def days(bench: Bench) -> tuple[list[int], list[int]]:
    """(conditions to train on, conditions to test on), in their order.

    Raises:
        RecordingError: there is one condition only, or `first` leaves none.
    """
    n, wanted = len(bench.conditions), bench.options.first
    first = wanted or max(1, n * 5 // 6)
    if n < 2 or first >= n:
        raise RecordingError(
            f"{bench.recording.name}: {n} conditions cannot be divided into {first} and later ones",
            "this split needs recordings of several days",
        )
    return bench.conditions[:first], bench.conditions[first:]


def condition_pairs(bench: Bench, trained: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(train, test) conditions, each of `trained` with every other one.

    Raises:
        RecordingError: there is one condition only, or one of `trained` does not exist.
    """
    for cond in trained:
        if cond not in bench.conditions:
            there = ", ".join(str(c) for c in bench.conditions)
            raise RecordingError(f"{bench.recording.name}: no condition {cond} to train on; it has {there}")
    if len(bench.conditions) < 2:
        raise RecordingError(
            f"{bench.recording.name}: only one condition", "this split needs two days, positions or montages"
        )
    return ((a, b) for a in trained for b in bench.conditions if b != a)


def named(bench: Bench, train: int, test: int) -> dict[str, Any]:
    """A pair's conditions, with their names where they have any."""
    names = {"train_name": bench.condition_name(train), "test_name": bench.condition_name(test)}
    return {"train": train, "test": test, **{key: name for key, name in names.items() if name}}


def position_group(bench: Bench, train: int, test: int) -> str:
    """`same_position` or `other_position`, of the armband; empty where the conditions do not say."""
    a, b = bench.position(train), bench.position(test)
    if not (a and b):
        return ""
    return "same_position" if a == b else "other_position"


def groups(bench: Bench, pairs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over pairs whose armband positions are the same, and over those where they differ."""
    sorted_pairs: dict[str, list[dict[str, Any]]] = {}
    for pair in pairs:
        group = position_group(bench, pair["train"], pair["test"])
        if group:
            sorted_pairs.setdefault(group, []).append(pair)
    return {name: {**average(rows), "pairs": len(rows)} for name, rows in sorted(sorted_pairs.items())}


def score(bench: Bench, decided: Decided) -> dict[str, Any]:
    """Figures of decided windows, and how many there are."""
    return {
        **figures(decided, len(bench.recording.classes), bench.rest, bench.increment_s),
        "windows": len(decided),
    }


def pooled(bench: Bench, parts: Sequence[Decided]) -> dict[str, Any]:
    """A person's figures over all windows together, with confusion matrix and risk against coverage."""
    decided = join(parts)
    return {
        **score(bench, decided),
        "classes": list(bench.recording.classes),
        "confusion": confusion_of(decided, len(bench.recording.classes)).tolist(),
        "risk": risk_coverage(decided.sure, decided.hit),
    }


def _curve(bench: Bench) -> Iterator[dict[str, Any]]:
    for k in range(1, len(bench.conditions)):
        rows = bench.condition(*bench.conditions[:k])
        cond = bench.conditions[k]
        tested = bench.tested(bench.condition(cond), bench.windows.where(rows))
        decided = bench.decided(bench.fit(rows), tested)
        yield {"first": k, "test": cond, **score(bench, decided)}
