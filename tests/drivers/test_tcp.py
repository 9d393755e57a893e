"""TCP links and the door, over real sockets on this machine."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.clock import now, sleep
from innervate.core.errors import SourceBusy, SourceError, SourceLost, SourceNotFound
from innervate.drivers.tcp import LOOPBACK, TcpDoor, TcpLink, dial


class Pair:
    """A link of ours, and the device's bare socket."""

    def __init__(self) -> None:
        with socket.create_server((LOOPBACK, 0)) as listener:
            self.far = socket.create_connection(listener.getsockname())
            near, _ = listener.accept()
        self.far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link = TcpLink(near, "the test")

    def close(self) -> None:
        self.link.close()
        self.far.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.close()


@pytest.fixture
def door() -> Iterator[Callable[..., TcpDoor]]:
    made: list[TcpDoor] = []

    def opened(host: str = "", port: int = 0, peer: str = "") -> TcpDoor:
        made.append(TcpDoor(host, port, peer))
        return made[-1]

    yield opened
    for each in made:
        each.close()


def later(seconds: float, act: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        sleep(seconds)
        act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=6), st.integers(1, 4000))
def test_every_byte_arrives_once_and_in_order_and_the_end_after_the_last(
    pieces: list[bytes], at_least: int
) -> None:
    pair = Pair()
    try:
        for piece in pieces:
            pair.far.sendall(piece)
        pair.far.close()
        heard = b""
        with pytest.raises(SourceLost, match="the amplifier at the test has hung up"):  # noqa: PT012 - until
            while True:
                heard += pair.link.read(now() + 5.0, at_least)
        assert heard == b"".join(pieces)
    finally:
        pair.close()


def test_it_wakes_once_when_enough_bytes_are_there(pair: Pair) -> None:
    pair.far.sendall(b"a" * 60)
    sender = later(0.05, lambda: pair.far.sendall(b"b" * 40))
    begun_s = now()
    data = pair.link.read(begun_s + 5.0, 100)
    took_s = now() - begun_s
    sender.join()
    assert data == b"a" * 60 + b"b" * 40
    assert 0.04 < took_s < 2.0


def test_at_the_deadline_it_hands_out_what_is_there(pair: Pair) -> None:
    pair.far.sendall(b"few")
    begun_s = now()
    assert pair.link.read(begun_s + 0.05, 100) == b"few"
    assert now() - begun_s >= 0.05
    assert pair.link.read(now() + 0.01, 100) == b""


def test_a_time_that_has_passed_means_do_not_wait(pair: Pair) -> None:
    assert pair.link.read(0.0, 100) == b""
    pair.far.sendall(b"x")
    until_s = now() + 2.0
    data = b""
    while not data and now() < until_s:
        data = pair.link.read(0.0, 100)
    assert data == b"x"


def test_hanging_up_wakes_a_reader_that_wants_more(pair: Pair) -> None:
    pair.far.sendall(b"last")
    hanger = later(0.05, pair.far.close)
    begun_s = now()
    assert pair.link.read(begun_s + 5.0, 100) == b"last"
    with pytest.raises(SourceLost):
        pair.link.read(begun_s + 5.0, 100)
    assert now() - begun_s < 2.0
    hanger.join()


def test_writing_to_nobody_is_one_line(pair: Pair) -> None:
    pair.far.close()
    until_s = now() + 2.0
    with pytest.raises(SourceLost, match="is it switched on, and in reach"):  # noqa: PT012 - the kernel may take a few
        while now() < until_s:
            pair.link.write(b"x" * 1000)


def test_a_long_command_is_sent_whole(pair: Pair) -> None:
    wanted = bytes(range(256)) * 20_000
    heard = bytearray()

    def hear() -> None:
        while len(heard) < len(wanted):
            heard.extend(pair.far.recv(1 << 16))

    reader = threading.Thread(target=hear)
    reader.start()
    pair.link.write(wanted)
    reader.join()
    assert heard == wanted


def test_closed_twice_and_read_after_is_lost(pair: Pair) -> None:
    pair.link.close()
    pair.link.close()
    with pytest.raises(SourceLost):
        pair.link.read(0.0)


def test_dialling(door: Callable[..., TcpDoor]) -> None:
    there = door()
    link = dial(LOOPBACK, there.port, 1.0)
    met = there.accept(now() + 1.0)
    link.write(b"hello")
    assert met.read(now() + 1.0, 5) == b"hello"
    assert (link.name, met.name) == (f"127.0.0.1:{there.port}", f"127.0.0.1:{there.port}")
    link.close()
    met.close()
    there.close()
    with pytest.raises(SourceNotFound, match=rf"127.0.0.1:{there.port}: connection refused \(waited 0.2 s\)"):
        dial(LOOPBACK, there.port, 0.2)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "localhost.example"])
def test_a_door_beyond_this_machine_needs_a_peer(host: str) -> None:
    with pytest.raises(SourceError, match=r"is open to everybody on that network .*source\.options.peer"):
        TcpDoor(host, 0)


def test_a_busy_port_is_one_line(door: Callable[..., TcpDoor]) -> None:
    first = door()
    with pytest.raises(SourceBusy, match=f"127.0.0.1:{first.port} is in use by another program"):
        door(port=first.port)


def test_an_interface_that_is_not_ours_is_one_line() -> None:
    with pytest.raises(SourceError, match=r"source.host = '192.0.2.1': cannot listen there"):
        TcpDoor("192.0.2.1", 0, peer="192.0.2.2")


def test_nobody_dials_in(door: Callable[..., TcpDoor]) -> None:
    there = door()
    begun_s = now()
    with pytest.raises(SourceNotFound, match=f"no amplifier dialled in on 127.0.0.1:{there.port}"):
        there.accept(begun_s + 0.05)
    assert 0.05 <= now() - begun_s < 1.0


def dial_from(address: str, port: int) -> socket.socket:
    return socket.create_connection((LOOPBACK, port), 1.0, (address, 0))


def test_only_the_peer_is_let_in(door: Callable[..., TcpDoor]) -> None:
    there = door("0.0.0.0", peer="127.0.0.2")
    with dial_from("127.0.0.3", there.port) as stranger, dial_from("127.0.0.2", there.port) as peer:
        link = there.accept(now() + 1.0)
        assert link.name == f"127.0.0.2:{there.port}"
        stranger.settimeout(1.0)
        assert stranger.recv(1) == b""  # turned away
        peer.sendall(b"mine")
        assert link.read(now() + 1.0, 4) == b"mine"
        link.close()


def test_strangers_do_not_keep_the_peer_out(door: Callable[..., TcpDoor]) -> None:
    there = door("0.0.0.0", peer="127.0.0.2")
    strangers = []
    late = later(0.05, lambda: strangers.append(dial_from("127.0.0.2", there.port)))
    strangers += [dial_from("127.0.0.3", there.port) for _ in range(4)]
    link = there.accept(now() + 2.0)
    late.join()
    assert link.name == f"127.0.0.2:{there.port}"
    link.close()
    for each in strangers:
        each.close()


def test_a_stranger_alone_is_nobody(door: Callable[..., TcpDoor]) -> None:
    there = door("0.0.0.0", peer="127.0.0.2")
    with dial_from("127.0.0.3", there.port), pytest.raises(SourceNotFound):
        there.accept(now() + 0.1)
