"""A limb that is not there: writes both rings as loop and guard do, and answers requests."""

from __future__ import annotations

import contextlib
import json
import math
import socket
import threading
from pathlib import Path

import numpy as np
from innervate.core import clock
from innervate.core.link import LinkState
from innervate.core.ring import Field, Layout, RingWriter
from innervate.core.state import Reason, State
from innervate.firmware_bridge.requests import REQUEST_SOCKET, parse

from .ring_records import packed

CLASSES = ["rest", "open", "power", "pinch", "tripod", "key", "point"]
JOINTS = ["index", "middle", "ring", "pinky", "thumb_flexor", "thumb_rotator"]
POSTURES = {
    "rest": None,
    "open": (5, 5, 5, 5, 5, -10),
    "power": (92, 94, 95, 95, 70, -80),
    "pinch": (55, 8, 8, 8, 48, -85),
    "tripod": (55, 55, 8, 8, 50, -85),
    "key": (80, 85, 88, 90, 40, -5),
    "point": (2, 90, 92, 92, 60, -70),
}
CHANNELS, RATE_HZ, INCREMENT = 8, 1000, 10


def fields(*described: str) -> tuple[Field, ...]:
    """'rms f 64' -> Field("rms", "f", 64)."""
    parts = [text.split() for text in described]
    return tuple(Field(name, code, int(count[0]) if count else 1) for name, code, *count in parts)


LOOP_FIELDS = fields(
    *("t_turn_s d", "decision q", "sample_index q", "t_sample_s d", "t_arrival_s d", "t_sent_s d"),
    *("class_index h", "movement h", "n_samples h", "state B", "reason B", "ready B", "link B"),
    *("speed f", "latency_ms f"),
    *("samples_received q", "samples_lost q", "overruns q", "cpu_s d", "grip h"),
    *("posterior f 32", "rms f 64", "contact B 64", f"emg f {CHANNELS * INCREMENT}"),
)
GUARD_FIELDS = fields(
    *("t_s d", "t_written_s d", "command_seq q", "sample_index q", "t_sample_s d", "state B", "reason B"),
    *("setpoint_deg d 6", "position_deg d 6", "frames_sent I", "frames_acked I", "refused I"),
    *("gate B", "seated ?", "frozen ?", "force_n f 6", "hottest_c f"),
)
GRIPS = ["power", "pinch", "key"]
META: dict[str, object] = {
    "classes": CLASSES,
    "movements": CLASSES,
    "channels": [f"E{i + 1}" for i in range(CHANNELS)],
    "rate_hz": float(RATE_HZ),
    "increment_samples": INCREMENT,
    "unit": "uV",
    "simulated": True,
    "source": "LSL, simulated patient, seed 7",
    "realtime": True,
    "rejection_threshold": 0.6,
    "latency_budget_ms": 4.0,
}


