"""What only a Myo has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from . import codec

_ADDRESS = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")


@dataclass(frozen=True, slots=True)
class MyoOptions:
    """Options of kind "myo".

    Attributes:
        mode: "raw" as measured, or "filtered": without mains hum, by a filter nobody has described.
        address: which armband, such as "D3:7B:0A:11:22:33"; empty for the only one in reach.
    """

    mode: Literal["raw", "filtered"] = "raw"
    address: str = ""

    def __post_init__(self) -> None:
        if self.address and not _ADDRESS.fullmatch(self.address.upper()):
            raise ValueError(f'address = {self.address!r}: six bytes, such as "D3:7B:0A:11:22:33"')

    @property
    def wanted(self) -> bytes:
        """The address as it goes over the air, last byte first; empty for any."""
        return bytes.fromhex(self.address.replace(":", ""))[::-1]

    @property
    def emg(self) -> int:
        """The mode's number."""
        return codec.EMG_RAW if self.mode == "raw" else codec.EMG_FILTERED
