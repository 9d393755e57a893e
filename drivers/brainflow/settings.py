"""The options of a BrainFlow source: which board, and what BrainFlow must know to reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class BrainFlowOptions:
    """BrainFlow's input parameters by their own names. `source.port` and `source.host` are two more of them.

    Attributes:
        board: name or id, such as "cyton", "freeeeg32" or "-1".
        mac_address: of a Bluetooth device.
        serial_number: tells one device from another; empty takes any.
        other_info: what some boards want to know besides.
        ip_port: of a board in the network; 0 for its usual one.
        ip_protocol: "udp" or "tcp" where a board has both.
        timeout_s: how long BrainFlow looks for the board; 0 for its usual time.
        file, file_aux, file_anc: recordings of the playback board.
        master_board: the board that made them.
        config: texts handed to the board once it is open, as its maker or BrainFlow documents them.
    """

    board: str
    mac_address: str = ""
    serial_number: str = ""
    other_info: str = ""
    ip_port: int = 0
    ip_protocol: Literal["", "udp", "tcp"] = ""
    timeout_s: int = 0
    file: str = ""
    file_aux: str = ""
    file_anc: str = ""
    master_board: str = ""
    config: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not 0 <= self.ip_port <= 65535:
            raise ValueError(f"ip_port = {self.ip_port}: it must be from 0 to 65535")
        if self.timeout_s < 0:
            raise ValueError(f"timeout_s = {self.timeout_s}: it must not be negative")
