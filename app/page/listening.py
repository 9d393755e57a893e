"""A socket that listens before anybody is told where."""

from __future__ import annotations

import socket

from ...core.errors import InnervateError


def listen(host: str, port: int) -> socket.socket:
    """Bound and listening before we say ready, so the first browser is not refused.

    Raises:
        InnervateError: the address cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(64)
    except OSError as error:
        raise InnervateError(
            f"the page cannot listen on {host} port {port}: {error.strerror or error}",
            "choose another port, or 0",
        ) from error
    return listener
