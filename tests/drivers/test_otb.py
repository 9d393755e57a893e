"""Muovi, Sessantaquattro and Quattrocento over real connections."""

import socket
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import now, sleep
from innervate.core.errors import (
    InnervateError,
    ProfileError,
    SourceBusy,
    SourceError,
    SourceLost,
    SourceNotFound,
)
from innervate.drivers.otb import muovi, quattrocento
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import EmgSource
from innervate.drivers.table import open_source, source_for
from innervate.sim.faults import Fault
from innervate.sim.otb import free_port

from .wirebench import (
    WireBench,
    on_the_bench,
    read_rows,
    together,
)

MOST_16, MOST_24 = 2**15 - 1, 2**23 - 1
DEVICES = {
    # kind: channels, Hz, microvolts of a count
    "muovi": (32, 2000.0, muovi.MICROVOLTS),
    "muovi-plus": (64, 2000.0, muovi.MICROVOLTS),
    "sessantaquattro": (64, 2000.0, muovi.MICROVOLTS),
    "quattrocento": (96, 2048.0, quattrocento.MICROVOLTS),
}


def bench(folder: Path, kind: str, **more: Any) -> Any:
    channels, rate_hz, lsb = DEVICES[kind]
    settings = {
        "device": kind,
        "pattern_channels": channels,
        "rate_hz": rate_hz,
        "pattern_lsb": lsb,
        "pattern_most": MOST_16,
    }
    return on_the_bench(folder, **settings | more)


def settings(device: WireBench, options: dict[str, str] | None = None, **more: Any) -> SourceSettings:
    kind = more.pop("kind", device.settings.device)
    given = {"port": str(device.facts["tcp_port"])} | (options or {})
    return SourceSettings(kind, host=device.facts["host"], options=tuple(given.items()), **more)


@pytest.mark.parametrize("instant", [True, False])
@pytest.mark.parametrize("kind", DEVICES)
def test_values_arrive_exactly(tmp_path: Path, kind: str, instant: bool) -> None:
    channels, rate_hz, lsb = DEVICES[kind]
    with bench(tmp_path, kind, instant=instant) as device, open_source(settings(device)) as source:
        info = source.info
        assert (info.kind, len(info.channels), info.rate_hz, info.unit) == (kind, channels, rate_hz, "uV")
        assert info.railed == MOST_16 * lsb
        chunks = read_rows(source, 300)
    got, valid, t_s = together(chunks)
    assert valid.all()
    assert sum(c.lost for c in chunks) == 0
    np.testing.assert_array_equal(got, device.expected(0, len(got)))
    assert (got.max(), got.min()) == (np.float32(MOST_16 * lsb), np.float32(-(MOST_16 + 1) * lsb))
    assert t_s[-1] - t_s[0] == pytest.approx((len(t_s) - 1) / rate_hz, abs=0.02)


@pytest.mark.parametrize(
    ("kind", "rate_hz", "options"),
    [
        ("muovi", 500.0, {"resolution": "24"}),
        ("sessantaquattro", 4000.0, {"resolution": "24", "high_pass": "no"}),
    ],
)
def test_24_bits(tmp_path: Path, kind: str, rate_hz: float, options: dict[str, str]) -> None:
    with (
        bench(tmp_path, kind, rate_hz=rate_hz, pattern_most=MOST_24) as device,
        open_source(settings(device, options, rate_hz=rate_hz)) as source,
    ):
        assert source.info.rate_hz == rate_hz
        got, valid, _ = together(read_rows(source, 110))
    assert valid.all()
    np.testing.assert_array_equal(got, device.expected(0, len(got)))
    assert got.max() == np.float32(MOST_24 * muovi.MICROVOLTS)


@pytest.mark.parametrize("plus", ["yes", "no"])
@pytest.mark.parametrize(
    ("inputs", "mode", "channels"), [("64", "monopolar", 64), ("16", "bipolar", 8), ("8", "differential", 8)]
)
def test_a_sessantaquattros_width_is_found(
    tmp_path: Path, inputs: str, mode: str, channels: int, plus: str
) -> None:
    with (
        bench(tmp_path, "sessantaquattro", pattern_channels=channels, options=(("plus", plus),)) as device,
        open_source(settings(device, {"inputs": inputs, "mode": mode})) as source,
    ):
        chunks = read_rows(source, 60)
        assert len(source.info.channels) == channels
    got, _, _ = together(chunks)
    np.testing.assert_array_equal(got, device.expected(0, len(got)))
    names = {block.name for block in chunks[-1].aux}
    assert names == {"trigger", "buffer", "aux_in"} | ({"quaternion"} if plus == "yes" else set())


