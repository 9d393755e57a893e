"""A virtual Ability Hand: the real wire protocol, the real watchdog, joints that take their time.

    python -m innervate.sim.hand --ring hand.ring [--link PATH] [--instant] [--seed N] [--object DEG] [--hot]
                                 [--physics [--hold bottle]]

Its fingers are simple ones (`fingers`), or, with --physics, those of the hand in MuJoCo (`physics.body`),
which may have something to grip. As the ICD warns, a lapse of 300 ms ends API mode with movement of the
hand's own: here it opens, so that a test sees it. Leaving by the explicit exit holds still. How a simple
finger moves, meets an object and is halted: `fingers`. Hot, the hand moves at a fifth of its speed and says
of every joint that it holds it back.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.ring import Field, Layout
from ..firmware_bridge.ability_hand.codec import (
    ADDRESS,
    GEAR,
    JOINTS,
    TOUCH_SITES,
    Control,
    Exit,
    Grip,
    GripCommand,
    ReadOnly,
    Reply,
    Request,
    Unstuffer,
    Upsampling,
    Variant,
    decode_request,
    encode_reply,
)
from ..firmware_bridge.ability_hand.registers import (
    FIRST_GAIN,
    LAST_GAIN,
    UNIQUE_ID,
    ReadRegister,
    RegisterReply,
    WriteRegister,
    decode_register,
    encode_register_reply,
)
from ..firmware_bridge.ability_hand.touch import SITES, touch_raw
from .fingers import STEP_S, Finger
from .grips import MAX_DEG_S, OPEN, Drive, driven, gripping
from .limb import arguments, due_steps, has_body, serve, weighs_something

if TYPE_CHECKING:
    from .physics.body import HandBody, Joint

BAUD = 460_800
WATCHDOG_S = 0.300
HELD_UP_S = 0.050
_HOT_SHARE = 0.2
_LAPSE_DEG_S = 100.0
_SITE_SHARES = (0.2, 0.5, 1.0, 0.5, 0.2, 0.0)
"""Of a finger's force, at each of its touch sensors."""
_UNIQUE_ID = (0x1B7E, 0x5E47)

LAYOUT = (
    Field("t_s", "d"),
    Field("position_deg", "d", JOINTS),
    Field("velocity_deg_s", "d", JOINTS),
    Field("setpoint_deg", "d", JOINTS),
    Field("api_mode", "?"),
    Field("watchdog_trips", "I"),
    Field("t_watchdog_s", "d"),
    Field("frames_ok", "I"),
    Field("frames_bad", "I"),
    Field("exits", "I"),
    Field("replies", "I"),
    Field("force_n", "d", JOINTS),
    Field("limiting", "?", JOINTS),
)


