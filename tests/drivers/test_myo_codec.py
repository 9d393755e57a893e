import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.drivers.frames import Rows
from innervate.drivers.myo import bgapi
from innervate.drivers.myo.bgapi import BgapiDecoder, Packet, Value, encode, value_payload
from innervate.drivers.myo.codec import (
    BATTERY,
    COMMAND,
    EMG,
    IMU,
    NEVER_SLEEP,
    MyoDecoder,
    encode_emg,
    encode_imu,
    set_mode,
)

CUTS = st.lists(st.integers(0, 2000), max_size=12)
VALUES = st.builds(
    lambda handle, data: encode(
        Packet(bgapi.EVENT, bgapi.ATTRIBUTE_VALUE, value_payload(Value(0, handle, data), 1))
    ),
    st.sampled_from(EMG),
    st.binary(min_size=16, max_size=16),
)


def notification(handle: int, data: bytes) -> bytes:
    return encode(Packet(bgapi.EVENT, bgapi.ATTRIBUTE_VALUE, value_payload(Value(0, handle, data), 1)))


def frame(k: int) -> bytes:
    """The k-th EMG notification: rows of 8 values that tell it apart."""
    rows = (np.arange(16).reshape(2, 8) + k * 16) % 100
    return notification(EMG[k % 4], encode_emg(rows.astype(np.int8)))


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(at)]


def decoded(parts: list[bytes]) -> Rows:
    decoder = MyoDecoder(BgapiDecoder())
    rows = [decoder.feed(part) for part in parts]
    counters = [r.counter for r in rows if r.counter is not None]
    return Rows(np.concatenate([r.counts for r in rows]), np.concatenate(counters))


def test_the_bytes_that_are_published() -> None:
    # Sheet: notification "80 15 04 05" of 16 bytes; set raw mode "01 03 03 01 00"; never sleep "09 01 01".
    data = bytes(range(0xF8, 0x100)) + bytes((0x7F, 0x80, 0, 1, 2, 3, 4, 5))
    sent = bytes.fromhex("80 15 04 05 00 31 00 01 10") + data
    assert notification(0x31, data) == sent
    rows = MyoDecoder(BgapiDecoder()).feed(sent)
    assert rows.counts.tolist() == [[-8, -7, -6, -5, -4, -3, -2, -1], [127, -128, 0, 1, 2, 3, 4, 5]]
    assert rows.counter is not None
    assert rows.counter.tolist() == [4, 5]
    assert set_mode(3, 1) == bytes.fromhex("01 03 03 01 00")
    assert bytes.fromhex("09 01 01") == NEVER_SLEEP
    write = Packet(bgapi.COMMAND, bgapi.WRITE_ATTRIBUTE, struct.pack("<BHB", 0, COMMAND, 3) + NEVER_SLEEP)
    assert encode(write) == bytes.fromhex("00 07 04 05 00 19 00 03 09 01 01")
    assert encode(Packet(bgapi.COMMAND, bgapi.DISCOVER, b"\1")) == bytes.fromhex("00 01 06 02 01")


def test_motion_and_battery_come_with_the_row_that_follows() -> None:
    imu = encode_imu((16384, -16384, 8192, 0), (2048, -1024, 0), (160, -16, 8))
    decoder = MyoDecoder(BgapiDecoder(), battery_percent=90)
    rows = decoder.feed(frame(0) + notification(IMU, imu) + notification(BATTERY, b"\x42"))
    assert [(aux.name, aux.row.tolist()) for aux in rows.aux] == [("battery", [0])]
    assert rows.aux[0].values.tolist() == [[90.0]]
    rows = decoder.feed(frame(1) + frame(2))
    aux = {each.name: each for each in rows.aux}
    assert {name: each.row.tolist() for name, each in aux.items()} == {name: [0] for name in aux}
    assert aux["quaternion"].values.tolist() == [[1.0, -1.0, 0.5, 0.0]]
    assert aux["accel"].values.tolist() == [[1.0, -0.5, 0.0]]
    assert aux["gyro"].values.tolist() == [[10.0, -1.0, 0.5]]
    assert (aux["battery"].values.tolist(), aux["battery"].unit) == ([[66.0]], "%")


def test_what_belongs_to_another_connection_or_is_gone() -> None:
    other = Packet(bgapi.EVENT, bgapi.ATTRIBUTE_VALUE, value_payload(Value(1, EMG[0], bytes(16)), 1))
    decoder = MyoDecoder(BgapiDecoder())
    assert len(decoder.feed(encode(other))) == 0
    decoder.feed(encode(Packet(bgapi.EVENT, bgapi.DISCONNECTED, struct.pack("<BH", 0, 0x0208))))
    assert decoder.gone == "out of reach"
    decoder.feed(encode(Packet(bgapi.EVENT, bgapi.BOOTED, bytes(12))))
    assert decoder.gone == "the dongle has restarted"


@given(st.lists(VALUES, max_size=8), CUTS)
def test_any_split_gives_the_same_rows(frames: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(frames)
    sent = np.frombuffer(b"".join(f[9:] for f in frames), np.int8).reshape(-1, 8)
    rows = decoded(cut(whole, cuts))
    np.testing.assert_array_equal(rows.counts, sent)
    np.testing.assert_array_equal(rows.counter, decoded([whole]).counter)


@given(st.binary(min_size=1, max_size=80), st.integers(0, 25), CUTS)
def test_garbage_between_or_inside_costs_at_most_its_frame_and_the_next(
    garbage: bytes, inside: int, cuts: list[int]
) -> None:
    frames = [frame(k) for k in range(6)]
    damaged = frames[2][:inside] + garbage + frames[2][inside:]
    parts = [*frames[:2], damaged, *cut(b"".join(frames[3:]), cuts)]
    sent = decoded([b"".join(frames)]).counts.tolist()
    got = decoded(parts).counts.tolist()
    assert got[:4] == sent[:4]
    assert got[-4:] == sent[-4:]


@pytest.mark.parametrize("lost", range(1, 25))
def test_a_frame_that_lost_its_end_costs_only_itself(lost: int) -> None:
    frames = [frame(k) for k in range(5)]
    sent = decoded([b"".join(frames)]).counts.tolist()
    got = decoded([*frames[:2], frames[2][: 25 - lost], frames[3], frames[4]]).counts.tolist()
    assert got == sent[:4] + sent[6:]


@given(st.lists(st.one_of(VALUES, st.binary(max_size=40)), max_size=8))
def test_nothing_is_lost_sight_of(pieces: list[bytes]) -> None:
    decoder = BgapiDecoder()
    found = decoder.feed(b"".join(pieces))
    taken = sum(len(encode(packet)) for packet in found)
    assert taken + decoder.skipped + decoder.waiting == sum(map(len, pieces))


def test_an_address_reads_as_people_write_it() -> None:
    assert bgapi.address_text(bytes.fromhex("20 22 11 0a 7b d3")) == "D3:7B:0A:11:22:20"
