"""Decoders in closed loop on a real person's EMG, and on simulated people's: is the order the same?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from ...core.errors import ProfileError
from ...core.movements import REST
from ...drivers.recordings.formats import read
from ...sim.anatomy import PRESETS
from ...sim.person import individual
from ...sim.user.traits import drawn
from .assessing import AssessOptions, assess_person, movements_of, plant_of, task_of, together, told
from .classic import fit
from .fitted import INCREMENT_MS, Worn
from .limbs import worn_at
from .real import RealMuscles, RealPerson, real_person
from .run import run_trials

BETTER: dict[str, tuple[str, float]] = {
    "motion": ("trial_s", -1.0),
    "tac": ("trial_s", -1.0),
    "fitts": ("trial_s", -1.0),
    "blocks": ("moved", 1.0),
    "clothespin": ("trial_s", -1.0),
    "tracking": ("error_deg", -1.0),
}
"""By which figure decoders are ordered, and whether more of it is better."""


def rank(
    options: AssessOptions,
    decoders: Sequence[str],
    people: int,
    path: Path,
    tell: Callable[[str], None] = lambda _what: None,
) -> dict[str, Any]:
    """Every decoder with every simulated user: on the recording's EMG, then on the users' own simulated one.

    Args:
        options: of every person; the decoder is each of `decoders`.
        decoders: see `classic.DECODERS`.
        people: simulated users.
        path: of the recording, one person's.
        tell: told what is being done.

    Raises:
        ProfileError: a test that decoders cannot be ordered by, or a decoder that is not known.
        RecordingError: the recording is too little.
    """
    if options.test not in BETTER:
        raise ProfileError(f"--test {options.test}: orders no decoders; allowed: {', '.join(BETTER)}")
    if options.disturb:
        raise ProfileError(f"--disturb {options.disturb[0]}: nothing befalls a recording any more")
    each = [replace(options, decoder=decoder) for decoder in decoders]
    recording = read(path)
    real = real_person(recording, movements_of(options.test, options.patient))
    who = range(options.seed, options.seed + people)
    rows: dict[str, list[dict[str, Any]]] = {"real": [], "model": []}
    for asked in each:
        tell(f"{asked.decoder}: real EMG")
        rows["real"].append(_row(asked, [_on_real(asked, real, user) for user in who]))
        tell(f"{asked.decoder}: simulated EMG")
        rows["model"].append(_row(asked, [assess_person(asked, user) for user in who]))
    order = {kind: _order(found, *BETTER[options.test]) for kind, found in rows.items()}
    pairs = list(combinations(decoders, 2))
    alike = sum(_first(order["real"], pair) == _first(order["model"], pair) for pair in pairs)
    by = BETTER[options.test][0]
    return {
        "simulated": True,
        "what": f"SIMULATED users ({people}), {options.patient}, {options.test}, on real EMG of "
        f"{recording.name} ({real.split}) and on simulated EMG",
        "options": options.to_dict(),
        "stands_for": dict(real.stands_for),
        **rows,
        "order": order,
        "by": by,
        "pairs_alike": [alike, len(pairs)],
        "verdict": f"ordered by {by}: {alike} of {len(pairs)} pairs of decoders stand in the same order",
    }


def _on_real(options: AssessOptions, real: RealPerson, user: int) -> dict[str, Any]:
    """One simulated user with that person's EMG."""
    parts, limb = worn_at(options.patient)
    body = individual(PRESETS[options.patient], user)
    body = replace(body, movements={name: body.movements[name] for name in (REST, *real.stands_for)})
    model = fit(real.training, INCREMENT_MS, options.decoder)
    worn = Worn(body, user, real.training.fs, model, parts, limb)
    task = task_of(options.test, options.motions, parts, model.classes)
    loop, person = worn.closed_loop(
        drawn(user),
        plant=plant_of(options.limb, limb.joint_names),
        delay_s=options.delay_ms / 1000.0,
        muscles=RealMuscles(real.stretches, real.training.fs, user),
    )
    begun_s = loop.t_s
    outcomes = run_trials(loop, person, task.trials(options.trials, options.seed), model.classes)
    return told(user, worn, outcomes, loop.t_s - begun_s)


def _row(options: AssessOptions, people: list[dict[str, Any]]) -> dict[str, Any]:
    for person in people:
        times = [trial["time_s"] for trial in person["trials"]]
        person["figures"]["trial_s"] = sum(times) / len(times)  # a miss counts as its limit
    return {"decoder": options.decoder, "people": people, "together": together(people)}


def _order(rows: Sequence[Mapping[str, Any]], by: str, sign: float) -> list[str]:
    """Best first; who cannot be told comes last."""

    def worth(row: Mapping[str, Any]) -> float:
        found = row["together"].get(by)
        return sign * found["mean"] if found else float("-inf")

    return [row["decoder"] for row in sorted(rows, key=worth, reverse=True)]


def _first(order: Sequence[str], pair: tuple[str, str]) -> str:
    return min(pair, key=order.index)
