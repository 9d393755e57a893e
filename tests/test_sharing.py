"""Workers get whole files, and files that watch the clock never run beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_files_that_watch_the_clock_are_one_piece_and_every_other_file_is_its_own(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    from .sharing import piece_of

    (tmp_path / "test_a.py").write_text("pytestmark = pytest.mark.real_time\n")
    (tmp_path / "test_b.py").write_text("pytestmark = [pytest.mark.real_time, pytest.mark.browser]\n")
    (tmp_path / "test_c.py").write_text("")
    names = ("test_a.py::test_1", "test_b.py::test_1[x::y]", "test_c.py::test_1", "test_c.py::test_2[a]")
    pieces = [piece_of(name, tmp_path) for name in names]
    assert pieces == ["real time", "real time", "test_c.py", "test_c.py"]
