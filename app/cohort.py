"""An evaluation of many people on Dask, with its progress on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..calibration.evaluation.cohort import CohortOptions, evaluate_cohort
from ..calibration.evaluation.options import EvaluateOptions


def run_cohort(
    source: Path, options: EvaluateOptions, cohort: CohortOptions, people: Sequence[str] = ()
) -> dict[str, Any]:
    """`evaluate_cohort`; a bar on standard error says how far it is and who was finished last.

    Raises:
        InnervateError: as `evaluate_cohort`.
    """
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def tell(who: str, done: int, of: int) -> None:
            progress.update(task, description=who or "evaluating", completed=done, total=of)

        return evaluate_cohort(source, options, cohort, people, tell)
