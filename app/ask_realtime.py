"""A process that asks for real-time priority, says what was granted, and ends. Used by `doctor`."""

from __future__ import annotations

from ..core.child import say_ready
from ..core.realtime import GUARD_PRIORITY, become_realtime

if __name__ == "__main__":
    granted = become_realtime(GUARD_PRIORITY)
    say_ready(fifo=granted.fifo, memory_locked=granted.memory_locked)
