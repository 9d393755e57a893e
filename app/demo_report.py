"""What a demo measured of itself, as the JSON contract of `innervate demo --report`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.child import Child
from ..core.errors import InnervateError
from ..core.movements import REST
from ..core.ring import RingReader
from ..models.model import Model
from .live import Terminal
from .measure import Load, RingHistory, amplifier_index, decision_latency_s, quantiles_ms, wire_wait
from .people import Person
from .played import movements, recalls
from .supervisor import Supervisor


@dataclass(slots=True)
class DemoRun:
    """A running demo and what is kept of it."""

    person: Person
    model: Model
    supervisor: Supervisor
    page: Child | None
    telemetry: RingHistory
    guard: RingHistory
    amplifier: RingHistory
    limb: RingReader
    startup_s: float
    loads: dict[str, Load] = field(default_factory=dict)
    load_found: dict[str, dict[str, float]] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    failed: InnervateError | None = None
    _restarts: int = 0

    def poll(self) -> None:
        """Fetch what the rings hold that is new."""
        for ring in (self.telemetry, self.guard, self.amplifier):
            ring.poll()

    def skip(self) -> None:
        """Leave what has happened so far out of the figures, where that is nobody's recording."""
        if self.person.played is None:
            for ring in (self.telemetry, self.guard, self.amplifier):
                ring.skip()

    def take_loads(self) -> None:
        """Processor share and memory, while the processes still live."""
        self.load_found = {name: load.so_far() for name, load in self.loads.items()}

    def notice(self, line: str, terminal: Terminal) -> None:
        """Say and keep what the supervisor noticed; begin again with a loop that was started again."""
        if line:
            self.notices.append(line)
            terminal.say(line)
        if self.supervisor.restarts > self._restarts:
            self._restarts = self.supervisor.restarts
            # A new loop counts samples and decisions from its own start: nothing of the old one matches.
            for ring in (self.telemetry, self.guard, self.amplifier):
                ring.reopen()

    def finish(self) -> None:
        """Fetch the last records; a loop that is still dead now has failed the demo."""
        self.poll()
        loop = self.supervisor.loop
        if self.failed is None and loop is not None and not loop.running and self.notices:
            self.failed = InnervateError(self.notices[-1])


def build_report(run: DemoRun) -> dict[str, object]:
    """Everything a demo's report holds; key names are a contract."""
    telemetry, guard, amplifier = run.telemetry.array(), run.guard.array(), run.amplifier.array()
    if not len(telemetry) or not len(guard) or not len(amplifier):
        raise InnervateError("the demo ended before its first decision", "give it more --seconds")
    stamped = run.person.amplifier.device == "lsl"
    # The newest decision may not have reached the limb when the rings were read for the last time.
    complete = telemetry[telemetry["sample_index"] <= guard["sample_index"].max()]
    latency_s = decision_latency_s(complete, guard, amplifier, stamped=stamped)
    waited = wire_wait(complete, guard, amplifier, stamped=stamped)
    last, newest_frame = telemetry[-1], guard[-1]
    loop_facts = run.supervisor.loop.facts if run.supervisor.loop is not None else {}
    discovery_s = float(str(loop_facts.get("discovery_s", 0.0)))
    found: dict[str, object] = {
        "simulated": run.person.simulated,
        "person": run.person.id,
        "amplifier": run.person.amplifier.device,
        "limb": run.person.device,
        "channels": len(run.model.settings.channels),
        "rate_hz": run.model.settings.rate_hz,
        "increment_ms": run.model.settings.increment_s * 1e3,
        "feature_set": run.model.settings.feature_set,
        "decisions": len(telemetry),
        "commands_sent": int(newest_frame["frames_sent"]),
        "commands_acked": int(newest_frame["frames_acked"]),
        "commands_refused": int(newest_frame["refused"]),
        "samples": {"received": int(last["samples_received"]), "lost": int(last["samples_lost"])},
        "decision_latency_ms": quantiles_ms(latency_s),
        "decisions_without_frame": int(np.isinf(latency_s).sum()),
        "wire_wait_ms": quantiles_ms(waited.wait_s[~np.isnan(waited.wait_s)]),
        "latency_apart_from_wire_wait_ms": quantiles_ms(waited.apart_s),
        "overtaken_at_the_wire": waited.overtaken,
        "telemetry_overruns": run.telemetry.reader.overruns,
        "loop": {**run.load_found["loop"], "overruns": int(last["overruns"])},
        "guard": run.load_found["guard"],
        "limb_watchdog": _limb_watchdog(run.limb, guard),
        "notices": run.notices,
        "realtime_granted": bool(loop_facts.get("fifo", False)),
        "kept_awake": bool(loop_facts.get("kept_awake", False)),
        "startup_s": round(run.startup_s - discovery_s, 3),
        "discovery_s": round(discovery_s, 3),
        "page": run.load_found.get("page"),
        "calibration": run.model.metrics["held_out"],
    }
    index = amplifier_index(telemetry, amplifier, stamped=stamped)
    if run.person.played is not None:
        t_of_index = _times(amplifier, len(run.person.played.emg), run.model.settings.rate_hz)
        meta: dict[str, Any] = run.telemetry.reader.layout.meta
        found |= recalls(run.model, run.person.played, telemetry, meta)
        found["movements"] = movements(
            run.person.device, _joints(run.guard), run.person.played, guard, t_of_index
        )
    else:
        found["followed"] = _followed(run, telemetry, amplifier, index)
    return found


