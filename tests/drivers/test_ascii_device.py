"""Boards that print lines, over their real wire. They send all the time: rows are found by what they say."""

import os
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import cpu_s, now
from innervate.core.errors import ProfileError, SourceError, SourceLost, SourceNotFound
from innervate.drivers.ascii import device
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import EmgSource
from innervate.drivers.table import open_source, source_for
from innervate.sim.faults import Fault

from .alwayson import place
from .wirebench import WireBench, on_the_bench, read_rows, together

CONVERTER = {"zero": "2048", "full_scale": "4095"}


@pytest.fixture(autouse=True)
def short_listening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_LISTEN_S", 0.2)
    monkeypatch.setattr(device, "_SETTLE_S", 0.02)
    monkeypatch.setattr(device, "_OFF", 0.1)  # a fifth of a second on a busy machine


def pattern(channels: int, sketch: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "device": "ascii",
        "pattern_channels": channels,
        "pattern_most": 2047,
        "rate_hz": 1000.0,
        "options": tuple((sketch or {}).items()),
        **more,
    }


def opened(bench: WireBench, options: dict[str, str] | None = None, **more: Any) -> EmgSource:
    chosen = tuple({**CONVERTER, **(options or {})}.items())
    more = {"rate_hz": 1000.0, **more}
    return open_source(SourceSettings("ascii", port=str(bench.facts["port"]), options=chosen, **more))


def test_lines_arrive_exactly_with_extremes_and_again_after_closing(tmp_path: Path) -> None:
    with (
        on_the_bench(
            tmp_path, **pattern(4, {"comments": "true", "scale_uv": "0.3"}, pattern_lsb=0.3)
        ) as bench,
        opened(bench, {"scale_uv": "0.3"}) as source,
    ):
        info = source.info
        assert (info.unit, info.channels, info.envelope) == ("uV", ("ch1", "ch2", "ch3", "ch4"), False)
        assert info.railed == pytest.approx(2047 * 0.3)
        for again in range(2):
            if again:
                source.close()
                source.open()
            samples, valid, t_s = together(read_rows(source, 250))
            assert valid.all()
            np.testing.assert_array_equal(samples, bench.expected(place(bench, samples), len(samples)))
            assert (np.diff(t_s) >= 0).all()
        assert (samples.max(), samples.min()) == (np.float32(2047 * 0.3), np.float32(-2048 * 0.3))


@pytest.mark.parametrize(
    ("sketch", "options"),
    [
        ({"separator": "tab", "labels": "true", "load": "true"}, {"aux": "load N"}),
        ({"separator": "space", "stamp": "ms"}, {"columns": "t,ch1,ch2,ch3", "time": "t", "time_unit": "ms"}),
        ({"separator": "semicolon", "stamp": "us", "labels": "true"}, {"time": "t"}),
    ],
)
def test_every_way_to_write_a_line(tmp_path: Path, sketch: dict[str, str], options: dict[str, str]) -> None:
    with (
        on_the_bench(tmp_path, **pattern(3, sketch)) as bench,
        opened(bench, options, channels=("ch3", "ch1")) as source,
    ):
        chunks = read_rows(source, 100)
        samples, valid, _ = together(chunks)
        at = place(bench, samples, columns=(2, 0))
        np.testing.assert_array_equal(samples, bench.expected(at, len(samples))[:, [2, 0]])
        assert (source.info.channels, valid.all()) == (("ch3", "ch1"), True)
        if "load" in sketch:
            load = chunks[-1].aux[0]
            assert (load.name, load.unit, load.values.shape[1]) == ("load", "N", 1)
            assert 0 <= load.values.min() <= load.values.max() <= 400
            assert 0 <= now() - load.t_s[-1] < 0.5


def test_the_rate_is_measured_when_nobody_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_TIDY", 0.08)
    with on_the_bench(tmp_path, **pattern(2, rate_hz=500.0)) as bench:
        with opened(bench, rate_hz=0.0) as source:
            assert source.info.rate_hz == 500.0
            source.close()
            source.open()
            assert source.info.rate_hz == 500.0
        with pytest.raises(
            SourceError, match=r"sends (4|5)\d\d lines a second, not 1000 .set source.rate_hz = 500"
        ):
            opened(bench)


def test_stamps_say_the_rate_and_count_what_is_lost(tmp_path: Path) -> None:
    kinds = ("drop", "garbage", "garbage_inside", "cut", "pieces", "drop")
    faults = tuple(Fault(kind, 700 + 10 * k) for k, kind in enumerate(kinds))
    options = {"columns": "t,ch1,ch2", "time": "t"}
    with (
        on_the_bench(tmp_path, **pattern(2, {"stamp": "us"}, faults=faults)) as bench,
        opened(bench, options, rate_hz=0.0) as source,
    ):
        assert source.info.rate_hz == 1000.0
        chunks = read_rows(source, 700)
    samples, valid, _ = together(chunks)
    first = place(bench, samples)
    lost = np.flatnonzero(~valid.all(axis=1))
    assert (lost + first).tolist() == [700, 710, 720, 730, 731, 750]
    assert sum(c.lost for c in chunks) == len(lost)
    good = valid.all(axis=1)
    np.testing.assert_array_equal(samples[good], bench.expected(first, len(samples))[good])


