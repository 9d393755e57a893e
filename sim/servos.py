"""Virtual Dynamixel X servos on one half-duplex line: the real protocol, control table and bus watchdog.

    python -m innervate.sim.servos --ids 1,2,3,4,5,6 [--ring R] [--link PATH] [--instant] [--seed N]

Each is as in `servo`. Behind one that does not answer a sync read no later one does.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Sequence

from ..core.ring import Field, Layout
from ..firmware_bridge.dynamixel.codec import ALERT, BROADCAST, Error, Instruction, Packet, Packets, encode
from ..firmware_bridge.dynamixel.table import MODELS, Address
from .half_duplex import serve
from .limb import arguments, due_steps
from .servo import STATUS_LEVEL, STEP_S, Servo

BAUD = 1_000_000
HELD_UP_S = 0.050


class ServosFirmware:
    """See the module.

    Args:
        ids: of the servos, in the order of the record.
        model, mode: of all; register 0 and 11.
        return_delay: register 9, steps of 2 us; 250 as from the factory.
        object_deg: every shaft meets an object there; infinite: none.
        sag_deg_s: how fast a shaft without torque sinks towards 0.
        spoil: share of the answers that arrive damaged.
        fail: (id, bits of register 70, seconds after the first packet).
        instant: shafts are where they are asked to be at once.
    """

    def __init__(
        self,
        ids: Sequence[int],
        seed: int = 0,
        *,
        model: int = 1200,
        mode: int = 3,
        return_delay: int = 250,
        object_deg: float = math.inf,
        sag_deg_s: float = 0.0,
        spoil: float = 0.0,
        fail: tuple[int, int, float] | None = None,
        instant: bool = False,
    ) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a posture, not a secret
        self.servos = {
            number: Servo(number, model, mode, return_delay, self._rng.uniform(5.0, 25.0)) for number in ids
        }
        self.layout = Layout(_fields(len(self.servos)), {"device": "dynamixel", "pid_of": "sim.servos"})
        self.collisions = 0
        """Packets of the host that met an answer on the line; counted by the line, see `half_duplex`."""
        self.packets_ok = self.answers_sent = 0
        self.t_watchdog_s = 0.0
        self._object_deg, self._sag_deg_s = object_deg, sag_deg_s
        self._spoil, self._fail, self._instant = spoil, fail, instant
        self._packets = Packets()
        self._t_s: float | None = None
        self._t_first_s = math.inf

    @property
    def packets_bad(self) -> int:
        """Damaged ones; nobody answers them."""
        return self._packets.bad

    def receive(self, data: bytes, t_s: float) -> bytes:
        """All answers, one behind the other."""
        return b"".join(answer for _, answer in self.answers(data, t_s))

    def answers(self, data: bytes, t_s: float) -> list[tuple[float, bytes]]:
        """(return delay, packet) of every answer to the packets that end in `data`, in order."""
        found: list[tuple[float, bytes]] = []
        for packet in self._packets.push(data):
            if packet.is_status:
                continue
            self.packets_ok += 1
            self._t_first_s = min(self._t_first_s, t_s)
            for servo, error, params in self._obey(packet, t_s):
                alert = ALERT if servo.table[Address.HARDWARE_ERROR] else 0
                answer = bytearray(encode(Packet(servo.id, Instruction.STATUS, params, error | alert)))
                if self._rng.random() < self._spoil:
                    answer[self._rng.randrange(len(answer))] ^= 0x10
                self.answers_sent += 1
                found.append((servo.table[Address.RETURN_DELAY] * 2e-6, bytes(answer)))
        return found

    def _obey(self, packet: Packet, t_s: float) -> list[tuple[Servo, int, bytes]]:
        """(who answers, error, parameters)."""
        awake = [servo for servo in self.servos.values() if t_s >= servo.t_awake_s]
        for servo in awake:
            if packet.id in (servo.id, BROADCAST):
                servo.t_heard_s = t_s
        if packet.id == BROADCAST:
            return self._obey_all(packet, {servo.id: servo for servo in awake})
        found = next((servo for servo in awake if servo.id == packet.id), None)
        if found is None:
            return []
        level = found.table[STATUS_LEVEL]
        if packet.instruction == Instruction.PING:
            return [(found, 0, bytes(found.table[0:2]) + bytes(found.table[6:7]))]
        if packet.instruction == Instruction.READ and len(packet.params) == 4:
            return [(found, *found.read(*struct.unpack("<HH", packet.params)))] if level else []
        if packet.instruction == Instruction.WRITE and len(packet.params) > 2:
            error = found.write(struct.unpack_from("<H", packet.params)[0], packet.params[2:])
        elif packet.instruction == Instruction.REBOOT:
            error = 0
            found.reboot(t_s)
        else:
            error = Error.INSTRUCTION
        return [(found, error, b"")] if level == 2 else []

    def _obey_all(self, packet: Packet, awake: dict[int, Servo]) -> list[tuple[Servo, int, bytes]]:
        params = packet.params
        if packet.instruction == Instruction.PING:
            return [(s, 0, bytes(s.table[0:2]) + bytes(s.table[6:7])) for _, s in sorted(awake.items())]
        if packet.instruction == Instruction.WRITE and len(params) > 2:
            for servo in awake.values():
                servo.write(struct.unpack_from("<H", params)[0], params[2:])
        elif packet.instruction in (Instruction.SYNC_READ, Instruction.SYNC_WRITE) and len(params) > 4:
            address, count = struct.unpack_from("<HH", params)
            if packet.instruction == Instruction.SYNC_WRITE:
                for at in range(4, len(params) - count, count + 1):
                    if params[at] in awake:
                        awake[params[at]].write(address, params[at + 1 : at + 1 + count])
                return []
            found = []
            for number in params[4:]:
                if number not in awake or not awake[number].table[STATUS_LEVEL]:
                    break
                found.append((awake[number], *awake[number].read(address, count)))
            return found
        return []

    def advance(self, t_s: float) -> None:
        """Move the shafts in steps of 1 ms, and look at the watchdogs."""
        if self._t_s is None:
            self._t_s = t_s
        if t_s - self._t_s > HELD_UP_S:  # this process was held up; a servo's own clock is not
            for servo in self.servos.values():
                servo.t_heard_s += t_s - self._t_s
        if self._fail is not None and t_s - self._t_first_s >= self._fail[2]:
            self.servos[self._fail[0]].fail(self._fail[1])
            self._fail = None
        steps = due_steps(self._t_s, t_s, STEP_S)
        for servo in self.servos.values():
            if servo.watch(t_s):
                self.t_watchdog_s = t_s
            for _ in range(steps):
                servo.step(self._object_deg, self._sag_deg_s, instant=self._instant)
        self._t_s = t_s if steps * STEP_S >= 1.0 else self._t_s + steps * STEP_S

    def record(self) -> bytes:
        """Packed by `layout`."""
        all_of = self.servos.values()
        return self.layout.pack(
            self._t_s or 0.0,
            *(servo.position_deg for servo in all_of),
            *(servo.velocity_deg_s for servo in all_of),
            *(servo.goal_deg for servo in all_of),
            *(servo.current_a for servo in all_of),
            *(servo.torque for servo in all_of),
            *(servo.table[Address.WATCHDOG] for servo in all_of),
            *(servo.table[Address.HARDWARE_ERROR] for servo in all_of),
            sum(servo.trips for servo in all_of),
            self.t_watchdog_s,
            sum(servo.reboots for servo in all_of),
            self.packets_ok,
            self.packets_bad,
            self.answers_sent,
            self.collisions,
        )


def _fields(count: int) -> tuple[Field, ...]:
    each = ("position_deg", "velocity_deg_s", "goal_deg", "current_a")
    return (
        Field("t_s", "d"),
        *(Field(name, "d", count) for name in each),
        Field("torque", "?", count),
        Field("watchdog", "B", count),
        Field("hardware_error", "B", count),
        Field("watchdog_trips", "I"),
        Field("t_watchdog_s", "d"),
        Field("reboots", "I"),
        Field("packets_ok", "I"),
        Field("packets_bad", "I"),
        Field("answers", "I"),
        Field("collisions", "I"),
    )


def main() -> None:
    """Be servos until SIGTERM."""
    parser = arguments("Virtual Dynamixel X servos on a pseudo-terminal.")
    parser.add_argument("--ids", type=_numbers, default=(1,), help="such as 1,2,3")
    parser.add_argument("--baud", type=int, default=BAUD, help="how long a byte takes")
    parser.add_argument("--model", type=int, choices=sorted(MODELS), default=1200, help="register 0")
    parser.add_argument("--mode", type=int, default=3, help="register 11; 3 as from the factory")
    parser.add_argument("--return-delay", type=int, default=250, help="register 9, steps of 2 us")
    parser.add_argument("--latency-ms", type=float, default=1.0, help="the USB adapter's timer, at most")
    parser.add_argument("--object", type=float, default=math.inf, help="every shaft meets an object there")
    parser.add_argument("--sag", type=float, default=0.0, help="deg/s of a shaft without torque, towards 0")
    parser.add_argument("--spoil", type=float, default=0.0, help="share of the answers that are damaged")
    parser.add_argument("--fail", type=_failure, help="ID:BITS:SECONDS, a hardware error of one servo")
    options = parser.parse_args()
    firmware = ServosFirmware(
        options.ids,
        options.seed,
        model=options.model,
        mode=options.mode,
        return_delay=0 if options.instant else options.return_delay,
        object_deg=options.object,
        sag_deg_s=options.sag,
        spoil=options.spoil,
        fail=options.fail,
        instant=options.instant,
    )
    serve(firmware, options, options.baud, options.latency_ms / 1000.0)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def _failure(text: str) -> tuple[int, int, float]:
    number, bits, seconds = text.split(":")
    return int(number), int(bits, 0), float(seconds)


if __name__ == "__main__":
    main()
