"""A virtual gait board: load cell and gyroscope of a leg, 250 frames a second of each.

    python -m innervate.sim.gait_board --link PORT [--ring R] [--script TEXT] [--control FIFO] [--weight KG]

A script is what happens when, in seconds from the start: "0 stand, 2 walk 100, 9 fault silent". The same
words, one line each, are obeyed at once from the control FIFO: what a leg does (`gait_body.Leg.do`), or

    fault none | silent | frozen | stuck | nan | corrupt | imu | restart | offset SHARE

silent: nothing comes; frozen: the values stand still; stuck: the same frames again and again; nan: the load
is no number; corrupt: every frame is damaged; imu: the gyroscope is gone; restart: the board's clock begins
anew; offset: the cell's zero is off by a share of body weight.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

from ..core.errors import ProfileError
from ..core.ring import Field, Layout
from ..firmware_bridge.gait_codec import MICROSECONDS, load_message, shank_message
from ..firmware_bridge.link import encode
from .gait_body import GRAVITY_M_S2, Leg
from .limb import arguments, due_steps, serve

BAUD = 460_800
PERIOD_S = 0.004
_FAULTS = ("none", "silent", "frozen", "stuck", "nan", "corrupt", "imu", "restart", "offset")
_FIRST_US = MICROSECONDS - 2_000_000
"""So that the board's clock wraps in every test that lasts two seconds."""

LAYOUT = (
    Field("t_s", "d"),
    Field("load_n", "d"),
    Field("share", "d"),
    Field("rate_deg_s", "d"),
    Field("pitch_deg", "d"),
    Field("frames", "I"),
    Field("obeyed", "I"),
)


class GaitBoardFirmware:
    """See the module. It never answers: it tells, whatever it hears."""

    def __init__(self, weight_kg: float = 80.0, seed: int = 0, control: Path | None = None) -> None:
        self.layout = Layout(LAYOUT, {"device": "gait-board"})
        self.leg = Leg(weight_kg, seed)
        self._weight_n = weight_kg * GRAVITY_M_S2
        self._script: list[tuple[float, str]] = []
        self._fault, self._offset_n = "none", 0.0
        self._t_first_s: float | None = None
        self._t_s = 0.0
        self._board_us = _FIRST_US
        self._seq = 0
        self._frozen = (0.0, 0.0, 0.0)
        self._ready = self._newest = b""
        self.frames = self.obeyed = 0
        self._heard = b""
        self._control = -1
        if control is not None:
            os.mkfifo(control, 0o600)
            self._control = os.open(control, os.O_RDWR | os.O_NONBLOCK)

    def follow(self, script: str) -> None:
        """Do all that from the start on.

        Raises:
            ProfileError: not a script.
        """
        for entry in filter(None, map(str.strip, script.split(","))):
            at, _, line = entry.partition(" ")
            try:
                self._script.append((float(at), line))
            except ValueError as error:
                raise ProfileError(f"script: {entry!r} does not begin with a time in seconds") from error
        self._script.sort(key=lambda entry: entry[0])

    def obey(self, line: str) -> None:
        """One line of a script.

        Raises:
            ProfileError: it means nothing.
        """
        self.obeyed += 1
        verb, _, what = line.partition(" ")
        if verb != "fault":
            self.leg.do(line)
            return
        name, _, value = what.partition(" ")
        if name not in _FAULTS or (name == "offset") != bool(value):
            raise ProfileError(f"no fault {what!r}; allowed: {', '.join(_FAULTS[:-1])}, offset SHARE")
        if name == "offset":
            self._offset_n = float(value) * self._weight_n
        elif name == "restart":
            self._board_us, self._seq = 0, 0
        else:
            self._fault = name
            self._frozen = (self.leg.load_n, self.leg.rate_deg_s, self.leg.pitch_deg)
            if name == "none":
                self._offset_n = 0.0

    def advance(self, t_s: float) -> None:
        """What the leg did since, and the frames about it."""
        if self._t_first_s is None:
            self._t_first_s = self._t_s = t_s
        self._listen_to_people()
        while self._script and t_s - self._t_first_s >= self._script[0][0]:
            self.obey(self._script.pop(0)[1])
        steps = due_steps(self._t_s, t_s, PERIOD_S)
        for _ in range(steps):
            self.leg.step(PERIOD_S)
            self._board_us = (self._board_us + round(PERIOD_S * 1e6)) % MICROSECONDS
            self._ready += self._told()
        self._t_s = t_s if steps * PERIOD_S >= 1.0 else self._t_s + steps * PERIOD_S

    def _told(self) -> bytes:
        """The two frames of now, as its fault has them."""
        self._seq += 1
        if self._fault == "stuck":
            return self._newest
        leg = self.leg
        load_n, rate_deg_s, pitch_deg = leg.load_n + self._offset_n, leg.rate_deg_s, leg.pitch_deg
        if self._fault == "frozen":
            load_n, rate_deg_s, pitch_deg = self._frozen
        if self._fault == "nan":
            load_n = math.nan
        load = encode(load_message(self._seq, self._board_us, load_n))
        shank = encode(shank_message(self._seq, self._board_us, rate_deg_s, pitch_deg))
        if self._fault == "corrupt":
            load, shank = (frame[:4] + bytes((frame[4] ^ 0x55 or 1,)) + frame[5:] for frame in (load, shank))
        if self._fault == "silent":
            return b""
        self.frames += 2
        self._newest = load if self._fault == "imu" else load + shank
        return self._newest

    def receive(self, data: bytes, t_s: float) -> bytes:  # noqa: ARG002
        """All frames that are due."""
        ready, self._ready = self._ready, b""
        return ready

    def _listen_to_people(self) -> None:
        if self._control < 0:
            return
        try:
            self._heard += os.read(self._control, 4096)
        except BlockingIOError:
            return
        *lines, self._heard = self._heard.split(b"\n")
        for line in lines:
            self.obey(line.decode().strip())

    def record(self) -> bytes:
        """Packed by `layout`."""
        leg = self.leg
        return self.layout.pack(
            *(self._t_s, leg.load_n, leg.share, leg.rate_deg_s, leg.pitch_deg, self.frames, self.obeyed)
        )


def main() -> None:
    """Be a gait board until SIGTERM."""
    parser = arguments("A virtual gait board on a pseudo-terminal.")
    parser.add_argument("--script", default="", help='what happens when: "0 stand, 2 walk 100"')
    parser.add_argument("--control", type=Path, help="FIFO to make; lines written to it are obeyed at once")
    parser.add_argument("--weight", type=float, default=80.0, help="of the person (kg)")
    options = parser.parse_args()
    firmware = GaitBoardFirmware(options.weight, options.seed, options.control)
    firmware.follow(options.script)
    serve(firmware, options, BAUD)


if __name__ == "__main__":
    main()
