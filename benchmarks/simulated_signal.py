"""Simulated people's EMG beside real people's, in one table: what it is like, and what decoders make of it.

Real sets lie in a folder that is not part of the project. Of each, the first half of the people set how
simulated contractions vary (`SET_BY`, `sim.user.traits`), and only the others say anything about that; all
other figures were set by nobody in these sets. Every simulated person makes as many movements, as often and
as long, at the same rate and with as many electrodes as the people beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from ..calibration.evaluation.bench import make_bench, rebench
from ..calibration.evaluation.options import EvaluateOptions
from ..calibration.evaluation.splits import by_repetition
from ..calibration.recipes import recipe
from ..core.errors import InnervateError
from ..drivers.recordings.npz import Recording, read_recording
from ..sim.anatomy import PRESETS
from ..sim.montage import Montage, ring
from ..sim.patient import Patient
from ..sim.schedule import calibration_schedule
from ..sim.simulate import simulate_recording
from .selection import selection_s
from .signal_figures import NAMES, Figures, figures_of, mean_of
from .timing import one_thread

PEOPLE = 10
DECODERS = ("hudgins", "lda", "default")
"""What most tools ship, the reference, and ours."""
SET_BY = ("rep_effort", "rep_pattern", "held_effort", "held_pattern")
"""Figures of the first half of the people that parameters of the simulation were taken from."""
BEYOND = 0.1
"""Simulated people are off where their mean lies so far beyond the range of real people, as a share. Ours."""

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Match:
    """A real set, and the simulated people beside it.

    Attributes:
        folder: of the set; empty: nobody has measured it.
        level: of the simulated people.
        rate_hz: of both.
        ring: electrode pairs around the limb; 0: the preset's own.
        classes: of the real set that are looked at, as many as the simulated people have; empty for all.
        conds: of the real set that are looked at; empty for all.
        reps, hold_s, rest_s: what the real people did.
    """

    folder: str
    level: str
    rate_hz: float = 1000.0
    ring: int = 0
    classes: tuple[int, ...] = ()
    conds: tuple[int, ...] = ()
    reps: int = 3
    hold_s: float = 3.0
    rest_s: float = 3.0


MATCHES = (
    Match("biopatrec10", "transradial", 2000.0, 4),
    Match("wearable30d", "transradial", 200.0, 8, tuple(range(11)), (0, 5, 10, 15, 20, 25), 4, 2.1, 1.0),
    Match("biopatrec_leg", "transfemoral", 2000.0, 0, tuple(range(7)), (), 3, 4.0, 4.0),
    Match("", "transhumeral"),
    Match("", "shoulder"),
    Match("", "transtibial"),
)
"""Of the leg: knee, ankle and tibial rotation, beside knee, ankle, inversion and eversion. Of the armband:
the first ten movements of six days; 2.1 s less what labels leave out are its 1.5."""


def run(folder: Path, people: int = PEOPLE, progress: Callable[[str], None] | None = None) -> Report:
    """Measure.

    Args:
        folder: of the real sets, each a folder of `.npz`.
        people: simulated ones of each level.
        progress: told what is being measured.

    Returns:
        JSON values: `rows[].{who, set, level, people, used_to_set, recall, order, selection_s, ...figures}`
        and `off[].{set, figure, simulated, least, most}`: where simulated people's mean lies `BEYOND` the
        range of the real people who did not set that figure.

    Raises:
        InnervateError: a set is not there.
    """
    tell = progress or (lambda _what: None)
    rows: list[Report] = []
    off: list[Report] = []
    with one_thread():
        for match in MATCHES:
            tell(f"{match.folder or 'simulated'}, {match.level}")
            real: list[Report] = []
            if match.folder:
                real = [_person(_cut(read_recording(path), match)) for path in _files(folder, match.folder)]
                half = len(real) // 2
                rows += [
                    _row("real, set by", match, real[:half], used_to_set=True),
                    _row("real", match, real[half:]),
                ]
            made = [_person(_simulated(match, seed)) for seed in range(1, people + 1)]
            rows.append(_row("simulated", match, made))
            off += _off(match, made, real)
    return {"benchmark": "signal", "rows": rows, "off": off}


def _files(folder: Path, name: str) -> list[Path]:
    files = sorted((folder / name).glob("*.npz"))
    if not files:
        raise InnervateError(
            f"bench signal: no recordings of real people in {folder / name}",
            "they are not part of the project; --folder names the folder that holds the sets",
        )
    return files


def _cut(recording: Recording, match: Match) -> Recording:
    keep = np.ones(len(recording.emg), np.bool_)
    if match.conds:
        keep &= np.isin(recording.cond, match.conds)
    if match.classes:
        named = recording.label if recording.cue is None else recording.cue
        keep &= np.isin(named, (-1, *match.classes))
        if recording.cue is not None:
            # Each movement is a recording of its own here, and takes its rest along.
            moved = np.unique(recording.rec[keep & ~np.isin(named, (-1, 0))])
            keep &= np.isin(recording.rec, moved)
    return recording.rows(keep)


def _simulated(match: Match, seed: int) -> Recording:
    body = PRESETS[match.level]
    if match.ring:
        body = body.with_montage(Montage(ring(match.ring)))
    cues = calibration_schedule(tuple(body.movements), match.reps, match.hold_s, match.rest_s, vary=0.0)
    return simulate_recording(Patient(body, match.rate_hz, seed), cues, seed)


def _person(recording: Recording) -> Report:
    found: Report = asdict(figures_of(recording))
    bench = make_bench(recording, recipe(DECODERS[0]), EvaluateOptions())
    for name in DECODERS:
        bench = rebench(bench, recipe(name))
        found[name] = by_repetition(bench)["active_recall"]
        if name == "lda":
            took = selection_s(bench)
            found["selection_s"] = float(np.median(took)) if len(took) else None
    return found


def _row(who: str, match: Match, people: Sequence[Report], *, used_to_set: bool = False) -> Report:
    recall = {name: float(np.mean([one[name] for one in people])) for name in DECODERS}
    took = [one["selection_s"] for one in people if one["selection_s"] is not None]
    figures = mean_of([Figures(**{name: one[name] for name in NAMES}) for one in people])
    return {
        "who": who,
        "set": match.folder,
        "level": match.level,
        "people": len(people),
        "used_to_set": used_to_set,
        **asdict(figures),
        "recall": recall,
        "order": sorted(DECODERS, key=lambda name: recall[name]),
        "selection_s": float(np.mean(took)) if took else None,
    }


def _off(match: Match, made: Sequence[Report], people: Sequence[Report]) -> list[Report]:
    found = []
    for name in (*NAMES, *DECODERS, "selection_s"):
        others = people[len(people) // 2 :] if name in SET_BY else people
        real = [one[name] for one in others if one[name] is not None]
        if not real:
            continue
        mean = float(np.mean([one[name] for one in made]))
        if not min(real) * (1.0 - BEYOND) <= mean <= max(real) * (1.0 + BEYOND):
            found.append(
                {
                    "set": match.folder,
                    "figure": name,
                    "simulated": mean,
                    "least": min(real),
                    "most": max(real),
                }
            )
    return found


def show(console: Console, found: Report) -> None:
    """A column a group of people, a row a figure; then where the simulation is off."""
    groups = [match.folder for match in MATCHES if match.folder]
    for group in groups:
        _table(console, group, [row for row in found["rows"] if row["set"] == group])
    _table(console, "nobody beside them", [row for row in found["rows"] if not row["set"]])
    for one in found["off"]:
        console.print(
            f"off: {one['set']}, {one['figure']}: {one['simulated']:.3g}; real people who set it not: "
            f"{one['least']:.3g} to {one['most']:.3g}"
        )


def _table(console: Console, title: str, rows: Sequence[Report]) -> None:
    heads = (
        f"{row['who']}, {row['level']} ({row['people']})"
        if row["who"] == "simulated"
        else f"{row['who']} ({row['people']})"
        for row in rows
    )
    table = Table(title, *heads)
    for name in NAMES:
        table.add_row(name, *(f"{row[name]:.3g}" for row in rows))
    table.add_row(
        "selection_s", *("-" if row["selection_s"] is None else f"{row['selection_s']:.2f}" for row in rows)
    )
    for name in DECODERS:
        table.add_row(f"recall, {name}", *(f"{row['recall'][name]:.3f}" for row in rows))
    table.add_row("order, worst first", *(" < ".join(row["order"]) for row in rows))
    console.print(table)
