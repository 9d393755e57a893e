"""An Inspire RH56 hand on a serial port, in the guard's verbs.

The bus is half duplex: one request, one answer, and never two under way. A heartbeat is a round of

    ANGLE_SET    20 bytes and 9 back     2.5 ms at 115200 baud
    ANGLE_ACT     9 bytes and 20 back    2.5 ms
    one more     at most 35 bytes        3.0 ms: FORCE_ACT, health (ERROR, STATUS, TEMP), or SPEED_SET

which is 93 bytes, 8.1 ms, and leaves 1.9 ms of 10 for the hand's own delays. The third is left out when what
was measured of those delays says that it would not fit, but not for longer than `STARVED_S`. A slower hand or
adapter makes rounds slower than heartbeats. A set-point that comes meanwhile goes out after the answer under
way, before the rest of the round, unless the angles were asked for longer than `ANGLES_S` ago; a newer one
takes the place of one that still waits.

The hand has no watchdog and holds its last target. So it is never given one that is farther than the governed
set-point, which is where it should be now.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ...core.command import LimbState, Setpoint
from ..devices import part_options
from ..limb import SerialLimb
from ..limits import HEARTBEAT_S
from ..serialport import SerialPort
from ..settings import PartSettings
from .codec import (
    FROM_HAND,
    JOINTS,
    MOST_RAW,
    NEWTON_PER_G,
    SPEED_PERCENT_S,
    Ack,
    Data,
    ErrorBit,
    Frames,
    Read,
    Register,
    Request,
    Status,
    Write,
    closed_percent,
    decode_reply,
    encode,
    pack_six,
    raw_angle,
    unpack_six,
)

ANSWER_S = 0.040
"""An answer that has not come by then was lost. Longer than an FTDI adapter keeps bytes back (16 ms) and
than a read took on a real hand (6 ms, docs/limbs): no question meets an answer on the bus."""
STARVED_S = 0.015
"""The third request of a round is put this often, whether it fits or not."""
ANGLES_S = 0.017
"""Angles that were asked for longer ago than this go before the next set-point: the guard brakes when it has
heard nothing of the hand for 40 ms."""
LONGEST = 64
"""Greatest length field of an answer that we ask for, and some room."""
FAULT_STATUS = 0x80
"""Fault number of a joint whose STATUS says fault and whose ERROR says nothing."""
_FAULTS = ErrorBit.TOO_HOT | ErrorBit.OVERCURRENT | ErrorBit.MOTOR | ErrorBit.COMMUNICATION
_HELD_BACK = frozenset({Status.FORCE_REACHED, Status.OVERCURRENT, Status.STALL})
_SPEED_STEP = 100
_SPEED_MARGIN = 1.25
_FIRST_SPEED, _UNKNOWN = 200, (0,) * JOINTS
_MOST_OFF_RAW = 2000
_BITS = 10
_SILENT_ROUNDS = 3

_ANGLE = Read(Register.ANGLE_ACT, 2 * JOINTS)
_FORCE = Read(Register.FORCE_ACT, 2 * JOINTS)
_HEALTH = Read(Register.ERROR, 3 * JOINTS)
_CLEAR = Write(Register.CLEAR_ERROR, b"\x01")


@dataclass(frozen=True, slots=True)
class Options:
    """What only this hand has.

    Attributes:
        id: of the hand on its bus.
        force_g: FORCE_SET of every joint: a finger that meets so much stops by itself, late when it is quick.
    """

    id: int = 1
    force_g: int = 500

    def __post_init__(self) -> None:
        if not 1 <= self.id <= 254:
            raise ValueError(f"id = {self.id}: allowed 1 to 254")
        if not 50 <= self.force_g <= MOST_RAW:
            raise ValueError(f"force_g = {self.force_g}: allowed 50 to {MOST_RAW}")


class InspireHand(SerialLimb):
    """See the module. Positions are percent closed.

    Raises:
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
    """

    def __init__(self, port: str | SerialPort, baud: int, options: Options) -> None:
        super().__init__(SerialPort.at(port, baud))
        self._id, self._byte_s = options.id, _BITS / baud
        self._force = Write(Register.FORCE_SET, pack_six((options.force_g,) * JOINTS))
        self._frames = Frames(FROM_HAND, LONGEST)
        self._not_replies = 0
        self.unanswered = 0
        """Requests whose answer never came."""
        self._now_s = -math.inf
        self._under_way: Request | None = None
        self._t_sent_s = -math.inf
        self._delay_s = 0.0  # of the hand and its adapter, beside the bytes' own time: slowest of late
        self._round: Iterator[Request] = iter(())
        self._again = self._asking = self._asked_angles = False
        self._last_set = self._set_since_angles = False
        self._t_round_s = self._t_extra_s = self._t_angles_s = -math.inf
        self._extras = self._extra_reads = 0
        self._target: Write | None = None
        self._held = False
        self._speed, self._speed_known = (_FIRST_SPEED,) * JOINTS, _UNKNOWN
        self._force_known = self._clearing = False
        self._in_vain = 0
        self._position: tuple[int, ...] = ()
        self._force_g: tuple[int, ...] = ()
        self._health = b""

    @property
    def frames_bad(self) -> int:
        """Damaged frames, and whole ones that are no answer of this hand."""
        return self._frames.bad + self._not_replies

    @property
    def wants_to_write(self) -> bool:
        """True while a set-point waits for the round that is under way."""
        return self._target is not None or super().wants_to_write

    def hold(self, setpoint: Setpoint) -> bool:
        """Begin a round with this set-point, or let it wait for the round that is under way."""
        if not all(map(math.isfinite, (*setpoint.position_deg, *setpoint.rate_deg_s))):
            return False
        angles = pack_six([raw_angle(percent) for percent in setpoint.position_deg])
        self._target = Write(Register.ANGLE_SET, angles)
        rates = zip(setpoint.rate_deg_s, self._speed, strict=True)
        self._speed = tuple(_speed(rate) or before for rate, before in rates)
        self._again, self._asking = True, False
        return self._go_on() and self._target is None

    def ask(self) -> bool:
        """Begin a round that moves nothing. True when the angles were asked for since the last `ask`."""
        if not self._asking:
            self._asking, self._asked_angles = True, False
        self._target, self._again = None, True
        self._go_on()
        asked, self._asked_angles = self._asked_angles, False
        return asked

    def poll(self, now_s: float) -> LimbState | None:
        """Take in an answer and put the next question. A state when the angles came, once all is known."""
        self._now_s = now_s
        self._t_sent_s = now_s if self._t_sent_s == -math.inf else self._t_sent_s  # asked before any poll
        fresh = False
        for frame in self._frames.push(self._port.read()):
            fresh = self._take(frame) or fresh
        if self._under_way is not None and now_s - self._t_sent_s > ANSWER_S:
            self._give_up()
        self._go_on()
        return self._state(now_s) if fresh and self._force_g and self._health else None

    def clear(self) -> None:
        """Clear what the hand has latched: errors, a stall among them. It stays where it is told to be."""
        self._clearing = any(self._health[:JOINTS]) or Status.FAULT in self._health[JOINTS : 2 * JOINTS]

    def leave(self) -> None:
        """Be where you are: the hand keeps this for as long as it has power."""
        if self._position:
            here = pack_six([min(max(raw, 0), MOST_RAW) for raw in self._position])
            self._port.send(encode(Write(Register.ANGLE_SET, here), self._id))

    # -- one request at a time ------------------------------------------------------------------------------

    def _go_on(self) -> bool:
        """Put the next question when none is under way; True when one went out."""
        if self._under_way is not None:
            return False
        request = self._waiting() or next(self._round, None)
        if request is None and self._again:
            self._again, self._round = False, self._requests()
            request = next(self._round, None)
        if request is None:
            return False
        sent = self._port.send(encode(request, self._id))
        self._under_way, self._t_sent_s = request, self._now_s
        self._last_set = request.address == Register.ANGLE_SET
        self._set_since_angles = self._set_since_angles or self._last_set
        if request is _ANGLE:
            self._asked_angles, self._t_angles_s, self._set_since_angles = True, self._now_s, False
        return sent

    def _waiting(self) -> Request | None:
        """The set-point that waits, if it is its turn: never two in a row, for questions must be put, and no
        second one when the angles were asked for long ago."""
        stale = self._now_s - self._t_angles_s > ANGLES_S
        if self._last_set or (stale and self._set_since_angles):
            return None
        target, self._target = self._target, None
        return target

    def _requests(self) -> Iterator[Request]:
        """One round. What it asks is decided when its turn comes."""
        self._t_round_s = self._now_s
        if (target := self._waiting()) is not None:
            yield target
        if self._clearing:
            yield _CLEAR
            yield _HEALTH
        yield _ANGLE
        write = self._untold() if self._extras % 2 else None
        extra: Request = write or (_FORCE, _HEALTH)[self._extra_reads % 2]
        late = self._now_s - self._t_extra_s > STARVED_S
        takes_s = extra.bytes_both_ways * self._byte_s + self._delay_s
        if late or self._now_s + takes_s <= self._t_round_s + HEARTBEAT_S:
            self._t_extra_s = self._now_s
            self._extras += 1
            self._extra_reads += write is None
            yield extra

    def _untold(self) -> Write | None:
        """What the hand must still be told, once it has a target of ours: before, it may be on its way to one
        of somebody else, and must not be made quicker."""
        if not self._held:
            return None
        if not self._force_known:
            return self._force
        if self._speed != self._speed_known:
            return Write(Register.SPEED_SET, pack_six(self._speed))
        return None

    def _give_up(self) -> None:
        """The answer was lost. After several the hand may have been off, and forgotten what it was told."""
        self._under_way = None
        self.unanswered += 1
        self._frames.forget()
        self._in_vain += 1
        if self._in_vain >= _SILENT_ROUNDS:
            self._force_known, self._speed_known, self._held = False, _UNKNOWN, False

    def _take(self, frame: bytes) -> bool:
        """Take in one frame; True when it brought the angles."""
        reply, request = decode_reply(frame, self._id), self._under_way
        if reply is None or request is None or reply.address != request.address:
            self._not_replies += 1
            return False
        match request, reply:
            case Read(address, count), Data(_, data) if len(data) == count:
                fresh = self._learn(address, data)
            case Write(address, data), Ack(_, taken):
                fresh = False
                self._clearing = self._clearing and address != Register.CLEAR_ERROR
                if taken:
                    self._taken(address, data)
                else:
                    self._not_replies += 1
            case _:
                self._not_replies += 1
                return False
        self._under_way, self._in_vain = None, 0
        self.frames_acked += 1
        delay_s = self._now_s - self._t_sent_s - request.bytes_both_ways * self._byte_s
        self._delay_s = max(min(delay_s, ANSWER_S), 0.95 * self._delay_s)
        return fresh

    def _taken(self, address: int, data: bytes) -> None:
        if address == Register.ANGLE_SET:
            self._held = True
        elif address == Register.FORCE_SET:
            self._force_known = True
        elif address == Register.SPEED_SET:
            self._speed_known = unpack_six(data)

    def _learn(self, address: int, data: bytes) -> bool:
        if address == Register.FORCE_ACT:
            self._force_g = unpack_six(data)
        elif address == Register.ERROR:
            self._health = data
        else:
            angles = unpack_six(data)
            if max(map(abs, angles)) > _MOST_OFF_RAW:
                self._not_replies += 1
                return False
            self._position = angles
            return True
        return False

    def _state(self, now_s: float) -> LimbState:
        errors, status, celsius = (self._health[i : i + JOINTS] for i in (0, JOINTS, 2 * JOINTS))
        fault = 0
        for error, doing in zip(errors, status, strict=True):
            fault |= error & _FAULTS or (FAULT_STATUS if doing == Status.FAULT else 0)
        return LimbState(
            t_s=now_s,
            position_deg=tuple(map(closed_percent, self._position)),
            limiting=tuple(
                bool(error & ErrorBit.STALL) or doing in _HELD_BACK
                for error, doing in zip(errors, status, strict=True)
            ),
            force_n=tuple(grams * NEWTON_PER_G for grams in self._force_g),
            temperature_c=tuple(map(float, celsius)),
            fault=fault,
        )


def _speed(rate_percent_s: float) -> int:
    """SPEED_SET that follows a set-point of this rate: a quarter faster, in coarse steps so that few are
    written. 0 at rest: then it stays as it was."""
    raw = abs(rate_percent_s) * _SPEED_MARGIN / SPEED_PERCENT_S
    return min(math.ceil(raw / _SPEED_STEP) * _SPEED_STEP, MOST_RAW)


def open_limb(part: PartSettings) -> InspireHand:
    """See `devices`.

    Raises:
        ProfileError: an option it does not have or allow.
    """
    return InspireHand(part.port, part.baud, part_options(Options, part))
