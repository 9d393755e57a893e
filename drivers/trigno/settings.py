"""What only a Trigno has to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import codec

_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class TrignoOptions:
    """Options of kind "trigno".

    Attributes:
        legacy: use the ports that old sensors and old programs know (16 channels), not those of all sensors.
        upsample: let the base raise 1926 Hz to 2000 Hz, as in its legacy mode; False takes what is measured.
        aux: read accelerometers and the like beside EMG.
        range_mv: input range of the sensors' mode (data sheet: 11 or 5.5 millivolts either way).
        command_port, emg_port, aux_port: where the control program listens; 0 for its usual ports.
    """

    legacy: bool = False
    upsample: bool = False
    aux: bool = True
    range_mv: Literal["11", "5.5"] = "11"
    command_port: int = codec.COMMAND_PORT
    emg_port: int = 0
    aux_port: int = 0

    def __post_init__(self) -> None:
        for name in ("command_port", "emg_port", "aux_port"):
            value = getattr(self, name)
            if value and value not in _PORTS:
                raise ValueError(f"{name} = {value}: a port is 1 to {_PORTS[-1]}")

    @property
    def emg_at(self) -> int:
        """Port of the EMG stream."""
        return self.emg_port or (codec.LEGACY_EMG_PORT if self.legacy else codec.EMG_PORT)

    @property
    def aux_at(self) -> int:
        """Port of the AUX stream."""
        return self.aux_port or (codec.LEGACY_AUX_PORT if self.legacy else codec.AUX_PORT)

    @property
    def aux_width(self) -> int:
        """Values a slot in a sample of the AUX stream."""
        return codec.LEGACY_AUX_WIDTH if self.legacy else codec.AUX_WIDTH

    @property
    def railed_uv(self) -> float:
        """End of a sensor's range."""
        return float(self.range_mv) * 1e3