def test_without_stamps_spoilt_lines_are_counted(tmp_path: Path) -> None:
    faults = tuple(Fault(kind, 700 + 10 * k) for k, kind in enumerate(("garbage", "garbage_inside", "cut")))
    with on_the_bench(tmp_path, **pattern(3, faults=faults)) as bench, opened(bench) as source:
        samples, valid, _ = together(read_rows(source, 700))
    first = place(bench, samples)
    good = valid.all(axis=1)
    assert (np.flatnonzero(~good) + first).tolist() == [700, 710, 720, 721]
    np.testing.assert_array_equal(samples[good], bench.expected(first, len(samples))[good])


def test_an_envelope_says_what_it_is(tmp_path: Path) -> None:
    with (
        on_the_bench(tmp_path, **pattern(1)) as bench,
        opened(bench, {"kind_of_signal": "envelope"}) as source,
    ):
        assert source.info.envelope
        assert "zero crossings" in source.info.notes[0]
        assert source.info.unit == "a.u."


def test_unplugged_and_plugged_in_again_with_another_sketch(tmp_path: Path) -> None:
    with on_the_bench(tmp_path, **pattern(2)) as bench:
        source = opened(bench)
        read_rows(source, 40)
        bench.device.cable.unplug()  # type: ignore[union-attr]
        with pytest.raises(SourceLost, match="unplugged"):
            read_rows(source, 10_000)
        source.close()
        bench.device.cable.plug()  # type: ignore[union-attr]
        source.open()
        read_rows(source, 40)
        bench.device._channels = ("ch1",)  # type: ignore[attr-defined]
        bench.device.start = _first_column(bench.device.start)  # type: ignore[method-assign]
        with pytest.raises(SourceLost, match=r"sends 1 column now; it sent 2 columns"):
            read_rows(source, 10_000)
        source.close()
        with pytest.raises(SourceError, match=r"sends 1 column now; it sent 2 columns"):
            source.open()


def _first_column(start: Any) -> Any:
    return lambda samples, t_s: start(samples[:, :1], t_s)


@contextmanager
def stranger(line: bytes, every_s: float) -> Iterator[str]:
    """Something that says `line` again and again."""
    fd, other = os.openpty()
    tty.setraw(fd)
    tty.setraw(other)
    os.set_blocking(fd, False)
    stop = threading.Event()

    def serve() -> None:
        while not stop.wait(every_s):
            if line:
                os.write(fd, line)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield os.ttyname(other)
    finally:
        stop.set()
        thread.join()
        os.close(fd)
        os.close(other)


@pytest.mark.parametrize(
    ("line", "every_s", "error", "said"),
    [
        (b"", 0.01, SourceNotFound, "nothing is sent .load the sketch"),
        (b"Hello!\r\n", 0.01, SourceNotFound, "bytes come at 115200 baud, but no lines of numbers"),
        (bytes(range(128, 160)), 0.01, SourceNotFound, "as the sketch's Serial.begin has it"),
        (
            b"512\r\n",
            0.02,
            SourceError,
            r"sends \d\d lines a second; control needs at least 200 .load a faster",
        ),
        (b"1,2\r\n1,2\r\n1,2\r\n1,2\r\n", 0.01, ProfileError, "'load'; the board sends ch1, ch2"),
    ],
)
def test_a_board_that_will_not_do_is_one_line(line: bytes, every_s: float, error: type, said: str) -> None:
    options = (("aux", "load N"),) if b"," in line else ()
    with stranger(line, every_s) as port, pytest.raises(error, match=said) as caught:
        open_source(SourceSettings("ascii", port=port, find_s=0.3, options=options))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rate_hz": 100.0}, "rate_hz = 100; control needs at least 200 Hz .load a faster sketch"),
        ({"options": (("time_unit", "s"),)}, "allowed: us, ms"),
        ({"options": (("gain", "2"),)}, "no such option; allowed: baud, columns, emg"),
        ({"port": ""}, "source.port is empty"),
    ],
)
def test_settings_that_cannot_be(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        source_for(SourceSettings(**{"kind": "ascii", "port": "/dev/ttyACM0", **more}))


def test_eight_channels_at_a_kilohertz_are_cheap() -> None:
    from innervate.drivers.ascii.codec import LineDecoder
    from innervate.drivers.ascii.layout import lay_out
    from innervate.drivers.ascii.lines import Shape
    from innervate.drivers.ascii.settings import AsciiOptions

    plain = LineDecoder(lay_out(Shape(8), AsciiOptions()))
    block = b"".join(b",".join(b"%d" % (k * 37 % 4096) for k in range(8)) + b"\r\n" for _ in range(10))
    plain.feed(block)
    took_s = []
    for _ in range(5):  # the least of five: others work on this machine too
        t_s = cpu_s()
        for _ in range(100):
            plain.feed(block)
        took_s.append(cpu_s() - t_s)
    assert min(took_s) < 0.05  # one second of lines
