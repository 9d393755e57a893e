"""Myo armband and BLED112 over a real pseudo-terminal."""

import os
import tty
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import now, sleep
from innervate.core.errors import ProfileError, SourceBusy, SourceError, SourceLost, SourceNotFound
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import open_source, source_for
from innervate.sim.faults import Fault

from .wirebench import (
    WireBench,
    on_the_bench,
    read_rows,
    together,
)

FIRST = "D3:7B:0A:11:22:20"


def bench(folder: Path, **more: Any) -> Any:
    return on_the_bench(folder, device="myo", pattern_channels=8, pattern_most=127, **more)


def settings(armband: WireBench, *, any_armband: bool = False, **more: Any) -> SourceSettings:
    """Naming the armband saves the search for others."""
    options = dict(more.pop("options", {}))
    if not any_armband:
        options.setdefault("address", FIRST)
    port = str(armband.facts["port"])
    return SourceSettings("myo", port=port, options=tuple(options.items()), **more)


def test_counts_arrive_exactly_with_extremes(tmp_path: Path) -> None:
    with bench(tmp_path) as armband, open_source(settings(armband, any_armband=True)) as source:
        info = source.info
        assert (info.rate_hz, info.unit, info.samples_per_packet, info.railed) == (200.0, "a.u.", 2, 128.0)
        assert (info.name, info.serial) == ("Myo armband 'Myo'", FIRST)
        firmware = armband.device.firmware  # type: ignore[attr-defined]
        assert (firmware.mode, firmware.sleeps) == ((3, 1, 0), False)
        chunks = read_rows(source, 40, at_once=2)
    got, valid, t_s = together(chunks)
    assert valid.all()
    np.testing.assert_array_equal(got, armband.expected(0, len(got)))
    assert (got.min(), got.max()) == (-128.0, 127.0)
    assert t_s[-1] - t_s[0] == pytest.approx((len(t_s) - 1) / 200, abs=0.02)
    blocks = {block.name: block for block in chunks[-1].aux}
    assert blocks["accel"].values[-1] == pytest.approx([41 / 2048, -20 / 2048, 2046 / 2048])
    assert blocks["gyro"].values[-1].tolist() == [1.0, 0.0, -2.0]
    assert blocks["quaternion"].values[-1].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert blocks["battery"].values.tolist() == [[87.0]]
    assert blocks["battery"].t_s[0] == pytest.approx(t_s[0], abs=0.02)
    assert blocks["accel"].t_s[-1] == pytest.approx(t_s[-1], abs=0.04)


def test_filtered_mode_and_picked_channels(tmp_path: Path) -> None:
    given = {"mode": "filtered"}
    with bench(tmp_path) as armband:
        with open_source(settings(armband, options=given, channels=("ch8", "ch1"))) as source:
            assert armband.device.firmware.mode[0] == 2  # type: ignore[attr-defined]
            got, _, _ = together(read_rows(source, 20))
        np.testing.assert_array_equal(got, armband.expected(0, len(got))[:, [7, 0]])


def test_skipped_notifications_are_lost_rows_in_their_place(tmp_path: Path) -> None:
    faults = (
        Fault("drop", 20),
        Fault("cut", 41),
        Fault("garbage", 60),
        Fault("garbage_inside", 80),
        Fault("pieces", 90),
    )
    with bench(tmp_path, faults=faults) as armband, open_source(settings(armband)) as source:
        chunks = read_rows(source, 130, at_once=2)
    got, valid, _ = together(chunks)
    lost = np.flatnonzero(~valid.all(axis=1))
    assert {20, 21} <= set(lost.tolist())
    assert sum(c.lost for c in chunks) == len(lost) <= 8
    np.testing.assert_array_equal(got[valid.all(axis=1)], armband.expected(0, len(got))[valid.all(axis=1)])


def test_a_stall_costs_nothing_and_silence_is_counted(tmp_path: Path) -> None:
    faults = (Fault("stall", 40, 0.25), Fault("silence", 100, 0.3))
    with bench(tmp_path, faults=faults) as armband, open_source(settings(armband)) as source:
        chunks = read_rows(source, 310, at_once=2)
    got, valid, _ = together(chunks)
    np.testing.assert_array_equal(got[:96], armband.expected(0, 96))
    assert valid[:96].all()
    whole = armband.expected(0, len(got))
    np.testing.assert_array_equal(got[-20:], whole[-20:])
    assert sum(c.lost for c in chunks) == (~valid.all(axis=1)).sum() == pytest.approx(60, abs=4)


