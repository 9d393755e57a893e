"""Dynamixel Protocol 2.0 against the vendor's vectors, the vendor's SDK, and a CRC that others wrote."""

from __future__ import annotations

import struct

import pytest
from dynamixel_sdk import Protocol2PacketHandler
from fastcrc import crc16 as others
from hypothesis import given
from hypothesis import strategies as st
from innervate.firmware_bridge.dynamixel.codec import (
    BROADCAST,
    MAX_LENGTH,
    Instruction,
    Packet,
    Packets,
    SyncWriteLong,
    crc16,
    encode,
    ping,
    read,
    reboot,
    stuff,
    sync_read,
    sync_write,
    unstuff,
    write,
)

IDS = st.one_of(st.integers(0, 252), st.just(BROADCAST))
TRICKY = st.lists(st.sampled_from((0x00, 0xFD, 0xFE, 0xFF)), max_size=40).map(bytes)
"""Bytes that make headers and stuffing likely."""
PARAMS = st.one_of(st.binary(max_size=60), TRICKY)


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    instruction = draw(st.sampled_from(Instruction))
    error = draw(st.integers(0, 255)) if instruction is Instruction.STATUS else 0
    return Packet(draw(IDS), instruction, draw(PARAMS), error)


def found_in(stream: bytes) -> list[Packet]:
    return Packets().push(stream)


@pytest.mark.parametrize(
    ("ours", "vendor"),
    [
        (ping(1), "FFFFFD00 01 0300 01 194E"),
        (read(1, 132, 4), "FFFFFD00 01 0700 02 8400 0400 1D15"),
        (write(1, 116, struct.pack("<i", 512)), "FFFFFD00 01 0900 03 7400 00020000 CA89"),
        (
            sync_write({1: struct.pack("<i", 150), 2: struct.pack("<i", 170)}, 116),
            "FFFFFD00 FE 1100 83 74000400 01 96000000 02 AA000000 8287",
        ),
        (sync_read((1, 2), 132, 4), "FFFFFD00 FE 0900 82 84000400 01 02 CEFA"),
        (
            encode(Packet(1, Instruction.STATUS, bytes.fromhex("060426"))),
            "FFFFFD00 01 0700 55 00 060426 655D",
        ),
        (encode(Packet(1, Instruction.STATUS)), "FFFFFD00 01 0400 55 00 A10C"),
    ],
)
def test_the_vendors_vectors(ours: bytes, vendor: str) -> None:
    assert ours == bytes.fromhex(vendor)


@given(st.binary(max_size=300))
def test_the_crc_is_umts(data: bytes) -> None:
    assert crc16(data) == others.umts(data)


@given(st.binary(max_size=200))
def test_the_crc_is_the_vendors(data: bytes) -> None:
    assert crc16(data) == Protocol2PacketHandler().updateCRC(0, list(data), len(data))


LONG = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.sampled_from([-1, 0x00FDFFFF, -0x2000001, int.from_bytes(b"\x01\xff\xff\xfd", "little", signed=True)]),
)


@given(st.dictionaries(st.integers(0, 252), st.lists(LONG, min_size=3, max_size=3), min_size=1, max_size=16))
def test_goals_with_a_front_made_once_are_the_sync_write_made_anew(values: dict[int, list[int]]) -> None:
    write_goals = SyncWriteLong(list(values), 116)
    for turn in range(3):
        goals = [of_servo[turn] for of_servo in values.values()]
        anew = {servo: struct.pack("<i", goal) for servo, goal in zip(values, goals, strict=True)}
        assert write_goals.encode(goals) == sync_write(anew, 116)


def test_a_goal_for_every_servo_or_none_at_all() -> None:
    with pytest.raises(ValueError, match="shorter"):
        SyncWriteLong((1, 2), 116).encode([5])


@given(st.one_of(TRICKY, st.binary(max_size=40)))
def test_stuffing_is_exactly_undone(body: bytes) -> None:
    on_wire = stuff(body)
    assert unstuff(on_wire) == body
    assert all(
        on_wire[i + 3 : i + 4] == b"\xfd"
        for i in range(len(on_wire))
        if on_wire[i:].startswith(b"\xff\xff\xfd")
    )


