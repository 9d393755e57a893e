"""The uMyo codec and how its sensors are aligned: bytes in, rows out, no port."""

import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.drivers.umyo.align import FORGOTTEN, LAG, SAMPLES, SILENT, Aligner
from innervate.drivers.umyo.codec import BARE_BYTES, MAG_BYTES, Packet, PacketDecoder, encode
from innervate.drivers.umyo.rows import RowDecoder

I16 = st.integers(-32768, 32767)
UNIT, OTHER = 0x1A2B3C4D, 0x00000007


def three(values: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, int, int]]:
    return st.tuples(values, values, values)


PACKET = st.builds(
    Packet,
    st.sampled_from([UNIT, OTHER]),
    st.integers(0, 255),
    st.tuples(*[I16] * 8),
    st.tuples(I16, I16, I16, I16),
    three(I16),
    three(I16),
    st.tuples(*[st.integers(0, 65535)] * 4),
    st.one_of(st.none(), three(I16)),
    st.integers(0, 3),
    st.binary(min_size=3, max_size=3),
    st.integers(0, 127),
    st.integers(0, 255),
)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(at)]


def run(n: int, unit: int = UNIT, first: int = 0) -> list[Packet]:
    # No 0x4F and no 0xD5 among the readings, so that what is skipped is exactly the damage.
    return [Packet(unit, k % 256, tuple(range(k * 8 % 64, k * 8 % 64 + 8))) for k in range(first, first + n)]


def test_the_sheets_packet() -> None:
    """65 bytes built by hand from the sheet: unit id, 3900 mV, eight samples and data id come out."""
    samples = (1, -1, 32767, -32768, 100, -100, 256, -256)
    raw = bytes((0x4F, 0xD5, 55, 17, 62)) + struct.pack(">I", UNIT) + bytes((88, 0, 190, 32, 0, 200))
    raw += struct.pack(">8h", *samples) + struct.pack(">4H", 1, 2, 3, 65535)
    raw += struct.pack(">4h", 32767, 0, -1, 5) + struct.pack(">9h", 1, 2, 3, -4, -5, -6, 7, 8, 9)
    assert len(raw) == 65 == MAG_BYTES
    (packet,) = PacketDecoder().feed(raw + b"\x4f\xd5")
    assert (packet.unit, packet.battery_mv, packet.data_id, packet.packet_id) == (UNIT, 3900, 200, 17)
    assert packet.samples == samples
    assert (packet.quaternion, packet.accel, packet.angles) == ((32767, 0, -1, 5), (1, 2, 3), (-4, -5, -6))
    assert (packet.spectrum, packet.mag, packet.rssi) == ((1, 2, 3, 65535), (7, 8, 9), 55)
    assert encode(packet) == raw


@given(st.lists(PACKET, max_size=6), st.lists(st.integers(0, 400), max_size=10))
def test_packets_come_back_from_any_split(packets: list[Packet], cuts: list[int]) -> None:
    decoder = PacketDecoder()
    data = b"".join(map(encode, packets)) + b"\x4f\xd5"
    assert [p for part in cut(data, cuts) for p in decoder.feed(part)] == packets
    assert decoder.skipped == 0


