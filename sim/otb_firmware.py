"""What a virtual Muovi, Sessantaquattro or Quattrocento makes of commands. Pure: no port, no clock."""

from __future__ import annotations

from ..drivers.otb import muovi, quattrocento, sessantaquattro
from ..drivers.otb.words import Layout

_SETTINGS_BYTES = 13
_PLUS_WORDS, _OLD_WORDS = 8, 4
_GO, _HIGH_RESOLUTION, _GET = 1, 1 << 7, 1 << 15


class Firmware:
    """What the three share: commands in, answers out; knows whether it streams, and how.

    Attributes:
        streaming: it sends.
        hangs_up: the last command was to stop, and the connection ends with it.
        starts: how often it was started; rows count from 0 each time.
        layout, microvolts, ramps: of its rows; `ramps` for its test signal.
        recording: a Quattrocento was told REC_ON.
    """

    command_bytes = 1

    def __init__(self, layout: Layout, microvolts: float) -> None:
        self.layout, self.microvolts = layout, microvolts
        self.ramps = self.recording = False
        self.starts = 0
        self.reset()

    def reset(self) -> None:
        """Nobody is connected."""
        self._partial = b""
        self.streaming = self.hangs_up = False

    def feed(self, data: bytes) -> bytes:
        """Everything that is answered to `data`."""
        self._partial += data
        answers = b""
        while len(self._partial) >= self.command_bytes:
            command = self._partial[: self.command_bytes]
            self._partial = self._partial[self.command_bytes :]
            answers += self._obey(command)
        return answers

    def _obey(self, command: bytes) -> bytes:
        raise NotImplementedError

    def _go(self, layout: Layout, microvolts: float) -> None:
        self.layout, self.microvolts = layout, microvolts
        self.starts += not self.streaming
        self.streaming = True


class MuoviFirmware(Firmware):
    """Control bytes of a probe with 32 or 64 channels. Mode 1 is gain 4, as in the document's version 2.4."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        super().__init__(muovi.layout(channels, 2), muovi.MICROVOLTS)

    def _obey(self, command: bytes) -> bytes:
        width = 2 if command[0] >> 3 & 1 else 3
        mode = command[0] >> 1 & 3
        if not command[0] & _GO:
            self.streaming, self.hangs_up = False, True
            return b""
        half = width == 2 and mode == muovi.HALF_GAIN
        self.ramps = mode == muovi.TEST
        self._go(muovi.layout(self._channels, width), muovi.MICROVOLTS * (2 if half else 1))
        return b""


class SessantaquattroFirmware(Firmware):
    """Settings words.

    Args:
        plus: it is a Sessantaquattro+.
    """

    command_bytes = 2

    def __init__(self, *, plus: bool) -> None:
        self._accessory = _PLUS_WORDS if plus else _OLD_WORDS
        self.settings = bytes(2)
        super().__init__(sessantaquattro.layout(64, self._accessory, 2), sessantaquattro.MICROVOLTS)

    def _obey(self, command: bytes) -> bytes:
        word = int.from_bytes(command, "big")
        if word & _GET:
            # What follows the settings in force is described nowhere.
            return self.settings.ljust(_SETTINGS_BYTES, b"\0")
        self.settings = command
        if not word & _GO:
            self.streaming, self.hangs_up = False, True
            return b""
        mode = word >> 8 & 7
        inputs = sessantaquattro.INPUTS[word >> 11 & 3]
        emg = sessantaquattro.channels(inputs, "bipolar" if mode == 1 else "")
        width = 3 if word & _HIGH_RESOLUTION else 2
        self._go(sessantaquattro.layout(emg, self._accessory, width), sessantaquattro.MICROVOLTS)
        return b""


class QuattrocentoFirmware(Firmware):
    """Configurations. It does not hang up by itself, and goes on when a program just leaves."""

    command_bytes = quattrocento.CONFIG_BYTES

    def __init__(self) -> None:
        self.config = b""
        super().__init__(quattrocento.layout(96), quattrocento.MICROVOLTS)

    def _obey(self, command: bytes) -> bytes:
        if quattrocento.crc8(command[:-1]) != command[-1] or not command[0] >> 7:
            return b""
        self.config = command
        if not command[0] & _GO:
            self.streaming = False
            return b""
        self.recording = bool(command[0] >> 5 & 1)
        self._go(quattrocento.layout(quattrocento.CHANNELS[command[0] >> 1 & 3]), quattrocento.MICROVOLTS)
        return b""

    def forget(self) -> None:
        """Another program has called: half a command of the last one is worth nothing."""
        self._partial = b""
