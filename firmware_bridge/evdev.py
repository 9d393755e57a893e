"""A button or switch that Linux shows as an input device: keyboard, presenter, or a GPIO (gpio-key overlay).

Reads `struct input_event` (linux/input.h) from /dev/input/... without waiting. A device that is unplugged is
looked for again; nothing here blocks or raises once it is made.
"""

from __future__ import annotations

import contextlib
import math
import os
import struct

from ..core.child import log
from ..core.errors import ProfileError
from .requests import Asked, Verb
from .settings import InputSettings

EVENT = struct.Struct("@llHHi")
"""struct input_event (linux/input.h): struct timeval, u16 type, u16 code, s32 value. 24 bytes where a long
has 64 bits, 16 where it has 32: the kernel gives a program its own."""
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
"""linux/input-event-codes.h: the kernel's queue ran over and events are missing."""
_UP, _DOWN = 0, 1
HOLD_S, DOUBLE_S = 1.0, 0.5
"""A press that lasts so long is a hold; two that begin within so long are a double one."""
_EVENTS = 64
"""Read in one turn at most: a device that floods is no reason to be late."""
_RETRY_S, _MOST_RETRY_S = 0.1, 2.0

NEXT = "next-grip"
"""What a profile calls "the next grip"; every other verb bears its own name."""
_FREES = frozenset({Verb.ARM, Verb.RELEASE, Verb.UNFREEZE})
"""Verbs after which something may move."""


class EvdevInput:
    """One button. Satisfies `inputs.ControlInput`; call `read` every turn, as a hold is over time.

    - **Hold** is asked for after a second, while the key is still down.
    - **Double** is asked for when the key goes down the second time.
    - **Press** is asked for when it is clear that it is neither: when the key comes up, and where there is a
      double, half a second after it went down. But a press that means stop is asked for as the key goes
      down, each time, whatever the press becomes.

    Args:
        settings: of one button.

    Raises:
        ProfileError: a verb that there is not, or a stop button that frees the limb when hammered.
    """

    def __init__(self, settings: InputSettings) -> None:
        self._path, self._key = settings.path, settings.key
        self._press = _asked(settings, "press")
        self._hold = _asked(settings, "hold")
        self._double = _asked(settings, "double")
        self._stops = self._press is not None and self._press.verb is Verb.STOP
        if self._stops and self._double is not None and self._double.verb in _FREES:
            raise ProfileError(
                f"buttons.double = {settings.double!r}: {settings.path} stops when pressed, and a frightened "
                "person presses twice",
                "give it another button",
            )
        self._fd = -1
        self._buffer = b""
        self._t_retry_s, self._retry_s = -math.inf, _RETRY_S
        self._down: int | None = None
        """Number of the key that is down."""
        self._t_down_s = -math.inf
        self._spent = False
        """What is down now has been answered."""
        self._waits = False
        """A short press is over and may yet become a double one."""
        self._open()
        if self._fd < 0:
            log(f"{self._path}: no such button now; it is looked for")

    @property
    def connected(self) -> bool:
        """The device is there."""
        return self._fd >= 0

    def files(self) -> list[int]:
        """Descriptors to wait for."""
        return [self._fd] if self._fd >= 0 else []

    def read(self, now_s: float) -> list[Asked]:
        """What has been asked for since the last call, oldest first."""
        if self._fd < 0 and now_s >= self._t_retry_s:
            self._open()
            self._retry_s = _RETRY_S if self._fd >= 0 else min(2.0 * self._retry_s, _MOST_RETRY_S)
            self._t_retry_s = now_s + self._retry_s
        found: list[Asked] = []
        # Before anything is made of time: after a stall, the key may long have come up.
        for kind, code, value in self._events():
            self._take(kind, code, value, now_s, found)
        self._become(now_s, found)
        return found

    def close(self) -> None:
        """Let the device go."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
        self._fd, self._buffer = -1, b""
        self._down, self._waits = None, False

    # -- the device -----------------------------------------------------------------------------------------

    def _open(self) -> None:
        with contextlib.suppress(OSError):
            self._fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def _events(self) -> list[tuple[int, int, int]]:
        """(type, code, value) of whole events that wait."""
        if self._fd < 0:
            return []
        try:
            content = os.read(self._fd, _EVENTS * EVENT.size)
        except BlockingIOError:
            return []
        except OSError:
            content = b""
        if not content:
            # Unplugged: what was begun is not finished, and nobody is taken to hold a key that is gone.
            self.close()
            return []
        self._buffer += content
        whole = len(self._buffer) - len(self._buffer) % EVENT.size
        found = [event[2:] for event in EVENT.iter_unpack(self._buffer[:whole])]
        self._buffer = self._buffer[whole:]
        return found

    # -- what a person means --------------------------------------------------------------------------------

    def _take(self, kind: int, code: int, value: int, now_s: float, found: list[Asked]) -> None:
        if kind == EV_SYN and code == SYN_DROPPED:
            self._down, self._waits = None, False
        elif kind == EV_KEY and self._key in (0, code):
            if value == _DOWN:
                self._goes_down(code, now_s, found)
            elif value == _UP and code == self._down:
                self._comes_up(now_s, found)

    def _goes_down(self, code: int, now_s: float, found: list[Asked]) -> None:
        if self._stops:
            self._say(self._press, found)
        if self._down is not None:
            return  # another key of the same device, while the first is held
        twice = self._waits and now_s - self._t_down_s <= DOUBLE_S
        if self._waits and not twice:
            self._become(now_s, found)
        self._down, self._t_down_s, self._spent, self._waits = code, now_s, twice, False
        if twice:
            self._say(self._double, found)

    def _comes_up(self, now_s: float, found: list[Asked]) -> None:
        self._down = None
        if self._spent:
            return
        if self._double is not None and now_s - self._t_down_s < DOUBLE_S:
            self._waits = True
        elif not self._stops:
            self._say(self._press, found)

    def _become(self, now_s: float, found: list[Asked]) -> None:
        """What a press has become by time alone."""
        since_s = now_s - self._t_down_s
        if self._waits and since_s > DOUBLE_S:
            self._waits = False
            if not self._stops:
                self._say(self._press, found)
        if self._down is not None and not self._spent and self._hold is not None and since_s >= HOLD_S:
            self._spent = True
            self._say(self._hold, found)

    @staticmethod
    def _say(asked: Asked | None, found: list[Asked]) -> None:
        if asked is not None:
            found.append(asked)


def _asked(settings: InputSettings, which: str) -> Asked | None:
    """What a verb of a profile asks for.

    Raises:
        ProfileError: there is no such verb.
    """
    name: str = getattr(settings, which)
    if not name:
        return None
    if name == NEXT:
        return Asked(Verb.GRIP, "next")
    allowed = [NEXT, *(verb for verb in Verb if verb is not Verb.GRIP)]
    if name not in allowed:
        raise ProfileError(f"buttons.{which} = {name!r}: allowed: {', '.join(allowed)}, or nothing")
    return Asked(Verb(name))
