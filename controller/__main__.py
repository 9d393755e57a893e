"""The loop process: `python -m innervate.controller SETTINGS.json`. Started by `innervate run`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.child import say_error, say_notice, say_ready
from ..core.clock import CLOCK, now
from ..core.errors import BundleError, InnervateError
from ..core.realtime import LOOP_PRIORITY, StopFlag, become_realtime, keep_awake, stop_collecting
from ..core.sdnotify import Watchdog
from ..core.settings import read_settings
from .flight import Flight, decider_of
from .loop import Loop
from .settings import LoopSettings
from .telemetry import Telemetry

if TYPE_CHECKING:
    from ..models.bundle import Bundle

_GUARD_WAIT_S = 5.0


def main(settings_path: Path) -> int:
    """Start, run until told to stop or the amplifier is gone; returns the exit code."""
    t_start_s = now()
    stop = StopFlag()
    # Before the amplifier is opened: liblsl's threads inherit the priority of the thread that opens it.
    granted = become_realtime(LOOP_PRIORITY)
    settings = read_settings(settings_path, LoopSettings)
    awake = keep_awake() if settings.keep_awake else None

    from ..drivers.table import kept_source
    from ..firmware_bridge.port import CommandPort
    from ..models.bundle import check_fits, read_bundle

    bundle = read_bundle(Path(settings.bundle), settings.trusted_keys, settings.safety_digest)
    t_discover_s = now()
    with kept_source(settings.source) as source:
        discovery_s = now() - t_discover_s
        info = source.info
        check_fits(bundle, info.channels, info.rate_hz, info.unit)
        _check_increment(bundle, info.rate_hz, settings.increment_ms)
        if info.envelope:
            raise BundleError(
                f"{info.name} sends envelopes; the model's features ({bundle.model.settings.feature_set}) "
                "need raw EMG",
                "connect the sensor's raw output",
            )
        model = bundle.model
        decider = decider_of(settings, model)
        runtime_dir = Path(settings.runtime_dir)
        port = CommandPort.connect(runtime_dir, _GUARD_WAIT_S)
        meta: dict[str, object] = {
            "classes": list(model.classes),
            "movements": list(model.classes),
            "channels": list(info.channels),
            "rate_hz": info.rate_hz,
            "increment_samples": model.settings.increment_samples,
            "unit": info.unit,
            "simulated": settings.simulated,
            "source": f"{info.kind} {info.name}",
            "notes": list(info.notes),
            "lsb": info.lsb,
            "realtime": granted.fifo,
            "thresholds": list(decider.thresholds),
            "rejection_threshold": min(t for i, t in enumerate(decider.thresholds) if i != model.rest_class),
            "outlier_limit": settings.outlier_limit,
            "adapt": settings.adapt,
            "turns": list(model.decoder.turns),
            "dofs": list(decider.dofs),
            "grips": list(settings.grips),
            "latency_budget_ms": settings.latency_budget_ms,
        }
        telemetry = Telemetry(runtime_dir, model.settings.increment_samples, len(info.channels), meta)
        flight = Flight(settings, info, model)
        ends = (flight.source(source), decider, flight.port(port), flight.telemetry(telemetry))
        loop = Loop(*ends, flight.clock(CLOCK), settings.turn_s)
        flight.begin(loop)
        stop_collecting()
        loop.turn()
        flight.commit()
        say_ready(
            discovery_s=discovery_s,
            startup_s=now() - t_start_s - discovery_s,
            fifo=granted.fifo,
            memory_locked=granted.memory_locked,
            kept_awake=awake is not None,
        )
        gone_at_s, notice, trouble = 0.0, "", ""
        systemd = Watchdog()
        systemd.ready()
        while not stop:
            loop.turn()
            flight.commit()
            systemd.alive()
            if flight.trouble != trouble:
                trouble = flight.trouble
                say_notice(trouble)
            if source.notice != notice:
                notice = source.notice
                say_notice(notice)
            if loop.lost is not None:
                # The guard has heard why; a supervisor may start us again once a person has mended it.
                gone_at_s = gone_at_s or now()
                if now() - gone_at_s > 1.0:
                    break
        port.close()
        telemetry.close()
        flight.close()
    if loop.lost is not None and not stop:
        say_error(loop.lost)
    return 0


def _check_increment(bundle: Bundle, rate_hz: float, increment_ms: float) -> None:
    """The profile's increment is whole samples of this source, and the model's."""
    from ..drivers.increment import increment_samples

    asked, made = increment_samples(rate_hz, increment_ms), bundle.model.settings.increment_samples
    if asked != made:
        raise BundleError(
            f"the model decides every {made} samples; source.increment_ms = {increment_ms:g} is {asked}",
            f"set it to {made * 1000 / rate_hz:g}, or calibrate again",
        )


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except InnervateError as error:
        say_error(error)
