"""What a prosthetist should do about a calibration: each thing with its number and what it would bring.

Nothing is said where nothing is wrong. The limits were chosen on simulated development people
(`benchmarks.calibration`) and left alone for the run that is reported; docs/guided-calibration.md has both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from ...models.signal.flags import SENTENCE, UNTRUSTED, WORST_FIRST, Contact
from .actions import Action, Transfer
from .evidence import Evidence
from .judge import LATE_S
from .merits import of_an_electrode, of_another_try
from .portrait import Change, Portrait, compare, portrait_of
from .repetition import Repetition

ALIKE = 0.25
"""Share of the windows of two movements that are taken for each other: from here on they look alike. Of two
that cannot be told apart at all it is a half."""
DISTURBED = 3
"""Repetitions in which an electrode was untrusted, from which on it is to be cleaned and not they redone."""
SILENT_TIMES = 1.9
"""Times rest over a transferred nerve's site, when what the nerve stands for is meant: less is no signal."""
BARELY_TIMES, POOR_RECALL = 1.6, 0.7
"""A movement whose loudest repetition is so little over rest, and is named so seldom, is not heard: repeating
it would not help."""
USABLE_MONTHS = 6.0
"""A prosthesis can use the signal at about 6 months (FACTS section 5, [M])."""
PATIENT_MONTHS = 12.0
"""It improves until then; a nerve that is silent for longer should be looked at (FACTS section 5, [M])."""


def verdict(
    evidence: Evidence,
    transfers: Iterable[Transfer] = (),
    last: Portrait | None = None,
) -> tuple[Action, ...]:
    """All that should be done, what brings most first.

    Args:
        evidence: of the calibration.
        transfers: of this limb.
        last: an earlier calibration with the same electrodes.
    """
    now = portrait_of(evidence.signal.channels, evidence.used)
    change = compare(now, last) if last is not None else Change()
    found = _swaps(now, change)
    nerves = _nerves(now, evidence, transfers, change)
    found += nerves
    excused = {channel for action in found for channel in action.channels}
    bad = _disturbed(evidence)
    found += bad
    excused |= {channel for action in bad for channel in action.channels}
    found += _weak_sites(now, change, evidence, excused)
    quiet = {movement for action in nerves for movement in action.movements}
    unheard = [] if nerves else _unheard(evidence, quiet)
    found += unheard
    quiet |= {movement for action in unheard for movement in action.movements}
    found += _redos(evidence, quiet, bool(bad))
    found += _merges(evidence, quiet)
    return tuple(sorted(found, key=lambda action: -action.gain))


def _points(gain: float) -> str:
    """A gain in words."""
    return f"about {100 * gain:.0f} points of recall" if gain >= 0.005 else "little recall by itself"


def _swaps(now: Portrait, change: Change) -> list[Action]:
    gain = max(0.0, change.named_back - change.named)
    made = []
    for (a, b), better in zip(change.swapped, change.better, strict=True):
        names = now.channels[a], now.channels[b]
        made.append(
            Action(
                "swap",
                f"Change electrodes {names[0]} and {names[1]} back",
                f"they are swapped against last time: changed back they are {better:.1f} times nearer to it",
                f"Last time's levels name {100 * change.named_back:.0f} % of the repetitions rightly instead "
                f"of {100 * change.named:.0f} %, so models and history fit again",
                gain,
                channels=names,
            )
        )
    return made


