"""`innervate bench calibration`: is the right thing said about what is wrong with a calibration, and nothing
about what is not?"""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from ..calibration.guided.actions import Action
from ..calibration.guided.evidence import evidence_of
from ..calibration.guided.listen import Signal
from ..calibration.guided.plan import Plan, Timing, Wishes, plan_of
from ..calibration.guided.portrait import Portrait, portrait_of
from ..calibration.guided.recorded import chosen
from ..calibration.guided.session import Session
from ..calibration.guided.verdict import verdict
from ..core.chunk import MICROVOLT
from ..core.clock import cpu_s
from .calibration_cases import SEEDS, Case, Fault, case
from .simulated_wearer import SimulatedWearer, follow

CASES, RATE_HZ = 200, 1000.0
KINDS = ("late", "weak", "swap", "pair", "nerve")
_TIMING = Timing(1.0, 1.5, 2.5, 3.0, 3.0)
"""Brisker than usual, as it is 400 sessions that are simulated: 5 s a repetition instead of 6."""


def run(cases: int = CASES, seeds: str = "reported", first: int = 0) -> dict[str, Any]:
    """Simulate, calibrate, and compare what is said with what was planted.

    Args:
        cases: how many calibrations.
        seeds: "development" or "reported".
        first: number of the first; each is its own, so parts of a run add up to the whole.

    Returns:
        JSON values: `named`, the share of planted faults whose right action is named; `false`, the share of
        calibrations in which anything is named that was not planted; both by kind; the minutes of the wearer
        and repetitions asked for again.
    """
    begun_s = cpu_s()
    planted = dict.fromkeys(KINDS, 0)
    named = dict.fromkeys(KINDS, 0)
    wrong: dict[str, int] = {}
    clean = false = false_clean = redone = 0
    minutes, recalls, misses = [], [], []
    for number in range(first, first + cases):
        one = case(SEEDS[seeds], number)
        actions, session, recall = _calibrated(one)
        minutes.append(session.samples / RATE_HZ / 60.0)
        recalls.append(recall)
        redone += session.redone
        extra = [a for a in actions if not any(fault.asks_for(a) for fault in one.faults)]
        false += bool(extra)
        clean += not one.faults
        false_clean += bool(extra) and not one.faults
        for action in extra:
            wrong[action.kind] = wrong.get(action.kind, 0) + 1
        for fault in one.faults:
            planted[fault.kind] += 1
            right = any(fault.asks_for(action) for action in actions)
            named[fault.kind] += right
            if not right:
                misses.append(_told(one, fault, actions))
        misses += [_told(one, None, [action]) for action in extra]
    return {
        "benchmark": "calibration",
        "seeds": seeds,
        "calibrations": cases,
        "faults": sum(planted.values()),
        "named": sum(named.values()) / max(1, sum(planted.values())),
        "false": false / max(1, cases),
        "by_kind": {
            kind: {"planted": planted[kind], "named": named[kind] / max(1, planted[kind])} for kind in KINDS
        },
        "false_actions": wrong,
        "without_faults": {"calibrations": clean, "false": false_clean / max(1, clean)},
        "wearer_minutes": {"mean": sum(minutes) / cases, "most": max(minutes)},
        "repetitions_redone": redone,
        "active_recall": sum(recalls) / cases,
        "misses": misses,
        "cpu_s": round(cpu_s() - begun_s, 1),
    }


def _calibrated(one: Case) -> tuple[tuple[Action, ...], Session, float]:
    leg = one.body.level == "transfemoral"
    signal = Signal(one.body.channels, RATE_HZ, MICROVOLT)
    last: Portrait | None = None
    if not one.first_visit:
        before = Session(plan_of(Wishes(one.movements, 2, leg=leg), _TIMING), signal)
        follow(before, SimulatedWearer(one.body, RATE_HZ, one.seed, 0))
        last = portrait_of(signal.channels, chosen(before.repetitions))
    plan: Plan = plan_of(Wishes(one.movements, leg=leg), _TIMING)
    session = Session(plan, signal)
    follow(session, SimulatedWearer(one.today, RATE_HZ, one.seed, 1, one.troubles))
    evidence = evidence_of(plan, signal, session.repetitions)
    actions = verdict(evidence, one.transfers, last)
    return actions, session, evidence.active_recall


def _told(one: Case, fault: Fault | None, actions: tuple[Action, ...] | list[Action]) -> dict[str, Any]:
    """One miss, for whoever looks into it."""
    return {
        "person": one.seed,
        "level": one.body.level,
        "first_visit": one.first_visit,
        "planted": None if fault is None else " ".join((fault.kind, *fault.movements, *fault.channels)),
        "all_planted": [each.kind for each in one.faults],
        "said": [action.text for action in actions],
    }


def show(console: Console, found: dict[str, Any]) -> None:
    """A row a kind of fault."""
    table = Table(
        f"{found['calibrations']} simulated calibrations, {found['seeds']} seeds", "planted", "right action"
    )
    for kind, each in found["by_kind"].items():
        table.add_row(kind, str(each["planted"]), f"{each['named']:.3f}")
    table.add_row("all", str(found["faults"]), f"{found['named']:.3f}", style="bold")
    console.print(table)
    said = ", ".join(f"{kind} {count}" for kind, count in found["false_actions"].items()) or "none"
    console.print(f"calibrations with anything said that was not planted: {found['false']:.3f} ({said})")
    minutes = found["wearer_minutes"]
    console.print(
        f"wearer: {minutes['mean']:.1f} minutes, at most {minutes['most']:.1f}; "
        f"{found['repetitions_redone']} repetitions asked for again; {found['cpu_s']:.0f} s of one core"
    )


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[2:]]
    print(
        json.dumps(run(numbers[0] if numbers else CASES, sys.argv[1], numbers[1] if len(numbers) > 1 else 0))
    )
