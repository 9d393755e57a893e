"""A day of use without labels: trials streamed to a decoder that may learn from them, and the don check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from ...models.batch import Windows
from ..recipes import Fitted
from .bench import Bench
from .measures import Decided, auroc, average, confusion_of, join, less
from .options import USES
from .splits import condition_pairs, groups, named, pooled, score

EVERY_FEW = 5
"""One condition in five is trained on (../shared/data/README.md: days 1, 6, 11, ...), from six on."""
REALISTIC_REST = 0.7
REALISTIC_MOVEMENTS = 5
LOSING = 0.02
DON_S = 10.0
MOVING = "moving"
"""In the don check beside `USES`: realistic use, however long, until `DON_S` were decided as movements."""
BAD_RECALL = 0.70
"""The don check is for days on which active recall falls below this (issue 4)."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Day:
    """Windows of one tested condition, by trial.

    Attributes:
        windows: to score, trial after trial.
        rows: of each trial, its windows.
        label: [trials] what each one asks.
        rest: which class is rest.
    """

    windows: Windows
    rows: list[Ints]
    label: Ints
    rest: int

    @classmethod
    def of(cls, windows: Windows, rest: int) -> Day:
        """Cut windows into trials."""
        number = windows.trials()
        rows = [np.flatnonzero(number == i) for i in range(int(number.max(initial=-1)) + 1)]
        return cls(windows, rows, windows.label[[r[0] for r in rows]], rest)

    def order(self, use: str, rng: np.random.Generator) -> Ints:
        """Numbers of trials as they come.

        equal: every trial once, shuffled. realistic: the trials of five movements drawn for the day, and
        so many rest trials, drawn with replacement, that 70 % of all are rest; shuffled.
        """
        if use == "equal":
            return rng.permutation(len(self.rows))
        movements = np.unique(self.label[self.label != self.rest])
        drawn = rng.choice(movements, min(REALISTIC_MOVEMENTS, len(movements)), replace=False)
        active = np.flatnonzero(np.isin(self.label, drawn))
        rest = np.flatnonzero(self.label == self.rest)
        if not len(rest) or not len(active):
            raise RecordingError("realistic use needs trials of rest and of movements on the day")
        count = round(len(active) * REALISTIC_REST / (1.0 - REALISTIC_REST))
        return rng.permutation(np.concatenate([active, rng.choice(rest, count)]))


def adapted(bench: Bench) -> dict[str, Any]:
    """Train on one condition, stream another one to the decoder's follower, beside the decoder as it was.

    Prequential: each trial is decided before it may be learnt from. Pairs whose positions differ by default,
    or all where conditions have no positions. A person's figures are means over pairs, a pair's over seeds.

    Raises:
        RecordingError: there is one condition only.
    """
    options = bench.options
    pairs = []
    confusion = np.zeros((len(bench.recording.classes),) * 2, np.int64)
    for train, test in use_pairs(bench, other_position=True):
        day, fitted = make_day(bench, train, test)
        plain = bench.decided(fitted, day.windows)
        followed, still = [], []
        for seed in range(options.seeds):
            order = day.order(options.use, np.random.default_rng([seed, train, test]))
            decided = follow(bench, fitted, day, order)
            confusion += confusion_of(decided, len(confusion))
            followed.append(score(bench, decided))
            still.append(score(bench, join(plain.take(day.rows[i]) for i in order)))
        mean, before = average(followed), average(still)
        won = less(mean, before)
        gains = {"gain": won["active_recall"], "rest_gain": won["rest_recall"]}
        pairs.append({**named(bench, train, test), **mean, "unadapted": before, **gains})
    if not pairs:
        raise RecordingError(f"{bench.recording.name}: no pair of conditions to adapt between")
    gain = [p["gain"] for p in pairs if p["gain"] is not None]
    return {
        **average(pairs),
        "classes": list(bench.recording.classes),
        "confusion": confusion.tolist(),
        "windows": int(confusion.sum()),
        "use": options.use,
        "seeds": options.seeds,
        "unadapted": average([p["unadapted"] for p in pairs]),
        "gain": float(np.mean(gain)) if gain else None,
        "rest_gain": average(pairs, ["rest_gain"])["rest_gain"],
        "losing_share": float(np.mean(np.array(gain) < -LOSING)) if gain else None,
        "groups": groups(bench, pairs),
        "pairs": pairs,
    }


