"""The guard's line to its limb: whether it answers, opening it again when it was cut, and when its position
must be read again before anything is asked of it."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..core.command import LimbState, Setpoint
from ..core.errors import LimbError, LimbLost
from ..core.state import Reason
from .limb import Limb
from .limits import LimbModel

_RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0)
_QUIET_S = 0.040
_AGREE_DEG = 5.0
"""Two answers in a row must say so much the same before a set-point is put there: a loose plug damages
frames, and a checksum of one byte lets one in 256 of them pass. 10 ms apart, 500 deg/s still agree."""
_SETTLED_DEG = 0.3
_SETTLED_S = 0.050


class LimbLine:
    """See the module.

    Args:
        limb: open, and it has answered: `first` is what it said.
        reopen: opens it again after it was unplugged.
    """

    def __init__(self, model: LimbModel, limb: Limb, first: LimbState, reopen: Callable[[], Limb]) -> None:
        self._limb: Limb | None = limb
        self._reopen = reopen
        self._joints = len(model.joints)
        self._lapse_s, self._hot_c = model.lapse_s, model.hot_c
        self.newest = first
        self.wants_seat = True
        """True while the set-point must not be used: the limb may be elsewhere. See `measured`."""
        self.reconnects = 0
        self._t_asked_s = math.inf
        self._t_heard_s = self._t_wrote_s = first.t_s
        self._t_retry_s = 0.0
        self._retries = 0
        self._agrees = True
        self.waits = False
        """True while the newest set-point waits for its turn on the wire; it goes out by itself."""
        self.refuses = False
        """True while it answers and takes no set-point: it is on its way back from a fault, say."""
        self._anchor, self._t_moved_s = first.position_deg, first.t_s
        self._sent = self._acked = self._bad = 0

    @property
    def lost(self) -> bool:
        """True while the port is gone."""
        return self._limb is None

    @property
    def hot(self) -> bool:
        """True while it says that it is hotter than it should be."""
        return any(celsius > self._hot_c for celsius in self.newest.temperature_c)

    def silent(self, now_s: float) -> bool:
        """True when an open port has said nothing for most of the device's watchdog."""
        return self._limb is not None and now_s - self._t_heard_s > self._lapse_s

    def quiet(self, now_s: float) -> bool:
        """True when it has said nothing for some heartbeats: what it is asked may not arrive."""
        return now_s - self._t_heard_s > _QUIET_S

    def answering(self, now_s: float) -> bool:
        """True when it can be commanded."""
        return self._limb is not None and not self.wants_seat and not self.silent(now_s)

    def at_rest(self, now_s: float) -> bool:
        """True when no joint has moved for a while, or nobody can know."""
        return now_s - self._t_moved_s > _SETTLED_S or not self.answering(now_s)

    # -- the same for each of several devices, see `lines` --

    @property
    def parts(self) -> tuple[int, ...]:
        """How many joints each device has: here there is one."""
        return (self._joints,)

    def answers(self, now_s: float) -> tuple[bool, ...]:
        """Which devices can be commanded."""
        return (self.answering(now_s),)

    def follows(self, now_s: float) -> tuple[bool, ...]:
        """Which devices take a set-point now: none runs ahead of one that may not hear it or is at fault."""
        deaf = self._limb is None or self.wants_seat or self.refuses or self.quiet(now_s)
        return (not deaf and not self.newest.fault,)

    def troubles(self, now_s: float, *, clearing: bool) -> tuple[Reason, ...]:
        """What is wrong with each device; NONE where nothing is.

        Args:
            clearing: a person has just acted: what it has latched may take a moment to go.
        """
        if self._limb is None:
            return (Reason.LIMB_LOST,)
        if self.silent(now_s):
            return (Reason.LIMB_SILENT,)
        if self.newest.fault and not clearing:
            return (Reason.LIMB_FAULT,)
        return (Reason.LIMB_HOT if self.hot else Reason.NONE,)

    @property
    def frames(self) -> tuple[int, int, int]:
        """Frames sent, answered and damaged since the guard started."""
        if self._limb is None:
            return self._sent, self._acked, self._bad
        limb = self._limb
        return self._sent + limb.frames_sent, self._acked + limb.frames_acked, self._bad + limb.frames_bad

    def files(self) -> list[int]:
        """Descriptors to wait for. A frame that waits for room goes out with a later turn."""
        return [] if self._limb is None else [self._limb.fileno()]

    def forgive(self, now_s: float) -> None:
        """We were held up ourselves: its silence until now is ours."""
        self._t_heard_s, self._t_wrote_s = now_s, min(self._t_wrote_s, now_s)

    def listen(self, now_s: float) -> None:
        """Take in what it said."""
        if self._limb is None:
            return
        if now_s - self._t_wrote_s > self._lapse_s:
            self._doubt()
        try:
            if self._limb.wants_to_write:
                self._limb.flush()
            said = self._limb.poll(now_s)
            if self.waits:
                self.waits = self._limb.wants_to_write
        except LimbLost:
            self._drop(now_s)
            return
        if (
            said is None
            or len(said.position_deg) != self._joints
            or not all(map(math.isfinite, said.position_deg))
        ):
            return
        if now_s - self._t_heard_s > self._lapse_s:
            self._doubt()
        pairs = zip(said.position_deg, self.newest.position_deg, strict=True)
        self._agrees = all(abs(a - b) <= _AGREE_DEG for a, b in pairs)
        self.newest = said
        self._t_heard_s = now_s
        moved = max(abs(a - b) for a, b in zip(said.position_deg, self._anchor, strict=True))
        if moved > _SETTLED_DEG:
            self._anchor, self._t_moved_s = said.position_deg, now_s

    def measured(self) -> tuple[float | None, ...] | None:
        """Where the limb is, when `wants_seat`, it has answered a question put after the doubt arose, and the
        answer before says the same."""
        if self.wants_seat and self._agrees and self._t_heard_s > self._t_asked_s:
            return self.newest.position_deg
        return None

    def seated(self) -> None:
        """The set-point has been put where the limb is."""
        self.wants_seat = False
        self._t_asked_s = math.inf

    def speak(self, now_s: float, setpoint: Setpoint) -> bool:
        """Ask it to be there; or only ask how it is, while it is silent or may be elsewhere.

        Returns:
            True when a whole position frame is with the kernel.
        """
        if self._limb is None:
            self._try_again(now_s)
            return False
        self._t_wrote_s, self.waits, self.refuses = now_s, False, False
        try:
            if self.wants_seat or self.silent(now_s):
                # Keeps an Ability Hand's API mode alive; a limb that hears us only half cannot jump when the
                # cable is back.
                if self._limb.ask() and self.wants_seat:
                    self._t_asked_s = min(self._t_asked_s, now_s)
                return False
            went_out = self._limb.hold(setpoint)
            self.waits = not went_out and self._limb.wants_to_write
            self.refuses = not went_out and not self.waits
            return went_out
        except LimbLost:
            self._drop(now_s)
            return False

    def clear(self, devices: tuple[bool, ...] = (True,)) -> None:
        """A person acted: leave what the device has latched.

        It did not follow while it was latched: its last answer, not the set-point, says where it is.

        Args:
            devices: which of them; one that does not answer cannot be watched, and stays as it is.
        """
        if self._limb is None or not devices[0]:
            return
        if self.newest.fault and not self.wants_seat:
            self.wants_seat, self._t_asked_s = True, -math.inf
        self._limb.clear()

    def leave(self) -> None:
        """Say the device's explicit goodbye, if anybody hears it, and close."""
        if self._limb is None:
            return
        try:
            self._limb.leave()
            self._limb.flush()
        except LimbLost:
            pass
        finally:
            self._limb.close()

    def _doubt(self) -> None:
        """Only an answer to a question put from now on counts; one that lay about is of before."""
        self.wants_seat = True
        self._t_asked_s = math.inf

    def _drop(self, now_s: float) -> None:
        if self._limb is None:
            return
        self._sent, self._acked, self._bad = self.frames
        limb, self._limb = self._limb, None
        limb.close()
        self._retries, self.waits = 0, False
        self._t_retry_s = now_s + _RETRY_S[0]
        self._doubt()

    def _try_again(self, now_s: float) -> None:
        if now_s < self._t_retry_s:
            return
        self._t_retry_s = now_s + _RETRY_S[min(self._retries, len(_RETRY_S) - 1)]
        self._retries += 1
        try:
            self._limb = self._reopen()
        except LimbError:
            return  # the state says that it is gone; we try again later
        self.reconnects += 1
        self._t_heard_s = self._t_wrote_s = now_s
        self.wants_seat, self._t_asked_s = True, math.inf
