"""A COVVI Hand behind its Ethernet Control Interface, in the guard's verbs.

Each heartbeat sends, in one write, the moves of those digits whose set-point moved by a step of the wire
(0.6 percent), each digit at most every `MOVE_EVERY_S`, and asks for positions and, less often, for status,
currents and temperature: every question only once the last one of its kind was answered, or is overdue.

The hand has no watchdog and goes to its last target. So it is never given one farther than the governed
set-point, which is where it should be now; and it is stopped first, whatever somebody else has asked of it.
"""

from __future__ import annotations

import math
import select
from dataclasses import dataclass

from ...core.clock import now
from ...core.command import LimbState, Setpoint
from ..devices import part_options
from ..limb import PortLimb
from ..settings import PartSettings
from ..tcpport import TcpPort, dial
from .codec import (
    CURRENT_A,
    DIGITS,
    LEAST_SPEED,
    MOST_SPEED,
    TCP_PORT,
    Device,
    DigitBit,
    Direct,
    Id,
    Kind,
    Message,
    Messages,
    answer_length,
    ask,
    closed_percents,
    device_info,
    digit_move,
    direct_control,
    encode,
    hand_power,
    hello,
    raw_position,
)

MOVE_EVERY_S = 0.020
ANSWER_S = 0.100
"""A question is put again when it was not answered by then."""
WAKE_S = 1.0
"""The guard waits so long for a hand that had to be switched on, when it starts; never later."""
HAND_ERROR, HAND_OFF = 0x40, 0x80
"""Fault numbers, beside one bit per digit (1 thumb, 2 index, ... 32 rotation)."""
SPEED_MARGIN = 1.5
FULL_SPEED_PERCENT_S = 100.0
"""Travel per second that we take speed 100 for. Our assumption: the vendor publishes none."""
_EVERY_S = {Id.ALL_POSITIONS: 0.0, Id.ALL_STATUS: 0.02, Id.ALL_CURRENTS: 0.1, Id.ENVIRONMENT: 1.0}
_WHERE = ask(Id.ALL_POSITIONS)
_STOP = direct_control(Direct.STOP, LEAST_SPEED)  # the vendor's client, too, sends its least speed with it


@dataclass(frozen=True, slots=True)
class Options:
    """What only this hand has.

    Attributes:
        power_percent: with which each digit moves and grips.
        limit_percent: the last byte of a move. The vendor's examples leave it at 0, and say no more.
    """

    power_percent: int = 40
    limit_percent: int = 0

    def __post_init__(self) -> None:
        if not 5 <= self.power_percent <= 100:
            raise ValueError(f"power_percent = {self.power_percent}: allowed 5 to 100")
        if not 0 <= self.limit_percent <= 100:
            raise ValueError(f"limit_percent = {self.limit_percent}: allowed 0 to 100")


