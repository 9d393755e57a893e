"""Cyton with Daisy over its real wire."""

from pathlib import Path

import numpy as np
import pytest
from innervate.core.errors import SourceError
from innervate.drivers.cyton.codec import (
    BAUD,
    MOST_COUNT,
    BoardDecoder,
    DaisyDecoder,
    Packet,
    encode,
    microvolts_per_count,
)
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import open_source
from innervate.sim.faults import Fault

from .wirebench import on_the_bench, read_rows, together

LSB = microvolts_per_count(24)


def test_sixteen_channels_arrive_exactly(tmp_path: Path) -> None:
    with (
        on_the_bench(tmp_path, device="cyton-daisy", pattern_channels=16, pattern_lsb=LSB) as board,
        open_source(SourceSettings("cyton-daisy", port=str(board.facts["port"]))) as source,
    ):
        assert (source.info.rate_hz, len(source.info.channels)) == (125.0, 16)
        samples, valid, _ = together(read_rows(source, 60))
    assert valid.all()
    np.testing.assert_array_equal(samples, board.expected(0, len(samples)))
    assert samples.max() == np.float32(MOST_COUNT * LSB)


def test_a_lost_pair_is_filled_in_time(tmp_path: Path) -> None:
    faults = (Fault("drop", 20), Fault("garbage", 30), Fault("cut", 40))
    with (
        on_the_bench(
            tmp_path, device="cyton-daisy", pattern_channels=16, pattern_lsb=LSB, faults=faults
        ) as board,
        open_source(SourceSettings("cyton-daisy", port=str(board.facts["port"]))) as source,
    ):
        chunks = read_rows(source, 60)
    samples, valid, _ = together(chunks)
    lost = np.flatnonzero(~valid.all(axis=1))
    assert {20, 40} <= set(lost.tolist())
    assert sum(c.lost for c in chunks) == len(lost) <= 4
    expected = board.expected(0, len(samples))
    np.testing.assert_array_equal(samples[valid], expected[valid])


def test_without_a_daisy_it_is_one_line(tmp_path: Path) -> None:
    with (
        on_the_bench(tmp_path, device="cyton", pattern_channels=8) as board,
        pytest.raises(SourceError, match=r"no Daisy board is plugged on: 'no daisy to attach!8'"),
    ):
        open_source(SourceSettings("cyton-daisy", port=str(board.facts["port"])))


def test_with_a_daisy_eight_channels_can_still_be_had(tmp_path: Path) -> None:
    with on_the_bench(tmp_path, device="cyton-daisy", pattern_channels=16) as board:
        source = open_source(SourceSettings("cyton", port=str(board.facts["port"])))
        source.close()
        assert board.device.firmware.sixteen is False  # type: ignore[attr-defined]
    assert BAUD == 115_200


@pytest.mark.parametrize("size", [1, 7, 33, 1000])
def test_any_split_gives_the_same_pairs(size: int) -> None:
    random = np.random.default_rng(3)
    packets = [
        Packet(k % 256, tuple(random.integers(-MOST_COUNT, MOST_COUNT, 8).tolist()), None) for k in range(600)
    ]
    del packets[100], packets[300]
    data = b"".join(map(encode, packets))
    for decoder in (BoardDecoder, DaisyDecoder):
        whole, parts, cut = decoder(), [], decoder()
        expected = whole.feed(data)
        parts = [cut.feed(data[at : at + size]) for at in range(0, len(data), size)]
        np.testing.assert_array_equal(np.concatenate([p.counts for p in parts]), expected.counts)
        counter = np.concatenate([p.counter for p in parts if p.counter is not None])
        np.testing.assert_array_equal(counter, expected.counter)
