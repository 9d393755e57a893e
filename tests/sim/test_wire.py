from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.sim.wire import Line, PseudoTerminal


def test_bytes_pass_raw_both_ways() -> None:
    cable = PseudoTerminal()
    other = os.open(cable.port, os.O_RDWR | os.O_NOCTTY)
    everything = bytes(range(256))
    assert cable.write(everything) == 256
    assert os.read(other, 1000) == everything
    os.write(other, everything)
    assert cable.read() == everything
    assert cable.read() == b""
    os.close(other)
    cable.close()


def test_the_link_follows_the_newest_device_and_goes_with_it(tmp_path: Path) -> None:
    link = tmp_path / "port"
    first = PseudoTerminal(link)
    second = PseudoTerminal(link)
    assert second.port == str(link)
    first.close()
    assert str(link.readlink()) == second.device
    second.close()
    assert not link.is_symlink()


def test_a_driver_may_leave_and_come_back() -> None:
    cable = PseudoTerminal()
    for _ in range(2):
        other = os.open(cable.port, os.O_RDWR | os.O_NOCTTY)
        cable.write(b"x")
        assert os.read(other, 10) == b"x"
        os.close(other)
        assert cable.read() == b""
    cable.close()


def test_pulling_it_is_noticed() -> None:
    cable = PseudoTerminal()
    other = os.open(cable.port, os.O_RDWR | os.O_NOCTTY)
    cable.close()
    with pytest.raises(OSError):  # noqa: PT011 - which one differs by kernel
        os.write(other, b"x")
    os.close(other)


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=50), st.floats(0, 0.01)), max_size=20))
def test_a_line_keeps_order_and_pace(messages: list[tuple[bytes, float]]) -> None:
    line, t_s, arrived_s = Line(115_200), 0.0, 0.0
    for data, gap_s in messages:
        t_s += gap_s
        before_s = arrived_s
        arrived_s = line.put(data, t_s)
        assert arrived_s >= max(before_s, t_s) + len(data) * 10 / 115_200 - 1e-12
    assert line.take(arrived_s) == b"".join(data for data, _ in messages)
    assert line.next_s is None
