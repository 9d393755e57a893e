"""OpenBCI Cyton through its USB dongle, as a source of EMG."""

from __future__ import annotations

import contextlib

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import MICROVOLT, AuxBlock, Chunk, empty_chunk
from ...core.clock import now
from ...core.errors import ProfileError, SourceError, SourceLost, SourceNotFound
from ..montage import numbered, pick
from ..rows import RowFiller
from ..serialport import SerialPort, latency_timer_ms
from ..settings import SourceSettings
from ..source import ContextSource, SourceInfo
from . import codec
from .clock import SampleClock

_RESET_S = 4.0
"""A board takes about one second to reset, and its dongle passes the answer on in radio packets."""
_ANSWER_S = 1.5
_QUIET_S, _DRAIN_S = 0.03, 0.3
"""Packets that were under way when the stream was stopped are over after this; garbage never is."""
_BAND_NOTE = (
    "250 Hz: sees only the lower, smaller half of the EMG band (below about 65 Hz). Movements are told "
    "apart less surely than with an amplifier of 1000 Hz."
)
_WRAP_S = 0.9
"""Later than this and 256 packets, one turn of the counter, are missing without a gap in it."""
_MOST_LOST_S = 10.0


class CytonSource(ContextSource):
    """Eight bipolar channels at 250 Hz; three samples, 12 ms, are the increment next to 10 ms."""

    def __init__(self, settings: SourceSettings) -> None:
        if settings.gain not in codec.GAINS:
            allowed = ", ".join(str(g) for g in codec.GAINS)
            raise ProfileError(f"source.gain = {settings.gain}; a Cyton has {allowed}")
        if settings.rate_hz not in (0.0, codec.RATE_HZ):
            raise ProfileError(
                f"source.rate_hz = {settings.rate_hz:g}; a Cyton's radio carries 250 Hz", "set it to 250"
            )
        if not settings.port:
            raise ProfileError("source.port is empty", "set the dongle's port, such as /dev/ttyUSB0")
        self._settings = settings
        names = numbered(codec.CHANNELS)
        self._picked = pick(names, settings.channels, "the Cyton")
        self._scale_uv = codec.microvolts_per_count(settings.gain)
        notes = [_BAND_NOTE]
        timer_ms = latency_timer_ms(settings.port)
        if timer_ms is not None and timer_ms > 1:
            notes.append(
                f"The dongle holds samples back for up to {timer_ms} ms. `innervate doctor` says how to set "
                "its latency timer to 1 ms."
            )
        self._info = SourceInfo(
            kind="cyton",
            name="OpenBCI Cyton",
            serial="",
            channels=tuple(names[i] for i in self._picked),
            rate_hz=codec.RATE_HZ,
            unit=MICROVOLT,
            railed=self._scale_uv * codec.MOST_COUNT,
            notes=tuple(notes),
        )
        self._port: SerialPort | None = None

    @property
    def info(self) -> SourceInfo:
        """Known without the board."""
        return self._info

    def open(self) -> None:
        """Take the port, reset the board, set every channel's gain, start the stream."""
        if self._port is not None:
            return
        port = SerialPort(self._settings.port, codec.BAUD)
        try:
            self._start(port)
        except BaseException:
            port.close()
            raise
        self._port = port
        self._decoder = codec.PacketDecoder()
        self._filler = RowFiller(len(self._picked))
        self._clock = SampleClock(codec.RATE_HZ)
        self._packets: list[codec.Packet] = []
        self._next_index = 0
        self._last_counter = 255
        self._accel: AuxBlock | None = None
        self._lost: SourceLost | None = None

    def _start(self, port: SerialPort) -> None:
        port.write(codec.STOP)
        until_s = now() + _DRAIN_S
        while now() < until_s and port.read(now() + _QUIET_S):
            pass
        banner = self._ask(port, codec.RESET, _RESET_S)
        if b"OpenBCI" not in banner:
            said = banner[:60].decode("ascii", "replace").strip()
            raise SourceNotFound(
                f"{port.path}: this is not a Cyton, it says {said!r}",
                "switch the board on, near its dongle; check that this is the dongle's port",
            )
        if b"Daisy" in banner:
            self._ask(port, codec.EIGHT_CHANNELS, _ANSWER_S)
        for channel in range(1, codec.CHANNELS + 1):
            answer = self._ask(port, codec.channel_command(channel, self._settings.gain), _ANSWER_S)
            if b"Success" not in answer:
                said = answer[:60].decode("ascii", "replace").strip()
                raise SourceError(f"{port.path}: the Cyton refused gain {self._settings.gain}: {said!r}")
        port.write(codec.START)

    def _ask(self, port: SerialPort, command: bytes, timeout_s: float) -> bytes:
        """The answer to one command, without its end mark."""
        port.write(command)
        answer = bytearray()
        until_s = now() + timeout_s
        while codec.END not in answer:
            data = port.read(until_s)
            answer += data
            if codec.END not in answer and now() >= until_s:
                what = (
                    "nothing answers"
                    if not answer
                    else f"{len(answer)} bytes come, but no answer is among them"
                )
                raise SourceNotFound(
                    f"{port.path}: {what}; a Cyton speaks at {codec.BAUD} baud",
                    "switch the board to PC, near its dongle; check that this is the dongle's port",
                )
        return bytes(answer.partition(codec.END)[0])

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """As `EmgSource.read`."""
        if self._port is None:
            raise SourceError("this Cyton is not open", "call open() first")
        t_arrival_s = self._fetch(self._port, min_samples, deadline_s)
        if not self._packets:
            if self._lost is not None:
                raise self._lost
            return empty_chunk(self._next_index, len(self._picked), t_arrival_s)
        packets, self._packets = self._packets, []
        return self._chunk(packets, t_arrival_s)

    def _fetch(self, port: SerialPort, min_samples: int, deadline_s: float) -> float:
        """Collect packets until there are enough and no more bytes; returns when the last bytes came."""
        while self._lost is None:
            enough = len(self._packets) >= min_samples
            try:
                data = port.read(0.0 if enough else deadline_s)
            except SourceLost as error:
                self._lost = error
                break
            if not data:
                break
            self._packets += self._decoder.feed(data)
        return now()

    def _chunk(self, packets: list[codec.Packet], t_arrival_s: float) -> Chunk:
        gaps = []
        for packet in packets:
            gaps.append((packet.counter - self._last_counter - 1) % 256)
            self._last_counter = packet.counter
        self._count_turns(gaps, t_arrival_s)
        lost = sum(gaps)
        if lost > _MOST_LOST_S * codec.RATE_HZ:
            raise SourceLost(
                f"the Cyton on {self._settings.port} was silent too long", "start the limb again"
            )
        counts = np.array([packet.counts for packet in packets], np.float64)[:, self._picked]
        received: NDArray[np.float32] = (counts * self._scale_uv).astype(np.float32)
        samples, valid = self._filler.fill(received, np.array(gaps) if lost else None)
        first_index = self._next_index
        self._next_index += len(samples)
        self._clock.update(self._next_index - 1, t_arrival_s)
        t_s = self._clock.time_s(first_index) + np.arange(len(samples)) / codec.RATE_HZ
        self._hold_accel(packets, gaps, t_s)
        aux = () if self._accel is None else (self._accel,)
        return Chunk(first_index, samples, valid, t_s, t_arrival_s, lost, aux)

    def _count_turns(self, gaps: list[int], t_arrival_s: float) -> None:
        """Add whole turns of the counter that the clock says are missing, before the widest gap."""
        newest = self._next_index + len(gaps) + sum(gaps) - 1
        behind_s = self._clock.behind_s(newest, t_arrival_s)
        if behind_s > _WRAP_S:
            widest = max(range(len(gaps)), key=gaps.__getitem__)
            gaps[widest] += 256 * max(1, round(behind_s * codec.RATE_HZ / 256))

    def _hold_accel(self, packets: list[codec.Packet], gaps: list[int], t_s: NDArray[np.float64]) -> None:
        """Keep the newest accelerometer readings with the times they were measured at."""
        rows = np.arange(len(packets)) + np.cumsum(gaps)
        new = [(row, p.accel) for row, p in zip(rows.tolist(), packets, strict=True) if p.accel is not None]
        if new:
            values = np.array([accel for _, accel in new], np.float64) * codec.G_PER_COUNT
            self._accel = AuxBlock("accel", values.astype(np.float32), t_s[[row for row, _ in new]], "g")

    def close(self) -> None:
        """Stop the stream and let go of the port."""
        if self._port is not None:
            with contextlib.suppress(SourceError):
                self._port.write(codec.STOP)
            self._port.close()
            self._port = None