def _joints(guard: RingHistory) -> tuple[str, ...]:
    """Of the limb, in its order."""
    meta: dict[str, Any] = guard.reader.layout.meta
    return tuple(meta["joints"])


def _limb_watchdog(limb: RingReader, guard: NDArray[Any]) -> dict[str, object]:
    """Whether the virtual limb's own watchdog acted, and how long after the guard's last frame."""
    newest = limb.latest() or {}
    # A limb of several controllers has a watchdog in each.
    trips = int(sum(_each(newest.get("watchdog_trips", 0))))
    acted_s = max(_each(newest.get("t_watchdog_s", 0.0)))
    after_s = acted_s - float(guard["t_written_s"].max()) if trips else None
    return {"trips": trips, "after_last_frame_s": None if after_s is None else round(after_s, 3)}


def _each(value: object) -> tuple[float, ...]:
    """The numbers of a ring's field: one, or one a controller."""
    return value if isinstance(value, tuple) else (float(str(value)),)


def _times(amplifier: NDArray[Any], samples: int, rate_hz: float) -> NDArray[np.float64]:
    """[samples] monotonic seconds at which the virtual amplifier measured each sample."""
    first = amplifier[0]
    seconds: NDArray[np.float64] = (np.arange(samples) - int(first["first_index"])) / rate_hz
    return seconds + float(first["t_first_sample_s"])


def summary(found: dict[str, Any]) -> list[str]:
    """The gist of a report, for the person who watched."""
    late, loop = found["decision_latency_ms"], found["loop"]
    shown = ", ".join(f"{q.replace('_', '.')} {_ms(v)}" for q, v in late.items())
    lines = [
        f"{found['decisions']} decisions, {found['samples']['lost']} samples lost; sample to limb: {shown}",
        f"decoder {loop['cpu_percent']:.1f} % of a core, {loop['rss_mb']:.0f} MB; "
        f"started in {found['startup_s']} s",
    ]
    asked = found.get("movements")
    if asked is not None:
        mapped = asked["asked"] - asked["unmapped"]
        recall = found["online"]["active_recall"]
        made = f"{mapped} of them this limb has joints for, and it made {asked['reached']}"
        lines.append(f"asked for {asked['asked']} movements; {made}")
        same = "the same" if found["online"]["identical"] else "NOT the same"
        lines.append(f"active recall {recall}, {same} as offline at every instant")
    return lines


def _ms(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} ms"


_SETTLED_S = 0.8
"""After a change of cue: reaction, rise of the contraction, and a window full of it."""


def _followed(
    run: DemoRun, telemetry: NDArray[Any], amplifier: NDArray[Any], index: NDArray[np.int64]
) -> dict[str, object]:
    """How often the decoder named what the simulated patient was doing, once they had settled into it."""
    classes = list(run.amplifier.reader.layout.meta["classes"])  # type: ignore[call-overload]
    block = np.clip(np.searchsorted(amplifier["first_index"], index, side="right") - 1, 0, None)
    changed = np.flatnonzero(np.diff(amplifier["cue_class"], prepend=-2))
    since = (
        amplifier["t_first_sample_s"]
        - amplifier["t_first_sample_s"][
            changed[np.searchsorted(changed, np.arange(len(amplifier)), side="right") - 1]
        ]
    )
    settled = (since[block] >= _SETTLED_S) & (telemetry["ready"] > 0)
    asked = amplifier["cue_class"][block]
    decoded = [run.model.classes[i] if i >= 0 else "" for i in telemetry["class_index"]]
    right = np.array([name == classes[number] for name, number in zip(decoded, asked, strict=True)])
    recall = {
        name: round(float(right[settled & (asked == number)].mean()), 4)
        for number, name in enumerate(classes)
        if (settled & (asked == number)).any()
    }
    active = [value for name, value in recall.items() if name != REST]
    return {"active_recall": round(float(np.mean(active)), 4) if active else None, "recall": recall}
