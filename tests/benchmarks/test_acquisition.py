"""The acquisition benchmarks: the keys that others rely on, and a ruler that is not fooled."""

from __future__ import annotations

import json

import numpy as np
import pytest
from innervate.benchmarks import drivers, faults
from innervate.benchmarks.fault_plan import PLANS, planned
from innervate.benchmarks.placing import place
from innervate.benchmarks.wires import ALL, chosen
from innervate.core.errors import InnervateError

WIRE = {wire.name: wire for wire in ALL}


@pytest.mark.parametrize("name", ["myo", "spikershield", "lsl", "trigno"])
def test_rows_are_placed_whatever_is_missing(name: str) -> None:
    table = WIRE[name].expected(6000)
    kept = np.ones(3000, np.bool_)
    for gap in (slice(300, 301), slice(337, 390), slice(403, 406), slice(1500, 1700), slice(1791, 1793)):
        kept[gap] = False
    there = np.flatnonzero(kept) + 400
    for joined in (None, np.diff(there, prepend=-2) == 1):
        np.testing.assert_array_equal(place(table, table[there], joined), there)


def test_a_wrong_value_is_one_wrong_row() -> None:
    table = WIRE["cyton"].expected(400)
    rows = table[50:350].copy()
    rows[100, 3] += 1.0
    index = place(table, rows)
    assert np.flatnonzero(index < 0).tolist() == [100]
    assert index[101] == 151


def test_a_driver_report() -> None:
    (found,) = json.loads(json.dumps(drivers.run("spikershield", 0.5), allow_nan=False))
    assert (found["source"], found["channels"], found["rate_hz"]) == ("spikershield", 2, 5000.0)
    assert found["exact"] is True
    assert found["sent"] == found["received"] > 1000
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"]
    assert 0 < found["cpu_percent"] < 100
    assert found["wakes_per_increment"] < 3


def test_a_recording_is_a_source_too() -> None:
    (found,) = drivers.run("playback", 0.3)
    assert found["exact"] is True
    assert found["lost"] == 0


def test_targets() -> None:
    assert [drivers.target_percent(*size) for size in ((8, 1000.0), (64, 2000.0), (96, 2048.0))] == [
        5.0,
        20.0,
        None,
    ]


def test_a_fault_report() -> None:
    found = json.loads(json.dumps(faults.measure(WIRE["muovi"], ("drop", "stall")), allow_nan=False))
    assert (found["wrong_values"], found["lost"]) == (0, 18)
    assert found["lost"] == found["lost_counted"]
    assert found["faults"] == found["recovered"] == 2
    assert 0.2 < found["longest_outage_s"] < 0.6


def test_faults_are_apart_and_unplugging_is_last() -> None:
    for name, plan in PLANS.items():
        at = [fault.at_sample / WIRE[name].rate_hz for fault in planned(WIRE[name], plan.countable)]
        assert np.diff(at).min() >= 0.6 - 1e-2
        assert plan.countable[-1] == "unplug"


def test_a_source_that_is_not_there_is_said() -> None:
    with pytest.raises(InnervateError, match=r"--source 'toaster': allowed: all, lsl, "):
        chosen("toaster")
