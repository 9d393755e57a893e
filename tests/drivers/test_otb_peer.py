"""LibEMG's Muovi receiver against our virtual probe: the same rows, the accessory words among them."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from innervate.drivers.otb import muovi
from innervate.sim.feed import pattern_counts

from .wirebench import on_the_bench

PYTHON = Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"
ROWS = 1500

pytestmark = pytest.mark.slow


def test_libemg_reads_our_probe(tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("needs LibEMG in .venv-peers: make peers")
    with on_the_bench(
        tmp_path,
        device="muovi",
        pattern_channels=32,
        # It says mode 1, which is gain 4: one count is twice as much.
        pattern_lsb=2 * muovi.MICROVOLTS,
        pattern_most=2**15 - 1,
        rate_hz=2000.0,
    ) as probe:
        command = [
            str(PYTHON),
            str(Path(__file__).with_name("peer_otb.py")),
            str(probe.facts["tcp_port"]),
            str(ROWS),
        ]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stderr
    rows = np.array(json.loads(ran.stdout.splitlines()[-1])["rows"])
    assert rows.shape == (ROWS, 38)
    np.testing.assert_array_equal(rows[:, :32], pattern_counts(0, ROWS, 32, 2**15 - 1))
    np.testing.assert_array_equal(rows[:, 37], np.arange(ROWS))
    np.testing.assert_array_equal(rows[:, 36] < 0, np.arange(ROWS) % 2000 < 100)
    assert np.linalg.norm(rows[:, 32:36], axis=1) == pytest.approx(16_384, abs=3)