def test_what_comes_beside_emg(tmp_path: Path) -> None:
    with bench(tmp_path, "muovi-plus") as device, open_source(settings(device)) as source:
        chunks = read_rows(source, 2400, at_once=20)
    readings = {
        name: {
            float(t): block.values[n].tolist()
            for chunk in chunks
            for block in chunk.aux
            if block.name == name
            for n, t in enumerate(block.t_s)
        }
        for name in ("quaternion", "trigger", "buffer")
    }
    turns = list(readings["quaternion"])
    assert np.median(np.diff(turns)) == pytest.approx(0.01, abs=1e-3)
    lengths = np.linalg.norm(list(readings["quaternion"].values()), axis=1)
    np.testing.assert_allclose(lengths, 1.0, atol=1e-3)
    zero_s = min(readings["trigger"])
    for t_s, (high,) in readings["trigger"].items():
        if (t_s - zero_s) % 1.0 < 0.04 or 0.06 < (t_s - zero_s) % 1.0 < 0.9:
            assert high == ((t_s - zero_s) % 1.0 < 0.05)
    assert set(map(tuple, readings["buffer"].values())) == {(3.0,)}


def test_aux_in_of_a_quattrocento_is_in_volts(tmp_path: Path) -> None:
    with bench(tmp_path, "quattrocento") as device, open_source(settings(device)) as source:
        chunk = read_rows(source, 40, at_once=40)[-1]
    block = {block.name: block for block in chunk.aux}["aux_in"]
    assert (block.unit, block.values.shape[1]) == ("V", 16)
    steps = np.diff(block.values[-1]) / quattrocento.AUX_VOLTS
    np.testing.assert_allclose(steps, 1.0, rtol=1e-3)
    assert len(block.values) == len(block.t_s)


def test_a_quattrocento_is_set_as_wanted(tmp_path: Path) -> None:
    options = {
        "emg_channels": "384",
        "high_pass": "100",
        "low_pass": "900",
        "bipolar": "in1",
        "differential": "mi4",
    }
    with bench(tmp_path, "quattrocento", pattern_channels=384, rate_hz=5120.0) as device:
        wanted = ("mi4.64", "in1.1")
        with open_source(settings(device, options, rate_hz=5120.0, channels=wanted)) as source:
            config = device.device.firmware.config
            assert source.info.channels == wanted
            assert "100 to 900 Hz" in source.info.notes[0]
            got, _, _ = together(read_rows(source, 60))
    assert (config[0], config[5], config[8], config[38]) == (0b1001_0111, 0b10_10_10, 0b10_10_00, 0b10_10_01)
    np.testing.assert_array_equal(got, device.expected(0, len(got))[:, [383, 0]])


@pytest.mark.parametrize("kind", ["muovi", "quattrocento"])
def test_faults_cost_what_they_destroy(tmp_path: Path, kind: str) -> None:
    faults = (
        Fault("drop", 200),
        Fault("pieces", 300),
        Fault("garbage", 400),
        Fault("garbage_inside", 500),
        Fault("cut", 600),
        Fault("stall", 700, 0.2),
        Fault("silence", 1300, 0.1),
    )
    with bench(tmp_path, kind, faults=faults) as device, open_source(settings(device)) as source:
        chunks = read_rows(source, 2000)
        at_once = device.device.block_samples
    got, valid, _ = together(chunks)
    expected = device.expected(0, len(got))
    np.testing.assert_array_equal(got[valid], expected[valid])
    lost = np.flatnonzero(~valid.any(axis=1))
    assert sum(c.lost for c in chunks) == len(lost)
    near = [k for k in lost.tolist() if any(0 <= k - at < 2 * at_once for at in (200, 400, 500, 600))]
    assert at_once + at_once // 2 <= len(near) <= 2 * at_once + 6
    silent = [k for k in lost.tolist() if k not in near]
    assert silent == list(range(silent[0], silent[-1] + 1))
    assert 1300 <= silent[0] < 1300 + at_once
    assert len(silent) == pytest.approx(0.1 * source.info.rate_hz, abs=0.05 * source.info.rate_hz)


