"""SpikerShield: the codec, and the device over its real wire."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.errors import ProfileError, SourceLost, SourceNotFound
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import EmgSource
from innervate.drivers.spikershield import device
from innervate.drivers.spikershield.codec import (
    MESSAGE_BEGINS,
    MESSAGE_ENDS,
    MIDDLE,
    ShieldDecoder,
    channels_command,
    encode,
)
from innervate.drivers.table import open_source, source_for
from innervate.sim.faults import Fault

from .alwayson import place
from .wirebench import WireBench, on_the_bench, read_rows, together

READING = st.integers(0, 1023)
MESSAGE = st.binary(max_size=40).map(lambda text: MESSAGE_BEGINS + text.replace(b"\xff", b"") + MESSAGE_ENDS)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(at)]


def rows_of(channels: int, n: int) -> np.ndarray:
    return (np.arange(n * channels) * 37 % 1024).reshape(n, channels)


def frames(readings: np.ndarray) -> list[bytes]:
    return [encode(readings[k : k + 1]) for k in range(len(readings))]


def test_the_sheets_layout() -> None:
    """Bits 9 to 7, bit 7 set in the frame's first byte only, then bits 6 to 0."""
    raw = bytes((0x80 | 7, 0x7F, 0, 0, 4, 0))
    assert encode(np.array([[1023, 0, 512]])) == raw
    assert ShieldDecoder(3).feed(raw * 4).counts.tolist() == [[511, -512, 0]] * 3
    assert channels_command(3) == b"c:3\n"


@given(st.integers(1, 6), st.data(), st.lists(st.integers(0, 300), max_size=8))
def test_rows_come_back_from_any_split_with_messages_between_any_bytes(
    channels: int, data: Any, cuts: list[int]
) -> None:
    readings = np.array(
        data.draw(st.lists(st.lists(READING, min_size=channels, max_size=channels), min_size=3, max_size=12))
    )
    raw = encode(readings)
    for at in sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=2)), reverse=True):
        raw = raw[:at] + data.draw(MESSAGE) + raw[at:]
    decoder = ShieldDecoder(channels)
    found = [decoder.feed(part) for part in cut(raw + b"\x80", cuts)]
    np.testing.assert_array_equal(np.concatenate([f.counts for f in found]), readings - MIDDLE)
    assert decoder.skipped == 0
    assert all(f.lost_before is None for f in found)


@given(
    st.integers(1, 6),
    st.lists(
        st.one_of(st.integers(1, 8), st.binary(max_size=30), MESSAGE, st.just(MESSAGE_BEGINS)), max_size=8
    ),
    st.lists(st.integers(0, 900), max_size=10),
)
def test_any_split_of_anything_gives_the_same(
    channels: int, pieces: list[int | bytes], cuts: list[int]
) -> None:
    data = b"".join(p if isinstance(p, bytes) else encode(rows_of(channels, p)) for p in pieces)
    whole, parts = ShieldDecoder(channels), ShieldDecoder(channels)
    expected = whole.feed(data)
    found = [parts.feed(part) for part in cut(data, cuts)]
    np.testing.assert_array_equal(np.concatenate([f.counts for f in found]), expected.counts)
    lost = np.concatenate([np.zeros(len(f), int) if f.lost_before is None else f.lost_before for f in found])
    wanted = np.zeros(len(expected), int) if expected.lost_before is None else expected.lost_before
    np.testing.assert_array_equal(lost, wanted)


@pytest.mark.parametrize("channels", range(1, 7))
def test_one_missing_byte_is_told_from_no_missing_byte(channels: int) -> None:
    readings = rows_of(channels, 12)
    raw = encode(readings) + b"\x80"
    for at in range(4 * 2 * channels, 5 * 2 * channels):
        rows = ShieldDecoder(channels).feed(raw[:at] + raw[at + 1 :])
        # The frame itself; and the one before it when the missing byte is the one that would prove that.
        first, lost = (3, 2) if at == 4 * 2 * channels else (4, 1)
        assert rows.lost_before is not None
        assert (np.flatnonzero(rows.lost_before).tolist(), rows.lost_before.sum()) == ([first], lost)
        np.testing.assert_array_equal(
            rows.counts, np.delete(readings, range(first, first + lost), axis=0) - MIDDLE
        )


@pytest.mark.parametrize("channels", [1, 2, 6])
@given(
    garbage=st.binary(min_size=5, max_size=60).filter(lambda g: max(g) >= 0x88 and MESSAGE_BEGINS not in g)
)
def test_garbage_costs_at_most_the_frame_it_touches(channels: int, garbage: bytes) -> None:
    readings = rows_of(channels, 14)
    parts = frames(readings)
    for inside in (0, channels):
        raw = b"".join(parts[:6]) + parts[6][:inside] + garbage + parts[6][inside:] + b"".join(parts[7:])
        found = (ShieldDecoder(channels).feed(raw + b"\x80").counts + MIDDLE).tolist()
        # Noise that is itself a run of frames is not told from frames: it takes four bytes that fit or more.
        assert found[:5] == readings[:5].tolist()
        assert found[-6:] == readings[-6:].tolist()


