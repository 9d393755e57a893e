"""The guard's flight recorder at a device: what it says and what it is told is written down."""

from __future__ import annotations

import struct
from collections.abc import Callable

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
    T_POLL,
    T_REOPENED,
    T_WAITS,
    packed_state,
)
from .limb import Limb


class RecordingLimb:
    """An open device; what it says and is told is written down."""

    remembers_nothing = True

    def __init__(self, device: int, limb: Limb, recorder: Recorder) -> None:
        self._limb, self._recorder, self._put = limb, recorder, recorder.put
        self._device = bytes((device,))
        self._asked = tuple(packed(T_ASK, bytes((device, ok))) for ok in (False, True))
        self._touch: bytes | None = None
        recorder.forget.append(self._forget)

    def _forget(self) -> None:
        self._touch = None

    @property
    def frames_sent(self) -> int:
        """See `Limb`, as all below."""
        return self._limb.frames_sent

    @property
    def frames_acked(self) -> int:  # noqa: D102
        return self._limb.frames_acked

    @property
    def frames_bad(self) -> int:  # noqa: D102
        return self._limb.frames_bad

    def fileno(self) -> int:  # noqa: D102
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
        values = (*setpoint.position_deg, *setpoint.rate_deg_s)
        told = taken | setpoint.regrip << 1
        self._put(packed(T_HOLD, struct.pack(f"<BB{len(values)}d", self._device[0], told, *values)))
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
                body, self._touch = packed_state(self._device[0], said, self._touch)
                self._put(packed(T_POLL, body))
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
