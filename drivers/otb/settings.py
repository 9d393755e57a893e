"""What only amplifiers of OT Bioelettronica have to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import muovi, quattrocento, sessantaquattro

_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class MuoviOptions:
    """Options of kinds "muovi" and "muovi-plus".

    Attributes:
        port: TCP port that the probe dials.
        peer: the probe's address; nobody else may dial in. Needed beyond loopback.
        resolution: 16 bits at 2000 Hz behind a high-pass filter, or 24 bits at 500 Hz without.
    """

    port: int = muovi.PORT
    peer: str = ""
    resolution: Literal[16, 24] = 16

    def __post_init__(self) -> None:
        _check_port(self.port)


@dataclass(frozen=True, slots=True)
class SessantaquattroOptions:
    """Options of kind "sessantaquattro".

    Attributes:
        port, peer: as for a Muovi.
        inputs: electrodes in use.
        mode: against the reference, in pairs (half as many channels), or each against the next one.
        resolution: bits.
        high_pass: let the firmware take the mean out.
    """

    port: int = sessantaquattro.PORT
    peer: str = ""
    inputs: Literal[8, 16, 32, 64] = 64
    mode: Literal["monopolar", "bipolar", "differential"] = "monopolar"
    resolution: Literal[16, 24] = 16
    high_pass: bool = True

    def __post_init__(self) -> None:
        _check_port(self.port)


@dataclass(frozen=True, slots=True)
class QuattrocentoOptions:
    """Options of kind "quattrocento".

    Attributes:
        port: TCP port that the amplifier listens on.
        emg_channels: how many it sends: of IN 1 and 2 and MULTIPLE IN 1, of twice, three or four times that.
        high_pass, low_pass: filters of all inputs, in Hz; no `low_pass`: 500, or 130 at 512 Hz.
        bipolar, differential: inputs (in1 to in8, mi1 to mi4) that measure so; the others are monopolar.
        decimate: its DECIM bit, which the vendor's script sets.
    """

    port: int = quattrocento.PORT
    emg_channels: Literal[96, 192, 288, 384] = 96
    high_pass: Literal["0.7", "10", "100", "200"] = "10"  # noqa: S105 - a filter
    low_pass: Literal["130", "500", "900", "4400"] | None = None
    bipolar: tuple[str, ...] = ()
    differential: tuple[str, ...] = ()
    decimate: bool = False

    def __post_init__(self) -> None:
        _check_port(self.port)
        for name in (*self.bipolar, *self.differential):
            if name not in quattrocento.INPUTS:
                raise ValueError(f"no input {name!r}; it has {', '.join(quattrocento.INPUTS)}")
            if name in self.bipolar and name in self.differential:
                raise ValueError(f"input {name} cannot be bipolar and differential")

    def inputs(self, rate_hz: float) -> tuple[quattrocento.Input, ...]:
        """How each input is set.

        Raises:
            ValueError: the low-pass filter lets through what the rate cannot carry.
        """
        fitting = [hz for hz in quattrocento.LOW_PASS_HZ if hz < rate_hz / 2]
        low_pass_hz = float(self.low_pass or min(500.0, fitting[-1]))
        if low_pass_hz not in fitting:
            allowed = ", ".join(f"{hz:g}" for hz in fitting)
            raise ValueError(f"low_pass = {low_pass_hz:g} at {rate_hz:g} Hz; allowed: {allowed}")
        return tuple(
            quattrocento.Input(self._mode(name), float(self.high_pass), low_pass_hz)
            for name in quattrocento.INPUTS
        )

    def _mode(self, name: str) -> str:
        if name in self.bipolar:
            return "bipolar"
        return "differential" if name in self.differential else "monopolar"


def _check_port(port: int) -> None:
    if port not in _PORTS:
        raise ValueError(f"port = {port}: a port is 1 to {_PORTS[-1]}")
