"""Two rings in, one `PageState` out. Reads only; knows no web."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.link import LinkState
from ...core.ring import GUARD_RING, TELEMETRY_RING
from ...core.state import Reason, State
from . import words
from .care import is_frozen, read_care
from .contact import complaint, warning
from .envelope import Envelope, Slice, join
from .latency import Latency, LatencyWindow
from .setup import read_setup
from .state import Banner, Decoded, Electrode, Joint, Link, PageState, Setup
from .tail import RingTail

DEAD_S = 0.5
"""A ring whose newest record is older than this has lost its writer."""
DEFAULT_BUDGET_MS = 4.0
_BACKLOG = 1100
"""Records to look back over: ten seconds of latency at 100 decisions a second."""

_Records = NDArray[np.void]


class PageReader:
    """Follows the rings of one limb. One caller; each call takes what is new since the last."""

    def __init__(self, runtime_dir: Path) -> None:
        self._loop = RingTail(runtime_dir / TELEMETRY_RING, _BACKLOG)
        self._guard = RingTail(runtime_dir / GUARD_RING, _BACKLOG * 2)
        self._latency = LatencyWindow()
        self._envelope: Envelope | None = None
        self._setup = Setup()
        self._generations = (0, 0)
        self._decision: np.void | None = None
        self._held: np.void | None = None
        self._lost = 0

    def read(self, now_s: float, said: Mapping[str, Any] | None = None) -> PageState:
        """What to show at `now_s` (monotonic seconds).

        Args:
            said: the guard's answer to `status`, if it is news.
        """
        decisions, held = self._loop.poll(now_s), self._guard.poll(now_s)
        self._renew()
        if len(decisions):
            self._decision = decisions[-1]
        if len(held):
            self._held = held[-1]
        emg = self._emg(decisions)
        latency = self._measure(decisions, held, now_s)
        decoder_alive = _alive(self._decision, "t_turn_s", now_s)
        guard_alive = _alive(self._held, "t_s", now_s)
        return PageState(
            setup=self._setup,
            setup_version=sum(self._generations),
            banner=self._banner(guard_alive, decoder_alive),
            alarms=self._alarms(latency, decoder_alive=decoder_alive),
            decoded=self._decoded(decoder_alive),
            electrodes=self._electrodes(),
            joints=self._joints(),
            care=read_care(self._setup, self._held if guard_alive else None, self._decision, said),
            latency=latency,
            link=self._link(decoder_alive=decoder_alive, guard_alive=guard_alive),
            emg=emg,
        )

    def close(self) -> None:
        """Let go of the rings."""
        self._loop.close()
        self._guard.close()

    def _renew(self) -> None:
        """A ring of a new run: its facts, its indices, its envelope."""
        generations = (self._loop.generation, self._guard.generation)
        if generations == self._generations:
            return
        if generations[0] != self._generations[0]:
            self._decision = None
            self._envelope = None
        if generations[1] != self._generations[1]:
            self._held = None
        self._latency.restart()
        self._generations = generations
        self._setup = read_setup(self._loop.meta, self._guard.meta)

    def _emg(self, decisions: _Records) -> Slice | None:
        channels = len(self._setup.channels)
        if not len(decisions) or not channels or "emg" not in (decisions.dtype.names or ()):
            return None
        if self._envelope is None:
            self._envelope = Envelope(_number(self._loop.meta.get("rate_hz"), 1000.0), channels)
        slices: list[Slice] = []
        flat = decisions["emg"].reshape(len(decisions), -1)
        counts = np.clip(decisions["n_samples"], 0, flat.shape[1] // channels)
        for row, count, last in zip(flat, counts, decisions["sample_index"], strict=True):
            n = int(count)
            part = self._envelope.push(int(last) - n + 1, row[: n * channels].reshape(n, channels))
            if part is not None and (not slices or part.first_bin >= slices[-1].first_bin):
                slices.append(part)
        # After a long gap the page needs no hours of nothing between two pieces.
        return join([s for s in slices if s.first_bin > slices[-1].first_bin - 2000])

    def _measure(self, decisions: _Records, held: _Records, now_s: float) -> Latency:
        lost = self._loop.overruns + self._guard.overruns
        self._latency.decided(zip(*_columns(decisions, "sample_index", "t_arrival_s"), strict=True))
        self._latency.written(
            zip(*_columns(held, "sample_index", "t_written_s"), strict=True), complete=lost == self._lost
        )
        self._lost = lost
        return self._latency.look(now_s, _number(self._loop.meta.get("latency_budget_ms"), DEFAULT_BUDGET_MS))

    def _banner(self, guard_alive: bool, decoder_alive: bool) -> Banner:
        if self._held is None:
            return Banner(None, "Waiting", words.NOT_STARTED, "still")
        if not guard_alive:
            return Banner(None, "Not known", words.GUARD_GONE, "fault")
        try:
            state = State(int(self._held["state"]))
        except ValueError:
            return Banner(None, "Not known", f"State {int(self._held['state'])} is not known here.", "fault")
        reason = int(self._held["reason"])
        if reason == Reason.NONE and decoder_alive and self._decision is not None:
            reason = int(self._decision["reason"])
        headline = words.FROZEN if is_frozen(self._held, state) else words.HEADLINE[state]
        return Banner(state, headline, words.sentence(state, reason), words.TONE[state])

    def _alarms(self, latency: Latency, *, decoder_alive: bool) -> tuple[str, ...]:
        alarms: list[str] = []
        if self._decision is not None and not decoder_alive:
            alarms.append(words.DECODER_GONE)
            return tuple(alarms)
        link = _count(self._decision, "link")
        if link != LinkState.STREAMING:
            alarms.append(words.link(link))
        elif latency.late:
            if latency.p99_ms is not None and math.isinf(latency.p99_ms):
                alarms.append(f"Late: {latency.skipped} of {latency.count} decisions never reached the limb.")
            else:
                alarms.append(
                    f"Late: 1 decision in 100 takes {latency.p99_ms:.1f} ms or more; "
                    f"the budget is {latency.budget_ms:g} ms."
                )
        return tuple(alarms)

    def _decoded(self, alive: bool) -> Decoded:
        classes, record = self._setup.classes, self._decision
        if record is None or not alive:
            return Decoded("", 0.0, "No decoder", (0.0,) * len(classes))
        posterior = tuple(_finite(p) for p in np.atleast_1d(record["posterior"])[: len(classes)])
        chosen, speed = int(record["class_index"]), _finite(record["speed"])
        if not 0 <= chosen < len(posterior):
            return Decoded("", 0.0, "No decision yet", posterior)
        confidence = posterior[chosen]
        rejected = confidence < self._setup.threshold
        acting = "Too unclear to act on" if rejected else "No movement asked"
        if speed > 0 and not self._holds():
            wished = self._loop.meta.get("movements") or classes
            index = int(record["movement"])
            name = str(wished[index]) if isinstance(wished, list | tuple) and 0 <= index < len(wished) else ""
            acting = f"{words.movement(name)} at {speed * 100:.0f} % speed".strip()
        elif speed > 0 or (not rejected and words.movement(classes[chosen]) != "Rest"):
            acting = "Held back"
        return Decoded(words.movement(classes[chosen]), confidence, acting, posterior)

    def _holds(self) -> bool:
        """The guard lets no movement through now, whatever is decoded."""
        return self._held is not None and int(self._held["state"]) != State.ACTIVE

    def _electrodes(self) -> tuple[Electrode, ...]:
        names, record = self._setup.channels, self._decision
        if record is None:
            return tuple(Electrode(name, "", 0.0) for name in names)
        flags, rms = record["contact"].tolist(), record["rms"].tolist()
        return tuple(
            Electrode(name, complaint(flag), _finite(level), warning(flag))
            for name, flag, level in zip(names, flags, rms, strict=False)
        )

    def _joints(self) -> tuple[Joint, ...]:
        if self._held is None:
            return tuple(Joint(name, None, None) for name in self._setup.joints)
        found = [
            [_finite(v) for v in np.atleast_1d(_get(self._held, field, ()))]
            for field in ("position_deg", "setpoint_deg")
        ]
        return tuple(
            Joint(name, *(values[i] if i < len(values) else None for values in found))
            for i, name in enumerate(self._setup.joints)
        )

    def _link(self, *, decoder_alive: bool, guard_alive: bool) -> Link:
        return Link(
            samples_received=_count(self._decision, "samples_received"),
            samples_lost=_count(self._decision, "samples_lost"),
            overruns=_count(self._decision, "overruns"),
            frames_sent=_count(self._held, "frames_sent"),
            frames_acked=_count(self._held, "frames_acked"),
            refused=_count(self._held, "refused"),
            decoder_alive=decoder_alive,
            guard_alive=guard_alive,
        )


def _alive(record: np.void | None, field: str, now_s: float) -> bool:
    return record is not None and now_s - float(record[field]) <= DEAD_S


def _get(record: np.void, field: str, default: Any) -> Any:
    return record[field] if field in (record.dtype.names or ()) else default


def _count(record: np.void | None, field: str) -> int:
    return 0 if record is None else int(_get(record, field, 0))


def _finite(value: Any) -> float:
    number = float(value)
    return number if math.isfinite(number) else 0.0


def _number(value: object, default: float) -> float:
    if isinstance(value, int | float) and math.isfinite(value) and value > 0:
        return float(value)
    return default


def _columns(records: _Records, *names: str) -> list[list[Any]]:
    if not len(records):
        return [[] for _ in names]
    return [records[name].tolist() for name in names]