def _nerves(now: Portrait, evidence: Evidence, transfers: Iterable[Transfer], change: Change) -> list[Action]:
    """Nerves whose sites all stay silent when their own movements are meant. A young nerve has not grown in
    yet; of an old one with a single site it is the electrode that is doubted first."""
    # What an electrode lost since last time is not the nerve's doing.
    moved = {now.channels[c] for pair in change.swapped for c in pair}
    moved |= {now.channels[c] for c in change.weaker}
    by_nerve: dict[str, list[tuple[Transfer, float]]] = {}
    for transfer in transfers:
        at = [now.channels.index(name) for name in transfer.channels if name in now.channels]
        if transfer.movement in now.movements and at and not moved & set(transfer.channels):
            row = now.levels[now.movements.index(transfer.movement)]
            by_nerve.setdefault(transfer.nerve, []).append((transfer, float(np.exp(row[at].max()))))
    made = []
    for nerve, sites in by_nerve.items():
        months = next((site.months for site, _ in sites if site.months is not None), None)
        loudest = max(level for _, level in sites)
        if months is None or loudest >= SILENT_TIMES:
            continue
        moves = tuple(dict.fromkeys(site.movement for site, _ in sites))
        channels = tuple(dict.fromkeys(name for site, _ in sites for name in site.channels))
        why = f"{', '.join(channels)} over it reach {loudest:.1f} times rest; {SILENT_TIMES:g} is a signal"
        if months >= PATIENT_MONTHS and len(channels) == 1:
            made.append(_doubted(evidence, channels[0], f"{why}, usual at month {months:.0f}"))
            continue
        left = [k for k, name in enumerate(evidence.classes) if name not in moves and k != evidence.rest]
        gain = evidence.recall_among(left)[0] - evidence.active_recall if left else 0.0
        if months < PATIENT_MONTHS:
            do = f"Wait for the {nerve} nerve and leave out {' and '.join(moves)} until then"
            why = f"this nerve gives no signal yet: month {months:.0f} of about {USABLE_MONTHS:g}; {why}"
        else:
            do = f"Have the {nerve} nerve looked at and leave out {' and '.join(moves)} until then"
            why = f"it gives no signal at month {months:.0f}, usual is about {USABLE_MONTHS:g}; {why}"
        brings = f"Without them the others gain {_points(gain)}; when a nerve grows in differs between people"
        made.append(Action("nerve", do, why, brings, max(gain, 0.0), moves, channels, nerve=nerve))
    return made


def _doubted(evidence: Evidence, name: str, why: str) -> Action:
    gain = of_an_electrode(evidence, evidence.signal.channels.index(name))
    brings = f"An electrode of this montage is worth {_points(gain)}"
    do = f"Clean the skin under electrode {name}, press it on, or move it"
    return Action("weak site", do, why, brings, gain, channels=(name,))


def _disturbed(evidence: Evidence) -> list[Action]:
    """Electrodes that could not be trusted again and again."""
    heard = [r.judgement for r in evidence.used]
    made = []
    for channel, name in enumerate(evidence.signal.channels):
        bad = [j for j in heard if channel in j.bad_channels]
        if len(bad) < DISTURBED:
            continue
        flags = 0
        for judgement in bad:
            flags |= judgement.flags[channel] & UNTRUSTED
        worst = next((flag for flag in WORST_FIRST if flags & flag), Contact.GOOD)
        gain = of_an_electrode(evidence, channel)
        made.append(
            Action(
                "clean",
                f"Clean electrode {name} and press it on",
                f"it was disturbed in {len(bad)} of {len(heard)} repetitions ({SENTENCE[worst].rstrip('.')})",
                f"An electrode of this montage is worth {_points(gain)}",
                gain,
                channels=(name,),
            )
        )
    return made


def _weak_sites(now: Portrait, change: Change, evidence: Evidence, excused: set[str]) -> list[Action]:
    """Electrodes that hear less than last time, while the others do not. Without an earlier one a weak
    electrode cannot be told from a place with little muscle, but over a transferred nerve: see `_nerves`."""
    made = []
    for channel, share in zip(change.weaker, change.share, strict=True):
        name = now.channels[channel]
        if name not in excused:
            why = f"it hears {100 * max(share, 0.0):.0f} % of what it heard last time, the others do not"
            made.append(_doubted(evidence, name, why))
    return made


def _unheard(evidence: Evidence, quiet: set[str]) -> list[Action]:
    """Movements of which nothing was heard in any repetition, for no reason that is known."""
    made = []
    for k, name in enumerate(evidence.classes):
        mine = [r.judgement for r in evidence.used if r.step.movement == name]
        if k == evidence.rest or name in quiet or not mine:
            continue
        level = _loudest(evidence, name)
        recall = float(np.mean([*evidence.recall_by_repetition(k).values()] or [0.0]))
        if level >= BARELY_TIMES or recall >= POOR_RECALL:
            continue
        left = [other for other in range(len(evidence.classes)) if other not in (k, evidence.rest)]
        gain = evidence.recall_among(left)[0] - evidence.active_recall if left else 0.0
        made.append(
            Action(
                "unheard",
                f"Leave out {name}, or move an electrode to where it can be felt",
                f"its loudest repetition is {level:.1f} times rest, and {100 * recall:.0f} % of it is named",
                f"Without it the other movements gain {_points(gain)}",
                max(gain, 0.0),
                (name,),
            )
        )
    return made


