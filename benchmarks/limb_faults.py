"""`innervate bench faults --limb NAME|all`: named faults and random scripts, a row for each limb.

Real driver, codec and guard, virtual firmware and physics, on the virtual clock (`limb_world`). Runs with
real processes give rows of the same form (`LimbRow`).
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..core.clock import stopwatch
from ..core.errors import InnervateError
from ..firmware_bridge.telemetry import open_ring
from .limb_kinds import KINDS, LEG_KINDS, Kind, kinds_of
from .limb_rows import LIMBS
from .limb_scripts import Watch, befall, ready, run_script
from .limb_world import World

KINDS_ALL: dict[str, Kind] = {**KINDS, **LEG_KINDS}
SCRIPTS = 1000
TIMES = 8
"""Each named fault, on as many different movements."""
_LASTS_S, _AFTER_S = 0.5, 0.2
_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class FaultRow:
    """What one named fault led to, at worst.

    Attributes:
        name: of the fault.
        safe_ms: from the fault until what the limb was asked to do changed no more; None where it need not
            hold.
        moved_deg: farthest that a joint went in the first 100 ms; percent of travel of a hand without angles.
        max_torque_step_nm: greatest change of a drive's torque within 5 ms; None where its firmware has none.
    """

    name: str
    safe_ms: float | None
    moved_deg: float
    max_torque_step_nm: float | None


@dataclass(frozen=True, slots=True)
class LimbRow:
    """One limb.

    Attributes:
        limb: key of `limb_rows.LIMBS`.
        scripts: how many random ones.
        violations: broken promises in scripts and named faults.
        worst_safe_ms: of all of them.
        faults: named ones.
        seconds: what the scripts took here.
        broken: some of the violations, in words.
    """

    limb: str
    scripts: int
    violations: int
    worst_safe_ms: float
    faults: tuple[FaultRow, ...]
    seconds: float
    broken: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """As printed by `--json`."""
        return asdict(self)


def run(
    limb: str = "all", scripts: int = SCRIPTS, progress: Callable[[str], None] = lambda _: None
) -> list[dict[str, Any]]:
    """Every limb, or the one named.

    Raises:
        InnervateError: no such limb.
    """
    if limb != "all" and limb not in LIMBS:
        raise InnervateError(f"bench faults --limb {limb}: not known; allowed: all, {', '.join(LIMBS)}")
    found = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context) as pool:
        for name in LIMBS if limb == "all" else (limb,):
            progress(name)
            found.append(_measured(name, scripts, pool).json())
    return found


def _measured(limb: str, scripts: int, pool: ProcessPoolExecutor) -> LimbRow:
    rows, broken = named_faults(limb)
    begun_s = stopwatch()
    parts = [(limb, range(k, min(k + _AT_ONCE, scripts))) for k in range(0, scripts, _AT_ONCE)]
    worst_ms = max((row.safe_ms or 0.0 for row in rows), default=0.0)
    for safe_ms, violations in pool.map(_some_scripts, parts):
        worst_ms = max(worst_ms, safe_ms)
        broken += violations
    seconds = round(stopwatch() - begun_s, 1)
    return LimbRow(limb, scripts, len(broken), round(worst_ms, 1), rows, seconds, tuple(broken[:10]))


def _some_scripts(part: tuple[str, Iterable[int]]) -> tuple[float, list[str]]:
    """(worst safe_ms of faults that must be held, violations) of some seeds."""
    limb, seeds = part
    worst_ms, broken = 0.0, []
    for seed in seeds:
        script = run_script(limb, seed)
        broken += script.violations
        worst_ms = max(
            [worst_ms, *(watch.safe_ms for kind, watch in script.happened if KINDS_ALL[kind].holds)]
        )
    return worst_ms, broken


def named_faults(limb: str, times: int = TIMES) -> tuple[tuple[FaultRow, ...], list[str]]:
    """(a row for each fault, broken promises): each on several movements of its own limb."""
    rows, broken = [], []
    for kind in kinds_of(World(limb, 0), muscles=False):
        watches: list[Watch] = []
        for seed in range(times):
            world = World(limb, 10_000 + seed)
            world.loop.start()
            if not ready(world):
                broken.append(f"{kind.name}: cannot be armed")
                continue
            watches.append(befall(world, (kind,), _LASTS_S, _AFTER_S))
            broken += watches[-1].violations[:1]
        rows.append(_row(limb, kind.name, watches, holds=kind.holds))
    rows.append(_full_disk(limb))
    if rows[-1].moved_deg:
        broken.append("full disk: it moved otherwise")
    return tuple(rows), broken


def _row(limb: str, name: str, watches: list[Watch], *, holds: bool) -> FaultRow:
    has_torque = bool(World(limb, 0).truth().torque_nm)
    torque = max((watch.torque_step_nm for watch in watches), default=0.0)
    return FaultRow(
        name,
        round(max((watch.safe_ms for watch in watches), default=0.0), 1) if holds else None,
        round(max((watch.moved_deg for watch in watches), default=0.0), 2),
        round(torque, 2) if has_torque else None,
    )


def _full_disk(limb: str) -> FaultRow:
    """How far apart the same movement ends under a guard that logs and under one that has nowhere to log.

    The guard's own log has its place on the disk before it starts; no turn writes to a file.
    """
    with TemporaryDirectory(prefix="innervate-bench-") as folder:
        ends = []
        for ring in (open_ring(Path(folder) / "guard.ring", len(LIMBS[limb].model.joints), {}), None):
            world = World(limb, 1, ring)
            world.loop.start()
            ready(world)
            world.run(0.2)
            ends.append(world.truth().position_deg)
            if ring is not None:
                ring.close()
    apart = max(abs(a - b) for a, b in zip(*ends, strict=True))
    return FaultRow("full disk", None, round(apart, 3), None)
