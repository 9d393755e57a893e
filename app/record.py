"""`innervate record`: EMG, what was asked for and how good the electrodes were, on the disk as it happens."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ..core.clock import now, sleep
from ..core.errors import ProfileError, RecordingError, SourceLost
from ..drivers.recordings.bdf import Written
from ..drivers.recordings.describe import About
from .acquisition import Acquisition
from .cues import Cue
from .recorder import Recorder
from .source_choice import Choice

_LOOK_S = 1.0
"""What comes beside EMG (25 Hz or more) has shown itself by then."""
_FIRST_S = 5.0
_POLL_S = 0.1
_GONE_S = 15.0
"""A loop is started again sooner; an amplifier that is looked for keeps sending rows."""


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """What the person asked for.

    Attributes:
        root: the data set.
        patient: id; empty: the profile's.
        task: what the person does.
        session: day or visit.
        seconds: 0 for no end but Ctrl-C, or the last cue.
        cues: what to ask for; none for a free recording.
        quiet: print nothing while it runs.
    """

    root: Path
    patient: str = ""
    task: str = "recording"
    session: str = ""
    seconds: float = 0.0
    cues: tuple[Cue, ...] = ()
    quiet: bool = False


def record(choice: Choice, options: RecordOptions, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Record until time is up, the last cue is over, or Ctrl-C.

    Returns:
        JSON values: path, seconds, samples, lost, clipped, rounded.

    Raises:
        InnervateError: what cannot be read or written, in one line; what was written before stays readable.
    """
    about = _about(choice, options)
    muscles = {site.channel: site.muscle for site in choice.profile.montage} if choice.profile else {}
    console = Console(highlight=False, quiet=options.quiet)
    signal.signal(signal.SIGTERM, _as_interrupt)
    with Acquisition(choice, env) as acquisition:
        recorder = Recorder(acquisition.folder, options.root, about, muscles)
        written: Written | None = None
        try:
            _look(recorder, acquisition)
            recorder.about(_described(about, recorder.meta))
            _follow(recorder, acquisition, options, console)
        except KeyboardInterrupt:
            pass
        finally:
            written = recorder.close()
    if written is None:
        raise RecordingError(f"{options.root}: nothing was recorded", "is the amplifier switched on?")
    return {
        "path": str(recorder.path),
        "seconds": round(written.samples / recorder.rate_hz, 3),
        "samples": written.samples,
        "lost": recorder.lost,
        "clipped": {name: count for name, count in written.clipped.items() if count},
        "rounded": {name: count for name, count in written.rounded.items() if count},
    }


def _about(choice: Choice, options: RecordOptions) -> About:
    patient, profile = options.patient, choice.profile
    if profile is not None:
        if patient and patient != profile.patient.id:
            raise ProfileError(
                f"--patient {patient}: the profile is of {profile.patient.id!r}", "leave one out"
            )
        patient = profile.patient.id
    if not patient:
        raise ProfileError("--patient is missing", "whose EMG is it? An id, never a name")
    return About(
        patient,
        options.task,
        options.session,
        simulated=profile is not None and profile.patient.simulated,
        mains_hz=profile.source.mains_hz if profile is not None else 50,
        classes=tuple(dict.fromkeys(cue.movement for cue in options.cues)),
    )


def _described(about: About, meta: Mapping[str, object]) -> About:
    """With what the source says of itself."""
    notes = meta.get("notes")
    return replace(
        about,
        device=str(meta.get("source", "")),
        serial=str(meta.get("serial", "")),
        simulated=about.simulated or bool(meta.get("simulated")),
        meta={"notes": notes if isinstance(notes, list) else []},
    )


def _look(recorder: Recorder, acquisition: Acquisition) -> None:
    """Wait until EMG comes and what is beside it has shown itself."""
    until_s, latest_s = now() + _LOOK_S, now() + _FIRST_S
    while now() < until_s or (recorder.newest is None and now() < latest_s):
        acquisition.notice()
        recorder.watch(now())
        sleep(_POLL_S)
    if recorder.newest is None:
        raise RecordingError("no samples come", "is the amplifier switched on, and near?")


def _follow(recorder: Recorder, acquisition: Acquisition, options: RecordOptions, console: Console) -> None:
    waiting = list(options.cues)
    asked: Cue | None = None
    end_s = options.seconds or (waiting[-1].end_s if waiting else float("inf"))
    with Live(console=console, refresh_per_second=10, transient=True) as live:
        while recorder.seconds < end_s:
            notice = acquisition.notice()
            if notice:
                live.console.print(notice, markup=False)
            recorder.poll(now())
            if recorder.age_s(now()) > _GONE_S:
                raise SourceLost(
                    f"nobody has measured anything for {_GONE_S:g} s; {recorder.seconds:.0f} s are recorded",
                    "start the limb again, then record again",
                )
            if waiting and recorder.path is not None and recorder.seconds >= waiting[0].start_s:
                asked = waiting.pop(0)
                for event in asked.events(recorder.seconds):
                    recorder.event(event)
            live.update(_line(recorder, asked, waiting))
            sleep(_POLL_S)


def _line(recorder: Recorder, asked: Cue | None, waiting: list[Cue]) -> Text:
    line = Text()
    if asked is not None:
        left_s = max(0.0, asked.end_s - recorder.seconds)
        line.append(f" {asked.movement.upper():<16}", style="bold green")
        line.append(f" {left_s:4.1f} s", style="bold")
        if waiting:
            line.append(f"   then {waiting[0].movement}", style="dim")
    line.append(f"   {recorder.seconds:7.1f} s recorded")
    line.append(f"   {recorder.lost} lost", style="red" if recorder.lost else "dim")
    return line


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt
