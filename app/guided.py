"""`innervate calibrate --source ...`: a guided calibration from its first cue to a signed model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..calibration.guided.actions import Action, Transfer
from ..calibration.guided.evidence import Evidence, evidence_of
from ..calibration.guided.journal import ENDED, PLAN, FolderJournal
from ..calibration.guided.listen import Signal
from ..calibration.guided.plan import Plan, Timing, Wishes, plan_of
from ..calibration.guided.portrait import Portrait, portrait_of
from ..calibration.guided.recommend import WANTED, MovementSet, recommend
from ..calibration.guided.recorded import chosen, recording_of
from ..calibration.guided.session import Event
from ..calibration.guided.sitting import Sitting
from ..calibration.guided.verdict import verdict
from ..core.errors import ProfileError, RecordingError
from ..core.movements import REST, canonical
from ..core.profile import Profile, load_profile
from ..core.settings import read_settings
from ..drivers.recordings.formats import read
from ..drivers.recordings.npz import write_recording
from .calibrate import calibrate_from_recording, rail_of
from .guided_profile import made_profile
from .guided_wearer import PlayedWearer, follow

LEGS = ("transfemoral", "knee", "transtibial")
RECORDING = "calibration.npz"


@dataclass(frozen=True)
class GuidedOptions:
    """What a person asked for.

    Attributes:
        profile: the patient's; None: one is made for what is played.
        folder: where calibrations are kept, a numbered folder each; None: beside the profile, or among this
            user's data.
        out: bundle to write; None: the profile's `model`.
        movements: to calibrate; empty: the profile's, or all of a recording.
        repetitions: of each.
        positions, efforts: see `plan.Wishes`.
        own_words: movement=the wearer's words.
        call: whom to call when it hurts.
        wanted: active recall that a set of movements should reach.
        decoder: as `innervate calibrate --decoder`.
        timing: of each step.
    """

    profile: Path | None = None
    folder: Path | None = None
    out: Path | None = None
    movements: tuple[str, ...] = ()
    repetitions: int = 3
    positions: tuple[str, ...] = ("comfortable",)
    efforts: tuple[str, ...] = ("comfortable",)
    own_words: tuple[str, ...] = ()
    call: str = ""
    wanted: float = WANTED
    decoder: str = "default"
    timing: Timing = Timing()  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        folder: of this calibration.
        found: JSON values, as `--json` prints them.
        evidence: cross-validation.
        actions: the verdict.
        recommended: the largest set of movements that reaches the wanted recall.
    """

    folder: Path
    found: dict[str, Any]
    evidence: Evidence
    actions: tuple[Action, ...]
    recommended: MovementSet


def calibrate_by_playback(
    path: Path, options: GuidedOptions, tell: Callable[[Event], None] | None = None
) -> Outcome:
    """Let a recording play as if its wearer followed the cues, as fast as possible.

    Args:
        path: of the recording; of several conditions (days, montages) the first is played.
        options: see there.
        tell: told of every event.

    Raises:
        InnervateError: what does not fit, in one line.
    """
    recording = read(path)
    recording = recording.select(cond=int(recording.cond.min()))
    recording = replace(recording, classes=tuple(canonical(name) for name in recording.classes))
    profile_path = options.profile
    if profile_path is None:
        profile_path = made_profile(path, recording, options.movements, options.folder)
    profile = load_profile(profile_path)
    if recording.channels != profile.channels:
        raise RecordingError(
            f"{path}: its channels are {', '.join(recording.channels)}; the profile's montage is "
            f"{', '.join(profile.channels)}",
            "play a recording of the same montage",
        )
    wearer = PlayedWearer(recording)
    plan = plan_for(profile, options)
    for name in plan.movements:
        if name not in wearer.movements:
            raise RecordingError(
                f"{path}: no movement {name!r} to play; it has {', '.join(wearer.movements)}",
                "choose others with --movements",
            )
    signal = Signal(recording.channels, recording.fs, recording.unit, float(profile.source.mains_hz))
    root = root_for(profile_path, options)
    last = last_portrait(root, signal)
    journal = open_journal(root, plan)
    sitting = Sitting(plan, signal, journal)
    for event in follow(sitting, wearer):
        if tell is not None:
            tell(event)
    simulated = bool(recording.meta.get("simulated"))
    return finish(sitting, journal, profile_path, options, last, simulated=simulated)


