"""The text console of a virtual moteus, as its CAN frames carry it: `conf get`, `conf set`, `tel stop`."""

from __future__ import annotations

from ..firmware_bridge.moteus.tunnel import MOST, decode_command, decode_poll, encode_said

CONFIG = {
    "id.id": "1",
    "servo.default_timeout_s": "0.100000",
    "servo.timeout_mode": "12",
    "servo.timeout_max_torque_Nm": "5.000000",
}
"""What mjbots ships, as far as anybody here asks."""


class Console:
    """See the module.

    Args:
        config: more than, or other than, `CONFIG`.
        left_over: what an earlier host did not read.
    """

    def __init__(self, config: dict[str, str] | None = None, left_over: bytes = b"") -> None:
        self.config = {**CONFIG, **(config or {})}
        self._heard, self._says = b"", left_over

    def answer(self, payload: bytes) -> bytes | None:
        """Payload of the answer, b"" for none; None when the payload is not the console's."""
        text = decode_command(payload)
        if text is not None:
            *lines, self._heard = (self._heard + text).split(b"\n")
            for line in lines:
                self._says += self._obey(line.decode("latin1").split()).encode() + b"\r\n"
            return b""
        most = decode_poll(payload)
        if most is None:
            return None
        most = min(most, MOST)
        said, self._says = self._says[:most], self._says[most:]
        return encode_said(said)

    def _obey(self, words: list[str]) -> str:
        match words:
            case ["conf", "get", name] if name in self.config:
                return self.config[name]
            case ["conf", "set", name, value] if name in self.config:
                self.config[name] = value
                return "OK"
            case ["tel", "stop"]:
                return "OK"
        return "ERR unknown command"
