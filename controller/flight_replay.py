"""The loop's flight log through the same loop again: ends that say what was said then, and compare."""

from __future__ import annotations

import struct
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..core.chunk import AuxBlock, Chunk
from ..core.command import Command
from ..core.errors import SourceLost
from ..core.flight import Deck, ReplayClock
from ..core.flightread import LogReader
from ..core.link import LinkState
from ..core.replaying import Comparison, Found, compared_spans, replay
from ..core.settings import build
from ..core.snapshot import Memory
from ..drivers.source import SourceInfo
from ..firmware_bridge.messages import pack_command, unpack_command, unpack_report
from ..firmware_bridge.port import GuardReport
from ..models.bundle import read_bundle
from ..models.model import Model
from .flight import (
    CHUNK,
    NAMES,
    NOT_COMPARED,
    ROOMS,
    SKIP,
    T_AUX,
    T_AUX_SAME,
    T_CHUNK,
    T_COMMAND,
    T_DECISION,
    T_LINK,
    T_PORT_CLOSED,
    T_REPORT,
    T_SOURCE_LOST,
    DecisionTap,
    decider_of,
)
from .loop import Loop
from .settings import LoopSettings
from .telemetry import Record

_CLASSES = ("class_index", "movement")
_LINKS = {int(link): link for link in LinkState}


def replay_loop(reader: LogReader, from_s: float = 0.0) -> Found:
    """Replay a loop's log.

    Raises:
        RecordingError, ProfileError, BundleError: it does not fit this version at all.
    """
    settings: LoopSettings = build(LoopSettings, reader.facts["settings"], f"{reader.path}: settings")
    info: SourceInfo = build(SourceInfo, reader.facts["source"], f"{reader.path}: source")
    model = _model(reader, settings)

    def make(deck: Deck, compared: Comparison, _from_start: bool) -> ReplayedLoop:
        compared.wrong_classes = compared.wrong_classes or 0
        return ReplayedLoop(settings, info, model, deck, compared)

    return replay(reader, NAMES, ROOMS, make, from_s)


def _model(reader: LogReader, settings: LoopSettings) -> Model:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.imb"
        path.write_bytes(reader.attached)
        return read_bundle(path, settings.trusted_keys, settings.safety_digest).model


class ReplayedLoop:
    """The loop between these ends."""

    def __init__(
        self, settings: LoopSettings, info: SourceInfo, model: Model, deck: Deck, compared: Comparison
    ) -> None:
        telemetry = ReplayTelemetry(model, len(info.channels), deck, compared)
        self.loop = Loop(
            ReplaySource(info, deck),  # type: ignore[arg-type]
            decider_of(settings, model),
            ReplayPort(deck, compared),  # type: ignore[arg-type]
            telemetry,  # type: ignore[arg-type]
            ReplayClock(deck),
            settings.turn_s,
        )
        self._memory = Memory(self.loop, SKIP)

    def turn(self) -> None:
        """See `core.replaying.Replayed`."""
        self.loop.turn()

    def restore(self, checkpoint: bytes) -> None:
        """See `core.replaying.Replayed`."""
        self._memory.put(checkpoint)


class ReplaySource:
    """Hands out what the amplifier handed out."""

    remembers_nothing = True

    def __init__(self, info: SourceInfo, deck: Deck) -> None:
        self.info = info
        self._channels = len(info.channels)
        self._deck = deck
        self._link = LinkState.STREAMING
        self._aux: dict[str, AuxBlock] = {}

    @property
    def link(self) -> LinkState:
        """What the link was doing."""
        change = self._deck.tape.maybe(T_LINK)
        if change is not None:
            self._link = _LINKS[change[0]]
        return self._link

    def read(self, min_samples: int, deadline_s: float) -> Chunk:  # noqa: ARG002 - what came was what was asked
        """The chunk of this turn.

        Raises:
            SourceLost: it was lost then.
        """
        tape = self._deck.tape
        lost = tape.maybe(T_SOURCE_LOST)
        if lost is not None:
            raise SourceLost(lost.decode())
        aux = []
        while (found := self._reading()) is not None:
            aux.append(found)
        return unpacked_chunk(tape.take(T_CHUNK), self._channels, tuple(aux))

    def _reading(self) -> AuxBlock | None:
        same = self._deck.tape.maybe(T_AUX_SAME)
        if same is not None:
            return self._aux[same.decode()]
        new = self._deck.tape.maybe(T_AUX)
        if new is None:
            return None
        block = unpacked_aux(new)
        self._aux[block.name] = block
        return block


