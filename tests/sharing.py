"""How `pytest -n` shares the tests out among its workers (pytest-xdist)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadFileScheduling

_MARK = "pytest.mark.real_time"


class WholeFiles(LoadFileScheduling):
    """Tests that are in one piece stay on one worker, one after another: see `piece_of`."""

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid, self.config.rootpath)


def piece_of(nodeid: str, root: Path) -> str:
    """A file is one piece, and all files that are marked `real_time` are one piece together.

    Such tests bound by the clock what their processes do. Two side by side would measure each other; beside a
    test that computes, each still has a core.
    """
    file = nodeid.partition("::")[0]
    return "real time" if _watches_a_clock(root / file) else file


@cache
def _watches_a_clock(path: Path) -> bool:
    """The scheduler knows tests by their names only, so the mark is looked up in their file."""
    return _MARK in path.read_text()
