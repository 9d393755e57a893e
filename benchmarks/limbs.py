"""What each limb's wire carries: frames a second, lost ones, and how long a reply takes.

The driver runs in this process as in the guard, the virtual device in its own. A frame is one `hold` of a
slowly moving set-point and its whole reply; the next goes out when the reply is there, or after `LOST_S`. On
a line with a wire for each direction the next is under way while the last is answered: two at a time.
"""

from __future__ import annotations

import select
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..core.child import Child
from ..core.clock import cpu_s, now
from ..core.command import LimbState, Setpoint
from ..core.errors import InnervateError
from ..firmware_bridge.devices import open_part, part_model
from ..firmware_bridge.limb import Limb
from ..firmware_bridge.limits import LimbModel
from ..sim.limbs import LIMBS, VirtualDevice, program
from .timing import quantiles_us

Report = dict[str, Any]

SECONDS = 4.0
LOST_S = 0.050
"""No reply by then: the frame is lost."""
_FIRST_S = 3.0
_STEP_DEG = 0.02
_UNDER_WAY = 2


def run(
    limb: str = "all", seconds: float = SECONDS, progress: Callable[[str], None] = lambda _: None
) -> list[Report]:
    """Each device with its wire modelled, and with one that takes no time.

    Args:
        limb: key of `sim.limbs.LIMBS`, or "all".
        seconds: of each.
        progress: told what is measured next.

    Returns:
        An object a device and kind of wire: limb, wire ("modelled" or "instant"), frames_per_s, lost,
        reply_ms {p50, p99}, wire_ms (what the bytes alone take, out and back), cpu_percent (of one core, the
        driver's side); `error` where it failed.

    Raises:
        InnervateError: no such limb.
    """
    if limb != "all" and limb not in LIMBS:
        raise InnervateError(f"--limb {limb}: not known; allowed: all, {', '.join(LIMBS)}")
    found = []
    for name, device in LIMBS.items():
        if limb not in ("all", name):
            continue
        for wire in ("modelled", "instant"):
            progress(f"{name}, {wire}")
            report: Report = {"limb": name, "wire": wire}
            try:
                report |= _measure(name, device, seconds, instant=wire == "instant")
            except InnervateError as error:
                report["error"] = str(error)
            found.append(report)
    return found


def _measure(name: str, device: VirtualDevice, seconds: float, *, instant: bool) -> Report:
    module, told = program(name)
    args = (*told, "--instant") if instant else told
    with tempfile.TemporaryDirectory(prefix="innervate-bench-") as folder:
        log = Path(folder) / "limb.log"
        with Child(module, *args, log_path=log, leashed=True) as child:
            port = str(child.wait_ready(10.0)["port"])
            part = device.part(name, port)
            limb = open_part(part)
            try:
                steps = _set_points(_first(limb), part_model(part))
                found = _exchange(limb, steps, seconds)
                found["wire_ms"] = None if instant or not device.baud else _wire_ms(limb, device.baud)
                if device.duplex:
                    found |= _stream(limb, steps, seconds)
                return found
            finally:
                limb.leave()
                limb.close()


def _exchange(limb: Limb, steps: Iterator[Setpoint], seconds: float) -> Report:
    """As many frames as replies come, one at a time, for so long."""
    replies_s: list[float] = []
    lost = 0
    began_s, cpu_began_s = now(), cpu_s()
    while now() - began_s < seconds:
        asked_s = now()
        limb.hold(next(steps))
        if _reply(limb, asked_s + LOST_S) is None:
            lost += 1
        else:
            replies_s.append(now() - asked_s)
    took_s = now() - began_s
    if not replies_s:
        raise InnervateError("not one frame was answered")
    reply_us = quantiles_us(replies_s)
    return {
        "frames_per_s": round(len(replies_s) / took_s, 1),
        "lost": lost,
        "reply_ms": {q: round(reply_us[q] / 1e3, 3) for q in ("p50", "p99")},
        "cpu_percent": round(100.0 * (cpu_s() - cpu_began_s) / took_s, 1),
    }


def _stream(limb: Limb, steps: Iterator[Setpoint], seconds: float) -> Report:
    """Two frames under way at a time; lost are those that were never answered."""
    sent, began_acked, began_s, cpu_began_s = 0, limb.frames_acked, now(), cpu_s()
    while now() - began_s < seconds:
        while sent - (limb.frames_acked - began_acked) < _UNDER_WAY:
            limb.hold(next(steps))
            sent += 1
        if _reply(limb, now() + LOST_S) is None:
            break  # one was lost: the count says so
    took_s, cpu_used_s = now() - began_s, cpu_s() - cpu_began_s
    while _reply(limb, now() + LOST_S) is not None:
        pass
    acked = limb.frames_acked - began_acked
    return {
        "frames_per_s": round(acked / took_s, 1),
        "lost": sent - acked,
        "cpu_percent": round(100.0 * cpu_used_s / took_s, 1),
    }


def _first(limb: Limb) -> LimbState:
    until_s = now() + _FIRST_S
    while now() < until_s:
        limb.ask()
        said = _reply(limb, now() + LOST_S)
        if said is not None:
            return said
    raise InnervateError("it does not answer")


def _reply(limb: Limb, until_s: float) -> LimbState | None:
    while (left_s := until_s - now()) > 0.0:
        if limb.wants_to_write:
            limb.flush()
        select.select([limb.fileno()], [], [], min(left_s, 0.001 if limb.wants_to_write else left_s))
        said = limb.poll(now())
        if said is not None:
            return said
    return None


def _set_points(first: LimbState, model: LimbModel) -> Iterator[Setpoint]:
    """Slowly up and down from where it stands, within its range."""
    at, step = list(first.position_deg), [_STEP_DEG] * len(model.joints)
    while True:
        for i, joint in enumerate(model.joints):
            if not joint.least_deg < at[i] + step[i] < joint.most_deg:
                step[i] = -step[i]
            at[i] += step[i]
        yield Setpoint(tuple(at), tuple(step))


def _wire_ms(limb: Limb, baud: int) -> float | None:
    """What the bytes of a frame and its reply take, from those that went over the port."""
    port = getattr(limb, "_port", None)
    if port is None or not limb.frames_acked:
        return None
    bits = 10 * (port.bytes_out + port.bytes_in)
    return round(1e3 * int(bits) / baud / limb.frames_acked, 3)
