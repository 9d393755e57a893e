import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from innervate.drivers.lsl.stamps import StampTrack
from innervate.drivers.rows import RowFiller

VALUE = st.one_of(st.floats(-1e6, 1e6, width=32), st.sampled_from([np.nan, np.inf, -np.inf]))


@given(
    st.lists(st.tuples(VALUE, VALUE, st.integers(0, 3)), max_size=30),
    st.lists(st.integers(0, 30), max_size=5),
)
def test_any_chunking_fills_the_same(rows: list[tuple[float, float, int]], cuts: list[int]) -> None:
    samples = np.array([row[:2] for row in rows], np.float32).reshape(-1, 2)
    lost = np.array([row[2] for row in rows], np.int64)
    whole, whole_valid = RowFiller(2).fill(samples, lost)
    filler = RowFiller(2)
    parts = [
        filler.fill(s, n if n.any() else None)
        for s, n in zip(np.split(samples, sorted(cuts)), np.split(lost, sorted(cuts)), strict=True)
    ]
    np.testing.assert_array_equal(np.concatenate([p[0] for p in parts]), whole)
    np.testing.assert_array_equal(np.concatenate([p[1] for p in parts]), whole_valid)
    assert np.isfinite(whole).all()
    assert len(whole) == len(rows) + lost.sum()


def test_a_gap_repeats_the_last_value_and_a_nan_does_too() -> None:
    filler = RowFiller(1)
    filled, valid = filler.fill(np.array([[5.0], [np.nan], [7.0]], np.float32), np.array([0, 0, 2]))
    assert filled[:, 0].tolist() == [5, 5, 5, 5, 7]
    assert valid[:, 0].tolist() == [True, False, False, False, True]


@given(st.lists(st.sampled_from([0, 0, 0, 0, 1, 5]), max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_gaps_in_exact_stamps_are_counted_however_they_are_cut(gaps: list[int], cuts: list[int]) -> None:
    stamps = 1000.0 + (np.arange(len(gaps) + 1) + np.cumsum([0, *gaps])) / 1000
    track = StampTrack(1000.0)
    found: list[int] = []
    for part in np.split(stamps, sorted(cuts)):
        lost = track.lost_before(part)
        found += [0] * len(part) if lost is None else lost.tolist()
    assert found == [0, *gaps]


def test_stamps_of_bursts_are_not_losses_for_long() -> None:
    # A driver that stamps each 20-sample burst with one time: 20 rows at t, the next 20 at t + 20 ms.
    stamps = np.repeat(np.arange(200) * 0.020, 20)
    track = StampTrack(1000.0)
    lost = [track.lost_before(part) for part in np.split(stamps, 200)]
    total = sum(0 if part is None else int(part.sum()) for part in lost)
    assert total <= 20  # the first burst may be misjudged, once
    assert all(part is None for part in lost[5:])


def test_a_slow_quartz_is_not_a_loss() -> None:
    track = StampTrack(1000.0)
    stamps = np.arange(200_000) * 0.0010005  # 500 ppm, ten times worse than real ones
    assert track.lost_before(stamps) is None
    jump = stamps[-1] + 0.0010005 * 4
    assert track.lost_before(np.array([jump])) == [3]


def test_a_clock_that_was_set_back_is_no_jitter() -> None:
    track = StampTrack(100.0)
    assert track.lost_before(np.arange(10) / 100 + 50) is None
    assert track.lost_before(np.arange(10) / 100) is None
    assert track.lost_before(np.array([0.10 + 0.05])) == [5]


def test_huge_values_are_values() -> None:
    rows = np.full((2, 2), 3e38, np.float32)
    filled, valid = RowFiller(2).fill(rows, None)
    np.testing.assert_array_equal(filled, rows)
    assert valid.all()