@pytest.mark.parametrize("kind", DEVICES)
def test_stopped_closed_and_opened_again(tmp_path: Path, kind: str) -> None:
    with bench(tmp_path, kind) as device:
        source = source_for(settings(device))
        for _ in range(2):
            with source:
                chunks = read_rows(source, 40)
                assert chunks[0].first_index == 0
                assert all(c.valid.all() for c in chunks)
            assert not device.device.wanted
        source.close()
        with pytest.raises(SourceError, match="not open"):
            source.read(1, now())


def opened(source: EmgSource, timeout_s: float = 5.0) -> None:
    until_s = now() + timeout_s
    while True:
        try:
            source.open()
        except (SourceNotFound, SourceLost):
            assert now() < until_s
            source.close()
            sleep(0.02)
        else:
            return


@pytest.mark.parametrize("kind", ["muovi", "quattrocento"])
def test_a_probe_that_went_away_is_taken_again(tmp_path: Path, kind: str) -> None:
    with bench(tmp_path, kind, faults=(Fault("unplug", 260, 0.3),)) as device:
        source = source_for(settings(device))
        source.open()
        with pytest.raises(SourceLost, match=r"has hung up"):
            read_rows(source, 10_000)
        source.close()
        opened(source)
        chunks = read_rows(source, 60)
        source.close()
    got, valid, _ = together(chunks)
    assert valid.all()
    counts = got / DEVICES[kind][2]
    np.testing.assert_allclose(counts, np.rint(counts), atol=0.01)


def test_a_program_that_left_a_quattrocento_running_is_no_matter(tmp_path: Path) -> None:
    with bench(tmp_path, "quattrocento") as device:
        port = int(device.facts["tcp_port"])
        with socket.create_connection(("127.0.0.1", port)) as rude:
            rude.sendall(quattrocento.config(2048.0, 96, [quattrocento.Input()] * 12, go=True))
            rude.recv(1000)
        with open_source(settings(device)) as source:
            chunks = read_rows(source, 60)
    _, valid, _ = together(chunks)
    assert valid.all()


def test_the_right_probe_of_two(tmp_path: Path) -> None:
    with (
        bench(tmp_path, "muovi-plus") as device,
        pytest.raises(SourceError, match=r'has 64 channels \(set source.kind = "muovi-plus"\)'),
    ):
        open_source(settings(device, kind="muovi"))
    with (
        bench(tmp_path, "muovi") as device,
        pytest.raises(SourceError, match=r'has 32 channels \(set source.kind = "muovi"\)'),
    ):
        open_source(settings(device, kind="muovi-plus"))


def stranger(port: int, says: bytes, *, dials: bool) -> threading.Thread:
    def serve() -> None:
        if dials:
            until_s = now() + 5.0
            while now() < until_s:
                try:
                    peer = socket.create_connection(("127.0.0.1", port))
                    break
                except OSError:
                    sleep(0.01)
        else:
            with socket.create_server(("127.0.0.1", port)) as listener:
                peer, _ = listener.accept()
        with peer:
            try:
                while peer.recv(100):
                    peer.sendall(says)
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def opened_soon(kind: str, port: int) -> None:
    """A stranger that listens may not do so yet."""
    until_s = now() + 5.0
    while True:
        try:
            open_source(SourceSettings(kind, host="127.0.0.1", options=(("port", str(port)),))).close()
        except SourceNotFound as error:
            if "refused" in str(error) and now() < until_s:
                sleep(0.02)
                continue
            raise
        return


@pytest.mark.parametrize("kind", DEVICES)
def test_something_else_is_named_in_one_line(kind: str) -> None:
    port = free_port("127.0.0.1")
    thread = stranger(port, np.random.default_rng(1).bytes(30_000), dials=kind != "quattrocento")
    with pytest.raises(SourceNotFound, match=r"where its sample counter should be, nothing counts"):
        opened_soon(kind, port)
    thread.join(5)


@pytest.mark.parametrize("kind", ["muovi", "quattrocento"])
def test_nothing_comes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("innervate.drivers.otb.base._FIRST_S", 0.2)
    port = free_port("127.0.0.1")
    thread = stranger(port, b"SSH-2.0", dials=kind != "quattrocento")
    with pytest.raises(SourceNotFound, match=r"only \d+ bytes came in 0.2 s"):
        opened_soon(kind, port)
    thread.join(5)