@given(
    st.lists(st.one_of(PACKET.map(encode), st.binary(max_size=60)), max_size=8),
    st.lists(st.integers(0, 600), max_size=10),
)
def test_any_split_of_anything_gives_the_same_rows(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    whole, parts = RowDecoder((UNIT, OTHER)), RowDecoder((UNIT, OTHER))
    expected = whole.feed(data)
    found = [parts.feed(part) for part in cut(data, cuts)]
    np.testing.assert_array_equal(np.concatenate([f.counts for f in found]), expected.counts)
    assert parts.skipped == whole.skipped
    assert sum(0 if f.lost_before is None else int(f.lost_before.sum()) for f in found) == (
        0 if expected.lost_before is None else expected.lost_before.sum()
    )


@pytest.mark.parametrize("at", range(MAG_BYTES))
def test_one_missing_byte_costs_no_wrong_value_and_no_other_packet(at: int) -> None:
    packets = run(6)
    raw = bytearray(b"".join(map(encode, packets)))
    del raw[2 * MAG_BYTES + at]
    found = PacketDecoder().feed(bytes(raw))
    assert [p for p in found if p.data_id != 2] == [packets[k] for k in (0, 1, 3, 4, 5)]
    assert all(p.samples == packets[2].samples for p in found if p.data_id == 2)


@pytest.mark.parametrize("at", range(0, MAG_BYTES, 7))
@settings(max_examples=25)
@given(garbage=st.binary(min_size=1, max_size=80))
def test_garbage_inside_a_packet_changes_no_sample(at: int, garbage: bytes) -> None:
    packets = run(6)
    raw = b"".join(map(encode, packets))
    place = 2 * MAG_BYTES + at
    found = PacketDecoder().feed(raw[:place] + garbage + raw[place:] + b"\x4f\xd5")
    assert [p.data_id for p in found if p in packets and p.data_id != 2][:2] == [0, 1]
    assert {p.data_id for p in found} >= {0, 1, 4, 5}
    assert all(p.samples == packets[p.data_id].samples for p in found)


def test_a_single_sensor_in_step_is_not_held_back() -> None:
    decoder = PacketDecoder()
    first, second = (encode(p) for p in run(2))
    assert decoder.feed(first) == []  # nobody vouches for it yet
    assert len(decoder.feed(second)) == 2


@pytest.mark.parametrize(("length", "kind"), [(61, 88), (62, 89), (0, 88), (62, 80), (56, 87)])
def test_wrong_lengths_and_types_are_no_packets(length: int, kind: int) -> None:
    raw = bytearray(encode(run(1)[0]))
    raw[4], raw[9] = length, kind
    assert PacketDecoder().feed(bytes(raw) + b"\x4f\xd5") == []


def test_packets_without_magnetometer() -> None:
    packets = [Packet(UNIT, k, (k,) * 8, mag=None) for k in range(4)]
    raw = b"".join(map(encode, packets))
    assert len(raw) == 4 * BARE_BYTES
    assert PacketDecoder().feed(raw) == packets


def feed_aligner(aligner: Aligner, sensor: int, data_id: int) -> np.ndarray:
    aligner.push(sensor, data_id % 256, np.arange(data_id * 8, data_id * 8 + 8, dtype=np.float32))
    return aligner.take()


def test_rows_wait_for_all_and_keep_their_places() -> None:
    aligner, rows = Aligner(2), []
    for k in range(40):
        rows += [feed_aligner(aligner, 0, k)]
        if k not in (10, 11):  # lost on the radio
            rows += [feed_aligner(aligner, 1, k + 100)]
    made = np.concatenate(rows)
    assert len(made) == 40 * 8
    assert np.isnan(made[80:96, 1]).all()
    assert np.isfinite(np.delete(made[:, 1], range(80, 96))).all()
    good = np.isfinite(made[:, 1])
    np.testing.assert_array_equal(made[good, 1] - made[good, 0], 800)


@pytest.mark.parametrize("away", [20, 60, 120, 128, 200, 300, 600])
def test_a_sensor_that_is_away_does_not_hold_the_others_up(away: int) -> None:
    aligner, rows = Aligner(2), []
    for k in range(away + 60):
        rows += [feed_aligner(aligner, 0, k)]
        if k < 20 or k >= 20 + away:
            rows += [feed_aligner(aligner, 1, k)]
    made = np.concatenate(rows)
    assert np.isfinite(made[:, 0]).all()
    assert len(made) == (away + 60) * 8
    good = np.isfinite(made[:, 1])
    assert good.sum() in (59 * 8, 60 * 8)  # its first packet back may be too late for its rows
    # Back after less than half a turn of its data ids it is where it was; later, within one packet.
    off = made[good, 1] - made[good, 0]
    assert np.abs(off).max() <= (0 if away * 8 < FORGOTTEN else SAMPLES)


def test_the_others_wait_only_until_it_is_silent() -> None:
    aligner = Aligner(2)
    for k in range(3):
        feed_aligner(aligner, 0, k)
        feed_aligner(aligner, 1, k)
    made = [len(feed_aligner(aligner, 0, k)) for k in range(3, 40)]
    waited = LAG // SAMPLES
    assert made[:waited] == [0] * waited
    assert sum(made) == 37 * 8  # once it is silent nothing is held back
    assert made[(SILENT + LAG) // SAMPLES + 1 :] == [8] * (37 - (SILENT + LAG) // SAMPLES - 1)


@pytest.mark.parametrize("faster", [0, 1])
def test_drift_is_given_up_in_marked_places(faster: int) -> None:
    aligner, rows, given = Aligner(2), [], [0, 0]
    for k in range(4000):
        for sensor in (0, 1):
            # 3000 ppm: a far worse clock than any, so that the test is short.
            while given[sensor] <= k * (1.003 if sensor == faster else 1.0):
                rows += [feed_aligner(aligner, sensor, given[sensor])]
                given[sensor] += 1
    made = np.concatenate(rows)
    assert len(made) == 32_000
    assert 8 * 9 <= aligner.given_up <= 8 * 13
    seams = np.isnan(made[:, faster])
    assert seams.sum() <= aligner.given_up // SAMPLES
    assert np.isfinite(made[:, 1 - faster]).all()
    apart = (made[:, faster] - made[:, 1 - faster])[~seams]
    assert 8 * 9 <= apart[-1] <= 8 * 13


def test_a_row_that_nobody_has_is_lost() -> None:
    packets = [p for k in range(30) if k not in (7, 8, 20) for p in (run(1, UNIT, k)[0], run(1, OTHER, k)[0])]
    decoder = RowDecoder((UNIT, OTHER))
    rows = decoder.feed(b"".join(map(encode, packets)) + b"\x4f\xd5")
    assert rows.lost_before is not None
    assert rows.lost_before.sum() == 3 * 8
    assert np.flatnonzero(rows.lost_before).tolist() == [56, 144]
    assert np.isfinite(rows.counts).all()
    assert {a.name: a.unit for a in rows.aux} == {
        f"{what} {unit:08x}": of
        for what, of in (("quaternion", "1"), ("accel", "a.u."), ("battery", "mV"))
        for unit in (UNIT, OTHER)
    }