def test_stopped_closed_and_opened_again(tmp_path: Path) -> None:
    with bench(tmp_path) as armband:
        source = source_for(settings(armband))
        firmware = armband.device.firmware  # type: ignore[attr-defined]
        for _ in range(2):
            with source:
                chunk = read_rows(source, 8)[0]
                assert (chunk.first_index, chunk.lost) == (0, 0)
            until_s = now() + 2.0
            while firmware.connected is not None and now() < until_s:
                sleep(0.005)
            assert (firmware.connected, firmware.sleeps) == (None, True)
        with pytest.raises(SourceError, match="not open"):
            source.read(2, now())


def test_out_of_reach_is_lost_and_comes_back(tmp_path: Path) -> None:
    with bench(tmp_path) as armband:
        source = source_for(settings(armband))
        source.open()
        read_rows(source, 8)
        armband.device.hang_up()  # type: ignore[attr-defined]
        with pytest.raises(SourceLost, match=r"has gone: out of reach \(is it charged"):
            read_rows(source, 10_000)
        source.close()
        with source:
            assert together(read_rows(source, 8))[1].all()


def test_an_unplugged_dongle_is_lost(tmp_path: Path) -> None:
    with bench(tmp_path, faults=(Fault("unplug", 20, 0.2),)) as armband:
        source = source_for(settings(armband))
        source.open()
        with pytest.raises(SourceLost, match=r"unplugged"):
            read_rows(source, 10_000)
        source.close()
        until_s = now() + 5.0
        while True:
            try:
                source.open()
                break
            except (SourceNotFound, SourceLost):
                assert now() < until_s
                sleep(0.02)
        assert together(read_rows(source, 8))[1].all()
        source.close()


def test_a_connection_left_open_is_taken_over(tmp_path: Path) -> None:
    with bench(tmp_path) as armband:
        forgotten = source_for(settings(armband))
        forgotten.open()
        read_rows(forgotten, 8)
        forgotten._wire.close()  # type: ignore[attr-defined] # a program that was killed
        with open_source(settings(armband)) as source:
            assert together(read_rows(source, 20))[1].all()


def test_two_armbands_in_reach_are_named(tmp_path: Path) -> None:
    with bench(tmp_path, options=(("armbands", "2"),)) as armband:
        with pytest.raises(
            SourceError,
            match=rf"2 Myo armbands are in reach: D3:7B:0A:11:22:21 \(-51 dBm\), {FIRST}|{FIRST}.*22:21",
        ):
            open_source(settings(armband, any_armband=True))
        with open_source(settings(armband, options={"address": "D3:7B:0A:11:22:21"})) as source:
            assert source.info.serial == "D3:7B:0A:11:22:21"


def test_nobody_in_reach(tmp_path: Path) -> None:
    with bench(tmp_path, options=(("armbands", "0"),)) as armband:
        with pytest.raises(SourceNotFound, match=r"no Myo is in reach \(listened 0\.2 s\)"):
            open_source(settings(armband, any_armband=True, find_s=0.2))
        with pytest.raises(SourceNotFound, match=rf"Myo {FIRST} is not in reach"):
            open_source(settings(armband, find_s=0.2))


def test_old_firmware_is_refused(tmp_path: Path) -> None:
    with (
        bench(tmp_path, options=(("old", "yes"),)) as armband,
        pytest.raises(SourceError, match=r"firmware 0\.8\.18\.0 is too old \(update it"),
    ):
        open_source(settings(armband))


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with (
        bench(tmp_path) as armband,
        open_source(settings(armband)),
        pytest.raises(SourceBusy, match="in use"),
    ):
        open_source(settings(armband))


def test_what_is_no_dongle_is_named() -> None:
    ours, theirs = os.openpty()
    tty.setraw(ours)
    try:
        os.write(ours, b"OpenBCI V3 8-16 channel\n$$$")
        with pytest.raises(SourceNotFound, match=r"no BLED112 dongle answers here \(check that"):
            open_source(SourceSettings("myo", port=os.ttyname(theirs)))
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"port": ""}, r"source\.port is empty"),
        ({"rate_hz": 1000.0}, r"source\.rate_hz = 1000; a Myo measures at 200 Hz"),
        ({"options": (("address", "D3:7B"),)}, r"address = 'D3:7B': six bytes"),
        ({"options": (("mode", "envelope"),)}, r"mode = 'envelope': allowed: raw, filtered"),
    ],
)
def test_settings_it_cannot_have(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ProfileError, match=says):
        source_for(SourceSettings("myo", **({"port": "/dev/ttyACM9"} | given)))