def test_nobody_there_and_a_port_that_is_taken() -> None:
    port = free_port("127.0.0.1")
    given = SourceSettings("muovi", options=(("port", str(port)),), find_s=0.1)
    with pytest.raises(SourceNotFound, match=r"no amplifier dialled in on 127\.0\.0\.1"):
        open_source(given)
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(SourceBusy, match=r"in use by another program"),
    ):
        open_source(given)
    boxed = SourceSettings("quattrocento", host="127.0.0.1", options=(("port", str(port)),))
    with pytest.raises(SourceNotFound, match=r"connection refused"):
        open_source(boxed)


@pytest.mark.parametrize(
    ("kind", "more", "options", "says"),
    [
        ("muovi", {"rate_hz": 1000.0}, {}, r"rate_hz = 1000; a muovi has 2000 Hz at 16 bits"),
        ("muovi-plus", {"rate_hz": 2000.0}, {"resolution": "24"}, r"a muovi-plus has 500 Hz at 24 bits"),
        ("muovi", {}, {"mode": "gain4"}, r"has no such option; allowed: port, peer, resolution"),
        ("muovi", {}, {"port": "0"}, r"port = 0: a port is 1 to 65535"),
        ("muovi", {"channels": ("ch33",)}, {}, r"no channel 'ch33'"),
        ("sessantaquattro", {"rate_hz": 2048.0}, {}, r"has 500, 1000, 2000, 4000 Hz"),
        ("sessantaquattro", {}, {"mode": "test"}, r"allowed: monopolar, bipolar, differential"),
        ("quattrocento", {"rate_hz": 2000.0}, {}, r"has 512, 2048, 5120, 10240 Hz"),
        ("quattrocento", {"rate_hz": 512.0}, {"low_pass": "500"}, r"low_pass = 500 at 512 Hz; allowed: 130"),
        ("quattrocento", {}, {"bipolar": "in9"}, r"no input 'in9'; it has in1, in2"),
        ("quattrocento", {}, {"bipolar": "in1", "differential": "in1"}, r"in1 cannot be bipolar and"),
    ],
)
def test_what_a_device_cannot_have_is_refused(
    kind: str, more: dict[str, Any], options: dict[str, str], says: str
) -> None:
    with pytest.raises(InnervateError, match=says) as refused:
        source_for(SourceSettings(kind, options=tuple(options.items()), **more))
    assert "\n" not in str(refused.value)


def test_beyond_this_machine_the_probe_must_be_named() -> None:
    options = (("port", str(free_port("127.0.0.1"))),)
    with pytest.raises(SourceError, match=r"set source\.options\.peer to the probe's own address"):
        open_source(SourceSettings("muovi", host="0.0.0.0", options=options, find_s=0.1))
    with pytest.raises(SourceNotFound, match=r"no amplifier dialled in"):
        open_source(
            SourceSettings("muovi", host="0.0.0.0", options=(*options, ("peer", "192.0.2.7")), find_s=0.1)
        )


def test_a_probe_in_another_mode_says_so(tmp_path: Path) -> None:
    """The virtual probe itself: gain 4, the test ramp, and the settings that a Sessantaquattro tells."""
    with bench(tmp_path, "muovi") as device:
        firmware = device.device.firmware
        firmware.feed(b"\x0b")
        assert (firmware.streaming, firmware.microvolts) == (True, 2 * muovi.MICROVOLTS)
        firmware.feed(b"\x08")
        assert (firmware.streaming, firmware.hangs_up) == (False, True)
    with bench(tmp_path, "sessantaquattro") as device:
        firmware = device.device.firmware
        answer = firmware.feed(b"\x58\x41\x80")
        assert (answer, firmware.streaming) == (b"", True)
        assert firmware.feed(b"\x00") == b"\x58\x41" + bytes(11)


def test_the_virtual_devices_refuse_what_none_has(tmp_path: Path) -> None:
    with (
        pytest.raises(ProfileError, match=r"a muovi sends 500, 2000 Hz, not 1000 Hz"),
        bench(tmp_path, "muovi", rate_hz=1000.0),
    ):
        pass
    with (
        pytest.raises(ProfileError, match=r"a muovi has 32 channels"),
        bench(tmp_path, "muovi", pattern_channels=33),
    ):
        pass
