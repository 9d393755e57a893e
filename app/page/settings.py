"""What the page's process is told when it starts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

MIN_SECRET = 16
"""Characters. Short keys can be guessed over a network."""


@dataclass(frozen=True, slots=True)
class PageSettings:
    """Where to read, and who may look.

    Attributes:
        runtime_dir: folder with the two rings and the request socket of one limb.
        host: address to listen on; anything but loopback needs a `secret`.
        port: TCP port; 0 takes a free one.
        secret: key that a browser or script must show; empty for none.

    Raises:
        ValueError: no secret beyond loopback, a short secret, or a port that cannot be.
    """

    runtime_dir: str
    host: str = "127.0.0.1"
    port: int = 0
    secret: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port {self.port} is not within 0 to 65535")
        if not self.secret and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host} can be reached from other machines and no secret is set; "
                f"set a secret of at least {MIN_SECRET} characters, or use 127.0.0.1"
            )
        if self.secret and len(self.secret) < MIN_SECRET:
            raise ValueError(f"a secret of {len(self.secret)} characters is too short; at least {MIN_SECRET}")
        if not self.secret.isascii():
            raise ValueError("the secret does not fit a web address; use letters and digits")


def is_loopback(host: str) -> bool:
    """True when only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
