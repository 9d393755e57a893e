"""Lines of text to rows, without a port."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.errors import ProfileError
from innervate.drivers.ascii.codec import LineDecoder
from innervate.drivers.ascii.layout import lay_out
from innervate.drivers.ascii.lines import Shape, common_shape, number, read_line
from innervate.drivers.ascii.settings import AsciiOptions
from innervate.drivers.ascii.stamps import StampWatch
from innervate.drivers.frames import Rows

NOISE = st.text("GHJKQRUWXYZghjkqruwxyz!?$%&@~^", min_size=1, max_size=40).map(str.encode)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(at)]


def decoder(of: int = 3, stamps: StampWatch | None = None, /, **options: Any) -> LineDecoder:
    opts = AsciiOptions(**options)
    return LineDecoder(lay_out(Shape(of), opts), stamps, opts.full_scale, opts.zero)


def lost(rows: list[Rows]) -> list[int]:
    return np.concatenate(
        [np.zeros(len(r), int) if r.lost_before is None else r.lost_before for r in rows]
    ).tolist()


@pytest.mark.parametrize(
    ("line", "labels", "values"),
    [
        (b"1,2,3\r", (), [1, 2, 3]),
        (b"1\t-2\t3.5", (), [1, -2, 3.5]),
        (b"  1  2 3 ", (), [1, 2, 3]),
        (b"1; 2; 3", (), [1, 2, 3]),
        (b"1,2,3,\r", (), [1, 2, 3]),
        (b"a:1,b:2", (b"a", b"b"), [1, 2]),
        (b"Min: 0\tRaw: 512", (b"Min", b"Raw"), [0, 512]),
        (b"+1e3", (), [1000]),
        (b"512", (), [512]),
    ],
)
def test_lines_of_numbers(line: bytes, labels: tuple[bytes, ...], values: list[float]) -> None:
    assert read_line(line) == (Shape(len(values), labels), values)


@pytest.mark.parametrize(
    "line",
    [b"", b"StartUp!", b"1,,3", b"1;;3", b"1,x,3", b"a:1,2", b":1", b"1_0,2", b"12:34:5x", b"0x1F", b"--1"],
)
def test_lines_of_something_else(line: bytes) -> None:
    assert read_line(line) is None


def test_what_a_board_cannot_print_is_not_finite() -> None:
    assert all(not np.isfinite(number(text) or 0.0) for text in (b"nan", b"inf", b"-inf", b"ovf"))
    rows = decoder().feed(b"\n1,nan,3\n4,ovf,6\n")
    np.testing.assert_array_equal(rows.counts, [[1, np.nan, 3], [4, np.nan, 6]])


def test_the_common_shape_passes_over_boot_text_halves_and_comments() -> None:
    boot = [b"\xfe\x00", b"ets Jun  8 2016 00:22:57", b"# EMG", b"7", b""]
    assert common_shape([*boot, b"1,2\r", b"3,4\r", b"5,6\r"]) == Shape(2)
    assert common_shape([*boot, b"a:1 b:2", b"a:1 b:2", b"a:1 b:2"]) == Shape(2, (b"a", b"b"))
    assert common_shape(boot) is None


ROW = st.lists(st.integers(-99999, 99999), min_size=3, max_size=3)


def text(rows: list[list[int]], separator: str = ",", eol: str = "\r\n") -> bytes:
    return "".join(separator.join(map(str, row)) + eol for row in rows).encode()


@given(
    st.lists(ROW, max_size=12),
    st.sampled_from([",", "\t", " ", "; "]),
    st.sampled_from(["\n", "\r\n"]),
    st.lists(st.integers(0, 400), max_size=10),
)
def test_rows_come_back_from_any_split(
    rows: list[list[int]], separator: str, eol: str, cuts: list[int]
) -> None:
    it = decoder()
    found = [it.feed(part) for part in cut(b"4,5\n# hello\n" + text(rows, separator, eol), cuts)]
    assert np.concatenate([f.counts for f in found]).tolist() == rows
    assert (it.skipped, sum(lost(found))) == (0, 0)


@given(
    st.lists(
        st.one_of(
            ROW.map(lambda row: text([row])), NOISE, NOISE.map(lambda n: n + b"\n"), st.binary(max_size=30)
        ),
        max_size=12,
    ),
    st.lists(st.integers(0, 600), max_size=10),
    st.booleans(),
)
def test_any_split_of_anything_gives_the_same(pieces: list[bytes], cuts: list[int], stamped: bool) -> None:
    data = b"".join(pieces)

    def fresh() -> LineDecoder:
        if stamped:
            return decoder(3, StampWatch(1000.0, 1e6), columns=("t", "a", "b"), time="t")
        return decoder(3)

    whole, parts = fresh(), fresh()
    expected = [whole.feed(data)]
    found = [parts.feed(part) for part in cut(data, cuts)]
    np.testing.assert_array_equal(
        np.concatenate([f.counts for f in found]), np.concatenate([f.counts for f in expected])
    )
    assert lost(found) == lost(expected)
    for f in (*found, *expected):
        assert (f.counter is not None) == stamped
    if stamped:
        assert [n for f in found for n in f.counter.tolist()] == expected[0].counter.tolist()
    assert parts.skipped == whole.skipped


@given(NOISE, st.integers(0, 6))
def test_noise_costs_the_line_it_touches(noise: bytes, inside: int) -> None:
    rows = [[k + 10, k + 100, -k - 1000] for k in range(8)]
    for between in (True, False):
        raw = b"\n" + text(rows[:3])
        line = text(rows[3:4])
        raw += noise + line if between else line[: inside + 1] + noise + line[inside + 1 :]
        it = decoder()
        found = it.feed(raw + text(rows[4:]))
        assert found.counts.tolist() == [*rows[:3], *rows[4:]]
        assert lost([found]) == [0, 0, 0, 1, 0, 0, 0]


def test_a_line_that_lost_its_end_is_two_rows() -> None:
    rows = [[k, k, k] for k in range(10, 18)]
    found = decoder().feed(b"\n" + text(rows[:3]) + b"13,1" + text(rows[4:]))
    assert found.counts.tolist() == [*rows[:3], *rows[5:]]
    assert lost([found]) == [0, 0, 0, 2, 0, 0]


def test_a_reading_beyond_the_converter_is_damage() -> None:
    it = decoder(1, full_scale=1023.0, zero=512.0)
    found = it.feed(b"\n512\n1023\n0\n51013\n-4\n1\n")
    assert found.counts[:, 0].tolist() == [0, 511, -512, -511]
    assert lost([found]) == [0, 0, 0, 2]


def test_a_line_without_an_end_is_not_kept() -> None:
    it = decoder()
    it.feed(b"\n1,2,3\n")
    for _ in range(50):
        it.feed(b"7" * 1000)
    assert len(it._buffer) <= 4097
    assert it.feed(b"\n4,5,6\n").counts.tolist() == [[4, 5, 6]]


def test_another_sketch_is_noticed() -> None:
    it = decoder()
    it.feed(b"\n" + b"1,2,3\n" * 5 + b"1,2\n" * 19)
    assert it.changed is None
    it.feed(b"1,2\n")
    assert str(it.changed) == "2 columns"


def test_aux_and_ignored_columns() -> None:
    options = AsciiOptions(
        columns=("flexor", "load", "spare", "pitch", "extensor"),
        aux=("load N", "pitch deg"),
        ignore=("spare",),
    )
    layout = lay_out(Shape(5), options)
    assert (layout.channels, layout.emg) == (("flexor", "extensor"), (0, 4))
    rows = LineDecoder(layout).feed(b"\n1,400.5,0,-3,2\n3,401,0,-4,4\n")
    assert rows.counts.tolist() == [[1, 2], [3, 4]]
    assert [(a.name, a.unit, a.row.tolist(), a.values[:, 0].tolist()) for a in rows.aux] == [
        ("load", "N", [0, 1], [400.5, 401.0]),
        ("pitch", "deg", [0, 1], [-3.0, -4.0]),
    ]


@pytest.mark.parametrize(
    ("shape", "options", "said"),
    [
        (Shape(3), {"columns": ("a", "b")}, "names 2 columns; the board sends 3 columns"),
        (Shape(2), {"aux": ("load N",)}, "aux: no column 'load'; the board sends ch1, ch2"),
        (Shape(1, (b"emg",)), {"time": "t"}, "time: no column 't'; the board sends emg"),
        (Shape(1), {"aux": ("ch1 N",)}, "no column is EMG"),
    ],
)
def test_columns_that_are_not_there(shape: Shape, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        lay_out(shape, AsciiOptions(**options))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"baud": 300}, "baud = 300"),
        ({"columns": ("a", "a")}, "'a' is there twice"),
        ({"emg": ("a",), "aux": ("a N",)}, "column 'a' is given two uses"),
        ({"columns": ("a",), "emg": ("b",)}, "no column 'b'; columns = a"),
        ({"zero": 5.0, "full_scale": 4.0}, "zero = 5"),
        ({"scale_uv": -1.0}, "must not be negative"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AsciiOptions(**options)


def test_rails() -> None:
    assert AsciiOptions().railed is None
    assert AsciiOptions(full_scale=1023, zero=512).railed == 511
    assert AsciiOptions(full_scale=4095, zero=2048, scale_uv=0.5).railed == 1023.5
    assert AsciiOptions(full_scale=1023).railed == 1023  # an envelope has one end


@pytest.mark.parametrize(
    ("period", "per_s"), [(1000.0, 1e6), (487.3, 1e6), (2.0, 1e3), (4.0, 1e3), (3.333, 1e3)]
)
@settings(max_examples=30)
@given(
    gone=st.sets(st.integers(5, 190), max_size=40), start=st.sampled_from([0, 2**32 - 100, 2**32 - 77_000])
)
def test_the_boards_time_counts_lost_lines_exactly(
    period: float, per_s: float, gone: set[int], start: int
) -> None:
    watch = StampWatch(period, per_s)
    counted = {}
    for k in range(200):
        if k not in gone:
            counted[k] = watch.missing((start + int(k * period)) % 2**32, 0)
    before = {k: next(n for n in range(200) if k - 1 - n not in gone) for k in counted}
    assert counted == before


def test_a_spoilt_stamp_is_no_gap_a_long_gap_is_and_a_restart_starts_again() -> None:
    watch = StampWatch(1000.0, 1e6)
    assert [watch.missing(t, 0) for t in (0, 1000, 2000)] == [0, 0, 0]
    assert watch.missing(300_099_999, 0) is None
    assert watch.missing(4000, 1) == 1
    gap = [watch.missing(5_000_000 + 1000 * k, 0) for k in range(4)]
    assert gap == [None, None, 4997, 0]
    assert watch.missing(float("nan"), 0) is None
    again = [watch.missing(50 + 1000 * k, k) for k in range(4)]
    assert again == [None, None, 2, 0]