class CovviHand(PortLimb[TcpPort]):
    """See the module. Positions are percent closed. A `Limb`.

    Args:
        port: connected. The hand is switched on, and stopped.
    """

    def __init__(self, port: TcpPort, options: Options) -> None:
        super().__init__(port)
        self._options = options
        self._messages = Messages()
        self._not_answers = 0
        self.frames_sent = 0
        self.unanswered = 0
        """Questions that were never answered."""
        self._now_s = -math.inf
        self._asked: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self._raw: tuple[int, ...] = ()
        self._status = b""
        self._current_a: tuple[float, ...] = ()
        self._celsius: tuple[float, ...] = ()
        self._hand = 0
        self._told: list[int] = []
        self._t_told_s = [-math.inf] * DIGITS
        self._send([hello(), hand_power(on=True), _STOP])

    @property
    def frames_bad(self) -> int:
        """Bytes that were no message, and messages that say what cannot be."""
        return self._messages.bad + self._not_answers

    def wake(self) -> None:
        """Wait until the hand answers, `WAKE_S` at most: it may have been off. Before the guard is at work.

        Raises:
            LimbLost: the connection is gone.
        """
        until_s = now() + WAKE_S
        while now() < until_s and self.poll(now()) is None:
            self.ask()
            select.select([self.fileno()], [], [], 0.02)

    def hold(self, setpoint: Setpoint) -> bool:
        """Move the digits whose set-point has moved on by a step of the wire, and ask how it is."""
        if not self._raw or not all(map(math.isfinite, (*setpoint.position_deg, *setpoint.rate_deg_s))):
            return False
        if self._port.wants_to_write and not self._port.flush():
            return False
        moves: list[Message] = []
        if not self._told:
            # Stopped, it is where it is: that needs no further telling.
            self._told = [raw_position(percent) for percent in closed_percents(self._raw)]
            moves.append(_STOP)
        pairs = zip(setpoint.position_deg, setpoint.rate_deg_s, strict=True)
        for digit, (percent, rate_percent_s) in enumerate(pairs):
            raw = raw_position(percent)
            if raw != self._told[digit] and self._now_s - self._t_told_s[digit] >= MOVE_EVERY_S - 1e-4:
                self._told[digit], self._t_told_s[digit] = raw, self._now_s
                power, limit = self._options.power_percent, self._options.limit_percent
                moves.append(digit_move(digit, raw, _speed(rate_percent_s), power, limit))
        return self._send(moves + self._questions())

    def ask(self) -> bool:
        """Ask how it is. What it was told no longer counts, so it is stopped: it may be elsewhere by then.
        True when its positions were asked for now."""
        if self._port.wants_to_write:
            self._port.flush()
            return False
        questions = self._questions()
        stop = [_STOP] if self._told else []
        self._told = []
        return self._send(stop + questions) and _WHERE in questions

    def poll(self, now_s: float) -> LimbState | None:
        """The newest positions that have arrived, with the last that is known of the rest."""
        self._now_s = now_s
        fresh = False
        for message in self._messages.push(self._port.read()):
            fresh = self._take(message) or fresh
        return self._state(now_s) if fresh and self._status else None

    def clear(self) -> None:
        """Switch the hand on when it has said that it is off. No message clears a digit's fault."""
        if self._hand & HAND_OFF and not self._port.wants_to_write:
            self._send([hand_power(on=True)])

    def leave(self) -> None:
        """Stop where it is. It stays switched on, so that it keeps its grip."""
        self._send([_STOP])

    # -- messages -------------------------------------------------------------------------------------------

    def _send(self, messages: list[Message]) -> bool:
        if not messages:
            return True
        self.frames_sent += len(messages)
        return self._port.send(b"".join(map(encode, messages)))

    def _questions(self) -> list[Message]:
        """What is due, unless it was asked already and may still be answered."""
        due = []
        for number, every_s in _EVERY_S.items():
            asked_s = self._asked.get(number)
            wait_until_s = self._due.get(number, -math.inf) if asked_s is None else asked_s + ANSWER_S
            if self._now_s < wait_until_s:
                continue
            self.unanswered += asked_s is not None
            self._asked[number], self._due[number] = self._now_s, self._now_s + every_s - 1e-4
            due.append(ask(number))
        return due

    def _take(self, message: Message) -> bool:
        """Take in one message; True when it brought the positions."""
        if message.kind not in (Kind.RESPONSE, Kind.REAL_TIME):
            return False
        if message.id in _EVERY_S and len(message.data) != answer_length(message.id):
            self._not_answers += 1
            return False
        self.frames_acked += 1
        self._asked.pop(message.id, None)
        match message.id:
            case Id.ALL_POSITIONS:
                self._raw = tuple(message.data)
                return True
            case Id.ALL_STATUS:
                self._status = message.data
            case Id.ALL_CURRENTS:
                # The rotation's motor says none.
                self._current_a = (*(value * CURRENT_A for value in message.data), 0.0)
            case Id.ENVIRONMENT:
                self._celsius = (float(message.data[0]),)
            case _:
                self._learn_power(message)
        return False

    def _learn_power(self, message: Message) -> None:
        info = device_info(message)
        if info is not None and info.device == Device.HAND:
            off = not (info.powered and info.connected)
            self._hand = HAND_ERROR * info.error | HAND_OFF * off

    def _state(self, now_s: float) -> LimbState:
        fault = self._hand
        for digit, bits in enumerate(self._status):
            fault |= bool(bits & DigitBit.FAULT) << digit
        return LimbState(
            t_s=now_s,
            position_deg=closed_percents(self._raw),
            current_a=self._current_a,
            limiting=tuple(bool(bits & DigitBit.STALL) for bits in self._status),
            touch=tuple(float(bool(bits & DigitBit.TOUCH)) for bits in self._status),
            temperature_c=self._celsius,
            fault=fault,
        )


def _speed(rate_percent_s: float) -> int:
    """Half as quick again as the set-point, and within what the hand takes."""
    percent = math.ceil(abs(rate_percent_s) * SPEED_MARGIN * 100.0 / FULL_SPEED_PERCENT_S)
    return min(max(percent, LEAST_SPEED), MOST_SPEED)


def open_limb(part: PartSettings) -> CovviHand:
    """See `devices`. The first time in a process it may wait for `FIRST_CONNECT_S` and `WAKE_S`.

    Raises:
        ProfileError: an option it does not have or allow, or a `limb.port` that is no address.
        LimbNotFound: nobody answers there, or not yet.
    """
    options = part_options(Options, part)
    port = dial(part.port, TCP_PORT)
    try:
        hand = CovviHand(port, options)
        if port.first:
            hand.wake()
    except BaseException:
        port.close()
        raise
    return hand
