"""What happened during a recording: events as BIDS keeps them, and the marks that decoders learn from. Pure.

An event's text is the same in `events.tsv` (`trial_type`) and in the file's own annotations:

- `power`: the movement that is to be learnt from these samples. Without a duration it lasts to the next one.
- `cue/power`: what was asked for, transitions included; only where it differs from the above.
- `BAD_lost`, `BAD_flat`, ...: samples not to be used (MNE leaves them out too), of one channel or of all.
- `note/...`: anything else. `note/part rep=0 cond=1 rec=2` says which repetition, condition and contiguous
  recording the samples of its span belong to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .npz import Marks, Recording

NOTE, CUE = "note/", "cue/"
LOST = "BAD_lost"
PADDING = "BAD_padding"
"""What fills the last data record after the last sample."""
BREAK_S = 0.06
"""A loss of this length or longer ends a contiguous recording; the loop too calls samples stale after it."""
_NOT_MOVEMENTS = ("EDGE", NOTE, CUE)
_BAD = re.compile(r"bad([_ ]|$)", re.IGNORECASE)
_PART = re.compile(r"note/part rep=(-?\d+) cond=(-?\d+) rec=(-?\d+)")


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes:
        onset_s: seconds since the first sample.
        duration_s: None where nobody said.
        text: what; see the top of this file.
        channel: whose samples it is about; empty for all.
        repetition, condition: -1 where nobody said.
    """

    onset_s: float
    duration_s: float | None
    text: str
    channel: str = ""
    repetition: int = -1
    condition: int = -1

    @property
    def annotation(self) -> str:
        """As text inside the file: MNE takes what follows @@ for a channel."""
        return f"{self.text}@@{self.channel}" if self.channel else self.text

    @property
    def movement(self) -> bool:
        """It names what the person did."""
        return bool(self.text) and not self.bad and not self.text.startswith(_NOT_MOVEMENTS)

    @property
    def bad(self) -> bool:
        """Its samples are not to be used."""
        return _BAD.match(self.text) is not None


def from_annotation(onset_s: float, duration_s: float | None, text: str) -> Event:
    """Inverse of `Event.annotation`."""
    what, _, channel = text.partition("@@")
    return Event(onset_s, duration_s, what, channel)


@dataclass(frozen=True, slots=True)
class Marked:
    """Attributes:
    label, rep, cond, rec, cue, classes: as in `Recording`.
    """

    label: Marks
    rep: Marks
    cond: Marks
    rec: Marks
    cue: Marks | None
    classes: tuple[str, ...]


def marks(
    events: Iterable[Event],
    samples: int,
    index: Callable[[float], int],
    classes: Sequence[str] = (),
    breaks: Sequence[int] = (),
) -> Marked:
    """Marks of each sample.

    Args:
        events: in any order.
        samples: how many there are.
        index: sample of a time in seconds; may lie outside.
        classes: names whose order is known; those that only events name come after, rest first.
        breaks: samples at which a contiguous recording begins.
    """
    ordered = sorted(events, key=lambda event: event.onset_s)
    movements = [event for event in ordered if event.movement]
    cues = [event for event in ordered if event.text.startswith(CUE)]
    names = list(classes)
    new = {e.text: None for e in movements} | {e.text.removeprefix(CUE): None for e in cues}
    names += sorted((name for name in new if name not in names), key=lambda name: name.casefold() != "rest")
    span = _Spans(samples, index)
    label = np.full(samples, -1, np.int16)
    rep, cond, rec = (np.zeros(samples, np.int16) for _ in range(3))
    parts = [(event, match) for event in ordered if (match := _PART.fullmatch(event.text))]
    for event, match in parts:
        at = span.of(event)
        rep[at], cond[at], rec[at] = (int(number) for number in match.groups())
    counted: dict[tuple[str, int], int] = {}
    for event, until in _followed(movements):
        at = span.of(event, until)
        label[at] = names.index(event.text)
        if not parts:
            cond[at] = max(0, event.condition)
            nth = counted.setdefault((event.text, event.condition), 0)
            counted[event.text, event.condition] += 1
            rep[at] = event.repetition if event.repetition >= 0 else nth
    cue = np.full(samples, -1, np.int16) if cues else None
    for event, until in _followed(cues):
        if cue is not None:
            cue[span.of(event, until)] = names.index(event.text.removeprefix(CUE))
    if not parts:
        rec = _contiguous(ordered, span, breaks)
    for event in ordered:
        if event.bad and not event.channel:
            label[span.of(event)] = -1
    return Marked(label, rep, cond, rec, cue, tuple(names) or ("rest",))


def events_of(recording: Recording) -> list[Event]:
    """The events that give `recording`'s marks back."""
    fs = recording.fs
    found: list[Event] = []
    for first, end, (rep, cond, rec) in _runs(recording.rep, recording.cond, recording.rec):
        found.append(Event(first / fs, (end - first) / fs, f"note/part rep={rep} cond={cond} rec={rec}"))
    spans = (
        [(recording.label, "")] if recording.cue is None else [(recording.label, ""), (recording.cue, CUE)]
    )
    for values, prefix in spans:
        for first, end, (value, rep, cond, _) in _runs(values, recording.rep, recording.cond, recording.rec):
            if value >= 0:
                text = prefix + recording.classes[value]
                found.append(Event(first / fs, (end - first) / fs, text, "", rep, cond))
    return sorted(found, key=lambda event: event.onset_s)


class _Spans:
    """Slices of samples, cut to what is there."""

    def __init__(self, samples: int, index: Callable[[float], int]) -> None:
        self.samples, self._index = samples, index

    def of(self, event: Event, until: Event | None = None) -> slice:
        """Without a duration: to `until`, or to the end."""
        first = self._index(event.onset_s)
        if event.duration_s:
            end = self._index(event.onset_s + event.duration_s)
        elif event.movement or event.text.startswith(CUE):
            end = self.samples if until is None else self._index(until.onset_s)
        else:
            end = first + 1
        return slice(min(max(0, first), self.samples), min(max(0, end), self.samples))


def _contiguous(ordered: Iterable[Event], span: _Spans, breaks: Sequence[int]) -> Marks:
    """Numbers that change at every break, and where a long loss begins and ends."""
    changes = np.zeros(span.samples, np.int16)
    for at in breaks:
        if 0 < at < len(changes):
            changes[at] = 1
    for event in ordered:
        if event.bad and not event.channel and (event.duration_s or 0.0) >= BREAK_S:
            lost = span.of(event)
            for at in (lost.start, lost.stop):
                if 0 < at < len(changes):
                    changes[at] = 1
    return np.cumsum(changes).astype(np.int16)


def _followed(events: Sequence[Event]) -> list[tuple[Event, Event | None]]:
    """Each with the next; the last with None."""
    return list(zip(events, [*events[1:], None], strict=False))


def _runs(*columns: NDArray[np.int16]) -> list[tuple[int, int, tuple[int, ...]]]:
    """(first, end, values) of each stretch in which no column changes."""
    changed = np.flatnonzero(np.any([np.diff(column) != 0 for column in columns], axis=0)) + 1
    edges = [0, *changed.tolist(), len(columns[0])]
    return [
        (first, end, tuple(int(column[first]) for column in columns))
        for first, end in pairwise(edges)
        if end > first
    ]
