"""The guard's flight recorder: stands at its clock, doors, buttons, load sensor and devices, and writes down
what goes through. The replaying ends: `flight_replay`. Standard library only, as all of the guard."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..core.clock import Clock
from ..core.command import LimbState
from ..core.errors import InnervateError, RequestError
from ..core.flight import FLIGHT_FOLDER, GUARD_LOG, T_ANSWER, Recorder, RecordingClock, packed, packed_head
from ..core.flightfacts import program_facts
from ..core.flightlog import FlightLogWriter, segments_for
from ..core.folders import private_folder
from ..core.ring import Layout, RingWriter
from ..core.snapshot import Memory
from ..core.state import Reason
from .doors import LoopDoor, RequestDoor
from .flight_entries import (
    DOOR,
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
    packed_asked,
    packed_state,
)
from .flight_limb import RecordingLimb, Reopening
from .guard import Guard
from .inputs import ControlInput
from .leg import LegGate
from .limb import Limb
from .limits import LimbModel
from .lines import Line
from .requests import Asked
from .settings import GuardSettings

KIND = "guard"
ROOMS = ("core", "firmware_bridge")
SKIP = frozenset({"_model", "_facts"})
"""What a checkpoint leaves out: it never changes."""
_QUIET_BYTES, _FRAME_BYTES, _JOINT_BYTES = 35, 400, 65
_TURNS_S, _FRAMES_S = 300.0, 105.0
"""As with a hand of six joints and thirty touch sensors, which says more than any other device."""
_MOST_BYTES = 128 << 20


def guard_of(
    settings: GuardSettings,
    model: LimbModel,
    line: Line,
    doors: tuple[LoopDoor, RequestDoor],
    ring: RingWriter | None,
    clock: Clock,
    facts: dict[str, Any],
    gate: LegGate,
    inputs: Sequence[ControlInput],
) -> Guard:
    """The guard of these settings, as the process and a replay use it."""
    return Guard(
        *(model, line, *doors, ring, clock, facts),
        gate=gate,
        inputs=inputs,
        max_grip_n=settings.max_grip_n,
        grips=settings.grips,
    )


class Flight:
    """The guard's recorder; without a log (`minutes` 0, no room) it hands everything through.

    Args:
        settings: of the guard.
        model: of its limb.
    """

    def __init__(self, settings: GuardSettings, model: LimbModel) -> None:
        self._trouble = ""
        self._recorder = Recorder(self._open(settings, model))

    def _open(self, settings: GuardSettings, model: LimbModel) -> FlightLogWriter | None:
        if settings.flight_minutes <= 0.0:
            return None
        joints = len(model.joints)
        per_s = _TURNS_S * _QUIET_BYTES + _FRAMES_S * (_FRAME_BYTES + _JOINT_BYTES * joints)
        size = min(round(settings.flight_minutes * 60.0 * per_s), _MOST_BYTES)
        facts = {
            "kind": KIND,
            **program_facts(*ROOMS),
            "settings": asdict(settings),
            "device": model.device,
            "joints": list(model.joint_names),
        }
        try:
            folder = private_folder(Path(settings.runtime_dir) / FLIGHT_FOLDER)
            segments = segments_for(settings.flight_minutes)
            return FlightLogWriter(folder / GUARD_LOG, facts, size=size, segments=segments)
        except (InnervateError, OSError) as error:
            self._trouble = str(error)
        return None

    @property
    def trouble(self) -> str:
        """Why nothing is recorded although somebody wants it, for a person; empty when all is well."""
        return self._trouble or self._recorder.failed

    def clock(self, clock: Clock) -> Clock:
        """To be used by the guard."""
        return RecordingClock(clock, self._recorder) if self._recorder.on else clock

    def limb(self, device: int, limb: Limb, first: LimbState) -> Limb:
        """To be used by its line; it has said `first`."""
        if not self._recorder.on:
            return limb
        self._recorder.put(packed(T_FIRST, packed_state(device, first)))
        return RecordingLimb(device, limb, self._recorder)

    def reopen(self, device: int, reopen: Callable[[], Limb]) -> Callable[[], Limb]:
        """To be used by its line."""
        return Reopening(device, reopen, self._recorder) if self._recorder.on else reopen

    def doors(self, loop: LoopDoor, requests: RequestDoor) -> tuple[LoopDoor, RequestDoor]:
        """To be used by the guard."""
        if not self._recorder.on:
            return loop, requests
        return RecordingLoopDoor(loop, self._recorder), RecordingRequestDoor(requests, self._recorder)

    def gate(self, gate: LegGate) -> LegGate:
        """To be used by the guard."""
        return RecordingGate(gate, self._recorder) if self._recorder.on else gate

    def inputs(self, inputs: Sequence[ControlInput]) -> Sequence[ControlInput]:
        """To be used by the guard."""
        if not self._recorder.on:
            return inputs
        return [RecordingInput(k, one, self._recorder) for k, one in enumerate(inputs)]

    def ring(self, ring: RingWriter) -> RingWriter:
        """To be used by the guard."""
        return RecordingRing(ring, self._recorder) if self._recorder.on else ring  # type: ignore[return-value]

    def begin(self, guard: Guard) -> None:
        """The guard is made; its first turn comes."""
        self._recorder.snapshot = Memory(guard, SKIP).take
        self._recorder.commit()

    def commit(self) -> None:
        """A turn is over."""
        self._recorder.commit()

    def shut_down(self, guard: Guard) -> None:
        """As `Guard.shut_down`, between two turns."""
        self._recorder.put(packed(T_SHUTDOWN))
        guard.shut_down()

    def close(self) -> None:
        """The file stays."""
        self._recorder.close()


class RecordingLoopDoor:
    """The loop's door; what comes in is written down."""

    remembers_nothing = True

    def __init__(self, door: LoopDoor, recorder: Recorder) -> None:
        self._door, self._put, self._receive = door, recorder.put, door.receive
        self.report = door.report
        """Not written down: it follows from what is."""
        self._known: tuple[int, bool] = (0, False)
        recorder.forget.append(self._forget)

    def _forget(self) -> None:
        self._known = (-1, False)

    @property
    def visits(self) -> int:
        """See `LoopDoor`."""
        return self._door.visits

    @visits.setter
    def visits(self, visits: int) -> None:
        self._door.visits = visits

    connected = property(attrgetter("_door.connected"))
    """Asked in every turn: by `attrgetter`, without a step of Python."""

    def receive(self, greeting: Callable[[], bytes]) -> list[bytes]:
        """See `LoopDoor`."""
        messages = self._receive(greeting)
        for message in messages:
            self._put(packed(T_MESSAGE, message))
        door = self._door
        known = (door.visits, door.connected)
        if known != self._known:
            self._known = known
            self._put(packed(T_DOOR, DOOR.pack(*known)))
        return messages


