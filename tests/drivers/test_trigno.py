"""Delsys Trigno over its real connections."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import now, sleep
from innervate.core.errors import ProfileError, SourceBusy, SourceError, SourceLost, SourceNotFound
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import open_source, source_for
from innervate.sim.faults import Fault
from innervate.sim.trigno import STEP_UV

from .wirebench import (
    WireBench,
    on_the_bench,
    read_rows,
    together,
)

NATIVE_HZ = 26 / 0.0135
MOST = 2**20 - 1
"""7.8 mV: within a sensor's 11 mV."""


def bench(folder: Path, channels: int = 3, rate_hz: float = NATIVE_HZ, **more: Any) -> Any:
    return on_the_bench(
        folder,
        device="trigno",
        pattern_channels=channels,
        pattern_lsb=STEP_UV,
        pattern_most=MOST,
        rate_hz=rate_hz,
        **more,
    )


def settings(base: WireBench, options: dict[str, str] | None = None, **more: Any) -> SourceSettings:
    ports = {name: str(port) for name, port in base.facts["options"].items()}
    given = tuple((ports | (options or {})).items())
    return SourceSettings("trigno", host=base.facts["host"], options=given, **more)


@pytest.mark.parametrize("big_endian", ["no", "yes"])
@pytest.mark.parametrize(("rate_hz", "samples"), [(NATIVE_HZ, 26), (2000.0, 27)])
def test_values_arrive_exactly_at_the_rate_the_base_says(
    tmp_path: Path, rate_hz: float, samples: int, big_endian: str
) -> None:
    with (
        bench(tmp_path, rate_hz=rate_hz, options=(("big_endian", big_endian),)) as base,
        open_source(settings(base)) as source,
    ):
        info = source.info
        assert info.rate_hz == pytest.approx(rate_hz, rel=1e-9)
        assert (info.channels, info.unit) == (("sensor1", "sensor2", "sensor3"), "uV")
        assert (info.samples_per_packet, info.railed, info.serial) == (samples, 11_000.0, "BID: 1234")
        chunks = read_rows(source, 200)
    got, valid, t_s = together(chunks)
    assert valid.all()
    assert sum(c.lost for c in chunks) == 0
    np.testing.assert_array_equal(got, base.expected(0, len(got)))
    assert got.max() == np.float32(MOST * STEP_UV)
    assert got.min() == np.float32(-(MOST + 1) * STEP_UV)
    assert t_s[-1] - t_s[0] == pytest.approx((len(t_s) - 1) / rate_hz, abs=0.02)


def test_slots_follow_the_start_index_and_channels_are_picked_and_ordered(tmp_path: Path) -> None:
    with bench(tmp_path, 6, options=(("sensors", "2,5x4,7"), ("asleep", "11"))) as base:
        with open_source(settings(base)) as source:
            assert source.info.channels == ("sensor2", "s5.1", "s5.2", "s5.3", "s5.4", "sensor7")
            assert "Paired but not switched on: sensor 11." in source.info.notes
            first, _, _ = together(read_rows(source, 60))
        np.testing.assert_array_equal(first, base.expected(0, len(first)))
        with open_source(settings(base, channels=("sensor7", "s5.2"))) as source:
            later, _, _ = together(read_rows(source, 60))
    start = np.flatnonzero(base.expected(0, 9000)[:, 5] == later[0, 0])
    expected = [base.expected(int(k), len(later))[:, [5, 2]] for k in start]
    assert any((later == each).all() for each in expected)


