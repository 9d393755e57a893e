"""One wire for both directions: whether it is ours now, and who has not answered yet. Never waits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..serialport import SerialPort
from .codec import ALERT, Packet, Packets
from .table import FACTORY_DELAY_S

MARGIN_S = 0.010
"""Beyond the wire's own time: USB, and a busy machine. A lost answer so costs two heartbeats."""
_ANSWER_BYTES = 11
"""Of a status packet without parameters."""


@dataclass
class Question:
    """What was asked last.

    Attributes:
        block: (address, count) of the registers; count 0 of a command that is only confirmed.
        waiting: ids that have not answered.
        limit_s: from then on nobody speaks any more, whether they all have answered or not.
        answers: registers by id.
        alert: ids that say they have a hardware error.
    """

    block: tuple[int, int]
    waiting: list[int]
    limit_s: float = 0.0
    t_asked_s: float | None = None
    answers: dict[int, bytes] = field(default_factory=dict)
    alert: set[int] = field(default_factory=set)


class HalfDuplexLine:
    """Questions and answers on one port, one question at a time.

    Time is what the last `at` said: the guard polls a limb before it speaks to it, at the same time.

    Args:
        port: open.
        baud: of it.
    """

    def __init__(self, port: SerialPort, baud: int) -> None:
        self._port = port
        self._byte_s = 10.0 / baud
        self._packets = Packets()
        self._foreign = 0
        self._now_s: float | None = None
        self._t_sent_s: float | None = None
        self._taken_until_s = -math.inf
        self.question: Question | None = None
        self.answered = 0
        """Questions that all have answered."""

    @property
    def bad(self) -> int:
        """Damaged packets, refusals, and answers that nobody asked for."""
        return self._packets.bad + self._foreign

    def at(self, now_s: float) -> None:
        """It is so late now."""
        self._now_s = now_s
        if self.question is not None and self.question.t_asked_s is None:
            self.question.t_asked_s = now_s

    def quiet_s(self) -> float:
        """Since our last frame; 0 before the first."""
        if self._now_s is None or self._t_sent_s is None:
            return 0.0
        return self._now_s - self._t_sent_s

    def free(self) -> bool:
        """Nobody else may be speaking.

        After answers that did not come in time, those to the next question may be theirs, late: so that one
        is given all its time, whatever seems to answer it.
        """
        asked = self.question
        if asked is None:
            return self._now_s is None or self._now_s >= self._taken_until_s
        if asked.t_asked_s is None or self._now_s is None:
            return False
        return self._now_s - asked.t_asked_s >= asked.limit_s

    def send(self, frames: bytes, question: Question, delays_s: Sequence[float]) -> bool:
        """Frames of which the last one asks `question`; True when the kernel has them whole.

        Raises:
            LimbLost: the port is gone.
        """
        sent = self._port.send(frames)  # first: it carries what somebody's muscles have just asked for
        question.limit_s = turn_s(len(frames), question.block[1], self._byte_s, delays_s) + MARGIN_S
        question.t_asked_s = self._t_sent_s = self._now_s
        lost, self.question = self.question is not None, question
        if lost and self._now_s is not None:
            self._taken_until_s = self._now_s + question.limit_s
        return sent

    def listen(self) -> Question | None:
        """The question, once the last answer to it is there.

        Raises:
            LimbLost: the port is gone.
        """
        arrived = self._port.read()
        if not arrived:
            return None  # nearly every turn that a command caused: it waits for nothing here
        for packet in self._packets.push(arrived):
            if packet.is_status:  # else an adapter lets us hear ourselves
                self._note(packet)
        asked = self.question
        if asked is None or asked.waiting:
            return None
        self.question = None
        self.answered += 1
        return asked

    def _note(self, packet: Packet) -> None:
        asked = self.question
        expected = asked is not None and packet.id in asked.waiting
        if asked is None or not expected or packet.error & ~ALERT or len(packet.params) != asked.block[1]:
            self._foreign += 1
            return
        asked.waiting.remove(packet.id)
        asked.answers[packet.id] = packet.params
        if packet.alert:
            asked.alert.add(packet.id)


def turn_s(sent: int, count: int, byte_s: float, delays_s: Sequence[float] = (FACTORY_DELAY_S,)) -> float:
    """What `sent` bytes, and an answer of `count` registers after each return delay, take on the wire."""
    return (sent + len(delays_s) * (_ANSWER_BYTES + count)) * byte_s + sum(delays_s)
