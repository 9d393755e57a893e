"""How `pytest -n` shares the tests out among its workers (pytest-xdist)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadFileScheduling

_MARK = "pytest.mark.real_time"


class WholeFiles(LoadFileScheduling):
    """A file's tests stay on one worker, and so do all files that are marked `real_time`, one after another.

    Such tests bound by the clock what their processes do. Two side by side would measure each other; beside a
    test that computes, each still has a core.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "real time" if _watches_a_clock(self.config.rootpath / file) else file


@cache
def _watches_a_clock(path: Path) -> bool:
    """The scheduler knows tests by their names only, so the mark is looked up in their file."""
    return _MARK in path.read_text()
