"""`PageState` as the small JSON that browsers and scripts get."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np

from .envelope import Slice
from .latency import Latency
from .state import Care, PageState, Setup
from .words import joint, movement

_GAP = -32768
"""Where an electrode gave no number; every other value lies within +-32767."""


def setup_json(setup: Setup, version: int) -> str:
    """What a browser builds its lists from."""
    return _dump(
        {
            "version": version,
            "device": setup.device,
            "kind": setup.kind,
            "joints": [
                {"id": name, "name": joint(name), "unit": unit}
                for name, unit in zip(setup.joints, setup.units, strict=True)
            ],
            "leg": setup.leg,
            "grips": [{"id": name, "name": movement(name)} for name in setup.grips],
            "classes": [movement(name) for name in setup.classes],
            "channels": list(setup.channels),
            "unit": setup.unit,
            "bin_s": setup.bin_s,
            "threshold": setup.threshold,
            "source": setup.source,
            "simulated": setup.simulated,
            "realtime": setup.realtime,
        }
    )


def frame_json(state: PageState) -> str:
    """What changes: about 1.5 kB for eight channels."""
    return _dump({**status(state), "emg": _emg(state.emg) if state.emg is not None else None})


def status(state: PageState) -> dict[str, Any]:
    """The same facts without the signal; `GET /api/status` answers with it."""
    banner, decoded, link = state.banner, state.decoded, state.link
    return {
        "version": state.setup_version,
        "state": banner.state.name if banner.state is not None else "UNKNOWN",
        "headline": banner.headline,
        "sentence": banner.sentence,
        "tone": banner.tone,
        "may_arm": state.may_arm,
        "alarms": list(state.alarms),
        "movement": decoded.name,
        "confidence": round(decoded.confidence, 3),
        "acting": decoded.acting,
        "posterior": [round(p, 3) for p in decoded.posterior],
        "electrodes": [
            {"complaint": e.complaint, "warning": e.warning, "rms": _short(e.rms)} for e in state.electrodes
        ],
        "position_deg": [_rounded(j.position_deg, 1) for j in state.joints],
        "setpoint_deg": [_rounded(j.setpoint_deg, 1) for j in state.joints],
        **_care(state.care),
        "latency": _latency(state.latency),
        "link": {
            "samples_received": link.samples_received,
            "samples_lost": link.samples_lost,
            "overruns": link.overruns,
            "frames_sent": link.frames_sent,
            "frames_acked": link.frames_acked,
            "refused": link.refused,
            "decoder_alive": link.decoder_alive,
            "guard_alive": link.guard_alive,
        },
        "simulated": state.setup.simulated,
    }


def _care(care: Care) -> dict[str, Any]:
    seat = care.seat
    return {
        "grip": care.grip,
        "frozen": care.frozen,
        "may_freeze": care.may_freeze,
        "force_n": [_rounded(force, 1) for force in care.force_n],
        "held": list(care.held),
        "facts": [{"text": fact.text, "tone": fact.tone} for fact in care.facts],
        "seat": seat
        and {
            "seated": seat.seated,
            "sentence": seat.sentence,
            "unloaded_s": _rounded(seat.unloaded_s, 1),
        },
    }


def _latency(latency: Latency) -> dict[str, Any]:
    return {
        "now_ms": _rounded(latency.now_ms, 2),
        "p50_ms": _rounded(latency.p50_ms, 2),
        "p99_ms": _rounded(latency.p99_ms, 2),
        "peak_ms": _rounded(latency.peak_ms, 2),
        "budget_ms": latency.budget_ms,
        "count": latency.count,
        "skipped": latency.skipped,
        "late": latency.late,
    }


def _emg(part: Slice) -> dict[str, Any]:
    """Bins as int16 low/high pairs, bin by bin, channel by channel, with one scale."""
    pairs = np.stack([part.low, part.high], axis=2)
    finite = np.isfinite(pairs)
    largest = float(np.abs(pairs[finite]).max()) if finite.any() else 0.0
    scale = largest / 32767 if largest > 0 else 1.0
    values = np.where(finite, np.rint(np.where(finite, pairs, 0.0) / scale), _GAP).astype("<i2")
    return {
        "first": part.first_bin,
        "bins": len(part.low),
        "scale": scale,
        "data": base64.b64encode(values.tobytes()).decode(),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    """None for what is no number: JSON knows no infinity."""
    return None if value is None or not math.isfinite(value) else round(value, digits)


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False)