def test_beside_emg_each_sensors_motion_has_its_own_rate_and_age(tmp_path: Path) -> None:
    with bench(tmp_path, 2) as base, open_source(settings(base)) as source:
        chunks = read_rows(source, 400, at_once=52)
    blocks = {block.name: block for block in chunks[-1].aux}
    assert list(blocks) == ["sensor1.accel", "sensor1.gyro", "sensor2.accel", "sensor2.gyro"]
    assert [block.unit for block in blocks.values()] == ["g", "deg/s", "g", "deg/s"]
    np.testing.assert_allclose(blocks["sensor2.accel"].values[-1], [0.022, -0.01, 0.999], rtol=1e-5)
    t_s = blocks["sensor2.accel"].t_s
    assert np.diff(t_s) == pytest.approx(0.0135 / 2, abs=1e-3)
    assert chunks[-1].t_s[-1] - t_s[-1] == pytest.approx(0.0, abs=0.03)


def test_without_aux_nothing_is_asked_for_it(tmp_path: Path) -> None:
    with bench(tmp_path, 1) as base, open_source(settings(base, {"aux": "no"})) as source:
        assert read_rows(source, 30)[-1].aux == ()
        assert not base.device._aux_port.connected  # type: ignore[attr-defined]


def test_an_old_base_is_told_its_rate_and_read_by_sensor_number(tmp_path: Path) -> None:
    options = (("old", "yes"), ("legacy", "yes"), ("big_endian", "yes"))
    with bench(tmp_path, 16, 2000.0, options=options) as base:
        with pytest.raises(SourceError, match=r"does not say its rate \(set source.rate_hz\)"):
            open_source(settings(base, {"legacy": "yes"}))
        with open_source(settings(base, {"legacy": "yes"}, rate_hz=2000.0)) as source:
            assert source.info.channels[-1] == "sensor16"
            got, _, _ = together(read_rows(source, 60))
    np.testing.assert_array_equal(got, base.expected(0, len(got)))


def test_the_legacy_ports_carry_the_same(tmp_path: Path) -> None:
    with (
        bench(tmp_path, 2, 2000.0, options=(("legacy", "yes"),)) as base,
        open_source(settings(base, {"legacy": "yes"})) as source,
    ):
        chunks = read_rows(source, 60)
        assert base.device.firmware.legacy  # type: ignore[attr-defined]
    got, _, _ = together(chunks)
    np.testing.assert_array_equal(got, base.expected(0, len(got)))
    assert {block.name for block in chunks[-1].aux} >= {"sensor1.accel", "sensor2.accel"}


def test_different_rates_are_refused_in_one_line(tmp_path: Path) -> None:
    with bench(tmp_path, 2, options=(("odd_sensor", "2"),)) as base:
        with pytest.raises(
            SourceError, match=r"different rates: sensor1 1925\.926 Hz, sensor2 1259\.259 Hz \(give all"
        ):
            open_source(settings(base))
        with pytest.raises(SourceError, match=r"measure 1259\.259 Hz, but the base sends 1925\.926 Hz"):
            open_source(settings(base, channels=("sensor2",)))
        with open_source(settings(base, channels=("sensor1",))) as source:
            assert source.info.channels == ("sensor1",)


def test_a_rate_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with bench(tmp_path, 1) as base:
        with pytest.raises(SourceError, match=r"source\.rate_hz = 1000; the sensors are set to 1925\.926"):
            open_source(settings(base, rate_hz=1000.0))
        with open_source(settings(base, rate_hz=1925.93)) as source:
            assert source.info.rate_hz == pytest.approx(NATIVE_HZ)


def test_no_sensor_and_no_such_channel(tmp_path: Path) -> None:
    with bench(tmp_path, 1) as base:
        with pytest.raises(SourceError, match=r"no channel 'biceps'; it has sensor1"):
            open_source(settings(base, channels=("biceps",)))
        base.device.firmware.sensors = ()  # type: ignore[attr-defined]
        with pytest.raises(SourceNotFound, match=r"no sensor is switched on \(none is paired\)"):
            open_source(settings(base))


def test_a_base_in_use_says_so(tmp_path: Path) -> None:
    with bench(tmp_path, 1) as base:
        base.device.firmware._act = lambda text: "CANNOT COMPLETE"  # type: ignore[attr-defined]
        with pytest.raises(SourceBusy, match=r"does not start: 'CANNOT COMPLETE'"):
            open_source(settings(base))


