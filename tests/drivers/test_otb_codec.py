from itertools import pairwise

import numpy as np
import pytest
from fastcrc import crc8
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.drivers.frames import Rows
from innervate.drivers.otb import muovi, quattrocento, sessantaquattro
from innervate.drivers.otb.accessory import AccessoryReader
from innervate.drivers.otb.ramp import RampDecoder, rows_in
from innervate.drivers.otb.words import Layout, decode, encode
from numpy.typing import NDArray

LAYOUTS = [
    muovi.layout(32, 2),
    muovi.layout(64, 3),
    sessantaquattro.layout(64, 8, 2),
    sessantaquattro.layout(8, 4, 3),
    quattrocento.layout(96),
]
FAR = 20_000
BROKEN = st.tuples(
    st.sampled_from(["garbage", "cut"]), st.integers(0, 10**6), st.binary(min_size=1, max_size=60)
)


def rows_like(layout: Layout, n: int, seed: int, first: int = 65_500) -> NDArray[np.int64]:
    """Noise that an electrode may see, both ends of the range among it, with accessory words of 16 bits."""
    random = np.random.default_rng(seed)
    rows = random.normal(0, 60, (n, layout.words)).round().astype(np.int64)
    most = 2 ** (8 * layout.width - 1) - 1
    rows[n // 3 : n // 3 + 2, 1:4] = [[most, -most - 1, 0], [-1, most, -most - 1]]
    rows[:, layout.counter] = (first + np.arange(n) + 2**15) % 2**16 - 2**15
    return rows


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(at)]


def joined(parts: list[Rows]) -> tuple[NDArray[np.generic], NDArray[np.int64]]:
    return np.concatenate([p.counts for p in parts]), np.concatenate([p.counter for p in parts])


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"{layout.words}x{layout.width}")
def test_words_come_back(layout: Layout) -> None:
    rows = rows_like(layout, 9, 1)
    data = encode(rows, layout)
    assert len(data) == 9 * layout.row_bytes
    np.testing.assert_array_equal(decode(data, layout, 0, 9), rows)
    np.testing.assert_array_equal(decode(data, layout, layout.row_bytes, 2), rows[1:3])


def test_bytes_of_a_row_by_another_way() -> None:
    plain = b"".join((-5 + k).to_bytes(2, "big", signed=True) for k in range(38))
    assert decode(plain, muovi.layout(32, 2), 0, 1).tolist() == [[-5 + k for k in range(38)]]
    wide = b"".join((-(2**23) + k).to_bytes(3, "big", signed=True) for k in range(70))
    assert decode(wide, muovi.layout(64, 3), 0, 1).tolist() == [[-(2**23) + k for k in range(70)]]
    little = b"".join((-5 + k).to_bytes(2, "little", signed=True) for k in range(120))
    assert decode(little, quattrocento.layout(96), 0, 1).tolist() == [[-5 + k for k in range(120)]]


@settings(max_examples=40)
@given(
    st.sampled_from(LAYOUTS),
    st.integers(0, 2**32),
    st.lists(st.integers(0, 10**6), max_size=8),
    st.lists(BROKEN, max_size=3),
)
def test_any_split_gives_the_same_rows_broken_or_not(
    layout: Layout, seed: int, cuts: list[int], broken: list[tuple[str, int, bytes]]
) -> None:
    data = encode(rows_like(layout, 60, seed), layout)
    for kind, at, noise in broken:
        where = at % len(data)
        data = data[:where] + (noise + data[where:] if kind == "garbage" else data[where + len(noise) :])
    whole = RampDecoder(layout, 2000.0)
    parts = RampDecoder(layout, 2000.0)
    expected = whole.feed(data)
    counts, counter = joined([parts.feed(part) for part in cut(data, cuts)])
    np.testing.assert_array_equal(counts, expected.counts)
    np.testing.assert_array_equal(counter, expected.counter)
    assert parts.skipped == whole.skipped
    np.testing.assert_array_equal(expected.counter[1:] != expected.counter[:-1], True)  # type: ignore[index]


@settings(max_examples=60)
@given(
    st.sampled_from(LAYOUTS),
    st.integers(0, 2**32),
    st.integers(0, 10**6),
    st.binary(min_size=1, max_size=200),
    st.booleans(),
)
def test_garbage_or_a_cut_anywhere_costs_what_it_touches_and_one_row(
    layout: Layout, seed: int, at: int, noise: bytes, garbage: bool
) -> None:
    # Far from the noise: a word behind a slip that happens to be the next counter passes for it, by design.
    rows = rows_like(layout, 30, seed, FAR)
    data = encode(rows, layout)
    where = at % (10 * layout.row_bytes) + 8 * layout.row_bytes
    # Less than a row: what a cut of exactly one leaves looks whole, its beginning from the row before.
    spoilt = min(len(noise), layout.row_bytes - (not garbage))
    data = data[:where] + (noise + data[where:] if garbage else data[where + spoilt :])
    found = RampDecoder(layout, 2000.0).feed(data)
    index = (np.asarray(found.counter) - FAR) % 65_536
    np.testing.assert_array_equal(found.counts, rows[index, : layout.emg])
    lost = set(range(30)) - set(index.tolist())
    touched = {where // layout.row_bytes, (where + (0 if garbage else spoilt - 1)) // layout.row_bytes}
    # Words behind the counter are not guarded by it: there a cut is noticed one row later.
    assert lost <= touched | {max(touched) + 1, max(touched) + 2}
    assert len(lost) <= len(touched) + 1


def test_a_gap_of_the_device_is_believed_and_counted() -> None:
    layout = muovi.layout(32, 2)
    rows = rows_like(layout, 300, 3)
    data = encode(np.delete(rows, np.s_[100:250], axis=0), layout)
    found = RampDecoder(layout, 2000.0).feed(data)
    assert len(found) == 150
    assert np.diff(np.asarray(found.counter))[99] % 65_536 == 151


@pytest.mark.parametrize("unsigned", [False, True])
def test_in_24_bits_the_counter_still_has_16(unsigned: bool) -> None:
    layout = sessantaquattro.layout(64, 8, 3)
    rows = rows_like(layout, 80, 4)
    rows[:, layout.trigger] = -(2**15) + 7
    rows[:, 66] = -16_384
    if unsigned:
        rows[:, 64:] %= 65_536
    found = RampDecoder(layout, 2000.0).feed(encode(rows, layout))
    np.testing.assert_array_equal(found.counter, (65_500 + np.arange(80)) % 65_536)
    aux = {block.name: block for block in found.aux}
    assert (aux["trigger"].values[0, 0], aux["buffer"].values[0, 0]) == (1.0, 7.0)
    assert aux["quaternion"].values[0, 0] == -1.0


def test_missing_says_what_a_row_needs() -> None:
    layout = muovi.layout(32, 2)
    decoder = RampDecoder(layout, 2000.0)
    assert decoder.missing(1) == 5 * 76  # five rows are needed to get into step
    decoder.feed(encode(rows_like(layout, 6, 5), layout) + b"\0" * 10)
    assert (decoder.missing(1), decoder.missing(3)) == (66, 218)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=12), st.integers(0, 2**32))
