from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.drivers.cyton.codec import (
    MOST_COUNT,
    PACKET_BYTES,
    Packet,
    PacketDecoder,
    channel_command,
    encode,
    microvolts_per_count,
)

COUNT = st.integers(-MOST_COUNT - 1, MOST_COUNT)
PACKET = st.builds(
    Packet,
    st.integers(0, 255),
    st.tuples(*[COUNT] * 8),
    st.one_of(st.none(), st.tuples(*[st.integers(-32768, 32767)] * 3).filter(any)),
)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(at)]


@given(st.lists(PACKET, max_size=8), st.lists(st.integers(0, 300), max_size=12))
def test_packets_come_back_from_any_split(packets: list[Packet], cuts: list[int]) -> None:
    decoder = PacketDecoder()
    found = [p for part in cut(b"".join(map(encode, packets)), cuts) for p in decoder.feed(part)]
    assert found == packets
    assert decoder.skipped == 0


@given(
    st.lists(st.one_of(PACKET.map(encode), st.binary(max_size=40)), max_size=10),
    st.lists(st.integers(0, 500), max_size=12),
)
def test_any_split_of_anything_gives_the_same(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    decoder, whole = PacketDecoder(), PacketDecoder()
    assert [p for part in cut(data, cuts) for p in decoder.feed(part)] == whole.feed(data)
    assert decoder.skipped == whole.skipped


# No 0xA0 and no footer among the readings, so that what is skipped is exactly the damage.
PLAIN = [Packet(i, (i + 1, 2, 3, -4, 5, 6, 7, 8), None) for i in range(6)]


@pytest.mark.parametrize("at", range(PACKET_BYTES))
def test_one_missing_byte_costs_one_packet(at: int) -> None:
    raw = bytearray(b"".join(map(encode, PLAIN)))
    del raw[2 * PACKET_BYTES + at]
    assert PacketDecoder().feed(bytes(raw)) == [PLAIN[0], PLAIN[1], *PLAIN[3:]]


@given(st.binary(min_size=1, max_size=200), st.integers(1, 4))
def test_garbage_between_packets_costs_at_most_one_that_follows(garbage: bytes, after: int) -> None:
    raw = (
        b"".join(map(encode, PLAIN[:after])) + garbage + b"".join(map(encode, PLAIN[after:])) + bytes((0xA0,))
    )
    found = PacketDecoder().feed(raw)
    assert found[:after] == PLAIN[:after]
    assert [p for p in found if p in PLAIN[after + 1 :]] == PLAIN[after + 1 :]


@pytest.mark.parametrize("footer", range(256))
def test_only_known_footers_are_packets(footer: int) -> None:
    raw = bytearray(encode(PLAIN[0]))
    raw[-1] = footer
    found = PacketDecoder().feed(bytes(raw))
    assert len(found) == (1 if 0xC0 <= footer <= 0xC6 else 0)


def test_the_data_sheets_scale() -> None:
    # OpenBCI: 4.5 V / 24 / (2^23 - 1) = 0.02235 microvolts a count; full scale 187.5 mV.
    assert microvolts_per_count(24) == pytest.approx(0.0223517, rel=1e-5)
    assert microvolts_per_count(24) * MOST_COUNT == pytest.approx(187_500)
    assert channel_command(3, 12) == b"x3050100X"