def test_stopped_closed_and_opened_again(tmp_path: Path) -> None:
    with bench(tmp_path, 1) as base:
        source = source_for(settings(base))
        for _ in range(2):
            with source:
                assert read_rows(source, 30)[0].first_index == 0
            assert not base.device.wanted
        source.close()
        with pytest.raises(SourceError, match="not open"):
            source.read(1, now())


def test_a_pulled_cable_is_lost_and_a_second_start_works(tmp_path: Path) -> None:
    with bench(tmp_path, 1, faults=(Fault("unplug", 260, 0.3),)) as base:
        source = source_for(settings(base))
        source.open()
        with pytest.raises(SourceLost, match=r"has hung up"):
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
        got, valid, _ = together(read_rows(source, 60))
        source.close()
    assert valid.all()
    counts = got[:, 0] / STEP_UV
    assert (np.abs(counts) <= MOST + 1).all()


def test_pieces_and_a_stall_cost_nothing(tmp_path: Path) -> None:
    faults = (Fault("pieces", 26), Fault("stall", 100, 0.3), Fault("pieces", 900))
    with bench(tmp_path, 2, faults=faults) as base, open_source(settings(base)) as source:
        chunks = read_rows(source, 1500)
    got, valid, _ = together(chunks)
    assert valid.all()
    assert sum(c.lost for c in chunks) == 0
    np.testing.assert_array_equal(got, base.expected(0, len(got)))


def test_what_a_server_threw_away_is_found_by_the_clock(tmp_path: Path) -> None:
    with (
        bench(tmp_path, 1, faults=(Fault("silence", 520, 0.4),)) as base,
        open_source(settings(base)) as source,
    ):
        chunks = read_rows(source, 3000)
    lost = sum(c.lost for c in chunks)
    assert lost == pytest.approx(0.4 * NATIVE_HZ, abs=60)


def test_reading_never_waits_past_its_deadline(tmp_path: Path) -> None:
    with (
        bench(tmp_path, 1, faults=(Fault("stall", 52, 0.5),)) as base,
        open_source(settings(base)) as source,
    ):
        read_rows(source, 26)
        began_s = now()
        chunk = source.read(1000, began_s + 0.05)
        took_s = now() - began_s
    assert len(chunk) < 1000
    assert took_s < 0.15


@pytest.fixture
def speaker() -> Iterator[Any]:
    """A server that says something else, or nothing."""
    servers: list[socket.socket] = []

    def make(says: bytes) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                peer.sendall(says)
                peer.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])

    yield make
    for server in servers:
        server.close()


def test_something_else_on_the_port_is_named(speaker: Any) -> None:
    given = (("command_port", str(speaker(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"))),)
    with pytest.raises(SourceNotFound, match=r"not a Trigno, it says 'SSH-2\.0-OpenSSH_9\.2'"):
        open_source(SourceSettings("trigno", host="127.0.0.1", options=given))


def test_nobody_there(speaker: Any) -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    given = (("command_port", str(port)),)
    with pytest.raises(SourceNotFound, match=r"connection refused.*start its program"):
        open_source(SourceSettings("trigno", host="127.0.0.1", options=given))
    with pytest.raises(ProfileError, match=r"source\.host is empty"):
        source_for(SourceSettings("trigno"))
    with pytest.raises(ProfileError, match=r"aux_port = 70000: a port is 1 to 65535"):
        source_for(SourceSettings("trigno", host="127.0.0.1", options=(("aux_port", "70000"),)))


def test_the_virtual_base_refuses_what_no_base_has(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"not 1000 Hz, but 1037\.037 Hz"), bench(tmp_path, 1, 1000.0):
        pass
    with pytest.raises(ProfileError, match=r"16 slots; 17 channels"), bench(tmp_path, 17):
        pass
