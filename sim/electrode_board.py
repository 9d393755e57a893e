"""A virtual electrode board and a clinical hand on its first two outputs.

    python -m innervate.sim.electrode_board [--ring R] [--link PATH] [--instant] [--seed N] [--outputs N]
        [--threshold V] [--full V] [--object PERCENT]

The board speaks the real wire protocol and has the real watchdog: 100 ms without a SET, and its outputs are
at rest. The hand sees two voltages, as such hands do: output 1 above its threshold opens, output 2 closes,
the faster the higher; both at once move nothing, and are a co-contraction when they began together.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from ..core.ring import Field, Layout
from ..firmware_bridge.link import Deframer, Message, encode
from ..firmware_bridge.virtual_electrode.codec import (
    MIN_SUPPLY_V,
    WATCHDOG_S,
    Fault,
    Flag,
    Kind,
    Set,
    Status,
    decode_set,
    encode_status,
)
from .limb import arguments, due_steps, serve

BAUD = 460_800
STEP_S = 0.001
HELD_UP_S = 0.050
TOGETHER_S = 0.080
SHORT_S = (0.080, 0.200)
"""Signals that begin within `TOGETHER_S` and last this long are a co-contraction."""


@dataclass(slots=True)
class ClinicalHand:
    """What a hand with two analog inputs does with them.

    Attributes:
        threshold_v, full_v: begins to move; moves as fast as it can.
        object_percent: fingers meet an object here.
        percent: 0 open, 100 closed.
        co_contractions: how many it has seen; each would change its grip.
    """

    threshold_v: float = 1.3
    full_v: float = 5.0
    object_percent: float = 100.0
    percent: float = 20.0
    rate: float = 0.0
    most_rate: float = 120.0
    co_contractions: int = 0
    _above: tuple[bool, bool] = (False, False)
    _onset_s: tuple[float, float] = (0.0, 0.0)
    _both: bool = False

    def step(self, opening_v: float, closing_v: float, t_s: float) -> None:
        """One millisecond."""
        above = (opening_v >= self.threshold_v, closing_v >= self.threshold_v)
        self._onset_s = (
            t_s if above[0] and not self._above[0] else self._onset_s[0],
            t_s if above[1] and not self._above[1] else self._onset_s[1],
        )
        self._above = above
        self._both = self._both or all(above)
        if self._both and not any(above):
            self._both = False
            together = abs(self._onset_s[0] - self._onset_s[1]) <= TOGETHER_S
            self.co_contractions += together and SHORT_S[0] <= t_s - max(self._onset_s) <= SHORT_S[1]
        # Once both were there it is no movement until both are at rest again.
        self.rate = 0.0 if self._both else self._speed(closing_v) - self._speed(opening_v)
        moved = self.percent + self.rate * self.most_rate * STEP_S
        self.percent = min(max(moved, 0.0), self.object_percent)

    def _speed(self, volt: float) -> float:
        if volt < self.threshold_v:
            return 0.0
        return min((volt - self.threshold_v) / (self.full_v - self.threshold_v), 1.0)


class ElectrodeFirmware:
    """See the module.

    Args:
        outputs: how many the board has.
        instant: levels rise at once, whatever the slew.
    """

    def __init__(self, hand: ClinicalHand, outputs: int = 2, *, instant: bool = False) -> None:
        self.hand = hand
        self.layout = Layout(
            (
                Field("t_s", "d"),
                Field("position_deg", "d"),
                Field("rate", "d"),
                Field("level_v", "d", outputs),
                Field("target_v", "d", outputs),
                Field("rest_v", "d", outputs),
                Field("at_rest", "?"),
                Field("trips", "I"),
                Field("t_watchdog_s", "d"),
                Field("t_set_s", "d"),
                Field("sets", "I"),
                Field("frames_bad", "I"),
                Field("co_contractions", "I"),
            ),
            {"device": "virtual-electrode", "pid_of": "sim.electrode_board"},
        )
        self.level_v = [0.0] * outputs
        self.target_v = [0.0] * outputs
        self.rest_v = [0.0] * outputs
        self.flags = Flag(0)
        self.fault = Fault(0)
        self.supply_v = 5.1
        self.trips = 0
        self.t_watchdog_s = 0.0
        self.sets = 0
        self._slew_v_s = 0.0
        self._instant = instant
        self._deframer = Deframer()
        self._foreign = 0
        self._seq = 0
        self._t_s: float | None = None
        self._t_set_s = math.inf

    def receive(self, data: bytes, t_s: float) -> bytes:
        """A STATUS for each whole frame of ours in `data`."""
        answer = b""
        for message in self._deframer.push(data):
            if message.kind == Kind.SET:
                asked = decode_set(message.body)
                if asked is None:
                    self._foreign += 1
                    continue
                self._obey(asked, t_s)
            elif message.kind != Kind.ASK:
                self._foreign += 1
                continue
            answer += self._status(message.seq)
        return answer

    def _obey(self, asked: Set, t_s: float) -> None:
        if len(asked.level_v) != len(self.level_v):
            self.fault |= Fault.OUTPUTS
            return
        self.fault &= ~Fault.OUTPUTS
        self.sets += 1
        self.target_v, self.rest_v = list(asked.level_v), list(asked.rest_v)
        self._slew_v_s = asked.slew_v_s
        self._t_set_s = t_s
        self.flags = Flag.DRIVEN

    def _status(self, answers: int) -> bytes:
        low = Fault.SUPPLY if self.supply_v < MIN_SUPPLY_V else Fault(0)
        status = Status(answers, self.flags, self.fault | low, self.supply_v, self.trips, tuple(self.level_v))
        self._seq += 1
        return encode(Message(Kind.STATUS, self._seq, encode_status(status)))

    def advance(self, t_s: float) -> None:
        """Outputs and hand in steps of 1 ms, and the watchdog."""
        if self._t_s is None:
            self._t_s = t_s
        if t_s - self._t_s > HELD_UP_S:
            self._t_set_s += t_s - self._t_s  # this process was held up; a board's own clock is not
        steps = due_steps(self._t_s, t_s, STEP_S)
        for k in range(steps):
            self._step(self._t_s + (k + 1) * STEP_S)
        self._t_s = t_s if steps * STEP_S >= 1.0 else self._t_s + steps * STEP_S

    def _step(self, t_s: float) -> None:
        if self.flags == Flag.DRIVEN and t_s - self._t_set_s > WATCHDOG_S:
            self.flags |= Flag.AT_REST
            self.trips += 1
            self.t_watchdog_s = t_s
            self.target_v = list(self.rest_v)
        most = self._slew_v_s * STEP_S
        for i, target in enumerate(self.target_v):
            risen = target if self._instant else self.level_v[i] + most
            self.level_v[i] = min(target, risen)
        # A board with one output has nothing that closes.
        self.hand.step(self.level_v[0], self.level_v[1] if len(self.level_v) > 1 else 0.0, t_s)

    def record(self) -> bytes:
        """Packed by `layout`."""
        return self.layout.pack(
            self._t_s or 0.0,
            self.hand.percent,
            self.hand.rate,
            *self.level_v,
            *self.target_v,
            *self.rest_v,
            Flag.AT_REST in self.flags,
            self.trips,
            self.t_watchdog_s,
            self._t_set_s,
            self.sets,
            self._deframer.bad + self._foreign,
            self.hand.co_contractions,
        )


def main() -> None:
    """Be a board and a hand until SIGTERM."""
    parser = arguments("A virtual electrode board and a clinical hand, on a pseudo-terminal.")
    parser.add_argument("--outputs", type=int, default=2, help="how many the board has")
    parser.add_argument("--threshold", type=float, default=1.3, help="level at which the hand begins to move")
    parser.add_argument("--full", type=float, default=5.0, help="level of its greatest speed")
    parser.add_argument("--object", type=float, default=100.0, help="fingers meet an object here (percent)")
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 - a posture, not a secret
    hand = ClinicalHand(options.threshold, options.full, options.object, rng.uniform(10.0, 30.0))
    firmware = ElectrodeFirmware(hand, options.outputs, instant=options.instant)
    serve(firmware, options, BAUD)


if __name__ == "__main__":
    main()
