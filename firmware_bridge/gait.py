"""The gait board of a leg on its serial port: `leg.LegGate`. It says nothing that `phase` does not say."""

from __future__ import annotations

import contextlib
import math

from ..core.errors import LimbBusy, LimbError, LimbLost, LimbNotFound
from ..core.state import Reason
from .gait_codec import MICROSECONDS, Load, decode
from .link import Deframer
from .phase import LegPhase
from .serialport import SerialPort
from .settings import GaitSettings

_RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0)
_DRIFT = 2e-4
"""Two quartz crystals differ by less (100 ppm each)."""
_JUMP_S = 1.0
_MIXED_S = 0.020
"""A board's two streams may overtake each other by so much."""


class BoardClock:
    """When a sample was taken, in our time, from the board's own clock. Pure.

    The quickest way a sample has ever come defines the difference between the clocks (it creeps by `_DRIFT`);
    one that waited longer somewhere is dated as old as it is. A backlog is so not taken for news.
    """

    def __init__(self) -> None:
        self._last_us: int | None = None
        self._board_s = self._offset_s = self._arrived_s = 0.0

    def dated(self, board_us: int, arrived_s: float) -> float | None:
        """When it was taken, never later than `arrived_s`; None when the clock jumped: it began anew."""
        if self._last_us is None:
            self._start(board_us, arrived_s)
            return arrived_s
        passed_us = (board_us - self._last_us + MICROSECONDS // 2) % MICROSECONDS - MICROSECONDS // 2
        passed_s, waited_s = passed_us / 1e6, arrived_s - self._arrived_s
        if passed_s < -_MIXED_S or passed_s > waited_s + _JUMP_S:
            self._start(board_us, arrived_s)
            return None
        self._last_us, self._arrived_s = board_us, arrived_s
        self._board_s += passed_s
        self._offset_s = min(self._offset_s + _DRIFT * waited_s, arrived_s - self._board_s)
        return self._board_s + self._offset_s

    def _start(self, board_us: int, arrived_s: float) -> None:
        self._last_us, self._arrived_s = board_us, arrived_s
        self._board_s, self._offset_s = 0.0, arrived_s


class GaitWire:
    """Bytes of one board to what they mean for its leg. Pure; the clock is the caller's."""

    def __init__(self, phase: LegPhase) -> None:
        self._phase = phase
        self._deframer, self._clock = Deframer(), BoardClock()
        self._seqs: dict[int, int] = {}
        self.foreign = self.repeated = self.lost = 0
        """Whole frames that are no gait board's; frames that came twice; frames that never came."""

    @property
    def bad(self) -> int:
        """Damaged frames, and whole ones that are no gait board's."""
        return self._deframer.bad + self.foreign

    def take(self, data: bytes, now_s: float) -> None:
        """All that arrived at `now_s`. A frame that says the same again says nothing."""
        for message in self._deframer.push(data):
            said = decode(message)
            if said is None:
                self.foreign += 1
                continue
            passed = (message.seq - self._seqs.get(message.kind, message.seq - 1)) & 0xFFFF
            self._seqs[message.kind] = message.seq
            if passed == 0:
                self.repeated += 1
                continue
            t_s = self._clock.dated(said.board_us, now_s)
            if t_s is None:
                self._phase.forget()
                continue
            self.lost += passed - 1
            if isinstance(said, Load):
                self._phase.hear_load(t_s, said.load_n)
            else:
                self._phase.hear_shank(t_s, said.rate_deg_s, said.pitch_deg)


class GaitBoard:
    """See the module. Unplugged, it is looked for again; nobody knows the load meanwhile.

    Raises:
        ProfileError: a setting that cannot be; body weight 0 among them.
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
    """

    def __init__(self, settings: GaitSettings) -> None:
        self.phase = LegPhase(settings)
        self._settings = settings
        self.wire = GaitWire(self.phase)
        self.reconnects = 0
        self._port: SerialPort | None = None
        self._t_retry_s, self._retries = -math.inf, 0
        try:
            self._begin(SerialPort(settings.port, settings.baud))
        except LimbNotFound as error:
            raise LimbNotFound(
                f"gait board: {error.what}", "plug it in, or correct safety.gait.port"
            ) from error
        except LimbBusy as error:
            raise LimbBusy(f"gait board: {settings.port}: somebody else reads it", "stop it first") from error
        except LimbError as error:
            raise LimbError(f"gait board: {error.what}", error.mend) from error

    def _begin(self, port: SerialPort) -> None:
        self._port, self.wire = port, GaitWire(self.phase)
        self._retries = 0

    @property
    def seated(self) -> bool:
        """See `LegGate`."""
        return self.phase.seated

    def files(self) -> list[int]:
        """None: no frame goes out sooner for it, and every turn (10 ms) listens before it moves."""
        return []

    def listen(self, now_s: float) -> None:
        """Take in what the board said. Never waits, never raises."""
        if self._port is None:
            self._try_again(now_s)
        if self._port is not None:
            try:
                self.wire.take(self._port.read(), now_s)
            except LimbLost:
                self._drop(now_s)
        self.phase.look(now_s)

    def closed(self, now_s: float) -> Reason:
        """See `LegGate`."""
        return self.phase.closed(now_s)

    def unloaded_s(self, now_s: float) -> float:
        """See `LegGate`."""
        return self.phase.unloaded_s(now_s)

    def sit(self, now_s: float) -> None:
        """See `LegGate`."""
        self.phase.sit(now_s)

    def stand(self) -> None:
        """See `LegGate`."""
        self.phase.stand()

    def close(self) -> None:
        """Let the port go."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def _drop(self, now_s: float) -> None:
        self.close()
        self.phase.forget()
        self._retries, self._t_retry_s = 0, now_s + _RETRY_S[0]

    def _try_again(self, now_s: float) -> None:
        if now_s < self._t_retry_s:
            return
        self._t_retry_s = now_s + _RETRY_S[min(self._retries, len(_RETRY_S) - 1)]
        self._retries += 1
        with contextlib.suppress(LimbError):
            self._begin(SerialPort(self._settings.port, self._settings.baud))
            self.reconnects += 1