def test_readings_beside_emg_are_the_same_in_any_chunking(sizes: list[int], seed: int) -> None:
    layout = sessantaquattro.layout(8, 8, 2)
    random = np.random.default_rng(seed)
    rows = np.zeros((sum(sizes), layout.words), np.int32)
    rows[:, 10:14] = np.repeat(random.integers(-3, 3, (len(rows) // 20 + 1, 4)), 20, axis=0)[: len(rows)]
    rows[:, 14] = random.random(len(rows)) < 0.02
    rows[:, 14] <<= 15
    whole = {aux.name: aux for aux in AccessoryReader(layout, 2000.0).read(rows)}
    reader, first = AccessoryReader(layout, 2000.0), 0
    found: dict[str, list[tuple[int, list[float]]]] = {name: [] for name in whole}
    for size in sizes:
        for aux in reader.read(rows[first : first + size]):
            found[aux.name] += zip((aux.row + first).tolist(), aux.values.tolist(), strict=True)
        first += size
    for name, aux in whole.items():
        assert found[name] == list(zip(aux.row.tolist(), aux.values.tolist(), strict=True))
    assert np.diff(whole["quaternion"].row).max(initial=0) <= 20
    changes = np.flatnonzero(np.diff(rows[:, 14])) + 1
    assert set(changes.tolist()) <= set(whole["trigger"].row.tolist())


@pytest.mark.parametrize("accessory", [4, 6, 8])
@pytest.mark.parametrize(("emg", "width"), [(64, 2), (64, 3), (4, 2)])
def test_the_width_of_the_accessory_words_is_seen_by_the_counter(
    emg: int, width: int, accessory: int
) -> None:
    layout = sessantaquattro.layout(emg, accessory, width)
    data = encode(rows_like(layout, 120, 6), layout)
    assert sessantaquattro.probe(data, emg, width) == layout
    assert len(layout.aux_in) == {4: 2, 6: 0, 8: 2}[accessory]
    assert sessantaquattro.probe(np.random.default_rng(1).bytes(20_000), emg, width) is None
    assert rows_in(bytes(20_000), layout) == 0


def test_commands_are_those_of_the_sheet() -> None:
    assert muovi.control(2, go=True) == b"\x09"
    assert muovi.control(2, go=False) == b"\x08"
    assert muovi.control(3, go=True) == b"\x01"
    assert muovi.control(2, 1, go=True) == b"\x0b"  # what LibEMG sends
    word = sessantaquattro.settings_word(2000.0, 64, "monopolar", 2, high_pass=True, go=True)
    assert word.hex() == "5841"
    assert sessantaquattro.settings_word(500.0, 8, "bipolar", 3, high_pass=False, go=False).hex() == "0180"


def test_a_quattrocentos_configuration_and_its_crc() -> None:
    config = quattrocento.config(2048.0, 192, [quattrocento.Input()] * 12, go=True)
    assert config.hex() == "8b0000" + 12 * "000014" + "6a"
    inputs = [quattrocento.Input()] * 11 + [quattrocento.Input("bipolar", 200.0, 4400.0)]
    config = quattrocento.config(10_240.0, 384, inputs, go=False, decimate=True)
    assert (config[0], config[38]) == (0b1101_1110, 0b11_11_10)
    assert crc8.maxim_dow(config[:39]) == config[39]


@given(st.binary(max_size=60))
def test_the_crc_is_maxim_dow(data: bytes) -> None:
    assert quattrocento.crc8(data) == crc8.maxim_dow(data)


def test_a_quattrocentos_rows() -> None:
    layout = quattrocento.layout(192)
    assert (layout.words, layout.aux_in, layout.counter, layout.trigger, layout.buffer) == (
        216,
        range(192, 208),
        208,
        209,
        211,
    )
    assert pytest.approx(0.5086, abs=1e-4) == quattrocento.MICROVOLTS
    assert pytest.approx(152.6e-6, abs=1e-7) == quattrocento.AUX_VOLTS
    assert pytest.approx(0.2861, abs=1e-4) == muovi.MICROVOLTS
    names = quattrocento.channel_names(384)
    assert (len(set(names)), names[31], names[127], names[128], names[-1]) == (
        384,
        "in2.16",
        "in8.16",
        "mi1.1",
        "mi4.64",
    )
