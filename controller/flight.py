"""The loop's flight recorder: stands at its clock, its amplifier, its port and its ring, and writes down what
goes through. The replaying ends: `flight_replay`."""

from __future__ import annotations

import struct
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.chunk import AuxBlock, Chunk
from ..core.clock import Clock
from ..core.errors import InnervateError, SourceLost
from ..core.flight import FLIGHT_FOLDER, LOOP_LOG, Recorder, RecordingClock, packed, packed_head
from ..core.flightfacts import program_facts
from ..core.flightlog import FlightLogWriter, segments_for
from ..core.folders import private_folder
from ..core.link import LinkState
from ..core.ring import Field, Layout
from ..core.snapshot import Memory
from .decider import Decider
from .settings import LoopSettings

if TYPE_CHECKING:
    from ..core.command import Command
    from ..drivers.source import EmgSource, SourceInfo
    from ..firmware_bridge.port import CommandPort, GuardReport
    from ..models.model import Model
    from .loop import Loop
    from .telemetry import Telemetry

KIND = "loop"
ROOMS = ("controller", "core", "models", "firmware_bridge")
T_LINK, T_CHUNK, T_AUX, T_AUX_SAME, T_SOURCE_LOST, T_REPORT, T_PORT_CLOSED = range(16, 23)
"""In: u8; `CHUNK`, samples f4, times f8, validity u1 unless all; see `packed_aux`; text; report; nothing."""
T_COMMAND, T_DECISION = 32, 33
"""Out: command as on the line to the guard; see `decision_fields`."""
NAMES = {
    T_LINK: "a change of the link",
    T_CHUNK: "samples",
    T_AUX: "a reading beside EMG",
    T_AUX_SAME: "an old reading beside EMG",
    T_SOURCE_LOST: "the loss of the amplifier",
    T_REPORT: "a report of the guard",
    T_PORT_CLOSED: "the guard's hanging up",
    T_COMMAND: "a command",
    T_DECISION: "a decision",
}
CHUNK = struct.Struct("<qdIi?")
"""first_index, t_arrival_s, rows, lost, all valid."""
_CHUNK_BYTES, _pack_chunk = CHUNK.size, struct.Struct("<BIqdIi?").pack
SKIP = frozenset({"_decoder", "_proportional", "_regressor", "settings", "names", "feature_names"})
"""What a checkpoint leaves out: large, and unchanged. With `adapt`, the decoder does change: see `Flight`."""
NOT_COMPARED = ("cpu_s",)
"""What no replay can give back."""
_TURN_BYTES = 860
"""Of a turn beside its samples: report, command, decision and frames."""
_SAMPLE_BYTES, _TIME_BYTES = 4, 8
_LEAST_BYTES, _MOST_BYTES = 4 << 20, 256 << 20
"""A segment must have room for a checkpoint (200 KB with 8 channels) and much more."""


def decider_of(settings: LoopSettings, model: Model) -> Decider:
    """The model at work, as the loop and a replay use it."""
    from ..models.runtime import Runtime

    return Decider(settings, Runtime(model, settings.adapt, settings.outlier_limit))


class Flight:
    """The loop's recorder; without a log (`minutes` 0, no room) it hands everything through.

    Args:
        settings: of the loop.
        info: of its source.
        model: of its bundle.
    """

    def __init__(self, settings: LoopSettings, info: SourceInfo, model: Model) -> None:
        self._trouble = ""
        self._model = model
        self._recorder = Recorder(self._open(settings, info))
        self._adapts = settings.adapt

    def _open(self, settings: LoopSettings, info: SourceInfo) -> FlightLogWriter | None:
        if settings.flight_minutes <= 0.0:
            return None
        model = self._model
        channels = len(info.channels)
        try:
            bundle = Path(settings.bundle).read_bytes()
            facts: dict[str, Any] = {
                "kind": KIND,
                **program_facts(*ROOMS),
                "settings": asdict(settings),
                "source": asdict(info),
                "increment_samples": model.settings.increment_samples,
                "classes": list(model.classes),
            }
            turns_s = 1e3 / settings.increment_ms
            per_s = turns_s * _TURN_BYTES + info.rate_hz * (channels * _SAMPLE_BYTES + _TIME_BYTES)
            size = min(max(round(settings.flight_minutes * 60.0 * per_s), _LEAST_BYTES), _MOST_BYTES)
            folder = private_folder(Path(settings.runtime_dir) / FLIGHT_FOLDER)
            segments = segments_for(settings.flight_minutes)
            return FlightLogWriter(folder / LOOP_LOG, facts, bundle, size, segments)
        except (InnervateError, OSError) as error:
            self._trouble = str(error)
        return None

    @property
    def trouble(self) -> str:
        """Why nothing is recorded although somebody wants it, for a person; empty when all is well."""
        return self._trouble or self._recorder.failed

    def clock(self, clock: Clock) -> Clock:
        """To be used by the loop."""
        return RecordingClock(clock, self._recorder) if self._recorder.on else clock

    def source(self, source: EmgSource) -> EmgSource:
        """To be used by the loop."""
        return RecordingSource(source, self._recorder) if self._recorder.on else source  # type: ignore[return-value]

    def port(self, port: CommandPort) -> CommandPort:
        """To be used by the loop."""
        return RecordingPort(port, self._recorder) if self._recorder.on else port  # type: ignore[return-value]

    def telemetry(self, telemetry: Telemetry) -> Telemetry:
        """To be used by the loop."""
        if not self._recorder.on:
            return telemetry
        return RecordingTelemetry(telemetry, self._recorder, len(self._model.classes))  # type: ignore[return-value]

    def begin(self, loop: Loop) -> None:
        """The loop is made; its first turn comes."""
        # What `adapt` has learnt lies in the decoder, too large for a checkpoint.
        self._recorder.snapshot = None if self._adapts else Memory(loop, SKIP).take
        self._recorder.commit()

    def commit(self) -> None:
        """A turn is over."""
        self._recorder.commit()

    def close(self) -> None:
        """The file stays."""
        self._recorder.close()


