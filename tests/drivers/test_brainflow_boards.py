"""BrainFlow's driver of a Cyton on our virtual one, and its synthetic board at its rate."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.drivers.cyton.codec import MOST_COUNT, microvolts_per_count
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import EmgSource
from innervate.drivers.table import source_for
from innervate.sim.faults import Fault

from .wirebench import on_the_bench, read_rows, together

if importlib.util.find_spec("brainflow") is None:
    pytest.skip("needs innervate[brainflow]", allow_module_level=True)
LSB = microvolts_per_count(24)


def made(board: str, **more: Any) -> EmgSource:
    return source_for(SourceSettings("brainflow", options=(("board", board),), **more))


def test_a_cyton_by_brainflow_is_exact_and_a_lost_packet_is_counted(tmp_path: Path) -> None:
    board = on_the_bench(
        tmp_path,
        device="cyton",
        pattern_channels=8,
        pattern_lsb=LSB,
        instant=False,
        faults=(Fault("drop", 40), Fault("drop", 90)),
    )
    with board as cyton, made("CYTON_BOARD", port=str(cyton.facts["port"])) as source:
        assert source.info.unit == "uV"
        chunks = read_rows(source, 150, 3)
    samples, valid, _ = together(chunks)
    assert np.flatnonzero(~valid.all(axis=1)).tolist() == [40, 90]
    assert sum(c.lost for c in chunks) == 2
    expected = cyton.expected(0, len(samples))
    np.testing.assert_array_equal(samples[valid], expected[valid])
    assert samples.max() == np.float32(MOST_COUNT * LSB)
    accel = [block for c in chunks for block in c.aux if block.name == "accel"]
    np.testing.assert_allclose(accel[-1].values[-1], (0.02, -0.01, 0.99975), rtol=1e-6)


@pytest.mark.slow
def test_the_synthetic_board_keeps_its_rate() -> None:
    with made("-1") as source:
        chunks = read_rows(source, 500, 3)
    samples, valid, t_s = together(chunks)
    # From the first increment in hand to the last: how long opening takes does not count.
    took_s = chunks[-1].t_arrival_s - chunks[0].t_arrival_s
    later = len(samples) - len(chunks[0])
    assert later / took_s == pytest.approx(source.info.rate_hz, rel=0.05)
    assert np.isfinite(samples).all()
    assert valid.all()
    assert (np.diff(t_s) >= 0).all()


@pytest.mark.parametrize("text", ["-1", "synthetic", "SYNTHETIC_BOARD", "synthetic-board"])
def test_a_board_has_a_name_and_a_number(text: str) -> None:
    assert made(text).info.name == "Synthetic by BrainFlow"
