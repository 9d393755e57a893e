import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.drivers.trigno.codec import SlotDecoder, TextReader, command, encode
from innervate.drivers.trigno.sensors import Base, Channel, Sensor, agreed_rate_hz, aux_groups, emg_slots

CUTS = st.lists(st.integers(0, 4000), max_size=12)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(at)]


@given(st.lists(st.text("ABCXYZ 0123?.", min_size=1, max_size=20), max_size=6), CUTS)
def test_texts_come_back_from_any_split(texts: list[str], cuts: list[int]) -> None:
    reader = TextReader()
    found = [t for part in cut(b"".join(map(command, texts)), cuts) for t in reader.feed(part)]
    assert found == [text.strip() for text in texts]
    assert reader.partial == b""


@given(st.integers(0, 40), st.integers(0, 2**32), CUTS, st.booleans())
def test_any_split_gives_the_same_rows(rows: int, seed: int, cuts: list[int], big_endian: bool) -> None:
    sent = np.random.default_rng(seed).uniform(-0.011, 0.011, (rows, 16)).astype(np.float32)
    decoder = SlotDecoder(16, (5, 0, 15), big_endian=big_endian, most=0.55)
    parts = [decoder.feed(part).counts for part in cut(encode(sent, big_endian=big_endian), cuts)]
    np.testing.assert_array_equal(np.concatenate(parts), sent[:, [5, 0, 15]])
    assert decoder.missing(1) == 64
    assert decoder.feed(b"\0" * 60).counts.shape == (0, 3)
    assert (decoder.missing(1), decoder.missing(2)) == (4, 68)


def test_bytes_of_one_sample() -> None:
    # IEEE 754 by another way: 0.25 = 0x3E800000, -0.5 = 0xBF000000, in slots 2 and 5 (STARTINDEX 2 and 5).
    little = bytes(4) + bytes.fromhex("0000803e") + bytes(8) + bytes.fromhex("000000bf") + bytes(44)
    big = bytes(4) + bytes.fromhex("3e800000") + bytes(8) + bytes.fromhex("bf000000") + bytes(44)
    assert SlotDecoder(16, (1, 4)).feed(little).counts.tolist() == [[0.25, -0.5]]
    assert SlotDecoder(16, (1, 4), big_endian=True).feed(big).counts.tolist() == [[0.25, -0.5]]
    assert command("SENSOR 1 CHANNEL 1 RATE?") == b"SENSOR 1 CHANNEL 1 RATE?\r\n\r\n"


@pytest.mark.parametrize("value", [0.6, -0.6, float("inf"), float("nan")])
def test_what_no_sensor_can_measure_is_no_number(value: float) -> None:
    data = struct.pack("<16f", value, 0.01, *[0.0] * 14)
    counts = SlotDecoder(16, (0, 1), most=0.55).feed(data).counts
    assert np.isnan(counts[0, 0])
    assert counts[0, 1] == np.float32(0.01)


def base(*sensors: Sensor, samples: float = 26) -> Base:
    return Base(0.0135, samples, 2, False, sensors, ())


EMG, LOAD = Channel(1925.92592592593, 26, "V"), Channel(1925.92592592593, 26, "N")
ACCEL, GYRO = Channel(148.148148148148, 2, "g"), Channel(148.148148148148, 2, "?/s")


def test_units_other_than_volts_are_left_out_or_scaled() -> None:
    millivolts = Channel(1925.92592592593, 26, "mV")
    slots, notes = emg_slots(
        base(Sensor(1, 1, (EMG,), ()), Sensor(2, 4, (LOAD,), ()), Sensor(3, 7, (millivolts,), ()))
    )
    assert [(s.name, s.column, s.scale_uv) for s in slots] == [("sensor1", 0, 1e6), ("sensor3", 6, 1e3)]
    assert notes == ("sensor2 measures N, not a voltage: it is left out.",)


def test_motion_channels_are_grouped_by_unit_in_the_sensors_nine_values() -> None:
    slow = Channel(74.0, 1, "g")
    groups = aux_groups(
        base(Sensor(4, 2, (EMG,), (ACCEL,) * 3 + (GYRO,) * 3), Sensor(5, 3, (EMG,), (slow,))), 9
    )
    assert [(g.name, g.unit, g.columns) for g in groups] == [
        ("sensor4.accel", "g", (9, 10, 11)),
        ("sensor4.gyro", "deg/s", (12, 13, 14)),
    ]


def test_a_base_that_resamples_has_the_last_word_about_the_rate() -> None:
    raised = base(Sensor(1, 1, (EMG,), ()), samples=27)
    slots, _ = emg_slots(raised)
    assert agreed_rate_hz("base", raised, slots, 0.0, resampled=True) == pytest.approx(2000.0)