def decision_fields(telemetry_fields: tuple[Field, ...], classes: int, channels: int) -> tuple[Field, ...]:
    """What of a telemetry record is logged: its numbers, posterior and contact."""
    names = [f.name for f in telemetry_fields]
    numbers = telemetry_fields[: names.index("posterior")]
    return (*numbers, Field("posterior", "f", classes), Field("contact", "B", channels))


class DecisionTap:
    """Cuts the logged part out of the record that the loop has just filled in."""

    def __init__(self, telemetry: Telemetry, classes: int, channels: int) -> None:
        record = telemetry.record
        fields = decision_fields(record.fields, classes, channels)
        self.layout = Layout(fields)
        self.numbers = record.bytes[: Layout(fields[:-1]).size]
        self.contact = record.contact[:channels].data

    def take(self) -> bytes:
        """As `layout` says."""
        return bytes(self.numbers) + bytes(self.contact)


class RecordingSource:
    """An open amplifier whose every row is written down."""

    remembers_nothing = True

    def __init__(self, source: EmgSource, recorder: Recorder) -> None:
        self._source, self._defer, self._put = source, recorder.defer, recorder.put
        self.info = source.info
        self._forget()
        recorder.forget.append(self._forget)

    def _forget(self) -> None:
        self._link: LinkState | None = None
        self._aux: dict[str, AuxBlock] = {}

    @property
    def link(self) -> LinkState:
        """What the link is doing now."""
        found = self._source.link
        if found is not self._link:
            self._link = found
            self._put(packed(T_LINK, bytes((found,))))
        return found

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """As `EmgSource.read`."""
        try:
            chunk = self._source.read(min_samples, deadline_s)
        except SourceLost as error:
            self._put(packed(T_SOURCE_LOST, str(error).encode()))
            raise
        if chunk.aux:
            for block in chunk.aux:
                self._write_aux(block)
        self._defer(packed_chunk, chunk)
        return chunk

    def _write_aux(self, block: AuxBlock) -> None:
        if self._aux.get(block.name) is block:
            self._put(packed(T_AUX_SAME, block.name.encode()))
            return
        self._aux[block.name] = block
        self._put(packed(T_AUX, packed_aux(block)))


def packed_chunk(chunk: Chunk) -> bytes:
    """Entry of `T_CHUNK`."""
    samples, times, flags = chunk.samples.tobytes(), chunk.t_s.tobytes(), chunk.valid.tobytes()
    whole = b"\0" not in flags
    if whole:
        flags = b""
    length = _CHUNK_BYTES + len(samples) + len(times) + len(flags)
    rows = len(times) // 8
    head = _pack_chunk(T_CHUNK, length, chunk.first_index, chunk.t_arrival_s, rows, chunk.lost, whole)
    return b"".join((head, samples, times, flags))


def packed_aux(block: AuxBlock) -> bytes:
    """Body of `T_AUX`: u8 and u8 lengths of name and unit, u16 values per row, these, times f8, values f4."""
    name, unit = block.name.encode()[:255], block.unit.encode()[:255]
    width = block.values.shape[1]
    head = struct.pack("<BBH", len(name), len(unit), width)
    return b"".join((head, name, unit, block.t_s.tobytes(), block.values.tobytes()))


class RecordingPort:
    """The line to the guard; what goes out and comes in is written down."""

    remembers_nothing = True

    def __init__(self, port: CommandPort, recorder: Recorder) -> None:
        self._port, self._put, self._extend = port, recorder.put, recorder.extend
        self._alive = True
        self._length, self._head = -1, b""

    @property
    def alive(self) -> bool:
        """False once the guard closed the line."""
        return self._port.alive

    def send(self, command: Command) -> None:
        """As `CommandPort.send`."""
        self._port.send(command)
        said = self._port.said
        if len(said) != self._length:
            self._length, self._head = len(said), packed_head(T_COMMAND, len(said))
        self._extend((self._head, said))

    def report(self) -> GuardReport | None:
        """As `CommandPort.report`."""
        report = self._port.report()
        if report is not None:
            heard = self._port.heard or _packed_report(report)
            self._extend((packed_head(T_REPORT, len(heard)), heard))
        if self._alive and not self._port.alive:
            self._alive = False
            self._put(packed(T_PORT_CLOSED))
        return report


def _packed_report(report: GuardReport) -> bytes:
    """The greeting: the port read it before anybody listened."""
    from ..firmware_bridge.messages import pack_report

    return pack_report(report)


class RecordingTelemetry:
    """The loop's ring; each decision is written down as it is published."""

    remembers_nothing = True

    def __init__(self, telemetry: Telemetry, recorder: Recorder, classes: int) -> None:
        self._publish, self._extend = telemetry.publish, recorder.extend
        self.publish_aux = telemetry.publish_aux
        self.record = telemetry.record
        tap = DecisionTap(telemetry, classes, telemetry.record.emg.shape[1])
        self._numbers, self._contact = tap.numbers, tap.contact
        self._head = packed_head(T_DECISION, tap.layout.size)

    def publish(self) -> None:
        """As `Telemetry.publish`."""
        self._publish()
        # Copied: the next decision of the same turn is filled into the same record.
        self._extend((self._head, bytes(self._numbers), bytes(self._contact)))
