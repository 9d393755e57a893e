"""`innervate service`: a profile becomes hardened systemd units, and the settings that they start with."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ..core.errors import BundleError, ProfileError
from ..core.flight import FLIGHT_FOLDER
from ..core.profile import Profile, load_profile
from ..core.settings import write_settings
from .page.settings import PageSettings
from .run import copier_settings, guard_settings, loop_settings
from .service_units import GROUP, Service, units
from .source_choice import check_source

_NETWORK = {"covvi": ("AF_INET", "AF_INET6"), "cubemars": ("AF_CAN", "AF_INET")}
"""Devices that the guard reaches over something other than a device file."""


def write_service(profile_path: Path, out: Path, name: str, user: str, page_port: int) -> list[str]:
    """Write units and settings below `out` (etc/systemd/system, etc/innervate/NAME), and say what is next.

    Args:
        profile_path: the patient's; its `model` must be there.
        out: "/" writes to where systemd looks; any other folder is for looking at first.
        name: of the limb; letters, digits and "-".
        user: the system's user that runs them.
        page_port: of the page, on loopback.

    Raises:
        ProfileError, BundleError: what is missing or wrong.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name):
        raise ProfileError(f"--name {name!r}: letters a to z, digits and '-', at most 32")
    profile = load_profile(profile_path)
    check_source(profile, profile_path)
    if not profile.model:
        raise BundleError(f"{profile_path}: no `model`", "make one: innervate calibrate")
    bundle = (profile_path.parent / profile.model).resolve()
    if not bundle.exists():
        raise BundleError(f"{bundle}: no such bundle", "make it: innervate calibrate")
    settings = out / "etc" / "innervate" / name
    unit_folder = out / "etc" / "systemd" / "system"
    runtime_dir = Path("/run/innervate") / name
    try:
        settings.mkdir(mode=0o700, parents=True, exist_ok=True)
        unit_folder.mkdir(parents=True, exist_ok=True)
        write_settings(settings / "guard.json", guard_settings(profile, runtime_dir))
        write_settings(settings / "loop.json", loop_settings(profile, bundle, runtime_dir))
        copier = copier_settings(profile, runtime_dir, Path("/var/lib/innervate") / name / FLIGHT_FOLDER)
        if copier is not None:
            write_settings(settings / "copier.json", copier)
        write_settings(settings / "page.json", PageSettings(str(runtime_dir), port=page_port))
        for file, text in units(_service(profile, name, user, copies=copier is not None)).items():
            (unit_folder / file).write_text(text)
    except OSError as error:
        raise ProfileError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return _next(out, name, user)


def _service(profile: Profile, name: str, user: str, *, copies: bool) -> Service:
    limb = [part.port for part in (profile.limb, *profile.limb.also)]
    buttons = [button.path for button in profile.buttons]
    network = [
        family for part in (profile.limb, *profile.limb.also) for family in _NETWORK.get(part.device, ())
    ]
    return Service(
        name=name,
        python=sys.executable,
        settings=f"/etc/innervate/{name}",
        user=user,
        guard_devices=_files(*limb, profile.safety.gait.port, *buttons),
        loop_devices=_files(profile.source.port),
        guard_network=tuple(dict.fromkeys(network)),
        copies=copies,
    )


def _files(*paths: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in paths if path.startswith("/dev/")))


def _next(out: Path, name: str, user: str) -> list[str]:
    """What a person does now."""
    lines = [f"written below {out}: etc/systemd/system/innervate-{name}*, etc/innervate/{name}/*.json"]
    if out != Path("/"):
        lines.append("look at them, then copy both folders to / as root")
    return [
        *lines,
        f"once: useradd --system --groups dialout,input {user}; groupadd --force {GROUP}",
        f"chown -R {user}:{GROUP} /etc/innervate/{name}",
        f"systemctl daemon-reload; systemctl enable --now innervate-{name}.target",
        "the limb starts stopped: a person arms it on the page or by a button",
        "it stops again whenever guard or loop is started again",
    ]
