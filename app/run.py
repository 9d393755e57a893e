"""`innervate run`: a profile and a bundle become a running limb."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from ..controller.settings import (
    LEG_STALE_S,
    STALE_S,
    CocontractionSettings,
    LimbPart,
    LoopSettings,
    ShapingSettings,
)
from ..core.clock import now, sleep
from ..core.errors import BundleError
from ..core.flight import FLIGHT_FOLDER
from ..core.flightcopy import CopierSettings
from ..core.folders import config_folder, data_folder, runtime_folder
from ..core.profile import Part, Profile, load_profile
from ..core.ring import TELEMETRY_RING, RingReader
from ..firmware_bridge.devices import limb_model, part_model
from ..firmware_bridge.settings import (
    GaitSettings,
    GuardSettings,
    InputSettings,
    JointSettings,
    PartSettings,
)
from .live import Terminal
from .outlets_process import OutletsProcess
from .page_process import PageProcess
from .source_choice import check_source, source_of
from .supervisor import Supervisor
from .wearer_settings import WearerSettings


def guard_settings(profile: Profile, runtime_dir: Path) -> GuardSettings:
    """What the guard of this profile's limb is told."""
    return GuardSettings(
        parts=parts_of(profile),
        runtime_dir=str(runtime_dir),
        max_rate_deg_s=profile.safety.max_rate_deg_s,
        range_deg=profile.safety.range_deg,
        neutral_deg=profile.safety.neutral_deg,
        max_grip_n=profile.safety.max_grip_n,
        gait=GaitSettings(**profile.safety.gait.model_dump()),
        inputs=tuple(InputSettings(**button.model_dump()) for button in profile.buttons),
        grips=profile.grips,
        flight_minutes=profile.flight.memory_minutes,
    )


def parts_of(profile: Profile) -> tuple[PartSettings, ...]:
    """The devices of this profile's limb."""
    return tuple(map(_part, (profile.limb, *profile.limb.also)))


def _part(part: Part) -> PartSettings:
    joints = tuple(JointSettings(**joint.model_dump()) for joint in part.joints)
    return PartSettings(part.device, part.port, part.baud, joints, part.option_texts)


def loop_settings(profile: Profile, bundle: Path, runtime_dir: Path) -> LoopSettings:
    """What the loop of this profile's limb is told."""
    guard = guard_settings(profile, runtime_dir)
    model = limb_model(guard)
    control = profile.control
    return LoopSettings(
        runtime_dir=str(runtime_dir),
        source=source_of(profile),
        bundle=str(bundle),
        trusted_keys=profile.limb.trusted_keys,
        safety_digest=profile.safety_digest(),
        parts=tuple(LimbPart(part.device, part_model(part).joint_names) for part in guard.parts),
        grips=profile.grips,
        double_open_s=control.double_open_ms / 1e3,
        cocontraction=_cocontraction(profile),
        # Full effort is the limb's own full speed: speed then stays proportional up to it.
        max_rate_deg_s=max(joint.max_rate_deg_s for joint in model.joints),
        stale_s=LEG_STALE_S if model.leg else STALE_S,
        increment_ms=profile.source.increment_ms,
        # A command outlives two missed turns of a hand, and dies before the deadman bites.
        command_life_s=0.8 * model.deadman_s,
        shaping=ShapingSettings(
            rejection_threshold=control.rejection_threshold,
            thresholds=tuple(control.thresholds.items()),
            speeds=tuple(control.speeds.items()),
            ramp_s=control.ramp_ms / 1e3,
            min_speed=control.min_speed,
            speed=control.speed,
            vote_s=control.majority_vote_ms / 1e3,
            lock_s=control.onset_lock_ms / 1e3,
            hysteresis=control.hysteresis,
        ),
        outlier_limit=control.outlier_limit,
        adapt=control.adapt,
        keep_awake=control.keep_awake,
        simulated=profile.patient.simulated,
        flight_minutes=profile.flight.memory_minutes,
    )


def copier_settings(profile: Profile, runtime_dir: Path, place: Path) -> CopierSettings | None:
    """What the copier of this profile's flight logs is told; None: they stay in memory."""
    flight = profile.flight
    if not flight.disk_mb or not flight.memory_minutes:
        return None
    return CopierSettings(str(runtime_dir), str(place), flight.disk_mb)