class Feeder:
    """Thread that plays loop, guard and hand. Set its attributes; it does as they say."""

    def __init__(
        self,
        runtime_dir: Path,
        *,
        simulated: bool = True,
        device: str = "ability-hand",
        joints: list[str] | None = None,
        grips: list[str] | None = None,
        max_grip_n: float = 0.0,
    ) -> None:
        self.runtime_dir = runtime_dir
        self.restore()
        loop = {**META, "simulated": simulated, "grips": grips or []}
        self._grips = grips or []
        self._loop = RingWriter(runtime_dir / "telemetry.ring", Layout(LOOP_FIELDS, loop), 4096)
        guard = {
            "device": device,
            "joints": joints or JOINTS,
            "realtime": {"fifo": True, "memory_locked": True},
            "max_grip_n": max_grip_n,
        }
        self._guard = RingWriter(runtime_dir / "guard.ring", Layout(GUARD_FIELDS, guard), 4096)
        self._random = np.random.default_rng(7)
        self._mix = np.abs(self._random.normal(0.35, 0.35, (len(CLASSES), CHANNELS))) + 0.05
        self._mix[0] = 0.04
        self._level = np.full(CHANNELS, 0.04)
        self._position = np.array([5.0, 5, 5, 5, 5, -10])
        self._setpoint = self._position.copy()
        self._posterior = np.full(len(CLASSES), 1 / len(CLASSES))
        self._sample = self._decision = self._frames = 0
        self._noise = np.zeros(CHANNELS)
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=t, daemon=True) for t in (self._run, self._answer)]
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(runtime_dir / REQUEST_SOCKET))
        self._listener.listen()
        self._listener.settimeout(0.1)

    def restore(self) -> None:
        """As a limb that moves and has no complaint."""
        self.movement = "rest"
        self.confidence = 0.93
        self.state = State.ACTIVE
        self.reason = Reason.NONE
        self.latency_s = 0.0007
        self.contact = [0] * CHANNELS
        self.link = LinkState.STREAMING
        self.decoder_runs = True
        self.guard_runs = True
        self.asked: list[tuple[str, float]] = []
        self.refuses = ""
        self.grip = -1
        self.frozen = self.seated = False
        self.gate = Reason.NONE
        self.force_n = [math.nan] * len(JOINTS)
        self.hottest_c = math.nan
        self.limiting = [False] * len(JOINTS)
        self.unloaded_s: float | None = None
        self.devices_answering = [True]

    def close(self) -> None:
        """Let go of rings and socket."""
        self._listener.close()
        self._loop.close()
        self._guard.close()

    def __enter__(self) -> Feeder:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()
        self.close()

    def _run(self) -> None:
        next_s = clock.now()
        while not self._ends.is_set():
            next_s = max(next_s + INCREMENT / RATE_HZ, clock.now() - 0.1)
            clock.CLOCK.sleep_until(next_s)
            self.step(clock.now())

    def step(self, now_s: float) -> None:
        """One increment at `now_s`."""
        self._sample += INCREMENT
        if self.decoder_runs:
            self._publish_loop(now_s)
        if self.guard_runs:
            self._publish_guard(now_s)

    def _publish_loop(self, now_s: float) -> None:
        chosen = CLASSES.index(self.movement)
        self._decision += 1
        self._level += 0.06 * (self._mix[chosen] - self._level)
        emg = self._emg()
        target = np.full(len(CLASSES), (1 - self.confidence) / (len(CLASSES) - 1))
        target[chosen] = self.confidence
        self._posterior += 0.15 * (target - self._posterior) + self._random.normal(0, 0.004, len(CLASSES))
        shown = np.clip(self._posterior, 0.001, None)
        shown /= shown.sum()
        posterior = [*shown, *[0.0] * (32 - len(CLASSES))]
        rms = [*(np.abs(emg - emg.mean(0)).mean(0) * 1.25), *[0.0] * (64 - CHANNELS)]
        moves = self.movement != "rest" and self.confidence > 0.6 and self.state is State.ACTIVE
        best = int(np.argmax(shown))
        times = (now_s, self._decision, self._sample - 1, now_s - 0.001, now_s - 0.0002, now_s)
        decided = (best, best, INCREMENT, self.state, self.reason, 1, self.link, 0.55 if moves else 0.0, 0.4)
        counts = (self._sample, 0, 0, self._decision * 5e-4, self.grip)
        contact = [*self.contact, *[0] * (64 - CHANNELS)]
        pack = self._loop.layout.pack
        self._loop.publish(pack(*times, *decided, *counts, *posterior, *rms, *contact, *emg.ravel()))

    def _emg(self) -> np.ndarray:
        emg = np.empty((INCREMENT, CHANNELS))
        for k in range(INCREMENT):
            self._noise = 0.55 * self._noise + self._random.normal(0, 1, CHANNELS)
            emg[k] = 300 * self._level * self._noise * (0.6 + 0.4 * self._random.random(CHANNELS))
        for ch, flags in enumerate(self.contact):
            if flags:
                emg[:, ch] = 260 * np.sin(2 * math.pi * 50 * (self._sample + np.arange(INCREMENT)) / RATE_HZ)
        return emg + 1500 * np.arange(1, CHANNELS + 1)  # electrodes have offsets

    def _publish_guard(self, now_s: float) -> None:
        posture = POSTURES[self.movement]
        if posture is not None and self.state is State.ACTIVE and self.decoder_runs:
            self._setpoint += np.clip(np.array(posture) - self._setpoint, -1.5, 1.5)
        self._position += np.clip((self._setpoint - self._position) * 0.12, -1.4, 1.4)
        self._frames += 1
        jitter = abs(self._random.normal(0, 0.00012)) + (0.0012 if self._random.random() < 0.012 else 0)
        written_s = now_s - 0.0002 + self.latency_s + jitter
        self._guard.publish(
            packed(
                self._guard.layout,
                t_s=now_s,
                t_written_s=written_s,
                command_seq=self._decision,
                sample_index=self._sample - 1,
                t_sample_s=now_s - 0.001,
                state=self.state,
                reason=self.reason,
                setpoint_deg=self._setpoint.tolist(),
                position_deg=self._position.tolist(),
                frames_sent=self._frames,
                frames_acked=self._frames - 1,
                gate=self.gate,
                seated=self.seated,
                frozen=self.frozen,
                force_n=self.force_n,
                hottest_c=self.hottest_c,
            )
        )

    def status(self) -> dict[str, object]:
        """What a guard says to `status` that its ring does not say."""
        limb = {"limiting": self.limiting, "devices_answering": self.devices_answering}
        return {"ok": True, "limb": limb, "unloaded_s": self.unloaded_s}

    def _answer(self) -> None:
        while not self._ends.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with (
                connection,
                contextlib.suppress(BrokenPipeError),
            ):  # a busy page hangs up
                asked = parse(connection.recv(4096))
                verb = str(asked.verb)
                answer: dict[str, object] = {"ok": True, "verb": verb}
                if verb == "status":
                    connection.send(json.dumps(self.status()).encode())
                    continue
                self.asked.append((verb, clock.now()))
                if self.refuses:
                    answer = {"ok": False, "error": self.refuses}
                elif verb == "stop":
                    self.state, self.reason = State.STOPPED, Reason.STOP_REQUESTED
                elif verb == "arm":
                    self.state, self.reason = State.ARMED, Reason.REST_FIRST
                elif verb == "grip":
                    self.grip = self._grips.index(asked.value)
                elif verb in ("freeze", "unfreeze"):
                    self.frozen = verb == "freeze"
                    self.state = State.HOLDING if self.frozen else State.ARMED
                    self.reason = Reason.FROZEN if self.frozen else Reason.REST_FIRST
                elif verb in ("sit", "stand"):
                    self.seated = verb == "sit"
                elif verb == "release":
                    self.state, self.reason = State.PROMPTING, Reason.RELEASE_REQUESTED
                connection.send(json.dumps(answer).encode())