def unpacked_chunk(body: bytes, channels: int, aux: tuple[AuxBlock, ...] = ()) -> Chunk:
    """Inverse of `flight.packed_chunk`.

    Raises:
        ValueError, struct.error: not such a body.
    """
    first_index, t_arrival_s, rows, lost, whole = CHUNK.unpack_from(body)
    cells = rows * channels
    at_times = CHUNK.size + 4 * cells
    at_valid = at_times + 8 * rows
    samples = np.frombuffer(body, np.float32, cells, CHUNK.size).reshape(rows, channels)
    t_s = np.frombuffer(body, np.float64, rows, at_times)
    if whole:
        valid = np.ones((rows, channels), np.bool_)
    else:
        valid = np.frombuffer(body, np.bool_, cells, at_valid).reshape(rows, channels)
    return Chunk(first_index, samples.copy(), valid, t_s.copy(), t_arrival_s, lost, aux)


def unpacked_aux(body: bytes) -> AuxBlock:
    """Inverse of `flight.packed_aux`.

    Raises:
        ValueError, struct.error: not such a body.
    """
    name_bytes, unit_bytes, width = struct.unpack_from("<BBH", body)
    at_unit = 4 + name_bytes
    at = at_unit + unit_bytes
    rows = (len(body) - at) // (8 + 4 * width)
    t_s = np.frombuffer(body, np.float64, rows, at).copy()
    values = np.frombuffer(body, np.float32, rows * width, at + 8 * rows).reshape(rows, width).copy()
    return AuxBlock(body[4:at_unit].decode(), values, t_s, body[at_unit:at].decode())


class ReplayPort:
    """Says what the guard said, and compares each command with the one that was sent."""

    remembers_nothing = True
    dropped = 0

    def __init__(self, deck: Deck, compared: Comparison) -> None:
        self._deck, self._compared = deck, compared
        self.alive = True

    def send(self, command: Command) -> None:
        """Compare."""
        logged, now = self._deck.tape.take(T_COMMAND), pack_command(command)
        self._compared.commands += self._compared.counts
        if logged != now:
            self._compared.fields("command", command_fields(logged), command_fields(now))

    def report(self) -> GuardReport | None:
        """What came in this turn."""
        said = self._deck.tape.maybe(T_REPORT)
        if self._deck.tape.maybe(T_PORT_CLOSED) is not None:
            self.alive = False
        return unpack_report(said) if said is not None else None


def command_fields(packed: bytes) -> dict[str, Any]:
    """A command as names and values."""
    command = unpack_command(packed)
    return {name: getattr(command, name) for name in Command.__dataclass_fields__}


class ReplayTelemetry:
    """Takes the decisions, and compares each with the one that was published."""

    remembers_nothing = True

    def __init__(self, model: Model, channels: int, deck: Deck, compared: Comparison) -> None:
        self.record = Record(model.settings.increment_samples, channels)
        self._tap = DecisionTap(self, len(model.classes), channels)  # type: ignore[arg-type]
        self._deck, self._compared = deck, compared
        self._kept = compared_spans(self._tap.layout.fields, NOT_COMPARED)

    def publish(self) -> None:
        """Compare."""
        logged, now = self._deck.tape.take(T_DECISION), self._tap.take()
        self._compared.decisions += self._compared.counts
        if len(logged) != len(now) or any(logged[at] != now[at] for at in self._kept):
            was, made = self._read(logged), self._read(now)
            if self._compared.counts and any(was.get(name) != made.get(name) for name in _CLASSES):
                self._compared.wrong_classes = (self._compared.wrong_classes or 0) + 1
            self._compared.fields("decision", was, made)

    def publish_aux(self, blocks: tuple[AuxBlock, ...]) -> None:
        """Nothing hangs on it."""

    def _read(self, packed: bytes) -> dict[str, Any]:
        values: dict[str, Any] = {}
        with suppress(struct.error):
            values = self._tap.layout.unpack(packed)
        return {name: value for name, value in values.items() if name not in NOT_COMPARED}
