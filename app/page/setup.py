"""What the rings' headers say of a run, made safe to show, whatever is missing or wrong."""

from __future__ import annotations

import math

from ...firmware_bridge.limits import LEG_JOINTS
from . import words
from .envelope import BINS_PER_S
from .state import Setup

_MAX_NAMES = 64
_MAX_TEXT = 120
_PERCENT = frozenset({"inspire-rh56", "covvi"})
"""Hands that know no angles, but how far a joint has closed."""
_FINGERS = frozenset({"thumb", "index", "middle", "ring", "little", "thumb rotation"})


def read_setup(loop: dict[str, object], guard: dict[str, object]) -> Setup:
    """The facts of both headers; defaults where one is not there yet."""
    names = tuple(filter(None, _text(guard.get("device")).split("+")))
    devices = tuple(map(words.device, names))
    joints = _names(guard.get("joints"))
    rate_hz = loop.get("rate_hz")
    rate = float(rate_hz) if isinstance(rate_hz, int | float) and rate_hz > 0 else 1000.0
    granted = [said for said in map(_fifo, (loop.get("realtime"), guard.get("realtime"))) if said is not None]
    return Setup(
        device=" + ".join(devices) or words.device(""),
        kind=_kind(joints),
        joints=joints,
        units=tuple("%" if j in _FINGERS and not _PERCENT.isdisjoint(names) else "°" for j in joints),
        devices=devices,
        leg=not LEG_JOINTS.isdisjoint(joints),
        grips=_names(loop.get("grips")),
        max_grip_n=_newton(guard.get("max_grip_n")),
        classes=_names(loop.get("classes")),
        channels=_names(loop.get("channels")),
        unit=_text(loop.get("unit")).replace("uV", "µV"),
        bin_s=max(1, round(rate / BINS_PER_S)) / rate,
        threshold=_share(loop.get("rejection_threshold")),
        source="; ".join(filter(None, (_text(loop.get("source")), *_names(loop.get("notes"))))),
        simulated=bool(loop.get("simulated", False)),
        realtime=all(granted) if granted else None,
    )


def _kind(joints: tuple[str, ...]) -> str:
    if any("ankle" in name for name in joints):
        return "ankle"
    return "hand" if "index" in joints else "none"


def _fifo(said: object) -> bool | None:
    """The loop says it as a truth value, the guard beside what else it was granted."""
    value = said.get("fifo") if isinstance(said, dict) else said
    return value if isinstance(value, bool) else None


def _share(value: object) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0


def _newton(value: object) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) and value > 0 else 0.0


def _names(value: object) -> tuple[str, ...]:
    return tuple(_text(name) for name in value[:_MAX_NAMES]) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return str(value)[:_MAX_TEXT] if value is not None else ""
