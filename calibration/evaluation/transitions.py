"""From a cue to the right decision: how long a decoder takes while the muscles are still on their way.

Labelled windows leave transitions out, so they say nothing of them. Here every increment of a contiguous
recording is decided, and `cue` (what was asked, untrimmed) tells when the person was asked for something new.
The time includes the person's reaction, about 0.2 to 0.4 s, which is the same for every decoder compared.

In the BioPatRec sets each movement is a recording of its own: movement and rest take turns, 3 s each (leg:
4 s), three times, and `cue` is -1 nowhere. The first movement begins with the recording and is no change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from ...drivers.recordings.npz import Recording
from ...models.batch import Windows, runs, windows
from ...models.pipeline import PipelineSettings
from ..scores import repetition_folds
from .activations import false_activations, joined
from .bench import Bench
from .measures import measured_quantile

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TransitionOptions:
    """What counts.

    Attributes:
        stable_s: how long the right decision must last from its first increment on.
        before_s: a movement decided this shortly before it was asked for came before its cue.
        shortest_s: see `activations.false_activations`.
    """

    stable_s: float = 0.1
    before_s: float = 0.5
    shortest_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("stable_s", "before_s", "shortest_s"):
            if not 0.0 <= getattr(self, name) <= 10.0:
                raise RecordingError(f"{name} = {getattr(self, name):g}: allowed is 0 to 10 s")


@dataclass(frozen=True)
class Transition:
    """One change of cue.

    Attributes:
        asked: class of the new cue.
        latency_s: to the end of the first increment of the stable right decision; None: never reached.
        early: rest was asked before, and a movement was decided shortly before the cue.
    """

    asked: int
    latency_s: float | None
    early: bool


def transitions(
    cue: NDArray[np.integer],
    rec: NDArray[np.integer],
    row: Ints,
    said: Ints,
    rest: int,
    rate_hz: float,
    options: TransitionOptions | None = None,
) -> list[Transition]:
    """Every change of cue inside a contiguous recording that has decisions after it.

    Args:
        cue: [samples] what is asked, -1 where nothing is known; a change from or to -1 is none.
        rec: [samples] contiguous recording.
        row: [n] ascending: row of the newest sample of each decision.
        said: [n] what was decided.
        rest: which class is rest.
        rate_hz: of the samples.
        options: what counts.
    """
    options = options or TransitionOptions()
    found = []
    for first, end in runs(rec):
        edges = [0, *(np.flatnonzero(np.diff(cue[first:end])) + 1).tolist(), end - first]
        for before, begins, ends in zip(edges, edges[1:], edges[2:], strict=False):
            was, asked = int(cue[first + before]), int(cue[first + begins])
            i, j = np.searchsorted(row, (first + begins, first + ends))
            if was < 0 or asked < 0 or i == j:
                continue
            latency_s = _latency_s(row[i:j] - (first + begins) + 1, said[i:j] == asked, rate_hz, options)
            early_from = max(first + before, first + begins - round(options.before_s * rate_hz))
            k = int(np.searchsorted(row, early_from))
            early = was == rest and bool((said[k:i] != rest).any())
            found.append(Transition(asked, latency_s, early))
    return found


def _latency_s(
    since: Ints, right: NDArray[np.bool_], rate_hz: float, options: TransitionOptions
) -> float | None:
    """Time to the first right decision after which none is wrong for `stable_s`, inside the same cue."""
    starts = np.flatnonzero(right & ~np.concatenate(([False], right[:-1])))
    wrong = np.flatnonzero(~right)
    span = options.stable_s * rate_hz - 1e-6
    for start in starts:
        later = wrong[wrong > start]
        # A run that the end of the cue cuts short is not known to be stable.
        last = since[later[0] - 1] if len(later) else since[-1]
        if last - since[start] >= span:
            return float(since[start] / rate_hz)
    return None


def transition_figures(found: Sequence[Transition], rest: int) -> dict[str, Any]:
    """Figures over all changes of cue, and apart for those `to_movement` and `to_rest`.

    A cue that is never reached counts as infinitely late: quantiles over the reached ones alone would praise
    a decoder for giving up on the difficult ones. None is an infinite time, or no cue at all.

    Returns:
        For each: `cues`, `never_share`, `median_s`, `p90_s`; for `to_movement` also `before_cue_share`.
    """
    to_movement = [t for t in found if t.asked != rest]
    early = float(np.mean([t.early for t in to_movement])) if to_movement else None
    return {
        **_figures(found),
        "to_movement": {**_figures(to_movement), "before_cue_share": early},
        "to_rest": _figures([t for t in found if t.asked == rest]),
    }


def _figures(found: Sequence[Transition]) -> dict[str, Any]:
    times = np.array([np.inf if t.latency_s is None else t.latency_s for t in found])
    return {
        "cues": len(found),
        "never_share": float(np.isinf(times).mean()) if len(times) else None,
        "median_s": measured_quantile(times, 0.5),
        "p90_s": measured_quantile(times, 0.9),
    }


def stream_windows(recording: Recording, settings: PipelineSettings) -> Windows:
    """A window for every increment of every contiguous recording, transitions included.

    Label (-1 where there is none), repetition and condition are those of the newest sample; every contact
    counts as good.
    """
    same = np.zeros(len(recording.emg), np.int64)
    made = windows(recording.emg, same, same, same, recording.rec, settings)
    marks = {key: getattr(recording, key)[made.index].astype(np.int64) for key in ("label", "rep", "cond")}
    # Contact that was judged against no calibration must not make a decoder leave out a channel.
    return replace(made, **marks, contact=np.zeros_like(made.contact))


def score_stream(bench: Bench, options: TransitionOptions | None = None) -> dict[str, Any]:
    """Decide a whole recording as it streams, each repetition by a decoder that did not learn from it.

    The first windows of a repetition still hold the end of the one before, which was learnt as what it was:
    that can only hold a decoder back.

    Returns:
        `transitions` (see `transition_figures`; None where the recording has no `cue`) and
        `false_activations`, during labelled rest.

    Raises:
        RecordingError: no condition holds two repetitions.
    """
    options = options or TransitionOptions()
    recording = bench.recording
    streamed = stream_windows(recording, bench.settings)
    said = np.full(len(streamed), -1, np.int64)
    for train, held in repetition_folds(bench.windows):
        if len(np.unique(bench.windows.label[train])) < 2:
            continue
        one = np.flatnonzero(held)[0]
        rows = (streamed.rep == bench.windows.rep[one]) & (streamed.cond == bench.windows.cond[one])
        fitted = bench.fit(train)
        said[rows] = bench.decided(fitted, streamed.where(rows)).said
    known = said >= 0
    if not known.any():
        raise RecordingError(
            f"{recording.name}: no condition holds two repetitions", "record each movement at least twice"
        )
    at_rest = (streamed.label == bench.rest) & known
    moving = (said != bench.rest) & known
    spans = streamed.rec * (int(recording.rep.max()) + 1) + streamed.rep
    found: dict[str, Any] = {
        "transitions": None,
        "false_activations": false_activations(
            at_rest, moving, spans, bench.settings.increment_s, options.shortest_s
        ),
    }
    if recording.cue is not None:
        changes = transitions(
            recording.cue,
            recording.rec,
            streamed.index[known],
            said[known],
            bench.rest,
            recording.fs,
            options,
        )
        found["transitions"] = transition_figures(changes, bench.rest)
    return found


def joined_streams(people: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What `score_stream` gave of several people, as one.

    Returns:
        `transitions`: sum of `cues` and means over people of the rest (None where nobody has a `cue`);
        `false_activations`: counts and exposures added up.
    """
    cued = [person["transitions"] for person in people if person["transitions"] is not None]
    return {
        "transitions": _mean_transitions(cued) if cued else None,
        "false_activations": joined([person["false_activations"] for person in people]),
    }


def _mean_transitions(people: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    asked = [person for person in people if person["cues"]]
    found: dict[str, Any] = {"cues": sum(person["cues"] for person in asked)}
    for key in (key for key in people[0] if key != "cues"):
        values = [person[key] for person in asked]
        if isinstance(people[0][key], Mapping):
            found[key] = _mean_transitions([person[key] for person in people])
        else:
            # One infinite time makes the mean infinite.
            found[key] = float(np.mean(values)) if values and None not in values else None
    return found
