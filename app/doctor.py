"""`innervate doctor`: what this computer lacks for running a limb, and how to mend it."""

from __future__ import annotations

import importlib
import os
import resource
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..core.child import Child
from ..core.errors import InnervateError
from ..core.folders import in_memory, runtime_root

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what.
        verdict: "fail" keeps a limb from running; "warn" makes it less good.
        found: what was seen.
        mend: what to do; empty when all is well.
    """

    name: str
    verdict: Verdict
    found: str
    mend: str = ""


def examine() -> list[Finding]:
    """Look at everything; nothing is changed."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _libraries,
        _realtime,
        _serial_ports,
        _folders,
    )
    return [finding for check in checks for finding in check()]


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):  # noqa: UP036 - an old interpreter is just what doctor is asked about
        yield Finding("Python", "fail", version, "install Python 3.11 or newer")
    else:
        yield Finding("Python", "ok", version)


_LIBRARIES = {
    "numpy": ("fail", "signal path and decoder"),
    "sklearn": ("fail", "calibration"),
    "serial": ("fail", "serial amplifiers and limbs"),
    "cryptography": ("fail", "signed model bundles"),
    "onnxruntime": ("warn", "network decoders"),
    "pylsl": ("warn", "LSL amplifiers"),
    "nicegui": ("warn", "the web page"),
}


def _libraries() -> Iterator[Finding]:
    for module, (verdict, purpose) in _LIBRARIES.items():
        try:
            found = importlib.import_module(module)
        except ImportError as error:
            mend = "make install" if module != "nicegui" else "pip install 'innervate[web]'"
            yield Finding(module, _verdict(verdict), f"missing ({purpose}): {error}", mend)
        except (OSError, RuntimeError) as error:
            mend = (
                "this wheel brings no liblsl for your processor: build liblsl and set PYLSL_LIB to its path"
            )
            yield Finding(module, _verdict(verdict), f"cannot be loaded ({purpose}): {error}", mend)
        else:
            yield Finding(module, "ok", f"{getattr(found, '__version__', 'present')} ({purpose})")


def _verdict(text: str) -> Verdict:
    return "fail" if text == "fail" else "warn"


_REALTIME_MEND = (
    "as root: printf '@innervate - rtprio 60\\n@innervate - memlock unlimited\\n' > /etc/security/limits.d/"
    "innervate.conf; groupadd -f innervate; usermod -aG innervate $USER; then log in again"
)


def _realtime() -> Iterator[Finding]:
    try:
        # Asked in a process of its own, so that looking changes nothing here.
        with Child("innervate.app.ask_realtime") as child:
            granted = child.wait_ready(10.0)
    except InnervateError as error:
        yield Finding("real-time priority", "warn", str(error), _REALTIME_MEND)
        return
    for key, name in (("fifo", "real-time priority"), ("memory_locked", "memory that is never paged out")):
        if granted[key]:
            yield Finding(name, "ok", "granted")
        else:
            yield Finding(name, "warn", "not granted: late decisions become more likely", _REALTIME_MEND)
    if os.access("/dev/cpu_dma_latency", os.W_OK):
        yield Finding("processors kept awake", "ok", "may be asked for (control.keep_awake)")
    else:
        mend = "as root: a udev rule that gives /dev/cpu_dma_latency to the group innervate"
        yield Finding("processors kept awake", "warn", "may not be asked for: decisions come later", mend)
    cores = len(os.sched_getaffinity(0))
    yield Finding(
        "processor cores", "ok" if cores > 1 else "warn", str(cores), "" if cores > 1 else "use two or more"
    )
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    yield Finding(
        "open files", "ok" if files >= 256 else "warn", str(files), "" if files >= 256 else "ulimit -n 1024"
    )


def _serial_ports() -> Iterator[Finding]:
    from serial.tools import list_ports

    ports = sorted(list_ports.comports())
    if not ports:
        yield Finding("serial ports", "ok", "none plugged in")
    for port in ports:
        if not os.access(port.device, os.R_OK | os.W_OK):
            yield Finding(
                port.device,
                "warn",
                "you may not open it",
                "usermod -aG dialout $USER as root, then log in again",
            )
            continue
        timer = Path(f"/sys/bus/usb-serial/devices/{Path(port.device).name}/latency_timer")
        if not timer.exists():
            yield Finding(port.device, "ok", port.description or "serial port")
            continue
        milliseconds = int(timer.read_text())
        mend = f"echo 1 > {timer} as root: bytes wait up to {milliseconds} ms in the adapter"
        late = milliseconds > 1
        yield Finding(
            port.device, "warn" if late else "ok", f"latency timer {milliseconds} ms", mend if late else ""
        )


def _folders() -> Iterator[Finding]:
    root = runtime_root()
    if in_memory(root):
        yield Finding("runtime folder", "ok", f"{root}, in memory")
    else:
        found = f"{root} is on a disk: a busy disk can hold the loop and the guard up"
        yield Finding("runtime folder", "warn", found, "set XDG_RUNTIME_DIR to a folder on a tmpfs")
