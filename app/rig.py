"""Stand-ins for what is worn: a virtual limb, a virtual amplifier, and a profile that fits them.

The demo and the fault tests run the real loop and guard between these two; nothing else at run time may.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from ..core.child import Child
from ..core.profile import Profile
from ..core.settings import write_settings
from ..models.bundle import Wearer, write_bundle
from ..models.keys import make_key, public_hex
from ..models.model import Model
from ..sim.limbs import GAIT_BOARD, LIMBS, SEATED, program, stand_in
from .people import Person

LIMB_RING, AMPLIFIER_RING = "limb.ring", "amplifier.ring"
"""Files in the runtime folder in which the two write down what they really did."""

_SIDE = "left"
_WEIGHT_KG = 80.0


def virtual_limb(device: str, folder: Path, *, physics: bool = False) -> Child:
    """A limb on its own wire, ready; its port is `facts["port"]`. It dies with this process.

    Args:
        physics: see `sim.limbs.program`.

    Raises:
        InnervateError: no such device, or why it could not start.
    """
    stand_in(device)
    module, args = program(device, physics=physics)
    return _started(module, folder, "--ring", str(folder / LIMB_RING), *args)


def virtual_gait_board(folder: Path) -> Child:
    """The load cell of a person who sits, ready; its port is `facts["port"]`. It dies with this process.

    Raises:
        InnervateError: why it could not start.
    """
    return _started(GAIT_BOARD, folder, *SEATED, "--weight", f"{_WEIGHT_KG:g}")


def _started(module: str, folder: Path, *args: str) -> Child:
    made = Child(module, *args, log_path=folder / "log.txt", leashed=True)
    made.wait_ready(10.0)
    return made


def virtual_amplifier(person: Person, folder: Path, env: dict[str, str]) -> Child:
    """The person's amplifier, ready; `facts` has its `port` (Cyton) or `source_id` (LSL). It dies with us.

    Raises:
        InnervateError: why it could not start.
    """
    stream = f"innervate-demo-{secrets.token_hex(4)}"
    settings = replace(
        person.amplifier,
        ring=str(folder / AMPLIFIER_RING),
        stream=stream,
        source_id=stream,
        link=str(folder / "amplifier-port"),
    )
    path = folder / "amplifier.json"
    write_settings(path, settings)
    return amplifier_again(folder, env)


def amplifier_again(folder: Path, env: dict[str, str]) -> Child:
    """The amplifier that was started in that folder before, plugged in again.

    Raises:
        InnervateError: why it could not start.
    """
    amplifier = Child(
        "innervate.sim.amplifier",
        str(folder / "amplifier.json"),
        log_path=folder / "log.txt",
        env=env,
        leashed=True,
    )
    amplifier.wait_ready(20.0)
    return amplifier


def fit(
    person: Person,
    model: Model,
    folder: Path,
    limb_port: str,
    amplifier: dict[str, object],
    *,
    gait_port: str = "",
    keep_awake: bool = False,
) -> tuple[Profile, Path]:
    """A profile and its signed bundle, as a clinic would make them.

    Args:
        folder: where the key and the bundle are written.
        limb_port: of the virtual limb.
        amplifier: facts of the virtual amplifier.
        gait_port: of the virtual gait board, for a leg.
        keep_awake: as in the profile's control table.
    """
    key = make_key(folder / "signing.key")
    profile = Profile.model_validate(
        {
            "patient": {"id": person.id, "simulated": person.simulated},
            "limb": {
                "level": person.level,
                "side": _SIDE,
                "device": person.device,
                "port": limb_port,
                "joints": [{"name": joint.name, "id": joint.id} for joint in LIMBS[person.device].joints],
                "options": dict(LIMBS[person.device].options),
                "trusted_keys": [public_hex(key)],
            },
            "source": {
                "kind": person.amplifier.device,
                "stream": str(amplifier.get("source_id", "")),
                "port": str(amplifier.get("port", "")),
                "rate_hz": person.learnt.fs,
                "increment_ms": person.increment_ms,
            },
            "montage": [{"channel": name} for name in person.learnt.channels],
            "movements": model.classes,
            "control": {"keep_awake": keep_awake},
            "safety": {"gait": {"port": gait_port, "body_weight_kg": _WEIGHT_KG}} if gait_port else {},
        }
    )
    bundle = folder / "model.imb"
    wearer = Wearer(person.id, person.device, person.level, _SIDE, person.simulated)
    write_bundle(bundle, model, wearer, key, profile.safety_digest())
    return profile, bundle
