"""A device on a network: its address, connecting to it and again, a line that is stuck."""

from __future__ import annotations

import contextlib
import socket

import pytest
from innervate.core.clock import now
from innervate.core.errors import LimbError, LimbNotFound, ProfileError
from innervate.firmware_bridge import tcpport
from innervate.firmware_bridge.tcpport import TcpPort, address_of, dial

from ..waiting import until


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.7", ("10.0.0.7", 4267)),
        ("10.0.0.7:99", ("10.0.0.7", 99)),
        ("hand.local:4267", ("hand.local", 4267)),
        ("[::1]", ("::1", 4267)),
        ("[::1]:5", ("::1", 5)),
    ],
)
def test_addresses(text: str, found: tuple[str, int]) -> None:
    assert address_of(text, 4267) == found


@pytest.mark.parametrize(
    "text", ["", ":4267", "host:", "host:0", "host:65536", "host:x", "/dev/ttyUSB0", "[::1]x"]
)
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(ProfileError, match=r"limb\.port"):
        address_of(text, 4267)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(LimbNotFound, match="refused"):
        dial(f"127.0.0.1:{port}", 1)
    with pytest.raises(LimbError, match="no known address"):
        dial("nobody.invalid", 1)


def test_once_it_was_there_connecting_again_waits_for_nothing() -> None:
    """A full backlog on loopback swallows what asks to connect, as a network that is away does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        text = f"127.0.0.1:{address[1]}"
        first = dial(text, 1)
        assert first.first
        with contextlib.ExitStack() as stack:
            for _ in range(4):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(address)
            start_s = now()
            for _ in range(20):
                with pytest.raises(LimbNotFound, match="not connected yet"):
                    dial(text, 1)
            assert now() - start_s < 0.2
            tcpport._dialling.pop(address)[1].close()
        first.close()


def test_a_connection_that_came_about_meanwhile_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = f"127.0.0.1:{server.getsockname()[1]}"
        first = dial(text, 1)
        again = until(lambda: attempt(text))
        assert not again.first
        first.close()
        again.close()


def test_a_line_that_is_stuck_keeps_the_newest_frame_and_mixes_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        port = dial(f"127.0.0.1:{server.getsockname()[1]}", 1)
        peer, _ = server.accept()
        frames = [bytes((number,)) * 999 for number in range(200)]
        took = [port.send(frame) for frame in frames]
        assert not all(took)
        assert port.wants_to_write
        peer.settimeout(0.05)
        data = b""
        while port.wants_to_write or data[-1:] != frames[-1][:1]:
            with contextlib.suppress(TimeoutError):
                data += peer.recv(65536)
            port.flush()
        runs = [data[i : i + 999] for i in range(0, len(data), 999)]
        assert all(run in frames for run in runs)
        assert runs[-1] == frames[-1]
        assert len(runs) == port.frames < len(frames)
        port.close()
        peer.close()


def attempt(text: str) -> TcpPort | None:
    with contextlib.suppress(LimbNotFound):
        return dial(text, 1)
    return None
