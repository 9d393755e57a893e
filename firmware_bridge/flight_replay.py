"""The guard's flight log through the same guard again: ends that say what was said then, and compare."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..core.command import LimbState
from ..core.errors import RequestError
from ..core.flight import INIT, T_ANSWER, Deck, ReplayClock, packed_time
from ..core.flightread import LogReader
from ..core.replaying import Comparison, Found, compared_spans, replay
from ..core.ring import Layout
from ..core.settings import build
from ..core.snapshot import Memory
from ..core.state import Reason
from .devices import limb_model, part_models
from .flight import ROOMS, SKIP, guard_of
from .flight_entries import (
    DOOR,
    NAMES,
    T_BUTTON,
    T_DOOR,
    T_FIRST,
    T_FRAME,
    T_GATE,
    T_MESSAGE,
    T_REQUEST,
    T_SEATED,
    T_SHUTDOWN,
    T_SIT,
    T_UNLOADED,
    unpacked_asked,
    unpacked_state,
)
from .flight_replay_limb import ReplayLimb
from .limits import LimbModel
from .line import LimbLine
from .lines import LimbLines, Line
from .requests import Asked
from .settings import GuardSettings
from .telemetry import layout

NOT_COMPARED = ("cpu_s", "frames_sent", "frames_acked", "frames_bad")
"""What no replay can give back: bytes on a wire that is not there."""
_REASONS = {int(reason): reason for reason in Reason}


def replay_guard(reader: LogReader, from_s: float = 0.0) -> Found:
    """Replay a guard's log.

    Raises:
        RecordingError, ProfileError: it does not fit this version at all.
    """
    settings: GuardSettings = build(GuardSettings, reader.facts["settings"], f"{reader.path}: settings")

    def make(deck: Deck, compared: Comparison, from_start: bool) -> ReplayedGuard:
        return ReplayedGuard(settings, deck, compared, from_start)

    return replay(reader, NAMES, ROOMS, make, from_s)


class ReplayedGuard:
    """The guard between these ends."""

    def __init__(self, settings: GuardSettings, deck: Deck, compared: Comparison, from_start: bool) -> None:
        self._deck = deck
        model = limb_model(settings)
        lines = tuple(
            self._line(k, part, compared, from_start) for k, part in enumerate(part_models(settings))
        )
        line: Line = lines[0] if len(lines) == 1 else LimbLines(lines)
        if not from_start:
            deck.insert(bytes((INIT,)) + packed_time(0.0))
        door = ReplayLoopDoor(deck)
        self.guard = guard_of(
            settings,
            model,
            line,
            (door, ReplayRequestDoor(deck, compared)),
            ReplayRing(model, deck, compared),  # type: ignore[arg-type]
            ReplayClock(deck),
            {},
            ReplayGate(deck),
            [ReplayInput(k, deck) for k in range(len(settings.inputs))],
        )
        self._memory = Memory(self.guard, SKIP)

    def _line(self, device: int, model: LimbModel, compared: Comparison, from_start: bool) -> LimbLine:
        first = LimbState(0.0, (0.0,) * len(model.joints))
        if from_start:
            _, first = unpacked_state(self._deck.tape.take(T_FIRST))
        limb = ReplayLimb(device, self._deck, compared)
        return LimbLine(model, limb, first, limb.reopen)

    def turn(self) -> None:
        """See `core.replaying.Replayed`."""
        while self._deck.tape.maybe(T_SHUTDOWN) is not None:
            self.guard.shut_down()
        if self._deck.tape.next_tag:
            self.guard.turn()

    def restore(self, checkpoint: bytes) -> None:
        """See `core.replaying.Replayed`."""
        self._memory.put(checkpoint)


class ReplayLoopDoor:
    """Hands in what the loop sent."""

    remembers_nothing = True

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.visits = 0
        self.connected = False

    def receive(self, greeting: Callable[[], bytes]) -> list[bytes]:  # noqa: ARG002
        """See `LoopDoor`."""
        tape = self._deck.tape
        messages = []
        while (message := tape.maybe(T_MESSAGE)) is not None:
            messages.append(message)
        door = tape.maybe(T_DOOR)
        if door is not None:
            self.visits, connected = DOOR.unpack(door)
            self.connected = bool(connected)
        return messages

    def report(self, message: bytes) -> None:
        """Nobody listens."""


class ReplayRequestDoor:
    """Asks what people asked, and compares whether they were obeyed."""

    remembers_nothing = True

    def __init__(self, deck: Deck, compared: Comparison) -> None:
        self._deck, self._compared = deck, compared

    def serve(self, obey: Callable[[Asked], dict[str, Any]]) -> int:
        """See `RequestDoor`."""
        served = 0
        while (asked := self._deck.tape.maybe(T_REQUEST)) is not None:
            served += 1
            refused = ""
            try:
                obey(unpacked_asked(asked))
            except RequestError as error:
                refused = str(error)
            logged = self._deck.tape.take(T_ANSWER).decode()
            if logged != refused:
                self._compared.differ("request", "answer", logged, refused)
        return served


class ReplayInput:
    """A button that is pressed as it was."""

    remembers_nothing = True

    def __init__(self, number: int, deck: Deck) -> None:
        self._number, self._deck = number, deck

    def files(self) -> list[int]:
        """None."""
        return []

    def read(self, now_s: float) -> list[Asked]:  # noqa: ARG002
        """See `ControlInput`."""
        found = []
        tape = self._deck.tape
        while tape.next_tag == T_BUTTON and tape.next_device == self._number:
            found.append(unpacked_asked(tape.take(T_BUTTON)[1:]))
        return found


class ReplayGate:
    """Says what the load sensor said."""

    remembers_nothing = True

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._seated = False
        self._closed = Reason.NONE

    @property
    def seated(self) -> bool:
        """See `LegGate`, as all below."""
        change = self._deck.tape.maybe(T_SEATED)
        if change is not None:
            self._seated = bool(change[0])
        return self._seated

    def files(self) -> list[int]:  # noqa: D102
        return []

    def listen(self, now_s: float) -> None:
        """What it heard is in its answers."""

    def closed(self, now_s: float) -> Reason:  # noqa: ARG002, D102
        change = self._deck.tape.maybe(T_GATE)
        if change is not None:
            self._closed = _REASONS[change[0]]
        return self._closed

    def unloaded_s(self, now_s: float) -> float:  # noqa: ARG002, D102
        value: float = struct.unpack("<d", self._deck.tape.take(T_UNLOADED))[0]
        return value

    def sit(self, now_s: float) -> None:  # noqa: ARG002, D102
        refused = self._deck.tape.take(T_SIT)
        if refused:
            raise RequestError(refused.decode())

    def stand(self) -> None:
        """Its answers show it."""


class ReplayRing:
    """Takes the records of what is done, and compares each with the one that was published."""

    remembers_nothing = True

    def __init__(self, model: LimbModel, deck: Deck, compared: Comparison) -> None:
        self.layout: Layout = layout(len(model.joints), {})
        self._deck, self._compared = deck, compared
        self._kept = compared_spans(self.layout.fields, NOT_COMPARED)

    def publish(self, payload: bytes) -> int:
        """Compare."""
        logged = self._deck.tape.take(T_FRAME)
        self._compared.decisions += self._compared.counts
        if len(logged) != len(payload) or any(logged[at] != payload[at] for at in self._kept):
            self._compared.fields("state", self._read(logged), self._read(payload))
        return 0

    def _read(self, payload: bytes) -> dict[str, Any]:
        values: dict[str, Any] = {}
        with suppress(struct.error):
            values = self.layout.unpack(payload)
        return {name: value for name, value in values.items() if name not in NOT_COMPARED}
