"""uMyo sensors over their real wire. A base station sends all the time: rows are found by what they say."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import now
from innervate.core.errors import ProfileError, SourceError, SourceLost, SourceNotFound
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import EmgSource
from innervate.drivers.table import open_source, source_for
from innervate.drivers.umyo import device
from innervate.sim.faults import Fault

from .alwayson import place
from .wirebench import WireBench, on_the_bench, read_rows, together

MOST = 32767
PATTERN = {"device": "umyo", "pattern_channels": 3, "pattern_most": MOST}


@pytest.fixture(autouse=True)
def short_listening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_LISTEN_S", 0.15)
    monkeypatch.setattr(device, "_OFF", 0.2)  # so short a time on a busy machine


def umyo(bench: WireBench, **more: Any) -> SourceSettings:
    return SourceSettings("umyo", port=str(bench.facts["port"]), **more)


def opened(bench: WireBench, **more: Any) -> EmgSource:
    return open_source(umyo(bench, **more))


def test_readings_arrive_exactly_with_extremes_and_again_after_closing(tmp_path: Path) -> None:
    with on_the_bench(tmp_path, **PATTERN) as bench, opened(bench) as source:
        info = source.info
        assert (info.rate_hz, info.unit, info.samples_per_packet, info.railed) == (1116.0, "a.u.", 8, 32767.0)
        assert info.channels == ("1a2b3c01", "1a2b3c02", "1a2b3c03")
        for again in range(2):
            if again:
                source.close()
                source.open()
            chunks = read_rows(source, 250)
            samples, valid, t_s = together(chunks)
            assert valid.all()
            np.testing.assert_array_equal(samples, bench.expected(place(bench, samples), len(samples)))
            assert (np.diff(t_s) >= 0).all()
        assert {samples.max(), samples.min()} == {MOST, -MOST - 1}
        aux = {block.name: block for block in chunks[-1].aux}
        assert aux["battery 1a2b3c02"].values[-1].tolist() == [3900.0]
        np.testing.assert_allclose(
            aux["quaternion 1a2b3c01"].values[-1], [0.5**0.5, 0, 0.5**0.5, 0], atol=1e-6
        )
        assert (aux["accel 1a2b3c03"].unit, aux["accel 1a2b3c03"].values[-1].tolist()) == (
            "a.u.",
            [120, -80, 8192],
        )
        assert 0 <= now() - aux["accel 1a2b3c03"].t_s[-1] < 0.5


def test_units_and_channels_choose_and_order(tmp_path: Path) -> None:
    with on_the_bench(tmp_path, **PATTERN) as bench:
        with opened(bench, options=(("units", "1A2B3C03, 1a2b3c01"),)) as source:
            assert source.info.channels == ("1a2b3c03", "1a2b3c01")
            samples, valid, _ = together(read_rows(source, 64))
            at = place(bench, samples, columns=(2, 0))
            np.testing.assert_array_equal(samples, bench.expected(at, len(samples))[:, [2, 0]])
            assert valid.all()
        with opened(bench, channels=("1a2b3c02",)) as source:
            samples, _, _ = together(read_rows(source, 64))
            place(bench, samples, columns=(1,))


def test_lost_packets_are_counted_and_filled(tmp_path: Path) -> None:
    kinds = ("drop", "garbage", "garbage_inside", "cut", "pieces", "drop")
    faults = tuple(Fault(kind, 400 + 64 * k) for k, kind in enumerate(kinds))
    with (
        on_the_bench(tmp_path, **{**PATTERN, "pattern_channels": 1}, faults=faults) as bench,
        opened(bench) as source,
    ):
        chunks = read_rows(source, 650)
    samples, valid, _ = together(chunks)
    first = place(bench, samples)
    lost = {(first + row) // 8 * 8 for row in np.flatnonzero(~valid[:, 0])}
    assert sum(c.lost for c in chunks) == (~valid).sum()
    # Dropped and spoilt ones, and nothing else; half of a packet may still hold all its samples.
    assert {400, 720} <= lost <= {400, 528, 592, 720}
    np.testing.assert_array_equal(samples[valid[:, 0]], bench.expected(first, len(samples))[valid[:, 0]])


def test_a_silent_sensor_is_invalid_and_the_others_go_on(tmp_path: Path) -> None:
    with on_the_bench(tmp_path, **PATTERN) as bench, opened(bench) as source:
        read_rows(source, 80)
        bench.device.silent = frozenset({0x1A2B3C02})  # type: ignore[attr-defined]
        samples, valid, _ = (
            np.concatenate(p)
            for p in zip(*[(c.samples, c.valid, c.t_s) for c in read_rows(source, 250)], strict=True)
        )
        bench.device.silent = frozenset()  # type: ignore[attr-defined]
        assert valid[:, [0, 2]].all()
        assert not valid[-100:, 1].any()
        tail = read_rows(source, 250)[-1]
        assert tail.valid.all()
    first = place(bench, samples[:, [0, 2]], columns=(0, 2))
    np.testing.assert_array_equal(samples[valid], bench.expected(first, len(samples))[valid])


def test_unplugged_and_plugged_in_again(tmp_path: Path) -> None:
    with on_the_bench(tmp_path, **PATTERN) as bench:
        source = opened(bench)
        read_rows(source, 40)
        bench.device.cable.unplug()  # type: ignore[union-attr]
        with pytest.raises(SourceLost, match="unplugged"):
            read_rows(source, 10_000)
        source.close()
        with pytest.raises(SourceNotFound, match="no serial port"):
            source.open()
        bench.device.cable.plug()  # type: ignore[union-attr]
        # One of the sensors went flat meanwhile: the others come back without it.
        bench.device.silent = frozenset({0x1A2B3C01})  # type: ignore[attr-defined]
        source.open()
        _, valid, _ = together(read_rows(source, 160))
        assert valid[-1].tolist() == [False, True, True]
        assert len(source.info.channels) == 3
        source.close()


def test_who_is_not_heard_is_named(tmp_path: Path) -> None:
    with on_the_bench(tmp_path, **PATTERN) as bench:
        with pytest.raises(SourceNotFound, match=r"uMyo 0000cafe is not heard; heard: 1a2b3c01, 1a2b3c02, "):
            opened(bench, options=(("units", "cafe, 1a2b3c01"),), find_s=0.3)
        told = r"measures (1\d\d\d) Hz, not 800 Hz .set source.rate_hz = (1\d\d\d);"
        with pytest.raises(SourceError, match=told) as caught:
            opened(bench, rate_hz=800.0)
        # The first is that sensor's, the second the median of all: of one firmware, so nearly the same.
        own, all_of_them = (int(n) for n in re.findall(told, str(caught.value))[0])
        assert all_of_them == pytest.approx(own, rel=0.1)
        bench.device.silent = frozenset(bench.device.units)  # type: ignore[attr-defined]
        with pytest.raises(SourceNotFound, match=r"no uMyo is heard"):
            opened(bench, find_s=0.3)


def test_another_device_is_one_line(tmp_path: Path) -> None:
    with (
        on_the_bench(tmp_path, device="spikershield", pattern_channels=2, rate_hz=5000.0) as bench,
        pytest.raises(SourceNotFound, match=r"bytes come, but no uMyo packet .*speaks at 921600 baud"),
    ):
        opened(bench, find_s=0.3)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"options": (("units", "arm"),)}, "units = 'arm': it must be a sensor's id, eight hexadecimal"),
        ({"options": (("units", "1,01"),)}, "a sensor is named twice"),
        ({"options": (("gain", "1"),)}, "has no such option; allowed: units"),
        ({"channels": ("flexor",)}, "name channels by their sensors' ids"),
        ({"port": ""}, "source.port is empty"),
    ],
)
def test_settings_that_it_cannot_have(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        source_for(SourceSettings(**{"kind": "umyo", "port": "/dev/ttyUSB0", **more}))