def plan_for(profile: Profile, options: GuidedOptions) -> Plan:
    """What a profile and the options ask for together.

    Raises:
        ProfileError, PlanError: what cannot be, in one line.
    """
    movements = options.movements or tuple(name for name in profile.movements if name != REST)
    for name in profile.movements:
        if name not in (*movements, REST):
            raise ProfileError(
                f"--movements: {name!r} is missing, which the profile lists",
                "add it, or take it out of the profile's movements",
            )
    words = {}
    for text in options.own_words:
        name, equals, said = text.partition("=")
        if not equals or not said.strip():
            raise ProfileError(f"--say {text}: it must be movement=words")
        words[name.strip()] = said.strip()
    wishes = Wishes(
        movements,
        options.repetitions,
        profile.limb.level in LEGS,
        profile.limb.side,
        words,
        options.positions,
        options.efforts,
        options.call,
    )
    return plan_of(wishes, options.timing)


def root_for(profile_path: Path, options: GuidedOptions) -> Path:
    """Where this patient's calibrations are kept."""
    return options.folder or profile_path.absolute().parent / "calibrations"


def open_journal(root: Path, plan: Plan) -> FolderJournal:
    """The newest calibration, where it was planned alike and did not end; else a new one.

    Raises:
        RecordingError: it cannot be written.
    """
    number, folders = 0, _numbered(root)
    if folders:
        newest = folders[-1]
        number = int(newest.name)
        begun = (newest / PLAN).exists() and not (newest / ENDED).exists()
        if begun and read_settings(newest / PLAN, Plan) == plan:
            return FolderJournal(newest, plan)
    return FolderJournal(root / f"{number + 1:03}", plan)


def last_portrait(root: Path, signal: Signal) -> Portrait | None:
    """Of the newest finished calibration with these channels; None where there is none."""
    for folder in reversed(_numbered(root)):
        if (folder / ENDED).exists() and (folder / PLAN).exists():
            saved = FolderJournal(folder, read_settings(folder / PLAN, Plan)).saved()
            used = chosen(saved)
            if used and all(repetition.samples.shape[1] == len(signal.channels) for repetition in used):
                return portrait_of(signal.channels, used)
    return None


def _numbered(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("[0-9][0-9][0-9]") if path.is_dir())


def finish(
    sitting: Sitting,
    journal: FolderJournal,
    profile_path: Path,
    options: GuidedOptions,
    last: Portrait | None,
    *,
    simulated: bool = False,
) -> Outcome:
    """Cross-validate, judge, write the recording, train and sign.

    Raises:
        InnervateError: nothing that could be learnt from, or what `calibrate_from_recording` says.
    """
    session, profile = sitting.session, load_profile(profile_path)
    evidence = evidence_of(session.plan, session.signal, session.repetitions)
    actions = verdict(evidence, transfers_of(profile), last)
    recommended = recommend(evidence, options.wanted)
    path = journal.folder / RECORDING
    patient = profile.patient.id
    simulated = simulated or profile.patient.simulated
    made = recording_of(
        session.plan, session.signal, session.repetitions, RECORDING, patient=patient, simulated=simulated
    )
    write_recording(path, made)
    trained = calibrate_from_recording(profile_path, path, options.out, options.decoder)
    figures = evidence.figures
    found = {
        "wearer_minutes": round(session.samples / session.signal.rate_hz / 60.0, 3),
        "repetitions": sum(not step.is_rest for step in session.plan.steps),
        "repetitions_redone": session.redone,
        "active_recall": figures["active_recall"],
        "rest_recall": figures["rest_recall"],
        "classes": list(evidence.classes),
        "confusion": evidence.confusion.tolist(),
        "verdict": [
            {"kind": a.kind, "do": a.do, "why": a.why, "brings": a.brings, "gain": round(a.gain, 4)}
            for a in actions
        ],
        "recommended": {
            "movements": list(recommended.movements),
            "active_recall": recommended.active_recall,
            "wanted": options.wanted,
            "reached": recommended.reached,
        },
        "profile": str(profile_path),
        "recording": str(path),
        "bundle": trained["bundle"],
        "sha256": trained["sha256"],
        "public_key": trained["public_key"],
        "trusted": trained["trusted"],
        "simulated": simulated,
    }
    return Outcome(journal.folder, found, evidence, actions, recommended)


def transfers_of(profile: Profile) -> tuple[Transfer, ...]:
    """The profile's nerve transfers with the electrodes over their targets. It holds no dates: pages that
    know the surgery's give the months."""
    return tuple(
        Transfer(
            transfer.donor_nerve,
            canonical(transfer.movement or ""),
            tuple(s.channel for s in profile.montage if s.muscle == transfer.target_muscle),
        )
        for transfer in profile.transfers
    )


def signal_of(profile: Profile, rate_hz: float, unit: str) -> Signal:
    """What this profile's amplifier gives."""
    source = profile.source
    return Signal(profile.channels, rate_hz, unit, float(source.mains_hz), rail_of(source.kind, source.gain))