class RecordingRequestDoor:
    """People's door; what they ask and what they are told is written down."""

    remembers_nothing = True

    def __init__(self, door: RequestDoor, recorder: Recorder) -> None:
        self._serve, self._put = door.serve, recorder.put
        self._listened = self._listen

    def serve(self, obey: Callable[[Asked], dict[str, Any]]) -> int:
        """See `RequestDoor`."""
        self._obey = obey
        return self._serve(self._listened)

    def _listen(self, asked: Asked) -> dict[str, Any]:
        self._put(packed(T_REQUEST, packed_asked(asked)))
        try:
            answer = self._obey(asked)
        except RequestError as error:
            self._put(packed(T_ANSWER, str(error).encode()))
            raise
        self._put(packed(T_ANSWER))
        return answer


class RecordingInput:
    """A button; what is asked by it is written down."""

    remembers_nothing = True

    def __init__(self, number: int, button: ControlInput, recorder: Recorder) -> None:
        self._button, self._put = button, recorder.put
        self._number = bytes((number,))

    def files(self) -> list[int]:
        """See `ControlInput`."""
        return self._button.files()

    def read(self, now_s: float) -> list[Asked]:
        """See `ControlInput`."""
        found = self._button.read(now_s)
        for asked in found:
            self._put(packed(T_BUTTON, self._number + packed_asked(asked)))
        return found


class RecordingGate:
    """A leg's load sensor; its answers are written down."""

    remembers_nothing = True

    def __init__(self, gate: LegGate, recorder: Recorder) -> None:
        self._gate, self._put = gate, recorder.put
        self._forget()
        recorder.forget.append(self._forget)

    def _forget(self) -> None:
        self._seated: bool | None = None
        self._closed: Reason | None = None

    @property
    def seated(self) -> bool:
        """See `LegGate`, as all below."""
        found = self._gate.seated
        if found is not self._seated:
            self._seated = found
            self._put(packed(T_SEATED, bytes((found,))))
        return found

    def files(self) -> list[int]:  # noqa: D102
        return self._gate.files()

    def listen(self, now_s: float) -> None:  # noqa: D102
        self._gate.listen(now_s)

    def closed(self, now_s: float) -> Reason:  # noqa: D102
        found = self._gate.closed(now_s)
        if found is not self._closed:
            self._closed = found
            self._put(packed(T_GATE, bytes((found,))))
        return found

    def unloaded_s(self, now_s: float) -> float:  # noqa: D102
        found = self._gate.unloaded_s(now_s)
        self._put(packed(T_UNLOADED, struct.pack("<d", found)))
        return found

    def sit(self, now_s: float) -> None:  # noqa: D102
        try:
            self._gate.sit(now_s)
        except RequestError as error:
            self._put(packed(T_SIT, str(error).encode()))
            raise
        self._put(packed(T_SIT))

    def stand(self) -> None:  # noqa: D102
        self._gate.stand()


class RecordingRing:
    """The guard's ring; each record is written down as it is published."""

    remembers_nothing = True

    def __init__(self, ring: RingWriter, recorder: Recorder) -> None:
        self._publish, self._extend = ring.publish, recorder.extend
        self.layout: Layout = ring.layout
        self._head = packed_head(T_FRAME, self.layout.size)

    def publish(self, payload: bytes) -> int:
        """See `RingWriter`."""
        self._extend((self._head, payload))
        return self._publish(payload)
