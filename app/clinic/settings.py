"""What the clinic's server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass

from ..page.settings import is_loopback


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """Where the store is, and who may ask from where. Every page wants a login, wherever it is asked from.

    Attributes:
        store: folder or URL; empty: the default place.
        host: address to listen on; anything but loopback needs a certificate, for passwords travel.
        port: TCP port; 0 takes a free one.
        cert: file of the TLS certificate; empty for none.
        key: file of its key.
        idle_s: without a request, until a session ends; 0: as the store has it.

    Raises:
        ValueError: no certificate beyond loopback, half of one, or a port that cannot be.
    """

    store: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    cert: str = ""
    key: str = ""
    idle_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port {self.port} is not within 0 to 65535")
        if bool(self.cert) != bool(self.key):
            raise ValueError("a certificate and its key go together: --cert FILE --key FILE")
        if not self.cert and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host} can be reached from other machines, and passwords would travel in the "
                "clear; give --cert and --key, or use 127.0.0.1 behind your own TLS"
            )
        if self.idle_s < 0:
            raise ValueError(f"idle_s = {self.idle_s}: allowed is 0 or more")