def shield(bench: WireBench, of: int, /, **more: Any) -> SourceSettings:
    options = (("channels", str(of)),)
    return SourceSettings("spikershield", port=str(bench.facts["port"]), options=options, **more)


def pattern(channels: int, **more: Any) -> dict[str, Any]:
    return {
        "device": "spikershield",
        "pattern_channels": channels,
        "pattern_most": 511,
        "rate_hz": 10_000 / channels,
        **more,
    }


def opened(bench: WireBench, of: int, /, **more: Any) -> EmgSource:
    return open_source(shield(bench, of, **more))


@pytest.mark.parametrize("channels", [1, 6])
def test_readings_arrive_exactly_with_extremes_and_again_after_closing(tmp_path: Path, channels: int) -> None:
    with on_the_bench(tmp_path, **pattern(channels)) as bench, opened(bench, channels) as source:
        info = source.info
        assert (info.rate_hz, info.unit, info.railed) == (10_000 / channels, "a.u.", 511.0)
        for again in range(2):
            if again:
                source.close()
                source.open()
            samples, valid, t_s = together(read_rows(source, 500))
            assert valid.all()
            np.testing.assert_array_equal(samples, bench.expected(place(bench, samples), len(samples)))
            assert (np.diff(t_s) >= 0).all()
        assert (samples.min(), samples.max()) == (-512, 511)


def test_channels_are_picked_and_ordered(tmp_path: Path) -> None:
    with (
        on_the_bench(tmp_path, **pattern(4)) as bench,
        opened(bench, 4, channels=("ch4", "ch2"), rate_hz=2500.0) as source,
    ):
        samples, _, _ = together(read_rows(source, 100))
        at = place(bench, samples, columns=(3, 1))
        np.testing.assert_array_equal(samples, bench.expected(at, len(samples))[:, [3, 1]])


def test_broken_frames_are_counted_and_filled(tmp_path: Path) -> None:
    # Two rows a write here: noise inside one falls between the two.
    kinds = ("pieces", "garbage_inside", "garbage", "cut")
    faults = tuple(Fault(kind, 600 + 100 * k) for k, kind in enumerate(kinds))
    with on_the_bench(tmp_path, **pattern(6, faults=faults)) as bench, opened(bench, 6) as source:
        chunks = read_rows(source, 900)
    samples, valid, _ = together(chunks)
    first = place(bench, samples)
    lost = np.flatnonzero(~valid.all(axis=1))
    assert sum(c.lost for c in chunks) == len(lost)
    # A frame before noise cannot be proven, but the first noise here begins as frames do. Half of the write
    # that was cut is one frame: nobody sees that another is missing.
    assert (lost + first).tolist() == [799]
    after = 901 - first
    np.testing.assert_array_equal(
        samples[:after][valid.all(axis=1)[:after]], bench.expected(first, after)[valid.all(axis=1)[:after]]
    )
    np.testing.assert_array_equal(samples[after:], bench.expected(902, len(samples) - after))


def test_unplugged_and_plugged_in_again(tmp_path: Path) -> None:
    with on_the_bench(tmp_path, **pattern(2)) as bench:
        source = opened(bench, 2)
        read_rows(source, 40)
        bench.device.cable.unplug()  # type: ignore[union-attr]
        with pytest.raises(SourceLost, match="unplugged"):
            read_rows(source, 10_000)
        source.close()
        bench.device.cable.plug()  # type: ignore[union-attr]
        source.open()
        samples, valid, _ = together(read_rows(source, 100))
        assert valid.all()
        place(bench, samples)
        source.close()


def test_another_device_or_none_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_ANSWER_S", 0.1)
    with (
        on_the_bench(tmp_path, device="umyo", pattern_channels=2, pattern_most=2047) as bench,
        pytest.raises(SourceNotFound, match="what comes is no SpikerShield with 2 channels"),
    ):
        opened(bench, 2)
    with (
        on_the_bench(tmp_path, device="cyton", pattern_channels=8) as bench,
        pytest.raises(SourceNotFound, match="nothing is sent; a SpikerShield speaks at 230400 baud"),
    ):
        opened(bench, 2, find_s=0.1)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"options": (("channels", "7"),)}, "channels = 7: a SpikerShield has 1 to 6"),
        ({"options": (("channels", "4"),), "rate_hz": 1000.0}, "with 4 channels has 2500 Hz"),
        ({"port": ""}, "source.port is empty"),
    ],
)
def test_settings_that_it_cannot_have(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        source_for(SourceSettings(**{"kind": "spikershield", "port": "/dev/ttyACM0", **more}))