def _loudest(evidence: Evidence, movement: str) -> float:
    """Times rest, of its loudest repetition."""
    return max(r.judgement.level for r in evidence.used if r.step.movement == movement)


_WHY = {
    "early": "began {onset:.1f} s before the countdown's end",
    "short": "ended {end:.1f} s after the cue",
    "weak": "reached {level:.1f} times rest, much less than the others",
    "noisy": "was disturbed at electrode {channels}",
}


def _redos(evidence: Evidence, quiet: set[str], noise_told: bool) -> list[Action]:
    """Single repetitions that are not as they were asked for."""
    by_step: dict[tuple[str, str, str], list[Repetition]] = {}
    moves = {r.step.movement for r in evidence.used if not r.step.is_rest}
    barely = {name for name in moves if _loudest(evidence, name) < BARELY_TIMES}
    for repetition in evidence.used:
        step = repetition.step
        if step.movement in barely:
            continue
        faults = [f for f in repetition.judgement.faults if not (f == "noisy" and noise_told)]
        if step.is_rest or step.movement in quiet or not faults:
            continue
        by_step.setdefault((step.movement, step.position, step.effort), []).append(repetition)
    made = []
    for (movement, _, _), bad in by_step.items():
        numbers = tuple(r.step.repetition + 1 for r in bad)
        said = f"repetition {numbers[0]}" if len(numbers) == 1 else f"repetitions {_listed(numbers)}"
        gain = sum(of_another_try(evidence, r) for r in bad)
        made.append(
            Action(
                "redo",
                f"Redo {movement}, {said}",
                "; ".join(dict.fromkeys(_fault(evidence, r) for r in bad)),
                f"It would bring {_points(gain)}, and contraction to learn from",
                gain,
                (movement,),
                repetitions=numbers,
            )
        )
    return made


def _fault(evidence: Evidence, repetition: Repetition) -> str:
    heard, number = repetition.judgement, repetition.step.repetition + 1
    fault, onset = heard.faults[0], heard.onset_s or 0.0
    if fault == "late":
        return f"repetition {number} is late, {onset:.1f} s after the cue; up to {LATE_S:g} s is usual"
    names = ", ".join(evidence.signal.channels[c] for c in heard.bad_channels)
    text = _WHY[fault].format(onset=-onset, end=heard.end_s or 0.0, level=heard.level, channels=names)
    return f"repetition {number} {text}"


def _listed(numbers: Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _merges(evidence: Evidence, quiet: set[str]) -> list[Action]:
    """Pairs that are taken for each other; the worst first, and each movement in one pair only."""
    confusion, right = evidence.confusion, evidence.confusion.sum(axis=1)
    pairs = []
    moves = [k for k, n in enumerate(evidence.classes) if k != evidence.rest and n not in quiet]
    for a, b in combinations(moves, 2):
        share = (confusion[a, b] + confusion[b, a]) / max(1, right[a] + right[b])
        if share >= ALIKE:
            pairs.append((float(share), a, b))
    made: list[Action] = []
    taken: set[int] = set()
    for share, a, b in sorted(pairs, reverse=True):
        if {a, b} & taken:
            continue
        taken |= {a, b}
        first, second = evidence.classes[a], evidence.classes[b]
        gain = max(0.0, evidence.recall_merged(a, b) - evidence.active_recall)
        made.append(
            Action(
                "merge",
                f"Merge {first} and {second}, or practise making them differ",
                f"they look alike: {100 * share:.0f} % of their windows are taken for each other; "
                f"{100 * ALIKE:.0f} % is much",
                f"As one movement they bring {_points(gain)}",
                gain,
                (first, second),
            )
        )
    return made
