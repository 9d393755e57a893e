"""mne-lsl as the independent other end, with a liblsl of its own in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from innervate.core.clock import now
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import open_source
from innervate.sim.lsl_outlet import LslOutlet

from .lslbench import read_rows

pytest.importorskip("pylsl")
if importlib.util.find_spec("mne_lsl") is None:
    pytest.skip("needs mne-lsl", allow_module_level=True)
PEER = str(Path(__file__).parent.parent / "peer_mne_lsl.py")


@contextmanager
def peer(*args: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, PEER, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_mne_lsl_reads_our_virtual_amplifier() -> None:
    name = f"amp-{uuid.uuid4()}"
    channels = tuple(f"site {i}" for i in range(5))
    outlet = LslOutlet(name, f"id-{name}", channels, 2000.0, "uV")
    sent = np.random.default_rng(2).normal(0, 200, (100, 5)).astype(np.float32)
    with peer("read", "100", f"id-{name}") as process:
        t0_s = now()
        for k in range(0, 100, 20):
            outlet.start(sent[k : k + 20], t0_s + k / 2000.0)
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
    assert (said["name"], said["type"], said["rate_hz"]) == (name, "EMG", 2000.0)
    assert tuple(said["channels"]) == channels
    assert said["types"] == ["EMG"] * 5
    assert said["units"] == ["microvolts"] * 5
    np.testing.assert_array_equal(np.array(said["values"], np.float32), sent)
    np.testing.assert_allclose(np.array(said["stamps"]) - t0_s, np.arange(100) / 2000.0, atol=1e-6)
    outlet.close()


@pytest.mark.parametrize(
    ("dtype", "units"), [("float32", ["microvolts", -6, "mV", "g"]), ("int16", [-3, -6, -6, "N"])]
)
def test_our_inlet_reads_mne_lsl(tmp_path: Path, dtype: str, units: list[str | int]) -> None:
    source_id = f"id-{uuid.uuid4()}"
    rng = np.random.default_rng(3)
    sent = rng.integers(-32768, 32767, (60, 4), endpoint=True).astype(dtype)
    if dtype == "float32":
        sent = (sent * np.float32(0.0223)).astype(dtype)
    t0_s = now()
    plan = {
        "dtype": dtype,
        "rate_hz": 1000.0,
        "channels": ["a", "b", "c", "beside"],
        "types": ["emg", "emg", "emg", "misc"],
        "units": units,
        "values": sent.tolist(),
        "stamps": (t0_s + np.arange(60) / 1000.0).tolist(),
    }
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan))
    factor = np.array([{"mV": 1e3, -3: 1e3}.get(u, 1.0) for u in units[:3]], np.float32)
    settings = SourceSettings("lsl", stream=source_id)
    with peer("write", source_id, str(path)), open_source(settings) as source:
        assert (source.info.name, source.info.unit) == ("from mne-lsl", "uV")
        assert source.info.channels == ("a", "b", "c")
        chunks = read_rows(source, 60)
    samples = np.concatenate([c.samples for c in chunks])
    np.testing.assert_array_equal(samples, sent[:, :3].astype(np.float32) * factor)
    np.testing.assert_allclose(np.concatenate([c.t_s for c in chunks]), plan["stamps"], atol=1e-6)
    (beside,) = chunks[-1].aux
    assert (beside.name, beside.unit) == ("beside", units[3])
    assert beside.values[-1, 0] == sent[-1, 3]
