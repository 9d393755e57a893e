"""The guard's flight recorder at a device: what it says and what it is told is written down."""

from __future__ import annotations

import struct
from collections.abc import Callable
from operator import attrgetter

from ..core.command import LimbState, Setpoint
from ..core.errors import LimbError, LimbLost
from ..core.flight import Recorder, packed
from .flight_entries import (
    T_ASK,
    T_CLEAR,
    T_HOLD,
    T_LEAVE,
    T_LIMB_LOST,
    T_NOT_REOPENED,
    T_REOPENED,
    T_WAITS,
    StatePacking,
)
from .limb import Limb


class RecordingLimb:
    """An open device; what it says and is told is written down."""

    remembers_nothing = True

    def __init__(self, device: int, limb: Limb, recorder: Recorder) -> None:
        self._limb, self._recorder, self._put = limb, recorder, recorder.put
        self._device = bytes((device,))
        self._asked = tuple(packed(T_ASK, bytes((device, ok))) for ok in (False, True))
        self._number, self._extend = device, recorder.extend
        self._packing = StatePacking(device)
        self._forget = self._packing.forget
        self._length, self._pack = -1, struct.Struct("").pack
        recorder.forget.append(self._forget)

    frames_sent = property(attrgetter("_limb.frames_sent"))
    frames_acked = property(attrgetter("_limb.frames_acked"))
    frames_bad = property(attrgetter("_limb.frames_bad"))
    """Asked in every turn: by `attrgetter`, without a step of Python."""

    def fileno(self) -> int:
        """See `Limb`, as all below."""
        return self._limb.fileno()

    @property
    def wants_to_write(self) -> bool:  # noqa: D102
        waits = self._limb.wants_to_write
        if waits:
            self._put(packed(T_WAITS, self._device))
        return waits

    def hold(self, setpoint: Setpoint) -> bool:  # noqa: D102
        try:
            taken = self._limb.hold(setpoint)
        except LimbLost as error:
            self._lost(error)
            raise
        position, rate = setpoint.position_deg, setpoint.rate_deg_s
        length = 8 * (len(position) + len(rate))
        if length != self._length:
            self._length, self._pack = length, struct.Struct(f"<BIBB{length // 8}d").pack
        told = taken | setpoint.regrip << 1
        self._put(self._pack(T_HOLD, 2 + length, self._number, told, *position, *rate))
        return taken

    def ask(self) -> bool:  # noqa: D102
        try:
            taken = self._limb.ask()
        except LimbLost as error:
            self._lost(error)
            raise
        self._put(self._asked[taken])
        return taken

    def flush(self) -> None:  # noqa: D102
        try:
            self._limb.flush()
        except LimbLost as error:
            self._lost(error)
            raise

    def poll(self, now_s: float) -> LimbState | None:  # noqa: D102
        try:
            said = self._limb.poll(now_s)
        except LimbLost as error:
            self._lost(error)
            raise
        if said is not None:
            try:
                self._extend(self._packing.parts(said))
            except (struct.error, ValueError, TypeError) as error:
                self._recorder.give_up(error)
        return said

    def clear(self) -> None:  # noqa: D102
        self._put(packed(T_CLEAR, self._device))
        self._limb.clear()

    def leave(self) -> None:  # noqa: D102
        self._put(packed(T_LEAVE, self._device))
        try:
            self._limb.leave()
        except LimbLost as error:
            self._lost(error)
            raise

    def close(self) -> None:  # noqa: D102
        if self._forget in self._recorder.forget:
            self._recorder.forget.remove(self._forget)
        self._limb.close()

    def _lost(self, error: LimbLost) -> None:
        self._put(packed(T_LIMB_LOST, self._device + str(error).encode()))


class Reopening:
    """Opens a device again; how that went is written down."""

    remembers_nothing = True

    def __init__(self, device: int, reopen: Callable[[], Limb], recorder: Recorder) -> None:
        self._device, self._reopen, self._recorder = device, reopen, recorder

    def __call__(self) -> Limb:
        """The device.

        Raises:
            LimbError: it cannot be opened.
        """
        device = bytes((self._device,))
        try:
            limb = self._reopen()
        except LimbError as error:
            self._recorder.put(packed(T_NOT_REOPENED, device + str(error).encode()))
            raise
        self._recorder.put(packed(T_REOPENED, device))
        return RecordingLimb(self._device, limb, self._recorder)
