"""How loud each channel was in each movement: what two calibrations of a person are compared by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .repetition import Repetition

Floats = NDArray[np.float64]

APART = 0.25
"""Difference (log) between two sessions of one electrode that is nothing: people differ by 0.15 between two
contractions (`sim.user.traits`), and sockets are put on a few mm apart. Ours."""
SWAP_BETTER = 3.0
"""Two electrodes are called swapped when changing them back divides their squared distance to it by this."""
SWAP_OFF = 0.35
"""And when they are off by at least so much (log, root mean square over movements)."""
WEAKER = 0.22
"""Of last time's level: an electrode that hears less, while the others do not, has become weak."""
HEARD = 2.5
"""Times rest: levels of last time that can be compared with."""


@dataclass(frozen=True)
class Portrait:
    """One calibration.

    Attributes:
        channels: names.
        movements: names, in order.
        levels: [K, ch] mean logarithm of the level over rest.
        each: [r, ch] of every repetition.
        which: [r] its movement.
    """

    channels: tuple[str, ...]
    movements: tuple[str, ...]
    levels: Floats
    each: Floats
    which: NDArray[np.int64]

    def only(self, movements: tuple[str, ...]) -> Portrait:
        """With these movements only, in this order."""
        at = [self.movements.index(name) for name in movements]
        keep = np.isin(self.which, at)
        back = {old: new for new, old in enumerate(at)}
        which = np.array([back[int(k)] for k in self.which[keep]], np.int64)
        return Portrait(self.channels, movements, self.levels[at], self.each[keep], which)


def portrait_of(channels: tuple[str, ...], used: Iterable[Repetition]) -> Portrait:
    """Of the repetitions that are learnt from, comfortable effort or not.

    Quieter than rest counts as rest.
    """
    moves = [r for r in used if not r.step.is_rest and r.judgement.levels]
    names = tuple(dict.fromkeys(r.step.movement for r in moves))
    each = np.log(np.maximum(np.array([r.judgement.levels for r in moves]).reshape(-1, len(channels)), 1.0))
    which = np.array([names.index(r.step.movement) for r in moves], np.int64)
    levels = np.array([each[which == k].mean(axis=0) for k in range(len(names))]).reshape(-1, len(channels))
    return Portrait(channels, names, levels, each, which)


@dataclass(frozen=True)
class Change:
    """What differs from last time.

    Attributes:
        swapped: pairs of channels that seem to have changed places.
        better: of each pair, how many times nearer to last time they are when changed back.
        weaker: channels that hear less, as they lie now.
        share: of each of these, its level as a share of last time's.
        named, named_back: of all repetitions, the share that last time's levels name rightly as the
            electrodes lie, and with the swapped ones changed back.
    """

    swapped: tuple[tuple[int, int], ...] = ()
    better: tuple[float, ...] = ()
    weaker: tuple[int, ...] = ()
    share: tuple[float, ...] = ()
    named: float = 0.0
    named_back: float = 0.0


def compare(now: Portrait, last: Portrait) -> Change:
    """Look for electrodes that changed places or became weak; nothing where the channels are others, or fewer
    than three movements are in both."""
    both = tuple(name for name in now.movements if name in last.movements)
    if now.channels != last.channels or len(both) < 3:
        return Change()
    now, last = now.only(both), last.only(both)
    order = np.arange(len(now.channels))
    swapped: list[tuple[int, int]] = []
    better: list[float] = []
    while True:
        pair, ratio = _best_swap(now.levels[:, order], last.levels, {c for pair in swapped for c in pair})
        if pair is None:
            break
        swapped.append(pair)
        better.append(ratio)
        order[list(pair)] = order[list(reversed(pair))]
    weaker, share = _weaker(now.levels[:, order], last.levels)
    return Change(
        tuple(swapped),
        tuple(better),
        tuple(int(order[c]) for c in weaker),
        share,
        _named(now.each, now.which, last.levels),
        _named(now.each[:, order], now.which, last.levels),
    )


def _best_swap(now: Floats, last: Floats, taken: set[int]) -> tuple[tuple[int, int] | None, float]:
    """The pair whose change brings most, where it is clear enough."""
    # What all channels share is effort or gain, and says nothing about places.
    effort = np.median(now - last, axis=1, keepdims=True)
    now = now - effort
    best, best_gain, best_ratio = None, 0.0, 0.0
    for a, b in combinations(range(now.shape[1]), 2):
        if {a, b} & taken:
            continue
        as_is = ((now[:, [a, b]] - last[:, [a, b]]) ** 2).mean()
        back = ((now[:, [b, a]] - last[:, [a, b]]) ** 2).mean()
        ratio = float(np.sqrt((as_is + APART**2 / 4) / (back + APART**2 / 4)))
        each = np.sqrt(((now[:, [a, b]] - last[:, [a, b]]) ** 2).mean(axis=0))
        clear = ratio**2 > SWAP_BETTER and float(each.min()) > SWAP_OFF
        if clear and as_is - back > best_gain:
            best, best_gain, best_ratio = (a, b), as_is - back, ratio
    return best, best_ratio


def _weaker(now: Floats, last: Floats) -> tuple[list[int], tuple[float, ...]]:
    change = now - last
    found, share = [], []
    heard = last > np.log(HEARD)
    usual = float(np.median(change[heard])) if heard.any() else 0.0
    for channel in range(now.shape[1]):
        loud = heard[:, channel]
        if not loud.any():
            continue
        # Level above rest, not the logarithm of what is left of it: a lost site falls to its own noise.
        was = np.exp(last[loud, channel]) - 1.0
        is_now = (np.exp(now[loud, channel]) - 1.0) / np.exp(min(usual, 0.0))
        left = float(np.median(is_now / was))
        if left < WEAKER:
            found.append(channel)
            share.append(left)
    return found, tuple(share)


def _named(each: Floats, which: NDArray[np.int64], last: Floats) -> float:
    """Share of the repetitions that lie nearest to their own movement of last time."""
    if not len(each):
        return 0.0
    apart = ((each[:, None] - last[None]) ** 2).mean(axis=2)
    return float((apart.argmin(axis=1) == which).mean())