def follow(bench: Bench, fitted: Fitted, day: Day, order: Ints) -> Decided:
    """Decide trials in this order with a new follower; it sees no label, place or clock."""
    follower = fitted.follow()
    parts = []
    for i in order:
        windows = day.windows.where(day.rows[i])
        parts.append(bench.acted(fitted, follower.decide(blind(windows)), windows))
    return join(parts)


def blind(windows: Windows) -> Windows:
    """The windows without anything that a decoder in use would not know."""
    hidden = np.full(len(windows), -1, np.int64)
    return replace(windows, label=hidden, rep=hidden, cond=hidden, rec=hidden, index=hidden)


def don_check(bench: Bench) -> dict[str, Any]:
    """Does the score of ten unlabelled seconds tell a day on which the decoder is poor?

    The score is the decoder's `fit_score` where it has one, else the median over windows of `outlier`; high
    is bad. A person's AUROC is over all pairs of conditions and all seeds, each a try.

    Raises:
        RecordingError: there is one condition only.
    """
    found, parts = [], []
    count = max(1, round(DON_S / bench.increment_s))
    for train, test in use_pairs(bench, other_position=False):
        day, fitted = make_day(bench, train, test)
        decided = bench.decided(fitted, day.windows)
        parts.append(decided)
        figures = score(bench, decided)
        moves = decided.said != bench.rest
        scores: dict[str, list[float]] = {use: [] for use in (*USES, MOVING)}
        for use, tries in scores.items():
            for seed in range(bench.options.seeds):
                rng = np.random.default_rng([seed, train, test])
                order = day.order("realistic" if use == MOVING else use, rng)
                rows = np.concatenate([day.rows[i] for i in order])
                far = np.cumsum(moves[rows]) if use == MOVING else np.arange(1, len(rows) + 1)
                tries.append(fit_score(fitted, blind(day.windows.where(rows[far <= count]))))
        bad = figures["active_recall"] is not None and figures["active_recall"] < BAD_RECALL
        found.append({**named(bench, train, test), **figures, "bad": bad, "scores": scores})
    if not found:
        raise RecordingError(f"{bench.recording.name}: no pair of conditions to check between")
    return {**pooled(bench, parts), **average(found), "don": don_figures(found), "pairs": found}


def don_figures(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """AUROC per kind of use over all tries of all pairs, and how many pairs are bad."""
    kinds = {}
    for use in pairs[0]["scores"]:
        scores = [s for pair in pairs for s in pair["scores"][use]]
        bad = [pair["bad"] for pair in pairs for _ in pair["scores"][use]]
        kinds[use] = auroc(scores, bad)
    return {"auroc": kinds, "bad_pairs": sum(pair["bad"] for pair in pairs), "pairs": len(pairs)}


def fit_score(fitted: Fitted, windows: Windows) -> float:
    """How little the limb seems to fit today; high is bad."""
    own = getattr(fitted, "fit_score", None)
    return float(own(windows) if own is not None else np.median(fitted.outlier(windows)))


def use_pairs(bench: Bench, other_position: bool) -> Iterator[tuple[int, int]]:
    """(train, test) conditions: from a few training conditions, and with `other_position` only to other
    positions where conditions have any."""
    conditions = bench.conditions
    few = conditions[::EVERY_FEW] if len(conditions) > EVERY_FEW else conditions
    for train, test in condition_pairs(bench, bench.options.train_conditions or few):
        here, there = bench.position(train), bench.position(test)
        if not (other_position and here and there and here == there):
            yield train, test


def make_day(bench: Bench, train: int, test: int) -> tuple[Day, Fitted]:
    """(the tested day, the decoder of the training day)."""
    rows = bench.condition(train)
    tested = bench.tested(bench.condition(test), bench.windows.where(rows))
    if not len(tested):
        raise RecordingError(f"{bench.recording.name}: no window to score in condition {test}")
    return Day.of(tested, bench.rest), bench.fit(rows)
