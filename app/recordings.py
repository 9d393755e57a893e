"""`innervate recordings check`: what state recordings are in, and mending it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from ..drivers.recordings.check import Finding, check, files_of
from ..drivers.recordings.mend import mend

_EXIT = {"ok": 0, "mend": 1, "unreadable": 2}
_COLOUR = {"ok": "green", "mend": "yellow", "unreadable": "red"}


def check_and_show(path: Path, *, mending: bool, as_json: bool) -> int:
    """Look, mend when asked to, print; returns the exit code: 0 ok, 1 needs mending, 2 unreadable.

    Raises:
        RecordingError: there is nothing to look at, or it cannot be written.
    """
    found = [mend(file) for file in files_of(path)] if mending else check(path)
    if as_json:
        print(json.dumps([asdict(finding) for finding in found]))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for finding in found:
            _show(console, finding)
    return max(_EXIT[finding.verdict] for finding in found)


def _show(console: Console, finding: Finding) -> None:
    console.print(f"[{_COLOUR[finding.verdict]}]{finding.verdict}[/] ", end="")
    console.print(finding.path, markup=False)
    if finding.channels:
        lost = f", {finding.gaps} gaps ({finding.lost_s:g} s lost)" if finding.gaps else ", no gap"
        whose = f", patient {finding.patient}" if finding.patient else ""
        console.print(
            f"  {finding.seconds:g} s, {finding.channels} channels, {finding.rate_hz:g} Hz, "
            f"{finding.events} events{lost}{whose}",
            markup=False,
        )
    flat = [name for name, said in finding.quality.items() if said["flat"]]
    if flat:
        console.print(f"  never moves: {', '.join(flat)}", markup=False)
    for problem in finding.problems:
        console.print(f"  {problem}", markup=False)
    for done in finding.mended:
        console.print(f"  mended: {done}", markup=False)