class HandFirmware:
    """See the module. Range of a joint: 0 to 150 degrees either way, as its scale has it.

    Args:
        object_deg: fingers meet an object at this flexion; None for empty air.
        instant: joints are where they are asked to be at once.
        hot: the over-temperature layer is in charge.
        address: it answers to.
        physics: fingers that weigh something (extra `sim`).
        thing: with physics, what somebody holds in the grip (`physics.things.KINDS`); empty: nothing.

    Raises:
        InnervateError: no such thing, or MuJoCo is not installed.
    """

    def __init__(
        self,
        seed: int = 0,
        object_deg: float | None = None,
        *,
        instant: bool = False,
        hot: bool = False,
        address: int = ADDRESS,
        physics: bool = False,
        thing: str = "",
    ) -> None:
        rng = random.Random(seed)  # noqa: S311 - a posture, not a secret
        self.layout = Layout(LAYOUT, {"device": "ability-hand", "pid_of": "sim.hand"})
        starts = [rng.uniform(5.0, 25.0) for _ in range(JOINTS - 1)] + [rng.uniform(-25.0, -5.0)]
        self._body = _body(starts, thing) if physics else None
        self._light = [
            Finger(-1.0 if i == JOINTS - 1 else 1.0, MAX_DEG_S[i], i < JOINTS - 1, deg)
            for i, deg in enumerate(starts)
        ]
        self.fingers: Sequence[Finger | Joint] = self._body.joints if self._body is not None else self._light
        self.api_mode = False
        self.watchdog_trips = 0
        self.t_watchdog_s = 0.0
        self.frames_ok = 0
        self.frames_foreign = 0
        self.exits = 0
        self.replies = 0
        self.upsampling = True
        self._object_deg = object_deg
        self._instant, self._hot, self._address = instant, hot, address
        self._registers = dict.fromkeys(range(FIRST_GAIN, LAST_GAIN + 1), 0)
        self._drive = Drive(tuple(self.position))
        self._gripping: tuple[Grip, int] | None = None
        self._unstuffer = Unstuffer()
        self._t_s: float | None = None
        self._t_valid_s = -math.inf

    @property
    def position(self) -> list[float]:
        """Where the joints are."""
        return [finger.position_deg for finger in self.fingers]

    @property
    def limiting(self) -> list[bool]:
        """Its status bits."""
        return [self._hot or finger.halted for finger in self.fingers]

    def receive(self, data: bytes, t_s: float) -> bytes:
        """Replies to all whole frames in `data`."""
        answer = b""
        for body in self._unstuffer.push(data):
            request = decode_request(body, self._address)
            about = decode_register(body, self._address)
            if request is not None:
                self.frames_ok += 1
                answer += self._obey(request, t_s)
            elif about is not None:
                self.frames_ok += 1
                self._t_valid_s = t_s
                answer += encode_register_reply(self._look_up(about))
            else:
                self.frames_foreign += 1
        return answer

    def _look_up(self, about: ReadRegister | WriteRegister) -> RegisterReply:
        if isinstance(about, ReadRegister):
            if about.register in UNIQUE_ID:
                return RegisterReply(ok=True, value=_UNIQUE_ID[UNIQUE_ID.index(about.register)])
            value = self._registers.get(about.register)
            return RegisterReply(ok=value is not None, value=value or 0)
        known = about.register in self._registers
        if known:
            self._registers[about.register] = about.value
        return RegisterReply(ok=known, value=None)

    def _obey(self, request: Request, t_s: float) -> bytes:
        self._t_valid_s = t_s
        match request:
            case Control(mode, variant, values):
                self.api_mode = True
                self._drive = driven(mode, values, self.position)
                self._gripping = None
                return self._reply(mode, variant)
            case ReadOnly(variant):
                return self._reply(0xA, variant)
            case GripCommand(grip, speed):
                self.api_mode = True
                if self._gripping != (grip, speed):
                    self._drive = gripping(grip, speed, self.position)
                self._gripping = (grip, speed)
                return b""
            case Upsampling(on):
                self.upsampling = on
                return b""
            case Exit():
                self.exits += 1
                self.api_mode = False
                self._drive = Drive(tuple(self.position))
                self._gripping = None
                return b""

    def _reply(self, mode: int, variant: Variant) -> bytes:
        self.replies += 1
        touch: tuple[int, ...] = ()
        if variant is not Variant.POSITION_CURRENT_VELOCITY:
            touch = tuple(
                touch_raw(self.fingers[site // SITES].force_n * _SITE_SHARES[site % SITES])
                for site in range(TOUCH_SITES)
            )
        has_current = variant is not Variant.POSITION_VELOCITY_TOUCH
        has_velocity = variant is not Variant.POSITION_CURRENT_TOUCH
        return encode_reply(
            Reply(
                mode=mode,
                variant=variant,
                position_deg=tuple(self.position),
                current_a=tuple(finger.current_a for finger in self.fingers) if has_current else (),
                rotor_rad_s=self._rotor_rad_s() if has_velocity else (),
                touch=touch,
                limiting=tuple(self.limiting),
            )
        )

    def _rotor_rad_s(self) -> tuple[float, ...]:
        # The raw value of a fast finger does not fit its 16 bits; the real hand's would not either.
        most = 32767 / 4.0
        pairs = zip(self.fingers, GEAR, strict=True)
        turns = (math.radians(finger.velocity_deg_s) * gear for finger, gear in pairs)
        return tuple(min(max(value, -most), most) for value in turns)

    def advance(self, t_s: float) -> None:
        """Move the joints in steps of 1 ms, and look at the watchdog."""
        if self._t_s is None:
            self._t_s = t_s
        if t_s - self._t_s > HELD_UP_S:
            self._t_valid_s += t_s - self._t_s  # this process was held up; a hand's own clock is not
        steps = due_steps(self._t_s, t_s, STEP_S)
        for _ in range(steps):
            self._step()
        self._t_s = t_s if steps * STEP_S >= 1.0 else self._t_s + steps * STEP_S
        if self.api_mode and t_s - self._t_valid_s > WATCHDOG_S:
            self.api_mode = False
            self.watchdog_trips += 1
            self.t_watchdog_s = t_s
            self._drive = Drive(OPEN, (_LAPSE_DEG_S,) * JOINTS)
            self._gripping = None

    def _step(self) -> None:
        drive, share = self._drive, _HOT_SHARE if self._hot else 1.0
        if self._body is not None:
            rates = tuple(rate * share for rate in drive.rate_deg_s)
            self._body.step(drive.target_deg, rates, drive.velocity_deg_s)
            return
        for i, finger in enumerate(self._light):
            surface_deg = self._object_deg if i < JOINTS - 1 else None
            velocity = None
            if drive.velocity_deg_s is not None:
                velocity = min(max(drive.velocity_deg_s[i], -MAX_DEG_S[i]), MAX_DEG_S[i])
            elif self._instant:
                finger.jump(drive.target_deg[i], surface_deg)
                continue
            finger.step(drive.target_deg[i], drive.rate_deg_s[i] * share, velocity, surface_deg)

    def record(self) -> bytes:
        """Packed by `layout`."""
        return self.layout.pack(
            self._t_s or 0.0,
            *self.position,
            *(finger.velocity_deg_s for finger in self.fingers),
            *self._drive.target_deg,
            self.api_mode,
            self.watchdog_trips,
            self.t_watchdog_s,
            self.frames_ok,
            self._unstuffer.bad + self.frames_foreign,
            self.exits,
            self.replies,
            *(finger.force_n for finger in self.fingers),
            *self.limiting,
        )


def _body(starts: list[float], thing: str) -> HandBody:
    from .physics.body import HandBody  # numpy and MuJoCo take their time, and a simple hand needs neither

    return HandBody(starts, thing)


def main() -> None:
    """Be a hand until SIGTERM."""
    parser = arguments("A virtual Ability Hand on a pseudo-terminal.")
    parser.add_argument("--object", type=float, help="fingers meet an object at this flexion (degrees)")
    parser.add_argument("--hot", action="store_true", help="its over-temperature layer holds it back")
    weighs_something(parser, "fingers")
    parser.add_argument("--address", type=int, default=ADDRESS, help="it answers to (80)")
    options = parser.parse_args()
    hand = HandFirmware(
        options.seed,
        options.object,
        instant=options.instant,
        hot=options.hot,
        address=options.address,
        physics=has_body(options),
        thing=options.hold,
    )
    serve(hand, options, BAUD)


if __name__ == "__main__":
    main()