def test_a_stuffed_write_as_rustypot_sends_it() -> None:
    """Goal 0x00FDFFFF. (The vendor's Python SDK does not stuff it: the sheet, a fault not to copy.)"""
    wire = write(1, 116, struct.pack("<i", 0x00FDFFFF))
    assert wire[:-2] == bytes.fromhex("FFFFFD00 01 0A00 03 7400 FFFFFDFD 00")
    assert found_in(wire) == [Packet(1, Instruction.WRITE, bytes.fromhex("7400 FFFFFD00"))]


@given(packets())
def test_packets_come_back(packet: Packet) -> None:
    assert found_in(encode(packet)) == [packet]


@given(
    wanted=st.lists(packets(), max_size=5),
    noise=st.lists(st.one_of(st.binary(max_size=12), TRICKY), min_size=6, max_size=6),
    data=st.data(),
)
def test_any_split_finds_the_same(wanted: list[Packet], noise: list[bytes], data: st.DataObject) -> None:
    stream = (
        b"".join(garbage + encode(packet) for garbage, packet in zip(noise, wanted, strict=False)) + noise[-1]
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    whole, pieces = Packets(), Packets()
    at_once = whole.push(stream)
    found = [
        packet
        for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for packet in pieces.push(stream[a:b])
    ]
    assert found == at_once
    assert pieces.bad == whole.bad


@given(st.lists(packets(), min_size=1, max_size=4), st.lists(st.binary(max_size=12), min_size=4, max_size=4))
def test_garbage_between_costs_no_packet(wanted: list[Packet], noise: list[bytes]) -> None:
    found = iter(found_in(b"".join(a + encode(b) for a, b in zip(noise, wanted, strict=False))))
    assert all(packet in found for packet in wanted)


@given(packets(), packets(), st.data())
def test_a_cut_packet_costs_itself_alone_and_no_time(
    first: Packet, second: Packet, data: st.DataObject
) -> None:
    """The next packet is found as soon as it is there, although the cut one promised more bytes."""
    wire = encode(first)
    cut = wire[: data.draw(st.integers(1, len(wire) - 3))]
    assert found_in(cut + encode(second)) == [second]


@given(packets(), packets(), st.data())
def test_a_damaged_packet_is_not_believed(first: Packet, second: Packet, data: st.DataObject) -> None:
    wire = bytearray(encode(first))
    wire[data.draw(st.integers(0, len(wire) - 1))] ^= data.draw(st.integers(1, 255))
    assert first not in found_in(bytes(wire))
    # A damaged length may promise more than there is; with more behind it nothing stays stuck.
    assert second in found_in(bytes(wire) + encode(second) * 2)


@given(st.lists(st.one_of(st.binary(max_size=300), TRICKY), max_size=6))
def test_pure_noise_is_survived(pieces: list[bytes]) -> None:
    parser = Packets()
    for piece in pieces:
        parser.push(piece)
    assert len(parser._rest) <= MAX_LENGTH + 7


@pytest.mark.parametrize("wire", ["FFFFFD00 FD 0300 01 0000", "FFFFFD00 01 FFFF 01", "FFFFFD00 01 0200 01"])
def test_impossible_ids_and_lengths_are_passed_over_at_once(wire: str) -> None:
    parser = Packets()
    assert parser.push(bytes.fromhex(wire) + ping(7)) == [Packet(7, Instruction.PING)]
    assert parser.bad == 1


def test_what_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ValueError, match="253"):
        reboot(253)
    with pytest.raises(ValueError, match="one length"):
        sync_write({1: b"ab", 2: b"c"}, 100)
    with pytest.raises(ValueError, match="at most"):
        write(1, 0, bytes(2000))


def test_reboot_and_alert() -> None:
    assert found_in(reboot(3)) == [Packet(3, Instruction.REBOOT)]
    assert found_in(encode(Packet(3, Instruction.STATUS, error=0x84)))[0].alert