def wearer_settings(profile: Profile, bundle: Path, runtime_dir: Path, folder: Path) -> WearerSettings:
    """What the process of the wearer's recalibrations and home log is told; `folder` keeps what is kept."""
    loop = loop_settings(profile, bundle, runtime_dir)
    return WearerSettings(
        runtime_dir=str(runtime_dir),
        folder=str(folder),
        patient=profile.patient.id,
        bundle=str(bundle),
        trusted_keys=profile.limb.trusted_keys,
        safety_digest=loop.safety_digest,
        key=str(config_folder() / "signing.key"),
        parts=loop.parts,
        grips=loop.grips,
        max_rate_deg_s=loop.max_rate_deg_s,
    )


def limb_name(profile: Profile) -> str:
    """Of a folder: the patient's limb, whatever port its hand is plugged into."""
    limb = profile.limb
    return re.sub(r"[^A-Za-z0-9.-]+", "_", f"{profile.patient.id}-{limb.side}-{limb.level}").lstrip(".")


def _cocontraction(profile: Profile) -> CocontractionSettings | None:
    asked = profile.control.cocontraction
    if asked is None:
        return None
    return CocontractionSettings(
        channels=asked.channels,
        share=asked.share,
        within_s=asked.within_ms / 1e3,
        stop_s=asked.stop_ms / 1e3,
        release_s=asked.release_ms / 1e3,
    )


def run_limb(
    profile_path: Path,
    bundle: Path | None,
    page: bool,
    page_port: int,
    arm: bool,
    seconds: float,
    lsl: bool = True,
) -> None:
    """Run until Ctrl-C, or for `seconds`.

    Raises:
        InnervateError: what cannot be started, or why it ended by itself.
    """
    profile = load_profile(profile_path)
    check_source(profile, profile_path)
    if bundle is None:
        if not profile.model:
            raise BundleError(
                f"{profile_path}: no `model`, and no --bundle given", "make one: innervate calibrate"
            )
        bundle = profile_path.parent / profile.model
    runtime_dir = runtime_folder(f"{profile.limb.device}-{profile.limb.port}")
    terminal = Terminal(silent=False)
    supervisor = Supervisor(
        guard_settings(profile, runtime_dir),
        loop_settings(profile, bundle, runtime_dir),
        copier=copier_settings(profile, runtime_dir, data_folder() / FLIGHT_FOLDER / limb_name(profile)),
        wearer=wearer_settings(
            profile, bundle.absolute(), runtime_dir, data_folder() / "wearer" / limb_name(profile)
        ),
    )
    signal.signal(signal.SIGTERM, _as_interrupt)
    with supervisor:
        supervisor.start()
        with (
            PageProcess(runtime_dir, page_port, wanted=page) as served,
            OutletsProcess(runtime_dir, wanted=lsl) as outlets,
        ):
            if served.url:
                terminal.say(f"page: {served.url}")
            if outlets.told:
                terminal.say(outlets.told)
            if arm:
                supervisor.request("arm")
            else:
                terminal.say("The limb holds. Arm it on the page, or with: innervate request arm")
            try:
                watch(supervisor, terminal, seconds)
            except KeyboardInterrupt:
                terminal.say("")
            finally:
                terminal.close()


def watch(supervisor: Supervisor, terminal: Terminal, seconds: float) -> None:
    """Show the live line until time is up; a loop that died leaves the limb held until a person acts.

    Raises:
        InnervateError: the guard has ended, or what the loop said when it ended by itself.
    """
    telemetry = RingReader(supervisor.runtime_dir / TELEMETRY_RING)
    restarts = 0
    until_s = now() + seconds if seconds else float("inf")
    while now() < until_s:
        sleep(0.1)
        notice = supervisor.watch()
        if notice:
            terminal.say(notice)
        if supervisor.restarts > restarts:
            restarts = supervisor.restarts
            telemetry = RingReader(supervisor.runtime_dir / TELEMETRY_RING)
        terminal.show(telemetry.latest(), telemetry.layout.meta)


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt
