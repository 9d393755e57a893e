"""What a wearer asks of a running limb from the command line; the page calls the same functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..calibration.homelog import summary
from ..core.clock import now, sleep
from ..core.errors import InnervateError, RequestError
from ..core.settings import build, read_settings, write_settings
from ..firmware_bridge.requests import BY_LIMB, Verb, request
from ..models.history import History
from .choices import Choices, read_choices
from .don import wearer_of
from .home_log import read_days
from .wearer_settings import (
    CHANGED_FILE,
    CHOICES,
    CHOICES_FILE,
    HOME_LOG,
    PROGRESS_FILE,
    UNDO,
    WANTED_FILE,
    Changed,
    Progress,
    Wanted,
)

_BEGIN_S, _JUDGE_S, _CHANGE_S = 10.0, 60.0, 40.0
_LOOK_S, _LATE_S = 0.5, 3.0


def recalibrate(runtime_dir: Path, tell: Callable[[Progress], None], *, by_limb: bool = False) -> Progress:
    """Begin a recalibration and follow it to its end; Ctrl-C stops the limb, which ends it.

    Args:
        runtime_dir: of the limb.
        tell: called with all that is new.
        by_limb: the limb shows each movement itself.

    Returns:
        How it ended.

    Raises:
        RequestError: the guard refused.
        InnervateError: nobody carries it out.
    """
    wearer_of(runtime_dir)
    path = runtime_dir / PROGRESS_FILE
    path.unlink(missing_ok=True)
    request(runtime_dir, Verb.RECALIBRATE, value=BY_LIMB if by_limb else "")
    until_s, told, look_s = now() + _BEGIN_S, Progress(""), now()
    try:
        while now() < until_s:
            sleep(0.05)
            if path.exists() and (progress := read_settings(path, Progress)) != told:
                told = progress
                tell(told)
                until_s = max(until_s, told.ends_s + _JUDGE_S)
            if told.phase == "over":
                return told
            if now() >= look_s:
                look_s = now() + _LOOK_S
                ended = _ended(runtime_dir)
                if ended and told.phase != "judging":
                    # Whoever carries it out says so too, unless they are dead or late.
                    until_s = min(until_s, now() + _LATE_S)
    except KeyboardInterrupt:
        request(runtime_dir, Verb.STOP)
        raise
    ended = _ended(runtime_dir)
    if ended:
        return Progress("over", tone="end", outcome="aborted", sentence=ended)
    request(runtime_dir, Verb.CANCEL)
    raise InnervateError("nobody carries the recalibration out; nothing was changed", "see its log")


def _ended(runtime_dir: Path) -> str:
    """Why the guard holds the limb no longer, for the wearer; empty while it does."""
    status = request(runtime_dir, Verb.STATUS)
    if status["recalibrating"]:
        return ""
    return f"Not recalibrated: nothing was changed. {status['sentence']}"


def undo(runtime_dir: Path) -> Changed:
    """Go back to the model that the one in use was made from.

    Raises:
        BundleError: there is none.
        RequestError: the guard refused.
        InnervateError: nobody took it up.
    """
    settings = wearer_of(runtime_dir)
    return _change(runtime_dir, Wanted(UNDO, str(History(Path(settings.bundle)).before())))


def choose(runtime_dir: Path, sensitivity: int | None, speed: int | None) -> Changed:
    """Another sensitivity or speed; None leaves it.

    Raises:
        ProfileError: names the value and what is allowed.
        RequestError, InnervateError: as `undo`.
    """
    settings = wearer_of(runtime_dir)
    had = read_choices(Path(settings.folder) / CHOICES_FILE)
    asked = {
        "sensitivity": had.sensitivity if sensitivity is None else sensitivity,
        "speed": had.speed if speed is None else speed,
    }
    made = build(Choices, asked, "innervate adjust")
    return _change(runtime_dir, Wanted(CHOICES, "", made.sensitivity, made.speed))


def chosen(runtime_dir: Path) -> Choices:
    """What is set now."""
    return read_choices(Path(wearer_of(runtime_dir).folder) / CHOICES_FILE)


def _change(runtime_dir: Path, wanted: Wanted) -> Changed:
    """Ask the guard whether it may be, and wait until the supervisor has taken it up."""
    path = runtime_dir / WANTED_FILE
    write_settings(path, wanted)
    try:
        swaps = int(request(runtime_dir, Verb.SWAP)["swaps"])
    except (RequestError, KeyError):
        path.unlink(missing_ok=True)
        raise
    until_s = now() + _CHANGE_S
    while now() < until_s:
        sleep(0.05)
        if (runtime_dir / CHANGED_FILE).exists():
            changed = read_settings(runtime_dir / CHANGED_FILE, Changed)
            if changed.swaps >= swaps:
                return changed
    path.unlink(missing_ok=True)
    raise InnervateError("nobody took it up; the limb holds", "is `innervate run` still there?")


def home_log(folder: Path, patient: str) -> dict[str, Any]:
    """The home log that lies in a folder, summed up."""
    return summary(patient, read_days(folder / HOME_LOG))


def told(progress: Progress) -> str:
    """One line of a recalibration for the terminal; empty where there is nothing to say."""
    match progress.phase:
        case "countdown":
            return f"Get ready. {progress.count} prompts; it takes {progress.ends_s - now():.0f} s."
        case "prompting":
            left = f"{progress.ends_s - now():.0f} s left"
            what = "relax" if progress.movement == "rest" else progress.movement.upper()
            after = f", then {progress.following}" if progress.following else ""
            return f"{what}{after}   ({left})" + (f"  {progress.sentence}" if progress.sentence else "")
        case "judging":
            return "One moment ..."
        case _:
            return progress.sentence


def as_json(value: object) -> str:
    """For programs."""
    plain = value if isinstance(value, dict) else asdict(value)  # type: ignore[call-overload]
    return json.dumps(plain)
