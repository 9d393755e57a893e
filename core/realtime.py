"""Ask the kernel for punctuality, and say what it granted. Standard library only: the guard uses it too."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
from dataclasses import dataclass

_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4  # linux/mman.h

LOOP_PRIORITY = 40
GUARD_PRIORITY = 50
"""The guard goes first: a loop that spins must not keep it from stopping the limb."""
DEVICE_PRIORITY = 45
"""Virtual devices: hardware is not held up by our processes either."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What the kernel gave; reports and `doctor` show it."""

    fifo: bool
    memory_locked: bool


def become_realtime(priority: int) -> Granted:
    """Ask for SCHED_FIFO at `priority` (1 to 99) and for memory that is never paged out.

    ONFAULT locks a page when it is first touched, so thread stacks do not count until they are used.
    Nothing fails when the kernel refuses: the caller says so in its report.
    """
    fifo = False
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
        fifo = True
    libc = ctypes.CDLL(None, use_errno=True)
    locked = libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0
    return Granted(fifo, locked)


_NO_LATENCY = (0).to_bytes(4, "little")  # int32 microseconds: Documentation/power/pm_qos_interface.rst


def keep_awake() -> int | None:
    """Ask the kernel not to let any processor sleep (PM QoS), for as long as the returned file stays open.

    A processor that slept has lost its caches and takes its time to wake: decisions come sooner without. It
    costs power, so a limb on a battery may prefer not to. None when the kernel refuses.
    """
    with contextlib.suppress(OSError):
        fd = os.open("/dev/cpu_dma_latency", os.O_WRONLY | os.O_CLOEXEC)
        os.write(fd, _NO_LATENCY)
        return fd
    return None


def stop_collecting() -> None:
    """No garbage collection from here on. What was made while starting is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.disable()


class StopFlag:
    """True once SIGTERM or SIGINT came; the loop asks it once a turn and leaves in its own way."""

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._set)

    def _set(self, *_: object) -> None:
        self.is_set = True

    def __bool__(self) -> bool:
        return self.is_set
