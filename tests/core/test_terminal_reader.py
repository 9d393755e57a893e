from __future__ import annotations

import os
import select
import tty
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.terminal_reader import TerminalReader


class Terminal:
    """A raw pseudo-terminal with a reader on one side."""

    def __init__(self) -> None:
        self.far, self._near = os.openpty()
        tty.setraw(self._near)
        os.set_blocking(self._near, False)
        self.reader = TerminalReader(self._near)

    def hear(self, size: int) -> bytes:
        heard = b""
        while len(heard) < size and select.select([self.reader.fileno()], [], [], 5.0)[0]:
            heard += self.reader.read()
        return heard

    def hang_up(self) -> None:
        if self.far >= 0:
            os.close(self.far)
            self.far = -1

    def close(self) -> None:
        self.reader.close()
        self.hang_up()
        os.close(self._near)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=10))
def test_every_byte_arrives_once_and_in_order(pieces: list[bytes]) -> None:
    terminal = Terminal()
    try:
        for piece in pieces:
            os.write(terminal.far, piece)
        assert terminal.hear(sum(map(len, pieces))) == b"".join(pieces)
        assert terminal.reader.read() == b""
    finally:
        terminal.close()


def test_a_pulled_cable_is_told_after_the_last_byte(terminal: Terminal) -> None:
    os.write(terminal.far, b"last words")
    assert terminal.hear(10) == b"last words"
    terminal.hang_up()
    assert select.select([terminal.reader.fileno()], [], [], 5.0)[0]
    with pytest.raises(OSError, match=r"hung up|Input/output"):
        terminal.reader.read()


def test_it_ends_when_closed_and_may_be_closed_twice(terminal: Terminal) -> None:
    terminal.reader.close()
    terminal.reader.close()
    assert not terminal.reader._thread.is_alive()


def ready(terminal: Terminal, seconds: float) -> bool:
    return bool(select.select([terminal.reader.fileno()], [], [], seconds)[0])


def test_it_is_ready_when_as_many_bytes_are_there_as_are_wanted(terminal: Terminal) -> None:
    assert not terminal.reader.want(10)
    os.write(terminal.far, b"12345")
    assert not ready(terminal, 0.05)
    os.write(terminal.far, b"67890")
    assert ready(terminal, 5.0)
    assert terminal.reader.read() == b"1234567890"
    assert not ready(terminal, 0.0)


def test_fewer_than_wanted_can_be_read_and_count_no_more(terminal: Terminal) -> None:
    assert not terminal.reader.want(4)
    os.write(terminal.far, b"abc")
    assert not ready(terminal, 0.05)
    assert terminal.reader.read() == b"abc"
    assert not terminal.reader.want(4)
    os.write(terminal.far, b"def")
    assert not ready(terminal, 0.05)
    assert terminal.reader.want(3)


def test_a_reader_that_wants_many_is_told_of_the_end(terminal: Terminal) -> None:
    assert not terminal.reader.want(1000)
    os.write(terminal.far, b"end")
    assert not ready(terminal, 0.05)
    terminal.hang_up()
    assert ready(terminal, 5.0)
    assert terminal.reader.want(1000)
    assert terminal.hear(3) == b"end"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=100), st.integers(0, 150)), min_size=1, max_size=10))
def test_whatever_is_wanted_no_wake_is_missed(steps: list[tuple[bytes, int]]) -> None:
    terminal = Terminal()
    try:
        written = heard = b""
        for piece, wanted in steps:
            os.write(terminal.far, piece)
            written += piece
            wanted = min(wanted, len(written) - len(heard))
            if not terminal.reader.want(wanted):
                assert ready(terminal, 5.0)
            data = terminal.reader.read()
            assert len(data) >= wanted
            heard += data
        assert heard + terminal.hear(len(written) - len(heard)) == written
    finally:
        terminal.close()


def test_read_over_and_over_while_bytes_come_it_ends_unready_and_is_woken_again(terminal: Terminal) -> None:
    pieces = [b"%04d" % k for k in range(500)]
    heard = b""
    for piece in pieces:
        os.write(terminal.far, piece)
        heard += terminal.reader.read()  # before, while and after the thread rings
    heard += terminal.hear(4 * len(pieces) - len(heard))
    assert heard == b"".join(pieces)
    while ready(terminal, 0.01):  # it may have rung for what was read already; then once and no more
        assert terminal.reader.read() == b""
    os.write(terminal.far, b"!")
    assert ready(terminal, 5.0)
    assert terminal.reader.read() == b"!"
